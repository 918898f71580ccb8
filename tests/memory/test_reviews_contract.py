"""People's decisions in the record, on SQLite and PostgreSQL: what they do to an item's status, and what they leave."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from cruxbank.app.reviewing import _replacement
from cruxbank.config.loading import settings_from
from cruxbank.config.shipped import presets
from cruxbank.curation import PERSON, HumanReview
from cruxbank.errors import InputError
from cruxbank.items import Draft, Exit, Status, Wording
from cruxbank.memory.imports import commit_import
from cruxbank.memory.record import Record
from cruxbank.memory.reviews import Reviews, flagged, standing
from cruxbank.memory.verify import verify_record
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


def edit(reviews, make, item, who, text):
    draft = make.item(text, status=Status.DRAFT, exit=Exit.EDITED).model_copy(update={"replaces": item.id})
    reviews.decide(say(item, who, "edit", ""), draft)
    return draft


def test_an_item_does_not_come_back_beside_its_new_version(record, item, reviews, make):
    """The new words are measured and operational: taking the edit back would leave two versions of one crux."""
    draft = edit(reviews, make, item, "ada", "Should rents be capped?")
    record.set_status(draft.id, Status.OPERATIONAL, "measured first")
    before = reviews.all()
    for choice in ("accept", "flag"):
        with pytest.raises(InputError, match=f"its other version {draft.id} is operational in its place"):
            reviews.decide(say(item, "ada", choice))
    assert reviews.all() == before
    assert record.item(item.id).status is Status.RETIRED
    reviews.decide(say(item, "bob", "accept", ""))  # moves nothing, so nothing is against it
    reviews.decide(say(draft, "bob", "reject"))
    reviews.decide(say(item, "ada", "accept", ""))
    assert record.item(item.id).status is Status.OPERATIONAL
    with pytest.raises(InputError, match=f"its other version {item.id} is operational"):
        reviews.decide(say(draft, "bob", "accept", ""))
    assert record.item(draft.id).status is Status.RETIRED


def test_versions_are_told_across_edits_of_edits(record, item, reviews, make):
    second = edit(reviews, make, item, "ada", "Should rents be capped?")
    third = edit(reviews, make, second, "bob", "Should rents be limited?")
    record.set_status(third.id, Status.OPERATIONAL, "measured first")
    with pytest.raises(InputError, match=third.id):
        reviews.decide(say(item, "ada", "accept", ""))


FLAG, ACCEPT, REJECT = "flag", "accept", "reject"


@pytest.mark.parametrize(
    ("decided", "open_"),
    [
        ([("ada", FLAG, False)], True),
        ([("ada", FLAG, False), ("bob", ACCEPT, False)], True),  # bob was not shown the flag
        ([("ada", FLAG, False), ("bob", REJECT, False)], True),
        ([("ada", FLAG, False), ("ada", ACCEPT, False)], False),
        ([("ada", FLAG, False), ("cem", ACCEPT, True)], False),
        ([("ada", FLAG, False), ("cem", FLAG, True)], True),  # cem's own
        ([("ada", FLAG, False), ("cem", FLAG, True), ("cem", ACCEPT, False)], False),
        ([("ada", FLAG, False), ("cem", ACCEPT, True), ("ada", FLAG, False)], True),
        ([("ada", FLAG, False), ("cem", ACCEPT, True), ("bob", FLAG, False)], True),
        ([("ada", FLAG, False), ("bob", FLAG, False), ("ada", ACCEPT, False)], True),
        ([("ada", ACCEPT, False)], False),
    ],
)
def test_a_flag_is_open_until_its_author_or_who_saw_it_decides(record, item, reviews, make, decided, open_):
    other = make.item("Should night flights be banned?", slot=1)
    record.commit_slot(make.commit(1, other))
    reviews.decide(say(other, "zoe", ACCEPT).model_copy(update={"settles": True}))
    for who, choice, settles in decided:
        reviews.decide(say(item, who, choice).model_copy(update={"settles": settles}))
    assert flagged(reviews.all()) == (frozenset({item.id}) if open_ else frozenset())


@pytest.mark.parametrize("origin", ["slot", "session", "import"])
def test_an_edit_of_any_origin_leaves_a_sound_record(record, reviews, make, tmp_path, origin):
    """An edit keeps run and slot of what it replaces, and no session: a probing session's slots have no decisions."""
    if origin == "slot":
        item = make.item(TEXT)
        record.commit_slot(make.commit(0, item))
    else:
        run = "0002-bbbbbbbb"
        record.begin_run(run, "b" * 64, kind="import" if origin == "import" else "probe", seed=1)
        item = make.item(TEXT, status=Status.DRAFT, exit=Exit.DISCOVERED, run=run, slot=7)
        if origin == "session":
            provenance = item.provenance.model_copy(update={"session": "ps_1"})
            item = item.model_copy(update={"provenance": provenance})
        commit_import(record.database, run, [item])
    preset = settings_from({**yaml.safe_load(presets()["simulated"]), "bank": str(tmp_path)})
    words = (Wording(kind="base", text="Should rents be capped?"), *item.wordings[1:])
    draft = Draft(topic=item.topic, wordings=words, generator=PERSON)
    reviews.decide(say(item, "ada", "edit", ""), _replacement(item, draft, "local", preset))
    assert [one for one in verify_record(record)[1] if one.ref == draft.id] == []


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
    kept = text.replace("\ud800", "?")
    who = f"ada {kept}".replace("\0", "")
    assert [(one.item, one.reviewer, one.number, one.choice, one.reason) for one in reviews.all()] == [
        (item.id, who, 0, "flag", kept), (item.id, who, 1, "reject", kept)
    ]  # fmt: skip
    assert reviews.all() == (flagged, rejected)
    assert record.item(item.id).status is Status.RETIRED
    assert record.history(item.id)[-1].reason.startswith(f"review by {who}: reject, ")


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
