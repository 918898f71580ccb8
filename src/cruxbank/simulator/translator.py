"""The simulated translator: a gloss that can be undone, so that the proposition stays the same (see `tongues`)."""

from __future__ import annotations

import re
from typing import Any

from cruxbank.simulator.asking import Asked, label, labels
from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.tongues import from_english, to_english

_FAILED = 0.02
"""Share of translations with one wording left as it was."""


def translate(asked: Asked, seed: int) -> dict[str, Any]:
    """An answer of type Translation. The topic stays as it is, in quotation marks, where it stands in a wording."""
    text = asked.user_text("Question:")
    language, topic = _code(label(text, "To", "en")), label(text, "Topic")
    question, mirrors, paraphrases = label(text, "Question"), labels(text, "Mirror"), labels(text, "Paraphrase")
    keep = [topic] if topic else []
    left = Picks(seed, "translate", asked.model, *asked.identity).chance(_FAILED)
    return {
        "question": question if left else moved(question, language, keep),
        "mirrors": [moved(mirror, language, keep) for mirror in mirrors],
        "paraphrases": [moved(paraphrase, language, keep) for paraphrase in paraphrases],
    }


def _code(name: str) -> str:
    """`de` of `German (de)`, and of `de`."""
    return re.sub(r".*\(([^()]+)\)$", r"\1", name.strip()).split("-")[0].casefold()


def moved(text: str, language: str, keep: list[str]) -> str:
    """A text in another language, with the same English key."""
    return from_english(to_english(text), language, keep)
