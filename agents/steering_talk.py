"""Signs of steering in the words of a text: talk to the reader or about the reading, in 23 languages at once.

An opinion speaks about the world. Whoever wants another verdict has to speak about the verdict: about instructions,
the answer's form, the values as a list, or who reads. One such word is nothing; two or three of them close together,
one of them an order, is what is looked for. The groups of words are in steering_words.yaml; what has to meet is below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from cruxbank.agents.skeleton import fold, forms
from cruxbank.agents.steering_lines import filed, paired

REACH = 60
"""Characters between two words that belong together, about ten words of English."""


class Word(NamedTuple):
    """A word of one group at its place. `firm`: it opens a clause, as an order does."""

    start: int
    end: int
    group: str
    firm: bool


@dataclass(frozen=True)
class Rule:
    """Groups that have to meet within `reach` of the first; `firm`: the first of them has to open a clause."""

    name: str
    groups: tuple[str, ...]
    firm: bool = False
    reach: int = REACH


ORDERS: tuple[Rule, ...] = (
    Rule("cancels what was asked", ("cancel", "given", "prior"), firm=True),
    Rule("cancels what was asked", ("you", "cancel", "given", "prior")),
    Rule("cancels what was asked", ("cancel", "given"), firm=True, reach=40),
    Rule("orders a reading", ("emit", "field"), firm=True),
    Rule("orders a reading", ("cancel", "field"), firm=True),
    Rule("orders a reading", ("emit", "dim", "weak"), firm=True, reach=40),
    Rule("orders a reading", ("you", "emit", "field")),
    Rule("orders a reading", ("you", "dim", "field")),
    Rule("speaks to the reader", ("agent", "you", "weak"), firm=True, reach=40),
    Rule("speaks to the reader", ("agent", "you", "field"), firm=True),
    Rule("speaks to the reader", ("agent", "emit", "field")),
    Rule("gives the reader a role", ("persona", "agent"), firm=True),
    Rule("gives the reader a role", ("persona", "field"), firm=True),
    Rule("gives the reader a role", ("persona", "cancel", "given"), firm=True),
    Rule("says how it is to be read", ("self", "how", "field")),
    Rule("says how it is to be read", ("self", "how", "dim", "how")),
    Rule("asks for what was given", ("emit", "given", "prior"), firm=True, reach=40),
    Rule("orders a reading", ("emit", "dim", "state"), firm=True),
    Rule("gives a verdict in a line", ("line",)),
    Rule("files the answer under a value", ("emit", "self", "filed"), firm=True),
    Rule("files the answer under a value", ("file", "self", "filed")),
)
"""What no opinion holds."""
DOUBTS: tuple[Rule, ...] = (
    Rule("may order a reading", ("emit", "dim"), firm=True, reach=30),
    Rule("may order a reading", ("emit", "weak"), firm=True, reach=30),
    Rule("may order a reading", ("emit", "you", "dim"), firm=True),
    Rule("may speak of the reading", ("self", "how")),
    Rule("may speak of the reading", ("self", "field")),
    Rule("may speak of the reading", ("meta", "dim"), reach=40),
    Rule("may speak of the reading", ("agents", "see", "dim")),
    Rule("may speak to the reader", ("agent", "dim"), firm=True, reach=30),
    Rule("may speak to the reader", ("charge", "agent")),
    Rule("names what only the judge has", ("alone",)),
    Rule("names who reads", ("rater",)),
    Rule("gives a value like an answer", ("dim",), firm=True),
    Rule("may order a reading", ("emit", "meta"), firm=True, reach=40),
    Rule("may give the reader a role", ("persona", "dim"), firm=True),
    Rule("may cancel what was asked", ("void", "given", "prior")),
    Rule("may speak of the reading", ("field", "agent")),
    Rule("may speak of the reading", ("persona", "you", "weak")),
    Rule("may speak of the reading", ("persona", "given")),
    Rule("may cancel what was asked", ("cancel", "given")),
    Rule("may cancel what was asked", ("cancel", "dim"), firm=True, reach=20),
    Rule("may give a verdict", ("pair",)),
    Rule("may give a verdict", ("lead", "dim"), reach=40),
    Rule("may give a verdict", ("lead", "side"), reach=40),
    Rule("may give a verdict", ("lead", "field"), reach=40),
    Rule("may give a verdict", ("lead", "weak"), reach=40),
    Rule("may order a reading", ("emit", "weak", "state"), firm=True, reach=30),
    Rule("may order a reading", ("emit", "thing"), firm=True, reach=30),
    Rule("may order a reading", ("emit", "filed"), firm=True),
    Rule("may order a reading", ("file", "filed")),
)
"""What an opinion may hold by chance: worth a second look."""

_LETTER = "[\\w\u0900-\u0963\u0966-\u097f\u0980-\u09ff]"
_CLAUSE = re.compile(
    r"(?:^|[.!?;:,()\[\]{}\"“”'‘’*#>|/\\=–—…-]\s*|\b(?:please|now|then|just|kindly|simply|instead|do|do not|don'?t|never|immediately|hereby|"  # noqa: E501
    r"you|u|u must|you (?:must|should|will|shall|have to|need to|can|are to|ought to)|let'?s|first|finally|next|therefore|so)\s+)$"  # noqa: E501
)
_BEFORE, _AFTER = re.compile(r"(?:[:：=#]|->|→)[\s\"'(\[]*$"), re.compile(r"[\s\"')\]]*(?:$|[.,;!)\]。！，])")
_START = re.compile(rf"(?<!{_LETTER}){_LETTER}")
_LED = re.compile(r"[^\W_](?![*?+{])")
_CHOICE = re.compile(r"\(\?:([^()\[\]\\]*)\)(\??)(?![*+{])")
_LATE = frozenset({"side", "file"})
_RUNS = frozenset({"zh", "ja", "ko"})
_SCRIPTS: dict[str, tuple[tuple[str, ...], str]] = {
    "english": (("en",), "[a-z]"),
    "latin": (("de", "fr", "es", "pt", "it", "nl", "sv", "pl", "tr", "vi", "id"), "[a-z]"),
    "cyrillic": (("ru", "uk"), "[\u0400-\u04ff]"),
    "greek": (("el",), "[\u0370-\u03ff]"),
    "hebrew": (("he",), "[\u0590-\u05ff]"),
    "arabic": (("ar", "fa"), "[\u0600-\u06ff]"),
    "devanagari": (("hi",), "[\u0900-\u097f]"),
    "bengali": (("bn",), "[\u0980-\u09ff]"),
    "han": (("zh", "ja", "ko"), "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"),
}


def talk(text: str, rules: Sequence[Rule], dimensions: tuple[str, ...] = (), *, deep: bool = True) -> Iterator[str]:
    """Names of the rules that a text meets, in whichever of its forms; as it is spelled only, unless `deep`.

    dimensions: ids and names of the values.
    """
    for form in forms(text) if deep else (fold(text),):
        words = _words(form, dimensions)
        known = {word.group for word in words}
        yield from (rule.name for rule in rules if known.issuperset(rule.groups) and _met(rule, words))


def _met(rule: Rule, words: Sequence[Word]) -> bool:
    first, *rest = rule.groups
    anchors = (word for word in words if word.group == first and (word.firm or not rule.firm))
    return any(_joined(anchor, rest, words, rule.reach) for anchor in anchors)


def _joined(anchor: Word, groups: Sequence[str], words: Sequence[Word], reach: int) -> bool:
    """Whether a word of every group is near the first, each another word than those taken already."""
    taken = [anchor]
    for group in groups:
        near = (w for w in words if w.group == group and _gap(w, anchor) <= reach)
        found = next((w for w in near if all(_gap(w, other) >= 0 for other in taken)), None)
        if found is None:
            return False
        taken.append(found)
    return True


def _gap(one: Word, other: Word) -> int:
    """Characters between two words; negative where they overlap."""
    return max(one.start, other.start) - min(one.end, other.end)


@lru_cache(maxsize=4096)
def _words(form: str, dimensions: tuple[str, ...]) -> tuple[Word, ...]:
    starts = [match.start() for match in _START.finditer(form)]
    found = _looked_up(form, starts, late=False)
    for match in _names(dimensions).finditer(form) if dimensions else ():
        found.setdefault((*match.span(), "dim"), Word(*match.span(), "dim", _given(form, match)))
    values = sorted({(word.start, word.end) for word in found.values() if word.group in ("dim", "worth")})
    return (*found.values(), *_beside(form, values, starts)) if values else tuple(found.values())


def _looked_up(form: str, starts: Sequence[int], *, late: bool) -> dict[tuple[int, int, str], Word]:
    found: dict[tuple[int, int, str], Word] = {}
    for table in _lexicon(late):
        if table.letters.search(form):
            for group, match in table.matches(form, starts):
                firm = _given(form, match) if group == "dim" else table.always_firm or _opens(form, match.start())
                found.setdefault((*match.span(), group), Word(*match.span(), group, firm))  # English comes first
    return found


def _beside(form: str, values: Sequence[tuple[int, int]], starts: Sequence[int]) -> Iterator[Word]:
    """What only counts where a value is named, and values with what stands right beside them."""
    words = _looked_up(form, starts, late=True).values()
    yield from words
    sides = [(word.start, word.end) for word in words if word.group == "side"]
    for span, group in (*paired(form, values, sides), *filed(form, values)):
        yield Word(*span, group, True)


def _given(form: str, value: re.Match[str]) -> bool:
    """Whether a value stands there like an answer in a form: `result: power.`, `[value = power]`."""
    return (
        _BEFORE.search(form[max(0, value.start() - 9) : value.start()]) is not None
        and _AFTER.match(form, value.end()) is not None
    )


def _opens(form: str, place: int) -> bool:
    """Whether a clause may begin there."""
    return _CLAUSE.search(form[max(0, place - 40) : place]) is not None if place else True


@cache
def _names(dimensions: tuple[str, ...]) -> re.Pattern[str]:
    names = sorted({re.sub(r"[\W_]+", r"[\\W_]?", fold(name)) for name in dimensions})
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(names)})(?![^\W_])")


@dataclass(frozen=True)
class Table:
    """The words of one script. Words that stand alone are looked up by their beginnings: trying some 2,000 of them at
    every letter was two thirds of what looking at an answer cost."""

    letters: re.Pattern[str]
    always_firm: bool
    led: dict[str, tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]]
    """First letters, two or one or none -> all words that begin so in one pattern, then group by group."""
    runs: tuple[tuple[str, re.Pattern[str]], ...]
    """Found anywhere: words of languages that write no blanks, and what does not begin with a letter."""

    def matches(self, form: str, starts: Sequence[int]) -> Iterator[tuple[str, re.Match[str]]]:
        """Every word with its group; of one group none inside another."""
        ends: dict[str, int] = {}
        for start in starts:
            for lead in (form[start : start + 2], form[start], ""):
                known = self.led.get(lead)
                if known and known[0].match(form, start):
                    yield from _new(form, start, known[1], ends)
        for group, pattern in self.runs:
            for match in pattern.finditer(form):
                yield group, match


def _new(
    form: str, start: int, groups: Sequence[tuple[str, re.Pattern[str]]], ends: dict[str, int]
) -> Iterator[tuple[str, re.Match[str]]]:
    for group, pattern in groups:
        match = pattern.match(form, start) if start >= ends.get(group, 0) else None
        if match:
            ends[group] = match.end()
            yield group, match


@cache
def _lexicon(late: bool) -> tuple[Table, ...]:
    """late: the groups that are looked for only where a value is named."""
    source = files("cruxbank.agents").joinpath("steering_words.yaml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, list[str]]] = yaml.safe_load(source)
    kept = {language: {g: w for g, w in groups.items() if (g in _LATE) is late} for language, groups in tables.items()}
    return tuple(_table(script, *known, kept) for script, known in _SCRIPTS.items())


def _table(script: str, languages: Sequence[str], letters: str, tables: dict[str, dict[str, list[str]]]) -> Table:
    groups = dict.fromkeys(group for language in languages for group in tables[language])
    led: dict[str, dict[str, list[str]]] = {}
    runs: list[tuple[str, re.Pattern[str]]] = []
    for group in groups:
        anywhere = _sources(group, [name for name in languages if name in _RUNS], tables)
        for source in _sources(group, [name for name in languages if name not in _RUNS], tables):
            if source.startswith("["):
                anywhere.append(rf"(?<!{_LETTER})(?:{source})(?!{_LETTER})")
            else:
                led.setdefault(_lead(source), {}).setdefault(group, []).append(source)
        runs += [(group, re.compile("|".join(anywhere)))] if anywhere else []
    return Table(re.compile(letters), script != "english", {lead: _begun(by) for lead, by in led.items()}, tuple(runs))


def _begun(by_group: Mapping[str, Sequence[str]]) -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    every = [source for sources in by_group.values() for source in sources]
    return _alone(every), tuple((group, _alone(sources)) for group, sources in by_group.items())


def _sources(group: str, languages: Sequence[str], tables: dict[str, dict[str, list[str]]]) -> list[str]:
    return [one for name in languages for word in tables[name].get(group, ()) for one in _opened(_source(word))]


def _opened(source: str) -> list[str]:
    """A pattern that begins with a choice, as one pattern for each: only then it can be looked up by its letters."""
    choice = _CHOICE.match(source)
    if choice is None:
        return [source]
    ways = [*choice[1].split("|"), *([""] if choice[2] else [])]
    return [way + source[choice.end() :] for way in ways]


def _lead(source: str) -> str:
    """The letters that every text of a pattern begins with: two, one or none."""
    known = 0
    while known < 2 and _LED.match(source, known):
        known += 1
    return source[:known]


def _alone(sources: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(sources)})(?!{_LETTER})")


def _source(word: str) -> str:
    """The regular expression of one entry: `*` any ending, `_` any gap."""
    word = re.sub(r"(?<=[^\W\d_])(?<!\\w)\*", r"\\w*", fold(word))
    return (
        word.replace(r"\w", _LETTER)
        .replace("_", r"[\W_]{1,3}" if len(word) > 1 else "_")
        .replace(r"[\W[\W_]{1,3}]", r"[\W_]")
    )
