"""Which items of a small bank an export takes: filters, quotas, rules, likeness, and wishes that cannot be meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from cruxbank import Bank
from cruxbank.app import looking
from cruxbank.errors import BankMismatch, InputError
from cruxbank.items import Status
from cruxbank.memory import payloads
from tests.components.numbered_bank import ITEMS, N, ids, ids_of


def test_filters(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a", domains=["media"], values=["power", "hedonism"], min_separation=0.1)
    wanted = [n for n in range(N) if n % 3 == 1 and n // 3 % 3 != 1 and 0.01 * (n + 1) >= 0.1]
    assert ids(tmp_path / "a") == ids_of(wanted)
    assert len(wanted) == 3


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"domains": ["medai"]}, "--domains: no item of 'medai': this bank has economy, family, media"),
        ({"languages": ["de"]}, "--languages: no item of 'de': this bank has en"),
        ({"values": ["might"]}, "--values: no 'might': one of self-direction"),
        ({"kinds": ["riddle"]}, "--kinds: no 'riddle': one of question, dilemma, scenario"),
        ({"quotas": {"colour": 1}}, "--quota: no 'colour': one of domain, topic"),
        ({"quotas": {"domain": 0}}, "--quota domain=0: leaves nothing"),
        ({"select": "best"}, "--select: no rule 'best'"),
        ({"max_similarity": 2.0}, "--max-similarity: 2 is no cosine"),
        ({"holdback": 1.0}, "--holdback: 1 of the items"),
        ({"n": 0}, "--n: 0 items"),
        ({"n": 3, "select": "random", "seed": -1}, "--seed: -1: 0 or more"),
        ({"seed": 2**63}, "--seed: 9223372036854775808: 0 or more"),
        ({"status": "pilot"}, "--status pilot: the bank has no such item"),
        ({"status": "ready"}, "status: no status 'ready'"),
        ({"status": ()}, "--status: none given"),
        ({"private": "p"}, "--private: nothing is held back"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_leaves_nothing(
    bank: Bank, tmp_path: Path, wish: dict[str, Any], message: str
) -> None:
    wish = {name: tmp_path / value if name == "private" else value for name, value in wish.items()}
    with pytest.raises(InputError) as refused:
        bank.export("jsonl", tmp_path / "a", **wish)
    assert str(refused.value).startswith(message)
    assert {path.name for path in tmp_path.iterdir()} == {"bank"}
    assert bank.exports() == ()


def test_quotas_take_the_best_of_each_group_and_say_where_there_are_too_few(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a", quotas={"domain": 2, "topic": 1})
    assert ids(tmp_path / "a") == ids_of([23, 21, 19, 17, 15, 13])
    assert dict(done.selected.coverage) == {"domain": (3, 3), "topic": (12, 6)}
    few = bank.export("jsonl", tmp_path / "b", quotas={"value": 9})
    assert dict(few.selected.coverage) == {"value": (3, 2)}


def test_a_subset_of_what_is_thinned_keeps_the_limits(bank: Bank, tmp_path: Path) -> None:
    for rule in ("top", "balanced", "weighted", "random"):
        bank.export("jsonl", tmp_path / rule, n=5, select=rule, quotas={"topic": 1, "domain": 3})
        chosen = [item for item in ITEMS if item.id in ids(tmp_path / rule)]
        assert len(chosen) == len({item.topic.id for item in chosen}) == 5
        assert max([item.topic.domain for item in chosen].count(d) for d in ("economy", "media", "family")) <= 3


class Marks:
    """An encoder without a model: texts with a 1 point one way, all others another."""

    name, dimension, digest = "none", 1, "0"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([[float("1" in text), float("1" not in text)] for text in texts])

    def close(self) -> None: ...


def test_likeness_is_read_a_few_items_at_a_time_and_makes_no_vector_store(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound: list[int] = []
    monkeypatch.setattr(payloads, "CHUNK", 10)
    monkeypatch.setattr(looking, "load_encoder", lambda _: Marks())
    engine = bank._record.database._engine
    event.listen(engine, "before_cursor_execute", lambda *call: bound.append(len(call[3])))
    bank.export("jsonl", tmp_path / "a", max_similarity=0.5)
    assert ids(tmp_path / "a") == ids_of([23, 21])
    assert not (tmp_path / "bank" / "chroma").exists()
    assert 10 in bound
    assert max(bound) < N, bound
    monkeypatch.setattr(Marks, "digest", "1")
    with pytest.raises(BankMismatch, match="was made with encoder none"):
        bank.export("jsonl", tmp_path / "b", max_similarity=0.5)


def test_statuses_can_be_several(bank: Bank, tmp_path: Path) -> None:
    bank._record.set_status(ITEMS[0].id, Status.RETIRED, "test")
    bank.export("jsonl", tmp_path / "a", status=["retired", Status.OPERATIONAL])
    bank.export("jsonl", tmp_path / "b", status="retired")
    assert (len(ids(tmp_path / "a")), ids(tmp_path / "b")) == (N, [ITEMS[0].id])
