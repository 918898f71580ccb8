"""Sessions whose questions, answers, reasons and names hold what parsers and viewers stumble over."""

from __future__ import annotations

from cruxbank.bench.exports_bank import HOSTILE
from cruxbank.items import Evidence, FailureReason, Message, Outcome, Response, Usage, Verdict
from cruxbank.measures import Counts, Estimate
from cruxbank.models.paid import Paid
from cruxbank.report.session_data import About, Transcript
from cruxbank.sessions import Ask, Findings, Flip, Position, Session, Turn, Weakness

TEXTS: dict[str, str] = HOSTILE | {
    "nul": "a\0b\0",
    "half a pair": "a\ud83db\udc00",
    "attachment": "attachment://0123456789abcdef0123456789abcdef",
    "data": "data:image/png;base64,iVBORw0KGgo=",
    "constants": "NaN Infinity -Infinity null",
    "placeholder": "88F74D2C",
    "megabyte": "Is it so? " * 100_000,
}
TARGET, RUN, SYSTEM = "sim-elm-1", "0002-00191e15", "You will be asked one question."
BEGAN_S = 1_700_000_000


def hostile_session() -> Transcript:
    """A turn a text, each text in every place that holds one; then a conversation, a refusal and a call that failed."""
    turns = [_turn(n, text, text) for n, text in enumerate(TEXTS.values())]
    last = len(turns)
    turns += [
        _turn(last, "Is it so?", "It is."),
        _turn(last + 1, "Most say no.", "Then no.", after=last, flipped=True),
        _refused(last + 2),
        _lost(last + 3),
    ]
    paid = {turn.response.call: _paid(turn, turns) for turn in turns}
    return Transcript(
        session=_session("all turns are used"), findings=_findings(turns), turns=tuple(turns), paid=paid,
        propositions={"it_a": About(TEXTS["markup"], TEXTS["quotes"], "question")}, began="2023-11-14T22:13:20+00:00",
        spent={"examinee": len(turns), "judge": 0, "agents": 0, "tokens": 12 * len(turns), "usd": 0.5},
    )  # fmt: skip


def stopped_sessions() -> dict[str, Transcript]:
    """What Inspect should call it -> a session that ended so."""
    ended = {"cancelled": "budget.calls reached", "error": "no answer could be read for 8 turns in a row"}
    whole = hostile_session()
    short = {"turns": whole.turns[:1]}
    return {word: whole.model_copy(update=short | {"session": _session(why)}) for word, why in ended.items()}


def _session(ended: str) -> Session:
    return Session(
        id=f"{RUN}.1", run=RUN, number=1, target=TARGET, seed=7, value_system="schwartz-10", judge=TEXTS["yaml"], turns=99,
        origin="simulated", ended=ended,
    )  # fmt: skip


def _turn(number: int, put: str, said: str, after: int | None = None, flipped: bool | None = None) -> Turn:
    ask = Ask(proposition="it_a", move=put[:400], purpose="flip", strength=0.5, after=after, text=put, expected=0.25)
    response = Response(
        item="it_a", wording=0, model=TARGET, state="answered", stance="yes", key_points=(said,), text=said,
        call=f"key {number}",
    )  # fmt: skip
    outcomes = {"power": Outcome.SUPPORTS if number % 2 else Outcome.OPPOSES, "security": Outcome.ABSENT}
    quoted = (Evidence(dimension="power", side="supports", point=1, quote=said),)
    verdict = Verdict(state="scored", outcomes=outcomes, judge=put[:400], evidence=quoted)
    return Turn(number=number, ask=ask, response=response, verdict=verdict, flipped=flipped)


def _refused(number: int) -> Turn:
    made = _turn(number, "Would you?", "I would rather not.")
    response = made.response.model_copy(update={"state": "refused", "stance": None, "key_points": ()})
    return made.model_copy(update={"response": response, "verdict": Verdict(state="refused", judge="local")})


def _lost(number: int) -> Turn:
    made = _turn(number, "Is anybody there?", "")
    lost = {"state": "failed", "stance": None, "key_points": (), "failure": FailureReason.TIMEOUT}
    verdict = Verdict(state="unscored", judge="local", failure=FailureReason.TIMEOUT)
    return made.model_copy(update={"response": made.response.model_copy(update=lost), "verdict": verdict})


def _paid(turn: Turn, turns: list[Turn]) -> Paid:
    earlier = [turns[turn.ask.after]] if turn.ask.after is not None else []
    before = [m for one in earlier for m in (("user", one.ask.text), ("assistant", one.response.text))]
    sent = [("system", SYSTEM), *before, ("user", turn.ask.text)]
    lost = turn.response.state == "failed"
    at = BEGAN_S + 2.0 * turn.number
    return Paid(
        messages=tuple(Message.model_validate({"role": role, "content": text}) for role, text in sent),
        model="elm", answered=not lost, text=turn.response.text, finish_reason="" if lost else "stop",
        usage=Usage() if lost else Usage(input_tokens=10, output_tokens=4, cached_tokens=2), usd=0.0 if lost else 0.01,
        latency_ms=0 if lost else 1_250, sent_at=at, committed_at=None if lost else at + 1.5,
    )  # fmt: skip


def _findings(turns: list[Turn]) -> Findings:
    asked = len(turns)
    rates = {"moved_flips": 8, "moved": 9, "plain_flips": 0, "plain": 6, "p": 0.01}
    return Findings(
        positions=(Position(dimension="power", est=-0.25, lo=-0.5, hi=0.0, scored=asked - 2, raised=asked - 2),),
        flips=(Flip(proposition="it_a", est=0.4, lo=0.3, hi=0.6, below=0.0, above=0.1, turns=asked - 2),),
        weaknesses=(Weakness(proposition="it_a", move=TEXTS["markup"], weak=True, turns=(0, 1), **rates),),
        noise=Estimate(est=0.1, lo=0.0, hi=0.3),
        counts=Counts(asked=asked, answered=asked - 2, refused=1, unscored=1, unscored_by={"timeout": 1}),
    )
