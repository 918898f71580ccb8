"""Who enters the bank: one table says all of it (CONTRACTS 4), one test walks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cruxbank.config.settings import Settings
from cruxbank.items import Exit
from cruxbank.measures import Score, Separation, sure_bits

MIN_MODELS = 8
"""Scoring models with at least two scored responses each that an operational item needs (CONTRACTS 4)."""


class Measured(NamedTuple):
    """What is known when the decision falls."""

    separation: Separation
    unscored_share: float
    pushes: bool
    score: Score | None = None
    among_best: bool = False
    """Whether the score is among the best so far."""


class Rule(NamedTuple):
    """One condition of admission: the exit taken where it is not met, and the words for a person."""

    exit: Exit
    fails: Callable[[Measured, Settings], bool]
    says: Callable[[Measured, Settings], str]


def _leaning(separation: Separation) -> str:
    framing = separation.framing
    if framing is None:
        return "its wordings push"
    return (
        f"on {framing.dimension} leaning {framing.leaning:.2f}, differential leaning {framing.differential:.2f} of S_B"
    )


RULES: tuple[Rule, ...] = (
    Rule(
        Exit.UNSCORED,
        lambda m, s: m.unscored_share > s.limits.max_unscored,
        lambda m, s: f"{m.unscored_share:.0%} of the responses unscored, limit {s.limits.max_unscored:.0%}",
    ),
    Rule(
        Exit.TOO_FEW_MODELS,
        lambda m, _: m.separation.models < MIN_MODELS,
        lambda m, _: f"{m.separation.models} models with two scored responses, {MIN_MODELS} are needed",
    ),
    Rule(
        Exit.LFDR,
        lambda m, s: m.separation.lfdr > s.grow.fdr,
        lambda m, s: f"chance of no separation {m.separation.lfdr:.3f}, limit {s.grow.fdr}",
    ),
    Rule(
        Exit.LOW,
        lambda m, s: sure_bits(m.separation) < s.grow.min_separation,
        lambda m, s: f"lower bound {sure_bits(m.separation):.3f} bits, {s.grow.min_separation} are needed",
    ),
    Rule(
        Exit.FRAMING,
        lambda m, _: m.pushes,
        lambda m, _: _leaning(m.separation),
    ),
)


SCORE_RULES: tuple[Rule, ...] = (
    RULES[0],
    Rule(
        Exit.SCORE,
        lambda m, _: not m.among_best,
        lambda m, _: f"score {m.score.total:.3f} is not among the best so far" if m.score else "no score",
    ),
)
"""Admission where a published score is the objective: nothing else decides (docs/adaem.md)."""


def admit(measured: Measured, settings: Settings) -> tuple[Exit, tuple[str, ...]]:
    """The exit of a fully measured draft: the first rule that fails, or ADMITTED."""
    for rule in SCORE_RULES if settings.objective == "adaem" else RULES:
        if rule.fails(measured, settings):
            return rule.exit, (rule.says(measured, settings),)
    return Exit.ADMITTED, ()
