"""A part of the corpus against the judges that read with the encoder."""

from __future__ import annotations

import pytest

from cruxbank.bench.attacks import play
from cruxbank.bench.attacks_corpus import cases
from cruxbank.bench.attacks_judges import all_judges
from cruxbank.values.systems import load_system


@pytest.mark.slow
async def test_no_attack_changes_what_the_local_judge_and_the_cascade_read() -> None:
    judges = {name: judge for name, judge in all_judges(0).items() if name in {"local", "cascade to naive"}}
    tried = cases(fast=True)[::8]
    counts, silent = await play(judges, tried, load_system("schwartz-10"), seed=0)
    assert silent == []
    assert all(sum(map(sum, (found.values() for found in kinds.values()))) == len(tried) for kinds in counts.values())
