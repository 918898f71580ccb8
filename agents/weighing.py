"""Item models that weigh two goods against each other, made from pairs of goods.

A pair belongs to a seed topic (its first good speaks for the topic, the second against it), to a well-known issue,
or, where neither is known, to the topic's domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cruxbank.agents.frames import Frame

Pair = tuple[str, str, str, str]
"""Value of the first good, value of the second, first good, second good."""
ANY_DOMAIN = "any_domain"
DIRECT_KINDS = tuple("practice policy technology institution behaviour work weapon".split())
"""What a society can say yes or no to."""
DECISION_KINDS = tuple("practice policy technology work resource weapon".split())
"""What somebody decides on. Nobody decides on nationalism."""
ALL_KINDS = (*DIRECT_KINDS, *"belief resource problem ideal politics group other crime history hatred".split())
DOMAIN_KINDS = tuple("practice policy technology institution behaviour work resource problem ideal weapon".split())

Form = tuple[str, str, str, str]
DIRECT: tuple[tuple[Form, tuple[str, str]], ...] = (
    (
        (
            "Should {x} be accepted for the sake of {a}, even at the expense of {b}?",
            "Is it right to accept {x} for the sake of {a}, even if {b} must come second?",
            "Ought {x} to be accepted because of {a}, although this is at the expense of {b}?",
            "Even at the expense of {b}, should {x} be accepted for the sake of {a}?",
        ),
        (
            "Should {x} be rejected for the sake of {b}, even at the expense of {a}?",
            "Is it right to reject {x} for the sake of {b}, even if {a} must come second?",
        ),
    ),
    (
        (
            "Does a society do well to say yes to {x} and so put {a} above {b}?",
            "Is a society right to say yes to {x}, placing {a} before {b}?",
            "Should a society say yes to {x} and so let {a} outweigh {b}?",
            "In saying yes to {x}, does a society rightly put {a} above {b}?",
        ),
        (
            "Does a society do well to say no to {x} and so put {b} above {a}?",
            "Is a society right to say no to {x}, placing {b} before {a}?",
        ),
    ),
)
DECISION: tuple[Form, ...] = (
    (
        "Is it right to put {a} above {b} in decisions on {x}?",
        "Should {a} matter more than {b} when decisions on {x} are made?",
        "In decisions on {x}, is it right that {a} should weigh more than {b}?",
        "When decisions on {x} are made, ought {a} to rank above {b}?",
    ),
    (
        "Should those who decide on {x} think more of {a} than of {b}?",
        "Ought those who decide on {x} to care more about {a} than about {b}?",
        "Is it right for those who decide on {x} to give {a} more weight than {b}?",
        "In deciding on {x}, should more regard be paid to {a} than to {b}?",
    ),
    (
        "In a vote on {x}, should {a} count for more than {b}?",
        "When people vote on {x}, ought {a} to count for more than {b}?",
        "Should people who vote on {x} be guided more by {a} than by {b}?",
        "In voting on {x}, is it right to be guided more by {a} than by {b}?",
    ),
)
BROAD: tuple[Form, ...] = (
    (
        "When it comes to {x}, should {a} come before {b}?",
        "Should {a} have priority over {b} when it comes to {x}?",
        "Where {x} {is|are} concerned, is it right to put {a} ahead of {b}?",
        "When it comes to {x}, ought {a} to be placed before {b}?",
    ),
    (
        "In arguments about {x}, should {a} weigh more than {b}?",
        "Should {a} matter more than {b} in arguments about {x}?",
        "Is it right that {a} should count for more than {b} when people argue about {x}?",
        "When people argue about {x}, ought {a} to weigh more than {b}?",
    ),
)


def topic_frames(stakes: dict[str, list[Pair]]) -> Iterator[Frame]:
    """Frames of the seed topics: each pair once as a yes or no to the topic and once as a weighing."""
    for text, pairs in stakes.items():
        for place, pair in enumerate(pairs):
            name, mark = f"{text} {place + 1}", frozenset({f"topic:{text}"})
            forms, mirrors = DIRECT[place % len(DIRECT)]
            yield _frame(f"stake {name}", DIRECT_KINDS, mark, pair, forms, mirrors)
            yield from _weighings(name, mark, pair, place + len(text))
            turn = place + len(text) + 1
            yield _frame(f"argue {name}", ("belief",), mark, _turned(pair, turn), BROAD[turn % len(BROAD)])


def cue_frames(stakes: dict[str, list[Pair]]) -> Iterator[Frame]:
    """Frames of well-known issues, found by a regular expression in the topic."""
    for cue, pairs in stakes.items():
        for place, pair in enumerate(pairs):
            yield from _weighings(f"{cue} {place + 1}", frozenset({f"cue:{cue}"}), pair, place + len(cue))


def domain_frames(pairs: dict[str, list[Pair]]) -> Iterator[Frame]:
    """Frames for topics of a domain about which nothing closer is known."""
    for domain, several in pairs.items():
        marks = frozenset({"no-stakes"} if domain == ANY_DOMAIN else {"no-stakes", f"domain:{domain}"})
        kinds = ("belief", "politics", "other", "no-domain") if domain == ANY_DOMAIN else DOMAIN_KINDS
        for place, pair in enumerate(several):
            forms = BROAD[place % len(BROAD)]
            yield _frame(f"weigh {domain} {place + 1}", kinds, marks, _turned(pair, place), forms)


def _weighings(name: str, mark: frozenset[str], pair: Pair, turn: int) -> Iterable[Frame]:
    turned = _turned(pair, turn)
    decision, broad = DECISION[turn % len(DECISION)], BROAD[turn % len(BROAD)]
    others = tuple(kind for kind in ALL_KINDS if kind not in DECISION_KINDS)
    return (
        _frame(f"decide {name}", DECISION_KINDS, mark, turned, decision),
        _frame(f"weigh {name}", others, mark, turned, broad),
    )


def _turned(pair: Pair, turn: int) -> Pair:
    """Every other pair leads with its second good, so that yes does not always mean the same side."""
    first, second, a, b = pair
    return pair if turn % 2 == 0 else (second, first, b, a)


def _frame(
    name: str,
    kinds: tuple[str, ...],
    marks: frozenset[str],
    pair: Pair,
    forms: Form,
    mirrors: tuple[str, str] | None = None,
) -> Frame:
    first, second, a, b = pair
    return Frame(
        id=re.sub(r"\W+", "-", name.lower()).strip("-"),
        tier="weighing",
        kinds=kinds,
        requires=marks,
        tension=(first, second),
        fills=({"a": a, "b": b},),
        base=forms[0],
        paraphrases=forms[1:],
        mirrors=mirrors or (_swap(forms[0]), _swap(forms[1])),
    )


def _swap(form: str) -> str:
    return form.replace("{a}", "{0}").replace("{b}", "{a}").replace("{0}", "{b}")
