"""What a re-measurement works with: who is asked, who no longer counts, and the runtime objects of its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import CoreSchema, core_schema

from cruxbank.agents.roles import Judge, Respondent
from cruxbank.config.settings import Settings
from cruxbank.graphs.context import RunIdentity
from cruxbank.graphs.events import Events
from cruxbank.graphs.remeasure_stock import Stock
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.values.systems import ValueSystem


@dataclass(frozen=True)
class RemeasureContext:
    """Everything a batch may use. `settings.panels.scoring` are the models that count; only `update` changes `stock`."""

    settings: Settings
    run: RunIdentity
    system: ValueSystem
    judge: Judge
    panel: Mapping[str, Respondent]
    """The models that are asked."""
    stock: Stock
    yardstick: Yardstick
    """Learned from what the record held before this run: old and new figures are read off the same scale."""
    events: Events
    price: float = 0.0
    """US dollars of the dearest call."""
    judge_digest: str = ""
    """Of the judge's identity; kept with drafts that are measured first here, as is the local reader's name."""
    local_reader: str = ""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        """Runtime objects have no JSON schema; LangGraph Studio asks for one."""
        return core_schema.any_schema()
