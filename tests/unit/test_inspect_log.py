"""A session as a log of Inspect: the members by hand, hostile texts, equal bytes, and what is left out."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.errors import StoreError
from cruxbank.graphs.probe_limits import stalled
from cruxbank.graphs.probe_nodes import ENDS
from cruxbank.items import FailureReason, Message, Response, Usage, Verdict
from cruxbank.measures import Estimate
from cruxbank.models.calls import Reply, safe_text
from cruxbank.models.ledger import Ledger
from cruxbank.models.paid import Paid, paid_calls
from cruxbank.report.inspect_archive import archive
from cruxbank.report.inspect_log import status_of
from cruxbank.report.session_data import Transcript
from cruxbank.report.session_files import complete, paths_of, write_transcript
from cruxbank.sessions import Ask, Findings, Flip, Position, Turn
from tests.unit.test_models_ledger import request
from tests.unit.test_report_session import TURNS, session, shown, turn

ODD = ("\0", "\ud800", "\udfff", "\ud83d\udc00", "\x1b[0m", "attachment://", '"', "\\")
ANY = st.lists(st.sampled_from(ODD) | st.text(max_size=9), max_size=6).map("".join)
"""Half surrogate pairs and NUL often among them."""


def members(made: Transcript) -> dict[str, Any]:
    with ZipFile(io.BytesIO(archive(made))) as file:
        assert len(set(file.namelist())) == len(file.namelist())
        return {name: json.loads(file.read(name).decode("ascii")) for name in file.namelist()}


def called(one: Turn, key: str) -> Turn:
    return one.model_copy(update={"response": one.response.model_copy(update={"call": key})})


def unread(number: int, reason: FailureReason, state: Any = "failed", judged: Any = "unscored") -> Turn:
    response = Response(item="it_a", wording=0, model="m", state=state, failure=reason if state == "failed" else None)
    return Turn(
        number=number,
        ask=Ask(proposition="it_a", move="plain", purpose="position", text=f"q{number}"),
        response=response.model_copy(update={"stance": "yes", "text": f"a{number}"})
        if state == "answered"
        else response,
        verdict=Verdict(state=judged, failure=reason, judge="j"),
    )


SENT = (
    Message(role="system", content="You will be asked one question."),
    Message(role="user", content="question  0\n\nGive your stance."),
    Message(role="assistant", content="because"),
    Message(role="user", content="question 1\n\nGive your stance."),
)
PAID = Paid(
    messages=SENT,
    model="served-name",
    answered=True,
    text='{"stance": "no"}',
    finish_reason="length",
    usage=Usage(input_tokens=90, output_tokens=12, cached_tokens=30),
    usd=0.25,
    latency_ms=1_500,
    sent_at=1_700_000_000.25,
    committed_at=1_700_000_002.0,
)


def two_turns() -> Transcript:
    pushed = called(turn(1, "no", "I give in", after=0, move="majority", purpose="yield", flipped=True), "k1")
    return shown((turn(0), pushed)).model_copy(update={"paid": {"k1": PAID}, "began": "2023-11-14T22:13:00+00:00"})


def test_a_turn_of_a_conversation_by_hand() -> None:
    made = members(two_turns())["samples/001-majority_epoch_1.json"]
    reply = {
        "id": "t1answer", "role": "assistant", "content": '{"stance": "no"}', "source": "generate",
        "model": "served-name", "metadata": {"turn": 1, "stance": "no"},
    }  # fmt: skip
    asked = {"source": "input", "role": "user"}
    assert made["messages"] == [
        {"id": "t1m0", "role": "system", "content": "You will be asked one question."},
        {"id": "t1m1", "content": "question  0\n\nGive your stance.", **asked,
         "metadata": {"turn": 0, "move": "plain", "purpose": "position"}},
        {"id": "t1m2", "role": "assistant", "content": "because", "metadata": {"turn": 0, "stance": "yes"}},
        {"id": "t1m3", "content": "question 1\n\nGive your stance.", **asked,
         "metadata": {"turn": 1, "move": "majority", "purpose": "yield"}},
        reply,
    ]  # fmt: skip
    usage = {
        "input_tokens": 60, "input_tokens_cache_read": 30, "output_tokens": 12, "total_tokens": 102, "total_cost": 0.25,
    }  # fmt: skip
    assert made["output"] == {
        "model": "served-name", "choices": [{"message": reply, "stop_reason": "max_tokens"}],
        "completion": '{"stance": "no"}', "usage": usage, "time": 1.5,
    }  # fmt: skip
    quote = "“I give in” (power supports, point 1)"
    evidence = {"dimension": "power", "side": "supports", "point": 1, "quote": "I give in"}
    (event,) = made.pop("events")
    assert event == {
        "event": "model", "uuid": "t1call", "timestamp": "2023-11-14T22:13:20.250+00:00", "working_start": 0.0,
        "completed": "2023-11-14T22:13:22.000+00:00", "working_time": 1.5, "model": "served-name", "tools": [],
        "tool_choice": "none", "config": {}, "input": made["messages"][:-1], "output": made["output"],
    }  # fmt: skip
    assert made["scores"] == {
        "stance": {"value": "no", "answer": "no", "explanation": "1. I give in", "metadata": {}, "history": []},
        "flipped": {"value": "flipped", "metadata": {}, "history": []},
        "verdict": {
            "value": "scored", "answer": "power supports", "explanation": quote, "history": [],
            "metadata": {"judge": "j", "signed": True, "votes": [], "evidence": [evidence]},
        },
        "value_power": {"value": "supports", "explanation": quote, "metadata": {}, "history": []},
    }  # fmt: skip
    assert made["metadata"] == {
        "turn": 1, "move": "majority", "purpose": "yield", "how": "majority; for yield; continues turn 0",
        "proposition": "it_a", "about": "a proposition?", "topic": "topic", "kind": "question", "language": "en",
        "sense": "base", "continues_turn": 0, "expected_bits": 0.0, "asked_by": "prober", "call": "k1", "as_sent": True,
    }  # fmt: skip
    rest = {key: made[key] for key in made.keys() - {"messages", "output", "scores", "metadata"}}
    assert rest == {
        "id": "001-majority", "epoch": 1, "input": "question 1", "target": "", "store": {}, "attachments": {},
        "uuid": "r.1.1", "model_usage": {"m": usage}, "started_at": "2023-11-14T22:13:20.250+00:00",
        "completed_at": "2023-11-14T22:13:22.000+00:00", "total_time": 1.75, "working_time": 1.5,
    }  # fmt: skip


def test_the_header_by_hand() -> None:
    made = members(two_turns())
    head = made["header.json"]
    assert (head["version"], head["status"], head["invalidated"]) == (2, "success", False)
    assert {key: head["eval"][key] for key in ("task", "task_id", "run_id", "eval_id", "model", "created", "tags")} == {
        "task": "cruxbank_probe", "task_id": "r.1", "run_id": "r", "eval_id": "r.1", "model": "m",
        "created": "2023-11-14T22:13:20.250+00:00", "tags": ["cruxbank", "probe", "simulated"],
    }  # fmt: skip
    assert head["eval"]["dataset"]["sample_ids"] == ["000-plain", "001-majority"]
    assert head["eval"]["viewer"]["trust_content"] is False
    assert "simulated" in head["eval"]["metadata"]["simulated"].lower()
    assert head["stats"]["started_at"] == "2023-11-14T22:13:20.250+00:00"
    assert head["stats"]["completed_at"] == "2023-11-14T22:13:22.000+00:00"
    assert head["stats"]["model_usage"]["m"]["total_tokens"] == 102
    assert made["_journal/start.json"] == {key: head[key] for key in ("version", "eval", "plan")}
    assert made["summaries.json"] == made["_journal/summaries/1.json"]
    metrics = {one["name"]: {k: m["value"] for k, m in one["metrics"].items()} for one in head["results"]["scores"]}
    assert metrics == {
        "stance": {"answered": 6, "refused": 1, "unscored": 0},
        "flipped": {"flips": 1, "compared": 1, "share": 1.0},
        "verdict": {"read": 2},
        "value_power": {"raised": 2, "read": 2},
        "weaknesses": {"shown": 1, "suspects": 2, "undecided": 0},
        "flip points": {"a proposition? [it_a]": 0.45},
        "gave in": {"authority": 0.333333},
    }


def test_without_a_ledger_the_record_alone_is_told() -> None:
    made = members(two_turns().model_copy(update={"paid": {}}))
    sample = made["samples/001-majority_epoch_1.json"]
    told = [(m["role"], m["content"], m["metadata"]["turn"]) for m in sample["messages"]]
    assert told == [
        ("user", "question 0", 0),
        ("assistant", "because", 0),
        ("user", "question 1", 1),
        ("assistant", "I give in", 1),
    ]
    assert sample["metadata"]["as_sent"] is False
    assert not sample.keys() & {"started_at", "total_time"}
    assert (made["header.json"]["eval"]["created"], sample["model_usage"]) == ("2023-11-14T22:13:00+00:00", {})


def test_a_second_draw_and_a_question_put_twice_keep_their_turns() -> None:
    """A repaired answer has a further exchange behind the ask, and a person's prompt may begin with examples."""
    first = called(turn(0, text="Is it so?"), "k0")
    sent = [("user", "Example?"), ("assistant", "yes"), ("user", "Is it so?"), ("assistant", "{"), ("user", "Mend it.")]
    paid = PAID.model_copy(update={"messages": tuple(Message(role=role, content=text) for role, text in sent)})
    sample = members(shown((first,)).model_copy(update={"paid": {"k0": paid}}))["samples/000-plain_epoch_1.json"]
    assert [m.get("metadata", {}).get("turn") for m in sample["messages"]] == [None, None, 0, 0, 0, 0]


@settings(max_examples=60)
@given(ANY, ANY, ANY, ANY)
def test_any_text_arrives_and_touches_nothing_else(put: str, said: str, about: str, name: str) -> None:
    asked = called(turn(0, "yes", said, text=put, move=name, flipped=True), name)
    paid = PAID.model_copy(update={"messages": (Message(role="user", content=put),), "text": said})
    made = members(
        shown((asked,), about, target=name, judge=about, ended=about).model_copy(update={"paid": {name: paid}})
    )
    (path,) = made.keys() - {"_journal/start.json", "_journal/summaries/1.json", "header.json", "summaries.json"}
    assert re.fullmatch(r"samples/000(-[a-z0-9-]{1,30})?_epoch_1\.json", path)
    sample = made[path]
    assert [m["content"] for m in sample["messages"]] == [safe_text(put), safe_text(said)]
    assert (sample["input"], sample["metadata"]["about"]) == (safe_text(put), safe_text(about))
    assert sample["metadata"]["move"] == sample["messages"][-2]["metadata"]["move"] == safe_text(name)
    assert sample["scores"]["verdict"]["metadata"]["evidence"][0]["quote"] == safe_text(said)
    assert (made["header.json"]["eval"]["model"], list(sample["model_usage"])) == (safe_text(name), [safe_text(name)])


def test_equal_sessions_give_equal_bytes_whatever_the_order_of_the_calls() -> None:
    one = two_turns().model_copy(update={"paid": {"k1": PAID, "k0": PAID}, "spent": {"tokens": 7, "usd": 0.5}})
    other = two_turns().model_copy(update={"paid": {"k0": PAID, "k1": PAID}, "spent": {"usd": 0.5, "tokens": 7}})
    assert archive(one) == archive(other)
    assert archive(one) != archive(two_turns())
    with ZipFile(io.BytesIO(archive(one))) as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {(info.create_system, info.flag_bits) for info in file.infolist()} == {(3, 0)}


def test_a_megabyte_is_whole_in_its_sample_and_short_in_the_list() -> None:
    long = "x" * 1_000_000
    made = members(shown((turn(0, said=long, text=long),), long))
    sample, (row,) = made["samples/000-plain_epoch_1.json"], made["summaries.json"]
    assert sample["messages"][1]["content"] == sample["output"]["completion"] == long
    assert len(json.dumps(row)) < 15_000
    assert (row["id"], row["epoch"], row["message_count"], row["completed"]) == ("000-plain", 1, 2, True)


def test_a_log_without_a_turn_is_not_written_and_an_older_one_goes(tmp_path: Path) -> None:
    written = write_transcript(tmp_path, shown())
    assert {path.name for path in written} == {"session-1.md", "session-1.json", "session-1.eval", "session-1.html"}
    log = paths_of(tmp_path, session())[2]
    assert log.is_file()
    assert complete(tmp_path, session(), len(TURNS))
    assert log not in write_transcript(tmp_path, shown(()))
    assert not log.exists()
    assert not complete(tmp_path, session(), 1)
    assert complete(tmp_path, session(), 0)


def test_how_a_session_ended_in_the_words_of_inspect() -> None:
    network = [unread(n, FailureReason.NETWORK) for n in range(8)]
    judge = [unread(n, FailureReason.AMBIGUOUS, "answered") for n in range(8)]
    refused = [unread(n, FailureReason.REFUSAL, "refused", "refused") for n in range(8)]
    same = [turn(n, said="the same") for n in range(8)]
    for turns, status in ((network, "error"), (judge, "error"), (refused, "success"), (same, "success")):
        ended = stalled(turns, 8)
        assert ended or turns is same
        assert status_of(session(ended=ended or "the target gave the same answer")) == status
    assert {word: status_of(session(ended=word)) for word in ENDS.values()} == {
        ENDS["turns"]: "success",
        ENDS["silent"]: "error",
        ENDS["nothing tells more"]: "success",
    }
    assert {status_of(session(ended=word)) for word in ("", "budget.calls reached")} == {"cancelled"}
    assert status_of(session(ended="the person ended it")) == "success"
    assert members(shown(ended=ENDS["silent"]))["header.json"]["error"]["message"] == ENDS["silent"]


def test_what_was_not_measured_is_left_out() -> None:
    lost = unread(0, FailureReason.TIMEOUT)
    whole = members(shown((lost, turn(1))))
    made, results = whole["samples/000-plain_epoch_1.json"], whole["header.json"]["results"]
    assert (results["total_samples"], results["completed_samples"]) == (2, 1)
    assert made["error"]["message"] == "timeout"
    assert (made["output"]["choices"], [m["role"] for m in made["messages"]]) == ([], ["user"])
    assert set(made["scores"]) == {"stance", "verdict"}
    assert made["scores"]["stance"]["value"] == "timeout"
    assert members(shown((lost,)))["summaries.json"][0]["error"] == "timeout"


def test_a_judge_of_presence_says_no_side() -> None:
    one = turn(0)
    one = one.model_copy(update={"verdict": one.verdict.model_copy(update={"signed": False})})
    found = Findings(positions=(Position(dimension="power", est=1.0, lo=0.5, hi=1.0, scored=1, raised=1),))
    made = members(shown((one,), signed=False).model_copy(update={"findings": found}))
    scores = made["samples/000-plain_epoch_1.json"]["scores"]
    assert scores["value_power"]["value"] == "present"
    assert "supports" not in scores["value_power"]["explanation"] + scores["verdict"]["explanation"]
    (value,) = (one for one in made["header.json"]["results"]["scores"] if one["name"] == "value_power")
    assert {key: each["value"] for key, each in value["metrics"].items()} == {"raised": 1, "read": 1}


def test_a_flip_point_beyond_the_scale_is_words_and_no_figure() -> None:
    flip = Flip(proposition="it_a", est=0.99, lo=0.89, hi=1.31, below=0.0, above=0.6, turns=9)
    made = members(
        shown().model_copy(update={"findings": Findings(flips=(flip,), noise=Estimate(est=0.1, lo=0, hi=0.2))})
    )
    found = {one["name"]: one for one in made["header.json"]["results"]["scores"]}
    assert found["flip points"]["metrics"] == {}
    assert found["flip points"]["metadata"] == {"a proposition? [it_a]": "did not flip up to 1.0 (chance 60 %)"}
    assert found["noise"]["metrics"]["own noise"]["value"] == 0.1


async def test_calls_come_back_from_the_ledger_as_they_were_sent(tmp_path: Path) -> None:
    path, asked, lost = tmp_path / "ledger.sqlite", request("Is it\0 so?"), request("And now?")
    clock = iter((10.0, 12.5, 20.0))
    async with Ledger.open(path, clock=lambda: next(clock)) as ledger:
        number = await ledger.attempt(asked, asked.key, tokens=100, usd=0.5)
        usage = Usage(input_tokens=7, output_tokens=3, cached_tokens=2)
        await ledger.commit(asked.key, number, Reply("yes", "stop", "", usage, 0.25, 12))
        await ledger.attempt(lost, lost.key, tokens=1, usd=0.0)
        await ledger.give_up(lost.key, FailureReason.TIMEOUT)
        found = paid_calls(path, [asked.key, lost.key, "", "unknown"])  # beside the open writer
    assert found == {
        asked.key: Paid(
            messages=asked.messages, model="m", answered=True, text="yes", finish_reason="stop", usage=usage, usd=0.25,
            latency_ms=12, sent_at=10.0, committed_at=12.5,
        ),
        lost.key: Paid(messages=lost.messages, model="m", answered=False, sent_at=20.0),
    }  # fmt: skip
    assert paid_calls(tmp_path / "none.sqlite", [asked.key]) == {}
    (tmp_path / "bad.sqlite").write_bytes(b"no database at all, and long enough to be read as a header" * 9)
    with pytest.raises(StoreError, match=r"bad\.sqlite"):
        paid_calls(tmp_path / "bad.sqlite", [asked.key])
