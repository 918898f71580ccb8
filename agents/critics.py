"""Several critics as one: the cheap one first, the first refusal wins."""

from __future__ import annotations

from collections.abc import Sequence

from cruxbank.agents.roles import Brief, Critic, Reviewed
from cruxbank.items import Draft, Review


class ChainedCritic:
    """Asks its critics in order and stops at the first that refuses; calls add up."""

    def __init__(self, critics: Sequence[Critic]) -> None:
        self._critics = tuple(critics)

    @property
    def name(self) -> str:
        """The critics' names, joined."""
        return "+".join(critic.name for critic in self._critics)

    async def review(self, draft: Draft, brief: Brief) -> Reviewed:
        """The first refusal, or the last critic's consent."""
        calls = 0
        for critic in self._critics:
            reviewed = await critic.review(draft, brief)
            calls += reviewed.calls
            if not reviewed.review.ok:
                return Reviewed(review=reviewed.review, calls=calls)
        return Reviewed(review=Review(ok=True, critic=self.name), calls=calls)
