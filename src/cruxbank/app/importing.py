"""Items of a file into a bank, as drafts, through the gates that the generator's drafts pass (critic, memory)."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.tongues import same_language
from cruxbank.agents.wording_writer import WordingWriter, lacks
from cruxbank.app.checks import check_languages
from cruxbank.app.gate_agents import Agents, critic_prompts, open_agents, writer_of, writing_prompts
from cruxbank.app.gates import Gates, Verdict, open_gates
from cruxbank.app.import_asking import Asking, Heard
from cruxbank.app.import_files import Defaults, Format, Row, read_rows
from cruxbank.app.import_told import IN_BANK, UNREADABLE, Taken, told_of
from cruxbank.app.looking import open_encoder, open_record
from cruxbank.app.runs import describe, now, values_digest
from cruxbank.config.loading import config_hash
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.encoder import Encoder
from cruxbank.errors import BudgetExhausted, InputError, StoreError
from cruxbank.frozen import Frozen
from cruxbank.graphs.meter import Pulse
from cruxbank.items import Draft, Exit, Item, Neighbour, Provenance, Status, item_id
from cruxbank.memory.bank import BankFolder, run_id
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.imports import commit_import
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.models.ledger_queries import Spent
from cruxbank.values.systems import ValueSystem, digest, load_system

TOGETHER = 256
"""Lines whose texts are encoded together."""
ASKED = 16
"""Lines that the critic reads at once; the hub's own limits hold. TOGETHER is a multiple of it."""
AT_ONCE = 1_000
"""Ids in one question to the record: databases take so many and no more."""
TOLD = "import.json"
"""File of the run folder that has what became of every line."""


class ImportRequest(Frozen):
    """The arguments of one import."""

    file: Path
    topic: str = ""
    language: str = "en"
    dry_run: bool = False
    write_wordings: bool = True
    """Let the generator of crux.yaml, where it is a model, write the wordings that a question lacks."""


def import_items(
    settings: Settings, request: ImportRequest, tell: Callable[[int, int], None] = lambda _done, _of: None
) -> dict[str, Any]:
    """Read a file and enter what the gates let through, all in one transaction; returns what became of every line.

    tell: is told how many lines of how many are through.

    Raises:
        CruxbankError: bad input, no bank, a bank that a run holds, or a critic that cannot be asked.
    """
    return asyncio.run(_import(settings, request, tell))


async def _import(settings: Settings, request: ImportRequest, tell: Callable[[int, int], None]) -> dict[str, Any]:
    check_languages(settings)
    system = load_system(settings.values)
    folder = BankFolder(settings.bank)
    async with AsyncExitStack() as stack:
        record = stack.enter_context(open_record(settings))
        form, rows = read_rows(request.file, _defaults(settings, request, record, system))
        encoder = stack.enter_context(open_encoder(settings))
        folder.ensure(encoder_id(encoder), system.id, digest(system))
        if not request.dry_run:
            stack.enter_context(folder.lock())
        vectors = await VectorStore.open(settings.memory.chroma_url or str(folder.chroma), encoder_id(encoder))
        stack.push_async_callback(vectors.close)
        job = Job(settings, request, system, record, vectors, encoder)
        return await job.run(form, rows, tell)


def _defaults(settings: Settings, request: ImportRequest, record: Record, system: ValueSystem) -> Defaults:
    known = {topic.id: topic for topic in record.topics()}
    language = request.language or settings.languages[0]
    foreign = [one for one in settings.languages if not same_language(one, "en")]
    return Defaults(
        topic=request.topic.strip(),
        language=language,
        known=known,
        values=system.ids,
        languages=settings.languages,
        unread=foreign if settings.agents.critic == LOCAL else (),
    )


class Job:
    """One import over an open bank."""

    def __init__(
        self,
        settings: Settings,
        request: ImportRequest,
        system: ValueSystem,
        record: Record,
        vectors: VectorStore,
        encoder: Encoder,
    ) -> None:
        self._settings = settings
        self._request = request
        self._system = system
        self._record = record
        self._vectors = vectors
        self._encoder = encoder
        self._folder = BankFolder(settings.bank)
        self._hash = _hash(settings, request)
        self._writer = writer_of(settings) if request.write_wordings else ""
        self._run, self._begun = self._choose()

    def _choose(self) -> tuple[str, bool]:
        """The import of this file that was cut off, or the next run; whether it is begun."""
        runs = self._record.runs()
        open_ = [r for r in runs if r.kind == "import" and r.config_hash == self._hash and r.state == "running"]
        if open_ and not self._request.dry_run:
            return open_[-1].id, True
        return run_id(len(runs) + 1, self._hash), False

    async def run(self, form: Format, rows: Sequence[Row], tell: Callable[[int, int], None]) -> dict[str, Any]:
        """All lines through the gates, then into the record.

        A run of its own is begun when a model is paid, or at the end where something is taken: else there is none.
        """
        dry = self._request.dry_run
        if not any(lacks(row.draft, self._settings.grow.wordings) for row in rows if row.draft):
            self._writer = ""  # nothing is to be written: its prompt is none of the run's
        if self._begun:
            self._begin()  # cut off: its folder may be missing
        if not dry:
            await drain(self._record, self._vectors, self._encoder)
        async with self._agents() as agents:
            gates = await open_gates(
                self._settings, self._system, self._record, self._vectors, self._encoder, agents.critic
            )
            taken = await self._through(gates, rows, tell, agents.writer)
            name, spent = gates.critic, await agents.spent()
        items = [self._item(one, name) for one in taken if not one.refused and one.row.draft]
        if items and not dry:
            self._begin()
        told = self._told(form, taken, items, spent)
        if self._begun:
            await self._commit(items, told)
        return told

    def _begin(self) -> None:
        self._begun = True
        prompts = (*critic_prompts(self._settings), *(writing_prompts() if self._writer else ()))
        self._record.begin_run(self._run, self._hash, kind="import", seed=self._settings.seed, started_at=now())
        describe(self._folder.run_folder(self._run), self._settings, prompts)

    @asynccontextmanager
    async def _agents(self) -> AsyncIterator[Agents]:
        """The configured agents; the local rules alone where a dry run would have to pay for others."""
        if self._request.dry_run:
            yield Agents(LocalCritic())
            return
        ledger, first = self._folder.ledger, None if self._begun else self._begin
        writes = bool(self._writer)
        async with open_agents(self._settings, ledger, self._run, Pulse(), writes=writes, first=first) as agents:
            yield agents

    def _asking(self, gates: Gates, writer: WordingWriter | None) -> Asking:
        count = self._settings.grow.wordings
        return Asking(gates, writer, writes=bool(self._writer), wordings=count, run=self._run)

    async def _through(
        self,
        gates: Gates,
        rows: Sequence[Row],
        tell: Callable[[int, int], None],
        writer: WordingWriter | None = None,
    ) -> list[Taken]:
        found: list[Taken] = []
        asking = self._asking(gates, writer)
        known = self._known(row.draft for row in rows if row.draft)
        broke = False
        for start in range(0, len(rows), ASKED):
            few = rows[start : start + ASKED]
            if start % TOGETHER == 0:
                ahead = (one.draft for one in rows[start : start + TOGETHER] if one.draft)
                if new := [draft for draft in ahead if draft.id not in known]:
                    await gates.warm(new)
            fresh = {row.draft: row.line for row in few if row.draft and row.draft.id not in known}
            heard = {} if broke else await asking.hear(fresh)
            for row in few:
                tell(len(found), len(rows))
                found.append(await self._taken(gates, row, known, heard))
            broke = broke or any(isinstance(one.said, BudgetExhausted) for one in heard.values())
        return found

    async def _taken(self, gates: Gates, row: Row, known: Mapping[str, str], heard: Mapping[Draft, Heard]) -> Taken:
        """What becomes of a line; memory is asked in the order of the file."""
        if row.draft is None:
            return Taken(row, UNREADABLE, (row.wrong,))
        if row.draft.id in known:
            near = Neighbour(id=known[row.draft.id], cosine=1.0)
            return Taken(row, IN_BANK, (f"{near.id} has the same base wording",), near)
        whole = heard.get(row.draft)
        if whole is None or isinstance(whole.said, BudgetExhausted):
            why = whole.said if whole else None
            return Taken(row, Exit.BUDGET.value, (why.message,) if isinstance(why, BudgetExhausted) else ())
        row = row._replace(draft=whole.draft)
        verdict = whole.said if isinstance(whole.said, Verdict) else await gates.judge(whole.draft, whole.said)
        if verdict.exit is None:
            await gates.took(whole.draft)
        return Taken(row, verdict.exit.value if verdict.exit else "", verdict.reasons, verdict.nearest)

    def _known(self, drafts: Iterable[Draft]) -> dict[str, str]:
        """Id of a draft -> the item of the bank with the same base wording, in whatever language it stands there."""
        spoken = sorted({*self._settings.languages, *self._record.stats().languages})
        same = {draft.id: [draft.id, *(item_id(draft.text, one) for one in spoken)] for draft in drafts}
        keys = sorted({key for several in same.values() for key in several})
        parts = [keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE)]
        have = {key for part in parts for key in self._record.items_by_id(part)}
        found = {key: next((one for one in several if one in have), "") for key, several in same.items()}
        return {key: one for key, one in found.items() if one}

    def _item(self, taken: Taken, critic: str) -> Item:
        draft = taken.row.draft
        if draft is None:  # pragma: no cover - only lines that were read are taken
            raise RuntimeError("a line without a draft was taken")
        origin = Provenance(
            run=self._run,
            seed=self._settings.seed,
            slot=taken.row.line,
            generator=draft.generator,
            judge="",
            signed=self._settings.signed,
            critic=critic,
            prompts=(*critic_prompts(self._settings), *((draft.prompt,) if draft.prompt else ())),
            nearest=taken.nearest,
            origin="simulated" if self._settings.simulated else "real",
            fact=draft.fact,
            argument=draft.argument,
        )
        return Item.of(
            draft,
            status=Status.DRAFT,
            exit=Exit.IMPORTED,
            value_system=self._system.id,
            fresh=max(len(draft.wordings) - self._settings.grow.wordings, 0),
            provenance=origin,
        )

    def _told(self, form: Format, taken: Sequence[Taken], items: Sequence[Item], spent: Spent) -> dict[str, Any]:
        return told_of(taken) | {
            "file": str(self._request.file),
            "format": form,
            "taken": len(items),
            "items": [item.id for item in items],
            "run": self._run if self._begun else "",
            "dry_run": self._request.dry_run,
            "wordings": self._settings.grow.wordings,
            "asked": self._request.dry_run and self._settings.agents.critic != LOCAL,
            "writer": writer_of(self._settings),
            "write_wordings": self._request.write_wordings,
            "written": sum(self._completed(one) for one in taken),
            "calls": spent.calls,
            "usd": round(spent.usd, 6),
        }

    def _completed(self, one: Taken) -> bool:
        """Whether its wordings were written; in a dry run, whether they will be."""
        if one.row.draft is None or one.refused == IN_BANK:
            return False
        return one.row.draft.prompt is not None or (
            self._request.dry_run
            and not one.refused
            and bool(self._writer and lacks(one.row.draft, self._settings.grow.wordings))
        )

    async def _commit(self, items: Sequence[Item], told: dict[str, Any]) -> None:
        text = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1, default=str)
        path = self._folder.run_folder(self._run) / TOLD
        try:
            path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}", hint="check the disk, then import again") from error
        commit_import(self._record.database, self._run, items)
        await drain(self._record, self._vectors, self._encoder)
        self._record.finish_run(self._run, "every line is read", finished_at=now())


def _hash(settings: Settings, request: ImportRequest) -> str:
    """Of the file, of what the command line says of it, and of everything that changes what the gates say."""
    try:
        content = hashlib.sha256(request.file.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{request.file}: cannot be read ({error.strerror})", hint="check its permissions") from error
    what = f"import {content} {request.topic} {request.language}" + (" as it stands" * (not request.write_wordings))
    return config_hash(settings, what, values_digest(settings))
