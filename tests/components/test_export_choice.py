"""Which items an export may give out: families, near-duplicates, weights after an earlier publication, honest counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cruxbank import Bank
from cruxbank.cli.export_told import as_mapping, summary
from cruxbank.curation import HumanReview
from cruxbank.errors import InputError
from cruxbank.items import Exit, Item, Status
from cruxbank.memory.reviews import Reviews
from tests.components.numbered_bank import ITEMS, N, everything, ids, numbered, rows
from tests.made_items import commit

ALL = ("draft", "pilot", "operational", "retired")


def edit(bank: Bank, key: str, text: str) -> Item:
    """What `crux review` writes: the item is retired, and a draft stands in its place."""
    draft = numbered(0, text=text, status=Status.DRAFT, exit_=Exit.EDITED, replaces=key)
    Reviews(bank._record.database).decide(HumanReview(item=key, reviewer="ada", choice="edit"), draft)
    return draft


# Families


def test_an_edit_of_a_held_item_stays_out_forever(bank: Bank, tmp_path: Path) -> None:
    held = bank.export("jsonl", tmp_path / "a", holdback=0.2).selected.held
    first = edit(bank, held[0], "Ought the first to be put in other words?")
    second = edit(bank, first.id, "Ought the second to be put in other words?")
    done = bank.export("jsonl", tmp_path / "b", status=ALL, public=True)
    assert [text for text in (first.text, second.text, first.id, held[0]) if text in everything(tmp_path / "b")] == []
    assert (len(done.selected.published), len(done.selected.held), done.selected.akin) == (19, 7, 2)
    assert done.selected.kept_back == 5, "two of the seven belong to a held one and were never held themselves"
    for item in (first, second):
        with pytest.raises(InputError, match="is held back"):
            bank.export_jsonl(tmp_path / "c", items=[item])
    stranger = numbered(1, text="Never seen by the record?", replaces=held[0])
    with pytest.raises(InputError, match="is held back"):
        bank.export_jsonl(tmp_path / "c", items=[stranger])


def test_what_a_held_edit_replaces_stays_out_too(bank: Bank, tmp_path: Path) -> None:
    drafts = [edit(bank, ITEMS[n].id, f"Ought {n} to be put in other words?") for n in range(4)]
    held = set(bank.export("jsonl", tmp_path / "a", status="draft", holdback=0.5).selected.held)
    olds = {draft.replaces for draft in drafts if draft.id in held}
    bank.export("jsonl", tmp_path / "b", status=ALL, public=True)
    public = everything(tmp_path / "b")
    assert len(olds) == 2
    assert [key for key in (*olds, *held) if key and key in public] == []


def test_an_edit_of_a_published_item_is_neither_fresh_nor_to_be_held(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a", public=True)
    drafts = [edit(bank, ITEMS[n].id, f"Ought {n} to be put in other words?") for n in range(4)]
    new = [numbered(N + n, text=f"Is {n} new?", status=Status.DRAFT, exit_=Exit.CRITIC) for n in range(4)]
    commit(bank._record, new, N)
    fresh = bank.export("jsonl", tmp_path / "b", status=ALL, unexposed=True)
    assert (set(ids(tmp_path / "b")), fresh.selected.withheld) == ({item.id for item in new}, N + 4)
    parts = bank.export("jsonl", tmp_path / "c", status="draft", holdback=0.9).selected
    assert (set(parts.held), set(parts.published)) == ({item.id for item in new}, {item.id for item in drafts})
    assert parts.wanted == 7


def test_versions_of_an_item_are_drawn_together(bank: Bank, tmp_path: Path) -> None:
    families = [{item.id, edit(bank, item.id, f"Ought {item.text[7:]}").id} for item in ITEMS[:12]]
    parts = bank.export("jsonl", tmp_path / "a", status=ALL, holdback=0.5).selected
    assert [family for family in families if len(family & set(parts.held)) == 1] == []
    assert (parts.wanted, parts.fair) == (18, True)
    assert len(parts.held) in (18, 19)


def test_a_near_duplicate_of_a_held_item_stays_out_and_is_counted(bank: Bank, tmp_path: Path) -> None:
    held = bank.export("jsonl", tmp_path / "a", holdback=0.2).selected.held
    free = next(item.id for item in ITEMS if item.id not in held)
    texts = {held[0]: "Is this the first again?", held[1]: "Is this the second again?", free: "Is this free again?"}
    drafts = {
        near: numbered(N, text=text, status=Status.DRAFT, exit_=Exit.DUPLICATE_MEANING, near=near)
        for near, text in texts.items()
    }
    commit(bank._record, list(drafts.values()), N)
    done = bank.export("jsonl", tmp_path / "b", status=ALL, public=True)
    public = everything(tmp_path / "b")
    assert [text in public for text in texts.values()] == [False, False, True]
    assert done.selected.akin == 2
    told = "among these, versions and near-duplicates of items that were held back before: 2"
    assert told in list(summary(done))
    assert as_mapping(done, "jsonl")["held_akin"] == 2


def test_what_resembles_a_held_item_without_repeating_it_goes_out(bank: Bank, tmp_path: Path) -> None:
    """Every item names the next one as its neighbour: only a refused duplicate is as good as the item itself."""
    held = bank.export("jsonl", tmp_path / "a", holdback=0.2).selected.held
    done = bank.export("jsonl", tmp_path / "b")
    assert len(done.selected.published) == N - len(held)


# Weights and counts


def test_after_an_earlier_publication_the_parts_are_not_comparable(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a", n=16, public=True)
    done = bank.export("jsonl", tmp_path / "b", holdback=0.2, private=tmp_path / "apart")
    weakest = {item.id for item in ITEMS[:8]}
    assert set(done.selected.held) < weakest
    assert [row["weight"] for name in ("b", "apart") for row in rows(tmp_path / name)] == [None] * N
    assert done.card.chosen is not None
    assert (done.card.chosen.comparable, done.card.chosen.effective, done.selected.fair) == (False, None, False)
    told = list(summary(done))
    assert told[0].startswith("19 of 24 items (top; no weights)")
    assert any(line.startswith("not comparable: some items were published before") for line in told)
    assert as_mapping(done, "jsonl")["comparable"] is False


def test_a_draw_that_only_a_draw_preceded_is_fair(bank: Bank, tmp_path: Path) -> None:
    first = bank.export("jsonl", tmp_path / "a", holdback=0.2)
    bank.export("jsonl", tmp_path / "b", public=True)
    again = bank.export("jsonl", tmp_path / "c", holdback=0.2)
    assert (first.selected.fair, again.selected.fair) == (True, True)
    assert again.selected.weights == first.selected.weights
    more = bank.export("jsonl", tmp_path / "d", holdback=0.5)
    assert (more.selected.fair, more.selected.held) == (True, first.selected.held), "the first of the same order"


def test_the_unmeasured_stay_in_the_denominator(bank: Bank, tmp_path: Path) -> None:
    drafts = [numbered(N + n, text=f"Is {n} a draft?", status=Status.DRAFT, exit_=Exit.CRITIC) for n in range(10)]
    commit(bank._record, drafts, N)
    told = {
        rule: bank.export("jsonl", tmp_path / rule, status=ALL, n=30, select=rule)
        for rule in ("top", "weighted", "random")
    }
    for rule, sizes in {"top": (24, 34, 10), "weighted": (24, 34, 10), "random": (30, 34, 0)}.items():
        chosen = told[rule].selected
        assert (len(chosen.published), chosen.pool, chosen.unmeasured) == sizes
    assert "left out because they were never measured: 10 of 34" in list(summary(told["top"]))
    assert sum(row["weight"] for row in rows(tmp_path / "random")) == pytest.approx(34, abs=1e-4)
    assert {item.id for item in drafts} & set(ids(tmp_path / "random"))
    whole = bank.export("jsonl", tmp_path / "whole", status=ALL, n=200).selected
    assert (len(whole.published), whole.pool, whole.unmeasured) == (34, 34, 0)


def test_a_share_that_rounds_to_nothing_is_refused(bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--holdback 0\.001: less than one of 24 items"):
        bank.export("jsonl", tmp_path / "a", holdback=0.001)
    assert (bank.exports(), (tmp_path / "a").exists()) == ((), False)


def test_more_is_held_than_asked_for_is_said(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a", holdback=0.5)
    done = bank.export("jsonl", tmp_path / "b", holdback=0.2)
    line = next(line for line in summary(done) if line.startswith("held back"))
    assert line.startswith("held back: 12, 5 asked for: what was held back before stays so")


def test_the_reason_for_nothing_is_the_right_one(bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--holdback 0\.9: leaves none of 1 items to give out"):
        bank.export("jsonl", tmp_path / "b", n=1, holdback=0.9)
    bank.export("jsonl", tmp_path / "a", holdback=0.25)
    with pytest.raises(
        InputError, match=r"--status operational: 6 items match and are held back; 18 more were published"
    ):
        bank.export("jsonl", tmp_path / "b", unexposed=True)


def test_the_card_counts_what_the_whole_bank_holds_back(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a", holdback=0.25)
    for domain in ("economy", "media", "family"):
        done = bank.export("jsonl", tmp_path / domain, domains=domain)
        assert done.card.chosen is not None
        assert done.card.chosen.held == 6, "a count for a domain would tell where they are"
        counts = (done.card.chosen.found, done.card.chosen.matching, done.card.chosen.pool)
        assert counts == (18, len(done.selected.published), len(done.selected.published))


def test_quotas_are_counted_over_what_was_chosen(bank: Bank, tmp_path: Path) -> None:
    quotas = {"domain": 2, "topic": 1}
    assert dict(bank.export("jsonl", tmp_path / "a", quotas=quotas).selected.coverage)["domain"] == (3, 3)
    done = bank.export("jsonl", tmp_path / "b", quotas=quotas, n=4).selected
    assert dict(done.coverage) == {"domain": (3, 1), "topic": (12, 4)}


def test_a_published_file_names_published_neighbours_only(bank: Bank, tmp_path: Path) -> None:
    """What is named today could not be held back tomorrow; and every gap would tell of a held one."""
    bank.export("jsonl", tmp_path / "private use", n=4)
    assert len([row for row in rows(tmp_path / "private use") if row["provenance"]["nearest"]]) == 4
    bank.export("jsonl", tmp_path / "a", n=4, public=True)
    named = {row["provenance"]["nearest"]["id"] for row in rows(tmp_path / "a") if row["provenance"]["nearest"]}
    assert named == {ITEMS[n].id for n in (21, 22, 23)}
    bank.export("jsonl", tmp_path / "b", n=5, unexposed=True, public=True)
    named = {row["provenance"]["nearest"]["id"] for row in rows(tmp_path / "b") if row["provenance"]["nearest"]}
    assert named == {ITEMS[n].id for n in (16, 17, 18, 19, 20)}, "those of the earlier export are out as well"


# From Python


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"quotas": {"domain": "x"}}, "quotas: Input should be a valid integer"),
        ({"quotas": ["domain"]}, r"quotas: \['domain'\] is no mapping"),
        ({"seed": "a"}, "seed: Input should be a valid integer"),
        ({"seed": -1}, "--seed: -1"),
        ({"n": "many"}, "n: Input should be a valid integer"),
        ({"holdback": "a fifth"}, "holdback: 'a fifth' is no share"),
        ({"holdback": None}, "holdback: Input should be a valid number"),
        ({"values": "might"}, "--values: no 'might'"),
        ({"values": 5}, "values: 5 is no list of names"),
        ({"kinds": [5]}, "kinds: Input should be a valid string"),
        ({"status": 5}, "status: 5 is no list of names"),
        ({"min_separation": float("nan")}, "--min-separation: nan bits"),
        ({"select": 5}, "select: Input should be a valid string"),
    ],
)
def test_what_python_passes_wrongly_is_one_line(bank: Bank, tmp_path: Path, wish: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        bank.export("jsonl", tmp_path / "a", **wish)
    assert not (tmp_path / "a").exists()


def test_one_name_and_a_share_are_taken_as_they_are_meant(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a", values="power", domains="media", holdback="25%")
    assert (done.selected.wish.values, done.selected.wish.holdback) == (("power",), 0.25)
    assert (len(done.selected.held), len(done.selected.published)) == (1, 2), "three media items are best at power"


def test_an_item_is_written_once(bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"items: {ITEMS[2].id} stands there twice"):
        bank.export_jsonl(tmp_path / "a", items=(*ITEMS[:4], ITEMS[2]))
    bank.export_jsonl(tmp_path / "a", items=ITEMS[:4])
    assert len(ids(tmp_path / "a")) == 4
