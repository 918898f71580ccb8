"""A judge or a generator of a panel's family works only with a passed test, or openly without one.

Passed tests lie in self-preference.json beside bank.json: one entry a model as it is configured, role,
prompts and value system.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from cruxbank.accuracy import JudgeIdentity, WriterIdentity
from cruxbank.app.judge_identity import identify_judge, identify_writer
from cruxbank.config.families import own_family
from cruxbank.config.settings import Settings
from cruxbank.errors import ConfigError, StoreError
from cruxbank.frozen import Frozen
from cruxbank.measures import Estimate
from cruxbank.values.systems import ValueSystem
from cruxbank.whole import write_whole

FILE = "self-preference.json"


class Preference(Frozen):
    """What a test of one model found: shares, not bits."""

    role: Literal["judge", "generator"]
    model: str
    family: str
    own: tuple[str, ...]
    """The panel's models of that family whose answers were read."""
    others: tuple[str, ...]
    reference: tuple[str, ...]
    """Judges of other families, `labels`, or for a generator the writer that it was compared with."""
    judge: JudgeIdentity | None = None
    """The judge's identity, for the role of judge."""
    writer: WriterIdentity | None = None
    """The writer's identity, for the role of generator."""
    responses: int
    items: int
    overall: Estimate
    """How much more it finds (or its questions get evasive answers) in its own family's than in others', beyond the
    reference; mean over dimensions."""
    by_dimension: dict[str, Estimate] = Field(default_factory=dict)
    """Intervals widened for the number of dimensions."""
    p: float
    """Permutation of which models are of the family; never below 1 over the number of ways to choose them."""
    margin: float
    passed: bool
    simulated: bool = False


class Tests(Frozen):
    """The content of the file."""

    schema_version: int = 1
    tests: tuple[Preference, ...] = ()


def check_own_family(settings: Settings, system: ValueSystem, whose: str = "the scoring panel's") -> None:
    """Judges and generator are of other families than the scoring panel, or their test is passed, or it is allowed.

    whose: what the error calls the panel.

    Raises:
        ConfigError: names the field, the model, the family and the ways out.
    """
    if settings.judging.allow_own_family:
        return
    untested = [m for m in own_family(settings).items() if not has_passed(settings, system, *m)]
    for model, role in untested:
        family = settings.model(model).family
        message = f"agents: the {role} '{model}' is of {whose} family '{family}'"
        ways = (
            f"name one of another family; or show with `crux judge self-preference --{role} {model}` that it does not "
            "favour its own; or set judging.allow_own_family: true, which items and report then say"
        )
        raise ConfigError(message, hint=ways)


def has_passed(settings: Settings, system: ValueSystem, model: str, role: str) -> bool:
    """Whether the bank's folder holds a passed test of this model, as it is configured, on every panel model of its
    family."""
    family = settings.model(model).family
    mine = {m for m in settings.panels.scoring if settings.model(m).family == family}
    return any(
        t.passed and (t.role, t.model) == (role, model) and mine <= set(t.own) and _same_judge(t, settings, system)
        for t in read_tests(settings.bank).tests
    )


def _same_judge(test: Preference, settings: Settings, system: ValueSystem) -> bool:
    if test.role == "generator":
        return test.writer == identify_writer(settings, test.model)
    return test.judge == judge_alone(settings, system, test.model)


def judge_alone(settings: Settings, system: ValueSystem, model: str) -> JudgeIdentity:
    """The identity of a model as the only judge: a member of a jury or cascade is tested alone."""
    agents = settings.agents.model_copy(update={"judge": model})
    judging = settings.judging.model_copy(update={"retry": None})
    return identify_judge(settings.model_copy(update={"agents": agents, "judging": judging}), system)


def read_tests(bank: Path) -> Tests:
    """The recorded tests; none where there is no file.

    Raises:
        StoreError: the file cannot be read.
    """
    file = bank / FILE
    try:
        return Tests.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return Tests()
    except (OSError, ValidationError) as error:
        raise StoreError(f"{file}: cannot be read", hint="delete it and test again") from error


def record_test(bank: Path, test: Preference) -> Path:
    """Add a test, or put it in the place of the one of the same model, role and judge; returns the file.

    Raises:
        StoreError: the file cannot be written.
    """
    same = (test.role, test.model, test.judge, test.writer)
    kept = [t for t in read_tests(bank).tests if (t.role, t.model, t.judge, t.writer) != same]
    file = bank / FILE
    tests = Tests(tests=(*kept, test))
    text = json.dumps(tests.model_dump(mode="json"), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    try:
        bank.mkdir(parents=True, exist_ok=True)
        write_whole(file, text.encode())
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror}", hint="check space and permissions of the bank folder") from error
    return file
