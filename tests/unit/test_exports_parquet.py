"""Parquet and the Hugging Face repository: every line comes back, with the same types for every bank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given

from cruxbank.config.publishing import Publishing
from cruxbank.errors import InputError
from cruxbank.exports import hf, parquet, registry
from cruxbank.exports.card import Card
from cruxbank.exports.csv_tables import OUTCOMES, TABLES
from cruxbank.exports.deliver import Given, deliver
from cruxbank.exports.format import Bundle
from cruxbank.exports.hf import HuggingFace
from cruxbank.exports.hf_card import front_matter
from cruxbank.exports.lines import rounded
from cruxbank.exports.parquet import Parquet
from cruxbank.exports.parquet_schema import schema
from tests.export_lines import CANARY, bundle_of, full_line, lines, often, texts, thorough


def table(bundle: Bundle) -> pa.Table:
    with TemporaryDirectory() as name:
        Parquet().write(bundle, Path(name))
        return pq.read_table(Path(name) / "items.parquet", memory_map=False)


def named(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    return {row[key]: {name: value for name, value in row.items() if name != key} for row in rows}


def counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    plain = [row | {"unscored_by": {r["reason"]: r["count"] for r in row["unscored_by"]}} for row in rows]
    return named(plain, "model")


def rebuilt(row: dict[str, Any]) -> dict[str, Any]:
    """The line that a row was made of."""
    made = dict(row)
    made["counts"] = counts(row["counts"])
    verdicts: dict[str, Any] = {}
    for read in row["verdicts"]:
        verdicts.setdefault(read["model"], {})[read["dimension"]] = [read[outcome] for outcome in OUTCOMES]
    made["verdicts"] = verdicts
    made["by_language"] = named([told | {"counts": counts(told["counts"])} for told in row["by_language"]], "language")
    if row["separation"]:
        separation = made["separation"] = dict(row["separation"])
        separation["by_dimension"] = named(separation["by_dimension"], "dimension")
        if confirmation := separation["transfer"]["confirmation"]:
            confirmation["counts"] = counts(confirmation["counts"])
    if row["provenance"]["calibration"] is None:
        del made["provenance"]["calibration"]
    return made


@thorough
@given(lines)
def test_nothing_is_lost(rows: list[dict[str, Any]]) -> None:
    """Floats of a line have their six places before it comes to a format."""
    ready = [rounded(row) for row in rows]
    assert [rebuilt(row) for row in table(bundle_of(ready)).to_pylist()] == ready


def test_the_schema_has_a_place_for_every_key() -> None:
    assert set(schema().names) == set(full_line())


def test_types_do_not_depend_on_what_a_bank_holds() -> None:
    empty = full_line() | {"separation": None, "framing": None, "weight": None, "counts": {}, "verdicts": {}}
    read = [table(bundle_of(rows)).schema for rows in ([], [full_line()], [empty])]
    assert all(found.equals(schema()) for found in read)


def test_licence_and_canary_are_in_the_file(tmp_path: Path) -> None:
    Parquet().write(bundle_of([full_line()]), tmp_path)
    said = pq.read_metadata(tmp_path / "items.parquet").metadata
    assert (said[b"cruxbank.licence"], said[b"cruxbank.canary"]) == (b"CC-BY-4.0", CANARY.encode())


def test_the_card_is_asked_for_once_the_lines_were_read(tmp_path: Path) -> None:
    """It is made of what they come to; before that it would cost a reading of its own."""
    read: list[str] = []

    class Watched(Given):
        def __iter__(self) -> Iterator[Mapping[str, Any]]:
            yield from super().__iter__()
            read.append("lines")

    def card() -> Card:
        read.append("card")
        return Card(
            name="a", title="A", description="B", **said.model_dump(include={"licence", "creator", "url", "published"})
        )

    said = Publishing(
        licence="CC-BY-4.0", creator="Somebody", url="https://example.invalid/bank", published="2026-11-22"
    )
    for form in map(registry.load, registry.names()):
        (tmp_path / form.name).mkdir()
        read.clear()
        form.write(Bundle(Watched([full_line()]), card, said), tmp_path / form.name)
        assert read in (["lines"], ["lines", "card"])


def test_groups_of_rows_are_written_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", 2)
    monkeypatch.setattr(parquet, "GROUP_ROWS", 4)
    rows = [full_line() | {"id": f"it_{n:016x}"} for n in range(9)]
    Parquet().write(bundle_of(rows), tmp_path)
    file = pq.ParquetFile(tmp_path / "items.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [4, 4, 1]
    assert file.read(["id"])["id"].to_pylist() == [row["id"] for row in rows]


def test_equal_banks_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        HuggingFace().write(bundle_of([full_line()]), tmp_path / name)
    paths = sorted(path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*") if path.is_file())
    assert len(paths) == 3
    assert all((tmp_path / "first" / path).read_bytes() == (tmp_path / "second" / path).read_bytes() for path in paths)


# --- Hugging Face ------------------------------------------------------------------------------------------------------


@thorough
@given(lines)
def test_prompts_are_the_wordings(rows: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as name:
        HuggingFace().write(bundle_of(rows), Path(name))
        read = pq.read_table(Path(name) / "prompts" / "test-00000-of-00001.parquet", memory_map=False)
    wordings = TABLES["wordings"]
    sent = [row for line in rows for row in wordings.rows(line)]
    assert [tuple(row[name] for name in wordings.columns) for row in read.to_pylist()] == sent


def test_large_banks_are_cut_into_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hf, "SHARD_ROWS", 2)
    rows = [full_line() | {"id": f"it_{n:016x}"} for n in range(5)]
    HuggingFace().write(bundle_of(rows), tmp_path)
    shards = sorted((tmp_path / "data").iterdir())
    assert [path.name for path in shards] == [f"test-0000{n}-of-00003.parquet" for n in range(3)]
    read = [row for path in shards for row in pq.read_table(path, memory_map=False)["id"].to_pylist()]
    assert read == [row["id"] for row in rows]
    prompts = [pq.read_table(path, memory_map=False) for path in sorted((tmp_path / "prompts").iterdir())]
    assert [part.num_rows for part in prompts] == [2 * 3, 2 * 3, 3], "three wordings each"


def test_files_of_a_larger_export_are_no_part_of_a_smaller_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [full_line() | {"id": f"it_{n:016x}"} for n in range(5)]
    monkeypatch.setattr(hf, "SHARD_ROWS", 2)
    deliver(HuggingFace(), bundle_of(rows), tmp_path / "out")
    with pytest.raises(InputError, match="test-00000-of-00003"):
        deliver(HuggingFace(), bundle_of(rows[:2]), tmp_path / "out", force=True)


def test_an_export_of_nothing_can_be_loaded(tmp_path: Path) -> None:
    deliver(HuggingFace(), Bundle(Given([]), Card(name="a", title="A", description="B")), tmp_path / "out")
    (file,) = (tmp_path / "out" / "data").iterdir()
    assert pq.read_table(file, memory_map=False).num_rows == 0


def facts(**card: Any) -> dict[str, Any]:
    text = front_matter(Card(**{"name": "a", "title": "A", "description": "B", **card}), card.get("items", 0), hf.FILES)
    assert text.startswith("---\n")
    assert text.endswith("\n---\n\n")
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("", {"license": "unknown"}),
        ("CC-BY-4.0", {"license": "cc-by-4.0"}),
        ("ODbL-1.0", {"license": "odbl"}),
        ("GPL-3.0-or-later", {"license": "gpl-3.0"}),
        ("0BSD", {"license": "other", "license_name": "0bsd", "license_link": "https://spdx.org/licenses/0BSD.html"}),
        (
            "https://example.invalid/terms",
            {"license": "other", "license_name": "custom", "license_link": "https://example.invalid/terms"},
        ),
    ],
)
def test_the_licence_is_called_what_the_hub_calls_it(licence: str, said: dict[str, str]) -> None:
    assert {key: value for key, value in facts(licence=licence).items() if key.startswith("license")} == said


@pytest.mark.parametrize(("items", "size"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (100_000, "100K<n<1M")])
def test_size(items: int, size: str) -> None:
    assert facts(items=items)["size_categories"] == [size]


def test_languages_are_iso_codes_and_simulated_answers_are_told() -> None:
    found = facts(languages=("pt-BR", "en", "zh-Hant", "x-klingon"), simulated=True)
    assert found["language"] == ["en", "pt", "zh"]
    assert found["multilinguality"] == ["multilingual"]
    assert "simulated" in found["tags"]


@often
@given(texts)
def test_any_title_is_one_value_of_the_front_matter(title: str) -> None:
    text = front_matter(Card(name="a", title=title, description="B"), 1, hf.FILES)
    head, body = text.removeprefix("---\n").split("\n---\n", 1)
    assert body == "\n"
    assert yaml.safe_load(head)["pretty_name"] == title
