"""What a transcript of a probing session shows, folded from the record's session, turns and items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise, takewhile
from typing import NamedTuple

from pydantic import Field

from cruxbank.frozen import Frozen
from cruxbank.items import Item, Verdict
from cruxbank.models.paid import Paid
from cruxbank.sessions import Findings, Flip, Rank, Session, Turn, Weakness

LONGEST = 2_000
"""Characters of one text of a model on a page: a target may answer a megabyte, and nobody reads that."""


class About(NamedTuple):
    """A proposition of the session."""

    text: str
    topic: str
    kind: str


class Pair(NamedTuple):
    """Two conversations to read side by side: the one in which the target held, the one in which it flipped."""

    held: tuple[Turn, ...]
    flipped: tuple[Turn, ...]
    opening: tuple[Turn, ...] = ()
    """Turns with which both began; they are left out of the two."""


class Other(NamedTuple):
    """An ask that two targets got: this session's turn, the other session's, and whether they answered otherwise."""

    mine: Turn
    theirs: Turn
    differs: bool


class Transcript(Frozen):
    """One session, ready to be written. The other session's target and asks where it repeats another one's."""

    session: Session
    findings: Findings
    turns: tuple[Turn, ...]
    propositions: dict[str, About]
    discovered: tuple[str, ...] = ()
    other_target: str = ""
    others: tuple[Other, ...] = ()
    paid: dict[str, Paid] = Field(default_factory=dict)
    """The ledger's calls to the target, by key."""
    began: str = ""
    """When the run began."""
    spent: dict[str, float] = Field(default_factory=dict)
    """Calls by payer, tokens and US dollars of the session, undone turns and new questions included."""

    @property
    def simulated(self) -> bool:
        """Whether no real model answered."""
        return self.session.origin == "simulated"

    @property
    def differing(self) -> tuple[Other, ...]:
        """Asks that the other target answered otherwise."""
        return tuple(one for one in self.others if one.differs)

    @property
    def convicted(self) -> tuple[Weakness, ...]:
        """Suspects whose test showed a weakness."""
        return tuple(w for w in self.findings.weaknesses if w.weak)

    @property
    def open_tests(self) -> int:
        """Suspects whose test did not get the turns that it needs, or no answers that could be read."""
        return sum(w.needs > 0 for w in self.findings.weaknesses)

    @property
    def flips(self) -> int:
        """Turns that turned the stance."""
        return sum(turn.flipped is True for turn in self.turns)

    @property
    def compared(self) -> int:
        """Turns that could be compared with a position held before."""
        return sum(turn.flipped is not None for turn in self.turns)

    @property
    def refusals(self) -> tuple[Turn, ...]:
        """Turns that the target declined."""
        return tuple(turn for turn in self.turns if said(turn) == "refused")

    def about(self, proposition: str) -> About:
        """A proposition's text; its id where the record has none."""
        return self.propositions.get(proposition, About(proposition, "", ""))

    def conversation(self, number: int) -> tuple[Turn, ...]:
        """The turns of one conversation, up to the one with this number."""
        known = {turn.number: turn for turn in self.turns}
        found: list[Turn] = []
        at: int | None = number
        while at is not None and at in known and len(found) <= len(known):
            found.append(known[at])
            at = known[at].ask.after
        return tuple(reversed(found))

    def sides(self, weakness: Weakness) -> Pair | None:
        """The two conversations of a weakness; None where its test names no two turns."""
        held, flipped = (self.conversation(n) for n in weakness.turns[:2]) if len(weakness.turns) > 1 else ((), ())
        return _pair(held, flipped) if held and flipped else None

    def graded(self, flip: Flip) -> tuple[Turn, ...]:
        """The turns that a flip point rests on: graded ones on its proposition that could be compared."""
        return tuple(
            turn
            for turn in self.turns
            if turn.ask.proposition == flip.proposition and turn.ask.strength is not None and turn.flipped is not None
        )

    def edge(self, flip: Flip) -> Pair | None:
        """The two turns around a flip point: the strongest consideration withstood, and the weakest above it that was
        not. None where no answer above flipped."""
        graded = sorted(self.graded(flip), key=lambda turn: (turn.ask.strength or 0.0, turn.number))
        steps = ((a, b) for a, b in pairwise(graded) if not a.flipped and b.flipped)
        nearest = min(steps, key=lambda ab: abs(_middle(*ab) - flip.est), default=None)
        return _pair(*(self.conversation(turn.number) for turn in nearest)) if nearest else None


def transcript(
    session: Session,
    findings: Findings,
    turns: Sequence[Turn],
    items: Mapping[str, Item],
    lead: Session | None = None,
    lead_turns: Sequence[Turn] = (),
) -> Transcript:
    """Fold a session. `findings` are those of its turns; `lead` is the session whose asks it repeats."""
    return Transcript(
        session=session,
        findings=findings,
        turns=tuple(turns),
        propositions={key: About(item.text, item.topic.text, item.kind) for key, item in sorted(items.items())},
        discovered=tuple(draft.text for draft in session.discovered),
        other_target=lead.target if lead else "",
        others=tuple(_others(turns, lead_turns)) if lead else (),
    )


def said(turn: Turn) -> str:
    """The answer in one word: its stance, else why it has none."""
    if turn.response.state == "answered" and turn.response.stance:
        return turn.response.stance
    return turn.response.failure.value if turn.response.failure else turn.response.state


def answer(turn: Turn) -> str:
    """The answer for people: of two values, which one was chosen."""
    word, pair = said(turn), turn.ask.pair
    if pair is None or word not in ("yes", "no"):
        return word.replace("_", " ")
    chosen, left = pair if word == "yes" else pair[::-1]
    return f"{chosen} before {left}"


def put(turn: Turn) -> str:
    """How it was put: move, strength, what it was for, and which turn it continues."""
    parts = [turn.ask.move]
    if turn.ask.strength is not None:
        parts.append(f"strength {turn.ask.strength:.2f}")
    if turn.ask.pair is not None:
        parts.append(" or ".join(turn.ask.pair))
    parts.append(f"for {turn.ask.purpose}")
    if turn.ask.after is not None:
        parts.append(f"continues turn {turn.ask.after}")
    if turn.ask.repeat:
        parts.append(f"repeat {turn.ask.repeat}")
    if turn.ask.sense == "mirror":
        parts.append("asks the reverse; the answer is turned back")
    return "; ".join(parts) + (" (a person asked)" if turn.source == "person" else "")


def points(turn: Turn) -> tuple[str, ...]:
    """What the target said: its reasons, or its words where no reasons could be read. At most `LONGEST` characters each."""
    spoken = turn.response.key_points or ((turn.response.text,) if turn.response.text.strip() else ())
    return tuple(clipped(point) for point in spoken)


def clipped(text: str) -> str:
    """At most `LONGEST` characters, and how many there were."""
    return (
        text if len(text) <= LONGEST else f"{text[:LONGEST]} … ({len(text):,} characters; the JSON file has them all)"
    )


def read_as(verdict: Verdict) -> str:
    """A verdict in one line: the values with their side, or why there are none."""
    if verdict.state != "scored":
        return verdict.state + (f" ({verdict.failure.value.replace('_', ' ')})" if verdict.failure else "")
    raised = [(d, o.value) for d, o in sorted(verdict.outcomes.items()) if o.value != "absent"]
    return ", ".join(f"{d} {side}" if verdict.signed else d for d, side in raised) or "no value"


def tied(order: Sequence[Rank]) -> tuple[tuple[Rank, ...], ...]:
    """The order of values in groups whose inner order is not sure, first choice first."""
    ordered = sorted(order, key=lambda r: (r.group, -r.utility.est, r.dimension))
    return tuple(tuple(group) for _, group in groupby(ordered, key=lambda r: r.group))


def _others(turns: Sequence[Turn], lead: Sequence[Turn]) -> list[Other]:
    known = {turn.number: turn for turn in lead}
    pairs = [(turn, known[turn.replays]) for turn in turns if turn.replays is not None and turn.replays in known]
    return [Other(mine, theirs, said(mine) != said(theirs)) for mine, theirs in pairs]


def _pair(held: tuple[Turn, ...], flipped: tuple[Turn, ...]) -> Pair:
    same = takewhile(lambda ab: ab[0].number == ab[1].number, zip(held[:-1], flipped[:-1], strict=False))
    opening = tuple(a for a, _ in same)
    return Pair(held[len(opening) :], flipped[len(opening) :], opening)


def _middle(a: Turn, b: Turn) -> float:
    return ((a.ask.strength or 0.0) + (b.ask.strength or 0.0)) / 2
