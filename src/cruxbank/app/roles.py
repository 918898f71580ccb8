"""Who plays which role: local implementations, or LLM-backed ones over metered clients."""

from __future__ import annotations

from collections.abc import Mapping

from cruxbank.agents.critics import ChainedCritic
from cruxbank.agents.llm_critic import LlmCritic
from cruxbank.agents.llm_generator import LlmGenerator
from cruxbank.agents.llm_judge import LlmJudge
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.local_judge import LocalJudge
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.agents.roles import Critic, Generator, Judge, Respondent
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.encoder import Encoder
from cruxbank.graphs.meter import Metered, Pulse
from cruxbank.items import PromptRef
from cruxbank.models.hub import ModelHub
from cruxbank.prompts.loader import load
from cruxbank.recogniser.recogniser import Recogniser, shipped_head

_PROMPTS = {
    "respondent": (("respond", "opinion"),),
    "generator": (("generate", "write"), ("generate", "rewrite")),
    "critic": (("critique", "review"),),
    "judge": (("judge", "values"),),
}


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
        return LocalGenerator() if name == LOCAL else LlmGenerator(self._client(name))

    def critic(self) -> Critic:
        """Local rules first; then, where configured, a model."""
        name = self._settings.agents.critic
        return LocalCritic() if name == LOCAL else ChainedCritic([LocalCritic(), LlmCritic(self._client(name))])

    def judge(self) -> Judge:
        """The reader of values."""
        name = self._settings.agents.judge
        if name == LOCAL:
            return LocalJudge(Recogniser(self._encoder, shipped_head()))
        return LlmJudge(self._client(name), self._seed)

    def panel(self) -> Mapping[str, Respondent]:
        """The scoring panel by model id; the pilot is a part of it."""
        return {model: LlmRespondent(self._client(model)) for model in self._settings.panels.scoring}

    def prompts(self) -> tuple[PromptRef, ...]:
        """The prompt files that this run uses."""
        agents = self._settings.agents
        roles = ["respondent", *(r for r in ("generator", "critic", "judge") if getattr(agents, r) != LOCAL)]
        return tuple(load(role, name, version=1).ref for r in roles for role, name in _PROMPTS[r])
