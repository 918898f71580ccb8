"""Does a calibration carry over? Judge and cut from half of the conclusions, rates corrected on the other half."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.calibration import accuracy
from cruxbank.science.correction import Corrector
from cruxbank.science.probabilities import best_cut
from cruxbank.science.proportions import rate

SPLITS = 20


class Transport(NamedTuple):
    """Over splits and values: mean distances of a rate from the labelled one, as read and corrected, and how often the
    95 % interval of each holds it."""

    splits: int
    rates: int
    raw: float
    corrected: float
    raw_covered: float
    covered: float
    unidentified: int


def transported(scores: Array, truth: Bools, groups: Ints, seed: int, splits: int = SPLITS) -> Transport:
    """scores, truth: (n, D). The cut comes from one third of the groups, its errors from another, the rate from the
    last: what a user does who calibrates a judge on texts of his own."""
    generator = np.random.default_rng(seed)
    names = np.unique(groups)
    found, lost = [], 0
    for split in range(splits):
        part = generator.permutation(len(names)) % 3
        third = part[np.searchsorted(names, groups)]
        for d in range(scores.shape[1]):
            one = _one(scores[:, d], truth[:, d], groups, third, f"{split} {d}")
            lost += one is None
            found += [one] if one else []
    raw, corrected, raw_covered, covered = (round(float(x), 4) for x in np.mean(found, axis=0))
    return Transport(splits, len(found), raw, corrected, raw_covered, covered, lost)


def _one(scores: Array, truth: Bools, groups: Ints, third: Ints, name: str) -> tuple[float, ...] | None:
    first, second, last = (third == k for k in range(3))
    cut = best_cut(scores[first], truth[first])
    errors = accuracy(truth[second], scores[second] > cut, groups[second])
    reported = rate(scores[last] > cut, groups[last])
    labelled = float(truth[last].mean())
    found = Corrector(errors, name).correct(reported, "rest").corrected
    if found is None:
        return None
    held = [float(e.lo <= labelled <= e.hi) for e in (reported, found)]
    return abs(reported.est - labelled), abs(found.est - labelled), *held
