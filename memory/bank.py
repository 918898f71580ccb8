"""The bank folder: what it was made with, where its parts lie, who holds it (CONTRACTS 3)."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import ValidationError

from cruxbank.errors import BankMismatch, InputError, StoreError
from cruxbank.frozen import Frozen
from cruxbank.memory import lock
from cruxbank.memory.embeds import EncoderId
from cruxbank.whole import write_whole

SCHEMA = 1
_RUN = re.compile(r"(\d+)-([0-9a-f]{8})")


class BankInfo(Frozen):
    """The content of bank.json."""

    schema_version: int = SCHEMA
    encoder: EncoderId
    value_system: str
    system_digest: str = ""
    """Of the definitions that the readers see; empty in banks made before it was kept."""


class BankFolder:
    """A bank's folder. Making the object touches nothing; `create`, `open` and `ensure` read or write bank.json."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def info_file(self) -> Path:
        """bank.json."""
        return self.path / "bank.json"

    @property
    def record(self) -> Path:
        """The record, when it is SQLite."""
        return self.path / "record.sqlite"

    @property
    def ledger(self) -> Path:
        """The ledger."""
        return self.path / "ledger.sqlite"

    @property
    def checkpoints(self) -> Path:
        """LangGraph's checkpoints, when they are SQLite."""
        return self.path / "checkpoints.sqlite"

    @property
    def chroma(self) -> Path:
        """Chroma's folder, when it is embedded."""
        return self.path / "chroma"

    @property
    def exists(self) -> bool:
        """Whether there is a bank here."""
        return self.info_file.is_file()

    def ensure(self, encoder: EncoderId, value_system: str, system_digest: str = "") -> BankInfo:
        """Open the bank, or create it where there is none.

        Raises:
            BankMismatch: the bank was made with something else; names the field, both values, the way out.
            StoreError: the folder cannot be written.
        """
        wanted = BankInfo(encoder=encoder, value_system=value_system, system_digest=system_digest)
        if not self.exists:
            self._write(wanted)
            return wanted
        found = self.read()
        self._check(found, wanted)
        return found

    def read(self) -> BankInfo:
        """What the bank was made with.

        Raises:
            InputError: there is no bank here.
            BankMismatch: a newer cruxbank made it.
            StoreError: bank.json cannot be read.
        """
        if not self.exists:
            raise InputError(f"bank {self.path}: there is no bank here", hint="crux grow makes one; or correct bank:")
        try:
            found = BankInfo.model_validate_json(self.info_file.read_bytes())
        except (OSError, ValidationError) as error:
            message = f"{self.info_file}: not a bank's description"
            raise StoreError(message, hint="restore this file from a backup") from error
        if found.schema_version > SCHEMA:
            message = f"{self.info_file}: schema version {found.schema_version}, this cruxbank knows up to {SCHEMA}"
            raise BankMismatch(message, hint="install the newer cruxbank that made this bank")
        return found

    def lock(self) -> AbstractContextManager[None]:
        """Hold the bank for a run; a second holder is refused with BankLocked. The folder must exist."""
        return lock.hold(self.path / "lock")

    def run_folder(self, run_id: str) -> Path:
        """`runs/<run id>`, made if need be.

        Raises:
            InputError: not an id that `run_id` gives (an id is never a path).
        """
        if not _RUN.fullmatch(run_id):
            raise InputError(
                f"run '{run_id}': not a run id", hint="<number>-<8 hex digits>, see the bank's runs folder"
            )
        folder = self.path / "runs" / run_id
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(folder, error) from error
        return folder

    def run_ids(self) -> tuple[str, ...]:
        """Ids of the run folders, by number."""
        runs = self.path / "runs"
        names = [entry.name for entry in runs.iterdir() if _RUN.fullmatch(entry.name)] if runs.is_dir() else []
        return tuple(sorted(names, key=lambda name: (int(name.split("-")[0]), name)))

    def _check(self, found: BankInfo, wanted: BankInfo) -> None:
        pairs = {
            "encoder": (found.encoder.name, wanted.encoder.name, "memory.encoder"),
            "encoder's dimension": (found.encoder.dimension, wanted.encoder.dimension, "memory.encoder"),
            "encoder's weights": (found.encoder.digest, wanted.encoder.digest, "memory.encoder"),
            "value system": (found.value_system, wanted.value_system, "values"),
        }
        if found.system_digest and wanted.system_digest:
            pairs["digest of the definitions"] = (found.system_digest, wanted.system_digest, "values")
        for name, (was, now, field) in pairs.items():
            if was != now:
                message = f"{self.info_file}: the {name} of this bank is {was}, the configuration gives {now}"
                raise BankMismatch(message, hint=f"set {field} back to what made the bank, or use another bank folder")

    def _write(self, info: BankInfo) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_whole(self.info_file, (info.model_dump_json(indent=1) + "\n").encode())
        except OSError as error:
            raise _refused(self.info_file, error) from error


def run_id(seq: int, config_hash: str) -> str:
    """`<seq>-<first 8 hex digits of the configuration's hash>`."""
    return f"{seq:04d}-{config_hash[:8]}"


def _refused(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path}: {error.strerror}", hint="check the disk and the permissions, or use another bank folder"
    )
