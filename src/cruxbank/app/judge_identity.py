"""Which judge a configuration has: a calibration, a passed test or a bank of another one is not taken for its own."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

from cruxbank.accuracy import Calibration, JudgeIdentity, Member, PromptDigest, WriterIdentity
from cruxbank.app.roles import judge_prompts, writer_prompts
from cruxbank.calibrations import check_judge, read_calibration
from cruxbank.config.settings import CASCADE, JURY, LOCAL, Settings
from cruxbank.items import PromptRef
from cruxbank.recogniser.readers import reader_name
from cruxbank.values.systems import ValueSystem, digest, load_system


def identify_judge(settings: Settings, system: ValueSystem) -> JudgeIdentity:
    """The configured judge over a value system, whichever kinds of items are grown."""
    name, judging = settings.agents.judge, settings.judging
    return JudgeIdentity(
        judge=name,
        members=tuple(member(settings, system, one) for one in settings.readers),
        retry=member(settings, system, judging.retry) if judging.retry else None,
        unsure=judging.unsure if name == CASCADE else None,
        value_system=system.id,
        system_digest=digest(system),
        prompts=_digests(judge_prompts(settings)),
        masked=judging.mask_question,
        signed=settings.signed,
    )


def identify_writer(settings: Settings, model: str) -> WriterIdentity:
    """A model as the writer of the kinds that are grown."""
    return WriterIdentity(model=_asked(settings, model), prompts=_digests(writer_prompts(settings)))


def member(settings: Settings, system: ValueSystem, name: str) -> Member:
    """A reader as it is configured."""
    if name == LOCAL:
        return Member(id=LOCAL, reader=reader_name(system), recogniser=_head())
    return _asked(settings, name)


def local_reader(settings: Settings, system: ValueSystem) -> str:
    """Name of the local reader where it is one of the configured readers, else an empty text."""
    return reader_name(system) if LOCAL in settings.readers else ""


def judge_name(settings: Settings, system: ValueSystem) -> str:
    """What the judge that the settings describe calls itself: what items say that were made before they kept a digest."""
    names = ", ".join(reader_name(system) if one == LOCAL else one for one in settings.readers)
    name = f"{settings.agents.judge}({names})" if settings.agents.judge in (CASCADE, JURY) else names
    return f"{name}, else {settings.judging.retry}" if settings.judging.retry else name


def _asked(settings: Settings, name: str) -> Member:
    spec = settings.model(name)
    params = json.dumps(spec.params, sort_keys=True, ensure_ascii=False) if spec.params else ""
    return Member(id=name, model=spec.model, base_url=spec.base_url, params=params, structured=spec.structured)


def _digests(refs: tuple[PromptRef, ...]) -> tuple[PromptDigest, ...]:
    return tuple(PromptDigest(name=ref.name, version=ref.version, sha256=ref.sha256) for ref in refs)


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
