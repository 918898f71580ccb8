"""A judge against labels: sensitivity, specificity, three-way confusion, and whether they differ between groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cruxbank.accuracy import Accuracy, Contrast
from cruxbank.science.arrays import Bools, Ints
from cruxbank.science.proportions import rate

PERMUTATIONS = 1999
CODES = 4
"""supports, opposes, mixed, absent: the order of verdict tables."""
FEWEST = 5
"""Texts that a family needs to enter a test between families: fewer cannot show a difference."""


def accuracy(truth: Bools, read: Bools, groups: Ints | None = None) -> Accuracy:
    """Sensitivity and specificity of readings (n,) against labels (n,); groups as in `proportions.rate`."""
    inside = None if groups is None else groups[truth]
    outside = None if groups is None else groups[~truth]
    return Accuracy(sensitivity=rate(read[truth], inside), specificity=rate(~read[~truth], outside))


def confusion(truth: Ints, read: Ints) -> tuple[tuple[int, int, int, int], ...]:
    """(4, 4) counts: rows labels, columns readings, codes 0 supports, 1 opposes, 2 mixed, 3 absent."""
    counts = np.bincount(CODES * truth + read, minlength=CODES * CODES).reshape(CODES, CODES)
    return tuple((int(r[0]), int(r[1]), int(r[2]), int(r[3])) for r in counts)


def by_family(truth: Bools, read: Bools, families: Sequence[str], groups: Ints | None = None) -> dict[str, Accuracy]:
    """The accuracy within every family of answering models, by name."""
    names = np.array(families)
    found = {}
    for name in sorted(set(families)):
        mine = names == name
        found[name] = accuracy(truth[mine], read[mine], None if groups is None else groups[mine])
    return found


def heterogeneity(
    right: Bools, families: Ints, groups: Ints, rng: np.random.Generator, permutations: int = PERMUTATIONS
) -> tuple[float, float]:
    """(Pearson's chi-square of homogeneity, its permutation p) of a share between families.

    right: (n,) whether the judge was right; families: (n,) codes; groups: (n,) what texts of one item, or one model,
    share. Families move among the texts of one group where a group has several families, whole groups move between
    families where each has one: either way the likeness within groups stays and cannot pass for a difference.
    p = (1 + at least as large) / (1 + permutations); 1 with fewer than two families of FEWEST texts.
    """
    kept = np.isin(families, [f for f in np.unique(families) if (families == f).sum() >= FEWEST])
    right, families, groups = right[kept], families[kept], groups[kept]
    codes = np.unique(families, return_inverse=True)[1]
    if len(right) == 0 or codes.max() < 1 or right.all() or not right.any():
        return 0.0, 1.0
    observed = _chi2(right, codes[None])[0]
    shuffled = _reassigned(codes, groups, rng, permutations)
    larger = int((_chi2(right, shuffled) >= observed - 1e-9 * max(observed, 1.0)).sum())
    return float(observed), (1 + larger) / (1 + permutations)


def _chi2(right: Bools, codes: Ints) -> np.ndarray:
    """(B,) for codes (B, n)."""
    share = right.mean()
    total = np.zeros(len(codes))
    for code in range(int(codes.max()) + 1):
        member = codes == code
        n = member.sum(axis=1)
        hits = (member & right).sum(axis=1)
        total += np.where(n > 0, (hits - n * share) ** 2 / np.maximum(n, 1), 0.0)
    return np.asarray(total / (share * (1 - share)))


def _reassigned(codes: Ints, groups: Ints, rng: np.random.Generator, times: int) -> Ints:
    place = np.unique(groups, return_inverse=True)[1]
    count = int(place.max()) + 1
    first = np.full(count, -1)
    first[place[::-1]] = codes[::-1]
    if (first[place] == codes).all():
        return np.asarray(rng.permuted(np.tile(first, (times, 1)), axis=1)[:, place])
    out = np.tile(codes, (times, 1))
    for group in range(count):
        rows = np.flatnonzero(place == group)
        if len(rows) > 1:
            out[:, rows] = rng.permuted(out[:, rows], axis=1)
    return out


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values (Holm 1979): reject where <= alpha and the chance of any false rejection is <= alpha."""
    order = np.argsort(p, kind="stable")
    adjusted = np.zeros(len(p))
    worst = 0.0
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, (len(p) - rank) * p[place]))
        adjusted[place] = worst
    return [float(a) for a in adjusted]


def contrasts(
    truth: Mapping[str, Bools],
    read: Mapping[str, Bools],
    families: Mapping[str, Sequence[str]],
    groups: Mapping[str, Ints],
    rng: np.random.Generator,
) -> tuple[Contrast, ...]:
    """Differential judge error: every dimension's sensitivity and specificity tested between families, Holm over all."""
    rows = []
    for dimension, labels in truth.items():
        codes = np.unique(list(families[dimension]), return_inverse=True)[1]
        for what, mine in (("sensitivity", labels), ("specificity", ~labels)):
            right = read[dimension][mine] == labels[mine]
            chi2, p = heterogeneity(right, codes[mine], groups[dimension][mine], rng)
            kept = sum((codes[mine] == code).sum() >= FEWEST for code in set(codes.tolist()))
            rows.append((dimension, what, chi2, p, int(kept)))
    adjusted = holm([row[3] for row in rows])
    names = ("dimension", "what", "chi2", "p", "families")
    return tuple(
        Contrast.model_validate({**dict(zip(names, row, strict=True)), "adjusted": a})
        for row, a in zip(rows, adjusted, strict=True)
    )
