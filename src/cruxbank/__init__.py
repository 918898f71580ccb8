"""Cruxbank: grow, probe with and export questions that tell language models' values apart.

The names below are the whole public interface; docs/python.md shows them at work. Importing the package is cheap: a name
is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cruxbank.api import Bank, RunResult, agrow, estimate, grow, load_settings
    from cruxbank.api_probe import ProbeResult, aprobe, probe
    from cruxbank.config.settings import Settings
    from cruxbank.errors import CruxbankError
    from cruxbank.items import Item, Topic
    from cruxbank.values.systems import ValueSystem, load_system

__all__ = [
    "Bank",
    "CruxbankError",
    "Item",
    "ProbeResult",
    "RunResult",
    "Settings",
    "Topic",
    "ValueSystem",
    "agrow",
    "aprobe",
    "estimate",
    "grow",
    "load_settings",
    "load_system",
    "probe",
]
_PROBING = ("ProbeResult", "aprobe", "probe")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cruxbank' has no attribute '{name}'")
    value = getattr(import_module("cruxbank.api_probe" if name in _PROBING else "cruxbank.api"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
