"""Who is asked at which stage of the race, and what a slot may cost at the most."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cruxbank.config.settings import LOCAL, Settings
from cruxbank.graphs.state import Stage
from cruxbank.items import Reading
from cruxbank.science.racing import Decision
from cruxbank.science.reflection import Price

TOKENS_IN, TOKENS_OUT = 1_100, 400
"""Tokens that one call is taken to need when a budget grants slots: those of the longest prompts (writer and judge)."""
TOKENS_PER_CALL = TOKENS_IN + TOKENS_OUT

Question = tuple[str, int]
"""A model id and the index of the wording it is asked; for `objective: adaem` that of the repeat of the base wording."""
OPINIONS = 3
"""Opinions of each model on one question that AdAEM's score takes (L, FACTS 1)."""


def questions(stage: Stage, settings: Settings) -> list[Question]:
    """Every (model, wording) that a stage needs, earlier stages included."""
    panels, grow = settings.panels, settings.grow
    if settings.objective == "adaem":
        panel = panels.pilot if stage == "pilot" else panels.scoring
        return [(model, repeat) for model in panel for repeat in range(OPINIONS)]
    if stage == "pilot":
        n = grow.pilot_responses
        return [(model, w) for i, model in enumerate(panels.pilot) for w in alternating(i, n, grow.wordings)]
    depth = grow.scoring_responses if stage == "full" else half(settings)
    return [(model, w) for model in panels.scoring for w in range(depth)]


def alternating(place: int, n: int, wordings: int) -> list[int]:
    """The first n wordings, but every other model meets a paraphrase where its neighbours meet the mirror.

    A model that likes to say yes answers a wording and its mirror with opposite stances. If a pilot were base and
    mirror for all, Q would be too low by the variance of that habit (.18 on the latent scale against .47 between
    models, SCIENCE 4); base and paraphrase for all would make it as much too high. Half and half, the two cancel; with
    four or more wordings the pairs balance by themselves.
    """
    chosen = list(range(n))
    if place % 2 and n < min(4, wordings):
        chosen[1] = n
    return chosen


def confirm_questions(settings: Settings) -> list[Question]:
    """Every (model, wording) of a confirmation: the fresh wordings, put to the panel that chose and to the holdout."""
    grow, panels = settings.grow, settings.panels
    n, first, many = grow.confirm_responses, grow.wordings, grow.all_wordings - grow.wordings
    asked = [*enumerate(panels.scoring), *enumerate(panels.holdout)]
    return [(model, first + w) for place, model in asked for w in (alternating(place, n, many) if n else ())]


def confirm_calls(settings: Settings) -> int:
    """Answers of one confirmation; 0 where none is wanted."""
    return len(confirm_questions(settings)) if settings.grow.confirm_share > 0 else 0


def language_questions(settings: Settings, first: int) -> list[Question]:
    """Every (model, wording) of one further language: its wordings begin at `first`, and the panel that chose answers.

    The holdout is not asked: a language is compared with what the same models said in the item's own.
    """
    grow = settings.grow
    n, many = grow.language_responses, grow.translated_wordings
    asked = enumerate(settings.panels.scoring)
    return [(model, first + w) for place, model in asked for w in (alternating(place, n, many) if n else ())]


def language_calls(settings: Settings) -> int:
    """Calls of one item in all further languages: translation, its review, answers and their readings."""
    if settings.translator is None:
        return 0
    each = 1 + int(settings.agents.critic != LOCAL)
    return (len(settings.languages) - 1) * (each + calls_per_answer(settings) * len(language_questions(settings, 0)))


def missing(stage: Stage, settings: Settings, readings: Sequence[Reading]) -> list[Question]:
    """What a stage still has to ask."""
    repeated = settings.objective == "adaem"
    had = {(r.response.model, r.response.repeat if repeated else r.response.wording) for r in readings}
    return [question for question in questions(stage, settings) if question not in had]


def next_stage(stage: Stage, race: Decision) -> Stage | None:
    """The stage that follows, or None where the race is over.

    The scoring panel meets every draft that the pilot does not stop, or the best of its versions: a bank's figures rest
    on the whole panel. It is asked beyond the scoring stage only while the decision is open.
    """
    if stage == "pilot":
        return None if race is Decision.STOP else "scoring"
    return "full" if stage == "scoring" and race is Decision.CONTINUE else None


def half(settings: Settings) -> int:
    """Wordings of the scoring stage: half way between the pilot's and all of them, rounded up."""
    grow = settings.grow
    return (grow.pilot_responses + grow.scoring_responses + 1) // 2


def worst_case(settings: Settings) -> int:
    """Calls of the dearest slot: all attempts, all rewrites piloted, the last draft asked to the end, confirmed, and
    asked in every further language.

    An LLM's answer may need one repair turn, but repairs are rare: they are paid from the slot's quota, and a slot
    that runs out of it leaves.
    """
    grow = settings.grow
    pilot, full = set(questions("pilot", settings)), set(questions("full", settings))
    asked = min(grow.max_rewrites, grow.attempts - 1) * len(pilot) + len(pilot | full) + confirm_calls(settings)
    own = len(settings.first_judges) if settings.objective == "adaem" else 0  # the question's own values
    own_language = calls_per_answer(settings) * asked + grow.attempts * (calls_per_draft(settings) + own)
    return own_language + language_calls(settings) + canary_calls(settings, asked)


def canary_calls(settings: Settings, asked: int) -> int:
    """Most calls for known answers beside so many answers: each batch may round its share up by one."""
    share, readers = settings.judging.canaries, len(settings.first_judges)
    if not share or not readers:
        return 0
    batches = settings.grow.max_rewrites + 4 + len(settings.languages)  # pilots, two stages, confirmation, languages
    return readers * (math.ceil(share * asked) + batches)


def calls_per_draft(settings: Settings) -> int:
    """A writer's and a critic's call where they are models."""
    return int(settings.agents.generator != LOCAL) + int(settings.agents.critic != LOCAL)


def price_of_rewrite(settings: Settings, rate: float) -> Price:
    """What one more rewrite costs with its pilot, and what the scoring panel costs after it, at `rate` bits a call."""
    pilot, scoring = set(questions("pilot", settings)), set(questions("scoring", settings))
    each = calls_per_answer(settings)
    return Price(rewrite=each * len(pilot) + calls_per_draft(settings), further=each * len(scoring - pilot), rate=rate)


def calls_to_next(settings: Settings, readings: Sequence[Reading]) -> int:
    """Calls of the stage that a draft with these readings has before it; 0 when it was asked to the end."""
    left = missing("scoring", settings, readings) or missing("full", settings, readings)
    return calls_per_answer(settings) * len(left)


def calls_per_answer(settings: Settings) -> int:
    """An answer, and one call of every model that reads it. A second reading of what failed is paid from the quota."""
    return 1 + len(settings.first_judges)


def dearest_slot(settings: Settings) -> dict[str, float]:
    """What one slot may cost at the most, by budget: a slot is begun only where every budget pays for it whole."""
    calls = worst_case(settings)
    return {"calls": calls, "tokens": calls * TOKENS_PER_CALL, "usd": round(calls * dearest_call(settings), 6)}


def dearest_call(settings: Settings) -> float:
    """US dollars of one call to the dearest model that the run may use."""
    agents = settings.agents
    confirming = settings.panels.holdout if confirm_calls(settings) else ()
    writing = (agents.generator, agents.critic, settings.translator or LOCAL)
    used = {*settings.panels.scoring, *confirming, *writing, *settings.judges} - {LOCAL}
    prices = [settings.model(model).price for model in used]
    return max((TOKENS_IN * p.input + TOKENS_OUT * p.output) / 1e6 for p in prices)
