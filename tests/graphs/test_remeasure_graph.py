"""The remeasure graph over a real record, real Chroma and scripted models: who is asked, retired, promoted, held back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cruxbank.app.remeasure_scope import Request, scope_of
from cruxbank.errors import InputError, TooMuchUnscored
from cruxbank.graphs.assembly import draft_of
from cruxbank.graphs.remeasure_weigh import chosen_draft
from cruxbank.items import Exit, Item, Option, Provenance, Status, Topic, Wording, item_id
from cruxbank.memory.outbox import drain
from cruxbank.memory.verify import verify
from tests.graphs.remeasure_bank import FIRST_FOUR, GROWN, NEW, RUN, Killed, first_four, halves, wordings
from tests.memory.conftest import separation


async def test_an_item_whose_separating_models_are_gone_retires_with_its_reason(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank()
    bank.nulls()
    lost = bank.add("Should borders be closed?", first_four, status=Status.OPERATIONAL)
    kept = bank.add("Should zoos be closed?", halves, status=Status.OPERATIONAL)
    gone = bank.settings.panels.scoring[:FIRST_FOUR]
    state = await bank.remeasure(Request(without=gone))
    assert state["stop"] == "every item is measured"
    item = bank.record.item(lost.id)
    assert item.status is Status.RETIRED
    assert item.exit is Exit.ADMITTED
    assert item.reasons[-1].startswith("no longer separates: P(above 0.05 bits) 0.")
    assert item.separation is not None
    assert item.separation.models == 8
    changes = [(c.before, c.after, c.run, c.slot) for c in bank.record.history(lost.id)]
    assert changes[-1][:3] == (Status.OPERATIONAL, Status.RETIRED, RUN)
    (measured,) = bank.record.measurements(lost.id)
    assert (measured.gone, measured.asked, measured.part) == (tuple(sorted(gone)), (), "recount")
    assert measured.published == separation(0.3).joint
    assert measured.lfdr > 0.5
    assert measured.reason == item.reasons[-1] == bank.record.history(lost.id)[-1].reason
    assert bank.record.item(kept.id).status is Status.OPERATIONAL
    assert bank.record.stats().by_status["retired"] == 1
    assert bank.record.stats().examinee_calls == 0
    assert len(bank.record.readings(lost.id)) == 72, "answers are kept"
    assert await verify(bank.record, bank.vectors) == []
    assert (await bank.vectors.metadata("items"))[lost.id]["status"] == "retired"


async def test_without_permission_nothing_retires_but_the_record_says_what_would(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank()
    bank.nulls()
    lost = bank.add("Should borders be closed?", first_four, status=Status.OPERATIONAL)
    await bank.remeasure(Request(without=bank.settings.panels.scoring[:FIRST_FOUR], retire=False))
    assert bank.record.item(lost.id).status is Status.OPERATIONAL
    (measured,) = bank.record.measurements(lost.id)
    assert (measured.before, measured.after) == (Status.OPERATIONAL, Status.OPERATIONAL)
    assert measured.reason.startswith("kept, but no longer separates")
    assert len(bank.record.history(lost.id)) == 1


async def test_a_pilot_item_that_passes_on_more_models_is_promoted(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank()
    bank.nulls(12)
    for i in range(8):  # a yardstick that has met separating items
        bank.add(f"Should club{i} be free?", halves, status=Status.OPERATIONAL)
    up = bank.add("Should bullfights be allowed?", halves, depth=3, panel=8)
    await bank.remeasure(Request(models=NEW))
    item = bank.record.item(up.id)
    assert item.status is Status.OPERATIONAL
    assert item.exit is Exit.ADMITTED
    assert item.reasons[0].startswith("passes admission: at least")
    assert all(model in item.reasons[0] for model in NEW)
    (measured,) = bank.record.measurements(up.id)
    assert measured.asked == tuple(sorted(NEW))
    assert measured.counted == 12
    assert measured.old is not None
    assert measured.new is not None
    assert measured.gain == pytest.approx(measured.all.est - measured.old.est)
    asked = {(r.response.model, r.response.wording) for r in bank.record.readings(up.id) if r.response.model in NEW}
    assert asked == {(model, w) for model in NEW for w in (0, 1, 2)}, "the wordings that the item was measured on"
    assert item.counts[NEW[0]].asked == 3
    assert item.verdicts[NEW[0]]["security"][0] + item.verdicts[NEW[0]]["security"][3] == 3
    assert item.provenance.origin == "simulated", "one simulated model makes it so"
    assert await verify(bank.record, bank.vectors) == []
    assert (await bank.vectors.metadata("items"))[up.id]["status"] == "operational"


async def test_an_item_names_the_judge_of_a_family_that_counts(make_bank: Callable[..., Any]) -> None:
    """Not the configured writer: somebody else wrote these items."""
    bank = await make_bank(agents={"judge": "sim-aster-1", "generator": "sim-birch-1"})
    bank.nulls(12)
    told = bank.add("Should zoos be closed?", first_four)
    await bank.remeasure(Request(models=tuple(NEW)))
    assert told.provenance.own_family == ()
    assert bank.record.item(told.id).provenance.own_family == ("sim-aster-1",)


def test_a_dilemma_stays_one_where_it_is_a_draft_again() -> None:
    """Memory and yardstick take it as what it is, with the wordings that chose it; a window takes all of them."""
    options = (Option(text="Keep it", value="security"), Option(text="Sell it", value="power"))
    kept = ("kind", "options", "language", "topic")
    item = Item(
        id="it_1",
        kind="dilemma",
        options=options,
        text="Should it be kept?",
        wordings=(*wordings("Should it be kept?"), Wording(kind="base", text="Soll es bleiben?", language="de")),
        fresh=2,
        topic=Topic(text="museums"),
        status=Status.PILOT,
        exit=Exit.LFDR,
        value_system="schwartz-10",
        provenance=Provenance(run=GROWN, seed=1, slot=0, generator="local", judge="marker"),
    )
    for draft, texts in ((chosen_draft(item), item.wordings[:4]), (draft_of(item), item.wordings)):
        assert [getattr(draft, name) for name in kept] == [getattr(item, name) for name in kept]
        assert (draft.wordings, draft.id) == (texts, item_id(item.text))


async def test_duplicates_and_what_was_replaced_are_not_asked(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank()
    bank.nulls(12)
    old = bank.add("Should bullfights be allowed?", halves, exit_=Exit.PILOT_LOW)
    bank.add("Should bullfights go on?", halves, status=Status.OPERATIONAL, replaces=old.id)
    twin = bank.add("Should zoos be allowed?", halves, exit_=Exit.DUPLICATE_IN_WINDOW)
    await bank.remeasure(Request(models=NEW))
    assert bank.record.measurements(old.id) == bank.record.measurements(twin.id) == ()
    assert len(bank.record.measurements(run=RUN)) == 13


async def test_of_two_versions_one_is_promoted_however_often_the_run_is_cut_off(make_bank: Callable[..., Any]) -> None:
    dumps = []
    for name, cuts in (("whole", ()), ("cut", (1, 2, 3))):
        bank = await make_bank(name, grow={"window": 1})
        bank.nulls(3)
        first = bank.add("Should bullfights be allowed?", halves, exit_=Exit.LOW)
        second = bank.add("Is it right that zoos and circuses exist?", halves, exit_=Exit.LOW, replaces=first.id)
        for after in cuts:
            with pytest.raises(Killed):
                await bank.remeasure(Request(models=NEW), stop_after=after)
        await bank.remeasure(Request(models=NEW))
        statuses = sorted(bank.record.item(i.id).status.value for i in (first, second))
        assert statuses == ["operational", "pilot"]
        reasons = [m.reason for m in bank.record.measurements() if "another version" in m.reason]
        assert len(reasons) == 1
        assert len(bank.record.measurements(run=RUN)) == 5
        dumps.append(bank.record.canonical_dump())
    assert dumps[0] == dumps[1]


async def test_a_pilot_item_that_repeats_an_operational_one_stays(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank()
    bank.nulls(12)
    bank.add("Should bullfights be allowed in towns?", halves, status=Status.OPERATIONAL)
    twin = bank.add("Should bullfights be allowed in town?", halves)
    await bank.remeasure(Request(models=NEW))
    item = bank.record.item(twin.id)
    assert (item.status, item.exit) == (Status.PILOT, Exit.LFDR)
    (measured,) = bank.record.measurements(twin.id)
    assert measured.reason.startswith("passes admission, but")
    assert item.separation is not None
    assert item.separation.models == 16, "its figures are new all the same"


async def test_a_run_that_was_cut_off_leaves_the_record_of_one_that_was_not(make_bank: Callable[..., Any]) -> None:
    dumps = []
    for name, cuts in (("whole", ()), ("cut", (1, 2, 4))):
        bank = await make_bank(name)
        bank.nulls(14)
        bank.add("Should bullfights be allowed?", halves, depth=2, panel=8)
        bank.add("Should zoos be closed?", halves, status=Status.OPERATIONAL)
        for after in cuts:
            with pytest.raises(Killed):
                await bank.remeasure(Request(models=NEW), stop_after=after)
        await bank.remeasure(Request(models=NEW))
        dumps.append(bank.record.canonical_dump())
        assert len(bank.record.updates(RUN)) == 4
        assert len(bank.models[NEW[0]].asked) == 15 * 6 + 2, "no committed answer is asked again"
    assert dumps[0] == dumps[1]


async def test_the_budget_takes_the_most_open_items_and_every_fourth_by_lot(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank(budget={"calls": 24 * 6 + 5})
    bank.nulls(10)
    for i in range(6):
        bank.add(f"Should zoo{i} be closed?", halves, status=Status.OPERATIONAL)
    state = await bank.remeasure(Request(models=NEW))
    assert state["stop"] == "budget.calls reached"
    measured = bank.record.measurements(run=RUN)
    assert [m.part for m in measured].count("random") == 1
    assert len(measured) == 6
    assert {m.before for m in measured} == {Status.OPERATIONAL}
    last = [fields for name, fields in bank.heard.events if name == "batch_committed"][-1]
    assert last["calls"] == 24 * 6 == sum(len(m.asked) for m in bank.models.values())
    assert last["operational"]["all"]["items"] == 6
    assert last["operational"]["random"]["items"] == 1


async def test_a_sample_ends_the_run(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank()
    bank.nulls(10)
    state = await bank.remeasure(Request(models=NEW, sample=5))
    assert state["stop"] == "the sample is complete"
    assert [m.part for m in bank.record.measurements(run=RUN)].count("random") == 1
    assert len(bank.record.measurements(run=RUN)) == 5


async def test_a_batch_that_nobody_could_read_leaves_nothing(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank()
    bank.nulls(6)
    await drain(bank.record, bank.vectors, bank.embeds)
    bank.record.begin_run(RUN, "b" * 64, kind="remeasure")
    before = bank.record.canonical_dump()
    bank.judge.broken = True
    with pytest.raises(TooMuchUnscored, match=r"100% of 96 responses unscored .* timeout"):
        await bank.remeasure(Request(models=NEW))
    assert bank.record.canonical_dump() == before


async def test_too_few_models_and_an_empty_bank_are_refused(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank()
    with pytest.raises(InputError, match="no measured item"):
        scope_of(bank.settings, Request(models=NEW), bank.record)
    bank.nulls(1)
    with pytest.raises(InputError, match="leaves 7 models, 8 are needed"):
        scope_of(bank.settings, Request(without=bank.settings.panels.scoring[:5]), bank.record)
    scope = scope_of(bank.settings, Request(models=NEW, without=bank.settings.panels.scoring[:5]), bank.record)
    assert len(scope.current) == 11


async def test_a_status_changed_by_hand_meanwhile_stands(make_bank: Callable[..., Any]) -> None:
    bank = await make_bank()
    bank.nulls(12)
    up = bank.add("Should bullfights be allowed?", halves)
    commit = bank.record.commit_update

    def late(update: Any) -> bool:
        if bank.record.item(up.id).status is Status.PILOT:
            bank.record.set_status(up.id, Status.RETIRED, "a person said so")
        return bool(commit(update))

    bank.record.commit_update = late
    await bank.remeasure(Request(models=NEW))
    assert bank.record.item(up.id).status is Status.RETIRED
    (measured,) = bank.record.measurements(up.id)
    assert measured.reason == "its status was changed to retired meanwhile"
    assert await verify(bank.record, bank.vectors) == []
