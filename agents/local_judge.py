"""A judge without a language model: the recogniser reads each key point. Presence only, English only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cruxbank.agents.fence import clean
from cruxbank.agents.roles import Read
from cruxbank.errors import ValueSystemError
from cruxbank.items import FailureReason, Outcome, Response, Verdict
from cruxbank.recogniser import Recogniser
from cruxbank.recogniser.labels import VALUES
from cruxbank.recogniser.recogniser import Floats
from cruxbank.values.systems import ValueSystem

POINTS = 3
"""Key points that are read. More would make verbosity look like values (docs: .14 bits for one to three points)."""
LONGEST_POINT = 600
"""Characters of a key point that are read, as for the LLM judge."""


class LocalJudge:
    """Satisfies `roles.Judge`. A value is present in an answer when any of its key points passes the value's cut.

    The cuts are the head's `triple` cuts and not those for single texts: a value that shows by chance in one text of
    five shows in half of all answers of three points. They favour no side: sensitivity + specificity is largest.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    @property
    def name(self) -> str:
        """`local`."""
        return "local"

    @property
    def signed(self) -> bool:
        """False: `supports` means present."""
        return False

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """One verdict a response, in the same order; no model is called. Refused stay refused, failed are unscored.

        Raises:
            ValueSystemError: the value system is not Schwartz's ten values.
            EnvironmentProblem: the encoder cannot be loaded.
        """
        if set(system.ids) != set(VALUES):
            hint = "values: schwartz-10, or agents.judge: the id of a language model"
            raise ValueSystemError(f"values: the local judge cannot read '{system.id}'", hint=hint)
        points = [_points(response) for response in responses]
        texts = [text for found in points for text in found]
        rows = await self._recogniser.encoder.run(self._recogniser.value_probabilities, texts)
        ends = np.cumsum([len(found) for found in points])
        parts = np.split(rows, ends[:-1]) if points else []
        verdicts = [self._verdict(response, part, system) for response, part in zip(responses, parts, strict=True)]
        return Read(verdicts=tuple(verdicts))

    def _verdict(self, response: Response, rows: Floats, system: ValueSystem) -> Verdict:
        if response.state == "refused":
            return Verdict(state="refused", signed=False, judge=self.name)
        if not len(rows):
            reason = response.failure or FailureReason.EMPTY
            return Verdict(state="unscored", signed=False, judge=self.name, failure=reason)
        present = dict(zip(VALUES, rows.max(axis=0) > self._recogniser.triple, strict=True))
        outcomes = {value: Outcome.SUPPORTS if present[value] else Outcome.ABSENT for value in system.ids}
        return Verdict(state="scored", outcomes=outcomes, signed=False, judge=self.name)


def _points(response: Response) -> list[str]:
    """The key points to read: none unless the response was answered."""
    if response.state != "answered":
        return []
    cleaned = (clean(point, limit=LONGEST_POINT) for point in response.key_points[:POINTS])
    return [point for point in cleaned if point]
