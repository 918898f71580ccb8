"""People's decisions in the record, on SQLite and PostgreSQL: what they do to an item's status, and what they leave."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.curation import HumanReview
from cruxbank.errors import InputError
from cruxbank.items import Exit, Status
from cruxbank.memory.imports import commit_import
from cruxbank.memory.record import Record
from cruxbank.memory.reviews import Reviews, standing
from tests.memory.conftest import Factory

TEXT = "Should rent control be banned?"


def say(item, who, choice, reason="too leading"):
    return HumanReview(item=item.id, reviewer=who, choice=choice, reason=reason, at="2026-11-22T12:00:00+00:00")


@pytest.fixture
def item(record, make):
    found = make.item(TEXT)
    record.commit_slot(make.commit(0, found))
    record.clear_outbox(row.seq for row in record.outbox(100))
    return found


@pytest.fixture
def reviews(record):
    return Reviews(record.database)


def test_decisions_come_back_in_their_order_and_are_numbered(record, item, reviews):
    first = reviews.decide(say(item, "ada", "accept", ""))
    second = reviews.decide(say(item, "bob", "flag"))
    third = reviews.decide(say(item, "ada", "flag", "on second thought"))
    assert (first.number, second.number, third.number) == (0, 0, 1)
    assert {one.stood for one in (first, second, third)} == {Status.OPERATIONAL}
    assert reviews.all() == reviews.all(item.id) == (first, second, third)
    assert reviews.all("it_0") == ()
    assert standing(reviews.all()) == {(item.id, "ada"): third, (item.id, "bob"): second}
    assert record.item(item.id) == item
    assert record.outbox() == ()


def test_a_rejection_retires_until_the_same_person_decides_otherwise(record, item, reviews):
    reviews.decide(say(item, "ada", "reject"))
    assert record.item(item.id).status is Status.RETIRED
    assert record.history(item.id)[-1].reason == "review by ada: reject, too leading"
    assert [row.ref for row in record.outbox()] == [item.id]  # its vector follows
    reviews.decide(say(item, "bob", "accept", ""))
    assert record.item(item.id).status is Status.RETIRED
    back = reviews.decide(say(item, "ada", "accept", ""))
    assert back.stood is Status.OPERATIONAL
    assert record.item(item.id).status is Status.OPERATIONAL
    assert [c.after for c in record.history(item.id)] == [Status.OPERATIONAL, Status.RETIRED, Status.OPERATIONAL]


def test_it_stays_out_while_anybody_holds_it_out(record, item, reviews):
    for who in ("ada", "bob"):
        assert reviews.decide(say(item, who, "reject")).stood is Status.OPERATIONAL
    reviews.decide(say(item, "ada", "flag"))
    assert record.item(item.id).status is Status.RETIRED
    reviews.decide(say(item, "bob", "flag"))
    assert record.item(item.id).status is Status.OPERATIONAL


def test_a_review_undoes_only_reviews(record, item, reviews):
    record.set_status(item.id, Status.RETIRED, "no longer separates")
    assert reviews.decide(say(item, "ada", "reject")).stood is Status.RETIRED
    reviews.decide(say(item, "ada", "accept", ""))
    assert record.item(item.id).status is Status.RETIRED
    assert len(record.history(item.id)) == 2


def test_an_edit_puts_a_draft_in_the_place_of_the_item(record, item, reviews, make):
    draft = make.item("Should rents be capped?", status=Status.DRAFT, exit=Exit.EDITED)
    draft = draft.model_copy(update={"replaces": item.id})
    written = reviews.decide(say(item, "ada", "edit", ""), draft)
    assert written.made == draft.id
    assert record.item(draft.id) == draft
    assert record.item(item.id).status is Status.RETIRED
    assert record.history(item.id)[-1].reason == f"review by ada: edit, now {draft.id}"
    before = record.item(draft.id)
    reviews.decide(say(item, "bob", "edit", ""), draft)  # the same words again: one item
    assert record.item(draft.id) == before
    assert record.stats().items == 2
    reviews.decide(say(item, "ada", "accept", ""))
    reviews.decide(say(item, "bob", "accept", ""))
    assert record.item(item.id).status is Status.OPERATIONAL
    assert record.item(draft.id).status is Status.DRAFT


def test_the_next_reviewer_meets_what_the_first_one_threw_out(record, reviews, make):
    items = [make.item(f"Should thing {i} be banned?", joint=i / 10, slot=i) for i in (1, 2, 3)]
    pilot = make.item("Should a pilot be banned?", status=Status.PILOT, slot=4)
    for item in (*items, pilot):
        record.commit_slot(make.commit(item.provenance.slot, item))
    order = tuple(item.id for item in reversed(items))
    assert reviews.queue(Status.OPERATIONAL) == order
    reviews.decide(say(items[2], "ada", "reject"))
    assert reviews.queue(Status.OPERATIONAL) == order  # best separating first, rejected or not
    assert reviews.queue(Status.RETIRED) == ()
    assert reviews.queue(Status.PILOT) == (pilot.id,)
    assert set(reviews.queue(None)) == {*order, pilot.id}


def test_what_is_refused_leaves_nothing(record, item, reviews, make):
    before = record.canonical_dump()
    draft = make.item("Should rents be capped?", status=Status.DRAFT, exit=Exit.EDITED)
    for wrong, words in (
        (say(item, "ada", "reject", "  "), "no reason"),
        (say(item, "ada", "flag", ""), "no reason"),
        (say(item, " ", "accept"), "nobody"),
        (say(item, "ada", "accept").model_copy(update={"item": "it_0"}), "not in this bank"),
        (say(item, "ada", "edit"), "go together"),
    ):
        with pytest.raises(InputError, match=words):
            reviews.decide(wrong)
    with pytest.raises(InputError, match="go together"):
        reviews.decide(say(item, "ada", "accept"), draft)
    assert reviews.all() == ()
    assert record.canonical_dump() == before


@pytest.mark.parametrize(
    "text", ["a\0b", "\u202eright", "'; DROP TABLE reviews; --", "{{ x }} %s", "\ud800 lone", "☃ 😀"]
)
def test_odd_texts_come_back(record, item, reviews, text):
    flagged = reviews.decide(say(item, f"ada {text}", "flag", text))
    rejected = reviews.decide(say(item, f"ada {text}", "reject", text))
    assert reviews.all() == (flagged, rejected)
    assert (rejected.number, rejected.reason) == (1, text.replace("\ud800", "?"))
    assert record.item(item.id).status is Status.RETIRED


def test_a_draft_that_waits_may_be_written_again_until_a_person_rejects_it(record, reviews, make):
    draft = make.item(TEXT, status=Status.DRAFT, exit=Exit.IMPORTED)
    assert commit_import(record.database, "0001-aaaaaaaa", [draft]) == 1
    assert record.find_wordings([draft.id]) == ()
    reviews.decide(say(draft, "ada", "reject"))
    assert record.find_wordings([draft.id]) == (draft.id,)
    assert record.texts()[0].id == draft.id
    reviews.decide(say(draft, "ada", "accept", ""))
    assert record.item(draft.id).status is Status.DRAFT
    assert record.find_wordings([draft.id]) == ()


def test_an_import_is_one_transaction_and_pulls_no_arm(record, make):
    drafts = [
        make.item(f"Should thing {i} be banned?", status=Status.DRAFT, exit=Exit.IMPORTED, slot=i) for i in range(3)
    ]
    assert commit_import(record.database, "0001-aaaaaaaa", drafts) == 3
    assert commit_import(record.database, "0001-aaaaaaaa", drafts) == 0
    assert {item.id for item in record.items(Status.DRAFT)} == {draft.id for draft in drafts}
    assert record.arms() == {}
    assert record.decisions() == ()


CHOICES = st.tuples(st.sampled_from(["ada", "bob", "cem"]), st.sampled_from(["accept", "edit", "reject", "flag"]))


@settings(max_examples=60, deadline=None)
@given(start=st.sampled_from([Status.OPERATIONAL, Status.PILOT, Status.DRAFT]), steps=st.lists(CHOICES, max_size=8))
def test_an_item_is_out_exactly_while_somebody_rejects_or_edits_it(tmp_path_factory, start, steps):
    make, record = Factory(), Record.open(str(tmp_path_factory.mktemp("r") / "record.sqlite"))
    try:
        record.begin_run("0001-aaaaaaaa", "a" * 64)
        item = make.item(TEXT, status=start)
        record.commit_slot(make.commit(0, item))
        reviews, last = Reviews(record.database), {}
        for number, (who, choice) in enumerate(steps):
            draft = make.item(f"Should version {number} be?", status=Status.DRAFT, exit=Exit.EDITED)
            reviews.decide(say(item, who, choice), draft if choice == "edit" else None)
            last[who] = choice
            out = bool({"reject", "edit"} & set(last.values()))
            assert record.item(item.id).status is (Status.RETIRED if out else start)
            assert record.history(item.id)[-1].after is record.item(item.id).status
            assert item.id in reviews.queue(start)
    finally:
        record.close()
