"""CSV: nothing is lost, and whatever a reader takes for the end of a cell, no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given

from cruxbank.cells import guarded, unguarded
from cruxbank.exports.csv import Csv
from cruxbank.exports.csv_tables import (
    ASKED,
    CARRIED,
    DIMENSION,
    ESTIMATE,
    FRESH,
    LISTS,
    MADE,
    OUTCOMES,
    PLAIN,
    SAID,
    TABLES,
    WHERE,
)
from cruxbank.exports.format import Bundle
from cruxbank.exports.lines import rounded
from tests.export_lines import bundle_of, full_line, lines, often, texts, thorough

Cell = str | None
FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\n]*))([,\n])')
BLANK = re.compile(r"[\s'\"\x00-\x20\x7f-\xa0\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069]*")


def written(bundle: Bundle) -> dict[str, str]:
    with TemporaryDirectory() as name:
        Csv().write(bundle, Path(name))
        return {path.stem: path.read_bytes().decode("utf-8-sig") for path in Path(name).iterdir()}


def parsed(text: str) -> list[dict[str, Cell]]:
    """RFC 4180; what stands between two commas without quotes is missing, and "" is an empty text."""
    rows: list[list[Cell]] = [[]]
    at = 0
    while at < len(text):
        found = FIELD.match(text, at)
        assert found, f"no cell at {at}: {text[at : at + 40]!r}"
        quoted, bare, end = found.groups()
        rows[-1].append(unguarded(quoted.replace('""', '"')) if quoted is not None else bare or None)
        at = found.end()
        if end == "\n":
            rows.append([])
    assert rows.pop() == []
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]  # type: ignore[arg-type]


def figure(cell: Cell) -> Any:
    return None if cell is None else json.loads(cell)


def part(row: dict[str, Cell], names: tuple[str, ...], prefix: str = "") -> dict[str, Any]:
    texts_ = ("family", "odd_model", "dimension")
    return {name: row[prefix + name] if name in texts_ else figure(row[prefix + name]) for name in names}


def estimate(row: dict[str, Cell], name: str) -> dict[str, Any]:
    return {end: figure(row[name + tail]) for end, tail in zip(ESTIMATE, ("", "_lo", "_hi"), strict=True)}


def counts(rows: list[dict[str, Cell]], use: str, language: Cell = None) -> dict[Cell, Any]:
    mine = [r for r in rows if r["use"] == use and language in (None, r["language"])]
    return {r["model"]: part(r, ASKED) | {"unscored_by": figure(r["unscored_by"])} for r in mine}


def rebuilt(tables: dict[str, list[dict[str, Cell]]], row: dict[str, Cell]) -> dict[str, Any]:
    """The line that a row and its rows in the other tables came from."""
    own = {name: [r for r in found if r["id"] == row["id"]] for name, found in tables.items()}
    made: dict[str, Any] = {name: row[name] for name in (*PLAIN, *WHERE, "canary", "schema")}
    made |= {name: figure(row[name]) for name in ("signed", "weight", "fresh_wordings")}
    made["options"] = [
        {"text": row[f"option_{o}"], "value": row[f"option_{o}_value"]} for o in "ab" if row[f"option_{o}"] is not None
    ]
    made["topic"] = {"id": row["topic_id"], "text": row["topic"], "domain": row["domain"], "region": row["region"]}
    made["wordings"] = [
        {"kind": r["kind"], "text": r["text"], "language": r["language"] if r["use"] == "translation" else ""}
        for r in own["wordings"]
    ]
    made["framing"] = framing(row)
    made["separation"] = separation(row, own) if row["responses"] else None
    made["counts"] = counts(own["models"], "chosen")
    made["verdicts"] = verdicts(own["verdicts"])
    made["by_language"] = {r["language"]: reading(r, own["models"]) for r in own["languages"]}
    made["provenance"] = provenance(row)
    return made


def framing(row: dict[str, Cell]) -> Any:
    named = {"leaning": "leaning", "differential": "differential_leaning"}
    told = {name: figure(row[column]) for name, column in named.items()}
    return told | {"dimension": row["leaning_dimension"]} if row["leaning_dimension"] is not None else None


def separation(row: dict[str, Cell], own: dict[str, list[dict[str, Cell]]]) -> dict[str, Any]:
    confirmed = counts(own["models"], "confirmed")
    confirmation = {
        "scoring": part(row, FRESH, "confirmed_"),
        "holdout": part(row, FRESH, "holdout_"),
        "counts": confirmed,
    }
    families = part(row, CARRIED, "families_")
    return {
        "joint": estimate(row, "separation"),
        "stance": estimate(row, "stance"),
        "refusal": estimate(row, "refusal"),
        **part(row, ("pairwise", "lfdr", "models", "responses")),
        "estimator": row["estimator"],
        "by_dimension": {r["dimension"]: part(r, DIMENSION) for r in own["dimensions"]},
        "transfer": {
            "confirmation": confirmation if row["confirmed_models"] else None,
            "families": families if row["families_family"] is not None else None,
        },
    }


def verdicts(rows: list[dict[str, Cell]]) -> dict[Cell, Any]:
    found: dict[Cell, Any] = {r["model"]: {} for r in rows}
    for r in rows:
        found[r["model"]][r["dimension"]] = [figure(r[name]) for name in OUTCOMES]
    return found


def reading(row: dict[str, Cell], models: list[dict[str, Cell]]) -> dict[str, Any]:
    told = {name: row[name] for name in ("translator", "failure", "detail")} | {"flags": figure(row["flags"])}
    measured = part(row, FRESH) if row["models"] else None
    return told | {"separation": measured, "counts": counts(models, "translated", row["language"])}


def provenance(row: dict[str, Cell]) -> dict[str, Any]:
    made: dict[str, Any] = {name: row[name] for name in (*MADE, *SAID)}
    made |= {name: figure(row[name]) for name in ("seed", "slot", *LISTS)}
    if made["calibration"] is None:
        del made["calibration"]
    nearest = {"id": row["nearest_id"], "cosine": figure(row["nearest_cosine"])}
    return made | {"nearest": nearest if row["nearest_id"] is not None else None}


@thorough
@given(lines)
def test_nothing_is_lost(rows: list[dict[str, Any]]) -> None:
    tables = {name: parsed(text) for name, text in written(bundle_of(rows)).items()}
    assert [rebuilt(tables, row) for row in tables["items"]] == [rounded(row) for row in rows]


def test_a_full_line_is_told_in_every_column() -> None:
    (row,) = parsed(written(bundle_of([full_line()]))["items"])
    assert [name for name, cell in row.items() if cell is None] == []


def test_every_table_of_figures_says_that_they_are_simulated() -> None:
    for name, text in written(bundle_of([full_line()])).items():
        found = {row["origin"] for row in parsed(text)} if name != "wordings" else {"simulated"}
        assert found == {"simulated"}, name


@thorough
@given(lines)
def test_csv_of_the_standard_library_reads_the_same(rows: list[dict[str, Any]]) -> None:
    for text in written(bundle_of(rows)).values():
        read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        own = [[cell or "" for cell in row.values()] for row in parsed(text)]
        assert [[unguarded(cell) for cell in row] for row in read[1:]] == own


@often
@given(texts)
def test_guards_come_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text


def live(cell: str) -> bool:
    """Would a spreadsheet compute it? Generous: what stands before the sign does not count, unless it is our mark."""
    begun = cell[BLANK.match(cell).end() :]  # type: ignore[union-attr]
    seen = cell[: len(cell) - len(begun)]
    return begun[:1] in tuple("=+-@＝＋－＠") and "'" not in seen and not is_number(begun)


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text))


@thorough
@given(lines)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_no_cell_is_a_formula_whatever_the_reader_splits_at(delimiter: str, rows: list[dict[str, Any]]) -> None:
    for text in written(bundle_of(rows)).values():
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            assert [cell for cell in row if live(cell)] == []


@often
@given(texts)
def test_no_part_of_a_text_is_a_formula_for_a_reader_without_quotes(text: str) -> None:
    assert [cell for cell in re.split(r"[;|\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", guarded(text)) if live(cell)] == []


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("'=1+1", "''=1+1"),
        (" =1+1", "' =1+1"),
        ("one\n- two\n- three", "one\n'- two\n'- three"),
        ("a;=1+1", "a;'=1+1"),
        ("well-known, and 2 - 1 = 1", "well-known, and 2 - 1 = 1"),
        ("'Tis the season", "'Tis the season"),
    ],
)
def test_what_is_marked(text: str, cell: str) -> None:
    assert guarded(text) == cell


def test_six_tables_with_a_mark_for_excel() -> None:
    with TemporaryDirectory() as name:
        Csv().write(bundle_of([]), Path(name))
        found = {path.name: path.read_bytes() for path in Path(name).iterdir()}
    assert sorted(found) == sorted(f"{table}.csv" for table in TABLES)
    assert all(text.startswith(b'\xef\xbb\xbf"id",') and text.count(b"\n") == 1 for text in found.values())
