"""What can be known to fail before anything is written or paid: one line each."""

from __future__ import annotations

from urllib.parse import urlsplit

from cruxbank.app.clients import used_models
from cruxbank.config.settings import LOCAL, ModelSettings, Settings
from cruxbank.errors import ConfigError, ValueSystemError
from cruxbank.graphs.outcome import Spent
from cruxbank.graphs.round_nodes import budgets_left
from cruxbank.graphs.stages import TOKENS_PER_CALL, dearest_call, worst_case
from cruxbank.recogniser.labels import load_labels
from cruxbank.values.systems import ValueSystem

_NEAR = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104 - compared, not bound


def check_budget(settings: Settings) -> None:
    """Every budget pays for a slot, and a dollar budget can end the run.

    Raises:
        ConfigError: names the budget, what one slot may need and the way out.
    """
    if settings.budget.usd is not None:
        _check_prices(settings)
    worst = worst_case(settings)
    need = {"calls": worst, "tokens": worst * TOKENS_PER_CALL, "usd": worst * dearest_call(settings)}
    for name, slots in budgets_left(settings.budget, Spent(), 0, worst, dearest_call(settings)).items():
        if slots < 1:
            given = getattr(settings.budget, name)
            message = f"budget.{name}: {given} does not pay for one slot, which may need {need[name]:.6g}"
            raise ConfigError(message, hint="raise the budget, or lower grow.scoring_responses or grow.max_rewrites")


def _check_prices(settings: Settings) -> None:
    free = [m for m in map(settings.model, used_models(settings)) if not (m.price.input or m.price.output)]
    unpriced = [m.id for m in free if not m.simulated and not _is_near(m)]
    if unpriced:
        message = f"budget.usd: models.{unpriced[0]}.price is not set"
        raise ConfigError(message, hint="give price: {in: , out: } per million tokens, or use budget.calls")
    others = (settings.budget.calls, settings.budget.tokens, settings.budget.items)
    if dearest_call(settings) == 0 and not any(others):
        raise ConfigError(
            "budget.usd: no model costs anything, so it never ends", hint="use budget.calls or budget.items"
        )


def _is_near(model: ModelSettings) -> bool:
    return urlsplit(model.base_url).hostname in _NEAR


def check_languages(settings: Settings) -> None:
    """One language, and agents that write and read it.

    Raises:
        ConfigError: names the language and who cannot do it.
    """
    if len(settings.languages) > 1:
        raise ConfigError(f"languages: {len(settings.languages)} of them", hint="grow one bank a language for now")
    language = settings.languages[0]
    if language.split("-")[0] == "en":
        return
    for role in ("generator", "judge"):
        if getattr(settings.agents, role) == LOCAL:
            message = f"languages: '{language}', but agents.{role}: local knows English only"
            raise ConfigError(message, hint=f"name a model in agents.{role}")
    if settings.topics.file is None:
        raise ConfigError(f"languages: '{language}', but the shipped topics are English", hint="give topics.file")


def check_judge(settings: Settings, system: ValueSystem) -> None:
    """The local judge knows one value system.

    Raises:
        ValueSystemError: another one is configured.
    """
    if settings.agents.judge == LOCAL and system.ids != tuple(load_labels().values):
        message = f"values: {settings.values}, but agents.judge: local reads schwartz-10 only"
        raise ValueSystemError(message, hint="name a model in agents.judge")


def check_worlds(settings: Settings) -> None:
    """sim:// addresses name one world that the simulator has.

    Raises:
        ConfigError: several worlds, or an unknown one.
    """
    hosts = sorted({urlsplit(m.base_url).hostname or "" for m in settings.models if m.base_url.startswith("sim://")})
    if len(hosts) > 1:
        message = f"models: base_url names several simulated worlds ({', '.join(hosts)})"
        raise ConfigError(message, hint="use one sim:// address for all simulated models")
    if hosts:
        from cruxbank.simulator.presets import preset

        preset(hosts[0])
