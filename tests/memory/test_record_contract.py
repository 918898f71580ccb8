"""What every record must do, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cruxbank.errors import InputError, StoreError
from cruxbank.items import Exit, Reading, Status, item_id
from cruxbank.measures import Estimate
from cruxbank.memory.rows import Horizon, Measurement, UpdateCommit
from tests.memory.conftest import separation

RUN = "0001-aaaaaaaa"
ODD = [
    "a\0b?",
    "\u202eright to left?",
    "emoji 🧨?",
    "quotes ' \" ; DROP TABLE items; --?",
    "{{ x }} %s :name ${y}?",
    "퟿\n?",
]


def test_a_slot_comes_back_as_it_went_in(record, make):
    item = make.item(extra=["Ought rent control to be banned?"])
    reading = make.reading(item.id)
    assert record.commit_slot(make.commit(3, item, readings=(reading,), payload='{"k": 1}', judge_calls=5))
    assert record.item(item.id) == item
    assert record.readings(item.id) == (reading,)
    (decision,) = record.decisions(RUN)
    assert (decision.slot, decision.exit, decision.item_id, decision.judge_calls) == (3, Exit.ADMITTED, item.id, 5)
    assert (decision.payload, decision.seen_before) == ('{"k": 1}', ())
    assert [(c.before, c.after, c.reason) for c in record.history(item.id)] == [(None, Status.OPERATIONAL, "admitted")]
    assert record.next_slot(RUN) == 4


def test_a_replayed_slot_changes_nothing(record, make):
    commit = make.commit(0, make.item())
    assert record.commit_slot(commit) is True
    before, outbox = record.canonical_dump(), record.outbox()
    other = make.commit(0, make.item("Should something else be banned?"))
    assert record.commit_slot(commit) is False
    assert record.commit_slot(other) is False
    assert record.canonical_dump() == before
    assert record.outbox() == outbox


def test_a_text_seen_before_does_not_overwrite_but_is_noted(record, make):
    first = make.item(slot=0)
    record.commit_slot(make.commit(0, first))
    again = make.item(status=Status.DRAFT, exit=Exit.DUPLICATE_TEXT, slot=1)
    assert record.commit_slot(make.commit(1, again))
    assert record.item(first.id) == first
    assert record.decisions()[1].seen_before == (first.id,)
    assert len(record.history(first.id)) == 1


def test_a_better_status_wins_and_the_history_says_so(record, make):
    weak = make.item(status=Status.PILOT, exit=Exit.BUDGET, slot=0)
    record.commit_slot(make.commit(0, weak, readings=(make.reading(weak.id, wording=5),)))
    strong = make.item(slot=7)
    record.commit_slot(make.commit(7, strong, readings=(make.reading(weak.id, wording=0),)))
    assert record.item(weak.id) == strong
    assert [r.response.wording for r in record.readings(weak.id)] == [0]
    assert [(c.before, c.after, c.slot) for c in record.history(weak.id)] == [
        (None, Status.PILOT, 0),
        (Status.PILOT, Status.OPERATIONAL, 7),
    ]
    assert record.stats().items == 1


def test_all_drafts_of_a_slot_are_kept(record, make):
    kept, refused = make.item("Should A be banned?"), make.item("Should B be banned?", status=Status.DRAFT)
    record.commit_slot(make.commit(0, kept, items=(refused, kept)))
    assert {i.id for i in record.items()} == {kept.id, refused.id}
    assert [row.ref for row in record.outbox() if row.kind == "item"] == [kept.id]  # drafts get no vector


@pytest.mark.parametrize("break_it", ["run", "reading", "item"])
def test_a_slot_that_contradicts_itself_leaves_nothing(record, make, break_it):
    item = make.item()
    commit = make.commit(0, item)
    broken = {
        "run": commit.model_copy(update={"run": "0009-ffffffff"}),
        "reading": commit.model_copy(update={"readings": (make.reading("it_other"),)}),
        "item": commit.model_copy(update={"item_id": "it_other"}),
    }[break_it]
    before = record.canonical_dump()
    with pytest.raises(InputError):
        record.commit_slot(broken)
    assert record.canonical_dump() == before


def test_staged_slots_wait_and_go_with_their_commit(record, make):
    record.stage(RUN, 1, "first")
    record.stage(RUN, 1, "second")
    record.stage(RUN, 2, "other")
    assert record.staged(RUN, [0, 1, 2]) == {1: "first", 2: "other"}
    record.commit_slot(make.commit(1))
    assert record.staged(RUN, range(5)) == {2: "other"}


def test_topics_keep_their_order_and_come_once(record, make):
    a, b = make.topic("zoos"), make.topic("school uniforms")
    assert record.add_topics([a, b, a]) == 2
    assert record.add_topics([b, make.topic("Zoos!")]) == 0
    assert record.topics() == (a, b)
    assert [row.ref for row in record.outbox()] == [a.id, b.id]


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


def test_retiring_is_history_and_a_new_summary(record, make):
    item = make.item()
    record.commit_slot(make.commit(0, item))
    record.clear_outbox(row.seq for row in record.outbox())
    assert record.set_status(item.id[:10], Status.RETIRED, "out of date") is True
    assert record.set_status(item.id, Status.RETIRED, "again") is False
    assert record.item(item.id).status is Status.RETIRED
    assert record.item(item.id).reasons == ("out of date",)
    assert [c.after for c in record.history(item.id)] == [Status.OPERATIONAL, Status.RETIRED]
    assert [row.ref for row in record.outbox()] == [item.id]
    assert record.commit_slot(make.commit(1, make.item(slot=1)))  # met again: a retired item stays retired
    assert record.item(item.id).status is Status.RETIRED
    with pytest.raises(InputError, match="no reason"):
        record.set_status(item.id, Status.OPERATIONAL, " ")


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


def test_runs_go_on_or_refuse_another_configuration(record):
    again = record.begin_run(RUN, "a" * 64, seed=1, started_at="later")
    assert (again.seq, again.state, again.started_at) == (1, "running", "")
    assert record.begin_run("0002-bbbbbbbb", "b" * 64).seq == 2
    record.finish_run(RUN, "budget", finished_at="now", payload='{"n":1}')
    done = record.run(RUN)
    assert done is not None
    assert (done.state, done.finished_at, done.payload) == ("budget", "now", '{"n":1}')
    assert record.run("nothing") is None
    with pytest.raises(InputError, match="configuration"):
        record.begin_run(RUN, "c" * 64)


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_survive(record, make, text):
    item = make.item(text, topic=make.topic(text, domain=text), extra=[text + " x"])
    reading = make.reading(item.id)
    odd = reading.response.model_copy(update={"text": text, "key_points": (text,)})
    reading = Reading(response=odd, verdict=reading.verdict)
    record.commit_slot(make.commit(0, item, readings=(reading,)))
    record.set_status(item.id, Status.RETIRED, text)
    assert record.item(item.id).text == item.text
    assert record.readings(item.id) == (reading,)
    assert record.stats().items == 1


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


def test_the_outbox_never_reuses_a_number(record, make):
    record.add_topics([make.topic("a"), make.topic("b")])
    seen = [row.seq for row in record.outbox()]
    record.clear_outbox(seen)
    record.add_topics([make.topic("c")])
    record.clear_outbox(seen)  # a second owner that is late
    assert len(record.outbox()) == 1


def test_the_dump_is_equal_for_equal_banks_and_only_for_those(open_record, make, tmp_path):
    from cruxbank.memory.record import Record

    one, two = open_record(), Record.open(str(tmp_path / "two.sqlite"))
    for record, start in ((one, "monday"), (two, "tuesday")):
        record.begin_run(RUN, "a" * 64, seed=1, started_at=start, payload=json.dumps({"path": start}))
    a, b = make.item("Should A be banned?"), make.item("Should B be banned?", joint=0.3, slot=1)
    one.commit_slot(make.commit(0, a))
    two.stage(RUN, 0, "noise")
    two.commit_slot(make.commit(0, a.model_copy(update={"separation": a.separation})))
    assert one.canonical_dump() == two.canonical_dump()
    one.commit_slot(make.commit(1, b))
    assert one.canonical_dump() != two.canonical_dump()
    near = b.separation.model_copy(update={"q": b.separation.q + 1e-9})
    two.commit_slot(make.commit(1, b.model_copy(update={"separation": near})))
    two.finish_run(RUN, "done", finished_at="late")
    assert one.canonical_dump() == two.canonical_dump()
    two.close()


def test_two_records_on_one_database_do_not_lose_or_double(open_record, make):
    first, second = open_record(), open_record()
    first.begin_run(RUN, "a" * 64)

    def work(record, slots):
        return sum(record.commit_slot(make.commit(s, make.item(f"Should {s} be banned?"))) for s in slots)

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(work, record, range(12)) for record in (first, second, first, second)]
        assert sum(job.result() for job in jobs) == 12
    assert sorted(d.slot for d in first.decisions()) == list(range(12))
    assert [d.seq for d in first.decisions()] == list(range(1, 13))
    assert first.stats().items == 12


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    slots=st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ABC"), st.sampled_from(list(Status)[:3])), max_size=10)
)
def test_replaying_any_history_changes_nothing(open_record, make, slots):
    record = open_record()
    run = f"{len(record.runs()) + 1:04d}-aaaaaaaa"
    record.begin_run(run, "a" * 64)
    commits = [
        make.commit(slot, make.item(f"Should {name} be {run}?", status=status, run=run, slot=slot), run=run)
        for slot, name, status in slots
    ]
    done = [record.commit_slot(commit) for commit in commits]
    before = record.canonical_dump()
    assert not any(record.commit_slot(commit) for commit in commits)
    assert record.canonical_dump() == before
    assert sum(done) == len({slot for slot, _, _ in slots})
    best: dict[str, int] = {}
    order = list(Status)
    for commit, new in zip(commits, done, strict=True):
        if new:
            item = commit.items[0]
            best[item.id] = max(best.get(item.id, 0), order.index(item.status))
    assert {key: order.index(record.item(key).status) for key in best} == best


def test_an_absent_server_is_a_store_error():
    from cruxbank.memory.record import Record

    with pytest.raises(StoreError):
        Record.open("postgresql://crux@127.0.0.1:1/none")


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


def test_a_record_of_the_first_schema_is_brought_up_to_date(url, make):
    from sqlalchemy import text

    from cruxbank.memory.database import Database
    from cruxbank.memory.migrations import MIGRATIONS, migrate
    from cruxbank.memory.record import Record

    opened = Record.open(url)
    opened.close()
    database = Database.open(url)
    with database.write() as connection:
        for table in ("exposures", "exports", "reviews", "turns", "sessions", "measurements", "updates"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("ALTER TABLE runs DROP COLUMN kind"))
        connection.execute(text("UPDATE meta SET value = '1' WHERE key = 'schema'"))
        connection.execute(
            text("INSERT INTO runs VALUES ('0001-aaaaaaaa', 1, 'a', 1, 'running', '', '', '{}')"),
        )
        assert migrate(connection, MIGRATIONS[:1]) == 1
    database.close()
    again = Record.open(url)
    assert [run.kind for run in again.runs()] == ["grow"]
    assert again.measurements() == ()
    assert again.sessions() == ()
    again.close()
