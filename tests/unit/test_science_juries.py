"""What a jury's votes say about the jury, worked by hand."""

from __future__ import annotations

import pytest

from cruxbank.items import FailureReason, Outcome, Verdict, Vote
from cruxbank.science.juries import jury_agreement

HERE, GONE, AGAINST = Outcome.SUPPORTS, Outcome.ABSENT, Outcome.OPPOSES


def vote(judge: str, outcome: Outcome | None, signed: bool = True) -> Vote:
    if outcome is None:
        return Vote(judge=judge, state="unscored", failure=FailureReason.TIMEOUT, signed=signed)
    return Vote(judge=judge, state="scored", outcomes={"d": outcome, "e": GONE}, signed=signed)


def verdict(outcome: Outcome | None, *votes: Outcome | None, signed: bool = True) -> Verdict:
    members = tuple(vote(name, v, signed or name != "c") for name, v in zip("abc", votes, strict=True))
    if outcome is None:
        return Verdict(state="unscored", failure=FailureReason.SPLIT, votes=members)
    return Verdict(state="scored", outcomes={"d": outcome, "e": GONE}, votes=members)


def test_by_hand() -> None:
    """Units d: SSA, AAA, SO(missing), and one vote alone: three pairable units.

    Coincidences: SSA gives SS 1, SA 1 each way; AAA gives AA 3; SO gives SO 1 each way. Marginals S 3, A 4, O 1, n 8.
    Observed off the diagonal 4, expected 64 - 9 - 16 - 1 = 38: alpha = 1 - 7 * 4 / 38 = 10/38.
    """
    found = jury_agreement(
        [
            verdict(HERE, HERE, HERE, GONE),
            verdict(GONE, GONE, GONE, GONE),
            verdict(None, HERE, AGAINST, None),
            verdict(None, HERE, None, None),
            Verdict(state="refused"),
        ],
        ("d", "e"),
        ("'a' and 'b' share a family",),
    )
    assert found is not None
    assert (found.responses, found.scored, found.split) == (4, 2, 2)
    d, e = found.dimensions["d"], found.dimensions["e"]
    assert d.alpha == pytest.approx(10 / 38)
    assert d.agreement == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert d.units == 3
    assert d.lo is not None
    assert d.hi is not None
    assert d.lo <= d.alpha <= d.hi
    assert (e.alpha, e.lo, e.agreement) == (None, None, 1.0), "nobody ever saw it: no alpha, and full agreement"
    assert found.related == ("'a' and 'b' share a family",)
    assert {n: (m.read, m.unscored) for n, m in found.members.items()} == {"a": (4, 0), "b": (3, 1), "c": (2, 2)}
    assert found.members["c"].dissent == pytest.approx(1 / 4), "one of two responses, on one of two dimensions"
    assert found.members["a"].dissent == 0


def test_a_member_without_sides_makes_it_presence() -> None:
    found = jury_agreement(
        [verdict(AGAINST, AGAINST, AGAINST, HERE, signed=False), verdict(GONE, GONE, GONE, GONE)], ("d",)
    )
    assert found is not None
    assert found.presence_only
    assert found.dimensions["d"].alpha == pytest.approx(1.0)
    assert found.members["c"].dissent == 0


def test_without_votes_there_is_no_jury() -> None:
    assert jury_agreement([Verdict(state="refused")], ("d",)) is None
