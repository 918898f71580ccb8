"""Probing from Python: `from cruxbank import probe`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from cruxbank.api import Listener, Source, load_settings
from cruxbank.blocking import run_blocking
from cruxbank.display import html_table, label
from cruxbank.frozen import Frozen
from cruxbank.measures import Counts
from cruxbank.sessions import Findings, Session, Turn


class ProbeResult(Frozen):
    """What a probing run came to. `sessions` carry their findings, `turns` what was asked and answered."""

    run: str
    reason: str
    """Why the run ended."""
    bank: Path
    origin: str
    """`simulated` or `real`."""
    resumed: bool
    exit_code: int
    """0 done or budget ended, 3 too much unscored."""
    calls: int
    """Logical calls of the run's turns and new questions."""
    usd: float
    counts: Counts
    """Denominators over all sessions."""
    sessions: tuple[Session, ...] = Field(repr=False)
    turns: Mapping[str, tuple[Turn, ...]] = Field(repr=False)
    """By session id."""

    @property
    def findings(self) -> Findings:
        """Those of the first session."""
        return self.sessions[0].findings or Findings()

    def _repr_html_(self) -> str:
        rows = [(s.target, len(self.turns[s.id]), s.ended) for s in self.sessions]
        return html_table(("target", "turns", "ended"), rows, caption=label(self.origin == "simulated"))


def probe(
    target: str | tuple[str, ...],
    source: Source = "crux.yaml",
    *,
    compare: bool = False,
    turns: int | None = None,
    sessions: int | None = None,
    values: tuple[str, ...] = (),
    topics: tuple[str, ...] = (),
    progress: Listener | bool = False,
    **overrides: Any,
) -> ProbeResult:
    """Probe one or several models; the same call goes on after a stop.

    compare: the first target's asks are put to the others too. values, topics: what the sessions shall be about.
    progress: a function takes every event as a mapping; False is silent. `overrides`: sections of crux.yaml.

    Raises:
        CruxbankError: bad input, an environment that is not ready, or endpoints that refuse.
    """
    targets = (target,) if isinstance(target, str) else tuple(target)
    return run_blocking(
        lambda: aprobe(
            targets,
            source,
            compare=compare,
            turns=turns,
            sessions=sessions,
            values=values,
            topics=topics,
            progress=progress,
            **overrides,
        )
    )


async def aprobe(
    target: str | tuple[str, ...],
    source: Source = "crux.yaml",
    *,
    compare: bool = False,
    turns: int | None = None,
    sessions: int | None = None,
    values: tuple[str, ...] = (),
    topics: tuple[str, ...] = (),
    progress: Listener | bool = False,
    **overrides: Any,
) -> ProbeResult:
    """`probe` for code that is already asynchronous."""
    settings = load_settings(source, **overrides)
    from cruxbank.app.looking import open_record
    from cruxbank.app.probe import aprobe_bank
    from cruxbank.app.probe_scope import ProbeRequest
    from cruxbank.graphs.meter import Pulse

    request = ProbeRequest(
        targets=(target,) if isinstance(target, str) else tuple(target),
        compare=compare,
        turns=turns,
        sessions=sessions,
        values=tuple(values),
        topics=tuple(topics),
    )
    told = await aprobe_bank(settings, request, _Listening(progress), Pulse())
    with open_record(settings) as record:
        found = record.sessions(told["run"])
        asked = {session.id: record.turns(session.id) for session in found}
    kept = {name: told[name] for name in ProbeResult.model_fields if name in told}
    return ProbeResult.model_validate({**kept, "sessions": found, "turns": asked})


class _Listening:
    """Hands the events of a run to a function; satisfies `graphs.events.Events`."""

    def __init__(self, progress: Listener | bool) -> None:
        self._tell = None if isinstance(progress, bool) else progress

    def emit(self, name: str, **fields: Any) -> None:
        """Take one event."""
        if self._tell is not None:
            self._tell({"event": name, **fields})
