"""The local judge first, a language model where the local one is unsure: fewer calls, and presence only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cruxbank.agents.presence import presence_only
from cruxbank.agents.roles import Judge, Read
from cruxbank.agents.steering import guarded
from cruxbank.items import FailureReason, Response, Verdict
from cruxbank.values.systems import ValueSystem

Floats = NDArray[np.floating]


@runtime_checkable
class Weigher(Protocol):
    """A judge that says how sure it is; `agents.local_judge.LocalJudge`."""

    @property
    def name(self) -> str:
        """Who reads."""
        ...

    def cuts(self, system: ValueSystem) -> Floats:
        """(D,) what a probability has to pass, in the order of `system.ids`."""
        ...

    async def weigh(self, responses: Sequence[Response], system: ValueSystem) -> list[Floats | None]:
        """(D,) largest probability of each response; None where there is nothing to read."""
        ...

    def verdict(self, response: Response, weights: Floats | None, system: ValueSystem) -> Verdict:
        """The verdict that the weights give."""
        ...


class Cascade:
    """Satisfies `roles.Judge`. `unsure` is the share of wrong dimensions from which on the local judge is not believed.

    All verdicts know presence only, those of the model too: sides known for some responses and not for others would
    make models differ by which of their answers happened to be unclear.
    """

    def __init__(self, local: Weigher, model: Judge, unsure: float) -> None:
        self._local = local
        self._model = model
        self._unsure = unsure

    @property
    def name(self) -> str:
        """`cascade(local, MODEL)`; each verdict names the one that read it."""
        return f"cascade({self._local.name}, {self._model.name})"

    @property
    def signed(self) -> bool:
        """False."""
        return False

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """One verdict a response, in the same order. What the local judge cannot read goes to the model too.

        Raises:
            ValueSystemError, EnvironmentProblem: from the local judge.
            EndpointError, BudgetExhausted, StoreError: from the seam.
        """
        return await guarded(self._read, responses, system, judge=self.name, signed=self.signed)

    async def _read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        weights = await self._local.weigh(responses, system)
        pairs = zip(responses, weights, strict=True)
        verdicts = [self._local.verdict(response, weight, system) for response, weight in pairs]
        cuts = self._local.cuts(system)
        open_ = [k for k, r in enumerate(responses) if self._is_open(r, weights[k], verdicts[k], cuts)]
        if not open_:
            return Read(verdicts=tuple(verdicts))
        given = await self._model.read([responses[k] for k in open_], system)
        for k, verdict in zip(open_, given.verdicts, strict=True):
            verdicts[k] = presence_only(verdict)
        return Read(verdicts=tuple(verdicts), calls=given.calls)

    def _is_open(self, response: Response, weights: Floats | None, verdict: Verdict, cuts: Floats) -> bool:
        if response.state != "answered" or verdict.failure is FailureReason.STEERING:
            return False
        return verdict.state == "unscored" or weights is None or expected_wrong(weights, cuts) >= self._unsure


def expected_wrong(weights: Floats, cuts: Floats) -> float:
    """Share of dimensions that the local judge reads wrong by its own probabilities: the mean of 1 - p where it says
    present and of p where it says absent. weights, cuts: (D,).

    The cuts favour no side and lie far from one half, so that the distance to a cut says little about an error: what is
    nearest to its cut is wrong as often as any answer (bench/cascade.py has both rules and a random one).
    """
    wrong = np.where(weights > cuts, 1 - weights, weights)
    return float(np.mean(wrong))
