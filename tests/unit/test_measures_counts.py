"""Denominators: what is asked is answered, refused or unscored; what was never called stands apart."""

from __future__ import annotations

from functools import reduce
from operator import add

import pytest
from hypothesis import given, strategies as st

from cruxbank.graphs.assembly import count
from cruxbank.items import FailureReason, Reading, Response, Verdict
from cruxbank.measures import Counts

STATES = st.sampled_from(["scored", "refused", *FailureReason])


def reading(model: str, wording: int, state: str | FailureReason) -> Reading:
    failed = isinstance(state, FailureReason)
    response = Response(item="it", wording=wording, model=model, state="answered", stance="yes")
    verdict = Verdict(state="unscored", failure=state) if failed else Verdict(state=state)  # type: ignore[arg-type]
    return Reading(response=response, verdict=verdict)


def test_by_hand() -> None:
    seen = ["scored", "refused", FailureReason.AMBIGUOUS, FailureReason.SPLIT, FailureReason.TIMEOUT]
    found = count([reading("a", w, s) for w, s in enumerate(seen)], {"a": 6, "b": 6})
    assert found == {
        "a": Counts(
            asked=5,
            answered=1,
            refused=1,
            unscored=3,
            unscored_by={"ambiguous": 1, "jury_without_majority": 1, "timeout": 1},
            never_called=1,
        ),
        "b": Counts(never_called=6),
    }
    assert found["a"].ambiguous == 2


@given(st.lists(st.tuples(st.sampled_from("abc"), STATES)), st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9)))
def test_nothing_is_lost(seen: list[tuple[str, str]], planned: dict[str, int]) -> None:
    found = count([reading(m, w, s) for w, (m, s) in enumerate(seen)], planned)
    total = reduce(add, found.values(), Counts())
    assert total.asked == len(seen) == total.answered + total.refused + total.unscored
    assert total.unscored == sum(total.unscored_by.values()) >= total.ambiguous
    for model, due in planned.items():
        assert found[model].asked + found[model].never_called == max(due, found[model].asked)


@pytest.mark.parametrize("reason", ["timeout", "ambiguous"])
def test_sums_add_reasons(reason: str) -> None:
    one = Counts(asked=1, unscored=1, unscored_by={reason: 1})
    both = one + Counts(asked=2, unscored=2, unscored_by={"ambiguous": 2})
    assert both.unscored == 3
    assert both.unscored_by[reason] == (3 if reason == "ambiguous" else 1)
