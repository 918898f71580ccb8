"""Reviews are part of what makes two banks equal; when they were made is not. A backup brings them back as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cruxbank.curation import HumanReview
from cruxbank.items import Item
from cruxbank.memory import archive
from cruxbank.memory.backup import collect
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import EncoderId
from cruxbank.memory.record import Record
from cruxbank.memory.restore import unpack
from cruxbank.memory.reviews import Reviews
from tests.memory.conftest import Factory

NOON = "2026-11-22T12:00:00+00:00"


def reviewed(path: Path, make: Factory, *said: dict[str, Any]) -> Record:
    """A record with one item and these decisions about it."""
    record = Record.open(str(path))
    record.begin_run("0001-aaaaaaaa", "a" * 64, seed=1)
    item: Item = make.item()
    record.commit_slot(make.commit(0, item))
    for one in said:
        given = {"item": item.id, "reviewer": "ada", "choice": "flag", "reason": "why", "at": NOON}
        Reviews(record.database).decide(HumanReview.model_validate(given | one))
    return record


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ([{}], [], False),
        ([{}], [{"choice": "accept"}], False),
        ([{}], [{"reviewer": "bob"}], False),
        ([{}], [{"reason": "why not"}], False),
        ([{"choice": "accept"}], [{"choice": "accept", "settles": True}], False),
        ([{}, {"reviewer": "bob"}], [{"reviewer": "bob"}, {}], False),
        ([{}], [{"at": "2027-01-01T00:00:00+00:00"}], True),
    ],
)
def test_two_banks_are_equal_where_people_decided_the_same(
    tmp_path: Path, make: Factory, first: list[dict[str, Any]], second: list[dict[str, Any]], equal: bool
) -> None:
    one, two = reviewed(tmp_path / "a.sqlite", make, *first), reviewed(tmp_path / "b.sqlite", make, *second)
    assert (one.canonical_dump() == two.canonical_dump()) is equal
    one.close()
    two.close()


def test_a_restored_bank_has_the_same_reviews(tmp_path: Path, make: Factory) -> None:
    bank = BankFolder(tmp_path / "bank")
    bank.ensure(EncoderId(name="bag-of-words", dimension=64, digest="feedbeef"), "schwartz-10")
    said = [
        {},
        {"reviewer": "Ä \u202e bob", "choice": "reject", "reason": "=1+1"},
        {"choice": "accept", "settles": True},
    ]
    record = reviewed(bank.record, make, *said)
    before, all_ = record.canonical_dump(), Reviews(record.database).all()
    (tmp_path / "parts").mkdir()
    manifest = collect(record, bank, tmp_path / "parts")
    with (tmp_path / "b.tar.gz").open("wb") as target:
        archive.write(manifest, tmp_path / "parts", target)
    record.close()
    (tmp_path / "again").mkdir()
    unpack(tmp_path / "b.tar.gz", tmp_path / "again", None, lambda: None)
    again = Record.open(str(tmp_path / "again" / "record.sqlite"))
    assert Reviews(again.database).all() == all_
    assert [one.reviewer for one in all_] == ["ada", "Ä \u202e bob", "ada"]
    assert again.canonical_dump() == before
    again.close()
