"""Who is asked about the lines of a file: rules, memory, the writer of missing wordings, the critic; what is free first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from cruxbank.agents.critic_rules import Reason
from cruxbank.agents.wording_writer import WordingWriter, lacks
from cruxbank.app.gates import Gates, Verdict
from cruxbank.errors import BudgetExhausted
from cruxbank.items import Draft, Exit

BOOKED = "import"
"""Where the ledger books the writer's calls: under no run and no line, so that prompt, question and model alone are their
key. The same question is paid once, in whatever import, and whatever became of the draft."""
NOT_WRITTEN = "wordings_not_written"
"""First reason where the writer gave none; the second is what went wrong."""
LACKS = frozenset({f"draft: {Reason.TOO_FEW_WORDINGS}", f"draft: {Reason.NO_MIRROR}"})
"""What the local critic says of a question that lacks wordings and nothing else."""


class Heard(NamedTuple):
    """A draft with the wordings that it lacked, and the critic's reasons against it, or what became of it before."""

    draft: Draft
    said: tuple[str, ...] | Verdict | BudgetExhausted


class Asking:
    """Critic and writer before a few drafts at once."""

    def __init__(self, gates: Gates, writer: WordingWriter | None, *, writes: bool, wordings: int, run: str) -> None:
        """writes: missing wordings are written, in a dry run (no writer) by nobody yet."""
        self._gates = gates
        self._writer = writer
        self._writes = writes
        self._wordings = wordings
        self._run = run

    def bare(self, draft: Draft) -> bool:
        """Whether it lacks wordings that a model will write."""
        return bool(self._writes and lacks(draft, self._wordings))

    async def hear(self, drafts: Mapping[Draft, int]) -> dict[Draft, Heard]:
        """What is said of each draft (and its line); that the money is gone is one of the answers."""
        asked = (self._ready(draft, line) for draft, line in drafts.items())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        heard: dict[Draft, Heard] = {}
        for draft, one in zip(drafts, answers, strict=True):
            if isinstance(one, BaseException) and not isinstance(one, BudgetExhausted):
                raise one
            heard[draft] = Heard(draft, one) if isinstance(one, BudgetExhausted) else one
        return heard

    async def _ready(self, draft: Draft, line: int) -> Heard:
        """A draft with the wordings that it lacked, before the critic. Nothing is paid for what is refused without them."""
        if not self.bare(draft) or not LACKS.issuperset(ruled := await self._gates.rules(draft, self._run, line)):
            return Heard(draft, await self._gates.criticise(draft, self._run, line))
        if self._writer is None:  # a dry run: it will be written
            return Heard(draft, tuple(reason for reason in ruled if reason not in LACKS))
        if (found := await self._gates.remember(draft)).exit is not None:  # other wordings would not make it new
            return Heard(draft, found)
        written = await self._writer.complete(draft, self._wordings, BOOKED, -1)
        if written.draft is None:
            why = written.detail or (written.failure.value if written.failure else "")
            return Heard(draft, Verdict(Exit.NOT_WRITTEN, (NOT_WRITTEN, why)))
        return Heard(written.draft, await self._gates.criticise(written.draft, self._run, line))
