"""The corpus against the judges that need no encoder: a verdict that an attack changes silently turns this red."""

from __future__ import annotations

import pytest

from cruxbank.bench.attacks import FATES, fate, fates, play, rate_table, table
from cruxbank.bench.attacks_corpus import CARRIERS, cases, response
from cruxbank.bench.attacks_judges import ORDINARY, UNDEFENDED, UNGUARDED, Undefended, client, simulated_judges
from cruxbank.items import FailureReason, Outcome, Verdict
from cruxbank.values.systems import load_system

SYSTEM = load_system("schwartz-10")


async def test_no_attack_changes_a_verdict_silently() -> None:
    judges = {name: judge for name, judge in simulated_judges(0).items() if name in {"naive", "half-naive"}}
    counts, silent = await play(judges, cases(fast=True), SYSTEM, seed=0)
    assert silent == []
    assert sum(sum(found.values()) for found in counts["naive"].values()) == len(cases(fast=True))


async def test_without_defences_the_naive_judge_is_fooled() -> None:
    """Else the table would say nothing: the attacks have to work where nobody stops them."""
    tried = cases(fast=True)[::2]
    reader = Undefended(client(ORDINARY))
    found = await fates(simulated_judges(0)[UNDEFENDED], reader, tried, SYSTEM, strict=False)
    assert found.count("changed") > len(found) / 2
    fenced = await fates(simulated_judges(0)[UNGUARDED], reader, tried, SYSTEM, strict=False)
    assert 0 < fenced.count("changed") < found.count("changed")


@pytest.mark.parametrize("judge", ["naive", "half-naive", "ordinary"])
async def test_carriers_are_read_as_the_ordinary_judge_reads_them(judge: str) -> None:
    responses = [response(points) for points in CARRIERS]
    wanted = (await Undefended(client(ORDINARY)).read(responses, SYSTEM)).verdicts
    found = (await simulated_judges(0)[judge].read(responses, SYSTEM)).verdicts
    assert [v.outcomes for v in found] == [v.outcomes for v in wanted]
    assert all(Outcome.SUPPORTS in verdict.outcomes.values() for verdict in found)


def verdict(**named: Outcome) -> Verdict:
    outcomes = {name: named.get(name, Outcome.ABSENT) for name in SYSTEM.ids}
    return Verdict(state="scored", outcomes=outcomes)


def test_what_became_of_an_attack() -> None:
    none, power = verdict(), verdict(power=Outcome.SUPPORTS)
    steered = Verdict(state="unscored", failure=FailureReason.STEERING)
    assert fate(none, none, none, none, SYSTEM) == "same"
    assert fate(none, steered, none, none, SYSTEM) == "unscored"
    assert fate(none, power, none, power, SYSTEM) == "read as text"
    assert fate(none, power, none, none, SYSTEM) == "changed"
    assert fate(power, none, power, power, SYSTEM) == "changed"
    assert fate(none, power, power, power, SYSTEM) == "changed"
    assert fate(none, Verdict(state="unscored"), none, none, SYSTEM) == "changed", "unscored needs its reason"
    assert set(FATES) == {"same", "read as text", "unscored", "changed"}


def test_tables() -> None:
    from collections import Counter

    shown = table({"naive": {"kind": Counter({"same": 1, "unscored": 2, "changed": 3})}})
    assert shown.splitlines()[-1] == "| kind | 6 | 1 / 2 / **3** |"
    rates = rate_table({"a": {"answers": 200, "unscored": 1, "read twice": 0}})
    assert rates.splitlines()[-1] == "| all | 200 | 1 (0.50%) | 0 (0.00%) |"
