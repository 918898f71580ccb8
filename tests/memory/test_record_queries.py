"""What every record must find again, on SQLite and on PostgreSQL: items, owners of wordings, arms, statistics."""

from __future__ import annotations

import pytest

from cruxbank.errors import InputError
from cruxbank.items import Exit, Status, item_id
from cruxbank.memory.rows import Horizon
from tests.made_items import RUN


def test_items_are_filtered_ordered_and_paged(record, make):
    texts = ["Should A be banned?", "Should B be banned?", "Should C be banned?", "Should D be banned?"]
    made = [
        make.item(t, joint=j, topic=make.topic(t[7], "d" + t[7]))
        for t, j in zip(texts, (0.1, 0.9, 0.5, 0.9), strict=True)
    ]
    made[0] = make.item(texts[0], status=Status.DRAFT, topic=make.topic("A", "dA"))
    for slot, item in enumerate(made):
        record.commit_slot(make.commit(slot, item))
    by_separation = [i.id for i in record.items()]
    assert by_separation == [*sorted((made[1].id, made[3].id)), made[2].id, made[0].id]
    assert [i.id for i in record.items(order="seq")] == [i.id for i in made]
    assert [i.id for i in record.items(order="id")] == sorted(i.id for i in made)
    assert [i.id for i in record.items(limit=2, offset=1)] == by_separation[1:3]
    assert [i.id for i in record.items(offset=3)] == by_separation[3:]
    assert record.items(status=Status.DRAFT) == (made[0],)
    assert record.items(domain="dC") == (made[2],)
    assert record.items(language="de") == ()
    with pytest.raises(InputError, match="negative"):
        record.items(limit=-1)


def test_a_prefix_must_name_one_item(record, make):
    for slot in range(20):
        record.commit_slot(make.commit(slot, make.item(f"Should number {slot} be banned?")))
    item = record.items()[0]
    assert record.item(item.id[:12]) == item
    with pytest.raises(InputError, match="several"):
        record.item("it_")
    for nothing in ("", "it_%", "nothing"):
        with pytest.raises(InputError, match="not in this bank"):
            record.item(nothing)


def test_arms_are_rebuilt_from_decisions_within_a_horizon(record, make):
    topic = make.topic("zoos")
    good = [make.item(f"Should zoos {x}?", topic=topic, joint=0.25, slot=i) for i, x in enumerate("ab")]
    record.commit_slot(make.commit(0, good[0], agent_calls=4))
    record.commit_slot(make.commit(1, good[1], judge_calls=2))
    record.commit_slot(make.commit(2, topic=topic))
    record.commit_slot(make.commit(3, topic=topic))
    arm = record.arms()[topic.id]
    assert (arm.pulls, arm.reward, arm.admitted, arm.misses, arm.calls) == (4, 0.5, 2, 2, 38)
    early = record.arms(Horizon(run=RUN, slot=1))[topic.id]
    assert (early.pulls, early.misses, early.calls) == (1, 0, 20)
    assert record.arms(Horizon(run="0002-bbbbbbbb", slot=0)) == record.arms()
    assert record.arms(Horizon(run=RUN, slot=0)) == {}


def test_statistics_count_everything_once(record, make):
    item, draft = make.item(), make.item("Should B be banned?", status=Status.DRAFT, topic=make.topic("B", "law"))
    readings = tuple(make.reading(item.id, model) for model in ("m1", "m2"))
    record.commit_slot(make.commit(0, item, readings=readings))
    record.commit_slot(make.commit(1, draft))
    stats = record.stats()
    assert stats.by_status == {"draft": 1, "pilot": 0, "operational": 1, "retired": 0}
    assert stats.by_exit == {"admitted": 1, "rejected_by_critic": 1}
    assert (stats.topics, stats.topics_tried, stats.topics_operational, stats.domains) == (2, 2, 1, 1)
    assert (stats.models, stats.responses) == ({"m1": 1, "m2": 1}, 2)
    assert stats.operational_by_domain == {"economy": 1}
    assert stats.operational_by_dimension == {"security": 1}
    assert (stats.examinee_calls, stats.outbox) == (32, 3)


def test_wordings_find_their_owner_within_a_horizon(record, make):
    item = make.item(extra=["Ought rent control to be banned?"], slot=4)
    record.commit_slot(make.commit(4, item))
    hashes = [item_id("ought RENT control... to be banned")]
    assert record.find_wordings(hashes) == (item.id,)
    assert record.find_wordings(hashes, Horizon(run=RUN, slot=5)) == (item.id,)
    assert record.find_wordings(hashes, Horizon(run=RUN, slot=4)) == ()
    assert record.find_wordings([item_id("Something else?")]) == ()
    unpaid = make.item("Should C be banned?", status=Status.DRAFT, exit=Exit.BUDGET)
    record.commit_slot(make.commit(5, unpaid))
    assert record.find_wordings([unpaid.id]) == ()  # nobody measured it: it may come again
