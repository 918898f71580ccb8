"""Every way in which a model's answer goes wrong, over the real client: what becomes of it and how many calls it costs.

An endpoint answers with a good answer that a function has spoiled; respondent and judge read it through ChatOpenAI,
ledger and all. Nothing raises; nothing that cannot be read becomes a value; at most one repair turn is paid for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from cruxbank.agents.llm_judge import LlmJudge
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.items import FailureReason, Outcome, Response, Wording
from cruxbank.models.budget import Budget
from cruxbank.models.hub import ModelHub, ModelSpec
from cruxbank.models.ledger import Ledger
from cruxbank.models.retry import Backoff
from cruxbank.values.systems import load_system

POINTS = ("Regeln schützen Häuser.", "It is only fair.", "Costs are low.")
SYSTEM = load_system("schwartz-10")
READ, REFUSED = "read", "refused"
Good = dict[str, Any]
Spoil = Callable[[Good], Any]
"""From the good answer to the message's text, or to the whole message with its finish_reason."""


class Case(NamedTuple):
    """A form of answer, and what has to come of it."""

    spoil: Spoil
    result: str | FailureReason
    calls: int = 1


def text(good: Good) -> str:
    """The good answer as JSON."""
    return json.dumps(good, ensure_ascii=False)


def other(good: Good) -> str:
    """The same answer with its first field saying something else."""
    changed = {"stance": "no"} if "stance" in good else {"points": good["points"][1:]}
    return text({**good, **changed})


def twice(good: Good, second: Any) -> str:
    """The first key two times."""
    name, value = next(iter(good.items()))
    rest = text({k: v for k, v in good.items() if k != name})[1:]
    return f"{{{json.dumps(name)}: {json.dumps(value)}, {json.dumps(name)}: {json.dumps(second)}, {rest}"


def first_value(good: Good) -> Any:
    """What the first field holds."""
    return next(iter(good.values()))


def without(good: Good, name: str) -> str:
    """The answer without a field."""
    return text({k: v for k, v in good.items() if k != name})


R = FailureReason
READABLE: dict[str, Spoil] = {
    "plain": text,
    "indented": lambda good: json.dumps(good, indent=2),
    "fence": lambda good: f"```json\n{text(good)}\n```",
    "fence without a language": lambda good: f"```\n{text(good)}\n```",
    "think block": lambda good: f"<think>Hm. {other(good)}?</think>\n{text(good)}",
    "think block that was not opened": lambda good: f"so {other(good)} or\n</think>{text(good)}",
    "leading prose": lambda good: f"Sure! Here is my {{honest}} answer:\n\n{text(good)}",
    "trailing prose": lambda good: f"{text(good)}\n\nLet me know if you need {{more}}.",
    "fence inside prose": lambda good: f"Here:\n```json\n{text(good)}\n```\nHope this helps!",
    "single quotes": repr,
    "trailing comma": lambda good: text(good)[:-1] + ",}",
    "one-key wrapper": lambda good: text({"answer": good}),
    "in a list": lambda good: f"[{text(good)}]",
    "the same twice": lambda good: f"{text(good)}\n{text(good)}",
    "duplicate key, one value": lambda good: twice(good, first_value(good)),
    "unicode escapes": json.dumps,
    "unknown fields": lambda good: text({**good, "confidence": 0.9, "notes": ["x"]}),
    "the schema echoed first": lambda good: f'{{"type": "object", "properties": {{}}}}\n{text(good)}',
    "raw line breaks": lambda good: text(good).replace(". ", ".\n"),
}
UNREADABLE: dict[str, Case] = {
    "duplicate key, two values": Case(lambda good: twice(good, "other"), R.AMBIGUOUS, 2),
    "two objects that conflict": Case(lambda good: f"{text(good)} or rather {other(good)}", R.AMBIGUOUS, 2),
    "two fences that conflict": Case(lambda good: f"```\n{other(good)}\n```\n```\n{text(good)}\n```", R.AMBIGUOUS, 2),
    "good, then half of another": Case(lambda good: f"{text(good)}\n{other(good)[:25]}", R.AMBIGUOUS, 2),
    "empty": Case(lambda _: "", R.EMPTY, 2),
    "no content": Case(lambda _: {"content": None}, R.EMPTY, 2),
    "white space": Case(lambda _: " \n\t ", R.EMPTY, 2),
    "thought only": Case(lambda good: f"<think>{text(good)}</think>", R.EMPTY, 2),
    "truncated": Case(lambda good: text(good)[:-8], R.TRUNCATED, 2),
    "truncated in a string": Case(lambda good: text(good)[:24], R.TRUNCATED, 2),
    "cut off by the endpoint": Case(lambda good: {"content": text(good)[:30], "finish": "length"}, R.TRUNCATED, 1),
    "whole, but said to be cut off": Case(lambda good: {"content": text(good), "finish": "length"}, R.TRUNCATED, 1),
    "prose": Case(lambda _: "Yes, because rules protect homes.", R.UNPARSEABLE, 2),
    "broken": Case(lambda good: text(good).replace(":", "=", 1), R.UNPARSEABLE, 2),
    "code": Case(lambda _: '{"stance": __import__("os").getcwd(), "points": [], "nonce": 1}', R.UNPARSEABLE, 2),
    "json in a string": Case(lambda good: text({"answer": text(good)}), R.WRONG_TYPE, 2),
    "json as a string": Case(lambda good: json.dumps(text(good)), R.UNPARSEABLE, 2),
    "not a number": Case(lambda good: text({**good, "score": float("nan")}), R.WRONG_TYPE, 2),
    "infinity": Case(lambda good: text({**good, "score": float("-inf")}), R.WRONG_TYPE, 2),
    "half a character": Case(lambda good: json.dumps({**good, "notes": "\ud800"}), R.WRONG_TYPE, 2),
    "null": Case(lambda good: text(dict.fromkeys(good)), R.WRONG_TYPE, 2),
    "a number for text": Case(lambda good: text({**good, next(iter(good)): 7}), R.WRONG_TYPE, 2),
    "empty object": Case(lambda _: "{}", R.WRONG_TYPE, 2),
    "very deep": Case(lambda _: '{"a":' * 5000 + "1" + "}" * 5000, R.UNPARSEABLE, 2),
    "1 MB": Case(lambda _: "x" * 1_000_000, R.TOO_LONG, 1),
    "1 MB around the answer": Case(lambda good: " " * 500_000 + text(good) + " " * 500_000, R.TOO_LONG, 1),
    "1 MB of openings": Case(lambda _: '{"' * 500_000, R.TOO_LONG, 1),
    "200 KB of openings": Case(lambda _: '{"' * 100_000, R.TRUNCATED, 2),
    "filtered": Case(lambda _: {"content": "", "finish": "content_filter"}, R.CONTENT_FILTER, 1),
}
REFUSALS: dict[str, Spoil] = {
    "refused in prose": lambda _: "I'm sorry, but I can't help with that.",
    "refused in the refusal field": lambda _: {"content": None, "refusal": "I will not."},
}


def changed(**fields: Any) -> Spoil:
    """The good answer with some fields changed."""
    return lambda good: text({**good, **fields})


def point(number: int, *readings: dict[str, str]) -> dict[str, Any]:
    """One entry of a judge's answer."""
    return {"point": number, "readings": list(readings)}


SAFE = {"value": "security", "side": "supports", "quote": "schützen Häuser"}
REST = [point(2), point(3)]
OPINIONS: dict[str, Case] = {
    "stance with a full stop": Case(changed(stance=" Yes. "), READ),
    "no object type": Case(changed(stance="yes, but"), R.WRONG_TYPE, 2),
    "refused in the object": Case(changed(stance="refuse", key_points=[]), REFUSED),
    "no key points": Case(changed(key_points=[" "]), R.WRONG_TYPE, 2),
    "key points missing": Case(lambda good: without(good, "key_points"), R.WRONG_TYPE, 2),
    "key points as text": Case(changed(key_points="Homes."), R.WRONG_TYPE, 2),
    "a runaway key point": Case(changed(key_points=["x" * 3000]), R.WRONG_TYPE, 2),
    "five key points": Case(changed(key_points=[*POINTS, "d", "e"]), READ),
}
READINGS: dict[str, Case] = {
    "the number as text": Case(changed(points=[point("1", SAFE), *REST]), READ),  # type: ignore[arg-type]
    "the value by its name": Case(changed(points=[point(1, {**SAFE, "value": "Security"}), *REST]), READ),
    "the quote in quotes": Case(changed(points=[point(1, {**SAFE, "quote": "“Schützen  Häuser.”"}), *REST]), READ),
    "another order": Case(changed(points=[*REST, point(1, SAFE)]), READ),
    "wrong nonce": Case(changed(nonce="0123456789abcdef"), R.NONCE),
    "empty nonce": Case(changed(nonce=""), R.NONCE),
    "missing point": Case(changed(points=[point(1, SAFE), point(2)]), R.WRONG_TYPE),
    "no points": Case(changed(points=[]), R.WRONG_TYPE),
    "a point too many": Case(changed(points=[point(1, SAFE), *REST, point(4)]), R.WRONG_TYPE),
    "point zero": Case(changed(points=[point(0, SAFE), *REST]), R.WRONG_TYPE),
    "point read twice in two ways": Case(changed(points=[point(1, SAFE), point(1), *REST]), R.AMBIGUOUS),
    "for and against in the same words": Case(
        changed(points=[point(1, SAFE, {**SAFE, "side": "opposes"}), *REST]), R.AMBIGUOUS
    ),
    "unknown value": Case(changed(points=[point(1, {**SAFE, "value": "joy"}), *REST]), R.WRONG_TYPE),
    "unknown side": Case(changed(points=[point(1, {**SAFE, "side": "absent"}), *REST]), R.WRONG_TYPE, 2),
    "no quote": Case(changed(points=[point(1, {**SAFE, "quote": ""}), *REST]), R.EVIDENCE, 2),
    "quote not in the text": Case(
        changed(points=[point(1, {**SAFE, "quote": "protect houses"}), *REST]), R.EVIDENCE, 2
    ),
    "quote of another point": Case(changed(points=[point(1, {**SAFE, "quote": "only fair"}), *REST]), R.EVIDENCE, 2),
    "lists of version 1": Case(
        changed(points=[{"point": 1, "supports": ["security"], "opposes": []}]), R.WRONG_TYPE, 2
    ),
    "a runaway list": Case(changed(points=[point(1, *[SAFE] * 41), *REST]), R.WRONG_TYPE, 2),
}


class Endpoint:
    """Answers every request with the spoiled answer; the first `spoiled` of them where that is set."""

    def __init__(self, spoil: Spoil, spoiled: int = 9) -> None:
        self.spoil = spoil
        self.spoiled = spoiled
        self.requests = 0
        self.app = Starlette(routes=[Route("/v1/chat/completions", self.chat, methods=["POST"])])

    async def chat(self, request: Request) -> JSONResponse:
        """One completion."""
        messages = (await request.json())["messages"]
        self.requests += 1
        good = _good(messages[-1]["content"])
        said = self.spoil(good) if self.requests <= self.spoiled else text(good)
        message = {"content": said} if isinstance(said, str) else dict(said)
        finish = message.pop("finish", "stop")
        choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}
        return JSONResponse({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})


def _good(asked: str) -> Good:
    nonce = re.findall(r"^Nonce: (\w+)$", asked, re.MULTILINE)
    if nonce:
        return {"nonce": nonce[-1], "points": [point(1, SAFE), *REST]}
    return {"stance": "yes", "key_points": list(POINTS)}


class Came(NamedTuple):
    """What came of an answer."""

    result: str | FailureReason
    calls: int
    requests: int


async def respond(endpoint: Endpoint, folder: Path, structured: str = "json_schema") -> Came:
    """One question to a respondent behind the endpoint."""
    async with Ledger.open(folder / "ledger.sqlite") as ledger:
        hub = _hub(endpoint, ledger, structured)
        try:
            said = await LlmRespondent(hub.model("m")).answer("it", Wording(kind="base", text="Is it?"), 0)
        finally:
            await hub.aclose()
    response = said.response
    if response.state == "answered":
        assert (response.stance, response.key_points) == ("yes", POINTS)
    result = {"answered": READ, "refused": REFUSED}.get(response.state) or response.failure
    assert result is not None
    return Came(result, said.calls, endpoint.requests)


async def judge(endpoint: Endpoint, folder: Path, structured: str = "json_schema") -> Came:
    """One response to a judge behind the endpoint."""
    response = Response(item="it", wording=0, model="m", state="answered", stance="yes", key_points=POINTS)
    async with Ledger.open(folder / "ledger.sqlite") as ledger:
        hub = _hub(endpoint, ledger, structured)
        try:
            read = await LlmJudge(hub.model("m"), seed=1).read([response], SYSTEM)
        finally:
            await hub.aclose()
    verdict = read.verdicts[0]
    if verdict.state == "scored":
        assert verdict.outcomes == {**dict.fromkeys(SYSTEM.ids, Outcome.ABSENT), "security": Outcome.SUPPORTS}
        return Came(READ, read.calls, endpoint.requests)
    assert verdict.failure is not None
    assert (verdict.state, verdict.outcomes, verdict.evidence) == ("unscored", {}, ())
    return Came(verdict.failure, read.calls, endpoint.requests)


def _hub(endpoint: Endpoint, ledger: Ledger, structured: Any) -> ModelHub:
    spec = ModelSpec(id="m", base_url="sim://x/v1", model="m", structured=structured, retries=0)
    return ModelHub([spec], ledger, Budget(), {"sim": httpx2.ASGITransport(endpoint.app)}, {}, Backoff(first_s=0.01))


ROLES = {"respondent": respond, "judge": judge}
CASES = [
    *((role, name, Case(spoil, READ)) for role in ROLES for name, spoil in READABLE.items()),
    *((role, name, case) for role in ROLES for name, case in UNREADABLE.items()),
    *(("respondent", name, Case(spoil, REFUSED)) for name, spoil in REFUSALS.items()),
    *(("judge", name, Case(spoil, R.REFUSAL)) for name, spoil in REFUSALS.items()),
    *(("respondent", name, case) for name, case in OPINIONS.items()),
    *(("judge", name, case) for name, case in READINGS.items()),
]


@pytest.mark.parametrize(("role", "case"), [(r, c) for r, _, c in CASES], ids=[f"{r}: {n}" for r, n, _ in CASES])
async def test_what_becomes_of_an_answer(role: str, case: Case, tmp_path: Path) -> None:
    came = await ROLES[role](Endpoint(case.spoil), tmp_path)
    assert came == Came(case.result, case.calls, case.calls)


MENDED = [(role, name, case) for role, name, case in CASES if case.calls == 2]


@pytest.mark.parametrize(("role", "case"), [(r, c) for r, _, c in MENDED], ids=[f"{r}: {n}" for r, n, _ in MENDED])
async def test_a_second_answer_mends_it(role: str, case: Case, tmp_path: Path) -> None:
    """One turn more: a repair, or for a quote that is not there the same question with the values in another order."""
    came = await ROLES[role](Endpoint(case.spoil, spoiled=1), tmp_path)
    assert came == Came(READ, 2, 2)


@pytest.mark.parametrize("structured", ["json", "text"])
@pytest.mark.parametrize("role", list(ROLES))
async def test_endpoints_that_promise_less(role: str, structured: str, tmp_path: Path) -> None:
    """Where the schema goes into the prompt the same forms are read, and a bad one costs one repair."""
    for k, name in enumerate(["fence", "think block", "single quotes", "two objects that conflict"]):
        case = UNREADABLE.get(name) or Case(READABLE[name], READ)
        folder = tmp_path / str(k)
        folder.mkdir()
        came = await ROLES[role](Endpoint(case.spoil), folder, structured)
        assert came == Came(case.result, case.calls, case.calls)
