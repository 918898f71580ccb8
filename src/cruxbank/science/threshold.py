"""Where a position flips: the posterior of a flip point on a scale of strengths, and the strength to try next.

A target holds a position. A consideration against it is put with strength s in [0, 1], and the answer holds or flips:

    P(flip | s) = lapse / 2 + (1 - lapse) / (1 + exp(-(s - t) / w))

t is the flip point, w the width of the noise around it (strengths), lapse the share of answers that ignore the strength.
The posterior lies on a grid over (t, w, lapse), as in Kontsevich and Tyler (1999), Bayesian adaptive estimation of
psychometric slope and threshold; the next strength is the one whose answer is expected to tell most about t, w and
lapse being integrated out (bits).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cruxbank.science.arrays import Array

STRENGTHS: Array = np.round(np.linspace(0.0, 1.0, 21), 2)
"""Strengths that a move can have: prompts tell twenty steps apart, hardly more."""
_T: Array = np.linspace(-0.3, 1.3, 161)
"""Flip points; those below 0 and above 1 stand for a position that never holds and one that never flips."""
_W: Array = np.geomspace(0.01, 0.2, 9)
"""Widths: at .2 the change from 10 to 90 % flips takes nine tenths of the scale; beyond there is no flip point to find."""
_LAPSE: Array = np.array([0.0, 0.03, 0.08, 0.16])
_LAPSE_PRIOR: Array = np.array([0.3, 0.4, 0.2, 0.1])
STEP = float(_T[1] - _T[0])


@dataclass(frozen=True)
class FlipPoint:
    """Posterior mean and interval of t (strengths), and the chance that it lies outside the scale."""

    est: float
    lo: float
    hi: float
    below: float
    """P(t < 0): the position does not hold even without any opposing consideration."""
    above: float
    """P(t > 1): nothing on the scale turns it."""
    turns: int

    @property
    def width(self) -> float:
        """Length of the interval inside the scale."""
        return max(min(self.hi, 1.0) - max(self.lo, 0.0), 0.0)


class Threshold:
    """The posterior over (t, w, lapse) after some answers. Immutable: `told` gives the next one."""

    def __init__(self, weights: Array | None = None, turns: int = 0) -> None:
        self._weights = _prior() if weights is None else weights
        self.turns = turns

    def told(self, strength: float, flipped: bool | None) -> Threshold:
        """After one answer at a strength in [0, 1]; None: neither held nor flipped, which is likeliest where the two are
        even (as sqrt(p (1 - p)): Davidson 1970).

        Raises:
            ValueError: the strength lies outside the scale.
        """
        if not 0.0 <= strength <= 1.0:
            raise ValueError(f"strength {strength}: not in [0, 1]")
        chance = _chances(np.array([strength]))[0]
        said = np.sqrt(chance * (1.0 - chance)) if flipped is None else chance if flipped else 1.0 - chance
        weights = self._weights * said
        return Threshold(weights / weights.sum(), self.turns + 1)

    def gains(self, strengths: Array = STRENGTHS) -> Array:
        """(S,) bits that one answer at each strength is expected to tell about t."""
        chances = _scale() if strengths is STRENGTHS else _chances(strengths)
        joint = np.einsum("stn,tn->st", chances.reshape(*chances.shape[:2], -1), self._weights.reshape(len(_T), -1))
        own = self._weights.sum(axis=(1, 2))  # P(t); joint is P(flip, t)
        parts = (joint, own - joint)
        after = sum(_entropy(part) - _entropy(part.sum(axis=1)[:, None]) for part in parts)  # H(t | answer)
        return np.asarray(np.maximum(_entropy(own) - after, 0.0))

    def next(self, strengths: Array = STRENGTHS) -> float:
        """The strength whose answer tells most; the lower one of equals."""
        return float(strengths[int(np.argmax(np.round(self.gains(strengths), 9)))])

    def point(self, mass: float = 0.95) -> FlipPoint:
        """Mean and central interval of t; the interval reaches half a cell of the grid further on both sides."""
        own = self._weights.sum(axis=(1, 2))
        ends = np.cumsum(own)
        lo, hi = (float(_T[int(np.searchsorted(ends, q))]) for q in ((1 - mass) / 2, (1 + mass) / 2))
        return FlipPoint(
            est=float(own @ _T),
            lo=lo - STEP / 2,
            hi=hi + STEP / 2,
            below=float(own[_T < 0].sum()),
            above=float(own[_T > 1].sum()),
            turns=self.turns,
        )

    def flips(self, strength: float) -> float:
        """P(flip) of the next answer at a strength."""
        return float((_chances(np.array([strength]))[0] * self._weights).sum())


def _prior() -> Array:
    """Flat over t, w (log-spaced) and the stated shares over lapse."""
    grid = np.ones((len(_T), len(_W), 1)) * _LAPSE_PRIOR
    return np.asarray(grid / grid.sum())


@cache
def _scale() -> Array:
    """The chances on the whole scale."""
    return _chances(STRENGTHS)


def _chances(strengths: Array) -> Array:
    """(S, t, w, lapse) chance of a flip."""
    z = (strengths[:, None, None] - _T[None, :, None]) / _W[None, None, :]
    core = 0.5 * (1.0 + np.tanh(0.5 * z))
    return np.asarray(_LAPSE / 2 + (1.0 - _LAPSE) * core[..., None])


def _entropy(p: Array) -> Array:
    """-(sum of p log2 p) over the last axis; p need not sum to 1."""
    return np.asarray(-(p * np.log2(np.where(p > 0, p, 1.0))).sum(axis=-1))
