"""The domains of topics, and a small keyword classifier for topics that come without one."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml

OTHER = "other"


@cache
def _keywords() -> dict[str, tuple[str, ...]]:
    text = files("cruxbank.topics").joinpath("domains.yaml").read_text(encoding="utf-8")
    return {domain: tuple(words) for domain, words in yaml.safe_load(text).items()}


def domains() -> tuple[str, ...]:
    """The domains of the seed topics, sorted."""
    return tuple(sorted(_keywords()))


def guess_domain(text: str) -> str:
    """The domain with most keyword hits (longer keywords count more), or "other". Ties go to the first by name."""
    scores = {domain: _score(text, words) for domain, words in _keywords().items()}
    best = max(sorted(scores), key=lambda domain: scores[domain])
    return best if scores[best] else OTHER


def _score(text: str, words: tuple[str, ...]) -> int:
    return sum(len(word) for word in words if re.search(rf"\b{word}", text, re.IGNORECASE))
