"""What an item turns on: of a dilemma what parts its two options, of a scenario the act asked for, of a question all of it.

In texts of 50 to 110 words the scene drowns what is at stake: two dilemmas that a council meets are close to each other
whatever they are about. The figures are in docs/item-kinds.md.
"""

from __future__ import annotations

import re

_OPTIONS = re.compile(r" A: (?P<first>.+?) B: (?P<second>.+[.!?。！]) [^.!?。！]+[?？]$")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_ACT = re.compile(
    r"\b(?:ask|tell|want|request|propose|suggest|instruct|expect|order|urge|beg|need)(?:s|ed)? (?:that )?you\b"
)
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


def core(text: str) -> str:
    """The part of a base wording that tells one crux from another; the text itself where it is a single sentence."""
    found = _OPTIONS.search(text)
    if found:
        return " ".join((*_apart(found["first"], found["second"]), "or", *_apart(found["second"], found["first"])))
    sentences = _SENTENCE.split(text)
    acts = [sentence for sentence in sentences if _ACT.search(sentence)] if len(sentences) > 1 else []
    return " ".join(acts) or text


def _apart(option: str, other: str) -> list[str]:
    """The words of an option from the first to the last that the other does not have in the same place of the sentence."""
    mine, theirs = _WORD.findall(option), _WORD.findall(other)
    start = next((i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a.lower() != b.lower()), 0)
    rest, last = mine[start:], theirs[start:]
    ends = 0
    while ends < min(len(rest), len(last)) - 1 and rest[-1 - ends].lower() == last[-1 - ends].lower():
        ends += 1
    return rest[: len(rest) - ends]
