"""Items for the tests of the export formats: every field filled, with texts that are hard to parse."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from hypothesis import settings, strategies as st

from cruxbank.exports.card import Card
from cruxbank.exports.deliver import Given
from cruxbank.exports.format import Bundle
from cruxbank.exports.lines import line
from cruxbank.items import (
    Exit,
    Item,
    Neighbour,
    Option,
    PromptRef,
    Provenance,
    Status,
    Topic,
    Wording,
    item_id,
)
from cruxbank.measures import (
    Carried,
    Confirmation,
    Counts,
    DimensionSeparation,
    Estimate,
    Framing,
    Fresh,
    LanguageDif,
    LanguageReading,
    Separation,
)

CANARY = "CRUXBANK-CANARY 5f0e7c1a-7d0b-4d5e-9c55-0f6f3a1b2c3d"
CASES = int(os.environ.get("CRUX_EXPORT_CASES", "20"))
thorough = settings(max_examples=CASES, deadline=None)
"""For tests over `lines`."""
often = settings(max_examples=10 * CASES, deadline=None)
"""For tests of one text."""
TOKENS = (
    *(
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{",
        "}",
        "{% raw %}",
        "{% endraw %}",
        "{{ env.SECRET }}",
        "${x}",
        "$x",
        "%s",
        "{0}",
    ),
    *("file://", "file:///etc/hostname", "package:", "python:", "https://", "..", "/", "\\", "\\n", "\\u0041", "\\x00"),
    *("=", "+", "-", "@", "＝", "|", "=1+1", "\t=1", ";=1", "\n=1", "\r=1", "'=1", '"=1', ";' =1", ';"=1', "@SUM(1)"),
    *("'", '"', '""', "`", ",", ";", "\t", "\n", "\r", "\r\n", "\0", "\x0b", "\x0c", "\x1c", "\x1f", "\x7f", "\x85"),
    *("\u2028", "\u2029", "\ufeff", "\u200b", "\u200d", "\u202e", "\u2066", "\x1b[31m", "\x9b", "\uffff", "\U0010ffff"),
    *(
        "---",
        "...",
        "---\n",
        "# ",
        "- ",
        ": ",
        "? ",
        "! ",
        "& ",
        "* ",
        "~",
        "null",
        "NA",
        "NaN",
        "true",
        "no",
        "1e5",
        "007",
        "1,5",
    ),
    *(
        "<script>",
        "-->",
        "]]>",
        "&amp;",
        "<|im_start|>",
        "[INST]",
        "```",
        "مرحبا",
        "שלום",
        "👩🏽‍🚀",
        "🏳️‍🌈",
        "e\u0301",
        "é",
        "ﬁ",
        "汉",
    ),
    *("a", "b", " ", "  ", "Should a city close its zoo?"),
)
texts = st.lists(st.sampled_from(TOKENS) | st.characters(exclude_categories=("Cs",)), max_size=6).map("".join)
"""Any text but lone surrogates, which UTF-8 has no bytes for: neither the record nor an answer of a model can hold them."""
numbers = (
    st.sampled_from(
        (0.0, -0.0, 1.0, -1.5, 1e-7, 4.9999995e-6, 1 / 3, 123456.7890123, 1e300, float("nan"), float("inf"))
    )
    | st.floats()
)


def full_item() -> Item:
    """An item with every optional part there."""
    text = "Should a city close its zoo?"
    counts = {"sim-a-1": Counts(asked=5, answered=3, refused=1, unscored=1, unscored_by={"timeout": 1}, never_called=2)}
    fresh = Fresh(est=0.3, lo=-0.1, hi=0.7, q=0.4, q_se=0.2, models=8, responses=24)
    return Item(
        id=item_id(text),
        kind="dilemma",
        options=(Option(text="Close it.", value="universalism"), Option(text="Keep it.", value="tradition")),
        text=text,
        wordings=(
            Wording(kind="base", text=text),
            Wording(kind="mirror", text="Should a city keep its zoo?"),
            Wording(kind="base", text="Soll eine Stadt ihren Zoo schließen?", language="de"),
        ),
        language="en",
        topic=Topic(text="city zoos", domain="cities", region="Europe"),
        status=Status.OPERATIONAL,
        exit=Exit.ADMITTED,
        value_system="schwartz-10",
        separation=_separation(),
        counts=counts,
        verdicts={"sim-a-1": {"power": (2, 0, 0, 1), "security": (0, 1, 1, 1)}},
        fresh=1,
        confirmation=Confirmation(scoring=fresh, holdout=fresh, counts=counts),
        by_language={
            "de": LanguageReading(separation=fresh, counts=counts, translator="local"),
            "fr": LanguageReading(failure="not_translated", detail="budget ended"),
        },
        provenance=_provenance(),
        replaces="it_0123456789abcdef",
    )


def _separation() -> Separation:
    some = Estimate(est=0.5, lo=0.25, hi=0.75)
    dimension = DimensionSeparation(
        est=0.25, lo=0.0, hi=0.5, salience=0.2, polarity=0.05, pairwise=0.1, given_stance=0.15
    )
    return Separation(
        joint=some,
        lfdr=0.01,
        q=0.5,
        q_se=0.1,
        by_dimension={"power": dimension, "security": dimension},
        stance=some,
        refusal=some,
        pairwise=0.1,
        models=12,
        responses=48,
        framing=Framing(leaning=0.125, differential=0.25, dimension="power"),
        carried=Carried(est=0.4, lo=0.2, hi=0.6, without=0.3, family="a", odd_model="sim-a-1", odd_share=0.2),
    )


def _provenance() -> Provenance:
    return Provenance(
        run="0001-aaaaaaaa",
        seed=7,
        slot=3,
        generator="local",
        judge="local",
        judge_digest="9378f429ce6d876c",
        local_reader="local",
        critic="local",
        own_family=("a",),
        prompts=(PromptRef(name="respond/opinion", version=1, sha256="ab" * 32),),
        nearest=Neighbour(id="it_408d7401f4ec60a1", cosine=0.80402),
        origin="simulated",
        fact="A zoo was closed.",
        argument="Animals and memories.",
        session="se_1",
    )


def full_line() -> dict[str, Any]:
    """An export line of which no field is empty."""
    item = full_item()
    flag = LanguageDif(item=item.id, language="de", kind="shifted", dimension="power", effect=0.5, p=0.01, q=0.04)
    made = line(item, weight=0.5, flags=(flag,), canary=CANARY)
    made["provenance"]["calibration"] = "0123456789abcdef"
    return made


FULL = full_line()


@st.composite
def _line(draw: st.DrawFn) -> dict[str, Any]:
    pool, figures = draw(st.lists(texts, min_size=1, max_size=5)), draw(st.lists(numbers, min_size=1, max_size=3))
    made: dict[str, Any] = _replaced(FULL, _cycle(pool), _cycle(figures), count())
    for part in draw(st.sets(st.sampled_from(("separation", "framing", "weight")))):
        made[part] = None
    for part in draw(st.sets(st.sampled_from(("options", "wordings")))):
        made[part] = []
    for part in draw(st.sets(st.sampled_from(("by_language", "counts", "verdicts")))):
        made[part] = {}
    if made["separation"] and draw(st.booleans()):
        made["separation"]["transfer"] = {"confirmation": None, "families": None}
    if draw(st.booleans()):
        made["provenance"]["nearest"] = None
        del made["provenance"]["calibration"]
    return made


lines = st.lists(_line(), max_size=2).map(
    lambda made: [line | {"id": f"it_{number:016x}"} for number, line in enumerate(made)]
)
"""Lines of an export: any text wherever a text stands, model names and dimensions included; parts missing now and then."""
_CLOSED = ("schema", "id", "kind", "status", "exit", "origin", "sha256", "language")
"""Fields whose words the project sets."""
_NAMED = ("counts", "verdicts", "by_dimension", "by_language", "unscored_by")
"""Fields that map names to figures."""


def _replaced(value: Any, words: Iterator[str], figures: Iterator[float], number: Iterator[int], name: str = "") -> Any:
    if isinstance(value, Mapping):
        inside = "by_dimension" if name == "verdicts" else ""
        return {
            # the number keeps two names apart that would be the same text
            (f"{next(words)}{next(number)}" if name in _NAMED else key): _replaced(
                inner, words, figures, number, inside or key
            )
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_replaced(inner, words, figures, number, name) for inner in value]
    if isinstance(value, str):
        return value if name in _CLOSED else next(words)
    return next(figures) if isinstance(value, float) else value


def _cycle(values: Sequence[Any]) -> Iterator[Any]:
    while True:
        yield from values


def bundle_of(rows: Sequence[Mapping[str, Any]], **card: Any) -> Bundle:
    """The lines as an export has them."""
    about = {
        "name": "a-bank",
        "title": "A bank",
        "description": "Made by hand.",
        "licence": "CC-BY-4.0",
        "canary": CANARY,
    }
    return Bundle(Given(list(rows)), Card(**{**about, "items": len(rows), **card}))
