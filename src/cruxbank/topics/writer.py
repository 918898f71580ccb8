"""Appending topics to a JSONL file: whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from cruxbank.errors import StoreError, TopicsError
from cruxbank.items import Topic
from cruxbank.whole import write_whole

_FIELDS = ("text", "domain", "region", "year", "kind", "source")


def topic_line(topic: Topic) -> str:
    """One line of a topics file; fields that say nothing are left out."""
    values = {name: getattr(topic, name) for name in _FIELDS}
    return json.dumps({name: value for name, value in values.items() if value is not None}, ensure_ascii=False)


def check_target(file: Path) -> None:
    """Refuse a file that topics cannot be appended to, before anything is asked or paid.

    Raises:
        TopicsError: not a .jsonl file, a folder, or its folder does not exist.
    """
    if file.suffix.lower() not in {".jsonl", ".ndjson"}:
        raise TopicsError(f"topics file {file}: topics are added to JSONL files", hint="name a .jsonl file with --file")
    if file.is_dir() or not file.resolve().parent.is_dir():
        what = "this is a folder" if file.is_dir() else "its folder does not exist"
        raise TopicsError(f"topics file {file}: {what}", hint="name a .jsonl file in a folder that exists")


def append_topics(file: Path, topics: Sequence[Topic]) -> None:
    """Append to a file, made when absent; what is in it stays byte for byte.

    Raises:
        TopicsError: see `check_target`.
        StoreError: the disk refuses; the file is as it was.
    """
    check_target(file)
    target = file.resolve()
    try:
        before = target.read_bytes() if target.exists() else b""
        joint = b"\n" if before and not before.endswith(b"\n") else b""
        lines = "".join(topic_line(topic) + "\n" for topic in topics).encode()
        write_whole(target, before + joint + lines)
    except OSError as error:
        raise StoreError(f"topics file {file}: {error.strerror}", hint="check the disk and the permissions") from error
