"""The simulated critic: a few simple rules, and reasons from the names that the prompt lists."""

from __future__ import annotations

import re
from typing import Any

from cruxbank.simulator.asking import Asked, label
from cruxbank.simulator.features import content
from cruxbank.simulator.stems import stem, words

_ASKS = re.compile(
    r"\b(?:should|ought|must|is|are|was|were|do|does|did|would|will|can|could|may|might|shall|has|have)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"^(?:what|why|how|who|whom|whose|which|where|when(?! it comes)|to what extent)\b", re.IGNORECASE)
_LOADED = re.compile(
    r"\b(?:surely|obvious|obviously|isn't it|don't you|clearly|only selfish|every reasonable)\b|, right\?", re.I
)
_WORDS = 30


def review(asked: Asked) -> dict[str, Any]:
    """An answer of type QuestionReview."""
    text = asked.user_text("Question:")
    question, topic = label(text, "Question"), label(text, "Topic")
    reasons = [name for name, broken in _rules(question, topic) if broken]
    return {"ok": not reasons, "reasons": reasons}


def _rules(question: str, topic: str) -> list[tuple[str, bool]]:
    about = {stem(word) for word in content(topic)}
    asked = {stem(word) for word in words(question)}
    return [
        ("not_one_question", question.count("?") != 1 or not question.endswith("?")),
        ("not_yes_no", bool(_OPEN.match(question)) or not _ASKS.search(question)),
        ("too_long", len(question.split()) > _WORDS),
        ("not_neutral", bool(_LOADED.search(question))),
        ("off_topic", bool(topic) and not about & asked),
    ]
