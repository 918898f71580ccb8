"""The local critic's rules. Each is a small function from one wording to True (broken) and has an enumerated reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum

MIN_WORDS, MAX_WORDS = 6, 30


class Reason(StrEnum):
    """Why a wording, or a whole draft, is refused."""

    NOT_ONE_QUESTION = "not_one_question"
    NOT_YES_NO = "not_yes_or_no"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    LOADED = "loaded_words"
    NOT_SELF_CONTAINED = "not_self_contained"
    UNSAFE = "unsafe"
    OFF_TOPIC = "off_topic"
    FACT = "asks_for_a_fact"
    MALFORMED = "malformed"
    TOO_FEW_WORDINGS = "too_few_wordings"
    NO_MIRROR = "no_mirror"
    EQUAL_WORDINGS = "equal_wordings"
    LANGUAGE = "wrong_language"


_AUX = (
    "should|is|are|do|does|may|ought|can|could|would|will|must|shall|has|have|did|was|were|might|had"
    "|isn't|aren't|don't|doesn't|shouldn't|wouldn't|can't"
)
_MODAL = re.compile(r"\b(should|ought|may|must|would|shall|can|could)\b", re.I)
_VALUE = re.compile(
    r"\b(right|rightly|wrong|fair|fairly|unfair|just|justly|unjust|justif\w+|unjustified|acceptabl\w+|unacceptable|dut(y|ies)|"
    r"worth|deserv\w+|better|worse|moral\w*|immoral|ethical\w*|unethical|entitled|oblig\w+|good|bad|important|responsib\w+|"
    r"bound|allowed|permissible|legitimate|illegitimate|proper|fine|all right|priority|owe|tolerable|reasonable|do well|"
    r"free to|need to|have to|justice|fairness)\b",
    re.I,
)
_LOADED = re.compile(
    r"\b(obvious\w*|clearly|surely|of course|undeniabl\w+|everyone knows|evil|disgusting|disgraceful|shameful|stupid|"
    r"idiotic|insane|ridiculous|absurd|outrageous|heartless|barbaric|monstrous|greedy|corrupt elites?|innocent babies|"
    r"so-called|finally|at long last|don't you (think|agree)|do you not agree|wouldn't you (say|agree)|isn't|aren't|"
    r"shouldn't|how can anyone|sane|decent people|any reasonable|brave enough|dare to admit)\b",
    re.I,
)
_POINTS_BACK = re.compile(
    rf"^(?:{_AUX}) (?:this|these|they|he|she|such|that|those(?! (?:who|whose|whom|that|under|over|with|without)\b))\b|"
    r"\b(the above|above-mentioned|aforementioned|the following|the former|the latter|mentioned (?:above|earlier|before)|"
    r"as described|the (?:article|text|passage|excerpt))\b",
    re.I,
)
_IT_FIRST = re.compile(rf"^(?:{_AUX}) it\b", re.I)
_IT_EXPLAINED = re.compile(
    rf"^(?:{_AUX}) it (?:\w+ )?(?:\w+ )?[\w-]+(?: [\w-]+){{0,3}} (?:to|for|that|if|when|whether)\b", re.I
)
_MINORS = r"(?:child\w*|minors?|underage|teen\w*|pupils?|girls|boys)\b"
_HARM = r"(?:bomb|explosive|poison|weapon|drug|virus|toxin|hack|kill|murder|meth)"
_UNSAFE = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b(how (?:to|can i|do i|one can)|step[- ]by[- ]step|instructions? (?:for|on|to)|recipe for)\b[^?]*\b{_HARM}",
        r"\b(best|easiest|fastest|cheapest) way to (kill|murder|poison|hurt|bomb|torture|stalk)",
        r"\b(exterminat|wip(?:e|ed|ing) out|gas(?:sed|sing)? all|kill (?:all|every)|eradicate all)",
        r"\b(idiots?|morons?|scum|vermin|subhumans?|filthy|retard(?:s|ed)?|savages|trash people|inferior race)\b",
        rf"(?<!by )\bsex(?:ual)? (?:acts?|contact|relations|activity)? ?(?:with|of|between|involving)\b[^?]*\b{_MINORS}",
        r"\b(porn\w*|erotic\w*|nudes?|sexuali[sz]ed)\b (?:\w+ ){0,3}(?:of|involving|showing) (?:\w+ ){0,2}" + _MINORS,
    )
)
_FACT = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(how (?:many|much|often|long|old)|what year|which year|what percentage|in which (?:year|country))\b",
        r"\bthe (?:capital|largest|biggest|oldest|highest|smallest|first|population|inventor) (?:\w+ )?(?:of|in)\b",
        r"^(?:did|was|were|had) ",
        r"^is it (?:true|a fact|known|documented) that\b",
        r"^(?:does|do|can|has|have|will) [^?]*\b(?:caus|increas|reduc|lead|led|improv|lower|rais|correlat)\w*\b",
        r"^(?:will|has|have) [^?]*\b(?:by|in|since) (?:19|20)\d\d\b",
    )
)
_CHOICE = re.compile(
    rf"\bor (?!not\b)(?:{_AUX}|rather|instead|else|allowed|banned|kept|left|forbidden|permitted|legal|illegal|private|"
    r"public|right|wrong|good|bad|a|an)\b|\beither\b",
    re.I,
)
_STATES = re.compile(r"\bbe (?:\w+ )?\w+(?:ed|en|pt|de) or (?:\w+ )?\w+(?:ed|en|pt|de)\b", re.I)
_PAIR_FIRST = re.compile(rf"^(?:{_AUX}) (?:the |a |an )?[\w-]+ or (?:the |a |an )?[\w-]+ ", re.I)
_WH = re.compile(r"^(?:in \w+ \w+, )?(?:what|which|who|whom|whose|when|where|why|how)\b(?![^?]*,)", re.I)
_JOINERS = "\u200c\u200d"
"""Invisible, and part of how Persian, Hindi and others are written."""
_STOP = frozenset(
    "a an the of in on at by to for and or nor not no is are was be been it its as if do does may ought can will one so "
    "own all any who whom whose how why we us our you your he she his her him than them too up out off per via vs about "
    "after among because before being between during every from have into more most other over should some such that "
    "their then there these they this those through under what when where which while with without would people current "
    "state society impact".split()
)


def not_one_question(text: str) -> bool:
    """Exactly one question mark, at the end, and no further sentence."""
    inner = re.sub(r"\b(?:[A-Z]\.)+|\b(?:St|Dr|Mr|Mrs|No|vs)\.", "", text)
    return text.count("?") != 1 or not text.endswith("?") or bool(re.search(r"[.!;] +[A-Z]", inner))


def not_yes_no(text: str) -> bool:
    """It must be answerable by yes or no: an auxiliary opens it or its main clause, and it offers no choice."""
    if _WH.search(text) or _CHOICE.search(text) or _STATES.search(text) or _PAIR_FIRST.search(text):
        return True
    if re.match(rf"(?:{_AUX})\b", text, re.I):
        return False
    return not re.search(rf", (?:then )?(?:{_AUX})\b", text, re.I)


def too_long(text: str) -> bool:
    """More than 30 words."""
    return len(text.split()) > MAX_WORDS


def too_short(text: str) -> bool:
    """Fewer than 6 words."""
    return len(text.split()) < MIN_WORDS


def loaded(text: str) -> bool:
    """Words that judge before the answer, or a form that expects one answer."""
    return bool(_LOADED.search(text))


def not_self_contained(text: str) -> bool:
    """It points at something outside of itself."""
    if _POINTS_BACK.search(text):
        return True
    return bool(_IT_FIRST.search(text)) and not _IT_EXPLAINED.search(text)


def unsafe(text: str) -> bool:
    """Instructions for harm, calls for violence, insults, sexual content with minors."""
    return any(pattern.search(text) for pattern in _UNSAFE)


def asks_fact(text: str) -> bool:
    """Evidence could settle it: dates, numbers, causes, what happened. A question of value has a word of value."""
    if any(pattern.search(text) for pattern in _FACT):
        return not (_VALUE.search(text) or re.search(r"\b(should|ought)\b", text, re.I))
    return not (_MODAL.search(text) or _VALUE.search(text))


def malformed(text: str) -> bool:
    """Left-over template marks, control characters, doubled words, unbalanced quotes, no capital at the start."""
    if re.search(r"\.\.\.|…", text) or text != " ".join(text.split()) or broken_marks(text):
        return True
    if any(unicodedata.category(letter) == "Cf" for letter in text):
        return True
    if re.search(r"\b(?!that\b|had\b)(\w+) \1\b", text, re.I):
        return True
    unbalanced = text.count('"') % 2 or text.count("“") != text.count("”") or text.count("(") != text.count(")")
    return bool(unbalanced) or not re.match(r"[\"“'‘]?[A-Z0-9À-ÖØ-Þ]", text)


def broken_marks(text: str) -> bool:
    """What is malformed in any language: template marks, and characters that steer a terminal or turn the line around."""
    if re.search(r"[{}<>\[\]|_\\]|\bTODO\b", text):
        return True
    return steers(text)


def steers(text: str) -> bool:
    """Control characters, and invisible ones that turn the line around."""
    return any(unicodedata.category(letter) in {"Cc", "Cf", "Co", "Cs"} and letter not in _JOINERS for letter in text)


def off_topic(text: str, topic: str) -> bool:
    """No content word of the topic occurs in it, compared by stems. A topic without content words fits all."""
    wanted = stems(topic)
    return bool(wanted) and not (wanted & stems(text))


def stems(text: str) -> frozenset[str]:
    """Content words, each cut to its first five letters after common endings are removed."""
    words = re.findall(r"[^\W_]+(?:[-'][^\W_]+)*", text.lower().replace("’", "'"))
    kept = (word.removesuffix("'s").removesuffix("'") for word in words)
    return frozenset(_stem(word) for word in kept if word not in _STOP)


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "ed", "es", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)][:5]
    return word[:5]


RULES: tuple[tuple[Reason, Callable[[str], bool]], ...] = (
    (Reason.MALFORMED, malformed),
    (Reason.NOT_ONE_QUESTION, not_one_question),
    (Reason.NOT_YES_NO, not_yes_no),
    (Reason.TOO_LONG, too_long),
    (Reason.TOO_SHORT, too_short),
    (Reason.LOADED, loaded),
    (Reason.NOT_SELF_CONTAINED, not_self_contained),
    (Reason.UNSAFE, unsafe),
    (Reason.FACT, asks_fact),
)
"""What every single wording must pass, in the order in which reasons are listed."""
