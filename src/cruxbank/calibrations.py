"""calibration.json: written whole or not at all, read with its digest checked, refused for another judge."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cruxbank.accuracy import SCHEMA, Calibration, JudgeIdentity, Member, PromptDigest
from cruxbank.errors import InputError

FILE = "calibration.json"
_AGAIN = "make it again with `crux judge calibrate`, or correct judging.calibration"
_SAID = {
    "judge": "judge",
    "members": "reader, or another setting of it",
    "retry": "judging.retry, or another setting of it",
    "unsure": "judging.unsure",
    "value_system": "value system",
    "system_digest": "definitions of the value system",
    "prompts": "judge's prompts",
    "masked": "judging.mask_question",
    "signed": "sides that are read",
}


def text_of(calibration: Calibration) -> str:
    """The file's text: sorted keys, floats to 6 places, the digest of all else inside. Equal content, equal bytes."""
    plain = _rounded(calibration.model_dump(mode="json", by_alias=True))
    plain["digest"] = _digest(plain)
    return json.dumps(plain, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def sealed(calibration: Calibration) -> Calibration:
    """The calibration as it would be read back from its file."""
    return Calibration.model_validate_json(text_of(calibration))


def read_calibration(file: Path) -> Calibration:
    """The calibration in a file.

    Raises:
        InputError: no such file, not a calibration, another version, or changed by hand since it was made.
    """
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{file}: no such file", hint="crux judge calibrate writes it") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read as a calibration", hint=_AGAIN) from error
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        found = plain.get("schema") if isinstance(plain, dict) else None
        raise InputError(f"{file}: schema {found!r}, not '{SCHEMA}'", hint=_AGAIN)
    if plain.get("digest") != _digest(plain):
        raise InputError(f"{file}: was changed after it was made", hint=_AGAIN)
    try:
        return Calibration.model_validate(plain)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise InputError(f"{file}: {where}: {error.errors()[0]['msg']}", hint=_AGAIN) from error


def check_judge(calibration: Calibration, judge: JudgeIdentity, where: str) -> None:
    """The calibration is this judge's.

    Raises:
        InputError: names what differs, both values, the way out.
    """
    for field, said in _SAID.items():
        was, now = getattr(calibration.judge, field), getattr(judge, field)
        if was != now:
            message = f"{where}: made for another {said}: {_shown(was)}, now it is {_shown(now)}"
            raise InputError(message, hint=f"{_AGAIN}; {_who(judge)}")


def _who(judge: JudgeIdentity) -> str:
    return f"the judge here is {judge.judge} over {judge.value_system}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_part, value)) or "none"
    return "none" if value is None or value == "" else _part(value)


def _part(value: Any) -> str:
    if isinstance(value, PromptDigest):
        return f"{value.name} v{value.version} {value.sha256[:8]}"
    if isinstance(value, Member):
        told = {k: v[:8] if k == "recogniser" else v for k, v in value.model_dump(exclude={"id"}).items() if v}
        return " ".join([value.id, *(f"{name} {said}" for name, said in told.items())])
    return str(value)


def _digest(plain: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in plain.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6) + 0.0 if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list) else value
