"""Who plays which role: local implementations, or LLM-backed ones over metered clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cruxbank.agents.critics import ChainedCritic
from cruxbank.agents.expander import Expander, LlmExpander
from cruxbank.agents.llm_critic import LlmCritic
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.local_expander import LocalExpander
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.agents.roles import Critic, Generator, Judge, Respondent
from cruxbank.agents.translator import LlmTranslator, Translator
from cruxbank.app.clients import asked_models
from cruxbank.app.judges import build_judge
from cruxbank.app.writers import File, files_of, writer
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.encoder import Encoder
from cruxbank.graphs.meter import Metered, Pulse
from cruxbank.items import PromptRef
from cruxbank.models.hub import ModelHub
from cruxbank.prompts.loader import load

_VALUES = ("judge", "values", 2)
_ACTIONS = ("judge", "actions", 1)
"""Reads what was done in a scenario, in the place of reasons."""
_EXPAND = ("expand", "topics", 1)
_TRANSLATE = ("translate", "item", 1)
_WRITE_POINTS = ("generate", "write", 2)
"""Shows the earlier questions' published scores; in the place of version 1 where such a score is the objective."""


class Cast:
    """Builds every role of a run once."""

    def __init__(self, settings: Settings, hub: ModelHub, encoder: Encoder, pulse: Pulse, seed: int) -> None:
        self._settings = settings
        self._hub = hub
        self._encoder = encoder
        self._pulse = pulse
        self._seed = seed

    def _client(self, model: str) -> Metered:
        return Metered(self._hub.model(model), self._pulse)

    def generator(self) -> Generator:
        """The writer."""
        name = self._settings.agents.generator
        return writer(self._settings, None if name == LOCAL else self._client(name))

    def expander(self) -> Expander | None:
        """Who proposes new topics, the writer's model. A simulated one writes questions only: facets are local then."""
        name = self._settings.agents.generator
        if not self._settings.topics.expand:
            return None
        local = name == LOCAL or self._settings.model(name).simulated
        return LocalExpander() if local else LlmExpander(self._client(name))

    def translator(self) -> Translator | None:
        """Who puts operational items into the other languages; None where a run has one language."""
        name = self._settings.translator
        return None if name is None else LlmTranslator(self._client(name))

    def critic(self) -> Critic:
        """Local rules first; then, where configured, a model."""
        name = self._settings.agents.critic
        return LocalCritic() if name == LOCAL else ChainedCritic([LocalCritic(), LlmCritic(self._client(name))])

    def judge(self) -> Judge:
        """The reader of values."""
        return build_judge(self._settings, self._client, self._encoder, self._seed)

    def panel(self) -> Mapping[str, Respondent]:
        """Everyone who is asked, by model id: the scoring panel, of which the pilot is a part, and who confirms."""
        return {model: LlmRespondent(self._client(model)) for model in asked_models(self._settings)}

    def prompts(self) -> tuple[PromptRef, ...]:
        """The prompt files that this run uses."""
        agents = self._settings.agents
        roles = ["respondent", *(r for r in ("generator", "critic") if getattr(agents, r) != LOCAL)]
        used = [*(one for r in roles for one in files_of(r, self._settings)), *_judge_prompts(self._settings)]
        used = _as_scored(used, self._settings)
        if isinstance(self.expander(), LlmExpander):
            used.append(_EXPAND)
        if self.translator() is not None:
            used.append(_TRANSLATE)
        return _refs(used)


def judge_prompts(settings: Settings) -> tuple[PromptRef, ...]:
    """The prompt files that the configured judge reads with, whatever kinds are grown: what a calibration of it rests on."""
    return _refs((_VALUES, _ACTIONS) if settings.judges else ())


def writer_prompts(settings: Settings) -> tuple[PromptRef, ...]:
    """The prompt files that a model writes the grown kinds with: what a test of it as a writer rests on."""
    return _refs(_as_scored(files_of("generator", settings), settings))


def _refs(used: Sequence[File]) -> tuple[PromptRef, ...]:
    return tuple(load(role, name, version=version).ref for role, name, version in used)


def _as_scored(used: Sequence[File], settings: Settings) -> list[File]:
    """With the writer's prompt that shows scores where scores are the objective."""
    points = settings.objective == "adaem"
    return [_WRITE_POINTS if points and one[:2] == _WRITE_POINTS[:2] else one for one in used]


def _judge_prompts(settings: Settings) -> tuple[File, ...]:
    """Those of the kinds of items that are grown, where any model judges."""
    if not settings.judges:
        return ()
    return (_VALUES, *((_ACTIONS,) if "scenario" in settings.kinds else ()))
