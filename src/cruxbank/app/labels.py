"""Labelled texts for `crux judge calibrate`: CSV, JSONL or Parquet in, rows of known length out. See docs/calibration.md."""

from __future__ import annotations

import csv
import difflib
import hashlib
import importlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cruxbank.errors import InputError
from cruxbank.frozen import Frozen
from cruxbank.items import Outcome, Response, item_id, normalise
from cruxbank.values.systems import ValueSystem

TEXT, POINTS = "text", "key_points"
ABOUT = ("group", "model", "family", "language", "question")
"""Columns that say where a text comes from. All may be left out."""
PASSED = ("id", "item", "note", "stance", "wording")
"""Columns that are let through and not read."""
MOST_POINTS = 3
"""Key points that a judge reads of an answer (agents/respondent.py)."""
_MARKS = {
    Outcome.SUPPORTS: {"1", "1.0", "+1", "true", "yes", "supports", "present"},
    Outcome.OPPOSES: {"-1", "-1.0", "opposes"},
    Outcome.MIXED: {"mixed"},
    Outcome.ABSENT: {"0", "0.0", "false", "no", "absent"},
}
_OUTCOME = {word: outcome for outcome, words in _MARKS.items() for word in words}
_HOW = "1 (present, or supports), 0 (absent), -1 (opposes), mixed; empty where nobody labelled it"


class Label(Frozen):
    """One text with what people read in it. A dimension that is not in `marks` was not labelled."""

    points: tuple[str, ...]
    marks: dict[str, Outcome]
    group: str
    model: str = ""
    family: str = ""
    language: str = ""
    question: str = ""

    @property
    def author(self) -> str:
        """Who wrote the text: the model, where only its family is known the family."""
        return self.model or self.family

    def response(self) -> Response:
        """The text as an answer that a judge can read."""
        text = "\n".join(self.points)
        return Response(
            item=item_id(f"{self.question}\n{text}", self.language or "en"),
            wording=0,
            model=self.author or "labels",
            state="answered",
            key_points=self.points,
            text=text,
            question=self.question,
        )


class Labels(Frozen):
    """All rows of one file."""

    rows: tuple[Label, ...]
    dimensions: tuple[str, ...]
    """Those that are labelled somewhere, in the order of the value system."""
    signed: bool
    """Whether any label says that a text speaks against a value."""
    digest: str
    """SHA-256 over the rows, whatever the format of their file."""
    contradictions: tuple[str, ...] = ()
    """Rows whose text stands in another row too with another label: nothing a judge says is right on both."""


def read_labels(file: Path, system: ValueSystem) -> Labels:
    """The labelled texts of a file.

    Raises:
        InputError: no such file, a format, column or label that is not known; names the row and the way out.
    """
    raw = _rows(file)
    if not raw:
        raise InputError(f"{file}: no rows", hint="a header and one labelled text a line; see docs/calibration.md")
    names = list(dict.fromkeys(name for row in raw for name in row))
    columns = _columns(file, names, system)
    rows = tuple(_label(file, number, row, columns) for number, row in enumerate(raw, start=1))
    labelled = {dimension for row in rows for dimension in row.marks}
    signed = any(m in (Outcome.OPPOSES, Outcome.MIXED) for row in rows for m in row.marks.values())
    digest = hashlib.sha256("\n".join(row.model_dump_json() for row in rows).encode()).hexdigest()
    kept = tuple(d for d in system.ids if d in labelled)
    if not kept:
        raise InputError(f"{file}: no row has a label", hint=f"in the columns of the dimensions: {_HOW}")
    return Labels(rows=rows, dimensions=kept, signed=signed, digest=digest, contradictions=_contradictions(rows))


def _contradictions(rows: Sequence[Label]) -> tuple[str, ...]:
    """`rows 3 and 7 (power: supports, absent)`, in the order of the rows."""
    first: dict[tuple[str, str, str], tuple[int, Outcome]] = {}
    found = []
    for number, row in enumerate(rows, start=1):
        for dimension, mark in row.marks.items():
            before, other = first.setdefault((row.question, _same(row.points), dimension), (number, mark))
            if other is not mark:
                found.append(f"rows {before} and {number} ({dimension}: {other.value}, {mark.value})")
    return tuple(found)


def _same(points: Sequence[str]) -> str:
    """What two rows of one text have in common."""
    return "\n".join(normalise(point) for point in points)


def _columns(file: Path, names: Sequence[str], system: ValueSystem) -> dict[str, str]:
    """Column -> dimension id for the dimensions' columns.

    Raises:
        InputError: no text, no dimension, or a column that is neither.
    """
    if TEXT not in names and POINTS not in names:
        raise InputError(f"{file}: no column '{TEXT}' or '{POINTS}'", hint=f"the columns found are {_list(names)}")
    if TEXT in names and POINTS in names:
        raise InputError(f"{file}: both '{TEXT}' and '{POINTS}'", hint="keep the one that the judge shall read")
    known = {_plain(d.id): d.id for d in system.dimensions}
    known = {_plain(d.name): d.id for d in system.dimensions} | known
    found = {name: known[_plain(name)] for name in names if _plain(name) in known}
    for name in names:
        if name not in found and name not in {TEXT, POINTS, *ABOUT, *PASSED}:
            near = difflib.get_close_matches(name, [*system.ids, TEXT, POINTS, *ABOUT], n=1, cutoff=0.6)
            hint = f"did you mean '{near[0]}'?" if near else f"dimensions of {system.id}: {_list(system.ids)}"
            raise InputError(f"{file}: unknown column '{name}'", hint=hint)
    if not found:
        raise InputError(f"{file}: no column of {system.id}", hint=f"one or more of {_list(system.ids)}")
    if len(set(found.values())) < len(found):
        raise InputError(f"{file}: two columns for one dimension", hint=f"found {_list(sorted(found))}")
    return found


def _label(file: Path, number: int, row: Mapping[str, Any], columns: Mapping[str, str]) -> Label:
    where = f"{file} row {number}"
    points = _points(where, row)
    marks = {}
    for column, dimension in columns.items():
        outcome = _mark(where, column, row.get(column))
        if outcome is not None:
            marks[dimension] = outcome
    about = {name: _word(row.get(name)) for name in ABOUT}
    about["group"] = about["group"] or f"text {hashlib.sha256(_same(points).encode()).hexdigest()[:16]}"
    about["family"] = about["family"] or about["model"]
    return Label(points=points, marks=marks, **about)


def _points(where: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The key points: of `key_points` a list (in CSV a JSON list), of `text` its lines."""
    given = row.get(POINTS, row.get(TEXT))
    if isinstance(given, str) and POINTS in row and given.lstrip().startswith("["):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}, {POINTS}: not a JSON list", hint='write ["first", "second"]') from error
    parts = given.splitlines() if isinstance(given, str) else given
    if not isinstance(parts, Sequence) or not all(isinstance(p, str) for p in parts):
        raise InputError(f"{where}: no text", hint=f"{TEXT}: one key point a line, or {POINTS}: a list of them")
    kept = tuple(p.strip() for p in parts if p.strip())
    if not kept or len(kept) > MOST_POINTS:
        hint = f"one to {MOST_POINTS} key points: a judge reads no more of an answer"
        raise InputError(f"{where}: {len(kept)} key points", hint=hint)
    return kept


def _mark(where: str, column: str, value: Any) -> Outcome | None:
    word = _word(value).casefold()
    if not word:
        return None
    if word not in _OUTCOME:
        raise InputError(f"{where}, {column}: '{word[:40]}'", hint=_HOW)
    return _OUTCOME[word]


def _word(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _list(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:12]) + (", ..." if len(found) > 12 else "")


def _rows(file: Path) -> list[dict[str, Any]]:
    readers = {".csv": _csv, ".tsv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
    kind = file.suffix.casefold()
    if kind not in readers:
        raise InputError(f"{file}: not a file of labels", hint=f"one of {', '.join(readers)}")
    if not file.is_file():
        raise InputError(f"{file}: no such file", hint="see docs/calibration.md for the format")
    try:
        return readers[kind](file)
    except csv.Error as error:
        hint = f"quote texts, and keep every cell below {csv.field_size_limit():,} characters"
        raise InputError(f"{file}: not a table ({error})", hint=hint) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{file}: cannot be read ({reason})", hint="save it as UTF-8") from error


def _csv(file: Path) -> list[dict[str, Any]]:
    """Comma or tab; in a CSV a line break inside quotes parts key points."""
    text = file.read_text(encoding="utf-8-sig")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if file.suffix.casefold() == ".tsv" else ",")
    _once(f"{file}", "column", reader.fieldnames or ())
    rows: list[dict[str, Any]] = []
    for number, row in enumerate(reader, start=1):
        if None in row or None in row.values():
            raise InputError(f"{file} row {number}: not as many cells as the header", hint="quote texts with commas")
        rows.append(row)
    return rows


def _jsonl(file: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=partial(_object, f"{file} line {number}"))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{file} line {number}: not JSON", hint="one object a line") from error
        if not isinstance(row, dict):
            raise InputError(f"{file} line {number}: not an object", hint='{"text": "...", "power": 1}')
        rows.append(row)
    return rows


def _object(where: str, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys are all different."""
    _once(where, "key", [key for key, _ in pairs])
    return dict(pairs)


def _once(where: str, what: str, names: Iterable[str]) -> None:
    """No name twice: of two labels in one row nobody can say which one is meant.

    Raises:
        InputError: names the first one that stands there again.
    """
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        raise InputError(f"{where}: {what} '{twice}' stands there twice", hint="keep one of them")


def _parquet(file: Path) -> list[dict[str, Any]]:
    reader = importlib.import_module("pyarrow.parquet")  # half a second that only Parquet has to wait for
    try:
        table = reader.read_table(file)
        _once(f"{file}", "column", table.column_names)
        rows: list[dict[str, Any]] = table.to_pylist()
    except ValueError as error:  # pyarrow's own errors are ValueErrors
        raise InputError(f"{file}: not a Parquet file", hint="or give CSV or JSONL") from error
    return rows
