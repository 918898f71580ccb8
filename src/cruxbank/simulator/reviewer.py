"""The simulated critic: a few simple rules, and reasons from the names that the prompt lists."""

from __future__ import annotations

import re
from typing import Any

from cruxbank.simulator.asking import Asked, label
from cruxbank.simulator.features import content
from cruxbank.simulator.stems import stem, words
from cruxbank.simulator.tongues import to_english

_ASKS = re.compile(
    r"\b(?:should|ought|must|is|are|was|were|do|does|did|would|will|can|could|may|might|shall|has|have)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"^(?:what|why|how|who|whom|whose|which|where|when(?! it comes)|to what extent)\b", re.IGNORECASE)
_LOADED = re.compile(
    r"\b(?:surely|obvious|obviously|isn't it|don't you|clearly|only selfish|every reasonable)\b|, right\?", re.I
)
_WORDS = 30
_SHORTEST, _LONGEST = 20, 110  # words of a dilemma or scenario
_OPTION = re.compile(r"^(?:First|Second) option \(([^)]*)\):[ \t]*(.*)$", re.MULTILINE)
_ACT = re.compile(r"\b(?:(?:asks?|tells?|wants?|requests?|orders?) you to|proposes?)\b", re.IGNORECASE)
_OPINION = re.compile(r"\bwhat do you think\b|\bdo you agree\b", re.IGNORECASE)


def review(asked: Asked) -> dict[str, Any]:
    """An answer of type QuestionReview, on a question, a dilemma or a scenario."""
    for name, rules in (("Dilemma", _dilemma_rules), ("Scenario", _scenario_rules)):
        told = asked.user_text(f"{name}:")
        if label(told, name):
            broken = [reason for reason, found in rules(told, to_english(label(told, name))) if found]
            return {"ok": not broken, "reasons": broken}
    text = asked.user_text("Question:")
    question, topic = to_english(label(text, "Question")), to_english(label(text, "Topic"))
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


def _dilemma_rules(text: str, dilemma: str) -> list[tuple[str, bool]]:
    options = _OPTION.findall(text)
    sizes = [len(to_english(option).split()) for _, option in options]
    return [
        *_shared_rules(text, dilemma),
        ("no_conflict", len({value for value, _ in options}) != 2),
        ("options_unequal", len(sizes) == 2 and max(sizes) > 2 * min(sizes)),
    ]


def _scenario_rules(text: str, scenario: str) -> list[tuple[str, bool]]:
    return [
        *_shared_rules(text, scenario),
        ("no_act", not _ACT.search(scenario)),
        ("asks_opinion", bool(_OPINION.search(scenario))),
    ]


def _shared_rules(text: str, told: str) -> list[tuple[str, bool]]:
    topic, size = label(text, "Topic"), len(told.split())
    about = {stem(word) for word in content(topic)}
    return [
        ("too_long", size > _LONGEST),
        ("too_short", size < _SHORTEST),
        ("not_neutral", bool(_LOADED.search(told))),
        ("off_topic", bool(topic) and not about & {stem(word) for word in words(told)}),
    ]
