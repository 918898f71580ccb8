"""Reading crux.yaml: one line for every mistake, with the field, the value and the way out."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from cruxbank.config.judging import check_judging
from cruxbank.config.settings import CASCADE, JURY, LOCAL, Settings
from cruxbank.errors import ConfigError

_OWN_FILE = re.compile(r"\.ya?ml(?:[+@].*)?$")
"""A value system of one's own, and no shipped name."""
RESULT_FREE = ("budget", "limits", "bank", "probe", "export")
"""Sections that never change what is grown, only where a run ends, how fast it is and where it lies; sessions add theirs."""
RESULT_FREE_JUDGING = ("calibration", "min_canaries", "allow_own_family")
"""Fields of judging that change what is told of a run, or whether it may begin."""


def load_settings(path: Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read a crux.yaml; `overrides` ({"budget": {"calls": 100}}) win over the file.

    Relative paths in the file start at its folder, those in overrides at the working directory.

    Raises:
        ConfigError: no file, broken YAML, an unknown or wrong field, an unknown model.
    """
    return settings_from(_at_home(_read(path), path.parent), overrides, where=f"{path}: ")


def settings_from(data: Mapping[str, Any], overrides: Mapping[str, Any] | None = None, *, where: str = "") -> Settings:
    """Settings from plain data. `where` begins the text of every error: a file's name and a colon.

    Raises:
        ConfigError: an unknown or wrong field, an unknown model.
    """
    try:
        settings = Settings(**_merge(data, overrides or {}))
    except ValidationError as error:
        raise _explain(where, error) from error
    check_judging(where, settings)
    _check_models(where, settings)
    return settings


def _at_home(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The paths of a settings file, seen from where the command runs."""
    found = dict(data)
    if isinstance(found.get("bank"), str):
        found["bank"] = str(folder / found["bank"])
    if isinstance(found.get("values"), str) and _OWN_FILE.search(found["values"]):
        found["values"] = str(folder / found["values"])
    topics = found.get("topics")
    if isinstance(topics, dict) and isinstance(topics.get("file"), str):
        found["topics"] = {**topics, "file": str(folder / topics["file"])}
    probe = found.get("probe")
    if isinstance(probe, dict) and isinstance(probe.get("moves"), str):
        found["probe"] = {**probe, "moves": str(folder / probe["moves"])}
    judging = found.get("judging")
    if isinstance(judging, dict) and isinstance(judging.get("calibration"), str):
        found["judging"] = {**judging, "calibration": str(folder / judging["calibration"])}
    return found


def config_hash(settings: Settings, topics_digest: str = "", values_digest: str = "") -> str:
    """SHA-256 over everything that changes results: a run with another hash is another run.

    topics_digest, values_digest: contents of the topics file and of a value system of one's own, in place of their paths.
    """
    data = settings.model_dump(mode="json", exclude=set(RESULT_FREE), by_alias=True)
    data["max_unscored"] = settings.limits.max_unscored
    data["memory"] = {"encoder": settings.memory.encoder}
    data["topics"]["file"] = topics_digest
    data["values"] = values_digest or data["values"]
    data["judging"] = {k: v for k, v in data["judging"].items() if k not in RESULT_FREE_JUDGING}
    data["models"] = [
        {k: v for k, v in m.items() if k not in {"price", "api_key_env", "account"}} for m in data["models"]
    ]
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: no such file", hint="write one with `crux init`, or name one with --config"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({_line(error)})", hint="give a UTF-8 YAML file") from error
    except yaml.YAMLError as error:
        raise ConfigError(
            f"{path}: not valid YAML: {_yaml_problem(error)}", hint="check indentation and quotes there"
        ) from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: holds no settings", hint="start from `crux init`")
    return data


def _merge(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in extra.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return merged


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _yaml_problem(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return _line(error)


def _explain(where: str, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "settings"
    if first["type"] == "extra_forbidden":
        return _unknown_field(where, field, first["loc"])
    if first["type"] == "missing":
        return ConfigError(f"{where}{field} is missing", hint="add it; `crux init` shows an example")
    value = first["input"]
    plain = isinstance(value, str | int | float | bool) or value is None
    shown = f" (found {value!r})" if plain and not field.endswith("base_url") else ""
    message = first["msg"].removeprefix("Value error, ")
    return ConfigError(f"{where}{field}: {message}{shown}", hint="see docs/configuration.md")


def _unknown_field(where: str, field: str, loc: tuple[int | str, ...]) -> ConfigError:
    known = _known_fields(loc[:-1])
    near = difflib.get_close_matches(str(loc[-1]), known, n=1, cutoff=0.4)
    hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
    return ConfigError(f"{where}unknown field '{field}'", hint=hint)


def _known_fields(loc: Iterable[int | str]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in loc:
        if isinstance(part, int):
            continue
        kind: Any = model.model_fields[part].annotation
        inner = getattr(kind, "__args__", ())
        model = inner[0] if inner else kind
    return [info.alias or name for name, info in model.model_fields.items()]


def _check_models(where: str, settings: Settings) -> None:
    ids = [m.id for m in settings.models]
    twice = {i for i in ids if ids.count(i) > 1}
    if twice:
        raise ConfigError(f"{where}models: id '{min(twice)}' occurs twice", hint="give every model its own id")
    for field, names in _references(settings):
        for name in names:
            if name not in ids:
                near = difflib.get_close_matches(name, ids, n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(ids[:8])}"
                raise ConfigError(f"{where}{field}: unknown model '{name}'", hint=hint)
    _check_panels(where, settings)


def _references(settings: Settings) -> list[tuple[str, tuple[str, ...]]]:
    panels, agents = settings.panels, settings.agents
    named = [(f"agents.{role}", getattr(agents, role)) for role in ("generator", "critic")]
    field = {CASCADE: "judging.cascade", JURY: "judging.jury"}.get(agents.judge, "agents.judge")
    return [
        ("panels.pilot", panels.pilot),
        ("panels.scoring", panels.scoring),
        ("panels.holdout", panels.holdout),
        *[(field, (name,)) for field, name in named if name != LOCAL],
        ("agents.translator", tuple(filter(None, (agents.translator,)))),
        (field, settings.first_judges),
        ("judging.retry", tuple(filter(None, (settings.judging.retry,)))),
        ("probe.prober", () if settings.probe.prober == LOCAL else (settings.probe.prober,)),
    ]


def _check_panels(where: str, settings: Settings) -> None:
    panels = settings.panels
    for field, members in (("panels.pilot", panels.pilot), ("panels.scoring", panels.scoring)):
        if len(set(members)) < 8:
            message = f"{where}{field}: {len(set(members))} models, at least 8 are needed"
            raise ConfigError(message, hint="fewer cannot tell noise from a difference (docs/concepts.md)")
    stray = [m for m in panels.pilot if m not in panels.scoring]
    if stray:
        raise ConfigError(
            f"{where}panels.pilot: '{stray[0]}' is not in panels.scoring", hint="the pilot is a part of it"
        )
    families = {settings.model(m).family for m in panels.scoring}
    for member in panels.holdout:
        if member in panels.scoring or settings.model(member).family in families:
            message = f"{where}panels.holdout: '{member}' shares model or family with panels.scoring"
            raise ConfigError(message, hint="hold out models of other families")
