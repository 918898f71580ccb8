"""How far the judge of a run can be trusted: known answers, its calibration, its family, and rates with its errors off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cruxbank.accuracy import Calibration, CanarySummary
from cruxbank.calibrations import read_calibration
from cruxbank.config.settings import Settings
from cruxbank.items import Item
from cruxbank.science.canary_rates import canaries_in, summarise
from cruxbank.science.value_rates import ValueRate, value_rates

SURE = 0.05


@dataclass(frozen=True)
class JudgingFigures:
    """The judging section of a report."""

    canaries: CanarySummary
    limit: float
    rates: tuple[ValueRate, ...]
    calibration: Calibration | None
    own_family: tuple[str, ...]
    """Judges and generator that share a family with the scoring panel."""
    let_through: bool
    """judging.allow_own_family: nobody asked whether they favour it."""

    @property
    def below(self) -> bool:
        """Whether the judge read too few known answers right."""
        return self.canaries.below(self.limit)

    @property
    def blind(self) -> tuple[str, ...]:
        """Values and kinds of text whose cues it hardly finds."""
        return self.canaries.blind(self.limit)

    @property
    def models(self) -> tuple[str, ...]:
        """Models with rates, in order."""
        return tuple(dict.fromkeys(rate.model for rate in self.rates))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Dimensions with rates, in order."""
        return tuple(dict.fromkeys(rate.dimension for rate in self.rates))

    def rate(self, model: str, dimension: str) -> ValueRate | None:
        """The rate of presence."""
        found = (r for r in self.rates if (r.model, r.dimension, r.side) == (model, dimension, "present"))
        return next(found, None)

    @property
    def differential(self) -> tuple[str, ...]:
        """Dimensions on which the calibration found the judge to err differently on different families."""
        tests = self.calibration.contrasts if self.calibration else ()
        return tuple(dict.fromkeys(t.dimension for t in tests if t.adjusted < SURE))

    @property
    def uncorrected(self) -> tuple[str, ...]:
        """Dimensions that the calibration cannot correct: no labels, or a judge that may be no better than a coin."""
        if self.calibration is None:
            return ()
        return tuple(dict.fromkeys(r.dimension for r in self.rates if r.side == "present" and r.corrected is None))

    @property
    def uncalibrated(self) -> tuple[int, int]:
        """Answers that the calibration says nothing about (another judge, kind or language of items), of how many."""
        first = [r for r in self.rates if r.side == "present" and r.dimension == self.dimensions[0]]
        return sum(r.uncalibrated for r in first), sum(r.raw.n for r in first)


def judging_figures(
    items: Sequence[Item], payloads: Iterable[str], dimensions: Sequence[str], settings: Settings
) -> JudgingFigures:
    """The section's figures: `items` are the operational ones, `payloads` those of the run's decisions.

    Raises:
        InputError: judging.calibration cannot be read.
    """
    file = settings.judging.calibration
    calibration = read_calibration(file) if file else None
    return JudgingFigures(
        canaries=summarise(canaries_in(payloads)),
        limit=settings.judging.min_canaries,
        rates=value_rates(items, dimensions, calibration),
        calibration=calibration,
        own_family=tuple(dict.fromkeys(m for item in items for m in item.provenance.own_family)),
        let_through=settings.judging.allow_own_family,
    )
