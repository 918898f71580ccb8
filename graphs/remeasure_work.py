"""Which items of a bank need new answers, in which order, and how many a budget pays for. Asks and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cruxbank.config.settings import Settings
from cruxbank.frozen import Frozen
from cruxbank.graphs.stages import Question, calls_per_answer
from cruxbank.items import Exit, Item, Status
from cruxbank.memory.queries import WAITING
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Measurement, Part
from cruxbank.science.lifecycle import order, priority
from cruxbank.science.seeds import rng


class Scope(Frozen):
    """What a re-measurement is about."""

    asked: tuple[str, ...] = ()
    """The models that answer what they have not answered yet."""
    gone: tuple[str, ...] = ()
    """Models whose answers no longer count; the answers stay in the record."""
    current: tuple[str, ...]
    """Every model that counts: those with answers and the asked ones, without those that are gone."""
    retire: bool = True
    """Whether items that no longer separate are retired, or only named."""
    sample: int | None = None
    """At most so many items are asked."""
    drafts: bool = False
    """The drafts that wait are measured, and nothing else."""


class Task(NamedTuple):
    """One item to measure again. Without questions only the models that count have changed."""

    item: str
    part: Part
    questions: tuple[Question, ...]
    calls: int


class Work:
    """The items that a scope concerns and that this run has not measured yet."""

    def __init__(self, settings: Settings, scope: Scope, seed: int) -> None:
        self._settings = settings
        self._scope = scope
        self._seed = seed
        self._open: dict[str, tuple[Question, ...]] = {}
        self._worth: dict[str, float] = {}
        self._luck: dict[str, float] = {}
        self._asked = 0
        self.measured = 0
        """Items of the bank that could be measured again at all."""

    @classmethod
    def of(cls, record: Record, settings: Settings, scope: Scope, run: str, seed: int) -> Work:
        """The work as the record shows it; `run` has done a part of it, perhaps."""
        work = cls(settings, scope, seed)
        answered, figures = record.answered(), {m.item_id: m for m in record.measurements()}
        done = {m.item_id: m for m in record.measurements(run=run)}
        work._asked = sum(m.part != "recount" for m in done.values())
        for item in (waiting if scope.drafts else measurable)(record, done):
            work.measured += 1
            if item.id not in done:
                work._take(item, answered.get(item.id, {}), figures.get(item.id))
        return work

    def _take(self, item: Item, answered: Mapping[str, tuple[int, ...]], last: Measurement | None) -> None:
        chosen_on = range(len(item.chosen_on))
        had = {model: [w for w in wordings if w in chosen_on] for model, wordings in answered.items()}
        wordings = sorted({w for mine in had.values() for w in mine})
        if self._scope.drafts:  # nobody has answered one: the whole race of a scoring model
            wordings = list(chosen_on[: self._settings.grow.scoring_responses])
        questions = [(m, w) for m in self._scope.asked for w in wordings if w not in had.get(m, ())]
        counted = last.models if last else tuple(had)
        if not questions and not set(counted) & set(self._scope.gone):
            return
        self._open[item.id] = tuple(questions)
        if questions:
            self._worth[item.id] = self._promise(item)
            self._luck[item.id] = self._draw(item)

    def _promise(self, item: Item) -> float:
        """What new answers may tell; of drafts nothing is known, so they go by id."""
        if item.separation is None:
            return 0.0
        return priority(item.status, item.separation.joint, item.separation.lfdr, worth=self._settings.grow.worth)

    def _draw(self, item: Item) -> float:
        """A number that depends on run and item alone. Operational items are drawn before pilot items: only a figure
        over operational items that nobody picked says what of the bank carries over to the new models."""
        drawn = float(rng(self._seed, 0, f"remeasure {item.id}").random())
        return drawn + (item.status is not Status.OPERATIONAL)

    def __len__(self) -> int:
        return len(self._open)

    def granted(self, calls: int | None) -> list[Task]:
        """The items to ask, in order, as far as calls (None: without end) and sample reach."""
        found: list[Task] = []
        for item, drawn in order(self._worth, self._luck, self._asked):
            task = self._task(item, "random" if drawn else "informative")
            if self._scope.sample is not None and self._asked + len(found) >= self._scope.sample:
                break
            if calls is not None and task.calls > calls:
                break
            found.append(task)
            calls = None if calls is None else calls - task.calls
        return found

    def recounts(self) -> list[Task]:
        """The items that only need their figures on the models that are left: no calls."""
        return [self._task(item, "recount") for item, questions in sorted(self._open.items()) if not questions]

    def least(self) -> int:
        """Calls of the next item; 0 where nothing is left to ask."""
        first = next(iter(order(self._worth, self._luck, self._asked)), None)
        return self._task(first[0], "informative").calls if first else 0

    def sampled(self) -> bool:
        """Whether the sample is complete."""
        return self._scope.sample is not None and self._asked >= self._scope.sample

    def done(self, tasks: Iterable[Task]) -> None:
        """Strike out what was measured."""
        for task in tasks:
            self._asked += task.part != "recount"
            for kept in (self._open, self._worth, self._luck):
                kept.pop(task.item, None)

    def _task(self, item: str, part: Part) -> Task:
        questions = self._open[item]
        return Task(item, part, questions, len(questions) * calls_per_answer(self._settings))


def measurable(record: Record, done: Mapping[str, Measurement] | None = None) -> list[Item]:
    """Operational items, and pilot items that may still move up, in the order in which they came.

    An item that was a duplicate stays one, whatever it measures; so does a version of an item that is operational.
    done: what the run has measured so far. Where it moved an item counts as it was before, so that the work of a run
    does not depend on how often it was cut off.
    """
    moved = {item: m.before for item, m in (done or {}).items()}
    items = record.items(order="seq")
    status = {i.id: moved.get(i.id, i.status) for i in items if i.separation is not None}
    roots = versions(items)
    taken = {roots[i] for i, found in status.items() if found is Status.OPERATIONAL}
    return [i for i in items if i.id in status and _open(i, status[i.id], roots[i.id] in taken)]


def waiting(record: Record, done: Mapping[str, Measurement] | None = None) -> list[Item]:
    """Drafts that passed the gates and that nobody had answered before this run, in the order in which they came."""
    before = done or {}
    drafts = (item for item in record.items(order="seq") if item.status is Status.DRAFT or item.id in before)
    return [item for item in drafts if item.exit in WAITING or item.id in before]


def _open(item: Item, status: Status, taken: bool) -> bool:
    if status is Status.PILOT:
        return not taken and item.exit not in (Exit.DUPLICATE_IN_WINDOW, Exit.DUPLICATE_TRANSLATED)
    return status is Status.OPERATIONAL


def versions(items: Iterable[Item]) -> dict[str, str]:
    """Item id -> id of the first of the versions that it belongs to: itself, or what it replaces, and so on back."""
    found: dict[str, str] = {}
    for item in items:  # a version comes after what it replaces
        found[item.id] = found.get(item.replaces or "", item.id)
    return found
