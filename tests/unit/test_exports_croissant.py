"""A croissant export says the truth of its files, loses no text, and tells where each item comes from in words of PROV-O."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from cruxbank.app.wishes import Wish
from cruxbank.errors import InputError
from cruxbank.exports.bank_export import export_bank
from cruxbank.exports.card import Card, Maker, ModelFacts, RunFacts
from cruxbank.exports.croissant import Croissant
from cruxbank.exports.croissant_metadata import licence
from cruxbank.exports.deliver import deliver
from cruxbank.exports.lines import encode
from cruxbank.exports.petri import Petri
from cruxbank.exports.provenance import entity, shared, urn
from cruxbank.exports.stream import Recorded
from cruxbank.items import PromptRef
from tests.export_lines import bundle_of, full_line, lines, texts
from tests.report_bank import bank, settings as preset

TOLD = {"licence": "CC-BY-4.0", "creator": "Somebody", "url": "https://example.invalid/bank", "published": "2026-11-22"}
WORDS = {
    *("Entity", "Activity", "SoftwareAgent", "Person", "Plan", "Association", "Role"),
    *("wasDerivedFrom", "wasAttributedTo", "wasGeneratedBy", "wasRevisionOf", "wasInformedBy", "wasStartedBy", "used"),
    *("qualifiedAssociation", "agent", "hadRole", "wasAssociatedWith", "startedAtTime", "endedAtTime"),
}
"""Of https://www.w3.org/TR/prov-o/, looked up one by one; the bench has rdflib's closed list check the same."""
URN = re.compile(r"urn:cruxbank(:[A-Za-z0-9()+,\-.=@;$_!*'%/~]+)+")


def written(folder: Path, rows: list[dict[str, Any]], **told: Any) -> dict[str, Any]:
    """croissant.json of an export."""
    deliver(Croissant(), bundle_of(rows, **(TOLD | told)), folder)
    loaded: dict[str, Any] = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    return loaded


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Lines of a JSONL file; only a line feed ends one."""
    return [json.loads(row) for row in path.read_bytes().decode().split("\n") if row]


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a JSON value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


@given(lines)
@settings(max_examples=20, deadline=None)
def test_every_line_stands_in_items_and_has_a_provenance(rows: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "out"
        told = written(folder, rows)
        found = rows_of(folder / "items.jsonl") if rows else []
        assert found == [json.loads(encode(row)) for row in rows]
        traced = rows_of(folder / "provenance.jsonl") if rows else []
        assert [one["id"] for one in traced] == [f"urn:cruxbank:item:{row['id']}" for row in rows]
        for file in told["distribution"]:
            content = (folder / file["contentUrl"]).read_bytes()
            assert content, "an empty file has no columns"
            assert file["sha256"] == hashlib.sha256(content).hexdigest()
            assert file["contentSize"] == f"{len(content)} B"
            assert file["@id"] == file["contentUrl"]


@given(lines)
@settings(max_examples=20, deadline=None)
def test_every_field_finds_its_column_and_path_in_every_row(rows: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "out"
        told = written(folder, rows)
        for record_set in told["recordSet"]:
            leaves = [leaf for field in record_set["field"] for leaf in field.get("subField", [field])]
            for leaf in leaves:
                source = leaf["source"]
                for row in rows_of(folder / source["fileObject"]["@id"]):
                    value = row[source["extract"]["column"]]
                    steps = source.get("transform", {}).get("jsonPath", "").split(".") if value is not None else [""]
                    for part in value if isinstance(value, list) else [value]:
                        for step in filter(None, steps):
                            part = part[step]


def test_names_refer_to_what_is_there(tmp_path: Path) -> None:
    told = written(tmp_path / "out", [full_line()])
    made = {one["@id"] for one in objects([told["distribution"], told["recordSet"]]) if len(one) > 1 and "@id" in one}
    used = {one["@id"] for one in objects([told["distribution"], told["recordSet"]]) if set(one) == {"@id"}}
    assert used <= made
    assert {"items", "provenance", "dimensions", "models"} <= made
    assert [key["@id"] for key in next(r for r in told["recordSet"] if r["@id"] == "items")["key"]] == ["items/id"]


def test_what_the_standard_requires_is_there(tmp_path: Path) -> None:
    told = written(tmp_path / "out", [full_line()], limits=("One.", "Two."), misuses=("Never.",))
    required = ("@context", "@type", "name", "description", "license", "url", "creator", "datePublished", "conformsTo")
    assert all(told[name] for name in required)
    assert told["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert told["conformsTo"][0] == "http://mlcommons.org/croissant/1.0"
    assert told["rai:dataLimitations"] == ["One.", "Two."]
    assert told["citeAs"].startswith("Somebody: A bank.")


def test_simulated_items_are_called_so_everywhere(tmp_path: Path) -> None:
    told = written(tmp_path / "out", [full_line()], simulated=True)
    assert "simulated" in told["keywords"]
    for name in ("items", "dimensions", "models"):
        assert {row["origin"] for row in rows_of(tmp_path / f"out/{name}.jsonl")} == {"simulated"}
        fields = next(one["field"] for one in told["recordSet"] if one["@id"] == name)
        assert f"{name}/origin" in {field["@id"] for field in fields}
    assert "simulated" not in written(tmp_path / "real", [full_line()])["keywords"]


@pytest.mark.parametrize("name", ["licence", "creator", "url", "published"])
def test_without_what_the_standard_requires_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=f"export.{name}") as caught:
        deliver(Croissant(), bundle_of([full_line()], **(TOLD | {name: ""})), tmp_path / "out")
    assert "crux.yaml" in str(caught.value.hint)
    assert not (tmp_path / "out").exists()


def test_no_reader_finds_a_line_end_inside_a_line(tmp_path: Path) -> None:
    ends = "a\u0085b\u2028c\u2029d"
    line = full_line()
    line["topic"]["text"] = line["canary"] = ends
    line["separation"]["by_dimension"] = {ends: line["separation"]["by_dimension"]["power"]}
    written(tmp_path / "out", [line])
    for path in (tmp_path / "out").glob("*.jsonl"):
        rows = path.read_text(encoding="utf-8").splitlines()
        assert [json.loads(row) for row in rows] == rows_of(path), path.name


def test_what_the_user_alone_knows_is_asked_for_before_the_bank_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[int] = []
    real = Recorded.__iter__

    def counted(self: Recorded) -> Iterator[Any]:
        readings.append(len(self))
        return real(self)

    monkeypatch.setattr(Recorded, "__iter__", counted)
    made = bank()
    with pytest.raises(InputError, match=r"requires export\.licence, export\.creator, export\.url"):
        export_bank(made.record, made.settings, Wish(), Croissant(), tmp_path / "out")
    assert readings == []
    for form in (Croissant(), Petri()):
        readings.clear()
        export_bank(made.record, preset(export=TOLD), Wish(), form, tmp_path / form.name)
        assert readings == [1], form.name


def test_equal_items_give_equal_bytes(tmp_path: Path) -> None:
    other = full_line() | {"id": "it_0000000000000001"}
    written(tmp_path / "a", [full_line(), other])
    written(tmp_path / "b", [other, full_line()])
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / side).iterdir()} for side in "ab")
    assert first == second


def test_a_table_without_a_row_is_left_out(tmp_path: Path) -> None:
    told = written(tmp_path / "out", [full_line() | {"separation": None, "counts": {}, "by_language": {}}])
    assert [one["@id"] for one in told["recordSet"]] == ["items", "provenance"]
    names = {path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")}
    assert names == {"README.md", "croissant.json", "items.jsonl", "provenance.jsonl"}


def test_an_item_that_nobody_measured_has_no_reading() -> None:
    found = entity(full_line() | {"separation": None})
    assert found["reading"] is None
    assert found["wasGeneratedBy"]["wasInformedBy"]["id"] == "urn:cruxbank:run:0001-aaaaaaaa"


def test_the_provenance_of_an_item_by_hand() -> None:
    found = entity(full_line())
    writing, reading = found["wasGeneratedBy"], found["reading"]
    assert found["wasRevisionOf"]["id"] == "urn:cruxbank:item:it_0123456789abcdef"
    assert writing["id"] == "urn:cruxbank:run:0001-aaaaaaaa:slot:3"
    assert writing["wasStartedBy"]["id"] == "urn:cruxbank:session:se_1"
    assert [used["id"] for used in writing["used"]][1] == f"urn:cruxbank:prompt:respond%2Fopinion:1:{'ab' * 32}"
    roles = [role["hadRole"]["id"].rsplit(":", 1)[1] for role in writing["qualifiedAssociation"]]
    assert roles == ["generator", "critic"]
    assert reading["wasGeneratedBy"]["wasAssociatedWith"] == [{"id": "urn:cruxbank:agent:sim-a-1"}]
    assert reading["wasGeneratedBy"]["qualifiedAssociation"][0]["agent"]["id"] == "urn:cruxbank:agent:local:judge"


def test_two_who_shared_a_role_are_two_agents() -> None:
    """A file and the model that wrote what it lacked; the local rules and the critic behind them; "+" is also in names."""
    shared = {"generator": "import+command-r+", "critic": "local+m-1"}
    found = entity(full_line() | {"provenance": full_line()["provenance"] | shared})
    roles = [
        (role["agent"]["label"], role["hadRole"]["id"]) for role in found["wasGeneratedBy"]["qualifiedAssociation"]
    ]
    assert [name for name, _ in roles] == ["import", "command-r+", "local critic", "m-1"]
    assert found["wasAttributedTo"]["label"] == "import"


def test_a_person_is_no_software() -> None:
    line = full_line()
    line["provenance"]["generator"] = "person"
    assert entity(line)["wasAttributedTo"]["type"] == "Person"


@given(lines)
@settings(max_examples=40, deadline=None)
def test_only_words_of_the_standard_and_whole_names(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        found = entity(row)
        context = found.pop("@context")
        for one in objects(found):
            assert URN.fullmatch(one["id"]) if "id" in one else one["type"] == "Association"
            assert set(one) - set(context) <= WORDS
            assert one.get("type", "Entity") in WORDS


@given(texts)
def test_what_the_items_share_is_named_as_they_name_it(name: str) -> None:
    ref = PromptRef(name="respond/opinion", version=1, sha256="ab" * 32)
    models = (ModelFacts(id=name),)
    run = RunFacts(id="0001-aaaaaaaa", started="2026-11-22T10:54:11+00:00")
    card = Card(name="b", title="t", description="d", models=models, runs=(run,), maker=Maker(prompts=(ref,)))
    activity, plan = shared(card)
    assert activity["@id"] == entity(full_line())["wasGeneratedBy"]["wasInformedBy"]["id"]
    assert activity["prov:wasAssociatedWith"][0]["@id"] == urn("agent", name)
    assert plan["@id"] in {used["id"] for used in entity(full_line())["wasGeneratedBy"]["used"]}
    assert {key.removeprefix("prov:") for key in activity if key.startswith("prov:")} <= WORDS
    assert "prov:endedAtTime" not in activity


def test_licences() -> None:
    assert licence("CC0-1.0") == "https://spdx.org/licenses/CC0-1.0.html"
    assert licence("https://example.invalid/terms") == "https://example.invalid/terms"
    assert licence("LicenseRef-Ours") == "LicenseRef-Ours"
