"""What an export publishes and what it holds back: in no public file, then or later; weights, canary, private card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cruxbank import Bank
from cruxbank.errors import InputError
from cruxbank.exports import bank_export
from tests.components.numbered_bank import ITEMS, everything, ids


def test_what_is_held_back_is_in_no_public_file_then_or_later(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a", n=15, select="random", holdback=0.2, private=tmp_path / "apart")
    assert (len(done.selected.published), len(done.selected.held)) == (12, 3)
    assert done.card.chosen is not None
    assert (done.card.items, done.card.chosen.held, done.card.chosen.public) == (12, 3, True)
    bank.export("jsonl", tmp_path / "b")
    bank.export("jsonl", tmp_path / "c", n=20, public=True)
    bank.export("jsonl", tmp_path / "d", select="random", n=9, holdback=0.5)
    held = done.selected.held
    for name in "abcd":
        public = everything(tmp_path / name)
        assert [key for key in held if key in public] == [], "not even as somebody's nearest neighbour"
        assert [i.text for i in ITEMS if i.id in held and i.text in public] == []
    assert ids(tmp_path / "apart") == list(held)
    assert len(ids(tmp_path / "b")) == 21
    assert "to be published" in everything(tmp_path / "apart")


@pytest.mark.parametrize("form", ["csv", "inspect", "petri", "lm-eval", "promptfoo", "deepeval"])
def test_no_format_names_what_is_held_back(bank: Bank, tmp_path: Path, form: str) -> None:
    held = bank.export(form, tmp_path / "a", holdback=0.3).selected.held
    public = everything(tmp_path / "a")
    assert [key for key in held if key in public] == []
    assert [item.text for item in ITEMS if item.id in held and item.text in public] == []
    assert all(item.id in public for item in ITEMS if item.id not in held)


def test_the_same_export_again_gives_the_same_two_parts(bank: Bank, tmp_path: Path) -> None:
    first = bank.export("jsonl", tmp_path / "a", n=10, holdback=0.3)
    again = bank.export("jsonl", tmp_path / "b", n=10, holdback=0.3)
    assert everything(tmp_path / "a") == everything(tmp_path / "b")
    assert again.selected.held == first.selected.held
    assert [entry.id for entry in bank.exports()] == [first.entry.id if first.entry else ""]
    (entry,) = bank.exports()
    assert (entry.published, entry.held, entry.rule, entry.asked) == (7, 3, "top", 10)
    assert entry.canary == first.selected.canary


def test_what_was_published_can_be_left_out_and_cannot_be_held_back(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "private use")
    assert bank.exports() == (), "only public exports are remembered"
    bank.export("jsonl", tmp_path / "a", n=20, public=True)
    fresh = bank.export("jsonl", tmp_path / "b", unexposed=True)
    assert (len(ids(tmp_path / "b")), fresh.selected.withheld) == (4, 20)
    late = bank.export("jsonl", tmp_path / "c", holdback=0.5)
    assert (late.selected.wanted, len(late.selected.held)) == (12, 4), "20 of the 24 are out already"
    with pytest.raises(InputError, match=r"--unexposed: all 20 items that match were published before"):
        bank.export("jsonl", tmp_path / "d", unexposed=True, min_separation=0.05)


def test_weights_still_stand_for_the_pool(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a", n=10, select="random", holdback=0.2)
    weights = [done.selected.weights[key] for key in done.selected.published]
    assert weights == pytest.approx([24 / 8] * 8)
    assert done.selected.effective == pytest.approx(8.0)
    assert sum(json.loads(row)["weight"] for row in (tmp_path / "a" / "items.jsonl").read_text().splitlines()) == 24


def test_the_private_folder_lies_apart(bank: Bank, tmp_path: Path) -> None:
    for private in (tmp_path / "a", tmp_path / "a" / "held", tmp_path):
        with pytest.raises(InputError, match="lies in one folder with --out"):
            bank.export("jsonl", tmp_path / "a", holdback=0.2, private=private)
    assert bank.exports() == ()


def test_items_that_somebody_hands_over_are_checked_too(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a", holdback=0.2)
    held = [bank.item(key) for key in done.selected.held]
    with pytest.raises(InputError, match="is held back"):
        bank.export_jsonl(tmp_path / "b", items=held)
    free = [bank.item(key) for key in done.selected.published]
    bank.export_jsonl(tmp_path / "b", items=free)
    assert [key for key in done.selected.held if key in everything(tmp_path / "b")] == []


def test_every_line_bears_the_canary_and_so_does_the_card(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a")
    assert done.selected.canary.startswith("cruxbank canary ")
    rows = (tmp_path / "a" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(row)["canary"] for row in rows} == {done.selected.canary}
    assert done.selected.canary in (tmp_path / "a" / "README.md").read_text(encoding="utf-8")


def test_the_card_of_what_is_held_back_speaks_of_it(bank: Bank, tmp_path: Path) -> None:
    bank.export("csv", tmp_path / "a", n=20, select="weighted", holdback=0.25, private=tmp_path / "apart")
    public, own = ((tmp_path / name / "README.md").read_text(encoding="utf-8") for name in ("a", "apart"))
    assert "Published with this export." in public
    assert "Not recorded as published." in own
    assert "Published with this export." not in own
    assert bank_export.KEPT in own
    assert bank_export.KEPT not in public
    assert "Kept back and in no public export: 5 items." in public
    assert "Kept back and in no public export" not in own
    sizes = [text.split("effective sample size ")[1].split(".")[0] for text in (public, own)]
    assert 0 < int(sizes[1]) <= 5 < int(sizes[0]) <= 15
    bank.export("csv", tmp_path / "b", n=3, private=tmp_path / "later")
    later = (tmp_path / "later" / "README.md").read_text(encoding="utf-8")
    assert "5 of 5" in later, "the rule chose among the others"
    assert "3 asked for" not in later
