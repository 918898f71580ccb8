"""Which judge a configuration has, so that a calibration of another one is refused."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from cruxbank.accuracy import Calibration, JudgeIdentity, PromptDigest
from cruxbank.app.roles import judge_prompts
from cruxbank.calibrations import check_judge, read_calibration
from cruxbank.config.settings import CASCADE, LOCAL, Settings
from cruxbank.values.systems import ValueSystem, digest, load_system


def identify_judge(settings: Settings, system: ValueSystem) -> JudgeIdentity:
    """The configured judge over a value system."""
    name = settings.agents.judge
    return JudgeIdentity(
        judge=name,
        members=settings.judges,
        value_system=system.id,
        system_digest=digest(system),
        prompts=tuple(
            PromptDigest(name=ref.name, version=ref.version, sha256=ref.sha256) for ref in judge_prompts(settings)
        ),
        recogniser=_head() if name in (LOCAL, CASCADE) else "",
        masked=settings.judging.mask_question,
        signed=settings.signed,
    )


def _head() -> str:
    content = files("cruxbank.recogniser").joinpath("head.npz").read_bytes()
    return hashlib.sha256(content).hexdigest()[:16]


def configured_calibration(settings: Settings, system: ValueSystem | None = None) -> Calibration | None:
    """The calibration that judging.calibration names, checked to be this judge's; None where none is named.

    Raises:
        InputError: it cannot be read, or was made for another judge, value system or prompt.
        ValueSystemError: the value system cannot be read.
    """
    file = settings.judging.calibration
    if file is None:
        return None
    found = read_calibration(file)
    check_judge(found, identify_judge(settings, system or load_system(settings.values)), f"judging.calibration {file}")
    return found
