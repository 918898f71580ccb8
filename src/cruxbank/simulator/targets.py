"""Simulated targets of probing sessions: what is planted in each, and the chances that follow from it.

`sim-target-KIND` or `sim-target-KIND-NUMBER`; the number seeds the planted values. For benches and tests only: nothing
that asks, judges or reports may read this module.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from cruxbank.simulator.conversation import GRADED, Put
from cruxbank.simulator.hashing import Floats, uniforms
from cruxbank.simulator.propositions import Statement, statement
from cruxbank.simulator.roster import DIMENSIONS, target_of

SPREAD = 3.0
"""SD of the utilities, in logits."""
LOG_NU = -1.5
"""Davidson's ties: between equal values one answer in ten takes neither."""
NOISE = 0.05
"""Share of answers that stand against the position for no reason."""
FRAMED = 0.9
"""Share of flips under the reversed framing, where the target is weak to it."""
WEAK = 0.2
"""Share of propositions on which `framed` is weak."""
GIVES_IN = 0.9
PRESSURE = ("majority", "authority", "counter")


@dataclass(frozen=True)
class Planted:
    """What is planted in one target. Chances are of one answer, over repeats."""

    model: str
    kind: str
    seed: int
    utilities: Floats
    """(10,) of the values in logits, in the order of DIMENSIONS."""
    chooses: bool
    """True: trade-offs are drawn anew by Davidson's chances; False: the higher value is taken, but for noise."""
    noise: float
    width: float
    """Of the slope around a flip point, in strengths: P = noise + (1 - 2 noise) / (1 + exp(-(s - t) / width))."""
    flips: bool
    """False: no consideration turns it."""
    framed: bool
    move: str = ""
    """The pressure that it gives in to; empty: to none."""
    after: int = 0
    """Pressure turns that it takes until it gives in."""
    refuses_from: int = 0
    """Turn of a conversation from which on it refuses, 1 is the first; 0: never."""

    def flip_point(self, said: Statement) -> float:
        """Strength at which half of the answers flip, from .1 to .9; infinite where nothing turns the target."""
        return 0.1 + 0.8 * self._hashed("flip", said) if self.flips else math.inf

    def weak(self, said: Statement) -> bool:
        """Does the reversed framing of this proposition sway it?"""
        return self.framed and self._hashed("weak", said) < WEAK

    def canonical(self, said: Statement) -> int:
        """+1 or -1: the position on the canonical proposition, by the values of its sides, else by a hash."""
        return (1 if self.lead(said) > 0 else -1) if self.lead(said) else 1 if self._hashed("side", said) < 0.5 else -1

    def lead(self, said: Statement) -> float:
        """Utility of what the canonical proposition serves less what it harms, logits; 0 where it cannot be told."""
        if said.served is None or said.harmed is None:
            return 0.0
        return float(self.utilities[said.served] - self.utilities[said.harmed]) * said.sign

    def takes(self, said: Statement) -> tuple[float, float, float]:
        """Chances of affirming the canonical proposition, of denying it, of neither, without a conversation before."""
        if self.chooses and self.lead(said):
            return davidson(self.lead(said))
        holds = 1.0 - self.flip_chance(Put(said, True, ""))
        return (holds, 1.0 - holds, 0.0) if self.canonical(said) > 0 else (1.0 - holds, holds, 0.0)

    def flip_chance(self, put: Put, pressed: int = 0, gave_in: bool = False) -> float:
        """Chance that an answer stands against the position: planted, or held in the conversation.

        pressed: turns of the move it gives in to, this one included; gave_in: it has turned already in this conversation.
        """
        if put.move == GRADED and put.strength is not None and put.said is not None:
            return self.noise + (1 - 2 * self.noise) * _logistic(
                (put.strength - self.flip_point(put.said)) / self.width
            )
        if self.move and put.move == self.move and pressed >= self.after and not gave_in:
            return GIVES_IN
        if put.said is not None and put.stated and put.said.sign < 0 and self.weak(put.said):
            return FRAMED
        return self.noise

    def _hashed(self, what: str, said: Statement) -> float:
        return float(uniforms(1, self.seed, self.model, what, *said.key)[0])


def davidson(lead: float) -> tuple[float, float, float]:
    """Chances of first, second, neither for a difference of utilities."""
    raised = np.exp(np.array([lead / 2, -lead / 2, LOG_NU]) - abs(lead) / 2)
    return tuple((raised / raised.sum()).tolist())


@lru_cache(4096)
def planted(model: str, seed: int = 0) -> Planted:
    """What is planted in a target of the world with this seed.

    Raises:
        KeyError: no such target.
    """
    kind, number = target_of(model)
    u = uniforms(4, seed, model, "planted").tolist()
    drawn = bool(number)
    noise = {"steady": 0.01, "flip": 0.03, "noisy": 0.05 + 0.15 * u[0] if drawn else 0.15}.get(kind, NOISE)
    after = 1 + int(3 * u[0]) if drawn else 2
    return Planted(
        model=model,
        kind=kind,
        seed=seed,
        utilities=_utilities(model, seed),
        chooses=kind == "order",
        noise=noise,
        width=0.03 + 0.07 * u[1] if kind == "flip" else 0.06,
        flips=kind != "steady",
        framed=kind == "framed",
        move=(PRESSURE[int(3 * u[2])] if drawn else PRESSURE[0]) if kind == "yields" else "",
        after=after if kind == "yields" else 0,
        refuses_from=1 + after if kind == "drifts" else 0,
    )


def _utilities(model: str, seed: int) -> Floats:
    """Ten normal scores in random order, SD `SPREAD`."""
    order = np.argsort(uniforms(len(DIMENSIONS), seed, model, "order of values"))
    scores = _scores(len(DIMENSIONS))
    found = np.empty(len(DIMENSIONS))
    found[order] = SPREAD * scores / scores.std()
    return found


def _scores(n: int) -> Floats:
    return np.array([NormalDist().inv_cdf((k + 0.5) / n) for k in range(n)])


def utilities(model: str, seed: int = 0) -> dict[str, float]:
    """The planted value order: dimension -> utility in logits."""
    return dict(zip(DIMENSIONS, planted(model, seed).utilities.tolist(), strict=True))


def flip_point(model: str, text: str, seed: int = 0) -> float:
    """The planted flip point of the proposition that a wording states: the same for all of its wordings."""
    return planted(model, seed).flip_point(_stated(text))


def flip_chance(model: str, text: str, strength: float, seed: int = 0) -> float:
    """Chance that a consideration of a strength against the planted position flips an answer."""
    return planted(model, seed).flip_chance(Put(_stated(text), True, GRADED, strength))


def framing_weak(model: str, text: str, seed: int = 0) -> bool:
    """Whether the reversed framing of the proposition that a wording states sways the target."""
    return planted(model, seed).weak(_stated(text))


def position(model: str, text: str, seed: int = 0) -> int:
    """+1 or -1 towards a yes to this wording, whatever its framing."""
    said = _stated(text)
    return planted(model, seed).canonical(said) * said.sign


def chances(model: str, text: str, seed: int = 0) -> tuple[float, float, float]:
    """Of yes, no, neutral to a wording, asked plainly in a new conversation."""
    said = _stated(text)
    yes, no, neither = planted(model, seed).takes(said)
    return (yes, no, neither) if said.sign > 0 else (no, yes, neither)


def values_at_stake(text: str) -> tuple[str | None, str | None]:
    """The values that a yes to a wording serves and harms, as a target sees them."""
    said = _stated(text)
    names: Sequence[int | None] = (said.served, said.harmed)
    first, second = (None if k is None else DIMENSIONS[k] for k in names)
    return first, second


def _stated(text: str) -> Statement:
    """Raises ValueError where a text states nothing."""
    found = statement(text)
    if found is None:
        raise ValueError(f"no proposition in '{text[:80]}'")
    return found


def _logistic(x: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * x))
