"""Reads a run from the record: every figure of the report. Nothing is written, nothing depends on the clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cruxbank.config.families import shared_families
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.errors import InputError
from cruxbank.items import Exit, Item, Reading, Status, Topic
from cruxbank.measures import Counts
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Decision, Run
from cruxbank.memory.tallies import best_dimension
from cruxbank.recogniser.readers import reader_name
from cruxbank.report.distances import by_family, distances
from cruxbank.report.figures import Asked, Cost, Coverage, DomainSpend, Maker, RunFigures, TopicSpend
from cruxbank.report.funnel import losses, stages
from cruxbank.report.judging import judging_figures
from cruxbank.report.kinds import kind_figures
from cruxbank.report.languages import spoken
from cruxbank.report.quotes import Shown, show
from cruxbank.report.spending import Pull
from cruxbank.science.carryover import share_in, summarise
from cruxbank.science.juries import jury_agreement
from cruxbank.values.systems import ValueSystem, load_system

BEST = 6
"""Items shown with quotes: three rows of two cards."""
CHUNK = 500
"""Ids in one query: SQLite takes a limited number of parameters."""


class _Source(NamedTuple):
    """What the record says of one run."""

    run: Run
    decisions: tuple[Decision, ...]
    items: tuple[Item, ...]
    topics: tuple[Topic, ...]


def read(record: Record, run_id: str, settings: Settings) -> RunFigures:
    """All figures of a run.

    Raises:
        InputError: the record has no such run.
        ValueSystemError: the settings name a value system that cannot be read.
    """
    source = _source(record, run_id)
    stats = record.stats()
    exits = [Exit(d["exit"]) for decision in source.decisions for d in _payload(decision).get("drafts", [])]
    best = _best(source.items)
    pulls = _pulls(source)
    system = load_system(settings.values)
    families = {model.id: model.family for model in settings.models}
    models = _models(best, settings.panels.scoring, families)
    return RunFigures(
        maker=_maker(source, system, settings),
        simulated=settings.simulated or any(i.provenance.origin == "simulated" for i in source.items),
        stages=stages(exits),
        exits=losses(exits),
        texts=len(source.items),
        slots=len(source.decisions),
        slots_without_draft=sum(not _payload(d).get("drafts") for d in source.decisions),
        items=best,
        carried=summarise(best, share_in(source.run.payload)),
        retired=sum(i.status is Status.RETIRED and i.exit is Exit.ADMITTED for i in source.items),
        bank_operational=stats.by_status.get(Status.OPERATIONAL.value, 0),
        bank_items=stats.items,
        bank_runs=stats.runs,
        topics=len(source.topics),
        tried=len({d.topic_id for d in source.decisions}),
        coverage=_coverage(best, source.topics, system.ids),
        pulls=pulls,
        domains=_domains(pulls, source),
        by_topic=_by_topic(pulls),
        distances=distances(_measured(record, best), models, families, system.ids),
        best=_shown(_measured(record, best[:BEST]), families, settings.panels.scoring),
        cost=_cost(source.decisions),
        asked=_asked(source.items, settings.panels.scoring, families),
        judging=judging_figures(best, [d.payload for d in source.decisions], system.ids, settings),
        languages=spoken(record, source.run.payload),
        kinds=kind_figures(source.items, ((item, record.readings(item.id)) for item in source.items)),
        jury=jury_agreement(record.jury_verdicts(run_id), system.ids, shared_families(settings)),
    )


def _source(record: Record, run_id: str) -> _Source:
    run = record.run(run_id)
    if run is None:
        known = ", ".join(r.id for r in record.runs()[-3:]) or "none"
        raise InputError(f"run '{run_id}': not in this bank", hint=f"the last runs are: {known}")
    decisions = record.decisions(run_id)
    items = _items(record, decisions, run_id)
    return _Source(run, decisions, items, record.topics())


def _measured(record: Record, items: Sequence[Item]) -> Iterator[tuple[Item, tuple[Reading, ...]]]:
    """One item at a time: the readings of a large bank do not fit memory."""
    return ((item, item.choosing(record.readings(item.id))) for item in items)


def _models(items: Sequence[Item], panel: Sequence[str], families: Mapping[str, str]) -> tuple[str, ...]:
    """Models that were asked: the panel's first, then any other, those of one family side by side."""
    asked = {model for item in items for model, counts in item.counts.items() if counts.asked}
    return tuple(m for m in by_family([*panel, *sorted(asked - set(panel))], families) if m in asked)


def _items(record: Record, decisions: Sequence[Decision], run_id: str) -> tuple[Item, ...]:
    """The run's own drafts in the order of the slots; one whose text another run had first belongs to that run."""
    ids = list(dict.fromkeys(d["id"] for decision in decisions for d in _payload(decision).get("drafts", [])))
    found: dict[str, Item] = {}
    for start in range(0, len(ids), CHUNK):
        found |= record.items_by_id(ids[start : start + CHUNK])
    return tuple(found[i] for i in ids if i in found and found[i].provenance.run == run_id)


def _payload(decision: Decision) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(decision.payload)
    return loaded


def _best(items: Sequence[Item]) -> tuple[Item, ...]:
    mine = [i for i in items if i.status is Status.OPERATIONAL]
    return tuple(sorted(mine, key=lambda i: (-(i.separation.joint.est if i.separation else 0.0), i.id)))


def _pulls(source: _Source) -> tuple[Pull, ...]:
    topics = {topic.id: topic for topic in source.topics}
    return tuple(
        Pull(
            slot=d.slot,
            domain=topics[d.topic_id].domain,
            topic=topics[d.topic_id].text,
            calls=d.examinee_calls + d.judge_calls + d.agent_calls,
            won=d.reward,
            admitted=d.exit is Exit.ADMITTED,
        )
        for d in source.decisions
    )


def _domains(pulls: Sequence[Pull], source: _Source) -> tuple[DomainSpend, ...]:
    """Domains that were tried, dearest first."""
    offered = Counter(topic.domain for topic in source.topics)
    found = []
    for domain in sorted({p.domain for p in pulls}):
        mine = [p for p in pulls if p.domain == domain]
        tried = len({p.topic for p in mine})
        calls, won = sum(p.calls for p in mine), sum(p.won for p in mine)
        found.append(DomainSpend(domain, offered[domain], tried, len(mine), calls, won, sum(p.admitted for p in mine)))
    return tuple(sorted(found, key=lambda d: (-d.calls, d.domain)))


def _by_topic(pulls: Sequence[Pull]) -> tuple[TopicSpend, ...]:
    """Topics that were tried, most bits first."""
    groups: dict[tuple[str, str], list[Pull]] = {}
    for pull in pulls:
        groups.setdefault((pull.topic, pull.domain), []).append(pull)
    found = [
        TopicSpend(*key, len(g), sum(p.calls for p in g), sum(p.won for p in g), sum(p.admitted for p in g))
        for key, g in groups.items()
    ]
    return tuple(sorted(found, key=lambda t: (-t.bits, -t.calls, t.topic)))


def _coverage(items: Sequence[Item], topics: Sequence[Topic], dimensions: Sequence[str]) -> Coverage:
    """Every domain that the topics have, so that the gaps show too; each item once, under its best dimension."""
    domains = tuple(sorted({t.domain for t in topics} | {i.topic.domain for i in items}))
    counts = Counter((i.topic.domain, best_dimension(i.separation)) for i in items)
    cells = tuple(tuple(counts[domain, dimension] for dimension in dimensions) for domain in domains)
    return Coverage(domains, tuple(dimensions), cells)


def _shown(
    measured: Iterator[tuple[Item, tuple[Reading, ...]]], families: Mapping[str, str], panel: Sequence[str]
) -> tuple[Shown, ...]:
    order = list(dict.fromkeys(families.get(m, m) for m in by_family(panel, families)))
    hues = {m: order.index(families.get(m, m)) for m in panel}
    return tuple(show(item, readings, best_dimension(item.separation), hues) for item, readings in measured)


def _cost(decisions: Sequence[Decision]) -> Cost:
    spent = [_payload(d).get("spent", {}) for d in decisions]
    return Cost(
        examinee=sum(d.examinee_calls for d in decisions),
        judge=sum(d.judge_calls for d in decisions),
        agents=sum(d.agent_calls for d in decisions),
        tokens=sum(int(s.get("tokens", 0)) for s in spent),
        usd=sum(float(s.get("usd", 0.0)) for s in spent),
    )


def _asked(items: Sequence[Item], panel: Sequence[str], families: Mapping[str, str]) -> tuple[Asked, ...]:
    """Of everyone who was asked, in the order of their families."""
    found = []
    for model in _models(items, panel, families):
        counts = sum((item.counts[model] for item in items if model in item.counts), Counts())
        found.append(Asked(model, families.get(model, model), counts))
    return tuple(found)


def _judge(source: _Source, system: ValueSystem, settings: Settings) -> str:
    """Who read the answers, as the items say it; before the first item, as the settings do."""
    said = sorted({item.provenance.judge for item in source.items if item.provenance.judge})
    configured = settings.agents.judge
    return ", ".join(said) or (reader_name(system) if configured == LOCAL else configured)


def _local(source: _Source, system: ValueSystem, settings: Settings) -> str:
    """The local reader's name, from where `_judge` has the judge's; empty where none reads."""
    if any(item.provenance.judge for item in source.items):
        return next((i.provenance.local_reader for i in source.items if i.provenance.local_reader), "")
    return reader_name(system) if LOCAL in settings.readers else ""


def _maker(source: _Source, system: ValueSystem, settings: Settings) -> Maker:
    families = {model.id: model.family for model in settings.models}
    grouped: dict[str, list[str]] = {}
    for model in by_family(settings.panels.scoring, families):
        grouped.setdefault(families[model], []).append(model)
    refs = {ref for item in source.items for ref in item.provenance.prompts}
    made = [i.separation for i in source.items if i.separation]
    return Maker(
        run=source.run.id,
        config_hash=source.run.config_hash,
        seed=source.run.seed,
        state=source.run.state,
        value_system=system.id,
        generator=settings.agents.generator,
        critic=settings.agents.critic,
        judge=_judge(source, system, settings),
        local_reader=_local(source, system, settings),
        policy=settings.topics.policy,
        estimators=tuple(sorted({s.estimator for s in made})),
        prompts=tuple(sorted(refs, key=lambda r: (r.name, r.version))),
        panel=tuple((family, tuple(models)) for family, models in grouped.items()),
        pilot=len(settings.panels.pilot),
        holdout=settings.panels.holdout,
        thresholds=_thresholds(settings),
    )


def _thresholds(settings: Settings) -> tuple[tuple[str, str], ...]:
    grow = settings.grow
    return (
        ("wordings an item", str(grow.wordings)),
        ("answers a model, pilot", str(grow.pilot_responses)),
        ("answers a model, at most", str(grow.scoring_responses)),
        ("lower bound at least", f"{grow.min_separation:g} bits"),
        ("false discovery rate at most", f"{grow.fdr:g}"),
        ("slots side by side", str(grow.window)),
    )
