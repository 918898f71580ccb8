"""A bank with the answers of 12 scripted models, made slot by slot, and the remeasure graph over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel

from cruxbank.agents.answers import Opinion
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.agents.roles import Read
from cruxbank.app.remeasure_scope import Request, counting, scope_of
from cruxbank.config.settings import Settings
from cruxbank.graphs.assembly import count
from cruxbank.graphs.context import RunIdentity
from cruxbank.graphs.meter import Metered, Pulse
from cruxbank.graphs.remeasure import build
from cruxbank.graphs.remeasure_context import RemeasureContext
from cruxbank.graphs.remeasure_state import initial_state
from cruxbank.graphs.remeasure_stock import Stock
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import (
    Exit,
    FailureReason,
    Item,
    Outcome,
    Provenance,
    Reading,
    RenderedPrompt,
    Response,
    Status,
    Topic,
    Verdict,
    Wording,
    item_id,
)
from cruxbank.memory.record import Record
from cruxbank.memory.rows import SlotCommit
from cruxbank.memory.vectors import VectorStore
from cruxbank.models.fake import Said, ScriptedModel
from cruxbank.values.systems import ValueSystem, load_system
from tests.graphs.heard import Heard
from tests.memory.conftest import BagOfWords, separation

GROWN, RUN = "0001-aaaaaaaa", "0002-bbbbbbbb"
NEW = ("sim-aster-4", "sim-birch-4", "sim-cedar-4", "sim-dahlia-4")
FIRST_FOUR = 4
"""Models of the panel that alone take the other side on the item that loses its separation."""


class Marker:
    """A judge that reads security into every answer that says yes."""

    name, signed = "marker", True
    broken = False

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        return Read(verdicts=tuple(self._one(r, system) for r in responses))

    def _one(self, response: Response, system: ValueSystem) -> Verdict:
        if self.broken:
            return Verdict(state="unscored", failure=FailureReason.TIMEOUT, judge=self.name)
        return read(response.stance == "yes", system.ids)


def read(yes: bool, dimensions: Sequence[str]) -> Verdict:
    found = dict.fromkeys(dimensions, Outcome.ABSENT)
    if yes:
        found["security"] = Outcome.SUPPORTS
    return Verdict(state="scored", outcomes=found, judge="marker")


def wordings(text: str, n: int = 6) -> tuple[Wording, ...]:
    stem = text.removesuffix("?")
    more = [Wording(kind="paraphrase", text=f"{stem} in case {i}?") for i in range(2, n)]
    return (Wording(kind="base", text=text), Wording(kind="mirror", text=f"{stem} not be so?"), *more)


class Bank:
    """A record with 12 models' answers, made slot by slot, and the graph over it."""

    def __init__(self, settings: Settings, record: Record, vectors: VectorStore) -> None:
        self.settings = settings
        self.record = record
        self.vectors = vectors
        self.embeds = BagOfWords()
        self.system = load_system("schwartz-10")
        self.judge = Marker()
        self.heard = Heard()
        self.sides: dict[str, Callable[[int], float]] = {}
        self._slot = 0
        self.models = {m: ScriptedModel(self._script(m), id=m) for m in NEW}

    def _script(self, model: str) -> Callable[[RenderedPrompt, type[BaseModel]], Said]:
        def answer(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
            question = prompt.messages[-1].content
            text = next(t for t in self.sides if t.removesuffix("?") in question)
            yes = self.sides[text](100 + NEW.index(model)) > 0.5
            return Opinion(stance="yes" if yes is ("not be so" not in question) else "no", key_points=["a", "b", "c"])

        return answer

    def add(
        self,
        text: str,
        side: Callable[[int], float],
        *,
        status: Status = Status.PILOT,
        depth: int = 6,
        panel: int = 12,
        exit_: Exit = Exit.LFDR,
        joint: float = 0.3,
        replaces: str | None = None,
    ) -> Item:
        """An item whose models say yes with probability side(place)."""
        self.sides[text] = side
        random = np.random.default_rng(len(self.sides))
        asked = [(m, w) for m in range(panel) for w in range(depth)]
        readings = tuple(self._reading(text, m, w, random.random() < side(m)) for m, w in asked)
        item = Item(
            id=item_id(text),
            text=text,
            wordings=wordings(text),
            topic=Topic(text=text.split()[1]),
            status=status,
            exit=Exit.ADMITTED if status is Status.OPERATIONAL else exit_,
            value_system="schwartz-10",
            separation=separation(joint),
            counts=count(readings),
            provenance=Provenance(run=GROWN, seed=1, slot=self._slot, generator="local", judge="marker"),
            replaces=replaces,
        )
        commit = SlotCommit(
            run=GROWN,
            slot=self._slot,
            topic=item.topic,
            exit=item.exit,
            item_id=item.id,
            items=(item,),
            readings=readings,
            payload='{"drafts": [], "spent": {}}',
        )
        assert self.record.commit_slot(commit)
        self._slot += 20  # further apart than a window
        return item

    def _reading(self, text: str, model: int, wording: int, yes: bool) -> Reading:
        name = self.settings.panels.scoring[model]
        stance = "yes" if yes else "no"
        response = Response(item=item_id(text), wording=wording, model=name, state="answered", stance=stance)
        return Reading(response=response, verdict=read(yes, self.system.ids))

    def nulls(self, n: int = 40) -> None:
        """Drafts on which all models are alike: from them the yardstick learns what nothing looks like."""
        for i in range(n):
            self.add(f"Should dull{i} be?", lambda _, p=(i % 5 + 1) / 6: p, joint=0.02)

    async def remeasure(self, request: Request, stop_after: int | None = None) -> dict[str, Any]:
        """One run to its end, or to a kill after so many batches."""
        scope = scope_of(self.settings, request, self.record)
        counted = counting(self.settings, scope)
        run = RunIdentity(id=RUN, seed=5, configured_seed=5, origin="real")
        self.record.begin_run(RUN, "b" * 64, kind="remeasure")
        stock = Stock(self.record, self.vectors, self.embeds, counted, scope, run.id, run.seed)
        yardstick = Yardstick(counted, self.system.ids, run.seed)
        pulse = Pulse()
        context = RemeasureContext(
            settings=counted,
            run=run,
            system=self.system,
            judge=self.judge,
            panel={m: LlmRespondent(Metered(self.models[m], pulse)) for m in scope.asked},
            stock=stock,
            yardstick=yardstick,
            events=_Killer(self.heard, stop_after) if stop_after else self.heard,
        )
        await stock.prepare(yardstick)
        first = initial_state(await stock.next_batch())
        return dict(await build().compile().ainvoke(first, {"recursion_limit": 10_000}, context=context))


class Killed(RuntimeError):
    pass


class _Killer:
    def __init__(self, inner: Heard, after: int) -> None:
        self._inner = inner
        self._after = after

    def emit(self, name: str, **fields: Any) -> None:
        self._inner.emit(name, **fields)
        if name == "batch_committed" and fields["batch"] + 1 >= self._after:
            raise Killed


def halves(place: int) -> float:
    """Every other model says yes, old and new alike."""
    return 0.97 if place % 2 else 0.03


def first_four(place: int) -> float:
    return 0.97 if place < FIRST_FOUR else 0.1
