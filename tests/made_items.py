"""Items and banks on disk as tests make them: whoever needs an item names what matters to it, and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cruxbank.config.shipped import presets
from cruxbank.items import Exit, Item, Provenance, Status, Topic, Wording, item_id
from cruxbank.measures import DimensionSeparation, Estimate, Separation
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import EncoderId
from cruxbank.memory.record import Record
from cruxbank.memory.rows import SlotCommit

RUN = "0001-aaaaaaaa"


def separation(bits: float, by: Mapping[str, float] | None = None, **more: Any) -> Separation:
    """So many bits, between half and twice as many; `by`: the bits of dimensions. `more` replaces fields."""
    zero = Estimate(est=0.0, lo=0.0, hi=0.0)
    values = {
        "joint": Estimate(est=bits, lo=bits / 2, hi=bits * 2),
        "lfdr": 0.01,
        "q": bits,
        "q_se": 0.1,
        "by_dimension": {d: DimensionSeparation(est=est, lo=0.0, hi=1.0) for d, est in (by or {}).items()},
        "stance": zero,
        "refusal": zero,
        "models": 8,
        "responses": 16,
    }
    return Separation(**(values | more))


def made_item(
    text: str, measured: Separation | None = None, origin: Mapping[str, Any] | None = None, **more: Any
) -> Item:
    """An operational question of a simulated run; `origin` replaces fields of its provenance, `more` fields of the item."""
    made = {"run": RUN, "seed": 1, "slot": 0, "generator": "local", "judge": "local", "origin": "simulated"}
    values = {
        "id": item_id(text, more.get("language", "en")),
        "text": text,
        "wordings": (Wording(kind="base", text=text),),
        "topic": Topic(text="rent control", domain="economy"),
        "status": Status.OPERATIONAL,
        "exit": Exit.ADMITTED,
        "value_system": "schwartz-10",
        "separation": measured,
        "provenance": Provenance(**(made | dict(origin or {}))),
    }
    return Item(**(values | more))


def commit(record: Record, items: Sequence[Item], first: int = 0) -> None:
    """A slot for each item."""
    for slot, item in enumerate(items, first):
        record.commit_slot(SlotCommit(run=RUN, slot=slot, topic=item.topic, exit=item.exit, items=(item,)))


def bank_of(path: Path, items: Sequence[Item]) -> Path:
    """A bank of these items in a folder: one simulated run, no answers, no vectors."""
    folder = BankFolder(path)
    folder.ensure(EncoderId(name="none", dimension=1, digest="0"), "schwartz-10")
    record = Record.open(str(folder.record))
    record.begin_run(RUN, "a" * 64, seed=1)
    commit(record, items)
    record.close()
    (folder.run_folder(RUN) / "config.yaml").write_text(presets()["simulated"], encoding="utf-8")
    return path
