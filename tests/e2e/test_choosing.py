"""`crux export --select`: rules on a grown bank, with weights that mean something."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cruxbank import Bank
from cruxbank.app.choosing import CHOICES
from tests.e2e.conftest import crux


@pytest.fixture(scope="module")
def grown(lend: Callable[..., Path]) -> Path:
    """A small bank on simulated models, in the folder of its crux.yaml."""
    return lend()


def lines(folder: Path, name: str) -> list[dict]:
    text = (folder / name / "items.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.slow
def test_every_rule_chooses_that_many_and_says_what_they_stand_for(grown: Path) -> None:
    with Bank.open(grown / "crux.yaml") as bank:
        pool = len(bank.items())
        best = [item.id for item in bank.items(limit=4)]
    assert pool > 5, "the bank is too small to choose from"
    for rule in CHOICES:
        done = crux("export", "--to", "jsonl", "--out", rule, "--n", "4", "--select", rule, "--json", cwd=grown)
        assert done.code == 0, done.err
        told = json.loads(done.out)
        items = lines(grown, rule)
        assert (told["items"], told["pool"], len({item["id"] for item in items})) == (4, pool, 4)
        weights = [item["weight"] for item in items]
        if rule in {"top", "balanced"}:
            assert weights == [None] * 4, "the best stand for nobody else"
        elif rule == "random":
            assert weights == pytest.approx([pool / 4] * 4, abs=1e-5)
        else:
            assert min(weights) > 0
            assert 1.0 <= told["effective"] <= 4.0 + 1e-6
        if rule == "design":
            assert sum(weights) == pytest.approx(pool, abs=1e-4)
    assert {item["id"] for item in lines(grown, "top")} == set(best)


@pytest.mark.slow
def test_the_same_seed_draws_the_same_sample(grown: Path) -> None:
    for name in ("one", "two"):
        assert crux("export", "--to", "jsonl", "--out", name, "--n", "4", "--select", "random", cwd=grown).code == 0
    assert lines(grown, "one") == lines(grown, "two")


@pytest.mark.slow
def test_an_unknown_rule_is_one_line(grown: Path) -> None:
    done = crux("export", "--to", "jsonl", "--out", "x", "--n", "2", "--select", "best", cwd=grown)
    assert (done.code, done.out) == (2, "")
    assert done.err.strip() == "crux: --select: no rule 'best': one of top, balanced, weighted, random, design"
    assert not (grown / "x").exists()


@pytest.mark.slow
def test_the_design_study_tells_what_a_profile_needs(grown: Path) -> None:
    done = crux("bank", "design", "--target", "0.7", "--json", cwd=grown)
    assert done.code == 0, done.err
    study = json.loads(done.out)
    assert study["items"] > 5
    assert 8 <= study["models"] <= 12
    assert len(study["dimensions"]) == 10
    for row in study["dimensions"]:
        figures = row["reliability"]
        assert 0 <= figures["10x2"] <= figures["10x6"] <= figures["100x6"] <= 1
        assert row["model"] + row["item"] + row["within"] == pytest.approx(1.0, abs=1e-4)
        if row["needed"] is not None and row["needed"] <= 10:
            assert figures["10x6"] >= 0.7 - 1e-9
    refused = crux("bank", "design", "--target", "2", cwd=grown)
    assert (refused.code, refused.err.strip()) == (
        2,
        "crux: --target: 2.0 is not between 0 and 1: 0.8 is usual for comparing models",
    )
