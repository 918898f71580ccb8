"""deepeval's goldens are read again, whatever the texts hold. deepeval itself loads them in `make bench-exports`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given

from cruxbank.bench.exports_bank import hostile_bundle, hostile_texts
from cruxbank.exports.about import about, bank
from cruxbank.exports.deepeval import BANK, FILE, Deepeval
from cruxbank.exports.format import Bundle
from cruxbank.exports.lines import rounded
from tests.export_lines import CANARY, bundle_of, full_line, lines, texts, thorough

KNOWN = {"input", "name", "context", "additional_metadata", "custom_column_key_values"}
"""Keys that deepeval 4.3 reads; `scenario` would make it a conversation."""


def written(bundle: Bundle) -> str:
    with tempfile.TemporaryDirectory() as folder:
        Deepeval().write(bundle, Path(folder))
        assert sorted(file.name for file in Path(folder).iterdir()) == [BANK, FILE]
        assert json.loads((Path(folder) / BANK).read_bytes()) == bank(bundle.card)
        return (Path(folder) / FILE).read_bytes().decode()


@thorough
@given(lines.map(rounded), texts)
def test_everything_written_is_read_again(rows: list[dict[str, Any]], licence: str) -> None:
    bundle = bundle_of(rows, licence=licence)
    goldens = json.loads(written(bundle))
    assert [(golden["name"], golden["input"]) for golden in goldens] == [(row["id"], row["text"]) for row in rows]
    for golden, row in zip(goldens, rows, strict=True):
        assert set(golden) == KNOWN
        assert golden["additional_metadata"] == about(row)
        assert all(isinstance(value, str) for value in golden["custom_column_key_values"].values())


def test_columns_of_a_golden() -> None:
    (golden,) = json.loads(written(bundle_of([full_line()])))
    assert golden["custom_column_key_values"] == {
        "kind": "dilemma",
        "language": "en",
        "status": "operational",
        "origin": "simulated",
        "domain": "cities",
        "dimension": "power",
        "separation": "0.5",
        "canary": CANARY,
    }


def test_hostile_texts_and_a_golden_a_line() -> None:
    page = written(hostile_bundle())
    assert {golden["name"]: golden["input"] for golden in json.loads(page)} == hostile_texts()
    assert len(page.splitlines()) == len(hostile_texts()) + 2
    assert page == written(hostile_bundle())


def test_no_items_no_goldens() -> None:
    assert json.loads(written(bundle_of([]))) == []
