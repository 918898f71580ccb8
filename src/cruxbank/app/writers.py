"""Who writes each kind of item, and the prompt files that a run's kinds need."""

from __future__ import annotations

from collections.abc import Mapping

from cruxbank.agents.by_kind import GeneratorByKind
from cruxbank.agents.llm_generator import LlmGenerator
from cruxbank.agents.llm_kind_generator import LlmDilemmaGenerator, LlmScenarioGenerator
from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.local_kind_generator import LocalKindGenerator
from cruxbank.agents.roles import Generator
from cruxbank.config.settings import Settings
from cruxbank.items import ItemKind
from cruxbank.models.seam import ModelClient

File = tuple[str, str, int]
"""Role, name and version of a prompt file."""
_PROMPTS: Mapping[str, Mapping[ItemKind, tuple[File, ...]]] = {
    "respondent": {
        "question": (("respond", "opinion", 1),),
        "dilemma": (("respond", "dilemma", 1),),
        "scenario": (("respond", "scenario", 1),),
    },
    "generator": {
        "question": (("generate", "write", 1), ("generate", "rewrite", 2)),
        "dilemma": (("generate", "dilemma", 1),),
        "scenario": (("generate", "scenario", 1),),
    },
    "critic": {
        "question": (("critique", "review", 1),),
        "dilemma": (("critique", "dilemma", 1),),
        "scenario": (("critique", "scenario", 1),),
    },
}


def writer(settings: Settings, client: ModelClient | None) -> Generator:
    """The writer of all kinds that are grown; without a client the local item models."""
    made = {kind: _local(kind) if client is None else _modelled(kind, client) for kind in settings.kinds}
    return made["question"] if tuple(made) == ("question",) else GeneratorByKind(made)


def files_of(role: str, settings: Settings) -> tuple[File, ...]:
    """The prompt files of a role (respondent, generator, critic) for the kinds that are grown."""
    return tuple(file for kind in dict.fromkeys(settings.kinds) for file in _PROMPTS[role][kind])


def _local(kind: ItemKind) -> Generator:
    return LocalGenerator() if kind == "question" else LocalKindGenerator(kind)


def _modelled(kind: ItemKind, client: ModelClient) -> Generator:
    if kind == "dilemma":
        return LlmDilemmaGenerator(client)
    return LlmScenarioGenerator(client) if kind == "scenario" else LlmGenerator(client)
