"""From a draft and its readings to an item: counts, verdict tables, provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cruxbank.config.families import own_family
from cruxbank.graphs.context import GrowContext
from cruxbank.graphs.stages import questions
from cruxbank.items import Draft, Exit, Item, Neighbour, Outcome, PromptRef, Provenance, Reading, Status, Wording
from cruxbank.measures import Counts, Score, Separation

_ORDER = (Outcome.SUPPORTS, Outcome.OPPOSES, Outcome.MIXED, Outcome.ABSENT)
_MEASURED = {
    Exit.PILOT_LOW,
    Exit.FRAMING,
    Exit.TOO_FEW_MODELS,
    Exit.UNSCORED,
    Exit.LFDR,
    Exit.LOW,
    Exit.OUTDONE,
    Exit.SCORE,
}


def status_of(exit: Exit) -> Status:
    """Where an exit leaves an item: admitted, measured and kept as pilot, or a draft that nobody answered."""
    if exit is Exit.ADMITTED:
        return Status.OPERATIONAL
    return Status.PILOT if exit in _MEASURED else Status.DRAFT


def to_item(
    context: GrowContext,
    slot: int,
    draft: Draft,
    exit: Exit,
    reasons: tuple[str, ...],
    readings: Sequence[Reading] = (),
    separation: Separation | None = None,
    nearest: Neighbour | None = None,
    replaces: str | None = None,
    score: Score | None = None,
) -> Item:
    """The item that a draft becomes when it leaves the slot."""
    return Item.of(
        draft,
        status=status_of(exit),
        exit=exit,
        reasons=reasons,
        value_system=context.system.id,
        separation=separation,
        score=score,
        counts=count(readings, _planned(context, readings)),
        verdicts=tabulate(readings, context.system.ids),
        fresh=max(len(draft.wordings) - context.settings.grow.wordings, 0),
        provenance=_provenance(context, slot, draft, nearest),
        replaces=replaces,
    )


def draft_of(item: Item, wordings: Sequence[Wording] = ()) -> Draft:
    """An item as a draft again, for critic, memory and yardstick; with all its wordings where none are given."""
    return Draft(
        topic=item.topic,
        wordings=tuple(wordings) or item.wordings,
        kind=item.kind,
        options=item.options,
        language=item.language,
        generator=item.provenance.generator,
    )


def _provenance(context: GrowContext, slot: int, draft: Draft, nearest: Neighbour | None) -> Provenance:
    refs = sorted({*context.prompts, *([draft.prompt] if draft.prompt else [])}, key=_ref_order)
    return Provenance(
        run=context.run.id,
        seed=context.run.configured_seed,
        slot=slot,
        generator=draft.generator,
        judge=context.judge.name,
        signed=context.yardstick.signed,
        judge_digest=context.judge_digest,
        local_reader=context.local_reader,
        critic=context.critic.name,
        own_family=tuple(own_family(context.settings)),
        prompts=tuple(refs),
        nearest=nearest,
        origin=context.run.origin,
        fact=draft.fact,
        argument=draft.argument,
    )


def _ref_order(ref: PromptRef) -> tuple[str, int]:
    return ref.name, ref.version


def _planned(context: GrowContext, readings: Sequence[Reading]) -> Mapping[str, int]:
    """Answers of each model that the whole race takes; nothing was planned for a draft that nobody met."""
    return Counter(model for model, _ in questions("full", context.settings)) if readings else {}


def count(readings: Sequence[Reading], planned: Mapping[str, int] | None = None) -> dict[str, Counts]:
    """Denominators by model, of those that were asked and of those that were to be asked (`planned`: how often)."""
    due = planned or {}
    models = sorted({r.response.model for r in readings} | set(due))
    return {m: _count([r for r in readings if r.response.model == m], due.get(m, 0)) for m in models}


def _count(mine: Sequence[Reading], planned: int) -> Counts:
    refused = sum(r.verdict.state == "refused" for r in mine)
    why = Counter(str(r.verdict.failure or "unknown") for r in mine if r.verdict.state == "unscored")
    unscored = why.total()
    return Counts(
        asked=len(mine),
        answered=len(mine) - refused - unscored,
        refused=refused,
        unscored=unscored,
        unscored_by=dict(sorted(why.items())),
        never_called=max(planned - len(mine), 0),
    )


def tabulate(readings: Sequence[Reading], dimensions: Sequence[str]) -> dict[str, dict[str, tuple[int, int, int, int]]]:
    """model -> dimension -> numbers of (supports, opposes, mixed, absent) over scored responses."""
    tables: dict[str, dict[str, list[int]]] = {}
    for reading in sorted(readings, key=lambda r: (r.response.model, r.response.wording, r.response.repeat)):
        if reading.verdict.state != "scored":
            continue
        mine = tables.setdefault(reading.response.model, {d: [0, 0, 0, 0] for d in dimensions})
        for dimension in dimensions:
            mine[dimension][_ORDER.index(reading.verdict.outcomes.get(dimension, Outcome.ABSENT))] += 1
    return {m: {d: (c[0], c[1], c[2], c[3]) for d, c in table.items()} for m, table in tables.items()}


def unscored_share(readings: Sequence[Reading]) -> float:
    """Unscored responses over all asked."""
    return sum(r.verdict.state == "unscored" for r in readings) / max(len(readings), 1)
