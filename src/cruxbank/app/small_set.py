"""Answers to test a judge or a writer on: from the bank where it has some, else from a few questions that are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.roles import Brief, Generator
from cruxbank.app.looking import open_record
from cruxbank.app.roles import Cast
from cruxbank.app.topics import configured_topics
from cruxbank.config.settings import Settings
from cruxbank.graphs.events import Events
from cruxbank.items import Draft, Item, Response, Topic, Wording
from cruxbank.memory.bank import BankFolder
from cruxbank.science.seeds import rng
from cruxbank.values.systems import ValueSystem

QUESTIONS = 40
WORDINGS = 2
"""Wordings that a writer is asked for; only the base is put to the panel."""


def bank_answers(settings: Settings, questions: int, models: Sequence[str]) -> list[Response]:
    """Answers of these models to up to so many of the bank's items, drawn by the seed, one a model and item; none
    without a bank. Each carries its question."""
    if not BankFolder(settings.bank).exists:
        return []
    with open_record(settings) as record:
        measured = [item for item in record.items(order="id") if item.verdicts and item.kind == "question"]
        order = rng(settings.seed, 0, "answers for a test of the judge").permutation(len(measured))
        found: list[Response] = []
        for item in (measured[i] for i in order[:questions]):
            found += _answers(item, [r.response for r in record.readings(item.id)], models)
    return found


def _answers(item: Item, responses: Sequence[Response], models: Sequence[str]) -> list[Response]:
    """One answer a model in the item's own language: to the base, by a model that did not meet it to a later wording."""
    first: dict[str, Response] = {}
    for response in sorted(responses, key=lambda r: (r.wording, r.repeat)):
        own = not item.wordings[response.wording].language
        if own and response.model in models and response.state == "answered":
            question = item.wordings[response.wording].text
            first.setdefault(response.model, response.model_copy(update={"question": question}))
    return [first[model] for model in models if model in first]


def few_topics(settings: Settings, count: int) -> list[Topic]:
    """Topics of the configuration, drawn by the seed, another one for each question as far as they reach."""
    found = configured_topics(settings)
    order = rng(settings.seed, 0, "topics for a test of the judge").permutation(len(found))
    return [found[order[i % len(found)]] for i in range(count)]


async def write_all(
    writer: Generator, topics: Sequence[Topic], system: ValueSystem, settings: Settings
) -> list[Draft | None]:
    """A draft a topic, None where the writer gave none."""
    briefs = [
        Brief(topic=t, system=system, wordings=WORDINGS, seed=settings.seed, run="self-preference", slot=i)
        for i, t in enumerate(topics)
    ]
    written = await asyncio.gather(*(writer.write(brief) for brief in briefs))
    return [one.draft for one in written]


async def ask_panel(cast: Cast, drafts: Sequence[Draft], models: Sequence[str], listener: Events) -> list[Response]:
    """Every model's answer to every draft's base wording, draft by draft, in their order."""
    panel = cast.panel()
    found: list[Response] = []
    for number, draft in enumerate(drafts, start=1):
        base = Wording(kind="base", text=draft.text)
        answers = await asyncio.gather(*(panel[model].answer(draft.id, base, 0) for model in models))
        found += [a.response.model_copy(update={"question": draft.text}) for a in answers]
        listener.emit("questions_asked", done=number, of=len(drafts))
    return found


async def local_questions(settings: Settings, system: ValueSystem, questions: int) -> list[Draft]:
    """Locally written questions, each once: they cost nothing, so that what asking them costs is known before."""
    drafts = await write_all(LocalGenerator(), few_topics(settings, questions), system, settings)
    return list({draft.id: draft for draft in drafts if draft is not None}.values())


async def asked_answers(cast: Cast, drafts: Sequence[Draft], models: Sequence[str], listener: Events) -> list[Response]:
    """Answers to locally written questions: the same for every judge that is tested."""
    answers = await ask_panel(cast, drafts, models, listener)
    return [response for response in answers if response.state == "answered"]
