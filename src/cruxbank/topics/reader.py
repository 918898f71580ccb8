"""Seed topics, and the reader of topic files: CSV, JSONL or plain text."""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cruxbank.errors import TopicsError
from cruxbank.items import Topic
from cruxbank.topics.domains import guess_domain

MAX_TOPIC = 200
"""Characters. A topic is a short noun phrase; the longest seed topic has 55."""
_FIELDS = ("domain", "region", "year", "kind")


@cache
def seed_topics() -> tuple[Topic, ...]:
    """The topics that come with the package, in the order of their file."""
    text = files("cruxbank.topics").joinpath("seed.jsonl").read_text(encoding="utf-8")
    return tuple(Topic.model_validate_json(line) for line in text.splitlines())


def read_topics(path: Path | str, column: str | None = None, language: str = "en") -> tuple[Topic, ...]:
    """Topics of a file: .csv with a header, .jsonl with a string or an object a line, else plain text, one a line.

    Args:
        path: the file, UTF-8 with or without a byte-order mark.
        column: the CSV column or JSONL field with the topic; needed when a CSV has more than one column.
        language: language of the topics.

    Raises:
        TopicsError: no such file, not text, empty, no such column, a line that cannot be read, a topic too long.
    """
    file = Path(path)
    text = _text(file)
    rows = _rows(file, text, column)
    found = {topic.id: topic for topic in (_topic(file, line, row, language) for line, row in rows)}
    if not found:
        raise TopicsError(
            f"topics file {file}: it has no topics", hint="write one topic a line, or see `crux grow --help`"
        )
    return tuple(found.values())


def _text(file: Path) -> str:
    if file.is_dir():
        raise TopicsError(f"topics file {file}: this is a folder", hint="name a CSV, JSONL or text file in it")
    if not file.exists():
        raise TopicsError(f"topics file {file}: no such file", hint=_near_file(file))
    try:
        raw = file.read_bytes()
    except OSError as error:
        message = f"topics file {file}: cannot be read ({error.strerror})"
        raise TopicsError(message, hint="check its permissions") from error
    return _decoded(file, raw)


def _near_file(file: Path) -> str:
    names = sorted(p.name for p in file.parent.iterdir()) if file.parent.is_dir() else []
    near = difflib.get_close_matches(file.name, names, n=1)
    return f"did you mean {near[0]}?" if near else "check the path"


def _decoded(file: Path, raw: bytes) -> str:
    hint = "save it as UTF-8 text"
    if b"\0" in raw:
        raise TopicsError(f"topics file {file}: it is binary, not text", hint=hint)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise TopicsError(f"topics file {file}, line {line}: not UTF-8 text", hint=hint) from error


def _rows(file: Path, text: str, column: str | None) -> Iterable[tuple[int, dict[str, Any]]]:
    suffix = file.suffix.lower()
    if suffix == ".csv":
        return _csv_rows(file, text, column)
    if suffix in {".jsonl", ".ndjson"}:
        return _jsonl_rows(file, text, column)
    if column is not None:
        message = f"topics file {file}: a plain text file has no column '{column}'"
        raise TopicsError(message, hint="drop --topic-column, or name a .csv or .jsonl file")
    return ((number, {"text": line}) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _csv_rows(file: Path, text: str, column: str | None) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        place = header.index(_column(file, header, column))
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, _csv_row(file, reader.line_num, header, row, place)
    except csv.Error as error:
        message = f"topics file {file}, line {reader.line_num}: broken CSV ({error})"
        raise TopicsError(message, hint="check the quotes on that line") from error


def _csv_row(file: Path, line: int, header: list[str], row: list[str], place: int) -> dict[str, Any]:
    if len(row) <= place:
        message = f"topics file {file}, line {line}: {len(row)} cells, but the topic is in column {place + 1}"
        raise TopicsError(message, hint="check the commas and quotes on that line")
    extra = {name: cell for name, cell in zip(header, row, strict=False) if name in _FIELDS and cell.strip()}
    return {**extra, "text": row[place]}


def _column(file: Path, header: list[str], column: str | None) -> str:
    names = [name for name in header if name]
    if not names:
        raise TopicsError(f"topics file {file}: it is empty", hint="the first line of a CSV names its columns")
    if column is None and len(header) == 1:
        return header[0]
    if column is None:
        message = f"topics file {file}: {len(header)} columns, and none was chosen"
        raise TopicsError(message, hint=f"choose one with --topic-column: {', '.join(names)}")
    if column not in names:
        raise TopicsError(f"topics file {file}: no column '{column}'", hint=_near_column(column, names))
    return column


def _near_column(column: str, names: list[str]) -> str:
    near = difflib.get_close_matches(column, names, n=1, cutoff=0.5)
    known = f"its columns are {', '.join(names)}"
    return f"did you mean '{near[0]}'? {known}" if near else known


def _jsonl_rows(file: Path, text: str, column: str | None) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _json_row(file, number, line, column or "text")


def _json_row(file: Path, number: int, line: str, column: str) -> dict[str, Any]:
    where = f"topics file {file}, line {number}"
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        message = f"{where}: broken JSON ({error.msg} at character {error.colno})"
        raise TopicsError(message, hint="write one string or object a line") from error
    if isinstance(row, str):
        return {"text": row}
    if not isinstance(row, dict):
        raise TopicsError(f"{where}: neither a string nor an object", hint="write one string or object a line")
    if not isinstance(row.get(column), str):
        names = [str(name) for name, value in row.items() if isinstance(value, str)]
        raise TopicsError(f"{where}: no text in field '{column}'", hint=_near_column(column, names))
    extra = {name: row[name] for name in _FIELDS if row.get(name) not in (None, "")}
    if (
        isinstance(row.get("source"), str) and row["source"].strip()
    ):  # where `crux topics harvest` found it; a name, never a path
        extra["source"] = re.split(r"[\\/]", row["source"])[-1][:MAX_TOPIC]
    return {**extra, "text": row[column]}


def _topic(file: Path, line: int, row: dict[str, Any], language: str) -> Topic:
    where = f"topics file {file}, line {line}"
    text = " ".join(row["text"].split())
    if not any(letter.isalnum() for letter in text):
        raise TopicsError(f"{where}: the topic is empty", hint="fill it in, or delete the line")
    if len(text) > MAX_TOPIC:
        message = f"{where}: the topic has {len(text)} characters, more than {MAX_TOPIC}"
        raise TopicsError(message, hint="a topic is a short noun phrase, such as 'rent control in big cities'")
    given = {name: row[name] for name in (*_FIELDS, "source") if name in row}
    about = {"domain": guess_domain(text), "source": file.name, **given}
    try:
        return Topic(**{**about, "text": text, "language": language})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = f"{where}: {field} is {first['input']!r}"
        raise TopicsError(message, hint=first["msg"]) from error
