"""The Python interface: what the commands do, as functions and objects. `import cruxbank` gives the names.

Everything here hands on to `cruxbank.app`; blocking calls also work where an event loop already runs (a notebook).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import yaml
from pydantic import Field

from cruxbank.api_export import Exporting, status_of
from cruxbank.blocking import run_blocking
from cruxbank.config import loading
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.display import bits, html_table, label, round_line
from cruxbank.errors import CruxbankError, InputError
from cruxbank.frozen import Frozen
from cruxbank.items import Item, Reading, Status, Topic
from cruxbank.values.systems import ValueSystem, load_system

if TYPE_CHECKING:
    from cruxbank.encoder import Encoder
    from cruxbank.memory.record import Record
    from cruxbank.memory.rows import BankStats, Change

__all__ = [
    "Bank",
    "CruxbankError",
    "Found",
    "Item",
    "Items",
    "RunResult",
    "Settings",
    "Topic",
    "ValueSystem",
    "agrow",
    "estimate",
    "grow",
    "load_settings",
    "load_system",
]

SHOWN = 20
"""Items that a plain listing shows."""
Source = Settings | Path | str
"""Ready settings, a crux.yaml, or the name of a preset."""
Listener = Callable[[Mapping[str, Any]], object]
"""Takes one event of a run: {"event": "round_committed", "operational": 12, ...}, as in the run's events.jsonl."""


def load_settings(source: Source = "crux.yaml", **overrides: Any) -> Settings:
    """Settings from a crux.yaml, from a preset's name ("simulated"), or from settings with something changed.

    `overrides` are sections and fields of crux.yaml and win over it:

    >>> load_settings("simulated", bank="my-bank", budget={"calls": 500}).budget.calls
    500

    Raises:
        ConfigError: no such file, or a field that cannot be used; names the field, the value and the way out.
    """
    if isinstance(source, Settings):
        plain = source.model_dump(mode="json", by_alias=True)
        return loading.settings_from(plain, overrides) if overrides else source
    if isinstance(source, str) and source in presets():
        return loading.settings_from(yaml.safe_load(presets()[source]), overrides)
    return loading.load_settings(Path(source), overrides)


class RunResult(Frozen):
    """How a run ended. `reason` says why; `bank` is the folder to open next."""

    run: str
    reason: str
    bank: Path
    origin: str
    """`simulated` or `real`."""
    resumed: bool
    exit_code: int
    """0 done or budget ended, 3 too much unscored."""
    operational: int
    """Operational items of the whole bank."""
    run_operational: int
    """Operational items of this run."""
    drafts: int
    topics: int
    topics_tried: int
    topics_operational: int
    domains: int
    slots: int
    median: float
    """Median joint separation of the operational items, bits."""
    best: float
    calls: int
    """Logical calls that the run's slots used."""
    tokens: int
    usd: float
    paid: Mapping[str, Any] = Field(repr=False)
    """New money of this run by the ledger: attempts, answers, tokens, usd, by purpose and by model."""

    def _repr_html_(self) -> str:
        rows = [
            (name, getattr(self, name)) for name in ("run", "reason", "operational", "drafts", "calls", "usd", "bank")
        ]
        return html_table(("", "value"), rows, caption=label(self.origin == "simulated"))


class _Listening:
    """Hands the events of a run to a function; satisfies `graphs.events.Events`."""

    def __init__(self, progress: Listener | bool) -> None:
        self._tell: Listener | None = _to_stderr if progress is True else progress or None

    def emit(self, name: str, **fields: Any) -> None:
        """Take one event."""
        if self._tell is not None:
            self._tell({"event": name, **fields})


def _to_stderr(event: Mapping[str, Any]) -> None:
    if event["event"] == "round_committed":
        sys.stderr.write(round_line(event) + "\n")
    elif event["event"] == "waiting":
        sys.stderr.write(f"stopping: waiting for {event['requests']} answers that are on the way and paid for\n")


def grow(source: Source = "crux.yaml", *, progress: Listener | bool = True, **overrides: Any) -> RunResult:
    """Grow a bank until a budget ends. After a stop the same call goes on where it stopped.

    progress: True writes one line a round to stderr; a function takes every event as a mapping; False is silent.

    Raises:
        CruxbankError: bad input, an environment that is not ready, or endpoints that refuse.
    """
    return run_blocking(lambda: agrow(source, progress=progress, **overrides))


async def agrow(source: Source = "crux.yaml", *, progress: Listener | bool = True, **overrides: Any) -> RunResult:
    """`grow` for code that is already asynchronous: `result = await agrow("simulated", budget={"calls": 500})`."""
    settings = load_settings(source, **overrides)
    from cruxbank.app.grow import agrow_bank
    from cruxbank.graphs.meter import Pulse

    told = await agrow_bank(settings, _Listening(progress), Pulse())
    return RunResult.model_validate({name: told[name] for name in RunResult.model_fields})


def estimate(source: Source = "crux.yaml", **overrides: Any) -> dict[str, Any]:
    """Calls, tokens and US dollars of a run that uses its whole budget, with the assumptions; nothing is sent."""
    settings = load_settings(source, **overrides)
    from cruxbank.app.estimate import estimate_run

    return dict(estimate_run(settings))


class Items(tuple[Item, ...]):
    """Items in order. A tuple that a notebook shows as a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        lines = [f"{i.id}  {bits(i) or 'not measured'}  {i.text!r}" for i in self[:SHOWN]]
        return "\n".join(lines if len(self) <= SHOWN else [*lines, f"... {len(self)} items"])

    def _repr_html_(self) -> str:
        rows = [(i.id, bits(i), i.topic.domain, i.status.value, i.text) for i in self]
        simulated = any(i.provenance.origin == "simulated" for i in self)
        head = ("id", "bits (95 % interval)", "domain", "status", "question")
        return html_table(head, rows, caption=label(simulated))


class Found(NamedTuple):
    """An item near a text, with the cosine of the two."""

    cosine: float
    item: Item

    def __repr__(self) -> str:
        return f"Found({self.cosine:.2f}, {self.item.id}, {self.item.text!r})"


class Bank(Exporting):
    """One bank, open for reading. Close it, or use it in a `with` block."""

    def __init__(self, settings: Settings, record: Record, files: ExitStack) -> None:
        self.settings = settings
        self._record = record
        self._files = files
        self._encoder: Encoder | None = None

    @classmethod
    def open(cls, source: Source = "crux.yaml") -> Self:
        """Open a bank by its folder, by a crux.yaml, or by settings.

        Raises:
            InputError: there is no bank.
            ConfigError: the crux.yaml cannot be used.
        """
        settings = _settings_of(source)
        from cruxbank.app.looking import open_record

        opened = ExitStack()
        return cls(settings, opened.enter_context(open_record(settings)), opened)

    def close(self) -> None:
        """Close the record. A closed bank can be opened again with `Bank.open(bank.settings)`."""
        self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The bank's folder."""
        return self.settings.bank

    def items(
        self,
        *,
        status: Status | str | None = Status.OPERATIONAL,
        domain: str | None = None,
        language: str | None = None,
        min_separation: float | None = None,
        limit: int | None = None,
    ) -> Items:
        """Items that match, the best separating first. `status=None` takes every status.

        min_separation: bits that the lower bound of the joint separation must reach, as `grow.min_separation`.

        Raises:
            InputError: no such status, or a negative limit.
        """
        wanted = None if status is None else status_of(status)
        if limit is not None and limit < 0:
            raise InputError(f"limit: {limit} must not be negative", hint="use 0 or more, or leave it out")
        cut = limit if min_separation is None else None
        found = self._record.items(status=wanted, domain=domain, language=language, limit=cut)
        if min_separation is not None:
            enough = (i for i in found if i.separation and i.separation.joint.lo >= min_separation)
            found = tuple(enough)[:limit]
        return Items(found)

    def item(self, item_id: str) -> Item:
        """One item by its id or the beginning of it.

        Raises:
            InputError: no such item, or several.
        """
        return self._record.item(item_id)

    def readings(self, item_id: str) -> tuple[Reading, ...]:
        """What every model answered to an item and what the judge read in it, by model and wording."""
        return self._record.readings(self.item(item_id).id)

    def history(self, item_id: str) -> tuple[Change, ...]:
        """An item's life, oldest step first."""
        return self._record.history(self.item(item_id).id)

    def stats(self) -> BankStats:
        """Counts over the whole bank: by status, exit, domain, dimension, model."""
        return self._record.stats()

    def search(self, text: str, n: int = 10, *, status: Status | str | None = None) -> list[Found]:
        """The n items nearest in meaning to a text, nearest first. The first search loads the encoder (seconds)."""
        from cruxbank.app.looking import open_encoder, search_items

        wanted = None if status is None else status_of(status)
        if self._encoder is None:
            self._encoder = self._files.enter_context(open_encoder(self.settings))
        encoder = self._encoder
        hits = run_blocking(lambda: asyncio.to_thread(search_items, self.settings, text, n, wanted, encoder))
        return [Found(*hit) for hit in hits]

    def __repr__(self) -> str:
        return f"Bank({str(self.path)!r})"

    def _repr_html_(self) -> str:
        stats = self.stats()
        rows = [("items", stats.items), *stats.by_status.items(), ("responses", stats.responses), ("runs", stats.runs)]
        return html_table((str(self.path), "number"), rows, caption=label(self.settings.simulated))


def _settings_of(source: Source) -> Settings:
    """Settings of the last run for a bank's folder; anything else is a crux.yaml, a preset or settings."""
    if isinstance(source, Settings) or not Path(source).is_dir():
        return load_settings(source)
    from cruxbank.memory.bank import BankFolder

    folder = BankFolder(Path(source))
    folder.read()
    runs = folder.run_ids()
    if not runs:
        raise InputError(f"bank {source}: no run has begun here", hint="open it by its crux.yaml")
    return load_settings(folder.path / "runs" / runs[-1] / "config.yaml", bank=folder.path)
