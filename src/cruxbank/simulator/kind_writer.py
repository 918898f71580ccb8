"""The simulated writer of dilemmas and scenarios: two goods between which values pull, put into a situation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from cruxbank.simulator.asking import Asked, label, labels
from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.kinds import kind_table
from cruxbank.simulator.roster import DIMENSIONS
from cruxbank.simulator.tables import drafts, system_words
from cruxbank.simulator.tongues import LANGUAGES, from_english, phrase, to_english

_FLAWED = 0.05  # share of drafts that a critic ought to refuse
_LISTED = re.compile(r"^- ([\w-]+):", re.MULTILINE)
Good = tuple[str, str]
"""A dimension of the prompt, and a good that stands for it."""


def write_dilemma(asked: Asked, seed: int) -> dict[str, Any]:
    """An answer of type DilemmaDraft. A rewrite keeps the goods of the dilemma that it was shown."""
    text = asked.user_text("Topic:")
    picks = Picks(seed, "dilemma", asked.model, *asked.identity)
    earlier, topic = to_english(label(text, "Dilemma")), label(text, "Topic", "this subject")
    goods = _goods(asked, earlier, picks)
    frame = _fresh(kind_table()["dilemmas"], topic, [*labels(text, "Refused"), earlier], picks)
    forms = picks.shuffled(list(product(frame["situations"], frame["options"])))
    told = _rewordings(forms, topic, goods, 1 + int(label(text, "Rewordings", "5") or 5))
    first, second = (
        {"text": told[0][name], "value": good[0]} for name, good in zip(("first", "second"), goods, strict=True)
    )
    if picks.chance(_FLAWED):
        second = {**second, "value": first["value"]}
    base = {"situation": told[0]["situation"], "first": first, "second": second}
    draft = {**_grounds(topic, goods, picks, earlier), **base, "rewordings": told[1:]}
    language = label(text, "Language", "en")
    return {**_in_language(draft, language, topic), "closing": kind_table()["closings"].get(language, "")}


def write_scenario(asked: Asked, seed: int) -> dict[str, Any]:
    """An answer of type ScenarioDraft. Mirrors ask for the opposite act."""
    text = asked.user_text("Topic:")
    picks = Picks(seed, "scenario", asked.model, *asked.identity)
    earlier, topic = to_english(label(text, "Scenario")), label(text, "Topic", "this subject")
    goods = _goods(asked, earlier, picks)
    frame = _fresh(kind_table()["scenarios"], topic, [*labels(text, "Refused"), earlier], picks)
    forms = picks.shuffled(list(product(frame["situations"], frame["requests"])))
    counts = [int(label(text, name, default) or default) for name, default in (("Paraphrases", "3"), ("Mirrors", "2"))]
    scenes = _scenes(forms, topic, goods, 1 + counts[0])
    turned = _scenes(picks.shuffled(forms), topic, (goods[1], goods[0]), counts[1])
    base = scenes[0].replace(" you to ", " about your plans to ") if picks.chance(_FLAWED) else scenes[0]
    draft = {**_grounds(topic, goods, picks, earlier), "scenario": base, "paraphrases": scenes[1:], "mirrors": turned}
    return dict(_in_language(draft, label(text, "Language", "en"), topic))


def _in_language(value: Any, language: str, topic: str, name: str = "") -> Any:
    """The same with every text in the language; ids stay, and an option is part of a sentence."""
    if language not in LANGUAGES[1:] or name == "value" or not value:
        return value
    if isinstance(value, dict):
        return {key: _in_language(part, language, topic, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_in_language(part, language, topic, name) for part in value]
    return phrase(value, language) if name in {"text", "first", "second"} else from_english(value, language, [topic])


def _rewordings(forms: Sequence[tuple[str, str]], topic: str, goods: Sequence[Good], n: int) -> list[dict[str, str]]:
    told = []
    for situation, option in _enough(forms, n):
        sides = {name: option.replace("{g}", good) for name, (_, good) in zip(("first", "second"), goods, strict=True)}
        told.append({"situation": situation.replace("{t}", topic), **sides})
    return told


def _scenes(forms: Sequence[tuple[str, str]], topic: str, goods: Sequence[Good], n: int) -> list[str]:
    asks = kind_table()["questions"]
    told = []
    for k, (situation, request) in enumerate(_enough(forms, n)):
        filled = request.replace("{a}", goods[0][1]).replace("{b}", goods[1][1])
        told.append(f"{situation.replace('{t}', topic)} {filled} {asks[k % len(asks)]}")
    return told


def _enough(forms: Sequence[tuple[str, str]], n: int) -> list[tuple[str, str]]:
    """Forms, and where more are asked for than there are, the same after a short sentence."""
    more = [(lead + situation, second) for lead in kind_table()["leads"] for situation, second in forms]
    return [*forms, *more][:n]


def _goods(asked: Asked, earlier: str, picks: Picks) -> list[Good]:
    """Two goods of two dimensions that the prompt lists; those of the earlier text where it has them."""
    listed = dict.fromkeys(_LISTED.findall("\n".join(text for _, text in asked.messages)))
    served = _served(listed or DIMENSIONS)
    pairs = [pair for pair in drafts()["tensions"] if set(pair) <= set(served.values())]
    if not pairs and len(listed) > 1:
        return _own_goods(listed, earlier, picks)
    known = [(name, good) for name, value in served.items() for good in drafts()["sides"][value] if good in earlier]
    if len({name for name, _ in known}) > 1:
        return sorted(dict(known).items(), key=lambda pair: earlier.find(pair[1]))[:2]
    of = {value: name for name, value in served.items()}
    chosen = picks.shuffled(picks.choice(pairs or [DIMENSIONS[:2]]))
    return [(of.get(value, value), picks.choice(drafts()["sides"][value])) for value in chosen]


def _own_goods(listed: Iterable[str], earlier: str, picks: Picks) -> list[Good]:
    """Of a system that the simulator has no words for (a person's own): the ids themselves, because a dilemma may serve
    no value that the study has not. The simulated panel holds none of them dear, so it answers by the rest of the words."""
    goods = [(name, name.replace("-", " ")) for name in listed]
    places = [(found.start(), good) for good in goods if (found := re.search(rf"\b{good[1]}\b", earlier))]
    if len(places) > 1:
        return [good for _, good in sorted(places)[:2]]
    return picks.shuffled(goods)[:2]


def _served(listed: Iterable[str]) -> dict[str, str]:
    """Dimension -> the one of the ten values that it depends on most; of each value the dimension that shows it best."""
    best: dict[str, tuple[float, str]] = {}
    for name in listed:
        about = system_words().get(name)
        share, value = (
            max(((share, value) for value, share in about.sources.items()), default=(0.0, "")) if about else (0.0, "")
        )
        if share > best.get(value, (0.0, ""))[0]:
            best[value] = (share, name)
    return {name: value for value, (_, name) in best.items()}


def _fresh(frames: Sequence[dict[str, Any]], topic: str, taken: Sequence[str], picks: Picks) -> dict[str, Any]:
    """A frame with a situation that was not refused; the first one when all were."""
    options = picks.shuffled(frames)
    seen = " ".join(taken)
    fits = [frame for frame in options if not any(s.replace("{t}", topic) in seen for s in frame["situations"])]
    return dict((fits or options)[0])


def _grounds(topic: str, goods: Sequence[Good], picks: Picks, earlier: str) -> dict[str, str]:
    """Fact and argument of a first draft, empty for a rewrite."""
    if earlier:
        return {"fact": "", "argument": ""}
    slots = {"{t}": topic, "{a}": goods[0][1], "{b}": goods[1][1], "{n}": str(3 + picks.index(16))}
    made = {name: str(picks.choice(drafts()[name + "s"])) for name in ("fact", "argument")}
    for slot, value in slots.items():
        made = {name: text.replace(slot, value) for name, text in made.items()}
    return {name: text[0].upper() + text[1:] for name, text in made.items()}
