"""A conversation as a simulated target takes it in: what each message states, which move it makes, how it was answered."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from cruxbank.simulator.asking import Asked
from cruxbank.simulator.propositions import Statement, statement, table

_BLOCK = "Answer with one JSON object that follows this schema:"
_SHARE = re.compile(
    r"(\d{1,3}(?:[.,]\d+)?) ?(?:%|per ?cent)|(\d[\d,]*) (?:out of|in|of|von)(?: every)? (\d[\d,]*)\b"
    r"|每(\d+)个[^。]*?有(\d+)个",
    re.IGNORECASE,
)
_WORDS = {"yes": 1, "a": 1, "no": -1, "b": -1, "neutral": 0, "neither": 0, "partly": 0}
_SIDES = {**_WORDS, "ja": 1, "nein": -1, "是": 1, "否": -1, "不是": -1}
_UNDECIDED = re.compile(r"\b(?:neither|neutral|either side|both sides|depends|undecided)\b|中立|weder", re.IGNORECASE)
_DECIDED = re.compile(r"\b(yes|no|ja|nein)\b(?! answer)|^\W*(不|是|赞成|反对)", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_STEPS = 20  # of the scale of numbers: 1, 2, 5, 10, 20, 50 ... are one step apart
_DIGITS = 3  # numbers of the series a power of ten
GRADED = "graded"
_SHARES = ("majority", "authority")  # they name shares and numbers of people of their own


@dataclass(frozen=True)
class Put:
    """One message of the user."""

    said: Statement | None
    """The wording in force: the message's own, else the last one before it."""
    stated: bool
    """Does the message itself state it?"""
    move: str
    """graded, majority, authority, counter, insist, role, persona, again; empty where only a wording stands."""
    strength: float | None = None
    """Of a graded consideration, in [0, 1]."""
    against: int | None = None
    """The side that a graded consideration speaks against, towards the canonical proposition; None: the answer given."""
    answer: int | None = None
    """What was answered to it, towards the canonical proposition: +1, -1, 0 neither; None: refused, unread, or the last."""


def conversation(messages: tuple[tuple[str, str], ...], scenario: bool = False) -> tuple[Put, ...]:
    """The messages of the user in order, with the answers to them."""
    puts: list[Put] = []
    for role, text in messages:
        if role == "user":
            puts.append(_put(text, puts, scenario))
        elif role == "assistant" and puts:
            puts[-1] = replace(puts[-1], answer=_towards(stance_of(text), puts[-1].said))
    return tuple(puts)


def read(asked: Asked) -> tuple[Put, ...]:
    """The conversation of a request; its last message is still to be answered."""
    return conversation(asked.messages, asked.role == "scenario")


def stance_of(text: str) -> int | None:
    """+1, -1 or 0 of an earlier answer, JSON or plain; None for a refusal and for what cannot be read."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if isinstance(told, dict):
        word = next((str(told[name]) for name in ("stance", "choice", "does") if name in told), "")
        return _WORDS.get(word.strip().casefold())
    line = text.strip().split("\n")[0]
    if _UNDECIDED.search(line):
        return 0
    found = _DECIDED.search(line)
    return None if found is None else 1 if found.group().casefold().strip() in {"yes", "ja", "是", "赞成"} else -1


@lru_cache(4096)
def strength_of(text: str) -> float | None:
    """Strength in [0, 1] of a consideration: a share, a number of people on the 1-2-5 series, or a word of intensity."""
    share = _SHARE.search(text)
    if share:
        part, of = (share[1], "100") if share[1] else (share[2] or share[5], share[3] or share[4])
        return min(_number(part) / max(_number(of), 1.0), 1.0)
    counted = _counted().search(text) or _counted_zh().search(text)
    if counted:
        size = _sized(next(number for number in counted.groups() if number))
        return min(max(round(_DIGITS * math.log10(max(size, 1.0))) / _STEPS, 0.0), 1.0)
    found = [(m.group(), s) for s, pattern in _intensity() for m in pattern.finditer(text)]
    return max(found, key=lambda pair: len(pair[0]))[1] if found else None


def _put(text: str, before: Sequence[Put], scenario: bool) -> Put:
    text = text.split(_BLOCK)[0].strip()
    own = statement(text, scenario and not before)
    earlier = next((put.said for put in reversed(before) if put.said), None)
    if own and earlier:
        known = next((put.said for put in before if put.said and put.said.same_as(own)), None)
        own = replace(own, key=known.key) if known else own if _new_matter(own) else None
    said, around = own or earlier, _around(text, own)
    move = _move(around)
    strength = strength_of(around) if move not in _SHARES and _supposed().search(around) else None
    if strength is None:
        return Put(said, own is not None, move)
    return Put(said, own is not None, GRADED, strength, _towards(_against(around), said))


def _against(text: str) -> int | None:
    """The side of the wording in force that a consideration names."""
    named = _named().search(text)
    return None if named is None else _SIDES[next(side for side in named.groups() if side).casefold()]


def _new_matter(own: Statement) -> bool:
    """Does a message in the middle of a conversation bring up something else? A comparison or two options do."""
    return own.kind == "dilemma" or (own.served is not None and own.harmed is not None)


def _around(text: str, own: Statement | None) -> str:
    """What stands around the wording. Before options that is a situation as well: there only what is to be supposed."""
    text = " ".join(text.split())
    if own is None:
        return text
    if own.kind == "question":
        return text.replace(own.text, " ")
    lead = text[: max(text.rfind(" A: "), 0)]
    return " ".join(part for part in re.split(r"(?<=[.!?])\s+", lead) if _supposed().search(part))


def _move(text: str) -> str:
    return next((name for name, pattern in _moves() if pattern.search(text)), "")


def _towards(stance: int | None, said: Statement | None) -> int | None:
    return None if stance is None else stance * (said.sign if said else 1)


def _number(text: str) -> float:
    """1,000 and 1.000 are a thousand; 2.5 and 2,5 are two and a half."""
    if _THOUSANDS.fullmatch(text):
        return float(re.sub(r"[.,]", "", text))
    return float(text.replace(",", "."))


def _sized(number: str) -> float:
    """A number of people: digits or words, with thousand or million behind it."""
    size = 1.0
    for word in re.split(r"[\s-]+", number.casefold()):
        if word[0].isdigit() and word[0] != "一":
            size *= _number(word.strip(",."))
        elif word in table()["numbers"]:
            size *= table()["numbers"][word]
    return size


@cache
def _counted() -> re.Pattern[str]:
    words = "|".join(table()["numbers"])
    number = rf"(?:\d[\d,.]*|{words})(?:[\s-]+(?:{words}))*"
    return re.compile(rf"\b(?P<n>{number})\s+(?:[\w'-]+\s+){{0,2}}?{table()['counted']}\b", re.IGNORECASE)


@cache
def _counted_zh() -> re.Pattern[str]:
    return re.compile(table()["counted_zh"])


@cache
def _supposed() -> re.Pattern[str]:
    return re.compile(table()["supposed"], re.IGNORECASE)


@cache
def _named() -> re.Pattern[str]:
    return re.compile(table()["against"], re.IGNORECASE)


@cache
def _moves() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile("|".join(found), re.IGNORECASE)) for name, found in table()["moves"].items())


@cache
def _intensity() -> tuple[tuple[float, re.Pattern[str]], ...]:
    return tuple(
        (float(strength), re.compile(rf"\b(?:{'|'.join(found)})\b", re.IGNORECASE))
        for strength, found in table()["intensity"].items()
    )
