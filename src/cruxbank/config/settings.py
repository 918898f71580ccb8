"""The settings of crux.yaml, version 1. Every field carries its description: docs/configuration.md is made from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, PositiveFloat, PositiveInt, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from cruxbank.config.publishing import Publishing
from cruxbank.config.section import Section as Section
from cruxbank.vocabulary import ItemKind

LOCAL = "local"
CASCADE = "cascade"
JURY = "jury"
SMALLEST_JURY = 3
"""Members of a jury: two can only agree or split."""
OURS = frozenset({"model", "messages", "n", "stream", "stream_options", "response_format", "seed", "tools"})
"""Request parameters that the model seam sets."""
SECRET = re.compile(r"api[-_]?key|authorization|secret|password|bearer|(^|[-_])token$|headers", re.IGNORECASE)
"""Names of parameters that would put a secret into ledger and run folder."""


class Price(Section):
    """US dollars for a million tokens."""

    input: float = Field(0.0, alias="in", ge=0, description="US dollars for a million input tokens")
    output: float = Field(0.0, alias="out", ge=0, description="US dollars for a million output tokens")


class ModelSettings(Section):
    """One model behind an OpenAI-compatible endpoint."""

    id: str = Field(min_length=1, description="your name for the model; panels and agents refer to it")
    base_url: str = Field(description="endpoint, e.g. https://api.openai.com/v1, or sim://panel/v1 for the simulator")
    model: str = Field("", description="the endpoint's name for the model; `id` when left out")
    api_key_env: str | None = Field(
        None, description="environment variable that holds the key; none for local endpoints"
    )
    params: dict[str, Any] = Field(
        default_factory=dict, description="request parameters such as temperature, max_tokens"
    )
    price: Price = Field(default_factory=Price, description="price for a million tokens, for estimates and budgets")
    account: str = Field("default", description="models of one endpoint and account share one rate limit")
    family: str = Field("", description="models of one family count as one voice; `id` when left out")
    structured: Literal["json_schema", "json", "text"] = Field(
        "json_schema", description="what the endpoint can promise"
    )
    send_seed: bool | None = Field(None, description="send the repeat index as `seed`; on for sim:// when left out")

    @model_validator(mode="before")
    @classmethod
    def _names(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" in data:
            return {**data, "model": data.get("model") or data["id"], "family": data.get("family") or data["id"]}
        return data

    @field_validator("base_url")
    @classmethod
    def _address(cls, url: str) -> str:
        """A whole address without secrets; the texts here never repeat it, since it may hold one."""
        try:
            parts = urlsplit(url)
            whole = parts.scheme in {"http", "https", "sim"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            whole = False
        if not whole:
            raise ValueError("not an address: write http://HOST:PORT/v1, https://HOST/v1 or sim://compass/v1")
        if parts.username or parts.password or parts.query:
            raise ValueError("keys do not belong into an address, which is stored with every call: use api_key_env")
        return url.rstrip("/")

    @field_validator("params")
    @classmethod
    def _no_secret(cls, params: dict[str, Any]) -> dict[str, Any]:
        for name in params:
            if name in OURS:
                raise ValueError(f"'{name}' is set by Cruxbank itself: leave it out")
            if SECRET.search(name):
                raise ValueError(f"'{name}' looks like a secret, and parameters are stored: use api_key_env")
        return params

    @property
    def simulated(self) -> bool:
        """True where the answers come from the simulator, in-process or on a port."""
        return self.base_url.startswith("sim://") or self.model.startswith("sim-")


class Panels(Section):
    """Which models are compared."""

    pilot: tuple[str, ...] = Field(description="the cheap part of the scoring panel that meets every draft; at least 8")
    scoring: tuple[str, ...] = Field(description="the models that decide what enters the bank; at least 8")
    holdout: tuple[str, ...] = Field(
        (), description="models of other families that never choose: they show what transfers"
    )


class Agents(Section):
    """Who writes, refuses and reads: `local`, or a model id."""

    generator: str = Field(LOCAL, description="`local` (item models, no calls) or a model id")
    critic: str = Field(LOCAL, description="`local` (rules only) or a model id (rules first, then the model)")
    judge: str = Field(
        LOCAL, description="`local` (presence only, English, weak), a model id, `cascade` or `jury` (see judging)"
    )
    translator: str | None = Field(
        None, description="model that puts operational items into the other languages; the generator when left out"
    )


class Judging(Section):
    """How verdicts are reached and checked."""

    jury: tuple[str, ...] = Field(
        (), description="who reads together where agents.judge is `jury`: 3 models or more, `local` may be one"
    )
    cascade: str | None = Field(
        None, description="model that reads what the local judge is unsure of where agents.judge is `cascade`"
    )
    unsure: float = Field(
        0.3,
        ge=0,
        le=1,
        description="share of dimensions that the local judge expects to read wrong, from which on the model reads",
    )
    retry: str | None = Field(None, description="another model that reads what the judge could not; none when left out")
    canaries: float = Field(
        0.02, ge=0, le=0.5, description="known-answer texts put before the judge, as a share of the responses it reads"
    )
    min_canaries: float = Field(
        0.6,
        ge=0,
        le=1,
        description="share of known answers (cues and neutral texts weigh alike) read right below which a run warns",
    )
    calibration: Path | None = Field(
        None, description="file of `crux judge calibrate`; reported rates are corrected with it"
    )
    allow_own_family: bool = Field(
        False, description="let a judge or generator share a family with the scoring panel without a test"
    )
    mask_question: bool = Field(
        False, description="the judge sees words that an answer quotes from the question as [...]"
    )


class Topics(Section):
    """Where topics come from and how the next one is chosen."""

    file: Path | None = Field(None, description="CSV, JSONL or plain text; the shipped seed topics when left out")
    column: str | None = Field(None, description="column or field that holds the topic")
    policy: Literal["kernel", "thompson", "ucb1", "adaem", "adaem-repaired", "random"] = Field(
        "kernel",
        description="how the next topic is chosen; `kernel` learns from similar topics, the others are baselines",
    )
    expand: int = Field(
        2, ge=0, le=10, description="new topics that a topic may give once two of its items are in the bank; 0: none"
    )


WORDINGS_FOR = {0: 0, 2: 3, 4: 4}
"""Wordings behind so many responses of each model. Two responses come from three: see `graphs.stages.alternating`."""


class Grow(Section):
    """How a bank grows."""

    window: PositiveInt = Field(
        8, le=256, description="slots that run side by side; part of what makes a run repeatable"
    )
    wordings: int = Field(6, ge=2, le=12, description="wordings of an item: base, at least one mirror, paraphrases")
    confirm_responses: Literal[0, 2, 4] = Field(
        2, description="fresh wordings each scoring and holdout model answers once an item is operational; 0 for none"
    )
    confirm_share: float = Field(1.0, ge=0, le=1, description="share of the operational items that are confirmed")
    language_responses: Literal[0, 2, 4] = Field(
        2, description="translated wordings each scoring model answers per further language once an item is operational"
    )
    attempts: int = Field(4, ge=1, le=20, description="drafts a slot may write until one passes critic and memory")
    pilot_responses: int = Field(2, ge=2, description="wordings each pilot model answers")
    scoring_responses: int = Field(
        6, ge=2, description="wordings each scoring model answers when the decision stays open"
    )
    max_rewrites: int = Field(1, ge=0, le=10, description="most rewrites of a draft after its pilot, while they pay")
    worth: PositiveFloat = Field(0.25, description="bits that a draft must have a chance to reach to be asked on")
    chance: float = Field(0.25, gt=0, lt=1, description="that chance: below it the race ends for a draft")
    smallest_separation: PositiveFloat = Field(0.05, description="bits below which a separation counts as none")
    min_separation: float = Field(0.05, ge=0, description="bits that the lower bound of an operational item must reach")
    fdr: float = Field(0.05, gt=0, lt=1, description="highest local false discovery rate of an operational item")

    @model_validator(mode="after")
    def _wordings_suffice(self) -> Self:
        if self.scoring_responses > self.wordings:
            raise ValueError("scoring_responses must not pass wordings: every response goes to another wording")
        if self.pilot_responses > self.scoring_responses:
            raise ValueError("pilot_responses must not pass scoring_responses")
        return self

    @property
    def all_wordings(self) -> int:
        """Wordings that a writer makes: those that choose an item, then those that confirm it."""
        return self.wordings + WORDINGS_FOR[self.confirm_responses]

    @property
    def translated_wordings(self) -> int:
        """Wordings of an item that are put into each further language: the first ones, base and mirror among them."""
        return WORDINGS_FOR[self.language_responses]


class Probe(Section):
    """How a target is probed."""

    prober: str = Field(
        LOCAL, description="who words the moves: `local` (the moves' own texts, no calls) or a model id"
    )
    turns: int = Field(40, ge=1, le=1000, description="turns of a session at the most")
    sessions: int = Field(1, ge=1, le=1000, description="sessions with each target, each with a seed of its own")
    moves: Path | None = Field(None, description="folder with moves of your own beside the shipped ones")
    floor: float = Field(0.02, ge=0, description="bits below which no ask is worth a call: the session ends")
    silence: int = Field(8, ge=1, description="turns in a row without a readable answer after which a session ends")
    discover: int = Field(2, ge=0, le=20, description="new questions that a session may write where its target bends")


class BudgetSettings(Section):
    """When a run ends. At least one of them."""

    calls: PositiveInt | None = Field(
        None,
        description="model calls of one run, judge and agents included; retries come on top, at most half again",
    )
    tokens: PositiveInt | None = Field(None, description="tokens of one run, input and output")
    usd: PositiveFloat | None = Field(None, description="US dollars of one run, by the prices of the models")
    items: PositiveInt | None = Field(None, description="operational items of one run")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if not any((self.calls, self.tokens, self.usd, self.items)):
            raise ValueError("a run needs an end: set budget.calls, budget.tokens, budget.usd or budget.items")
        return self


class Limits(Section):
    """How hard endpoints are pressed, and when an instrument has failed. Only `max_unscored` can change a result."""

    in_flight: int = Field(64, ge=1, le=1000, description="calls in flight at one endpoint and account at the most")
    timeout_s: PositiveFloat = Field(120.0, description="seconds until a call counts as lost")
    retries: int = Field(6, ge=0, le=20, description="retries after 408, 409, 429, 5xx, timeouts and resets")
    max_unscored: float = Field(0.3, gt=0, le=1, description="share of unscored responses at which a run stops")


class MemorySettings(Section):
    """Where the bank's record and vectors live."""

    record_url: str | None = Field(
        None, description="postgresql+psycopg://... ; record.sqlite in the bank when left out"
    )
    chroma_url: str | None = Field(None, description="http://host:port of a Chroma server; embedded when left out")
    encoder: str = Field("all-MiniLM-L6-v2", description="sentence encoder: a name or a folder")
    duplicate_rule: Literal["auto", "crux", "adaem"] = Field(
        "auto", description="when a draft means the same as known items; auto: `adaem` where that is the objective"
    )


class Settings(BaseSettings):
    """All of crux.yaml. Explicit arguments win over the file, the file over CRUX_... variables, those over defaults."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="CRUX_", env_nested_delimiter="__", validate_default=True
    )

    version: Literal[1] = Field(1, description="version of this file's format")
    seed: int = Field(0, ge=0, lt=2**63, description="seed of everything random")
    bank: Path = Field(Path("bank"), description="folder of the bank")
    objective: Literal["separation", "adaem"] = Field(
        "separation", description="what a bank is grown for: bits of separation, or AdAEM's published score"
    )
    values: str = Field("schwartz-10", description="value system: a shipped name or a YAML file")
    kinds: tuple[ItemKind, ...] = Field(
        ("question",), min_length=1, description="kinds of items to grow, in turn: question, dilemma, scenario"
    )
    languages: tuple[str, ...] = Field(("en",), min_length=1, description="languages of the items")
    models: tuple[ModelSettings, ...] = Field(min_length=1, description="every model that panels and agents name")
    panels: Panels = Field(description="which models are compared")
    agents: Agents = Field(default_factory=Agents, description="who writes, refuses and reads")
    judging: Judging = Field(default_factory=Judging, description="how verdicts are reached and checked")
    topics: Topics = Field(default_factory=Topics, description="where topics come from")
    grow: Grow = Field(default_factory=Grow, description="how a bank grows")
    probe: Probe = Field(default_factory=Probe, description="how a target is probed")
    budget: BudgetSettings = Field(description="when a run ends")
    limits: Limits = Field(default_factory=Limits, description="how hard endpoints are pressed")
    export: Publishing = Field(default_factory=Publishing, description="what the card of an export says")
    memory: MemorySettings = Field(default_factory=MemorySettings, description="where the bank lives")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The file and explicit arguments come in as init settings; then the environment; nothing else."""
        return init_settings, env_settings

    def model(self, model_id: str) -> ModelSettings:
        """The settings of one model (panels and agents are checked at load: an unknown id is a bug here)."""
        return next(m for m in self.models if m.id == model_id)

    @property
    def duplicate_rule(self) -> Literal["crux", "adaem"]:
        """The rule of `memory.duplicate_rule`, with `auto` resolved."""
        if self.memory.duplicate_rule != "auto":
            return self.memory.duplicate_rule
        return "adaem" if self.objective == "adaem" else "crux"

    @property
    def simulated(self) -> bool:
        """True when a simulated model answers, judges, writes or refuses: everything made with it is labelled so."""
        agents = {self.agents.generator, self.agents.critic, self.translator or LOCAL, *self.judges} - {LOCAL}
        return any(self.model(m).simulated for m in {*self.panels.scoring, *agents})

    @property
    def judges(self) -> tuple[str, ...]:
        """Ids of the models that read answers; none where the local judge reads alone."""
        return tuple(dict.fromkeys((*self.first_judges, *filter(None, (self.judging.retry,)))))

    @property
    def readers(self) -> tuple[str, ...]:
        """Those that may read any answer, `local` too; `judging.retry` reads only what they could not."""
        name = self.agents.judge
        if name == JURY:
            return self.judging.jury
        return (LOCAL, *filter(None, (self.judging.cascade,))) if name == CASCADE else (name,)

    @property
    def first_judges(self) -> tuple[str, ...]:
        """The models among `readers`."""
        return tuple(member for member in self.readers if member != LOCAL)

    @property
    def translator(self) -> str | None:
        """Id of the model that translates; None where nothing is translated."""
        if len(self.languages) < 2 or not self.grow.language_responses:
            return None
        name = self.agents.translator or self.agents.generator
        return None if name == LOCAL else name

    @property
    def signed(self) -> bool:
        """Whether the judge tells support from opposition: the local one, alone or first in a cascade, does not."""
        return self.agents.judge not in (LOCAL, CASCADE)
