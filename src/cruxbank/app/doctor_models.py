"""Keys, endpoints and models, for `crux doctor`: one tiny real call a model, and which structured output it can do."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from cruxbank.app.check import Check, failed
from cruxbank.app.clients import connect, open_hub, proxied, used_models
from cruxbank.config.settings import Settings
from cruxbank.errors import CruxbankError
from cruxbank.items import FailureReason
from cruxbank.models.answer_schema import Structured
from cruxbank.models.hub import CheckResult

PATIENCE_S = 60.0
"""A check waits no longer for an answer, and tries twice at most: a doctor who needs ten minutes is not asked."""
_MODES: tuple[Structured, ...] = ("json_schema", "json", "text")
_PASSING = {FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.RATE_LIMITED, FailureReason.SERVER}
Found = CheckResult | CruxbankError


def called_models(settings: Settings) -> tuple[str, ...]:
    """Models that a panel or a role names, hold-out included, in the order of the settings."""
    named = {*used_models(settings), *settings.panels.holdout}
    return tuple(model.id for model in settings.models if model.id in named)


def keys(settings: Settings, env: Mapping[str, str]) -> Iterator[Check]:
    """Every environment variable that a model's key is read from: set or not, never its value."""
    users: dict[str, list[str]] = {}
    for model in map(settings.model, called_models(settings)):
        if model.api_key_env is not None:
            users.setdefault(model.api_key_env, []).append(model.id)
    if not users:
        yield Check(name="keys", state="ok", seen="no model needs a key")
    for name, models in users.items():
        facts = {"variable": name, "models": len(models)}
        if env.get(name, "").strip():
            yield Check(name="keys", state="ok", seen=f"{name} is set, for {_count(models)}", facts=facts)
        else:
            seen = f"{name} is not set, and {_count(models)} need it"
            yield Check(name="keys", state="failed", seen=seen, fix=f"export {name}=...", facts=facts)


def endpoints(settings: Settings) -> Iterator[Check]:
    """Every address takes a connection. Nothing is sent."""
    places: dict[str, list[str]] = {}
    for model in called_models(settings):
        places.setdefault(settings.model(model).base_url, []).append(model)
    for url, models in places.items():
        yield _reached(url, models)


def _reached(url: str, models: Sequence[str]) -> Check:
    facts = {"models": len(models)}
    if urlsplit(url).scheme not in {"http", "https"}:
        return Check(name="endpoint", state="ok", seen=f"{url}: simulator in-process, {_count(models)}", facts=facts)
    if proxied():
        return Check(name="endpoint", state="skipped", seen=f"{url}: behind a proxy, the calls will tell", facts=facts)
    try:
        asyncio.run(connect(url, models[0]))
    except CruxbankError as error:
        return failed("endpoint", error)
    return Check(name="endpoint", state="ok", seen=f"{url}: takes connections, {_count(models)}", facts=facts)


def calls(settings: Settings, env: Mapping[str, str]) -> Iterator[Check]:
    """One tiny real call a model. Models that answer well share a line; the others have one each, with the way out."""
    ids = [m for m in called_models(settings) if _has_key(settings, m, env)]
    found, tried, usd = asyncio.run(_examine(settings, ids))
    good = {i: r for i, r in found.items() if isinstance(r, CheckResult) and r.structured}
    for url in dict.fromkeys(settings.model(i).base_url for i in good):
        here = {i: r for i, r in good.items() if settings.model(i).base_url == url}
        modes = sorted({settings.model(i).structured for i in here})
        wait = int(median(r.latency_ms for r in here.values()))
        seen = f"{url}: {_count(list(here))} answer, structured output works ({', '.join(modes)}), median {wait} ms"
        yield Check(name="calls", state="ok", seen=seen, facts={"models": sorted(here), "median_ms": wait})
    for model, result in found.items():
        if model not in good:
            yield _trouble(model, result, tried.get(model), settings.model(model).structured)
    if usd:
        yield Check(name="calls", state="ok", seen=f"these calls cost ${usd:.5f}", facts={"usd": usd})


def _trouble(model: str, result: Found, works: Structured | None, configured: str) -> Check:
    if isinstance(result, CruxbankError):
        return failed("calls", result)
    seen = f"{model}: no answer of the wanted form with structured: {configured} ({_why(result)})"
    facts = {"model": model, "failure": result.failure, "structured": configured, "works": works}
    if works is not None:
        return Check(
            name="calls", state="failed", seen=seen, fix=f"set models.{model}.structured: {works}", facts=facts
        )
    if result.failure in _PASSING:
        return Check(name="calls", state="warning", seen=seen, fix="run crux doctor again in a while", facts=facts)
    fix = f"check models.{model}.params (max_tokens, temperature), or use another model: none of {', '.join(_MODES)} works"
    return Check(name="calls", state="failed", seen=seen, fix=fix, facts=facts)


def _why(result: CheckResult) -> str:
    reason = result.failure.value if result.failure else "no reason given"
    return f"{reason}: {result.detail}" if result.detail else reason


async def _examine(settings: Settings, ids: Sequence[str]) -> tuple[dict[str, Found], dict[str, Structured], float]:
    """What each model did as configured; for those that answered badly the first setting that works; what it cost."""
    found = await _trial(settings, ids, None)
    usd = sum(r.usd for r in found.values() if isinstance(r, CheckResult))
    tried: dict[str, Structured] = {}
    for mode in _MODES:
        bad = [i for i, r in found.items() if i not in tried and settings.model(i).structured != mode and _unclear(r)]
        again = await _trial(settings, bad, mode) if bad else {}
        usd += sum(r.usd for r in again.values() if isinstance(r, CheckResult))
        tried |= {i: mode for i, r in again.items() if isinstance(r, CheckResult) and r.structured}
    return found, tried, usd


def _unclear(result: Found) -> bool:
    """Whether another setting may help: not where nobody answers."""
    return isinstance(result, CheckResult) and not result.structured and result.failure not in _PASSING


async def _trial(settings: Settings, ids: Sequence[str], mode: Structured | None) -> dict[str, Found]:
    """One call a model, on a ledger that is thrown away: the bank's is never touched."""
    models = [m if mode is None else m.model_copy(update={"structured": mode}) for m in settings.models]
    patience = min(settings.limits.timeout_s, PATIENCE_S)
    limits = settings.limits.model_copy(update={"retries": 1, "timeout_s": patience})
    changed = settings.model_copy(update={"models": tuple(models), "limits": limits})
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.sqlite"
        async with open_hub(changed, ledger, "doctor", capped=False, recover=False) as (hub, _):
            results = await asyncio.gather(*(hub.check(i) for i in ids), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, CruxbankError):
            raise result
    return {i: r for i, r in zip(ids, results, strict=True) if isinstance(r, CheckResult | CruxbankError)}


def _has_key(settings: Settings, model: str, env: Mapping[str, str]) -> bool:
    name = settings.model(model).api_key_env
    return name is None or bool(env.get(name, "").strip())


def _count(models: Sequence[str]) -> str:
    return models[0] if len(models) == 1 else f"{len(models)} models"
