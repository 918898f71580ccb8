"""What a probing session works with: its seat and the roles. Runtime objects live here, never in state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic_core import CoreSchema, core_schema

from cruxbank.agents.probing import Examinee, Prober
from cruxbank.agents.roles import Critic, Judge
from cruxbank.config.settings import Settings
from cruxbank.graphs.context import RunIdentity
from cruxbank.graphs.events import Events
from cruxbank.graphs.outcome import Spent
from cruxbank.graphs.probe_seat import Seat
from cruxbank.memory.dedup import DuplicateChecker
from cruxbank.values.systems import ValueSystem


@dataclass(frozen=True)
class ProbeContext:
    """Everything that the nodes of one session may use. Only `learn`, `approve` (undo) and `harvest` write the record."""

    settings: Settings
    run: RunIdentity
    system: ValueSystem
    seat: Seat
    prober: Prober
    examinee: Examinee
    judge: Judge
    critic: Critic
    duplicates: DuplicateChecker
    events: Events
    earlier: Spent = field(default_factory=Spent)
    """What the run's other sessions have spent."""
    calls_per_turn: int = 2
    """Most calls of a turn without repairs."""
    price: float = 0.0
    """US dollars of the dearest call."""
    interactive: bool = False
    """Whether a person approves every ask: the graph then stops before each and needs a checkpointer."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        """Runtime objects have no JSON schema; LangGraph Studio asks for one."""
        return core_schema.any_schema()
