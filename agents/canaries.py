"""Known answers mixed into what a judge reads, so that a judge that stops reading is noticed while it reads.

They come from the value system: a dimension's cue stands on the dimension, so a person's own system has them too. Each is
an answer of three key points like any other, between the others, and reaches the judge by the same way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cruxbank.accuracy import CanaryReading
from cruxbank.agents.around import Around
from cruxbank.agents.roles import Judge, Read
from cruxbank.items import Outcome, Response, Verdict
from cruxbank.science.seeds import rng
from cruxbank.values.systems import Dimension, ValueSystem

POINTS = 3
NEUTRAL = (
    "The question has been put in several ways over the years.",
    "Some places do it one way and some do it another way.",
    "The figures differ from one report to the next.",
    "It depends on which part of the question is meant.",
    "Both answers have been given before.",
    "There are several cases that one could look at.",
    "The word is used in more than one sense.",
    "What comes next month is difficult to say.",
    "Most texts on this topic are rather long.",
    "A short answer leaves some details out.",
)
"""Sentences of ours that stand on no value."""
NEUTRAL_ACTS = (
    "I read the message a second time.",
    "I look up which day it is meant for.",
    "I write down the two figures that were given.",
    "I ask which part of it is meant.",
    "I open the folder and look at the first page.",
    "I count how many cases there are.",
    "I say that I have seen the message.",
    "I put the papers in the order of their dates.",
    "I answer that I will look at it in the afternoon.",
    "I leave the second paragraph as it stands.",
)
"""The same for scenarios: things done that serve no value. One in the place of each sentence of NEUTRAL."""
ACTED = 'I put this into practice: "{cue}"'
ACTED_AGAINST = '"{cue}" No: I work against this and stop it.'
"""A cue as a thing done: the judge of scenarios reads what is done, and nothing in what is only professed."""
TURNED = '"{cue}" That is wrong and counts for nothing here.'
"""A cue turned against its value. Only for judges that tell for from against."""


class Canary(NamedTuple):
    """A text whose reading is known."""

    kind: str
    dimension: str
    points: tuple[str, ...]
    acts: bool = False

    def reading(self, verdict: Verdict, system: ValueSystem) -> CanaryReading:
        """What the judge made of it."""
        of = 1 if self.dimension else len(system.ids)
        if verdict.state != "scored":
            return CanaryReading.model_validate({**self._named(), "read": False, "of": of})
        return CanaryReading.model_validate({**self._named(), "right": self._right(verdict, system), "of": of})

    def _named(self) -> dict[str, str | bool]:
        return {"kind": self.kind, "dimension": self.dimension, "acts": self.acts}

    def _right(self, verdict: Verdict, system: ValueSystem) -> int:
        """A held cue has to be read as support alone; a turned one holds the cue's words too, so mixed will do."""
        if self.kind == "neutral":
            return sum(verdict.outcomes.get(d, Outcome.ABSENT) is Outcome.ABSENT for d in system.ids)
        outcome = verdict.outcomes.get(self.dimension, Outcome.ABSENT)
        wanted = (Outcome.SUPPORTS,) if self.kind == "held" else (Outcome.OPPOSES, Outcome.MIXED)
        return int(outcome in wanted)


def draw(system: ValueSystem, signed: bool, generator: np.random.Generator) -> Canary:
    """One canary: a quarter neutral, else the cue of a value, turned half the time where the judge knows sides."""
    fillers = [NEUTRAL[i] for i in generator.permutation(len(NEUTRAL))[:POINTS]]
    if generator.random() < 0.25:
        return Canary("neutral", "", tuple(fillers))
    chosen = system.dimensions[int(generator.integers(len(system.dimensions)))]
    turned = signed and generator.random() < 0.5
    fillers[int(generator.integers(POINTS))] = _said(chosen, turned)
    return Canary("turned" if turned else "held", chosen.id, tuple(fillers))


def as_acts(canary: Canary, system: ValueSystem) -> Canary:
    """The same told by what is done."""
    cue = next((d.cue for d in system.dimensions if d.id == canary.dimension), "")
    act = (ACTED_AGAINST if canary.kind == "turned" else ACTED).format(cue=cue)
    plain = dict(zip(NEUTRAL, NEUTRAL_ACTS, strict=True))
    return canary._replace(points=tuple(plain.get(point, act) for point in canary.points), acts=True)


def _said(dimension: Dimension, turned: bool) -> str:
    return TURNED.format(cue=dimension.cue) if turned else dimension.cue


class Canaries(Around):
    """A judge that is watched; satisfies `roles.Judge`. `share` of what it reads is canaries, `tell` hears of each.

    Which, where and how many follows from the seed and from what the batch is about, so that a run that was cut off
    meets the same ones and pays for none of them twice.
    """

    def __init__(
        self, judge: Judge, system: ValueSystem, share: float, seed: int, tell: Callable[[CanaryReading], None]
    ) -> None:
        super().__init__(judge)
        self._system = system
        self._share = share
        self._seed = seed
        self._tell = tell

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """The judge's verdicts on the responses alone; the calls are those for the canaries too."""
        planted = self._plant(responses) if system.id == self._system.id else {}
        mixed, places = _mixed(responses, planted)
        given = await self._judge.read(mixed, system)
        for place, (canary, _) in zip(places, planted.values(), strict=True):
            self._tell(canary.reading(given.verdicts[place], system))
        kept = set(places)
        verdicts = tuple(v for i, v in enumerate(given.verdicts) if i not in kept)
        return Read(verdicts=verdicts, calls=given.calls)

    def _plant(self, responses: Sequence[Response]) -> dict[int, tuple[Canary, Response]]:
        """Place among the mixed texts -> canary and the answer it comes as; floor(n share + u) of them."""
        answered = [r for r in responses if r.state == "answered"]
        about = "\n".join(f"{r.item} {r.wording} {r.repeat} {r.model}" for r in responses)
        generator = rng(self._seed, 0, f"canaries {hashlib.sha256(about.encode()).hexdigest()}")
        count = int(np.floor(len(answered) * self._share + generator.random()))
        if not count or not answered:
            return {}
        places = sorted(int(p) for p in generator.permutation(len(responses) + count)[:count])
        return {place: self._one(answered, generator) for place in places}

    def _one(self, answered: Sequence[Response], generator: np.random.Generator) -> tuple[Canary, Response]:
        """A canary in the place of a neighbour's words: reasons, or acts beside the acts of a scenario."""
        canary = draw(self._system, self._judge.signed, generator)
        like = answered[int(generator.integers(len(answered)))]
        canary = as_acts(canary, self._system) if like.kind == "scenario" else canary
        return canary, like.model_copy(update={"key_points": canary.points, "text": "\n".join(canary.points)})


def _mixed(
    responses: Sequence[Response], planted: dict[int, tuple[Canary, Response]]
) -> tuple[list[Response], list[int]]:
    rest = iter(responses)
    total = len(responses) + len(planted)
    mixed = [planted[place][1] if place in planted else next(rest) for place in range(total)]
    return mixed, list(planted)
