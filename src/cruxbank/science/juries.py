"""How far the members of a jury agree: alpha for each dimension, each member's dissent, how often there was no majority.

Units are responses that were put to the jury; a member that could not read one has no rating there. Votes that know
presence only (a local member's) are compared as presence: then so are all votes of that jury.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from cruxbank.frozen import Frozen
from cruxbank.items import FailureReason, Outcome, Verdict, Vote
from cruxbank.science.agreement import Alpha, alpha, coded
from cruxbank.science.seeds import rng


class DimensionAgreement(Frozen):
    """Krippendorff's alpha (nominal) on one dimension with a 95 % bootstrap interval over responses."""

    alpha: float | None = None
    """None where nothing varies: agreement cannot be told from habit then."""
    lo: float | None = None
    hi: float | None = None
    agreement: float | None = None
    """Share of equal pairs of votes."""
    units: int = 0
    """Responses that two members or more read."""


class MemberRecord(Frozen):
    """One member's share."""

    read: int
    unscored: int
    dissent: float | None = None
    """Share of its votes, over dimensions, that differ from the jury's verdict."""


class JuryAgreement(Frozen):
    """What a jury's votes say about the jury."""

    responses: int
    scored: int
    split: int
    """Without a majority, or unread by half of the members."""
    presence_only: bool = False
    members: dict[str, MemberRecord]
    dimensions: dict[str, DimensionAgreement]
    related: tuple[str, ...] = ()
    """Members that share a family with each other or with the panel, a line each: their agreement proves less."""


def jury_agreement(
    verdicts: Iterable[Verdict], dimensions: Sequence[str], related: Sequence[str] = (), seed: int = 0
) -> JuryAgreement | None:
    """Figures over the verdicts that carry votes; None without any. `related` goes into the result as it is."""
    read = [v for v in verdicts if v.votes]
    if not read:
        return None
    names = list(dict.fromkeys(vote.judge for v in read for vote in v.votes))
    coarse = any(not vote.signed for v in read for vote in v.votes)
    found = {}
    for place, dimension in enumerate(dimensions):
        table = [[_label(_vote(v, name), dimension, coarse) for v in read] for name in names]
        found[dimension] = _agreement(alpha(coded(table), rng(seed, place, "jury agreement")))
    return JuryAgreement(
        responses=len(read),
        scored=sum(v.state == "scored" for v in read),
        split=sum(v.failure is FailureReason.SPLIT for v in read),
        presence_only=coarse,
        members={name: _member(read, name, dimensions, coarse) for name in names},
        dimensions=found,
        related=tuple(related),
    )


def _vote(verdict: Verdict, name: str) -> Vote | None:
    return next((vote for vote in verdict.votes if vote.judge == name and vote.state == "scored"), None)


def _label(vote: Vote | Verdict | None, dimension: str, coarse: bool) -> str | None:
    if vote is None:
        return None
    outcome = vote.outcomes.get(dimension, Outcome.ABSENT)
    return "present" if coarse and outcome is not Outcome.ABSENT else outcome.value


def _agreement(found: Alpha) -> DimensionAgreement:
    return DimensionAgreement(
        alpha=_known(found.est),
        lo=_known(found.lo),
        hi=_known(found.hi),
        agreement=_known(found.agreement),
        units=found.units,
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _member(read: Sequence[Verdict], name: str, dimensions: Sequence[str], coarse: bool) -> MemberRecord:
    votes = [(verdict, _vote(verdict, name)) for verdict in read]
    beside = [(v, vote) for v, vote in votes if vote is not None and v.state == "scored"]
    differs = [_label(v, d, coarse) != _label(vote, d, coarse) for v, vote in beside for d in dimensions]
    known = sum(vote is not None for _, vote in votes)
    dissent = float(np.mean(differs)) if differs else None
    return MemberRecord(read=known, unscored=len(read) - known, dissent=dissent)
