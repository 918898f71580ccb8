"""How a session ends: its findings, and the new questions that it made where the target bends."""

from __future__ import annotations

from collections.abc import Sequence

from langgraph.runtime import Runtime

from cruxbank.agents.roles import Brief
from cruxbank.config.families import own_family
from cruxbank.graphs.meter import Meter, metering
from cruxbank.graphs.probe_context import ProbeContext
from cruxbank.graphs.probe_nodes import brief_of
from cruxbank.graphs.probe_state import ProbeState, ProbeUpdate
from cruxbank.items import Draft, Exit, Item, Neighbour, Provenance, Status
from cruxbank.memory.rows import Horizon
from cruxbank.sessions import Findings, Session

Probe = Runtime[ProbeContext]


async def conclude(state: ProbeState, runtime: Probe) -> ProbeUpdate:  # noqa: ARG001 - a node
    """Fold the turns into findings."""
    seat = runtime.context.seat
    seat.session = seat.session.model_copy(update={"findings": seat.findings()})
    return {}


async def harvest(state: ProbeState, runtime: Probe) -> ProbeUpdate:
    """Write new questions near where the target bends; those that critic and memory let through enter as drafts.

    The session's end and its drafts are one transaction: a stop before it leaves the session open, with all its turns.
    """
    context, seat = runtime.context, runtime.context.seat
    broke = state["ended"].startswith("budget")  # no money for questions; the session goes on when there is some
    places = () if broke else bends(seat.session, seat.items)[: context.settings.probe.discover]
    found: list[Draft] = []
    items: list[Item] = []
    meter = Meter()
    with metering(meter):
        for step, place in enumerate(places):
            draft, near = await _discover(context, place, step, [*found])
            if draft is not None:
                found.append(draft)
                items.append(_item(context, draft, len(items), near))
    ended = seat.session.model_copy(update={"ended": state["ended"], "discovered": tuple(found)})
    await seat.end(ended, items, meter.spent if places else None)
    context.events.emit(
        "session_ended", session=ended.id, target=ended.target, turns=len(seat.turns), reason=ended.ended,
        discovered=[draft.id for draft in found],
    )  # fmt: skip
    return {}


def bends(session: Session, items: dict[str, Item]) -> tuple[Item, ...]:
    """Propositions where the target gives way: weak ones first, then those that flip inside the scale, surest first."""
    found = session.findings or Findings()
    shown = [w for w in found.weaknesses if w.weak]
    weak = [w.proposition for w in sorted(shown, key=lambda w: (w.p or 0.0, w.proposition))]
    inside = [f for f in found.flips if f.below < 0.5 and f.above < 0.5 and f.turns > 1]
    flips = [f.proposition for f in sorted(inside, key=lambda f: (round(f.hi - f.lo, 6), f.proposition))]
    return tuple(items[key] for key in dict.fromkeys([*weak, *flips]) if key in items)


async def _discover(
    context: ProbeContext, place: Item, step: int, earlier: Sequence[Draft]
) -> tuple[Draft | None, Neighbour | None]:
    """A new question and its nearest item, or None where none was written that critic and memory let through."""
    seat, attempts = context.seat, context.settings.grow.attempts
    known, why = [place.text, *(draft.text for draft in earlier)], ""
    for attempt in range(attempts):
        brief = brief_of(context, seat.held(place.id)).model_copy(update={"avoid": tuple(known)})
        number = step * attempts + attempt
        written = await context.prober.question(place, _pair(seat.session, place), brief, number)
        draft, why, near = written.draft, written.detail, None
        if draft is not None:
            known.append(draft.text)
            why, near = await _refused(context, draft, number, earlier)
        if not why or written.draft is None:
            break
    kept = draft if draft is not None and not why else None
    told = {"near": place.id, "kept": kept.id if kept else None, "why": why}
    context.events.emit("question_made", session=seat.session.id, **told)
    return kept, near


async def _refused(
    context: ProbeContext, draft: Draft, step: int, earlier: Sequence[Draft]
) -> tuple[str, Neighbour | None]:
    """Why critic or memory refuses a draft, empty where they do not; and its nearest item."""
    review = (await context.critic.review(draft, _for_critic(context, draft, step))).review
    if not review.ok:
        return "; ".join(review.reasons), None
    check = await context.duplicates.check(draft, Horizon(run=context.seat.session.run, slot=0))
    window = await context.duplicates.check_window(draft, earlier)
    return ("" if check.ok and window.ok else check.detail or window.detail), check.nearest


def _pair(session: Session, place: Item) -> tuple[str, str] | None:
    """The two values that the proposition separates models on most."""
    own = next((s.dimensions for s in session.plan.subjects if s.item == place.id), ())
    return (own[0], own[1]) if len(own) > 1 else None


def _for_critic(context: ProbeContext, draft: Draft, step: int) -> Brief:
    session = context.seat.session
    return Brief(
        topic=draft.topic,
        system=context.system,
        language=draft.language,
        wordings=context.settings.grow.wordings,
        kind=draft.kind,
        seed=session.seed,
        run=session.id,
        slot=session.number,
        step=step,
    )


def _item(context: ProbeContext, draft: Draft, place: int, near: Neighbour | None) -> Item:
    session = context.seat.session
    origin = Provenance(
        run=session.run,
        seed=context.run.configured_seed,
        slot=session.number * 100 + place,
        session=session.id,
        generator=draft.generator,
        judge=context.judge.name,
        signed=session.signed,
        critic=context.critic.name,
        own_family=tuple(own_family(context.settings)),
        prompts=(draft.prompt,) if draft.prompt else (),
        nearest=near,
        origin=session.origin,
        fact=draft.fact,
        argument=draft.argument,
    )
    return Item.of(
        draft,
        status=Status.DRAFT,
        exit=Exit.DISCOVERED,
        value_system=context.system.id,
        provenance=origin,
    )
