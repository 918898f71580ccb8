"""Cycles are looked for seldom inside, and as before afterwards, whatever happens."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from cruxbank.cli.collector import COLLECT_AFTER, rare_collections


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize(("before", "inside"), [(700, COLLECT_AFTER), (500_000, 500_000), (0, 0)])
def test_seldom_inside_and_as_before_afterwards(before: int, inside: int) -> None:
    gc.set_threshold(before, 10, 10)
    with rare_collections():
        assert gc.get_threshold()[0] == inside
    assert gc.get_threshold() == (before, 10, 10)


def test_a_failure_leaves_it_as_it_was() -> None:
    gc.set_threshold(700, 10, 10)
    with pytest.raises(RuntimeError, match="no more"), rare_collections():
        raise RuntimeError("no more")
    assert gc.get_threshold() == (700, 10, 10)
