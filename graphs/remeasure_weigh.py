"""One item after new answers: its figures on the old models, on the new ones and on all, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from cruxbank.config.families import own_family
from cruxbank.config.settings import Settings
from cruxbank.graphs.admission import Measured, admit
from cruxbank.graphs.assembly import count, draft_of, status_of, tabulate, unscored_share
from cruxbank.graphs.remeasure_work import Scope, Task
from cruxbank.graphs.transfer import with_transfer
from cruxbank.graphs.yardstick import Found, Yardstick
from cruxbank.items import Draft, Exit, Item, Reading, Status
from cruxbank.measures import Estimate, Separation
from cruxbank.memory.rows import Measurement
from cruxbank.science.lifecycle import Fate, decide
from cruxbank.vocabulary import writer_in


class Weighed(NamedTuple):
    """An item as it is from now on, with the figures that made it so and the new readings."""

    item: Item
    measurement: Measurement
    readings: tuple[Reading, ...] = ()


class Desk(NamedTuple):
    """What one item is weighed with."""

    settings: Settings
    scope: Scope
    yardstick: Yardstick
    dimensions: tuple[str, ...]
    run: str
    batch: int
    place: int
    """The item's place in its batch."""
    reader: Mapping[str, Any] = MappingProxyType({})
    """What the provenance of a draft says of the judge that reads it first."""

    def measure(self, draft: Draft, readings: Sequence[Reading]) -> Found:
        """What the yardstick says of some of the readings."""
        return self.yardstick.measure(draft, readings, self.batch, self.place)

    def joint(self, draft: Draft, readings: Sequence[Reading]) -> Estimate | None:
        """Joint separation of some of the readings; None with fewer than two models that have two scored ones."""
        found = self.measure(draft, readings).separation if readings else None
        return found.joint if found is not None and found.models >= 2 else None


def chosen_draft(item: Item) -> Draft:
    """An item's question as yardstick and duplicate check take it: the wordings that decide about it."""
    return draft_of(item, item.chosen_on)


def weigh(desk: Desk, task: Task, item: Item, before: Sequence[Reading], fresh: Sequence[Reading]) -> Weighed:
    """Figures and fate of one item. before: its readings in the record; fresh: the answers of this batch."""
    draft, scope = chosen_draft(item), desk.scope
    mine = [r for r in (*before, *fresh) if r.response.wording < len(item.chosen_on)]
    counting = [r for r in mine if r.response.model in scope.current]
    asked = _models(fresh) - _models([r for r in before if r.response.wording < len(item.chosen_on)])
    found = desk.measure(draft, counting)
    exit_, reasons = admit(Measured(found.separation, unscored_share(counting), found.pushes), desk.settings)
    fate = decide(item.status, found.separation, admitted=exit_ is Exit.ADMITTED)
    measurement = Measurement(
        item_id=item.id,
        run=desk.run,
        batch=desk.batch,
        part=task.part,
        models=tuple(sorted(_models(counting))),
        asked=tuple(sorted(asked)),
        gone=tuple(sorted(_models(mine) - set(scope.current))),
        published=item.separation.joint if item.separation else None,
        old=desk.joint(draft, [r for r in counting if r.response.model not in asked]) if asked else None,
        new=desk.joint(draft, [r for r in counting if r.response.model in asked]),
        all=found.separation.joint,
        lfdr=found.separation.lfdr,
        counted=found.separation.models,
        before=item.status,
        after=item.status,
    )
    separation = with_transfer(desk.settings, desk.yardstick, draft.wordings, counting, found.separation)
    weighed = Weighed(_measured(desk, item, mine, separation), measurement, tuple(fresh))
    return _entered(weighed, exit_, reasons, desk) if item.status is Status.DRAFT else _settled(weighed, fate, desk)


def _models(readings: Sequence[Reading]) -> set[str]:
    return {r.response.model for r in readings}


def _measured(desk: Desk, item: Item, readings: Sequence[Reading], separation: Separation) -> Item:
    """Counts and tables over every reading, those of models that are gone too; figures on the current models."""
    simulated = any(desk.settings.model(m).simulated for m in _models(readings) & set(desk.scope.asked))
    origin = "simulated" if simulated else item.provenance.origin
    return item.model_copy(
        update={
            "separation": separation,
            "counts": count(readings, {m: c.asked + c.never_called for m, c in item.counts.items()}),
            "verdicts": tabulate(readings, desk.dimensions),
            "provenance": item.provenance.model_copy(
                update={"origin": origin, "own_family": _own(desk.settings, item)}
            ),
        }
    )


def _own(settings: Settings, item: Item) -> tuple[str, ...]:
    """Who shares a family with the models that count now, beside those who did before: the judges, and who wrote it."""
    now = own_family(settings)
    writer = writer_in(item.provenance.generator)
    mine = (m for m, role in now.items() if role == "judge" or m == writer)
    return tuple(dict.fromkeys((*item.provenance.own_family, *mine)))


def _settled(weighed: Weighed, fate: Fate, desk: Desk) -> Weighed:
    """The status that the figures ask for, with its reason; with --no-retire the reason alone."""
    said = _basis(weighed.measurement)
    if fate is Fate.RETIRE:
        s0 = desk.settings.grow.smallest_separation
        reason = f"no longer separates: P(above {s0:g} bits) {1 - weighed.measurement.lfdr:.2f} {said}"
        return moved(weighed, Status.RETIRED, reason) if desk.scope.retire else noted(weighed, f"kept, but {reason}")
    if fate is Fate.PROMOTE:
        joint = weighed.measurement.all
        return moved(weighed, Status.OPERATIONAL, f"passes admission: at least {joint.lo:.2f} bits {said}")
    return weighed


def _entered(weighed: Weighed, exit_: Exit, reasons: tuple[str, ...], desk: Desk) -> Weighed:
    """A draft after its first answers leaves by the exit of any draft that was asked to the end."""
    item, measurement = weighed.item, weighed.measurement
    simulated = any(desk.settings.model(model).simulated for model in measurement.models)
    origin = {"origin": "simulated" if simulated else "real", **desk.reader}
    reason = f"measured first: {'; '.join(reasons) or exit_.value} {_basis(measurement)}"
    made = item.model_copy(
        update={
            "status": status_of(exit_),
            "exit": exit_,
            "reasons": (*item.reasons, *reasons),
            "provenance": item.provenance.model_copy(update=origin),
        }
    )
    told = measurement.model_copy(update={"after": status_of(exit_), "reason": reason})
    return weighed._replace(item=made, measurement=told)


def repeated(weighed: Weighed, reason: str) -> Weighed:
    """A draft that passes admission but repeats an item of the bank: measured, and never operational."""
    left = {"status": Status.PILOT, "exit": Exit.DUPLICATE_IN_WINDOW, "reasons": (*weighed.item.reasons, reason)}
    told = weighed.measurement.model_copy(update={"after": Status.PILOT, "reason": reason})
    return weighed._replace(item=weighed.item.model_copy(update=left), measurement=told)


def _basis(measurement: Measurement) -> str:
    new = f", {len(measurement.asked)} of them new ({', '.join(measurement.asked)})" if measurement.asked else ""
    gone = f", without {', '.join(measurement.gone)}" if measurement.gone else ""
    return f"on {measurement.counted} models{new}{gone}"


def moved(weighed: Weighed, to: Status, reason: str) -> Weighed:
    """The item with another status. A promoted item leaves pilot by the same exit as any other."""
    promoted = to is Status.OPERATIONAL
    reasons = (reason,) if promoted else (*weighed.item.reasons, reason)
    exit_ = Exit.ADMITTED if promoted else weighed.item.exit
    item = weighed.item.model_copy(update={"status": to, "exit": exit_, "reasons": reasons})
    return weighed._replace(
        item=item, measurement=weighed.measurement.model_copy(update={"after": to, "reason": reason})
    )


def noted(weighed: Weighed, reason: str) -> Weighed:
    """The item as it was, with the reason why its status did not follow its figures."""
    return weighed._replace(measurement=weighed.measurement.model_copy(update={"reason": reason}))


def stayed(weighed: Weighed, before: Item, reason: str) -> Weighed:
    """A promotion taken back: the new figures stay, the status does not move."""
    kept = {"status": before.status, "exit": before.exit, "reasons": before.reasons}
    item = weighed.item.model_copy(update=kept)
    measurement = weighed.measurement.model_copy(update={"after": before.status, "reason": reason})
    return weighed._replace(item=item, measurement=measurement)
