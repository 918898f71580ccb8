"""Encoder, bank folder, lock, record, vectors, disk and servers, for `crux doctor`. The bank is only read."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from cruxbank.app.check import Check, failed
from cruxbank.app.estimate import estimate_run
from cruxbank.config.settings import Settings
from cruxbank.encoder import load_encoder
from cruxbank.errors import CruxbankError, StoreError
from cruxbank.memory.bank import BankFolder, BankInfo
from cruxbank.memory.database import parse_url
from cruxbank.memory.embeds import EncoderId, encoder_id
from cruxbank.memory.lock import holder
from cruxbank.memory.reading import MULTILINGUAL, UNREAD, base, languages_read
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.values.systems import digest, load_system

BYTES_PER_CALL = 12_000
"""Disk of one call: 7,900 in a simulated bank of 2,448 calls (ledger 4,800, record 2,100, vectors 900), half as much on
top for the longer prompts of an LLM judge and for the write-ahead logs."""
ROOM = 3
"""Free space below so many times the need is a warning."""
COPIED = 1_000_000_000
"""Bytes of record and vectors up to which a copy is opened; larger banks are left to `crux bank verify`."""
_RERUN = "run the same crux grow again: it drains the outbox"


def encoder(name: str) -> tuple[Check, EncoderId | None]:
    """The encoder loads and encodes; its fingerprint for the checks that follow."""
    started = time.perf_counter()
    try:
        loaded = load_encoder(name)
        try:
            vectors = loaded.encode(["rent control in big cities", "school uniforms"])
            identity = encoder_id(loaded)
        finally:
            loaded.close()
    except CruxbankError as error:
        return failed("encoder", error), None
    took = time.perf_counter() - started
    seen = f"{loaded.name}: {vectors.shape[1]} dimensions, loaded and tried in {took:.1f} s"
    return Check(name="encoder", state="ok", seen=seen, facts={"dimension": int(vectors.shape[1])}), identity


def languages(settings: Settings) -> Check:
    """Whether the encoder reads the languages of the items: else duplicates are told by their words alone there."""
    wanted = ", ".join(settings.languages)
    try:
        loaded = load_encoder(settings.memory.encoder)
        try:
            read = asyncio.run(languages_read(loaded, settings.languages))
        finally:
            loaded.close()
    except CruxbankError as error:
        return failed("languages", error)
    unread = [language for language in settings.languages if base(language) not in read]
    facts = {"languages": list(settings.languages), "unread": unread}
    if unread:
        seen = f"{wanted}: {settings.memory.encoder} does not read {', '.join(unread)}, so that {UNREAD}"
        return Check(name="languages", state="warning", seen=seen, fix=MULTILINGUAL, facts=facts)
    return Check(name="languages", state="ok", seen=f"{wanted}: the encoder reads them", facts=facts)


def store(settings: Settings, identity: EncoderId | None) -> Iterator[Check]:
    """Folder, bank.json, lock, record, outbox and vectors of an embedded bank."""
    folder = BankFolder(settings.bank)
    yield _writable(folder.path)
    if not folder.exists:
        yield Check(name="bank", state="ok", seen="there is no bank yet: crux grow makes one")
        return
    yield _made_with(folder, settings, identity)
    held = held_by(folder.path / "lock")
    if held:
        seen = f"a run holds the bank ({held}); it is looked at beside it, its vectors are not opened"
        yield Check(name="lock", state="warning", seen=seen, fix="wait until it ends before you start another run")
        yield _beside(folder)
        yield from _origin(folder.record, settings)
        return
    yield Check(name="lock", state="ok", seen="free")
    yield from _copied(folder, settings, identity)


def held_by(lock: Path) -> str:
    """Who holds a bank's lock, or "". Asks the kernel for a shared lock and lets go of it at once; writes nothing."""
    try:
        handle = lock.open("rb")
    except OSError:
        return ""
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return holder(lock)
    return ""


def _writable(path: Path) -> Check:
    there = _there(path)
    where = "the bank folder" if there == path else "the folder that the bank will be made in"
    if not there.is_dir():
        return Check(
            name="store", state="failed", seen=f"bank {path}: a file is in the way", fix="choose another bank:"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        fix = "change its permissions, or choose another bank:"
        return Check(name="store", state="failed", seen=f"bank {path}: {where} cannot be written", fix=fix)
    return Check(name="store", state="ok", seen=f"bank {path}: {where} can be written")


def _there(path: Path) -> Path:
    """The path, or the nearest of its parents that exists."""
    full = path.absolute()
    found = next((p for p in (full, *full.parents) if p.exists()), full)
    return path if found == full else found


def _made_with(folder: BankFolder, settings: Settings, identity: EncoderId | None) -> Check:
    try:
        info = folder.read() if identity is None else _as_made(folder, settings, identity)
    except CruxbankError as error:
        return failed("bank", error)
    seen = f"made with {info.encoder.name} and {info.value_system}; {len(folder.run_ids())} runs"
    return Check(name="bank", state="ok", seen=seen)


def _as_made(folder: BankFolder, settings: Settings, identity: EncoderId) -> BankInfo:
    system = load_system(settings.values)
    return folder.ensure(identity, system.id, digest(system))


def _beside(folder: BankFolder) -> Check:
    """Counts of a record that a run is writing, read as `crux bank stats` would."""
    try:
        items = _counted(folder.record, "SELECT count(*) FROM items")
    except sqlite3.Error as error:
        return Check(
            name="record", state="failed", seen=f"record.sqlite: {error}", fix="crux bank verify when it ended"
        )
    return Check(name="record", state="ok", seen=f"opens beside the run: {items} items", facts={"items": items})


def _counted(file: Path, query: str, *values: str) -> int:
    connection = sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True, timeout=5)
    try:
        return int(connection.execute(query, values).fetchone()[0])
    finally:
        connection.close()


def _origin(file: Path, settings: Settings) -> Iterator[Check]:
    """A warning where simulated and real answers would lie in one bank: no figure could be told from the other."""
    other = "real" if settings.simulated else "simulated"
    query = "SELECT count(*) FROM items WHERE json_extract(payload, '$.provenance.origin') = ?"
    try:
        items = _counted(file, query, other)
    except sqlite3.Error:
        return  # the check of the record tells what is wrong with it
    if items:
        mine = "simulated" if settings.simulated else "real"
        seen = f"{items} items here were made with {other} models, and these settings name {mine} ones"
        fix = f"set bank: to a folder of its own; one bank for both mixes figures of {other} and {mine} models"
        yield Check(name="origin", state="warning", seen=seen, fix=fix, facts={"items": items, "origin": other})


def _copied(folder: BankFolder, settings: Settings, identity: EncoderId | None) -> Iterator[Check]:
    """Open copies of record and vectors: opening the bank's own would touch its files."""
    parts = [*folder.path.glob("record.sqlite*"), folder.chroma]
    size = sum(_size(part) for part in parts)
    if size > COPIED or size * 2 > shutil.disk_usage(tempfile.gettempdir()).free:
        seen = f"record and vectors have {size / 1e9:.1f} GB and were not opened"
        yield Check(name="record", state="skipped", seen=seen, fix="crux bank verify opens and compares them")
        return
    with tempfile.TemporaryDirectory() as aside:
        copy = Path(aside)
        for part in parts:
            if part.is_dir():
                shutil.copytree(part, copy / part.name)
            elif part.exists():
                shutil.copyfile(part, copy / part.name)
        if settings.memory.record_url is None:
            yield _record(copy / folder.record.name)
            yield from _origin(copy / folder.record.name, settings)
        if settings.memory.chroma_url is None:
            yield _chroma(copy / folder.chroma.name, identity)


def _size(part: Path) -> int:
    files = part.rglob("*") if part.is_dir() else [part]
    return sum(file.stat().st_size for file in files if file.is_file())


def _record(file: Path) -> Check:
    if not file.exists():
        return Check(name="record", state="warning", seen="record.sqlite is not there", fix="crux grow makes it")
    try:
        record = Record.open(str(file))
        try:
            stats = record.stats()
        finally:
            record.close()
    except CruxbankError as error:
        return failed("record", error)
    facts = {"items": stats.items, "outbox": stats.outbox, "runs": stats.runs, "by_status": stats.by_status}
    seen = f"opens: {stats.items} items, {stats.topics} topics, {stats.runs} runs, {stats.outbox} rows in the outbox"
    if stats.outbox:
        return Check(name="record", state="warning", seen=seen, fix=_RERUN, facts=facts)
    return Check(name="record", state="ok", seen=seen, facts=facts)


def _chroma(folder: Path, identity: EncoderId | None) -> Check:
    if not folder.is_dir():
        fix = "crux bank verify --rebuild makes the vectors from the record"
        return Check(name="vectors", state="warning", seen="the chroma folder is not there", fix=fix)
    if identity is None:
        return Check(name="vectors", state="skipped", seen="not opened: no encoder to compare with")
    try:
        items, topics = asyncio.run(_counts(str(folder), identity))
    except CruxbankError as error:
        return failed("vectors", error)
    facts = {"items": items, "topics": topics}
    return Check(name="vectors", state="ok", seen=f"open: {items} items, {topics} topics", facts=facts)


async def _counts(location: str, identity: EncoderId) -> tuple[int, int]:
    vectors = await VectorStore.open(location, identity)
    try:
        return await vectors.count("items"), await vectors.count("topics")
    finally:
        await vectors.close()


def disk(settings: Settings) -> Check:
    """Free bytes where the bank lies, against what the configured run may write."""
    free = shutil.disk_usage(_there(settings.bank).absolute()).free
    calls = int(estimate_run(settings)["calls"])
    need = calls * BYTES_PER_CALL
    seen = f"{free / 1e9:.1f} GB free; the configured run may write {need / 1e9:.2f} GB ({calls} calls)"
    facts = {"free_bytes": free, "need_bytes": need}
    if free < need:
        fix = "free space on this disk, choose another bank:, or lower the budget"
        return Check(name="disk", state="failed", seen=seen, fix=fix, facts=facts)
    if free < ROOM * need:
        return Check(name="disk", state="warning", seen=seen, fix="free space before a long run", facts=facts)
    return Check(name="disk", state="ok", seen=seen, facts=facts)


def servers(settings: Settings) -> Iterator[Check]:
    """PostgreSQL and Chroma servers, where the settings name them. Nothing is created there."""
    memory = settings.memory
    if memory.record_url is not None:
        yield _database(memory.record_url)
    if memory.chroma_url is not None:
        yield _chroma_server(memory.chroma_url)


def _database(url: str) -> Check:
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.exc import SQLAlchemyError

    try:
        parsed = parse_url(url)
    except CruxbankError as error:
        return failed("database", error)
    shown = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() == "sqlite":
        return Check(name="database", state="ok", seen="memory.record_url: an SQLite file")
    try:
        engine = create_engine(parsed, connect_args={"connect_timeout": 5})
        try:
            made = inspect(engine).has_table("items")
        finally:
            engine.dispose()
    except ImportError:
        fix = "pip install 'cruxbank[postgres]'"
        return Check(name="database", state="failed", seen=f"{shown}: the driver psycopg is not installed", fix=fix)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        fix = "start the server, or correct memory.record_url"
        return Check(name="database", state="failed", seen=f"{shown}: {reason}", fix=fix)
    seen = f"{shown}: answers, {'with' if made else 'without'} a record"
    return Check(name="database", state="ok", seen=seen)


def _chroma_server(url: str) -> Check:
    from cruxbank.memory.chroma import connect

    try:
        client = connect(url)
        try:
            client.heartbeat()
        finally:
            client.close()
    except CruxbankError as error:
        return failed("chroma", error)
    except Exception as error:  # noqa: BLE001 - its client raises ValueError, httpx errors and others
        hint = "start it (chroma run), or remove memory.chroma_url"
        return failed("chroma", StoreError(f"memory.chroma_url: {type(error).__name__}", hint=hint))
    return Check(name="chroma", state="ok", seen=f"{url}: answers")
