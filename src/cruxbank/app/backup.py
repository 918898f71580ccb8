"""A bank as one file, and a bank from such a file."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cruxbank.app.looking import open_record
from cruxbank.config.settings import Settings
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import BankMismatch, CruxbankError, InputError, StoreError
from cruxbank.frozen import Frozen
from cruxbank.memory import archive
from cruxbank.memory.archive import Manifest
from cruxbank.memory.backup import collect
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.restore import check, place_for, unpack
from cruxbank.memory.vectors import VectorStore


class Restored(Frozen):
    """What a restore came to."""

    manifest: Manifest
    vectors: int
    """Rows written to Chroma."""
    waiting: str = ""
    """Why vectors were left to be made later; empty when they are there."""


def backup_bank(settings: Settings, file: Path, *, force: bool = False) -> Manifest:
    """Write the bank to one file, read it back whole, and only then give it its name. A run may go on meanwhile.

    Raises:
        InputError: no bank, or the file is there already and `force` is not set, or it lies inside the bank.
        StoreError: a part cannot be read, or the file not be written.
    """
    _check_target(settings, file, force)
    with _beside(file) as folder, open_record(settings) as record:
        (folder / "parts").mkdir()
        manifest = collect(record, BankFolder(settings.bank), folder / "parts")
        with (folder / "file").open("wb") as target:
            archive.write(manifest, folder / "parts", target)
            target.flush()
            os.fsync(target.fileno())
        check(folder / "file")
        (folder / "file").replace(file)
    return manifest


def _check_target(settings: Settings, file: Path, force: bool) -> None:
    if file.is_dir():
        raise InputError(f"{file}: is a folder", hint="name a file, bank.crux for example")
    if file.exists() and not force:
        raise InputError(f"{file}: already exists", hint="choose another name, or overwrite with --force")
    if file.resolve().is_relative_to(settings.bank.resolve()):
        raise InputError(f"{file}: lies inside the bank", hint="there it is lost with the bank: choose another folder")


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A folder beside the file that is gone again at the end."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=file.parent, prefix=f".{file.name}."))
    except OSError as error:
        raise _refused(file, error) from error
    try:
        yield folder
    except OSError as error:
        raise _refused(file, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refused(path: Path, error: OSError) -> StoreError:
    message = f"{path}: cannot be written ({error.strerror or error})"
    return StoreError(message, hint="check space and permissions")


def restore_bank(file: Path, out: Path, *, record_url: str | None = None, vectors: bool = True) -> Restored:
    """Make a bank from a backup: checked whole first, then built beside `out`, then moved there at once.

    Raises:
        InputError: a damaged or foreign file, or `out` is not empty, or the database is not; nothing was written.
        BankMismatch: a newer cruxbank made it.
        StoreError: the disk or the database refuses; nothing stays.
    """
    manifest = check(file)
    building = place_for(out, manifest.size)
    try:
        _build(file, building, out, record_url)
    except OSError as error:
        raise _refused(out, error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    made, waiting = _vectors(out, record_url) if vectors else (0, "left out, as asked")
    return Restored(manifest=manifest, vectors=made, waiting=waiting)


def _build(file: Path, building: Path, out: Path, record_url: str | None) -> None:
    bank = building / "bank"
    bank.mkdir()  # with the permissions that new folders have here; the one around it is closed to all others

    def appear() -> None:
        bank.replace(out)

    if record_url is None:  # SQLite's file moves with the folder, and must be closed for that
        unpack(file, bank, None, lambda: None)
        appear()
        return
    try:
        unpack(file, bank, record_url, appear)
    except BaseException:
        if not bank.exists():  # it was moved, but the database did not take the rows
            shutil.rmtree(out, ignore_errors=True)
        raise


def _vectors(bank: Path, record_url: str | None) -> tuple[int, str]:
    """Make the vectors with the encoder that the bank names; what hinders is told, since the bank is whole without."""
    folder = BankFolder(bank)
    wanted = folder.read().encoder
    try:
        encoder = load_encoder(wanted.name)
        try:
            if encoder_id(encoder) != wanted:
                raise BankMismatch(f"encoder {wanted.name}: other weights than the bank's")
            with folder.lock():
                return asyncio.run(_drain(folder, record_url, encoder)), ""
        finally:
            encoder.close()
    except CruxbankError as error:
        return 0, error.message


async def _drain(folder: BankFolder, record_url: str | None, encoder: Encoder) -> int:
    record = await asyncio.to_thread(Record.open, record_url or str(folder.record))
    store = await VectorStore.open(str(folder.chroma), encoder_id(encoder))
    try:
        return await drain(record, store, encoder)
    finally:
        await store.close()
        record.close()
