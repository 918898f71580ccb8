"""What a bank remembers of its exports, and reading items without objects: on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from cruxbank.curation import ExportEntry
from cruxbank.errors import InputError
from cruxbank.items import Exit, Item, Neighbour, Status
from cruxbank.memory import payloads
from cruxbank.memory.exposures import canary, certain, entered, entries, exposed, forget, note
from cruxbank.memory.families import families
from cruxbank.memory.record import Record
from tests.memory.conftest import Factory

OpenRecord = Callable[[], Record]


def filled(open_record: OpenRecord, make: Factory, texts: list[str]) -> tuple[Record, list[Item]]:
    record = open_record()
    record.begin_run("0001-aaaaaaaa", "a" * 64)
    items = [make.item(text, slot=slot, joint=0.1 * (slot + 1)) for slot, text in enumerate(texts)]
    for slot, item in enumerate(items):
        record.commit_slot(make.commit(slot, item))
    return record, items


def entry(number: int = 1) -> ExportEntry:
    return ExportEntry(
        id=f"ex_{number}",
        format="jsonl",
        rule="top",
        seed=1,
        public=True,
        at="2026-01-01",
        canary="c",
        digest="d",
        published=1,
        held=1,
    )


def test_an_export_is_entered_once_and_taken_back_whole(open_record: OpenRecord, make: Factory) -> None:
    record, items = filled(open_record, make, ["Is a right?", "Is b right?", "Is c right?"])
    a, b, c = (item.id for item in items)
    with record.database.write() as connection:
        assert note(connection, entry(1), [a], [b])
        assert not note(connection, entry(1), [c], [a]), "the same export again changes nothing"
    with record.database.write() as connection:
        assert note(connection, entry(2), [a, c], [b]), "published twice, held twice: no contradiction"
    with record.database.read() as connection:
        assert (exposed(connection, "published"), exposed(connection, "held")) == ({a, c}, {b})
        assert [one.id for one in entries(connection)] == ["ex_1", "ex_2"]
    with record.database.write() as connection:
        forget(connection, "ex_2")
    with record.database.read() as connection:
        assert (exposed(connection, "published"), exposed(connection, "held")) == ({a}, {b})
        assert entries(connection) == (entry(1),)


def test_what_is_held_is_never_published_nor_the_other_way_round(open_record: OpenRecord, make: Factory) -> None:
    record, items = filled(open_record, make, ["Is a right?", "Is b right?"])
    a, b = (item.id for item in items)
    with record.database.write() as connection:
        note(connection, entry(1), [a], [b])
    for published, held, why in (([b], [], "was held back"), ([], [a], "was published")):
        with pytest.raises(InputError, match=why), record.database.write() as connection:
            note(connection, entry(2), published, held)
    with record.database.read() as connection:
        assert [one.id for one in entries(connection)] == ["ex_1"]


def related(open_record: OpenRecord, make: Factory) -> tuple[Record, dict[str, str]]:
    """a <- b <- c by edits, a <- d; e repeats b and replaces f; g stands alone. Ids by letter."""
    record, (first,) = filled(open_record, make, ["Is a right?"])
    found = {"a": first.id}
    for slot, (name, replaces, repeats) in enumerate(
        [("f", "", ""), ("b", "a", ""), ("c", "b", ""), ("d", "a", ""), ("e", "f", "b"), ("g", "", "")], 1
    ):
        exit = Exit.DUPLICATE_MEANING if repeats else Exit.EDITED
        item = make.item(f'Is {name} right, "replaces":"it_{name}"?', status=Status.DRAFT, exit=exit, slot=slot)
        near = Neighbour(id=found[repeats or "a"], cosine=0.9)
        made = item.provenance.model_copy(update={"nearest": near})
        item = item.model_copy(update={"replaces": found.get(replaces), "provenance": made})
        record.commit_slot(make.commit(slot, item))
        found[name] = item.id
    return record, found


def test_a_family_is_all_versions_and_what_repeats_them(open_record: OpenRecord, make: Factory) -> None:
    record, key = related(open_record, make)
    with record.database.read() as connection:
        known = families(connection, key.values())
    of = {name: "".join(sorted(one for one in key if key[one] in known.of([key[name]]))) for name in key}
    assert of == {"a": "abcde", "b": "abcde", "c": "abcde", "d": "abcde", "e": "ef", "f": "ef", "g": "g"}
    units = known.units([key[name] for name in "acdg"])
    assert units == {key["a"]: key["a"], key["c"]: key["a"], key["d"]: key["a"], key["g"]: key["g"]}
    assert len(set(known.units(list(key.values())).values())) == 2, "a duplicate is drawn with both that it belongs to"


@pytest.mark.parametrize("old", "abcd")
@pytest.mark.parametrize("new", "abcd")
def test_no_part_of_a_family_changes_sides(open_record: OpenRecord, make: Factory, old: str, new: str) -> None:
    record, key = related(open_record, make)
    with record.database.write() as connection:
        note(connection, entry(1), [key["g"]], [key[old]])
    with pytest.raises(InputError, match="was held back"), record.database.write() as connection:
        note(connection, entry(2), [key[new]], [])
    with record.database.write() as connection:
        forget(connection, "ex_1")
        note(connection, entry(3), [key[old]], [key["g"]])
    with pytest.raises(InputError, match="was published"), record.database.write() as connection:
        note(connection, entry(4), [], [key[new]])
    with pytest.raises(InputError, match="was held back"), record.database.write() as connection:
        note(connection, entry(5), [key["e"]], [key["g"], key["f"]])
    with record.database.read() as connection:
        assert entered(connection, "published") == {key[old]}
        assert exposed(connection, "published") == {key[one] for one in "abcde"}


def test_what_went_out_without_a_draw(open_record: OpenRecord, make: Factory) -> None:
    record, items = filled(open_record, make, [f"Is {name} right?" for name in "abcd"])
    a, b, c, d = (item.id for item in items)
    drawn = {"filters": (("holdback", "0.2"),)}
    with record.database.write() as connection:
        note(connection, entry(1), [a], [])
        note(connection, entry(2).model_copy(update=drawn), [a, b], [d])
        note(connection, entry(3), [a, b, c], [])
    with record.database.read() as connection:
        assert certain(connection) == {a, c}


def test_the_canary_stays_while_the_bank_grows(open_record: OpenRecord, make: Factory) -> None:
    record = open_record()
    with record.database.read() as connection:
        assert canary(connection) == ""
    record.begin_run("0001-aaaaaaaa", "a" * 64)
    record.commit_slot(make.commit(0, make.item("Is a right?")))
    with record.database.read() as connection:
        first = canary(connection)
    record.begin_run("0002-bbbbbbbb", "b" * 64)
    record.commit_slot(make.commit(1, make.item("Is 0 right?", slot=1)))
    record.set_status(make.item("Is a right?").id, Status.RETIRED, "test")
    with record.database.read() as connection:
        assert canary(connection) == first
    assert first.startswith("cruxbank canary ")
    assert len(first.split()[-1]) == 36


def test_items_are_read_by_filter_in_the_order_of_their_ids(open_record: OpenRecord, make: Factory) -> None:
    record, items = filled(open_record, make, [f"Is {number} right, NUL \0 or not?" for number in range(7)])
    record.set_status(items[0].id, Status.RETIRED, "test")
    with record.database.read() as connection:
        found = payloads.ids(connection, ["operational"], languages=["en"], domains=["economy"], least=0.2)
        assert found == sorted(item.id for item in items[3:]), "lower bounds are half of 0.1, 0.2, ..."
        assert payloads.ids(connection, ["operational"], domains=["nowhere"]) == []
        assert payloads.ids(connection, ["pilot"]) == []
        assert payloads.ids(connection, ["retired"]) == [items[0].id]
        assert payloads.names(connection, "domain") == ("economy",)
        kept = list(payloads.payloads(connection, [found[2], "it_none", found[0]]))
    assert [one.id for one in kept] == [found[2], found[0]]
    assert [Item.model_validate(orjson.loads(one.payload)) for one in kept] == [record.item(one.id) for one in kept]


def test_chunks_do_not_matter(open_record: OpenRecord, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    record, _ = filled(open_record, make, [f"Is {number} right?" for number in range(5)])
    with record.database.read() as connection:
        ids = payloads.ids(connection, ["operational"])
        whole = list(payloads.payloads(connection, ids))
        monkeypatch.setattr(payloads, "CHUNK", 2)
        assert list(payloads.payloads(connection, ids)) == whole
    assert [one.id for one in whole] == ids == sorted(ids)
