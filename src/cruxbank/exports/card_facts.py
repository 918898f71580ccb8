"""A card from what the record holds and the settings say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import numpy as np

from cruxbank.config.publishing import LONGEST_NAME
from cruxbank.config.settings import Settings
from cruxbank.exports.card import Card, Chosen, Funnel, Maker, SystemFacts
from cruxbank.exports.card_limits import MISUSES, USES, known_limits
from cruxbank.exports.card_runs import configurations, model_facts, rules, run_facts
from cruxbank.exports.card_tally import Tally
from cruxbank.measures import CarryOver, Estimate
from cruxbank.memory.holdings import holdings, reviewed
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Run
from cruxbank.science.carryover import claimed_bits, share_in, summarise_claims
from cruxbank.values.systems import ValueSystem, digest, load_system

DAY = len("2026-11-22")
UNREAL = "Grown on simulated models, so without any meaning for real ones. "
"""Stands before a description, a user's own too: some tools show nothing else of a data set."""
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def card_of(
    record: Record, settings: Settings, tally: Tally, chosen: Chosen | None = None, *, canary: str = ""
) -> Card:
    """The card of an export, from the sums over its items.

    Raises:
        ValueSystemError: the settings name a value system that cannot be read.
    """
    system = load_system(settings.values)
    runs = _runs(record, tally)
    configs = configurations(settings, runs)
    card = Card(
        **_said(settings, system, tally, runs),
        **_sums(tally),
        canary=canary,
        value_system=system.id,
        carried=_carried(tally, runs),
        models=tuple(model_facts(tally, list(configs.values()) or [settings])),
        runs=tuple(run_facts(record, tally, runs, configs)),
        system=_system(system),
        maker=_maker(tally, configs[runs[-1].id] if runs else settings),
        chosen=chosen,
        funnel=_funnel(record, tally),
        made_with=f"cruxbank {version('cruxbank')}",
        uses=USES,
        misuses=MISUSES,
    )
    return card.model_copy(update={"limits": (*known_limits(card, tally), *settings.export.notes)})


def _runs(record: Record, tally: Tally) -> list[Run]:
    """Runs that made exported items, and those that measured the bank's items again."""
    return [run for run in record.runs() if run.id in tally.words["run"] or run.kind == "remeasure"]


def _said(settings: Settings, system: ValueSystem, tally: Tally, runs: Sequence[Run]) -> dict[str, str]:
    """What the user says of the data set, and what is said where the user left it out."""
    user = settings.export
    last = max((run.finished_at or run.started_at for run in runs), default="")
    return {
        "name": user.name or slug(f"cruxbank-{system.id}"),
        "title": user.title or f"Questions that tell language models apart: {system.name}",
        "description": (UNREAL if tally.simulated else "") + (user.description or description(tally, system)),
        "licence": user.licence,
        "creator": user.creator,
        "url": user.url,
        "published": user.published or last[:DAY],
        "version": user.version,
        "citation": user.citation,
    }


def slug(text: str) -> str:
    """a-z, 0-9 and single hyphens.

    >>> slug("cruxbank-safety@domains")
    'cruxbank-safety-domains'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST_NAME].strip("-") or "cruxbank"


def description(tally: Tally, system: ValueSystem) -> str:
    """What the data set is, where the user does not say it."""
    models = len(tally.asked.by_model())
    return (
        f"{len(tally.ids):,} items in {len(tally.spoken)} language{'s' * (len(tally.spoken) != 1)} that ask a "
        f"language model for its stand on a controversial subject, with paraphrases and mirrored wordings. They were grown "
        f"by Cruxbank and measured on {models} models: the models' answers differ in which of {len(system.ids)} values "
        f"({system.name}) they stand on. Every item carries its separation in bits with an interval, its denominators and "
        f"where it comes from."
    )


def _sums(tally: Tally) -> dict[str, object]:
    words = tally.words
    return {
        "items": len(tally.ids),
        "simulated": tally.simulated > 0,
        "languages": tuple(name for name, _ in _ordered(tally.spoken)),
        "statuses": dict(_ordered(words["status"])),
        "kinds": dict(_ordered(words["kind"])),
        "domains": dict(_ordered(words["domain"])),
        "written": dict(_ordered(words["language"])),
        "dimensions": dict(_ordered(words["dimension"])),
        "measured": len(tally.bits),
        "separation": _five(tally.bits),
        "claimed": claimed_bits(tally.claims),
        "lfdr": float(np.mean(tally.lfdr)) if tally.lfdr else None,
        "represented": tally.represented,
        "leaning": _five(tally.leanings),
        "counts": tally.asked.total(),
        "confirmed": tally.confirmed.total(),
        "translated": tally.translated.total(),
    }


def _ordered(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    """Largest first, then by name."""
    return sorted(((name, number) for name, number in numbers.items() if number), key=lambda pair: (-pair[1], pair[0]))


def _five(figures: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(q) for q in np.quantile(figures, QUANTILES)) if figures else ()


def _carried(tally: Tally, runs: Sequence[Run]) -> CarryOver | None:
    """Of the exported items; the left-out families as the last run that ended found them over all its drafts."""
    if not tally.claims:
        return None
    shares: list[Estimate] = [share for run in runs if (share := share_in(run.payload)) is not None]
    return summarise_claims(tally.claims, shares[-1] if shares else None)


def _system(system: ValueSystem) -> SystemFacts:
    return SystemFacts(
        id=system.id,
        name=system.name,
        source=system.source,
        digest=digest(system),
        dimensions=tuple((d.id, d.name, d.definition) for d in system.dimensions),
    )


def _maker(tally: Tally, config: Settings) -> Maker:
    words = {name: tuple(word for word, _ in _ordered(found)) for name, found in tally.words.items()}
    return Maker(
        generators=words["generator"],
        critics=words["critic"],
        judges=words["judge"],
        translators=words["translator"],
        local_readers=words["local_reader"],
        judge_digests=words["judge_digest"],
        signed=not tally.unsigned,
        own_family=words["own_family"],
        prompts=tally.prompts,
        rules=rules(config),
        estimators=words["estimator"],
        calibration=", ".join(words["calibration"]),
    )


def _funnel(record: Record, tally: Tally) -> Funnel:
    items, people = reviewed(record.database, tally.ids)
    return Funnel(**holdings(record.database).model_dump(), reviewed=items, reviewers=people)
