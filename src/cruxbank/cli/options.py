"""Flags that several commands share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path, typer.Option("--config", help="The settings file.", show_default="./crux.yaml")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of everything random; wins over the file.")]
BudgetCalls = Annotated[int | None, typer.Option("--budget-calls", help="Model calls of this run; wins over the file.")]
BudgetUsd = Annotated[float | None, typer.Option("--budget-usd", help="US dollars of this run; wins over the file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


class Kind(Enum):
    """Kinds of items."""

    QUESTION = "question"
    DILEMMA = "dilemma"
    SCENARIO = "scenario"


DEFAULT_CONFIG = Path("crux.yaml")
