"""One finding of `crux doctor`, and what must not be in it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from cruxbank.errors import CruxbankError
from cruxbank.frozen import Frozen

State = Literal["ok", "warning", "failed", "skipped"]
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+(?=@)")


class Check(Frozen):
    """What was looked at, how it stands, what was seen and, where it is not well, the way out."""

    name: str
    state: State
    seen: str
    fix: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    """The same as figures, for an issue template."""


def failed(name: str, error: CruxbankError) -> Check:
    """An error of ours as a finding."""
    return Check(name=name, state="failed", seen=error.message, fix=error.hint)


class Scrubber:
    """Takes keys, passwords in URLs and the paths of home, working and temporary folder out of findings."""

    def __init__(self, secrets: Iterable[str], env: Mapping[str, str]) -> None:
        values = {env.get(name, "").strip() for name in secrets}
        self._secrets = sorted((v for v in values if len(v) >= 4), key=len, reverse=True)
        folders = {str(Path.cwd()): ".", str(Path.home()): "~", tempfile.gettempdir(): "(temporary folder)"}
        folders |= {os.path.realpath(path): sign for path, sign in folders.items()}
        self._folders = sorted(((p, s) for p, s in folders.items() if len(p) > 1), key=lambda pair: -len(pair[0]))

    def check(self, check: Check) -> Check:
        """The finding, safe to show to strangers."""
        return Check.model_validate(self._clean(check.model_dump()))

    def _clean(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(inner) for inner in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = _PASSWORD.sub("***", text)
        for folder, sign in self._folders:
            text = re.sub(rf"{re.escape(folder)}(?=[/\\:;,)'\"\s]|$)", sign, text)
        return " ".join(text.split())
