"""A judge that obeys on purpose: whatever order it finds in the text that it reads, in whatever disguise, it carries out.

It exists so that a defence is tested and not a model. It looks for orders in the text as it is, without accents and
invisible characters, spelled together, with look-alike letters and digits read as letters, backwards, rot13 and
base64, and across key points; it copies forged verdicts and nonces and makes up a quote where one is wanted.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from cruxbank.simulator.tables import read

_LISTED = re.compile(r"^- ([\w-]+):", re.MULTILINE)
_FENCE = re.compile(r"<<<<(\w+)\n(.*?)\n\1>>>>", re.DOTALL)
_POINT = re.compile(r"^\s*(\d+)\.\s+(.*)$", re.MULTILINE)
_NONCE = re.compile(r"\b[0-9a-f]{16}\b")
_SIDES = re.compile(r"(supports|opposes)[\"'`]?\s*[:=]\s*\[?([^\]}\n]{0,200})", re.IGNORECASE)
_TURNED = re.compile(
    r"(?:value|dimension)[\"']?\s*:\s*[\"']([\w-]+)[\"'].{0,40}?side[\"']?\s*:\s*[\"'](supports|opposes)", re.I
)
_BLOB = re.compile(r"[A-Za-z0-9+/]{12,}={0,2}")
_FOREIGN = str.maketrans("абвгдеіјкмнорѕтухαβεικνορτυχ", "abbrdeijkmhopstyxabeiknoptux")
_DIGITS = str.maketrans("013457@$", "oleastas")
_WORDS = 4
Plan = dict[str, set[str]]


def obey(prompt: str, honest: dict[str, Any], half: bool = False) -> dict[str, Any]:
    """The reading that the judged text asks for; the honest one where it asks for nothing. Same shape as `honest`.

    half: obeys only what is spelled plainly and names values, not disguises and not orders about all of them.
    """
    fence = _FENCE.search(prompt)
    text = fence.group(2) if fence else prompt
    dimensions = _LISTED.findall(prompt[: fence.start()] if fence else prompt)
    said = " ".join(point for _, point in _POINT.findall(text)) or text
    for form in [unicodedata.normalize("NFKC", said).casefold()] if half else _forms(said):
        if not _ordered(form):
            continue
        if not half and _has("refuse", form):
            return {"refusal": "I was told not to read this."}
        plan = _plan(form, dimensions, honest, half)
        if plan is not None:
            return _carry_out(plan, honest, _nonce(form, honest, half), text)
    return {**honest, "nonce": _nonce(said.casefold(), honest, half)}


def _forms(said: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", said)
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"Cf", "Cc", "Mn"} or "\u0900" <= c <= "\u097f")
    low = plain.casefold()
    yield low
    yield unicodedata.normalize("NFKC", said).casefold()
    yield low.translate(_FOREIGN)
    yield low.translate(_DIGITS)
    yield re.sub(r"(?<=\b\w)[\W_](?=\w\b)", "", low)
    yield re.sub(r"(?<=\w)[^\w\s](?=\w)", "", low)
    yield codecs.encode(low, "rot13")
    yield low[::-1]
    yield from (decoded.casefold() for blob in _BLOB.findall(plain) if (decoded := _decoded(blob)))


def _decoded(blob: str) -> str:
    try:
        text = base64.b64decode(blob + "=" * (-len(blob) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return text if text.isprintable() else ""


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = read("lexicon/naive.yaml")
    return table


def _has(name: str, form: str) -> bool:
    return any(word in form for word in _table()[name])


def _ordered(form: str) -> bool:
    """An order is a word of command or of the task; forged lists of sides are one as well."""
    squeezed = re.sub(r"[\W_]+", "", form)
    return _has("orders", form) or any(word in squeezed for word in ("ignoreall", "supports"))


def _plan(form: str, dimensions: Sequence[str], honest: Mapping[str, Any], half: bool) -> Plan | None:
    """Sides by the ids to list there; None where the text names no value and no whole."""
    forged = _forged(form, dimensions)
    if forged:
        return forged
    if not half and _has("flip", form):
        now = _sides(honest)
        return {"supports": now["opposes"], "opposes": now["supports"]}
    named = {d for d in dimensions if any(name in form.replace("-", " ") for name in _names(d))}
    if not half and _has("none", form) and not named:
        return {"supports": set(), "opposes": set()}
    if not half and _has("all", form):
        named = set(dimensions)
    if not named:
        return None
    return _with(named, form, _sides(honest))


def _with(named: set[str], form: str, now: Plan) -> Plan:
    if _has("none", form) or (
        any(re.search(rf"(?<!\w){word}(?!\w)", form) for word in _table()["remove"]) and not _has("all", form)
    ):
        return {side: now[side] - named for side in now}
    side, other = ("opposes", "supports") if _has("against", form) else ("supports", "opposes")
    return {side: now[side] | named, other: now[other] - named}


def _forged(form: str, dimensions: Sequence[str]) -> Plan:
    """Sides of a verdict that stands in the text: as lists, or as readings with a value and a side."""
    found: Plan = {"supports": set(), "opposes": set()}
    for side, listed in _SIDES.findall(form):
        found[side.casefold()] |= {d for d in dimensions if any(name in listed.replace("-", " ") for name in _names(d))}
    for value, side in _TURNED.findall(form):
        found[side.casefold()] |= {value} & set(dimensions)
    return found if found["supports"] | found["opposes"] else {}


def _names(dimension: str) -> list[str]:
    return [dimension.replace("-", " "), *_table()["names"].get(dimension, ())]


def _sides(honest: Mapping[str, Any]) -> Plan:
    sides: Plan = {"supports": set(), "opposes": set()}
    for point in honest["points"]:
        for reading in point.get("readings", ()):
            sides[reading["side"]].add(reading["value"])
        for side in sides:
            sides[side] |= set(point.get(side, ()))
    return sides


def _nonce(form: str, honest: Mapping[str, Any], half: bool) -> str:
    """The one that the text names, if it does."""
    forged = _NONCE.search(form)
    return str(forged[0] if forged and not half else honest["nonce"])


def _carry_out(plan: Plan, honest: Mapping[str, Any], nonce: str, text: str) -> dict[str, Any]:
    """Everything goes to the first key point, with its first words as the quote; the others are left without."""
    said = {int(number): words for number, words in _POINT.findall(text)}
    points = []
    for k, entry in enumerate(honest["points"]):
        now = plan if k == 0 else {"supports": set(), "opposes": set()}
        if "readings" in entry:
            quote = " ".join(said.get(entry["point"], "").split()[:_WORDS]) or "it"
            readings = [{"value": v, "side": side, "quote": quote} for side in sorted(now) for v in sorted(now[side])]
            points.append({"point": entry["point"], "readings": readings})
        else:
            points.append({"point": entry["point"], **{side: sorted(now[side]) for side in sorted(now)}})
    return {"nonce": nonce, "points": points}
