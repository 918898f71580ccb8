"""Item models that weigh two goods against each other, made from pairs of goods.

A pair belongs to a seed topic (its first good speaks for the topic, the second against it), to a well-known issue, to
a kind of topic (a crime, a past war), or, where nothing closer is known, to the topic's domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cruxbank.agents.frames import Frame
from cruxbank.agents.phrases import is_plural

Form = tuple[str, str, str, str]
Pair = list[str]
"""Value of the first good, value of the second, first good, second good and, where the kind's own does not fit, a lead."""
Templates = tuple[Form, tuple[str, str]]
ANY_DOMAIN = "any_domain"
SHORT = 3
"""Words of a good after which a lead may still follow; after more it would seem to belong to that good."""
FREE_LEADS = ("when it comes to", "in decisions on", "in policy on")
"""Leads that may also end a question."""
JUSTIFY: Templates = (
    (
        "{Do_a} {a} justify {x}, even at the expense of {b}?",
        "{Is_a} {a} reason enough to {accept} {x}, even if {b} must come second?",
        "Even at the expense of {b}, {do_a} {a} justify {x}?",
        "{Is|Are} {x} justified by {a}, even at the expense of {b}?",
    ),
    (
        "{Do_b} {b} justify rejecting {x}, even at the expense of {a}?",
        "{Is_b} {b} reason enough to reject {x}, even if {a} must come second?",
    ),
)
ACCEPT: Templates = (
    (
        "Should {x} be {accept}ed for the sake of {a}, even at the expense of {b}?",
        "Is it right to {accept} {x} for the sake of {a}, even if {b} must come second?",
        "Ought {x} to be {accept}ed for the sake of {a}, even at the price of {b}?",
        "Even at the expense of {b}, should {x} be {accept}ed for the sake of {a}?",
    ),
    (
        "Should {x} be rejected for the sake of {b}, even at the expense of {a}?",
        "Is it right to reject {x} for the sake of {b}, even if {a} must come second?",
    ),
)
ACCEPTED = tuple("practice technology behaviour work weapon institution".split())
"""What a society lives with or not. A proposal is supported or not."""
SUPPORTED = ("policy", "proposal")
VERBS = (("accept", ACCEPTED, ("proposal", "indirect")), ("support", SUPPORTED, ("indirect",)))

FIRST: Form = (
    "{Lead}, should {a} count for more than {b}?",
    "{Lead}, is it right to give {a} more weight than {b}?",
    "{Lead}, ought {a} to have priority over {b}?",
    "{Lead}, should more weight be given to {a} than to {b}?",
)
LAST: Form = (
    "Should {a} matter more than {b} {lead}?",
    "Is it right to give {a} more weight than {b} {lead}?",
    "{Lead}, should {a} count for more than {b}?",
    "{Lead}, ought {a} to have priority over {b}?",
)
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
    """Frames of the seed topics: each pair once as a yes or no to the topic and once as a weighing."""
    for text, pairs in stakes.items():
        for place, pair in enumerate(pairs):
            name, mark = f"{text} {place + 1}", frozenset({f"topic:{text}"})
            for verb, kinds, excluded in VERBS:
                made = _direct((JUSTIFY, ACCEPT)[place % 2], pair, verb)
                yield _frame(f"{verb} {name}", kinds, mark, pair, made, excluded=excluded)
            yield from _weighings(name, mark, pair, place + len(text))


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
    name: str, mark: frozenset[str], pair: Pair, turn: int, allowed: frozenset[str] | None = None
) -> Iterator[Frame]:
    """One frame for each way to begin; a pair with a lead of its own has one frame."""
    turned, ways = _turned(pair, turn), LEADS
    if len(pair) > 4:
        ways = ((tuple(kind for kinds, _ in LEADS for kind in kinds), (pair[4],)),)
    for kinds, leads in ways:
        fitting = tuple(kind for kind in kinds if (kind != "no-domain" if allowed is None else kind in allowed))
        if fitting:
            forms = _led(leads[turn // 2 % len(leads)], turned, turn)
            yield _frame(f"weigh {kinds[0]} {name}", fitting, mark, turned, forms)


def _turned(pair: Pair, turn: int) -> Pair:
    """Every other pair leads with its second good, so that yes does not always mean the same side."""
    first, second, a, b = pair[:4]
    return [first, second, a, b] if turn % 2 == 0 else [second, first, b, a]


def _led(lead: str, pair: Pair, turn: int) -> Templates:
    """A weighing that begins with its lead or, now and then, ends with it."""
    short = lead.startswith(FREE_LEADS) and max(len(good.split()) for good in pair[2:4]) <= SHORT
    forms = LAST if turn % 3 == 2 and short else FIRST
    made = _filled(forms, {"lead": lead, "Lead": lead[0].upper() + lead[1:]})
    return made, (_swap(made[0]), _swap(made[1]))


def _direct(templates: Templates, pair: Pair, verb: str) -> Templates:
    words = {"accept": verb}
    for slot, good in (("a", pair[2]), ("b", pair[3])):
        many = is_plural(good) and not good.startswith("what ")
        words |= {f"Do_{slot}": "Do" if many else "Does", f"do_{slot}": "do" if many else "does"}
        words[f"Is_{slot}"] = "Are" if many else "Is"
    return _filled(templates[0], words), _filled(templates[1], words)


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
