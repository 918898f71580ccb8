"""A judge without a language model: a reader sees which values each key point stands on. Presence only, English only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cruxbank.agents.fence import clean
from cruxbank.agents.roles import Read
from cruxbank.agents.steering import guarded
from cruxbank.agents.tongues import may_be
from cruxbank.items import FailureReason, Outcome, Response, Verdict
from cruxbank.recogniser import Recogniser
from cruxbank.recogniser.readers import Numbers, Reader, TenReader, reader_for
from cruxbank.values.systems import ValueSystem

POINTS = 3
"""Key points that are read. More would make verbosity look like values (docs: .14 bits for one to three points)."""
LONGEST_POINT = 600
"""Characters of a key point that are read, as for the LLM judge."""
LANGUAGE = "en"
"""What every local reader knows: the encoder, the training data and the reference points are English."""


class LocalJudge:
    """Satisfies `roles.Judge`. A value is present in an answer when any of its key points passes the value's cut.

    Schwartz's ten and nineteen values are read by the trained head, any other system by likeness to its definitions.
    The head's cuts for the ten are those for three points and not those for single texts: a value that shows by chance
    in one text of five shows in half of all answers of three points. They favour no side: sensitivity + specificity is
    largest.
    """

    def __init__(self, recogniser: Recogniser, system: ValueSystem | None = None) -> None:
        self._recogniser = recogniser
        self._system = system
        self._readers: dict[ValueSystem, Reader] = {}

    @property
    def name(self) -> str:
        """The name of the reader that reads the system it was made for; `local` without one."""
        return TenReader.name if self._system is None else self.reader(self._system).name

    @property
    def signed(self) -> bool:
        """False: `supports` means present."""
        return False

    def reader(self, system: ValueSystem) -> Reader:
        """Who reads a system."""
        if system not in self._readers:
            self._readers[system] = reader_for(system, self._recogniser)
        return self._readers[system]

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """One verdict a response, in the same order; no model is called. Refused stay refused, failed are unscored.

        Raises:
            EnvironmentProblem: the encoder cannot be loaded.
        """
        return await guarded(self._read, responses, system, judge=self.reader(system).name, signed=self.signed)

    async def _read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        weights = await self.weigh(responses, system)
        pairs = zip(responses, weights, strict=True)
        return Read(verdicts=tuple(self.verdict(response, row, system) for response, row in pairs))

    async def weigh(self, responses: Sequence[Response], system: ValueSystem) -> list[Numbers | None]:
        """(D,) the largest probability over an answer's points, in the order of the system; None: nothing to read."""
        points = [_points(response) for response in responses]
        reader = self.reader(system)
        texts = [text for found in points for text in found]
        rows = await reader.encoder.run(reader.probabilities, texts)
        order = _order(reader, system)
        ends = np.cumsum([len(found) for found in points])
        parts = np.split(rows, ends[:-1]) if points else []
        return [part.max(axis=0)[order] if len(part) else None for part in parts]

    def cuts(self, system: ValueSystem) -> Numbers:
        """(D,) what `weigh` has to pass, in the order of the system."""
        reader = self.reader(system)
        found: Numbers = np.asarray(reader.cuts)[_order(reader, system)]
        return found

    def verdict(self, response: Response, weights: Numbers | None, system: ValueSystem) -> Verdict:
        """The verdict that follows from what `weigh` found."""
        judge = self.reader(system).name
        if response.state == "refused":
            return Verdict(state="refused", signed=False, judge=judge)
        if weights is None:
            return Verdict(state="unscored", signed=False, judge=judge, failure=response.failure or FailureReason.EMPTY)
        if not may_be(" ".join(_points(response)), LANGUAGE):
            return Verdict(state="unscored", signed=False, judge=judge, failure=FailureReason.LANGUAGE)
        present = zip(system.ids, weights > self.cuts(system), strict=True)
        outcomes = {value: Outcome.SUPPORTS if found else Outcome.ABSENT for value, found in present}
        return Verdict(state="scored", outcomes=outcomes, signed=False, judge=judge)

    async def probabilities(self, responses: Sequence[Response], system: ValueSystem) -> NDArray[np.float64]:
        """(n, D) what `weigh` finds, as one table for reliability curves; rows without text are NaN."""
        rows = await self.weigh(responses, system)
        empty = np.full(len(system.ids), np.nan)
        found = [empty if row is None else np.asarray(row, np.float64) for row in rows]
        return np.stack(found) if found else np.zeros((0, len(system.ids)))


def _order(reader: Reader, system: ValueSystem) -> list[int]:
    """The reader's columns in the order of the system's."""
    return [reader.ids.index(name) for name in system.ids]


def _points(response: Response) -> list[str]:
    """The key points to read: none unless the response was answered."""
    if response.state != "answered":
        return []
    cleaned = (clean(point, limit=LONGEST_POINT) for point in response.key_points[:POINTS])
    return [point for point in cleaned if point]
