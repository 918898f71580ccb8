"""Who is asked at which stage of the race, and what a slot may cost at the most."""

from __future__ import annotations

from collections.abc import Sequence

from cruxbank.config.settings import LOCAL, Settings
from cruxbank.graphs.state import Stage
from cruxbank.items import Reading
from cruxbank.science.racing import Decision

TOKENS_IN, TOKENS_OUT = 1_100, 400
"""Tokens that one call is taken to need when a budget grants slots: those of the longest prompts (writer and judge)."""
TOKENS_PER_CALL = TOKENS_IN + TOKENS_OUT

Question = tuple[str, int]
"""A model id and the index of the wording it is asked."""


def questions(stage: Stage, settings: Settings) -> list[Question]:
    """Every (model, wording) that a stage needs, earlier stages included."""
    panels, grow = settings.panels, settings.grow
    if stage == "pilot":
        return [(model, w) for i, model in enumerate(panels.pilot) for w in _pilot_wordings(i, settings)]
    depth = grow.scoring_responses if stage == "full" else half(settings)
    return [(model, w) for model in panels.scoring for w in range(depth)]


def _pilot_wordings(place: int, settings: Settings) -> list[int]:
    """Every other pilot model meets a paraphrase where its neighbours meet the mirror.

    A model that likes to say yes answers base and mirror with opposite stances. If the pilot were base and mirror for
    all, Q would be too low by the variance of that habit (.18 on the latent scale against .47 between models, SCIENCE
    4); base and paraphrase for all would make it as much too high. Half and half, the two cancel.
    """
    n = settings.grow.pilot_responses
    chosen = list(range(n))
    if place % 2 and n < min(4, settings.grow.wordings):
        chosen[1] = n
    return chosen


def missing(stage: Stage, settings: Settings, readings: Sequence[Reading]) -> list[Question]:
    """What a stage still has to ask."""
    had = {(r.response.model, r.response.wording) for r in readings}
    return [question for question in questions(stage, settings) if question not in had]


def next_stage(stage: Stage, race: Decision) -> Stage | None:
    """The stage that follows, or None where the race is over.

    The scoring panel meets every draft that the pilot does not stop: a bank's figures rest on the whole panel. It is
    asked beyond the scoring stage only while the decision is open.
    """
    if stage == "pilot":
        return None if race is Decision.STOP else "scoring"
    return "full" if stage == "scoring" and race is Decision.CONTINUE else None


def half(settings: Settings) -> int:
    """Wordings of the scoring stage: half way between the pilot's and all of them, rounded up."""
    grow = settings.grow
    return (grow.pilot_responses + grow.scoring_responses + 1) // 2


def worst_case(settings: Settings) -> int:
    """Calls of the dearest slot: all attempts, all rewrites piloted, the last draft asked to the end.

    An LLM's answer may need one repair turn, but repairs are rare: they are paid from the slot's quota, and a slot
    that runs out of it leaves.
    """
    grow, agents = settings.grow, settings.agents
    pilot, full = set(questions("pilot", settings)), set(questions("full", settings))
    asked = min(grow.max_rewrites, grow.attempts - 1) * len(pilot) + len(pilot | full)
    per_attempt = int(agents.generator != LOCAL) + int(agents.critic != LOCAL)
    return calls_per_answer(settings) * asked + grow.attempts * per_attempt


def calls_per_answer(settings: Settings) -> int:
    """An answer, and the judge's call that reads it where the judge is a model."""
    return 1 if settings.agents.judge == LOCAL else 2


def dearest_call(settings: Settings) -> float:
    """US dollars of one call to the dearest model that the run may use."""
    agents = settings.agents
    used = {*settings.panels.scoring, agents.generator, agents.critic, agents.judge} - {LOCAL}
    prices = [settings.model(model).price for model in used]
    return max((TOKENS_IN * p.input + TOKENS_OUT * p.output) / 1e6 for p in prices)
