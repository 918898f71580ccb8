"""The critic that needs no model: every wording must pass every rule, and the wordings must fit together."""

from __future__ import annotations

from enum import StrEnum

from cruxbank.agents.critic_rules import RULES, Reason, broken_marks, off_topic
from cruxbank.agents.kind_rules import against_options, against_wording
from cruxbank.agents.roles import Brief, Reviewed
from cruxbank.agents.tongues import reads_as, same_language
from cruxbank.items import Draft, Review, Wording, normalise

LONGEST = {"question": 400, "dilemma": 1_500, "scenario": 1_500}
"""Characters of a wording in a language whose words are not counted: twice what the rules for English let through."""


class LocalCritic:
    """Reviews English drafts by rules. For other languages only the rules on the set of wordings are applied, on characters
    and length, and that it is the language of the draft."""

    @property
    def name(self) -> str:
        """`local`."""
        return "local"

    async def review(self, draft: Draft, brief: Brief) -> Reviewed:
        """`ok`, or reasons such as `0: loaded_words` (number of the wording) and `draft: no_mirror`."""
        reasons = (*_each(draft), *_together(draft, brief))
        return Reviewed(review=Review(ok=not reasons, reasons=reasons, critic=self.name))


def judge_wording(text: str, topic: str) -> tuple[Reason, ...]:
    """The reasons against one wording, in the order of the rules; empty when it may be asked."""
    found = [reason for reason, broken in RULES if broken(text)]
    if off_topic(text, topic):
        found.append(Reason.OFF_TOPIC)
    return tuple(found)


def _each(draft: Draft) -> tuple[str, ...]:
    if not same_language(draft.language, "en"):
        return tuple(
            f"{i}: {reason}" for i, wording in enumerate(draft.wordings) for reason in _anywhere(draft, wording)
        )
    pairs = enumerate(draft.wordings)
    topic = draft.topic.text if same_language(draft.topic.language, "en") else ""  # only English words can be compared
    if draft.kind != "question":
        return tuple(f"{i}: {why}" for i, wording in pairs for why in against_wording(draft.kind, wording.text, topic))
    return tuple(f"{i}: {reason}" for i, wording in pairs for reason in judge_wording(wording.text, topic))


def _anywhere(draft: Draft, wording: Wording) -> tuple[Reason, ...]:
    """The reasons that hold in any language."""
    found = {Reason.MALFORMED: broken_marks(wording.text), Reason.TOO_LONG: len(wording.text) > LONGEST[draft.kind]}
    return tuple(reason for reason, broken in found.items() if broken)


def _together(draft: Draft, brief: Brief) -> tuple[str, ...]:
    found: list[StrEnum] = []
    if len(draft.wordings) < brief.wordings:
        found.append(Reason.TOO_FEW_WORDINGS)
    if not any(wording.kind == "mirror" for wording in draft.wordings):
        found.append(Reason.NO_MIRROR)
    if len({normalise(wording.text) for wording in draft.wordings}) < len(draft.wordings):
        found.append(Reason.EQUAL_WORDINGS)
    found += against_options(draft)
    if not all(reads_as(wording.text, draft.language) for wording in draft.wordings):
        found.append(Reason.LANGUAGE)
    return tuple(f"draft: {reason}" for reason in found)
