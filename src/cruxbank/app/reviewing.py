"""A person goes through the bank: which items come up, what is shown of each, and what a decision writes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from cruxbank.agents.llm_critic import FAILED
from cruxbank.agents.roles import Critic
from cruxbank.app.gate_agents import critic_prompts, open_agents
from cruxbank.app.gates import Gates, open_gates
from cruxbank.app.looking import open_encoder, open_record
from cruxbank.app.runs import now
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.curation import PERSON, Choice, HumanReview
from cruxbank.encoder import Encoder
from cruxbank.errors import BankLocked, BudgetExhausted, EndpointError, InputError, KeyMissing
from cruxbank.frozen import Frozen
from cruxbank.graphs.meter import Pulse
from cruxbank.items import Draft, Exit, Item, Option, Reading, Status, Wording
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import embed_one, encoder_id
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.reviews import Reviews, flagged, standing, stood
from cruxbank.memory.vectors import VectorStore
from cruxbank.values.systems import load_system

BOOKED = "review"
"""Where the ledger books the critic's calls: no run asked for them."""
STRUCTURE = "draft: "
"""Begins the critic's reasons against a set of wordings as a whole; no person overrules those."""


class Near(Frozen):
    """An item near in meaning."""

    item: Item
    cosine: float


class Sheet(Frozen):
    """What a reviewer is shown of an item."""

    item: Item
    stood: Status
    """Its status when no review is counted: nobody is led by what others decided."""
    readings: tuple[Reading, ...]
    near: tuple[Near, ...]
    mine: HumanReview | None = None
    """What the same person decided before."""
    others: tuple[HumanReview, ...] = ()
    """What others decided; shown only to who settles flags."""
    made: Item | None = None
    """What an earlier edit of the same person made."""


class Wanted(Frozen):
    """Which items a session goes through."""

    status: Status | None = Status.OPERATIONAL
    item: str = ""
    """One item by id or beginning of it, whatever its status, decided or not."""
    flagged: bool = False
    """Only items with a flag that nobody has answered. Who sees them sees what others said, and settles the flags."""
    again: bool = False
    """Those too that this person has decided before."""
    n: int | None = None


class Edited(NamedTuple):
    """What came of an edit: the decision, or why not."""

    review: HumanReview | None
    reasons: tuple[str, ...] = ()
    binding: bool = False
    """True: no person overrules these reasons."""


class Desk:
    """The bank before one reviewer."""

    def __init__(self, settings: Settings, record: Record, vectors: VectorStore, encoder: Encoder, who: str) -> None:
        self._settings = settings
        self._record = record
        self._vectors = vectors
        self._encoder = encoder
        self._reviews = Reviews(record.database)
        self._gates: Gates | None = None
        self._opened = AsyncExitStack()
        self.reviewer = who
        self.paid = Pulse()
        """What the critic's calls came to."""

    @property
    def asked(self) -> str:
        """The model that reads an edit; empty where the critic is local."""
        name = self._settings.agents.critic
        return "" if name == LOCAL else name

    def queue(self, wanted: Wanted) -> tuple[str, ...]:
        """Ids of the items that come up, in an order that is the same for every reviewer."""
        if wanted.item:
            return (self._record.item(wanted.item).id,)
        all_ = self._reviews.all()
        if wanted.flagged:
            open_ = flagged(all_)
            found = [item for item in self._reviews.queue(None) if item in open_]
            return tuple(found[: wanted.n])
        last = standing(all_)
        found = list(self._reviews.queue(wanted.status))
        if not wanted.again:
            found = [item for item in found if (item, self.reviewer) not in last]
        return tuple(found[: wanted.n])

    async def sheet(self, key: str, n: int = 3) -> Sheet:
        """Everything that is shown of an item, with its n nearest neighbours."""
        item = self._record.item(key)
        all_ = self._reviews.all(item.id)
        last = {who: one for (_, who), one in standing(all_).items()}
        mine = last.pop(self.reviewer, None)
        made = self._record.items_by_id([mine.made]) if mine and mine.made else {}
        return Sheet(
            item=item,
            stood=stood(item, all_),
            readings=item.choosing(self._record.readings(item.id)),
            near=await self._near(item, n),
            mine=mine,
            others=tuple(last.values()),
            made=made.get(mine.made) if mine else None,
        )

    async def _near(self, item: Item, n: int) -> tuple[Near, ...]:
        have = await self._vectors.vectors("items", [item.id])
        vector = have[item.id] if item.id in have else await embed_one(self._encoder, item.text)
        hits = [h for h in await self._vectors.neighbours("items", vector, n + 1) if h.id != item.id][:n]
        items = self._record.items_by_id([hit.id for hit in hits])
        as_stood = {
            key: one.model_copy(update={"status": stood(one, self._reviews.all(key))}) for key, one in items.items()
        }
        return tuple(Near(item=as_stood[hit.id], cosine=hit.cosine) for hit in hits if hit.id in as_stood)

    def decide(self, item: str, choice: Choice, reason: str = "", *, settles: bool = False) -> HumanReview:
        """Write a decision that is not an edit; settles: what others decided was shown, flags too.

        Raises:
            InputError: a rejection or flag without a reason, or another version of the item has taken its place.
        """
        return self._reviews.decide(self._decision(item, choice, reason, settles))

    def status(self, item: str) -> Status:
        """Where an item stands now."""
        return self._record.item(item).status

    def _decision(self, item: str, choice: Choice, reason: str, settles: bool) -> HumanReview:
        said = {"item": item, "reviewer": self.reviewer, "choice": choice, "reason": reason.strip()}
        return HumanReview.model_validate({**said, "settles": settles, "at": now()})

    async def edit(
        self,
        item: Item,
        wordings: Sequence[Wording],
        options: Sequence[Option],
        *,
        overrule: bool = False,
        settles: bool = False,
    ) -> Edited:
        """Put an item in other words. The new words are a draft that stands in its place until they are measured.

        overrule: the person has seen the critic's reasons against single wordings and keeps them; that a model gave no
        answer is none of them. settles: as in `decide`.
        """
        draft = Draft(
            topic=item.topic,
            wordings=tuple(wordings),
            kind=item.kind,
            options=tuple(options),
            language=item.language,
            fact=item.provenance.fact,
            argument=item.provenance.argument,
            generator=PERSON,
        )
        if draft.id == item.id:
            return Edited(
                None, ("the base wording is the same, and an item is known by it: put it in other words",), True
            )
        try:
            gates = await self.gates()
            reasons = await gates.criticise(draft, BOOKED, item.provenance.slot)
        except (BudgetExhausted, EndpointError, KeyMissing) as error:  # what nobody could read does not enter
            return Edited(None, (str(error),), True)
        binding = FAILED in reasons or any(reason.startswith(STRUCTURE) for reason in reasons)
        if reasons and (binding or not overrule):
            return Edited(None, reasons, binding)
        found = await gates.remember(draft, apart_from=self._family(item))
        if found.exit is not None:
            return Edited(None, (f"{found.exit.value}: {'; '.join(found.reasons)}",), True)
        made = _replacement(item, draft, gates.critic, self._settings).model_copy(
            update={"reasons": tuple(f"kept against the critic: {reason}" for reason in reasons)}
        )
        made = made.model_copy(update={"provenance": made.provenance.model_copy(update={"nearest": found.nearest})})
        review = self._reviews.decide(self._decision(item.id, "edit", "; ".join(made.reasons), settles), made)
        return Edited(review)

    def _family(self, item: Item) -> set[str]:
        """The item, what it replaces, and what edits made of these: a new version of them repeats none of them."""
        found, look = {item.id}, item.replaces
        while look and look not in found:
            found.add(look)
            look = next((one.replaces for one in self._record.items_by_id([look]).values()), None)
        return found | {one.made for one in self._reviews.all() if one.item in found and one.made}

    async def gates(self) -> Gates:
        """The gates over the bank as it stands now: other people, and runs, add drafts while this one reads."""
        if self._gates is None:
            system = load_system(self._settings.values)
            self._gates = await open_gates(
                self._settings, system, self._record, self._vectors, self._encoder, await self._critic()
            )
        else:
            await self._gates.refresh()
        return self._gates

    async def _critic(self) -> Critic:
        """Asked with the first edit: who only accepts and rejects needs no key. Each session has the whole budget."""
        ledger = BankFolder(self._settings.bank).ledger
        opened = open_agents(self._settings, ledger, f"{BOOKED}-{uuid.uuid4()}", self.paid, recover=False)
        return (await self._opened.enter_async_context(opened)).critic

    async def close(self) -> None:
        """Wait for what was sent, and close the ledger."""
        await self._opened.aclose()

    async def settle(self) -> bool:
        """Bring the vectors up to the record. False where a run holds the bank: it does so itself."""
        if not await asyncio.to_thread(self._record.outbox, 1):
            return True
        try:
            with BankFolder(self._settings.bank).lock():
                await drain(self._record, self._vectors, self._encoder)
        except BankLocked:
            return False
        return True


def _replacement(item: Item, draft: Draft, critic: str, settings: Settings) -> Item:
    """The draft that an edit makes, in the slot of the item that it replaces; nothing of its measurements is kept."""
    origin = item.provenance.model_copy(
        update={
            "generator": PERSON,
            "critic": critic,
            "prompts": critic_prompts(settings),
            "session": "",
            "own_family": (),
        }
    )
    return Item.of(
        draft,
        status=Status.DRAFT,
        exit=Exit.EDITED,
        value_system=item.value_system,
        fresh=max(len(draft.wordings) - settings.grow.wordings, 0),
        provenance=origin,
        replaces=item.id,
    )


@asynccontextmanager
async def open_desk(settings: Settings, reviewer: str) -> AsyncIterator[Desk]:
    """The bank before a reviewer; other runs and reviewers may work on it meanwhile.

    Raises:
        InputError: no reviewer is named, or there is no bank.
    """
    if not reviewer.strip():
        raise InputError("--reviewer: names nobody", hint="say who decides: --reviewer NAME")
    folder = BankFolder(settings.bank)
    with open_record(settings) as record, open_encoder(settings) as encoder:
        vectors = await VectorStore.open(settings.memory.chroma_url or str(folder.chroma), encoder_id(encoder))
        try:
            desk = Desk(settings, record, vectors, encoder, " ".join(reviewer.split()))
            try:
                yield desk
            finally:
                await desk.close()
        finally:
            await vectors.close()
