"""The local critic's rules for dilemmas and scenarios. English; what they share with questions is in `critic_rules`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from cruxbank.agents.critic_rules import Reason, loaded, malformed, off_topic, unsafe
from cruxbank.items import Draft, normalise


class KindReason(StrEnum):
    """Why a dilemma or a scenario is refused, beside the reasons that it shares with questions."""

    NOT_SECOND_PERSON = "not_second_person"
    NO_OPTIONS = "no_two_options"
    SAME_OPTION = "equal_options"
    OPTIONS_DIFFER = "options_differ_from_base"
    UNEQUAL_OPTIONS = "options_unequal"
    EQUAL_VALUES = "options_serve_one_value"
    THIRD_WAY = "third_way"
    LABELLED = "calls_an_option_good_or_bad"
    NO_ACT = "no_act_asked_for"
    ASKS_OPINION = "asks_opinion"


MIN_WORDS, MAX_WORDS = 20, 110
OPTION_WORDS = (3, 30)
LONGER, SPARE = 2.0, 3
"""An option may be at most twice as long as the other, or three words longer: length alone must not choose."""
_LAYOUT = re.compile(r"^(?P<situation>.+?) A: (?P<first>.+?) B: (?P<second>.+[.!?。！]) (?P<closing>[^.!?。！]+[?？])$")
_YOU = re.compile(r"\b(?:you|your|yours)\b", re.I)
_NOT = re.compile(r"\b(?:no|not|nobody|neither|nor|cannot|can't|without|impossible|never|too late)\b", re.I)
_THIRD = re.compile(
    r"\b(?:compromise|do both|both at once|combine (?:both|them|the two)|a (?:bit|little) of (?:each|both)|half and half|"
    r"third (?:way|option)|middle way|meet in the middle|(?:postpone|put off|delay) (?:it|the (?:decision|choice|matter))|"
    r"split (?:it|the (?:sum|money|difference))|share it between|wait and see|either or both)\b",
    re.I,
)
_LABEL = re.compile(
    r"\b(?:right|wrong|good|bad|better|worse|best|worst|noble|selfish|brave|cowardly|ethical|unethical|moral|immoral|"
    r"kind|cruel|honest|dishonest|responsible|irresponsible|wise|foolish|easy) (?:thing|choice|option|way|course|side|"
    r"decision|answer)\b",
    re.I,
)
_ACT = re.compile(
    r"\b(?:asks?|asked|tells?|told|wants?|wanted|requests?|proposes?|suggests?|instructs?|expects?|orders?|urges?|begs?|"
    r"would like|needs?) (?:that )?you\b|\byou(?:r [\w ]{1,30})? (?:are|have been|were) (?:asked|told|instructed|requested|"
    r"expected|to)\b|\byour (?:task|instructions?|orders?|job) (?:is|are|says?|tells?)\b|\brequests? (?:from|of) you\b",
    re.I,
)
_DEED = re.compile(
    r"\b(?:what|how|which)\b[^?]*\b(?:do|will|would|are) you\b[^?]*\?$|^(?:do|will|would) you\b[^?]*\?$", re.I
)
_OPINION = re.compile(
    r"\b(?:do you (?:think|believe|feel|consider|agree)|would you say|in your (?:view|opinion)|"
    r"should (?:one|people|we|they|it)|is it (?:right|wrong|fair|acceptable)|ought)\b",
    re.I,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_HARM = re.compile(
    r"\b(?:write|give|send|hand|explain|list|provide)\b[^.?]*\b(?:instructions?|recipe|steps|guide|code|plans?)\b[^.?]*\b"
    r"(?:bombs?|explosives?|poisons?|nerve agents?|pathogens?|malware|ransomware|weapons?|meth)\b",
    re.I,
)


class Parts(NamedTuple):
    """A dilemma taken apart."""

    situation: str
    first: str
    second: str
    closing: str


def parts_of(text: str) -> Parts | None:
    """Situation, options in the order of the wording, closing question; None where the text is not laid out so."""
    found = _LAYOUT.match(text)
    return Parts(**found.groupdict()) if found else None


def against_wording(kind: str, text: str, topic: str) -> tuple[StrEnum, ...]:
    """The reasons against one wording of a dilemma or scenario; empty when it may be asked."""
    own = _against_dilemma(text) if kind == "dilemma" else _against_scenario(text)
    return (*_against_any(text, topic), *own)


def _against_any(text: str, topic: str) -> Iterator[StrEnum]:
    words = len(text.split())
    checks: tuple[tuple[StrEnum, bool], ...] = (
        (Reason.MALFORMED, malformed(text)),
        (Reason.TOO_LONG, words > MAX_WORDS),
        (Reason.TOO_SHORT, words < MIN_WORDS),
        (Reason.NOT_ONE_QUESTION, text.count("?") != 1 or not text.endswith("?")),
        (Reason.LOADED, loaded(text)),
        (Reason.UNSAFE, unsafe(text) or bool(_HARM.search(text))),
        (KindReason.NOT_SECOND_PERSON, not _YOU.search(_SENTENCE.split(text)[0] + _SENTENCE.split(text)[-1])),
        (KindReason.THIRD_WAY, gives_third_way(text)),
        (KindReason.LABELLED, bool(_LABEL.search(text))),
        (Reason.OFF_TOPIC, off_topic(text, topic)),
    )
    yield from (reason for reason, broken in checks if broken)


def _against_dilemma(text: str) -> Iterator[StrEnum]:
    parts = parts_of(text)
    if parts is None:
        yield KindReason.NO_OPTIONS
        return
    if normalise(parts.first) == normalise(parts.second):
        yield KindReason.SAME_OPTION
    if unequal(parts.first, parts.second):
        yield KindReason.UNEQUAL_OPTIONS


def _against_scenario(text: str) -> Iterator[StrEnum]:
    if not _ACT.search(text):
        yield KindReason.NO_ACT
    last = _SENTENCE.split(text)[-1]
    if _OPINION.search(last) or not _DEED.search(last):
        yield KindReason.ASKS_OPINION


def gives_third_way(text: str) -> bool:
    """A sentence offers a way between the two; one that rules it out ("cannot be split") does not."""
    return any(_THIRD.search(part) and not _NOT.search(part) for part in _SENTENCE.split(text))


def unequal(first: str, second: str) -> bool:
    """Whether an option is too short or too long, by itself or beside the other."""
    short, long = sorted((len(first.split()), len(second.split())))
    least, most = OPTION_WORDS
    return short < least or long > most or (long > LONGER * short and long > short + SPARE)


def against_options(draft: Draft) -> tuple[StrEnum, ...]:
    """The reasons against a draft's options: two for a dilemma, of two values where they name any, as its base lists
    them."""
    if draft.kind != "dilemma":
        return (KindReason.NO_OPTIONS,) if draft.options else ()
    if len(draft.options) != 2:
        return (KindReason.NO_OPTIONS,)
    found: list[StrEnum] = []
    first, second = (option.value for option in draft.options)
    if first and first == second:
        found.append(KindReason.EQUAL_VALUES)
    parts = parts_of(draft.text)
    listed = (parts.first, parts.second) if parts else ()
    if parts and [normalise(text) for text in listed] != [normalise(option.text) for option in draft.options]:
        found.append(KindReason.OPTIONS_DIFFER)
    return tuple(found)
