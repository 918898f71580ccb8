"""Databases, fake encoders and ready-made items for the tests of memory."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cruxbank.items import Exit, Item, Outcome, Reading, Response, Status, Topic, Verdict, Wording
from cruxbank.measures import Counts, Separation
from cruxbank.memory.record import Record
from cruxbank.memory.rows import SlotCommit
from tests import made_items as made

if TYPE_CHECKING:
    from cruxbank.memory.bank import BankFolder
    from tests.memory.sound_bank import Bank


class BagOfWords:
    """A fake encoder: each word is a fixed random direction, a text the sum of its words. Texts alike in words are near."""

    name, dimension, digest = "bag-of-words", 64, "feedbeef"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.stack([self._one(text) for text in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    async def aencode(self, texts: Sequence[str]) -> np.ndarray:
        return self.encode(texts)

    def _one(self, text: str) -> np.ndarray:
        total = np.full(self.dimension, 1e-3)
        for word in text.lower().replace("?", " ").split():
            seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:8], "big")
            total += np.random.default_rng(seed).standard_normal(self.dimension)
        return total


class Factory:
    """Makes valid domain objects from a few words."""

    def topic(self, text: str = "rent control", domain: str = "economy", **more: Any) -> Topic:
        return Topic(text=text, domain=domain, **more)

    def item(
        self,
        text: str = "Should rent control be banned?",
        *,
        status: Status = Status.OPERATIONAL,
        exit: Exit | None = None,
        topic: Topic | None = None,
        joint: float | None = 0.4,
        run: str = "0001-aaaaaaaa",
        slot: int = 0,
        language: str = "en",
        extra: Sequence[str] = (),
        readings: int = 0,
    ) -> Item:
        exits = {Status.OPERATIONAL: Exit.ADMITTED, Status.PILOT: Exit.PILOT_LOW, Status.DRAFT: Exit.CRITIC}
        measured = joint is not None and status is not Status.DRAFT
        return made.made_item(
            text,
            separation(joint or 0.0) if measured else None,
            {"run": run, "slot": slot},
            wordings=(Wording(kind="base", text=text), *(Wording(kind="paraphrase", text=t) for t in extra)),
            language=language,
            topic=topic or self.topic(),
            status=status,
            exit=exit or exits[status],
            counts={"m1": Counts(asked=readings, answered=readings)} if readings else {},
        )

    def reading(self, item: str, model: str = "m1", wording: int = 0) -> Reading:
        response = Response(item=item, wording=wording, model=model, state="answered", stance="yes", key_points=("a",))
        verdict = Verdict(state="scored", outcomes={"power": Outcome.SUPPORTS}, judge="local")
        return Reading(response=response, verdict=verdict)

    def commit(self, slot: int = 0, item: Item | None = None, run: str = "0001-aaaaaaaa", **more: Any) -> SlotCommit:
        readings = more.pop("readings", ())
        values: dict[str, Any] = {"run": run, "slot": slot, "topic": item.topic if item else self.topic()}
        values["exit"] = item.exit if item else Exit.NOT_WRITTEN
        if item is not None:
            values |= {"item_id": item.id, "items": (item,), "readings": readings, "examinee_calls": 16}
            values["reward"] = item.separation.joint.est if item.separation else 0.0
        return SlotCommit(**(values | more))


def separation(joint: float) -> Separation:
    """Most of it on security, a third of that on power."""
    return made.separation(joint, {"security": joint, "power": joint / 3})


@pytest.fixture
def make() -> Factory:
    return Factory()


@pytest.fixture
def embeds() -> BagOfWords:
    return BagOfWords()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A private PostgreSQL server on loopback, as an unprivileged user; its URL without a database name."""
    initdb, pg_ctl = _tool("initdb"), _tool("pg_ctl")
    if not initdb or not pg_ctl:
        pytest.skip("no PostgreSQL server on this machine (initdb, pg_ctl)")
    as_user, owner = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="crux-pg-"))
    shutil.chown(folder, owner) if owner else None
    port = _free_port()
    data = folder / "data"
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=40"
    try:
        _do([*as_user, initdb, "-D", str(data), "-U", "crux", "-A", "trust", "--no-sync", "-E", "UTF8"])
        _do([*as_user, pg_ctl, "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start"])
        yield f"postgresql+psycopg://crux@127.0.0.1:{port}"
    finally:
        subprocess.run([*as_user, pg_ctl, "-D", str(data), "-m", "immediate", "stop"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _do(command: list[str]) -> None:
    # Not capture_output: the server inherits the pipe, and reading it to its end would wait for the server.
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False)
    if done.returncode:
        pytest.skip(f"PostgreSQL does not start here: {' '.join(command[-8:])} gave {done.returncode}")


def _tool(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def _unprivileged() -> tuple[list[str], str | None]:
    """How to run a command as somebody who is not root (the server refuses root)."""
    if os.getuid() != 0:
        return [], None
    users = {entry.pw_name for entry in pwd.getpwall()}
    owner = next((name for name in ("postgres", "nobody") if name in users), None)
    if owner is None or not shutil.which("runuser"):
        pytest.skip("PostgreSQL refuses to run as root, and there is no other user to run it as")
    return ["runuser", "-u", owner, "--"], owner


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database of each kind."""
    if request.param == "sqlite":
        yield str(tmp_path / "record.sqlite")
        return
    import psycopg

    server = request.getfixturevalue("postgres")
    name = "t" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]
    with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield f"{server}/{name}"


@pytest.fixture
def open_record(url: str) -> Iterator[Callable[[], Record]]:
    """Opens the same database as often as one likes; closes all at the end."""
    opened: list[Record] = []

    def open_one() -> Record:
        opened.append(Record.open(url))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def record(open_record: Callable[[], Record]) -> Record:
    """A record with one run."""
    fresh = open_record()
    fresh.begin_run("0001-aaaaaaaa", "a" * 64, seed=1)
    return fresh


# What the next three need is imported in them: tests of other folders take BagOfWords and Factory from here


@pytest.fixture
async def bank(tmp_path: Path, make: Factory, embeds: BagOfWords) -> AsyncIterator[Bank]:
    """A sound bank with its vectors."""
    from cruxbank.memory.outbox import drain
    from tests.memory.sound_bank import Bank

    found = Bank(tmp_path, make, embeds)
    store = await found.store()
    await drain(found.record, store, embeds)
    await store.close()
    yield found
    found.record.close()


@pytest.fixture
def home(tmp_path: Path) -> BankFolder:
    """A bank folder without a record."""
    from tests.memory.packed_bank import home_of

    return home_of(tmp_path / "bank")


@pytest.fixture
def backup(tmp_path: Path, home: BankFolder, make: Factory) -> Path:
    """The file of a bank with something in every table; the bank itself is in `home`."""
    from tests.memory.packed_bank import fill, packed

    record = Record.open(str(home.record))
    record.begin_run(made.RUN, "a" * 64, seed=1)
    fill(record, make)
    path = packed(record, home, tmp_path / "bank.tar.gz")
    record.close()
    return path
