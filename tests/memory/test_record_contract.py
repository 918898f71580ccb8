"""What every record must do with slots, topics and runs, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cruxbank.errors import InputError, StoreError
from cruxbank.items import Exit, Reading, Status
from tests.made_items import RUN

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
