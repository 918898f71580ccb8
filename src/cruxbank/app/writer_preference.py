"""`crux judge self-preference --generator`: do a writer's questions spare the models of its own family?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np

from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.app.judge_identity import identify_writer
from cruxbank.app.judging import cast_at_work, check_calls, ledger_for
from cruxbank.app.own_family import Preference, record_test
from cruxbank.app.roles import Cast
from cruxbank.app.self_preference import FEWER, check_panel, tested
from cruxbank.app.small_set import QUESTIONS, ask_panel, few_topics, write_all
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.errors import ConfigError, InputError
from cruxbank.graphs.events import Events
from cruxbank.items import Draft, Response
from cruxbank.science.arrays import Array, Ints
from cruxbank.science.self_preference import Excess
from cruxbank.values.systems import ValueSystem, load_system

WRITER_MARGIN = 0.10
"""Share of evasive answers by which a writer's questions may spare its family: one answer a question tells little."""


def writer_preference(
    settings: Settings, generator: str, listener: Events, questions: int = QUESTIONS
) -> tuple[Preference, dict[str, Any]]:
    """Do questions that `generator` writes spare its own family? Evasive answers (neutral or refused) to them, against
    those to locally written questions on the same topics; the result is recorded.

    Raises:
        ConfigError: no such model, `local`, no model of its family in the panel, or budget.calls does not reach.
        InputError: too few drafts.
    """
    return asyncio.run(_writer_preference(settings, generator, listener, questions))


async def _writer_preference(
    settings: Settings, generator: str, listener: Events, questions: int
) -> tuple[Preference, dict[str, Any]]:
    if generator == LOCAL or generator not in {m.id for m in settings.models}:
        raise ConfigError(f"--generator: no model '{generator}'", hint="the id of one of models")
    check_panel(settings, generator, "--generator")
    system, models = load_system(settings.values), settings.panels.scoring
    work = f"{questions} questions to write, and these and {questions} local ones to {len(models)} models,"
    check_calls(settings, questions * (1 + 2 * len(models)), work, FEWER)
    settings.bank.mkdir(parents=True, exist_ok=True)
    agents = settings.agents.model_copy(update={"generator": generator})
    writing = settings.model_copy(update={"agents": agents})
    ledger = ledger_for(settings, settings.bank)
    async with cast_at_work(writing, ledger, f"self-preference-{generator}", (generator, *models)) as (cast, pulse):
        pairs = await _pairs(cast, writing, system, questions)
        x, asked, items = await _evasive(cast, pairs, models, listener)
    of = {m: settings.model(m).family for m in models}
    found = tested(x, asked, of, settings.model(generator).family, items, settings.seed, WRITER_MARGIN)
    result = _result(settings, generator, of, found, len(pairs))
    return result, {"calls": pulse.calls, "recorded": str(record_test(settings.bank, result))}


def _result(settings: Settings, generator: str, of: dict[str, str], found: Excess, pairs: int) -> Preference:
    family = settings.model(generator).family
    return Preference(
        role="generator",
        model=generator,
        family=family,
        own=tuple(sorted(m for m in of if of[m] == family)),
        others=tuple(sorted(m for m in of if of[m] != family)),
        reference=(LOCAL,),
        writer=identify_writer(settings, generator),
        responses=2 * pairs * len(of),
        items=2 * pairs,
        overall=found.overall,
        p=found.p,
        margin=WRITER_MARGIN,
        passed=found.passed,
        simulated=any(settings.model(m).simulated for m in (generator, *of)),
    )


async def _pairs(cast: Cast, settings: Settings, system: ValueSystem, questions: int) -> list[tuple[Draft, Draft]]:
    """A question of the writer and a local one on the same topic."""
    topics = few_topics(settings, questions)
    theirs = await write_all(cast.generator(), topics, system, settings)
    plain = await write_all(LocalGenerator(), topics, system, settings)
    pairs = [(a, b) for a, b in zip(theirs, plain, strict=True) if a is not None and b is not None]
    if not pairs:
        name = settings.agents.generator
        raise InputError(f"self-preference: '{name}' wrote no question", hint="see `crux doctor --calls`")
    return pairs


async def _evasive(
    cast: Cast, pairs: Sequence[tuple[Draft, Draft]], models: Sequence[str], listener: Events
) -> tuple[Array, list[str], Ints]:
    """For every pair of questions and model: evasive on the writer's less evasive on the local one; NaN where failed."""
    sets = [await ask_panel(cast, [pair[side] for pair in pairs], models, listener) for side in (0, 1)]
    shown = np.array([[_dodged(r) for r in one] for one in sets])
    items = np.repeat(np.arange(len(pairs)), len(models))
    return np.asarray(shown[0] - shown[1])[:, None], [r.model for r in sets[0]], items


def _dodged(response: Response) -> float:
    if response.state == "failed":
        return float("nan")
    return float(response.state == "refused" or response.stance == "neutral")
