"""JSONL: any text, any name and any number comes back from a line."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given

from cruxbank.exports.jsonl import FILE, Jsonl
from cruxbank.exports.lines import dump, encode, rounded
from tests.export_lines import bundle_of, full_line, lines, often, texts, thorough


def written(rows: list[dict[str, Any]]) -> bytes:
    with TemporaryDirectory() as name:
        Jsonl().write(bundle_of(rows), Path(name))
        return (Path(name) / FILE).read_bytes()


@thorough
@given(lines)
def test_nothing_is_lost(rows: list[dict[str, Any]]) -> None:
    ready = [rounded(row) for row in rows]
    text = written(ready)
    assert text.count(b"\n") == len(rows), "one line an item, whatever its text holds"
    assert [json.loads(line) for line in text.split(b"\n")[:-1]] == ready


@thorough
@given(lines)
def test_keys_are_sorted_and_equal_lines_give_equal_bytes(rows: list[dict[str, Any]]) -> None:
    ready = [rounded(row) for row in rows]
    turned = [dict(reversed(row.items())) for row in reversed(ready)]
    assert written(turned) == written(ready)


@often
@given(texts)
def test_a_text_is_one_line_for_every_reader(text: str) -> None:
    told = encode({"text": text})
    assert json.loads(told)["text"] == text
    assert told.count(b"\n") == 1
    assert b"\r" not in told


def test_the_two_ways_of_writing_a_line_agree() -> None:
    assert encode(full_line()).decode() == dump(full_line()) + "\n"


def test_the_page_beside_it_says_the_type_of_every_column(tmp_path: Path) -> None:
    Jsonl().write(bundle_of([full_line()]), tmp_path)
    facts = yaml.safe_load((tmp_path / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    assert {feature["name"] for feature in facts["dataset_info"]["features"]} == set(full_line())
    assert facts["configs"][0]["data_files"] == [{"split": "test", "path": FILE}]
