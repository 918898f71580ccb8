"""Live progress of a run on stderr: a small panel in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cruxbank.cli.console import say
from cruxbank.config.settings import Settings
from cruxbank.display import plural, round_line, waiting_line
from cruxbank.graphs.meter import Pulse
from cruxbank.memory.reading import MULTILINGUAL, UNREAD

WORDS = {
    "admitted": "operational",
    "rejected_by_critic": "refused by critic",
    "duplicate_text": "duplicate",
    "duplicate_lexical": "duplicate",
    "duplicate_meaning": "duplicate",
    "duplicate_in_window": "duplicate",
    "does_not_separate_in_pilot": "does not separate",
    "outdone_by_another_version": "does not separate",
    "too_likely_not_to_separate": "does not separate",
    "lower_bound_too_low": "does not separate",
    "score_too_low": "scores too low",
    "pushes_its_answer": "pushes its answer",
    "too_much_unscored": "unscored",
    "too_few_scored_models": "unscored",
    "not_written": "not written",
    "model_failure": "not written",
    "budget_ended": "budget",
}


class Progress:
    """Listens to a run's events. Use as a context manager around the run.

    `crux watch` listens from another process: it gives a `clock` that follows the events' times, and `aside`, because
    it cannot know which calls are in flight.
    """

    def __init__(
        self, settings: Settings, *, live: bool, clock: Callable[[], float] = time.monotonic, aside: bool = False
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._aside = aside
        self._quiet = False
        self._live = Live(self, console=Console(stderr=True), refresh_per_second=4, transient=True) if live else None
        self._started = clock()
        self._last: dict[str, Any] = {}
        self._first_share = 0.0
        self._exits: Counter[str] = Counter()
        self.pulse = Pulse()

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def emit(self, name: str, **fields: Any) -> None:
        """Take one event of the run."""
        if name == "run_started":
            self._begin(fields)
        elif name == "slot_done":
            self._exits[WORDS.get(fields["exit"], fields["exit"])] += 1
        elif name == "waiting":
            self._wait(fields["requests"])
        elif name == "round_committed":
            self._last = fields
            if not self._live:
                self._say(self.plain())

    def replay(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take events of the past (objects with `event`) without a word on stderr."""
        self._quiet = True
        for event in events:
            fields = dict(event)
            self.emit(fields.pop("event"), **fields)
        self._quiet = False

    def figures(self) -> dict[str, Any]:
        """The figures shown: those of the last committed round, exits of slots, share of the budget."""
        kept = {key: value for key, value in self._last.items() if key != "at"}
        return {**kept, "exits": dict(self._exits.most_common()), "share": round(self._share(), 6)}

    def _say(self, line: str) -> None:
        if not self._quiet:
            say(line)

    def _wait(self, requests: int) -> None:
        """A stop has to wait for what was sent."""
        if self._live:
            self._live.stop()
        self._say(f"{waiting_line(requests)}; Ctrl-C again gives them up")

    def _begin(self, fields: dict[str, Any]) -> None:
        self._last = fields
        self._first_share = self._share()
        if after := fields.get("after"):
            why = "has other settings or topics" if fields.get("changed") else "has ended"
            self._say(f"run {after} {why}: this is a new run with a whole new budget ({self._budget()})")
        word = "goes on" if fields.get("resumed") else "starts"
        simulated = (
            " (simulated models: figures say nothing about real ones)" if fields["origin"] == "simulated" else ""
        )
        self._say(f"run {fields['run']} {word}: {_size(fields)}{simulated}")
        if unread := ", ".join(fields.get("unread", ())):
            self._say(f"warning: {self._settings.memory.encoder} does not read {unread}: {UNREAD}; {MULTILINGUAL}")

    def _budget(self) -> str:
        budget = self._settings.budget
        limits = [plural(n, unit) for n, unit in ((budget.calls, "call"), (budget.tokens, "token")) if n]
        limits += [f"${budget.usd:,.2f}"] if budget.usd else []
        limits += [plural(budget.items, "item")] if budget.items else []
        return ", ".join(limits)

    def _share(self) -> float:
        budget, last = self._settings.budget, self._last
        pairs = [
            (last.get("calls", 0), budget.calls),
            (last.get("tokens", 0), budget.tokens),
            (last.get("usd", 0.0), budget.usd),
            (last.get("run_operational", 0), budget.items),
        ]
        return min(1.0, max((done / limit for done, limit in pairs if limit), default=0.0))

    def _eta(self) -> str:
        share = self._share()
        gained = share - self._first_share
        if gained <= 0:
            return "?"
        left = (self._clock() - self._started) * (1 - share) / gained
        return f"{int(left // 60)}:{int(left % 60):02d}"

    def _left(self) -> str:
        """Time that is left in words: the plain lines have it as minutes and seconds."""
        minutes, _, seconds = self._eta().partition(":")
        if not seconds:
            return "not known yet"
        return f"about {minutes} min {int(seconds)} s" if int(minutes) else f"about {int(seconds)} s"

    def plain(self, *, left: bool = True) -> str:
        """The figures in one line, with the time that is left unless the run has ended."""
        spent = f", {self._share():.0%} of the budget"
        return round_line(self._last) + spent + (f", {self._eta()} left" if left else "")

    def exits(self) -> str:
        """How slots ended, the most frequent end first."""
        return ", ".join(f"{n} {word}" for word, n in self._exits.most_common()) or "none yet"

    def _calls(self) -> str:
        counted = f"{self._last.get('calls', 0)} counted"
        return counted if self._aside else f"{counted}, {self.pulse.calls} answered, {self.pulse.in_flight} in flight"

    def __rich__(self) -> Panel:
        last = self._last
        domains = plural(last.get("domains", 0), "domain")
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", justify="right")
        table.add_column()
        rows = [
            ("bank", f"{last.get('operational', 0):,} operational of {plural(last.get('drafts', 0), 'draft')}"),
            ("separation", f"median {last.get('median', 0.0):.2f} bits, best {last.get('best', 0.0):.2f} bits"),
            ("topics", f"{last.get('topics_tried', 0)} tried of {last.get('topics', 0)}, {domains}"),
            ("calls", self._calls()),
            ("cost", f"${last.get('usd', 0.0):.2f}"),
            ("slots", self.exits()),
            ("left", self._left()),
        ]
        table.add_row("budget", ProgressBar(total=1.0, completed=self._share(), width=60))  # a bar ends no line itself
        for name, text in rows:
            table.add_row(name, Text(text))
        title = f"crux grow, run {last.get('run', '')}"
        return Panel(table, title=title, subtitle=last.get("origin", ""), expand=False)


def _size(fields: Mapping[str, Any]) -> str:
    return f"{plural(fields['topics'], 'topic')}, {plural(fields['panel'], 'model')}"
