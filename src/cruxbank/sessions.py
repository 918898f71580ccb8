"""A probing session as data: what was put to a target, what it answered, what came of it. All else is folded from it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cruxbank.frozen import Frozen
from cruxbank.items import Draft, ItemKind, PromptRef, Response, Verdict
from cruxbank.measures import Counts, Estimate

Effect = Literal["same", "reversed", "graded", "pressure", "pair"]
"""What a move does to a proposition: says the same otherwise, reverses it, sets a consideration of some strength against
it, presses on an answer that was given, or sets two values against each other."""
Purpose = Literal["position", "flip", "order", "screen", "yield", "plain", "test"]
"""What a turn is for: the position, the flip point, the order of two values, a first look at a move, one more turn of
pressure in the same conversation, the same question again unchanged, or the test of a suspect."""
Source = Literal["prober", "person"]
NAMED = 0.05
"""A chance below this that a flip point lies outside the scale is not worth words."""


class Ask(Frozen):
    """What is put to the target."""

    proposition: str
    """Id of the item; of a new question that the session made, its own item id."""
    move: str
    """Name of the move's prompt file; `plain` puts a wording as it stands."""
    purpose: Purpose
    wording: int | None = None
    strength: float | None = None
    """In [0, 1] for a graded move."""
    pair: tuple[str, str] | None = None
    """Dimensions that stand against each other; the first is what `yes` chooses."""
    after: int | None = None
    """Number of the turn whose conversation this continues; None opens a new one."""
    repeat: int = 0
    """Which time the same words are put in the same conversation."""
    language: str = "en"
    kind: ItemKind = "question"
    """The form in which it is asked: a pair of values is a dilemma on a proposition of any kind."""
    sense: Literal["base", "mirror"] = "base"
    """`mirror`: the last wording of the conversation asks the reverse, so the stance is re-coded."""
    place: int = 0
    """Index of the last wording of the conversation among the item's; `wording` counts those that the move can put."""
    text: str = ""
    prompt: PromptRef | None = None
    expected: float = 0.0
    """Bits that the answer was expected to tell when it was chosen."""


class Turn(Frozen):
    """One question and what came of it."""

    number: int
    ask: Ask
    response: Response
    verdict: Verdict
    flipped: bool | None = None
    """Against the position held before: the stance turned. None where there is nothing to compare."""
    source: Source = "prober"
    replays: int | None = None
    """Number of the turn of the other session that it repeats, where a session replays one."""


class Flip(Estimate):
    """The flip point of one proposition, in strengths from 0 to 1."""

    proposition: str
    below: float
    """Chance that it lies below the scale: the answer flips at any strength."""
    above: float
    """Chance that it lies above the scale: the answer did not flip up to 1.0."""
    turns: int

    @property
    def told(self) -> str:
        """`0.42 (0.30 to 0.55)` on the scale of strengths, and in words what lies outside it: nothing was put there."""
        if self.above >= 0.5:
            return f"did not flip up to 1.0 (chance {_percent(self.above)})"
        if self.below >= 0.5:
            return f"flips at any strength (chance {_percent(self.below)})"
        lo = "below 0" if self.lo < 0.0 else f"{self.lo:.2f}"
        hi = "above 1.0" if self.hi > 1.0 else f"{self.hi:.2f}"
        never = f"; chance {_percent(self.above)} that it does not flip up to 1.0" if self.above >= NAMED else ""
        always = f"; chance {_percent(self.below)} that it flips at any strength" if self.below >= NAMED else ""
        return f"{min(max(self.est, 0.0), 1.0):.2f} ({lo} to {hi}){never}{always}"


class Position(Estimate):
    """Where the target stands on one dimension: mean of supports (+1) and opposes (-1) over its scored plain answers."""

    dimension: str
    scored: int
    raised: int


class Rank(Frozen):
    """One value in the order of trade-offs."""

    dimension: str
    utility: Estimate
    lowest: int
    highest: int
    group: int
    """Values of one group are tied: their order is not sure."""


class Weakness(Frozen):
    """One suspect and its test on fresh answers, as far as it went."""

    proposition: str
    move: str
    push: int = 0
    """Of a move that presses: at which turn of pressure in the conversation it was tested, 1 the first; 0: no pressure."""
    moved_flips: int
    moved: int
    plain_flips: int
    plain: int
    p: float | None
    """One-sided, Holm-corrected over the suspects of the session; of a weakness that was shown before all answers were
    asked the highest that it could have become. None: not decided, or settled early as not shown (above the level)."""
    weak: bool
    needs: int = 0
    """Turns that would decide it, at the most; 0: it is decided. Until then it is neither weak nor cleared."""
    given_up: bool = False
    """Not decided, and not for want of turns: too many answers of its test could not be read."""
    turns: tuple[int, ...] = ()
    """Numbers of two turns to look at side by side: held, flipped."""

    @property
    def told(self) -> str:
        """The move, and the turn of pressure where it is not the first."""
        return f"{self.move}, push {self.push}" if self.push > 1 else self.move

    @property
    def verdict(self) -> str:
        """`yes`, `not shown`, or why it is not decided."""
        if self.weak or not self.needs:
            return "yes" if self.weak else "not shown"
        if self.given_up:
            return "not decided: too many answers could not be read"
        return f"not decided: up to {self.needs} more turn{'s' if self.needs > 1 else ''} needed"

    @property
    def rates(self) -> str:
        """How often it flipped with the move and without, and p where the test was read."""
        if not self.moved and not self.plain:
            return "suspected, not tested"
        with_it = f"{self.moved_flips} of {self.moved} flipped with it" if self.moved else "none asked with it"
        without = f"{self.plain_flips} of {self.plain} without" if self.plain else "none asked without"
        early = "" if self.needs else "; settled early, p above 0.05"
        return f"{with_it}, {without}" + (early if self.p is None else f"; p = {self.p:.3f}")


class Pressed(Frozen):
    """Conversations of pressure on one proposition."""

    proposition: str
    episodes: int
    yielded: int


class Yielded(Frozen):
    """How the target takes pressure: episodes by move, and after how many turns it gave in."""

    move: str
    episodes: int
    yielded: int
    after: tuple[int, ...] = ()
    """Pressure turns until it gave in, of those that did."""
    places: tuple[Pressed, ...] = ()
    """The same conversations by proposition."""
    by_turn: tuple[Estimate, ...] = ()
    """Share of conversations in which it gave in by turn 1, 2, ... of pressure; intervals."""
    by_noise: tuple[float, ...] = ()
    """The same if pressure did nothing: the neutral control, or unchanged answers, turned over this often."""


class Consistency(Frozen):
    """Whether answers to other words for the same proposition differ more than answers to the same words do."""

    effect: Effect
    """`same`: paraphrase, persona, language ...; `reversed`: the mirror, roles exchanged."""
    excess: Estimate
    """Share of moved answers that differ from the first unchanged one, less that of unchanged ones; above 0: framing."""
    moved: float
    plain: float
    answers: int
    """Moved answers."""


class Findings(Frozen):
    """What a session yields."""

    positions: tuple[Position, ...] = ()
    order: tuple[Rank, ...] = ()
    flips: tuple[Flip, ...] = ()
    weaknesses: tuple[Weakness, ...] = ()
    yields: tuple[Yielded, ...] = ()
    consistency: tuple[Consistency, ...] = ()
    noise: Estimate | None = None
    """Share of unchanged repeats that flipped: the target's own noise."""
    counts: Counts = Field(default_factory=Counts)
    refused_from: str = ""
    """Where refusals begin: the first turn and its move; empty without any."""
    bits: float = 0.0


class PlannedSubject(Frozen):
    """One proposition of a session."""

    item: str
    dimensions: tuple[str, ...] = ()
    """Values that its answers are expected to raise."""
    wordings: int = 1
    """How many wordings may be put plainly: those in its own language and direction."""
    flip: bool = True
    """Whether its flip point is searched for."""


class PlannedMove(Frozen):
    """One move that a session may make."""

    name: str
    effect: Effect
    only: tuple[str, ...] | None = None
    """Ids of the propositions that it can be put to; None: all."""
    prompt: PromptRef | None = None


class PlannedPair(Frozen):
    """A question that sets two values against each other; `yes` chooses the first."""

    first: str
    second: str
    proposition: str
    move: str
    swap: bool = True
    """Whether it may be put the other way round."""


class SessionPlan(Frozen):
    """What a session may ask. Fixed when it begins: what the bank learns meanwhile does not change it."""

    subjects: tuple[PlannedSubject, ...] = ()
    moves: tuple[PlannedMove, ...] = ()
    pairs: tuple[PlannedPair, ...] = ()
    reserve: int | None = None
    """Turns kept back for the tests of suspects; None: what the strategy thinks right."""
    floor: float = 0.02
    """The session ends when no ask is expected to tell so many bits."""
    silence: int = 8
    """It ends after so many turns in a row without an answer that could be read."""


class Session(Frozen):
    """One session with one target. Its turns are kept beside it; everything else is folded from them."""

    id: str
    """`<run>.<number>`."""
    run: str
    number: int
    """Within the run, from 1."""
    target: str
    seed: int
    value_system: str
    judge: str
    signed: bool = True
    """False: the judge knows presence only, so positions say how often a value comes up and not on which side."""
    turns: int
    """Most turns."""
    plan: SessionPlan = Field(default_factory=SessionPlan)
    origin: Literal["simulated", "real"] = "real"
    interactive: bool = False
    """Whether a person sat in the prober's seat."""
    replays: str = ""
    """Id of the session whose asks it put to another target (`--compare`)."""
    ended: str = ""
    """Why it ended; empty while it goes on."""
    findings: Findings | None = None
    discovered: tuple[Draft, ...] = ()
    """New questions that it made, whatever became of them."""

    @property
    def propositions(self) -> tuple[str, ...]:
        """Ids of the propositions it may ask about."""
        return tuple(subject.item for subject in self.plan.subjects)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
