"""Flags, settings and progress that the commands of `crux judge` share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cruxbank.cli.console import say
from cruxbank.display import plural

if TYPE_CHECKING:
    from cruxbank.config.settings import Settings

JudgeName = Annotated[
    str | None, typer.Option("--judge", help="`local`, `cascade`, `jury` or a model's id; agents.judge when left out.")
]
System = Annotated[str | None, typer.Option("--values", help="Value system; `values` of the settings when left out.")]


def configured(
    config: Path,
    name: str | None,
    values: str | None,
    seed: int | None,
    budget_calls: int | None,
    budget_usd: float | None,
) -> Settings:
    """The settings with the flags that were given."""
    from cruxbank.config.loading import load_settings

    given: dict[str, Any] = {"agents": {"judge": name}, "values": values, "seed": seed}
    given["budget"] = {"calls": budget_calls, "usd": budget_usd}
    return load_settings(config, _given(given))


def _given(overrides: Mapping[str, Any]) -> dict[str, Any]:
    flat = {
        k: {i: j for i, j in v.items() if j is not None} if isinstance(v, dict) else v for k, v in overrides.items()
    }
    return {k: v for k, v in flat.items() if v not in (None, {})}


class Lines:
    """Progress as lines on stderr: one for each tenth of the work."""

    def __init__(self) -> None:
        self._tenth = 0

    def emit(self, name: str, **fields: Any) -> None:
        """Take one event."""
        if name != "texts_read" or not fields["of"]:
            return
        tenth = 10 * fields["done"] // fields["of"]
        if tenth > self._tenth or fields["done"] == fields["of"]:
            self._tenth = tenth % 10
            cost = f", {plural(fields['calls'], 'call')}, ${fields['usd']:.2f}" if fields["calls"] else ""
            say(f"{fields['done']:,} of {plural(fields['of'], 'text')} read, {fields['unscored']} unscored{cost}")
