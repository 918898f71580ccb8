"""What every record must do with batches of a re-measurement, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from cruxbank.errors import InputError
from cruxbank.items import Status
from cruxbank.measures import Estimate
from cruxbank.memory.rows import Measurement, UpdateCommit
from tests.memory.conftest import separation


def update(item, batch=0, run="0002-bbbbbbbb", after=None, readings=(), reason="", **more):
    """A batch of one item."""
    joint = Estimate(est=0.2, lo=0.1, hi=0.3)
    moved = item.model_copy(update={"status": after or item.status, "separation": separation(0.2)})
    measured = Measurement(
        item_id=item.id,
        run=run,
        batch=batch,
        part="informative",
        models=("m1", "m2"),
        asked=("m2",),
        all=joint,
        lfdr=0.3,
        counted=2,
        before=item.status,
        after=moved.status,
        reason=reason,
    )
    values = {"run": run, "batch": batch, "items": (moved,), "measurements": (measured,), "readings": readings}
    return UpdateCommit(**(values | {"examinee_calls": 6, "judge_calls": 4} | more))


@pytest.fixture
def measured_once(record, make):
    item = make.item()
    record.commit_slot(make.commit(0, item, readings=(make.reading(item.id),)))
    record.clear_outbox(row.seq for row in record.outbox())
    record.begin_run("0002-bbbbbbbb", "b" * 64, kind="remeasure")
    return item


def test_a_batch_comes_back_as_it_went_in(record, make, measured_once):
    new = make.reading(measured_once.id, "m2", wording=3)
    commit = update(measured_once, after=Status.RETIRED, readings=(new,), reason="no longer separates", payload="{}")
    assert record.commit_update(commit) is True
    found = record.item(measured_once.id)
    assert found == commit.items[0]
    assert [r.response.model for r in record.readings(measured_once.id)] == ["m1", "m2"]
    assert record.measurements() == (commit.measurements[0].model_copy(update={"step": 0}),)
    change = record.history(measured_once.id)[-1]
    assert (change.before, change.after, change.reason) == (Status.OPERATIONAL, Status.RETIRED, "no longer separates")
    assert (change.run, change.slot) == ("0002-bbbbbbbb", 0)
    assert [row.ref for row in record.outbox()] == [measured_once.id]
    (batch,) = record.updates("0002-bbbbbbbb")
    assert (batch.batch, batch.examinee_calls, batch.judge_calls) == (0, 6, 4)
    assert record.items(status=Status.RETIRED) == (found,)
    assert record.operational_bits() == []
    assert record.answered() == {measured_once.id: {"m1": (0,), "m2": (3,)}}
    stats = record.stats()
    assert (stats.by_status["retired"], stats.remeasured) == (1, 1)
    assert (stats.examinee_calls, stats.judge_calls) == (16 + 6, 4)


def test_a_replayed_batch_changes_nothing(record, measured_once):
    assert record.commit_update(update(measured_once)) is True
    before, outbox = record.canonical_dump(), record.outbox()
    assert record.commit_update(update(measured_once, after=Status.RETIRED, reason="late")) is False
    assert (record.canonical_dump(), record.outbox()) == (before, outbox)
    assert b'"measurement"' in before
    assert b'"update"' in before


def test_measurements_keep_their_order_over_runs(record, measured_once):
    record.begin_run("0003-cccccccc", "c" * 64, kind="remeasure")
    for run, batch in (("0003-cccccccc", 0), ("0002-bbbbbbbb", 0), ("0002-bbbbbbbb", 1)):
        assert record.commit_update(update(measured_once, run=run, batch=batch))
    found = record.measurements(measured_once.id)
    assert [(m.step, m.run, m.batch) for m in found] == [
        (0, "0003-cccccccc", 0),
        (1, "0002-bbbbbbbb", 0),
        (2, "0002-bbbbbbbb", 1),
    ]
    assert [m.step for m in record.measurements(run="0002-bbbbbbbb")] == [1, 2]
    assert record.measurements("nothing") == ()
    assert len(record.history(measured_once.id)) == 1, "no status changed"
    assert [run.kind for run in record.runs()] == ["grow", "remeasure", "remeasure"]


def test_a_status_set_by_hand_meanwhile_wins_over_a_batch(record, measured_once):
    commit = update(measured_once, reason="")
    record.set_status(measured_once.id, Status.RETIRED, "a person said so")
    assert record.commit_update(commit)
    item = record.item(measured_once.id)
    assert (item.status, item.reasons) == (Status.RETIRED, ("a person said so",))
    assert item.separation == commit.items[0].separation
    (measured,) = record.measurements(measured_once.id)
    assert (measured.before, measured.after) == (Status.RETIRED, Status.RETIRED)
    assert "meanwhile" in measured.reason


@pytest.mark.parametrize("break_it", ["run", "item", "reading", "measurement", "twice"])
def test_a_batch_that_contradicts_itself_leaves_nothing(record, make, measured_once, break_it):
    commit = update(measured_once)
    other = make.item("Should B be banned?")
    broken = {
        "run": update(measured_once, run="0009-ffffffff"),
        "item": update(other),
        "reading": update(measured_once, readings=(make.reading("it_other"),)),
        "measurement": commit.model_copy(update={"measurements": ()}),
        "twice": commit.model_copy(update={"items": commit.items * 2, "measurements": commit.measurements * 2}),
    }[break_it]
    before = record.canonical_dump()
    with pytest.raises(InputError):
        record.commit_update(broken)
    assert record.canonical_dump() == before
