"""Item models that weigh two goods against each other, made from pairs of goods.

A pair belongs to a seed topic (its first good speaks for the topic, the second against it), to a well-known issue, to
a kind of topic (a crime, a past war), or, where nothing closer is known, to the topic's domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cruxbank.agents.frames import Frame

Form = tuple[str, str, str, str]
Pair = list[str]
"""Value of the first good, value of the second, first good, second good and, where the kind's own does not fit, a lead."""
Templates = tuple[Form, tuple[str, str]]
ANY_DOMAIN = "any_domain"
SHORT = 3
"""Words of a good after which a lead may still follow; after more it would seem to belong to that good."""
FREE_LEADS = ("when it comes to", "in decisions on", "in policy on")
"""Leads that may also end a question."""
COUNT: Form = (
    "{Lead}, should {a} count for more than {b}?",
    "{Lead}, is it right to give {a} more weight than {b}?",
    "{Lead}, ought {a} to have priority over {b}?",
    "{Lead}, should more weight be given to {a} than to {b}?",
)
PRIORITY: Form = (
    "{Lead}, should {a} have priority over {b}?",
    "{Lead}, is it right to give {a} more weight than {b}?",
    "{Lead}, ought {a} to count for more than {b}?",
    "{Lead}, should more weight be given to {a} than to {b}?",
)
LAST: Form = (
    "Should {a} matter more than {b} {lead}?",
    "Is it right to give {a} more weight than {b} {lead}?",
    "{Lead}, should {a} count for more than {b}?",
    "{Lead}, ought {a} to have priority over {b}?",
)
FORMS = (COUNT, PRIORITY, LAST)
"""Ways to ask the same. A pair has one of them: two would be one crux in other words, which the bank refuses."""
LEADS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("policy", "practice", "technology", "institution", "work", "weapon", "crime"),
        ("in decisions on {x}", "when it comes to {x}"),
    ),
    (("resource",), ("in the use of {x}", "in decisions on {x}")),
    (("group",), ("in the treatment of {x}", "in policy on {x}")),
    (
        tuple("belief politics ideal problem behaviour other history hatred event conflict person no-domain".split()),
        ("when it comes to {x}",),
    ),
)
"""How a weighing begins, by what the topic names. Nobody decides on nationalism."""
UNKNOWN = frozenset({"no-stakes"})
"""Mark of a topic without goods of its own. Only such a topic gets frames that were written for its kind or domain."""


BROAD_KINDS = frozenset({"belief", "politics", "no-domain"})
DOMAIN_KINDS = frozenset(
    "practice policy technology institution behaviour work resource problem ideal weapon other".split()
)


def topic_frames(stakes: dict[str, list[Pair]]) -> Iterator[Frame]:
    """Frames of the seed topics: each pair is one weighing, and so is its first good against the next pair's second.

    All first goods speak for the topic and all second goods against it, so these pull apart as well. They were not
    written as a pair: tier `specific`, for when a topic's own pairs are used up.
    """
    for text, pairs in stakes.items():
        mark = frozenset({f"topic:{text}"})
        for place, pair in enumerate(pairs):
            turn = place + len(text)
            yield from _weighings(f"{text} {place + 1}", mark, pair, turn)
            other = pairs[(place + 1) % len(pairs)]
            if pair[0] != other[1] and pair[4:] == other[4:] and pair is not other:
                crossed = [pair[0], other[1], pair[2], other[3], *pair[4:]]
                yield from _weighings(f"{text} {place + 1} crossed", mark, crossed, turn + 1, tier="specific")


def cue_frames(stakes: dict[str, list[Pair]]) -> Iterator[Frame]:
    """Frames of well-known issues, found by a regular expression in the topic."""
    for cue, pairs in stakes.items():
        for place, pair in enumerate(pairs):
            yield from _weighings(f"{cue} {place + 1}", frozenset({f"cue:{cue}"}), pair, place + len(cue))


def domain_frames(pairs: dict[str, list[Pair]]) -> Iterator[Frame]:
    """Frames for topics of a domain about which nothing closer is known."""
    for domain, several in pairs.items():
        broad = domain == ANY_DOMAIN
        marks = UNKNOWN if broad else UNKNOWN | {f"domain:{domain}"}
        for place, pair in enumerate(several):
            yield from _weighings(f"{domain} {place + 1}", marks, pair, place, BROAD_KINDS if broad else DOMAIN_KINDS)


def setting_frames(settings: list[dict[str, Any]]) -> Iterator[Frame]:
    """Frames for a kind of topic in a setting of its own ("when schools teach about ...")."""
    for number, setting in enumerate(settings):
        kinds, excluded = tuple(setting["kinds"]), tuple(setting.get("not", ()))
        for place, pair in enumerate(setting["pairs"]):
            turned, name = _turned(pair, place), f"setting {kinds[0]} {number + 1} {place + 1}"
            made = _led(setting["lead"], turned, place)
            yield _frame(name, kinds, UNKNOWN, turned, made, excluded=excluded, tier=setting.get("tier", "weighing"))


def _weighings(
    name: str,
    mark: frozenset[str],
    pair: Pair,
    turn: int,
    allowed: frozenset[str] | None = None,
    tier: str = "weighing",
) -> Iterator[Frame]:
    """One frame for each way to begin; a pair with a lead of its own has one frame."""
    turned, ways = _turned(pair, turn), LEADS
    if len(pair) > 4:
        ways = ((tuple(kind for kinds, _ in LEADS for kind in kinds), (pair[4],)),)
    for kinds, leads in ways:
        fitting = tuple(kind for kind in kinds if (kind != "no-domain" if allowed is None else kind in allowed))
        if fitting:
            forms = _led(leads[turn // 2 % len(leads)], turned, turn)
            yield _frame(f"weigh {kinds[0]} {name}", fitting, mark, turned, forms, tier=tier)


def _turned(pair: Pair, turn: int) -> Pair:
    """Every other pair leads with its second good, so that yes does not always mean the same side."""
    first, second, a, b = pair[:4]
    return [first, second, a, b] if turn % 2 == 0 else [second, first, b, a]


def _led(lead: str, pair: Pair, turn: int) -> Templates:
    """A weighing in one of its forms; one that ends with its lead needs short goods."""
    forms = FORMS[turn % len(FORMS)]
    if forms is LAST and not (lead.startswith(FREE_LEADS) and max(len(good.split()) for good in pair[2:4]) <= SHORT):
        forms = COUNT
    made = _filled(forms, {"lead": lead, "Lead": lead[0].upper() + lead[1:]})
    return made, (_swap(made[0]), _swap(made[1]))


def _filled(forms: tuple[str, ...], words: dict[str, str]) -> Any:
    """The forms with some slots filled; the goods and the topic are left open."""
    return tuple(re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), form) for form in forms)


def _frame(
    name: str,
    kinds: tuple[str, ...],
    marks: frozenset[str],
    pair: Pair,
    templates: Templates,
    excluded: tuple[str, ...] = (),
    tier: str = "weighing",
) -> Frame:
    first, second, a, b = pair[:4]
    forms, mirrors = templates
    return Frame.model_validate(
        {
            "id": re.sub(r"\W+", "-", name.lower()).strip("-"),
            "tier": tier,
            "kinds": kinds,
            "not": excluded,
            "requires": marks,
            "tension": (first, second),
            "fills": ({"a": a, "b": b},),
            "base": forms[0],
            "paraphrases": forms[1:],
            "mirrors": mirrors,
        }
    )


def _swap(form: str) -> str:
    return form.replace("{a}", "{0}").replace("{b}", "{a}").replace("{0}", "{b}")
