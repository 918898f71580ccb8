"""The gates that a draft from outside a run passes: the critic, memory, and the drafts that wait to be measured.

`crux grow` has the same gates as nodes of its graph; there the drafts of one round stand where the waiting ones stand here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from cruxbank.agents.llm_critic import FAILED
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.roles import Brief, Critic
from cruxbank.config.settings import Settings
from cruxbank.graphs.assembly import draft_of
from cruxbank.items import Draft, Exit, Item, Neighbour, Status, item_id, normalise
from cruxbank.memory.dedup import DuplicateChecker, question_of, wording_hashes
from cruxbank.memory.embeds import Embeds
from cruxbank.memory.lexical import word_key
from cruxbank.memory.masking import mask_topic
from cruxbank.memory.queries import WAITING
from cruxbank.memory.reading import languages_read
from cruxbank.memory.record import Record
from cruxbank.memory.thresholds import Thresholds
from cruxbank.memory.vectors import VectorStore
from cruxbank.values.systems import ValueSystem

_CUT = Thresholds()
_SLACK = 1e-4
_FULL = min(_CUT.cross_subject, _CUT.published) - _SLACK
"""Least full-text cosine of two questions on two subjects of which one can repeat the other."""
_PART = 3 * _CUT.same_subject - 2 - _SLACK
"""The same on one subject: a mean of three cosines, of which two are at most 1."""


class Verdict(NamedTuple):
    """What the gates say: no exit where the draft may enter."""

    exit: Exit | None
    reasons: tuple[str, ...] = ()
    nearest: Neighbour | None = None


class Waiting:
    """Drafts that nobody has measured yet. Says which of them a new one may repeat, so that not every pair is compared."""

    def __init__(self, embeds: Embeds) -> None:
        self._embeds = embeds
        self._drafts: list[Draft] = []
        self._ids: set[str] = set()
        self._owners: dict[str, list[int]] = {}
        self._keys: dict[int, str] = {}
        self._said: dict[str, list[int]] = {}
        self._texts = np.zeros((0, embeds.dimension), dtype=np.float32)
        self._topics = np.zeros((0, embeds.dimension), dtype=np.float32)

    def __len__(self) -> int:
        return len(self._drafts)

    def __contains__(self, key: str) -> bool:
        return key in self._ids

    async def add(self, drafts: Sequence[Draft]) -> None:
        """Take in more drafts."""
        if not drafts:
            return
        for place, draft in enumerate(drafts, len(self._drafts)):
            self._keys[place] = word_key(draft.text)
            for wording in draft.wordings:
                self._said.setdefault(normalise(wording.text), []).append(place)
            for key in wording_hashes(draft):
                self._owners.setdefault(key, []).append(place)
        self._drafts += drafts
        self._ids |= {draft.id for draft in drafts}
        self._texts = np.concatenate([self._texts, await self._embeds.aencode([d.text for d in drafts])])
        self._topics = np.concatenate([self._topics, await self._embeds.aencode([d.topic.text for d in drafts])])

    def same(self, draft: Draft) -> list[str]:
        """Ids of those that share a wording, in whatever language they say it is."""
        places = {place for one in draft.wordings for place in self._said.get(normalise(one.text), ())}
        return [self._drafts[place].id for place in sorted(places)]

    async def like(self, draft: Draft) -> list[Draft]:
        """Those that share a wording or nearly all words, or are near enough for the meaning gate to compare; in order."""
        if not self._drafts:
            return []
        text, topic = await self._embeds.aencode([draft.text, draft.topic.text])
        near, subject = self._texts @ text, self._topics @ topic >= _CUT.subject - _SLACK
        found = set(np.flatnonzero((near >= _FULL) | (subject & (near >= _PART))).tolist())
        found |= {place for key in wording_hashes(draft) for place in self._owners.get(key, ())}
        cut = _CUT.lexical * 100 - 1e-3
        alike = process.extract(word_key(draft.text), self._keys, scorer=fuzz.ratio, score_cutoff=cut, limit=None)
        return [self._drafts[place] for place in sorted(found | {place for *_, place in alike})]


class Gates:
    """Critic and memory of one bank, for drafts that come from outside a run."""

    def __init__(
        self,
        settings: Settings,
        system: ValueSystem,
        record: Record,
        critic: Critic,
        checker: DuplicateChecker,
        waiting: Waiting,
        embeds: Embeds,
    ) -> None:
        self._settings = settings
        self._system = system
        self._record = record
        self._critic = critic
        self._checker = checker
        self._waiting = waiting
        self._embeds = embeds
        self._languages = frozenset({*settings.languages, *record.stats().languages})

    @property
    def critic(self) -> str:
        """The critic's name."""
        return self._critic.name

    async def criticise(self, draft: Draft, run: str, slot: int) -> tuple[str, ...]:
        """The critic's reasons against a draft; none where it may be asked."""
        return (await self._critic.review(draft, self._brief(draft, run, slot))).review.reasons

    async def rules(self, draft: Draft, run: str, slot: int) -> tuple[str, ...]:
        """The reasons of the local rules alone, whatever critic is configured: they cost nothing."""
        return (await LocalCritic().review(draft, self._brief(draft, run, slot))).review.reasons

    def _brief(self, draft: Draft, run: str, slot: int) -> Brief:
        return Brief(
            topic=draft.topic,
            system=self._system,
            language=draft.language,
            wordings=self._settings.grow.wordings,
            kind=draft.kind,
            seed=self._settings.seed,
            run=run,
            slot=slot,
        )

    async def remember(self, draft: Draft, apart_from: Collection[str] = ()) -> Verdict:
        """Whether memory, or a draft that waits, has this crux already."""
        if twin := self._same_text(draft, apart_from):
            return twin
        check = await self._checker.check(draft, apart_from=apart_from)
        if check.ok:
            near = check.nearest
            like = [other for other in await self._waiting.like(draft) if other.id not in apart_from]
            check = await self._checker.check_window(draft, like)
            if check.ok:
                return Verdict(None, nearest=near)
        return Verdict(check.exit or Exit.DUPLICATE_MEANING, (check.detail,), check.nearest)

    def _same_text(self, draft: Draft, apart_from: Collection[str]) -> Verdict | None:
        """The same words under the code of another language: the checker's gates compare within one, and a file may claim
        any of the bank's."""
        others = self._languages - {draft.language}
        keys = sorted({item_id(wording.text, one) for wording in draft.wordings for one in others})
        owners = [(key, Exit.DUPLICATE_TEXT) for key in (self._record.find_wordings(keys, None) if keys else ())]
        owners += [(key, Exit.DUPLICATE_IN_WINDOW) for key in (self._waiting.same(draft) if others else ())]
        found = next(((key, exit_) for key, exit_ in owners if key not in apart_from and key != draft.id), None)
        if found is None:
            return None
        return Verdict(found[1], (f"a wording of {found[0]} has the same words",), Neighbour(id=found[0], cosine=1.0))

    async def judge(self, draft: Draft, reasons: tuple[str, ...]) -> Verdict:
        """Both gates, the critic's reasons first."""
        if reasons:
            return Verdict(Exit.FAILED if FAILED in reasons else Exit.CRITIC, reasons)
        return await self.remember(draft)

    async def warm(self, drafts: Sequence[Draft]) -> None:
        """Encode together what the gates will ask of these drafts: one by one takes the encoder several times as long."""
        asked = [question_of(draft) for draft in drafts]
        parts = ((q.text, q.topic, q.subject, mask_topic(q.text, q.subject)) for q in asked)
        await self._embeds.aencode(list(dict.fromkeys(text for four in parts for text in four)))

    async def took(self, draft: Draft) -> None:
        """This draft entered: the next ones are compared with it."""
        await self._waiting.add([draft])

    async def refresh(self) -> None:
        """Take in the drafts that wait in the record by now, whoever put them there."""
        fresh = [item for item in waiting_items(self._record) if item.id not in self._waiting]
        await self._waiting.add([draft_of(item) for item in fresh])


async def open_gates(
    settings: Settings, system: ValueSystem, record: Record, vectors: VectorStore, embeds: Embeds, critic: Critic
) -> Gates:
    """Gates over a bank as it stands."""
    reads = await languages_read(embeds, {*settings.languages, *record.stats().languages})
    checker = DuplicateChecker(record, vectors, embeds, rule=settings.duplicate_rule, reads=reads)
    gates = Gates(settings, system, record, critic, checker, Waiting(embeds), embeds)
    await gates.refresh()
    return gates


def waiting_items(record: Record) -> list[Item]:
    """The drafts that passed the gates and that nobody has measured, in the order in which they came."""
    drafts = record.items(Status.DRAFT, order="seq")
    return [item for item in drafts if item.exit in WAITING]
