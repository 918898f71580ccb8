"""What the nodes of a run work with: settings, roles, memory, yardstick. Runtime objects live here, never in state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import CoreSchema, core_schema

from cruxbank.agents.expander import Expander
from cruxbank.agents.roles import Critic, Generator, Judge, Respondent
from cruxbank.agents.translator import Translator
from cruxbank.config.settings import Settings
from cruxbank.graphs.events import Events
from cruxbank.graphs.library import Library
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import PromptRef
from cruxbank.science.bandit import Policy
from cruxbank.values.systems import ValueSystem


@dataclass(frozen=True)
class RunIdentity:
    """Which run this is. `seed` already holds the run's number: a second run draws other numbers."""

    id: str
    seed: int
    configured_seed: int
    origin: Literal["simulated", "real"]


@dataclass(frozen=True)
class GrowContext:
    """Everything a slot may use. Only the commit node changes `library` and `yardstick`."""

    settings: Settings
    run: RunIdentity
    system: ValueSystem
    generator: Generator
    critic: Critic
    judge: Judge
    panel: Mapping[str, Respondent]
    library: Library
    yardstick: Yardstick
    policy: Policy
    events: Events
    judge_digest: str = ""
    """Of the judge's identity: the items that it reads carry it."""
    local_reader: str = ""
    """Name of the local reader where it is the judge or a part of it."""
    prompts: tuple[PromptRef, ...] = ()
    expander: Expander | None = None
    """Who proposes new topics; None: nobody, a run keeps to the topics it was given."""
    translator: Translator | None = None
    """Who puts operational items into the run's other languages; None: nobody."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        """Runtime objects have no JSON schema; LangGraph Studio asks for one."""
        return core_schema.any_schema()
