"""What every record must do with probing sessions, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cruxbank.errors import InputError
from cruxbank.items import Draft, Exit, Outcome, Response, Status, Verdict, Wording
from cruxbank.memory.rows import TurnCommit
from cruxbank.memory.verify_payloads import read_rows
from cruxbank.memory.verify_rest import check_sessions
from cruxbank.sessions import Ask, Findings, PlannedSubject, Session, SessionPlan, Turn

RUN = "0001-aaaaaaaa"
ONE = f"{RUN}.1"


def session(number: int = 1, **more: Any) -> Session:
    plan = SessionPlan(subjects=(PlannedSubject(item="it_a", dimensions=("power",)),))
    return Session(
        id=f"{RUN}.{number}",
        run=RUN,
        number=number,
        target="m1",
        seed=7,
        value_system="schwartz-10",
        judge="local",
        turns=40,
        plan=plan,
        **more,
    )


def turn(number: int, text: str = "Should A?", proposition: str = "it_a", **more: Any) -> Turn:
    response = Response(item=proposition, wording=0, model="m1", state="answered", stance="yes", text="because")
    verdict = Verdict(state="scored", outcomes={"power": Outcome.SUPPORTS}, judge="local")
    ask = Ask(proposition=proposition, move="plain", purpose="position", text=text, **more)
    return Turn(number=number, ask=ask, response=response, verdict=verdict)


def commit(number: int, key: str = ONE, text: str = "Should A?", **more: Any) -> TurnCommit:
    costs = json.dumps({"spent": {"examinee": 1, "judge": 2, "agents": 3, "tokens": 5, "usd": 0.5}})
    calls = {"examinee_calls": 1, "judge_calls": 2, "agent_calls": 3}
    return TurnCommit(session=key, turn=turn(number, text, **more), costs=costs, **calls)


def test_a_session_comes_back_as_it_went_in(record):
    begun = record.begin_session(session())
    assert record.commit_turn(commit(0))
    assert record.commit_turn(commit(1, after=0))
    assert [t.number for t in record.turns(ONE)] == [0, 1]
    assert record.turns(ONE)[1] == turn(1, after=0)
    assert record.session(ONE) == begun == session()
    ended = session(ended="turns", findings=Findings(bits=2.5))
    record.end_session(ended)
    assert record.session(ONE) == ended
    assert record.sessions(RUN) == record.sessions(target="m1") == (ended,)
    assert record.sessions(target="m2") == ()


def test_a_session_that_is_begun_again_stays_as_it_was(record):
    record.begin_session(session())
    assert record.begin_session(session(interactive=True)) == session()
    assert len(record.sessions()) == 1


def test_a_replayed_turn_is_not_doubled(record):
    record.begin_session(session())
    assert record.commit_turn(commit(0)) is True
    before = record.canonical_dump()
    assert record.commit_turn(commit(0)) is False
    assert record.commit_turn(commit(0, text="Should something else?")) is False
    assert record.canonical_dump() == before
    assert record.stats().examinee_calls == 1


def test_turns_come_one_after_another_and_not_after_the_end(record):
    with pytest.raises(InputError, match="not in this bank"):
        record.commit_turn(commit(0))
    record.begin_session(session())
    with pytest.raises(InputError, match="turn 1, but it has 0 turns"):
        record.commit_turn(commit(1))
    record.end_session(session(ended="turns"))
    with pytest.raises(InputError, match="has ended"):
        record.commit_turn(commit(0))


def test_a_session_needs_its_run(record):
    with pytest.raises(InputError, match="its run is not in the record"):
        record.begin_session(session().model_copy(update={"id": "0009-ffffffff.1", "run": "0009-ffffffff"}))


def test_undo_takes_back_the_last_turn_and_keeps_its_cost(record):
    record.begin_session(session())
    assert record.undo_turn(ONE) is None
    for number in range(3):
        record.commit_turn(commit(number))
    assert record.undo_turn(ONE) == turn(2)
    assert [t.number for t in record.turns(ONE)] == [0, 1]
    assert record.commit_turn(commit(2, text="Should B?"))
    costs = [json.loads(c)["spent"]["examinee"] for c in record.turn_costs(ONE)]
    assert costs == [1, 1, 1, 1]


def test_a_session_is_found_by_the_beginning_of_its_id(record):
    record.begin_session(session(1))
    record.begin_session(session(11))
    assert record.session(ONE).number == 1  # the whole id wins over a longer one that begins so
    assert record.session(f"{RUN}.11").number == 11
    for wrong, why in (
        ("0001", "several ids"),
        ("0002", "not in this bank"),
        ("", "not in this bank"),
        ("%", "not in"),
    ):
        with pytest.raises(InputError, match=why):
            record.session(wrong)


def test_stats_and_dump_count_sessions_and_turns(record):
    record.begin_session(session())
    empty = record.canonical_dump()
    record.commit_turn(commit(0))
    stats = record.stats()
    assert (stats.sessions, stats.turns) == (1, 1)
    assert (stats.examinee_calls, stats.judge_calls, stats.agent_calls) == (1, 2, 3)
    assert record.canonical_dump() != empty
    assert sorted(json.loads(line)[0] for line in record.canonical_dump().splitlines()) == ["run", "session", "turn"]


def test_odd_texts_come_back(record):
    record.begin_session(session())
    for number, text in enumerate(["a\0b?", "\u202e right?", "{{ x }} %s", "' ; DROP TABLE turns; --"]):
        record.commit_turn(commit(number, text=text))
        assert record.turns(ONE)[-1].ask.text == text


def test_questions_of_a_session_enter_as_drafts_once(record, make):
    record.begin_session(session())
    found = make.item("Should a new thing be done?", status=Status.DRAFT, exit=Exit.DISCOVERED)
    found = found.model_copy(update={"provenance": found.provenance.model_copy(update={"session": ONE})})
    record.end_session(session(ended="turns"), [found])
    before = record.canonical_dump()
    record.end_session(session(ended="turns"), [found])
    assert record.canonical_dump() == before
    assert record.item(found.id) == found
    assert record.decisions() == ()
    assert record.find_wordings([found.id]) == ()  # `grow` may write and measure it
    grown = make.item("Should a new thing be done?", slot=4)
    record.commit_slot(make.commit(4, grown))
    assert record.item(found.id).status is Status.OPERATIONAL


def checked(record, items):
    with record.database.read() as connection:
        rows, unreadable = read_rows(connection)
    assert unreadable == []
    return list(check_sessions(items, rows))


def test_verify_names_what_does_not_agree(record, make):
    item = make.item("Should A?")
    record.begin_session(session())
    record.commit_turn(commit(0, proposition=item.id))
    record.end_session(session(ended="turns"))
    assert [one.kind for one in checked(record, {})] == ["turn_without_item"]
    assert checked(record, {item.id: item}) == []
    draft = Draft(topic=item.topic, wordings=(Wording(kind="base", text="Should A?"),), generator="local")
    record.end_session(session(ended="turns", discovered=(draft,)))
    assert draft.id == item.id
    assert checked(record, {}) == []
    stray = item.model_copy(update={"provenance": item.provenance.model_copy(update={"session": "0009-ffffffff.1"})})
    assert [one.kind for one in checked(record, {item.id: stray})] == ["item_without_session"]
