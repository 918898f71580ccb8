"""What `crux bank remeasure` was asked for, checked and turned into a scope: who is asked, who is gone, who counts."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Sequence

from cruxbank.app.runs import values_digest
from cruxbank.config.loading import config_hash
from cruxbank.config.settings import LOCAL, Panels, Settings
from cruxbank.errors import ConfigError, InputError
from cruxbank.frozen import Frozen
from cruxbank.graphs.remeasure_work import Scope, measurable
from cruxbank.memory.record import Record
from cruxbank.science.lifecycle import LEAST_MODELS


class Request(Frozen):
    """The arguments of one re-measurement."""

    models: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    retire: bool = True
    sample: int | None = None
    drafts: bool = False
    """Measure the drafts that wait (imported, edited in review, made in a session), and nothing else."""


def completed(settings: Settings, request: Request) -> Request:
    """Drafts meet the scoring panel where no models are named."""
    if request.drafts and not request.models:
        return request.model_copy(update={"models": settings.panels.scoring})
    return request


def check_request(settings: Settings, request: Request) -> None:
    """What can be known to be wrong without a bank.

    Raises:
        InputError, ConfigError: one line that names the flag, the model and the way out.
    """
    if not request.models and not request.without:
        raise InputError(
            "--models: names no model", hint="name models of crux.yaml, models that are gone (--without), or --drafts"
        )
    if settings.objective != "separation":
        message = f"objective: '{settings.objective}', but items are re-measured by their separation"
        raise ConfigError(message, hint="set objective: separation")
    for model in request.models:
        _check_known("--models", model, [m.id for m in settings.models], "add it to models in crux.yaml")
    if both := sorted({*request.models} & {*request.without}):
        raise InputError(f"--without: '{both[0]}' is in --models too", hint="name it in one of them")
    _check_holdout(settings, request.models)


def _check_known(flag: str, model: str, known: Collection[str], otherwise: str) -> None:
    if model not in known:
        near = difflib.get_close_matches(model, list(known), n=1)
        hint = f"did you mean '{near[0]}'?" if near else otherwise
        raise InputError(f"{flag}: unknown model '{model}'", hint=hint)


def _check_holdout(settings: Settings, models: Sequence[str]) -> None:
    """New answers decide what stays, and the holdout never chooses: else nothing would show what carries over."""
    families = {settings.model(m).family for m in settings.panels.holdout}
    for model in models:
        if model in settings.panels.holdout or settings.model(model).family in families:
            message = f"--models: '{model}' shares model or family with panels.holdout, which never chooses"
            raise InputError(message, hint="name another model, or take its family out of panels.holdout")


def scope_of(settings: Settings, request: Request, record: Record) -> Scope:
    """Who is asked, gone and counting. A model with answers in the record that crux.yaml no longer names is gone.

    Raises:
        InputError: nothing was measured yet, an unknown model is without, or too few models are left.
    """
    if not request.drafts and not measurable(record):
        raise InputError(f"bank {settings.bank}: has no measured item", hint="crux grow measures some")
    listed = [model.id for model in settings.models]
    answered = {model for models in record.answered().values() for model in models} - {*settings.panels.holdout}
    for model in request.without:
        _check_known("--without", model, {*listed, *answered}, "see `crux bank stats` for the bank's models")
    gone = {*request.without} | (answered - {*listed})
    current = tuple(m for m in listed if m in {*answered, *request.models} - gone)
    if len(current) < LEAST_MODELS:
        message = f"--without: leaves {len(current)} models, {LEAST_MODELS} are needed to judge an item"
        raise InputError(message, hint="name fewer models, or new ones in --models")
    if request.drafts and len(request.models) < LEAST_MODELS:
        message = f"--drafts: {len(request.models)} models would answer, {LEAST_MODELS} are needed to judge an item"
        raise InputError(message, hint="name more models, or leave --models out: then the scoring panel answers")
    return Scope(
        asked=tuple(m for m in listed if m in request.models),
        gone=tuple(sorted(gone)),
        current=current,
        retire=request.retire,
        sample=request.sample,
        drafts=request.drafts,
    )


def asking(settings: Settings, scope_models: Sequence[str]) -> Settings:
    """The settings with nobody to call but these models and the judge: what keys, prices and endpoints are checked for."""
    panels = Panels(pilot=(), scoring=tuple(scope_models), holdout=())
    agents = settings.agents.model_copy(update={"generator": LOCAL, "critic": LOCAL})
    return settings.model_copy(update={"panels": panels, "agents": agents})


def counting(settings: Settings, scope: Scope) -> Settings:
    """The settings with every model that counts as scoring panel: what the yardstick measures with."""
    panels = Panels(pilot=(), scoring=scope.current, holdout=settings.panels.holdout)
    return settings.model_copy(update={"panels": panels})


def scope_hash(settings: Settings, scope: Scope) -> str:
    """Hash of everything that changes what is measured and decided. The sample is an end like a budget: not in it."""
    text = scope.model_dump_json(exclude={"sample"} if scope.drafts else {"sample", "drafts"})
    return config_hash(settings, f"remeasure {hashlib.sha256(text.encode()).hexdigest()}", values_digest(settings))
