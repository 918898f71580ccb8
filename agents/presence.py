"""Signed verdicts beside a judge that knows presence only: all of them are made to say what the weaker one can say."""

from __future__ import annotations

from cruxbank.items import Outcome, Verdict


def presence_only(verdict: Verdict) -> Verdict:
    """The verdict without its sides: `supports` for present. What was quoted stays with it."""
    outcomes = {
        d: outcome if outcome is Outcome.ABSENT else Outcome.SUPPORTS for d, outcome in verdict.outcomes.items()
    }
    return verdict.model_copy(update={"outcomes": outcomes, "signed": False})
