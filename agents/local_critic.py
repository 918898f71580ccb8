"""The critic that needs no model: every wording must pass every rule, and the wordings must fit together."""

from __future__ import annotations

from cruxbank.agents.critic_rules import RULES, Reason, off_topic
from cruxbank.agents.roles import Brief, Reviewed
from cruxbank.items import Draft, Review, normalise


class LocalCritic:
    """Reviews English drafts by rules. For other languages only the rules on the set of wordings are applied."""

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
    if draft.language != "en":
        return ()
    pairs = enumerate(draft.wordings)
    return tuple(f"{i}: {reason}" for i, wording in pairs for reason in judge_wording(wording.text, draft.topic.text))


def _together(draft: Draft, brief: Brief) -> tuple[str, ...]:
    found = []
    if len(draft.wordings) < brief.wordings:
        found.append(Reason.TOO_FEW_WORDINGS)
    if not any(wording.kind == "mirror" for wording in draft.wordings):
        found.append(Reason.NO_MIRROR)
    if len({normalise(wording.text) for wording in draft.wordings}) < len(draft.wordings):
        found.append(Reason.EQUAL_WORDINGS)
    return tuple(f"draft: {reason}" for reason in found)
