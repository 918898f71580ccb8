"""A bank in several languages: separation and agreement per language, and which items differ beyond chance and size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from cruxbank.items import Item
from cruxbank.measures import Estimate, LanguageDif, LanguageFigures, LanguageReport
from cruxbank.science.arrays import Array
from cruxbank.science.dif import Contrast
from cruxbank.science.seeds import rng
from cruxbank.science.shrink import joint_bits, q_of_bits

LEVEL = 0.05
"""False discovery rate of the flags, over all items, languages and tests."""
LEAST_SHIFT = 0.5
"""Within standard deviations below which a shift is too small to matter, however sure: a paraphrase moves .3 (SCIENCE 4)."""
LEAST_REORDERED = 0.3
"""Share of the differences between models below which they count as the same places."""
LEAST = 5
"""Items below which a language has no mean."""
DRAWS = 2_000
STANCE = "stance"


class Tested(NamedTuple):
    """One test of one item and language."""

    found: LanguageDif
    large: bool


def report(
    items: Sequence[Item],
    contrasts: Mapping[tuple[str, str], Contrast],
    languages: Sequence[str],
    dimensions: Sequence[str],
) -> LanguageReport:
    """Figures per language and flags of the operational items given. contrasts: by (item id, language)."""
    from scipy.stats import false_discovery_control

    tests = [test for key in sorted(contrasts) for test in _tests(key, contrasts[key], dimensions)]
    adjusted = false_discovery_control([test.found.p for test in tests]) if tests else ()  # Benjamini and Hochberg 1995
    judged = [
        (t.found.model_copy(update={"q": round(float(q), 6)}), t.large) for t, q in zip(tests, adjusted, strict=True)
    ]
    flags = [found for found, large in judged if large and found.q <= LEVEL]
    known = dict.fromkeys((*languages, *(item.language for item in items)))
    return LanguageReport(
        languages=tuple(_figures(language, items, contrasts, flags) for language in known),
        flags=tuple(sorted(flags, key=lambda f: (f.p, -abs(f.effect), f.item, f.language))),
        tests=len(tests),
        level=LEVEL,
    )


def _tests(key: tuple[str, str], found: Contrast, dimensions: Sequence[str]) -> list[Tested]:
    """The stance, the value that shifts most, and the places."""
    moved = ((STANCE, float(found.shift[-1]), found.p_stance), _value(found, dimensions))
    tests = [Tested(_flag(key, "shifted", name, shift, p), abs(shift) >= LEAST_SHIFT) for name, shift, p in moved]
    turned = _flag(key, "reordered", "", found.reordered, found.p_places)
    return [*tests, Tested(turned, found.reordered >= LEAST_REORDERED)]


def _value(found: Contrast, dimensions: Sequence[str]) -> tuple[str, float, float]:
    return dimensions[found.largest], float(found.shift[found.largest]), found.p_value


def _flag(
    key: tuple[str, str], kind: Literal["shifted", "reordered"], name: str, effect: float, p: float
) -> LanguageDif:
    item, language = key
    return LanguageDif(item=item, language=language, kind=kind, dimension=name, effect=round(effect, 6), p=p, q=1.0)


def _figures(
    language: str,
    items: Sequence[Item],
    contrasts: Mapping[tuple[str, str], Contrast],
    flags: Sequence[LanguageDif],
) -> LanguageFigures:
    written = [item for item in items if item.language == language]
    put = [(item, item.by_language[language]) for item in items if language in item.by_language]
    asked = [(item, reading.separation) for item, reading in put if reading.separation is not None]
    again = [item.confirmation.scoring.q for item, _ in asked if item.confirmation is not None]
    q = np.array([fresh.q for _, fresh in asked])
    draw = rng(0, 0, f"language {language}")
    return LanguageFigures(
        language=language,
        written=len(written),
        claimed=_claimed(written),
        asked=len(asked),
        failed=dict(sorted(Counter(reading.failure for _, reading in put if reading.failure).items())),
        claimed_there=_claimed([item for item, _ in asked]),
        confirmed_there=_bits(float(np.mean(again))) if again else None,
        separation=_mean(q, draw) if len(q) >= LEAST else None,
        agreement=_agreement([c for (_, name), c in sorted(contrasts.items()) if name == language], draw),
        shifted=len({f.item for f in flags if (f.language, f.kind) == (language, "shifted")}),
        reordered=len({f.item for f in flags if (f.language, f.kind) == (language, "reordered")}),
    )


def _claimed(items: Sequence[Item]) -> float:
    q = [q_of_bits(item.separation.joint.est) for item in items if item.separation is not None]
    return _bits(float(np.mean(q))) if q else 0.0


def _mean(q: Array, draw: np.random.Generator) -> Estimate:
    means = q[draw.integers(len(q), size=(DRAWS, len(q)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(est=_bits(float(q.mean())), lo=_bits(float(low)), hi=_bits(float(high)))


def _agreement(found: Sequence[Contrast], draw: np.random.Generator) -> Estimate | None:
    """sum cross / root(sum own x sum other): every item weighs by how far its models are apart."""
    if len(found) < LEAST:
        return None
    parts = np.array([[c.own, c.other, c.cross] for c in found])
    sums = parts[draw.integers(len(parts), size=(DRAWS, len(parts)))].sum(axis=1)
    low, high = np.quantile(_correlation(sums), [0.025, 0.975])
    return Estimate(est=float(_correlation(parts.sum(axis=0))), lo=float(low), hi=float(high))


def _correlation(sums: Array) -> Array:
    """(...,) of (..., 3): at most 1 in absolute value, 0 where a language does not separate at all."""
    both = np.sqrt(np.maximum(sums[..., 0], 0.0) * np.maximum(sums[..., 1], 0.0))
    return np.asarray(np.clip(sums[..., 2] / np.maximum(both, 1e-9), -1.0, 1.0) * (both > 0))


def _bits(q: float) -> float:
    return float(joint_bits(q, np.inf))
