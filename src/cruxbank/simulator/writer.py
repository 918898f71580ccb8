"""The simulated question writer: topic and tension in, one yes/no question with paraphrases and mirrors out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cruxbank.simulator.asking import Asked, label, labels
from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.tables import drafts
from cruxbank.simulator.tongues import LANGUAGES, from_english, phrase, sayings, to_english

_EARLIER = re.compile(r"^(Question|Refused):[ \t]*(.*)$", re.MULTILINE)
_FLAWED = 0.05  # share of drafts that a critic ought to refuse
_WORDS = 30
_LEADS = ("On balance, ", "Taking one thing with another, ")


def write(asked: Asked, seed: int) -> dict[str, Any]:
    """An answer of type QuestionDraft, for a first draft and for a rewrite."""
    text = asked.user_text("Topic:")
    language = label(text, "Language", "en")
    picks = Picks(seed, "write", asked.model, *asked.identity)
    if language in LANGUAGES[1:]:
        return _abroad(_compose(_in_english(text), picks), language, label(text, "Topic", "this subject"), picks)
    return _compose(text, picks)


def _compose(text: str, picks: Picks) -> dict[str, Any]:
    topic = label(text, "Topic", "this subject")
    sides = _kept_sides(label(text, "Question")) or _new_sides(picks)
    slots = {"t": topic, "a": sides[0], "b": sides[1]}
    frame = _frame(slots, picks, taken=[*labels(text, "Refused"), label(text, "Question")])
    rewrite = bool(label(text, "Question"))
    return {
        "fact": "" if rewrite else _fill(picks.choice(drafts()["facts"]), slots | {"n": str(3 + picks.index(16))}),
        "argument": "" if rewrite else _fill(picks.choice(drafts()["arguments"]), slots),
        "question": _question(frame, slots, picks),
        "paraphrases": _some(frame["paraphrases"], int(label(text, "Paraphrases", "3") or 3), slots, picks),
        "mirrors": _some(frame["mirrors"], int(label(text, "Mirrors", "2") or 2), slots, picks),
    }


def _in_english(text: str) -> str:
    """The prompt with earlier questions by their English keys."""
    return _EARLIER.sub(lambda found: f"{found.group(1)}: {to_english(found.group(2))}", text)


def _abroad(draft: dict[str, Any], language: str, topic: str, picks: Picks) -> dict[str, Any]:
    """An English draft in another language; a first draft gets a fact and an argument of that language."""
    made: dict[str, Any] = dict.fromkeys(("fact", "argument"), "")
    if draft["fact"]:
        goods = [phrase(good, language) for good in (_kept_sides(draft["question"]) or _new_sides(picks))]
        slots = {"t": topic, "n": str(3 + picks.index(16)), "a": goods[0], "b": goods[1]}
        made = {name: _fill(picks.choice(sayings(language)[name + "s"]), slots) for name in made}
    made["question"] = from_english(draft["question"], language, [topic])
    for name in ("paraphrases", "mirrors"):
        made[name] = [from_english(text, language, [topic]) for text in draft[name]]
    return made


def _question(frame: dict[str, Any], slots: dict[str, str], picks: Picks) -> str:
    if picks.chance(_FLAWED):
        return _fill(picks.choice(drafts()["flawed"]), slots)
    return _fill(frame["base"], slots)


def _some(templates: Sequence[str], n: int, slots: dict[str, str], picks: Picks) -> list[str]:
    """The short ones first: a long topic makes some wordings too long. Where more are asked for than there are, they
    come again with a way into the sentence before them."""
    filled = [_fill(template, slots) for template in picks.shuffled(templates)]
    filled.sort(key=lambda text: not _fits(text))
    more = [lead + text[0].lower() + text[1:] for lead in _LEADS for text in filled]
    return [*filled, *more][:n]


def _new_sides(picks: Picks) -> tuple[str, str]:
    data = drafts()
    pair = picks.shuffled(picks.choice(data["tensions"]))
    return picks.choice(data["sides"][pair[0]]), picks.choice(data["sides"][pair[1]])


def _kept_sides(question: str) -> tuple[str, str] | None:
    """The two sides of an earlier question of ours, in its order: a rewrite keeps the crux."""
    known = [side for sides in drafts()["sides"].values() for side in sides]
    found = sorted((question.find(side), side) for side in known if side in question)
    if len(found) < 2:
        return None
    first, second = found[0][1], found[1][1]
    return (second, first) if " sake of " in question else (first, second)


def _frame(slots: dict[str, str], picks: Picks, taken: Sequence[str]) -> dict[str, Any]:
    """A frame whose question is new and short enough; the first of them when none is."""
    options = picks.shuffled(drafts()["frames"])
    fits = [f for f in options if _fits(_fill(f["base"], slots)) and _fill(f["base"], slots) not in taken]
    return dict((fits or options)[0])


def _fits(question: str) -> bool:
    return len(question.split()) <= _WORDS


def _fill(template: str, slots: dict[str, str]) -> str:
    """Plain replacement: a topic with braces stays text."""
    for name, value in slots.items():
        template = template.replace("{" + name + "}", value) if name != "t" else template
    text = template.replace("{t}", slots["t"])
    return text[0].upper() + text[1:]
