"""Checking a bank, and mending of it what can be mended without loss."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress

from cruxbank.app.looking import open_record
from cruxbank.app.runs import now
from cruxbank.config.settings import Settings
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import StoreError
from cruxbank.frozen import Frozen
from cruxbank.memory import lock
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.findings import Inconsistency
from cruxbank.memory.outbox import rebuild
from cruxbank.memory.probe import check_readable
from cruxbank.memory.record import Record
from cruxbank.memory.repair import DONE, repair_files, repair_record, repair_vectors, set_aside
from cruxbank.memory.vectors import VectorStore
from cruxbank.memory.verify import verify, verify_record
from cruxbank.memory.verify_runs import REPORT

_OF_VECTORS = frozenset({"missing_vector", "stray_vector", "stale_summary", "vectors_unreadable", "outbox"})


class Verified(Frozen):
    """What was found; with a repair: what is mended, and what is left."""

    left: tuple[Inconsistency, ...]
    mended: tuple[Inconsistency, ...] = ()


def verify_bank(settings: Settings, *, again: bool = False, repair: bool = False) -> Verified:
    """Every disagreement between record, vectors, ledger and run folders.

    again: make the vectors anew first. repair: mend what can be mended without loss, and check again: only what the
    second check no longer finds counts as mended.

    Raises:
        BankLocked: a run holds the bank, and `again` or `repair` is set.
        StoreError: `again` is set, and Chroma cannot be opened.
    """
    folder = BankFolder(settings.bank)
    with ExitStack() as stack:
        record = stack.enter_context(open_record(settings))
        if again or repair:
            stack.enter_context(folder.lock())
        encoder = load_encoder(settings.memory.encoder)
        stack.callback(encoder.close)
        return asyncio.run(_Check(settings, record, encoder, folder).go(again=again, repair=repair))


class _Check:
    """One check over an open record."""

    def __init__(self, settings: Settings, record: Record, encoder: Encoder, folder: BankFolder) -> None:
        self._settings = settings
        self._record = record
        self._encoder = encoder
        self._folder = folder
        self._place = settings.memory.chroma_url or str(folder.chroma)

    async def go(self, *, again: bool, repair: bool) -> Verified:
        """Check; with `repair` mend and check again."""
        held = again or repair
        if again:
            await self._rebuild()
        found = await self._find(held)
        if not repair or not any(one.kind in DONE for one in found):
            return Verified(left=tuple(found))
        await self._mend(found)
        left = await self._find(held)
        still = {(one.kind, one.ref) for one in left}
        return Verified(left=tuple(left), mended=tuple(one for one in found if (one.kind, one.ref) not in still))

    async def _find(self, held: bool) -> list[Inconsistency]:
        vectors = await self._open()
        try:
            idle = held or lock.is_free(self._folder.path / "lock")
            return await verify(self._record, vectors, self._folder, idle=idle)
        finally:
            if isinstance(vectors, VectorStore):
                await vectors.close()

    async def _open(self) -> VectorStore | StoreError:
        if not self._settings.memory.chroma_url and (
            refusal := await asyncio.to_thread(check_readable, self._folder.chroma)
        ):
            return refusal
        try:
            return await VectorStore.open(self._place, encoder_id(self._encoder))
        except StoreError as error:
            return error

    async def _rebuild(self) -> None:
        vectors = await self._open()
        if isinstance(vectors, StoreError):
            raise vectors
        try:
            await rebuild(self._record, vectors, self._encoder)
        finally:
            await vectors.close()

    async def _mend(self, found: list[Inconsistency]) -> None:
        known, _ = await asyncio.to_thread(verify_record, self._record)
        await asyncio.to_thread(repair_record, self._record, known, found)
        await asyncio.to_thread(repair_files, self._folder, found)
        await asyncio.to_thread(self._reports, found)
        if not any(one.kind in _OF_VECTORS for one in found):
            return
        if any(one.kind == "vectors_unreadable" for one in found) and not self._settings.memory.chroma_url:
            set_aside(self._folder)
        vectors = await self._open()
        if isinstance(vectors, StoreError):
            return
        try:
            await repair_vectors(self._record, vectors, self._encoder, known, found)
        except (StoreError, ValueError):  # Chroma refuses, or a payload that waits for its vector cannot be read
            return  # the second check names it
        finally:
            await vectors.close()

    def _reports(self, found: list[Inconsistency]) -> None:
        from cruxbank.report.page import run_report

        for one in found:
            if one.kind == "report_missing":
                run = one.ref.partition("/")[0]
                target = self._folder.path / "runs" / run / REPORT
                with suppress(ValueError, KeyError):  # of a payload that cannot be read, which the check names
                    run_report(self._record, run, self._settings, target, generated_at=now())
