"""What can be known to fail before anything is written or paid: one line each."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cruxbank.agents.tongues import same_language
from cruxbank.app.clients import used_models
from cruxbank.config.settings import CASCADE, JURY, LOCAL, ModelSettings, Settings
from cruxbank.errors import ConfigError
from cruxbank.graphs.outcome import Spent
from cruxbank.graphs.round_nodes import budgets_left
from cruxbank.graphs.stages import TOKENS_PER_CALL, dearest_call, worst_case

_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
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


def check_priced(settings: Settings) -> None:
    """Every real model that is not on this machine has a price.

    Raises:
        ConfigError: names the model.
    """
    free = [m for m in map(settings.model, used_models(settings)) if not (m.price.input or m.price.output)]
    unpriced = [m.id for m in free if not m.simulated and not _is_near(m)]
    if unpriced:
        message = f"budget.usd: models.{unpriced[0]}.price is not set"
        raise ConfigError(message, hint="give price: {in: , out: } per million tokens, or use budget.calls")


def _check_prices(settings: Settings) -> None:
    check_priced(settings)
    others = (settings.budget.calls, settings.budget.tokens, settings.budget.items)
    if dearest_call(settings) == 0 and not any(others):
        raise ConfigError(
            "budget.usd: no model costs anything, so it never ends", hint="use budget.calls or budget.items"
        )


def _is_near(model: ModelSettings) -> bool:
    return urlsplit(model.base_url).hostname in _NEAR


def check_languages(settings: Settings) -> None:
    """Agents that write and read every language, and wordings enough to translate.

    Raises:
        ConfigError: names the language and who cannot do it, or the number that is too small.
    """
    foreign = [language for language in settings.languages if not same_language(language, "en")]
    _check_codes(settings.languages)
    if foreign:
        _check_foreign(settings, foreign[0])
    if len(settings.languages) == 1 and foreign and settings.topics.file is None:
        raise ConfigError(f"languages: '{foreign[0]}', but the shipped topics are English", hint="give topics.file")
    grow = settings.grow
    if settings.translator is not None and grow.translated_wordings > grow.wordings:
        message = f"grow.wordings: {grow.wordings}, but {grow.translated_wordings} are put into each further language"
        raise ConfigError(message, hint=f"raise it to {grow.translated_wordings}, or set grow.language_responses: 0")


def _check_foreign(settings: Settings, language: str) -> None:
    """A local judge among others would read English alone: two instruments, and what differs between them is no DIF."""
    for role in ("generator", "judge"):
        if getattr(settings.agents, role) == LOCAL:
            message = f"languages: '{language}', but agents.{role}: local knows English only"
            raise ConfigError(message, hint=f"name a model in agents.{role}")
    judge = settings.agents.judge
    if judge == CASCADE or (judge == JURY and LOCAL in settings.judging.jury):
        message = (
            f"languages: '{language}', but in agents.judge: {judge} the local judge reads, which knows English only"
        )
        raise ConfigError(message, hint="name a model in agents.judge, or a jury without `local`")


def _check_codes(languages: tuple[str, ...]) -> None:
    for place, language in enumerate(languages):
        if not _CODE.fullmatch(language):
            raise ConfigError(
                f"languages: '{language}' is no language code", hint="write codes such as en, zh, de, pt-BR"
            )
        if any(same_language(language, earlier) for earlier in languages[:place]):
            message = f"languages: '{language}' is there twice"
            raise ConfigError(message, hint="name every language once; variants of one language are one here")


def check_kinds(settings: Settings) -> None:
    """The kinds of items are ones that the objective can score, each named once.

    Raises:
        ConfigError: names the kind.
    """
    for place, kind in enumerate(settings.kinds):
        if kind in settings.kinds[:place]:
            raise ConfigError(
                f"kinds: '{kind}' is there twice", hint="name every kind once: they come up equally often"
            )
        if kind != "question" and settings.objective == "adaem":
            message = f"kinds: '{kind}', but objective: adaem scores questions only"
            raise ConfigError(message, hint="kinds: [question], or objective: separation")


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
