"""Who plays which role: local implementations, or LLM-backed ones over metered clients."""

from __future__ import annotations

from collections.abc import Mapping

from cruxbank.agents.critics import ChainedCritic
from cruxbank.agents.expander import Expander, LlmExpander
from cruxbank.agents.llm_critic import LlmCritic
from cruxbank.agents.llm_generator import LlmGenerator
from cruxbank.agents.llm_judge import LlmJudge
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.local_expander import LocalExpander
from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.local_judge import LocalJudge
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.agents.roles import Critic, Generator, Judge, Respondent
from cruxbank.app.clients import asked_models
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.encoder import Encoder
from cruxbank.graphs.meter import Metered, Pulse
from cruxbank.items import PromptRef
from cruxbank.models.hub import ModelHub
from cruxbank.prompts.loader import load
from cruxbank.recogniser.recogniser import Recogniser, shipped_head

_PROMPTS = {
    "respondent": (("respond", "opinion", 1),),
    "generator": (("generate", "write", 1), ("generate", "rewrite", 2)),
    "critic": (("critique", "review", 1),),
    "judge": (("judge", "values", 1),),
}
_EXPAND = ("expand", "topics", 1)
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
        return LocalGenerator() if name == LOCAL else LlmGenerator(self._client(name))

    def expander(self) -> Expander | None:
        """Who proposes new topics, the writer's model. A simulated one writes questions only: facets are local then."""
        name = self._settings.agents.generator
        if not self._settings.topics.expand:
            return None
        local = name == LOCAL or self._settings.model(name).simulated
        return LocalExpander() if local else LlmExpander(self._client(name))

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
        """Everyone who is asked, by model id: the scoring panel, of which the pilot is a part, and who confirms."""
        return {model: LlmRespondent(self._client(model)) for model in asked_models(self._settings)}

    def prompts(self) -> tuple[PromptRef, ...]:
        """The prompt files that this run uses."""
        agents = self._settings.agents
        roles = ["respondent", *(r for r in ("generator", "critic", "judge") if getattr(agents, r) != LOCAL)]
        used = [one for r in roles for one in _PROMPTS[r]]
        if isinstance(self.expander(), LlmExpander):
            used.append(_EXPAND)
        if self._settings.objective == "adaem":
            used = [_WRITE_POINTS if one[:2] == _WRITE_POINTS[:2] else one for one in used]
        return tuple(load(role, name, version=version).ref for role, name, version in used)
