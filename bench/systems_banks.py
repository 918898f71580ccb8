"""Small banks of one value system, grown offline with one judge or another, and what the judges said of the same answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from cruxbank.agents.local_judge import LocalJudge
from cruxbank.app.grow import agrow_bank
from cruxbank.app.looking import open_record
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.encoder import load_encoder
from cruxbank.graphs.meter import Pulse
from cruxbank.items import Reading, Status, Verdict
from cruxbank.recogniser import Recogniser, shipped_head
from cruxbank.values.systems import load_system

TOPICS = (
    "rent control in big cities",
    "nuclear power in densely settled countries",
    "compulsory voting",
    "school uniforms",
    "bullfighting",
    "facial recognition in public squares",
    "inheritance taxes",
    "homework in primary schools",
    "zoos",
    "private hospitals",
    "online anonymity",
    "gambling advertisements",
)
Key = tuple[str, str, str, int]
"""Item, text of the wording, model, repeat: the same answer in any bank, since simulated models answer from these."""


class Grown(NamedTuple):
    """What a bank holds."""

    readings: Mapping[Key, Reading]
    operational: frozenset[str]
    drafts: int
    calls: int


def settings_for(folder: Path, system: str, judge: str, seed: int, calls: int) -> Settings:
    """The simulated preset, small: no holdout panel, so that its families may judge."""
    folder.mkdir(parents=True, exist_ok=True)
    topics = folder / "topics.txt"
    topics.write_text("\n".join(TOPICS) + "\n", encoding="utf-8")
    data = yaml.safe_load(presets()["simulated"])
    data["panels"]["holdout"] = []
    data["grow"] |= {"window": 4, "confirm_responses": 0, "max_rewrites": 0}
    changes = {
        "seed": seed,
        "bank": str(folder / judge),
        "values": system,
        "agents": {"judge": judge},
        "topics": {"file": str(topics), "expand": 0},
        "budget": {"calls": calls},
    }
    return settings_from(data, changes)


class _Silent:
    """Hears the events of a run."""

    def emit(self, name: str, **fields: Any) -> None:
        """Nothing is shown."""


def grow(settings: Settings) -> Grown:
    """Grow a bank and read all of it."""
    told = asyncio.run(agrow_bank(settings, _Silent(), Pulse()))
    with open_record(settings) as record:
        items = record.items(status=None)
        found = {
            (item.id, item.wordings[r.response.wording].text, r.response.model, r.response.repeat): r
            for item in items
            for r in record.readings(item.id)
        }
    operational = frozenset(item.id for item in items if item.status is Status.OPERATIONAL)
    return Grown(found, operational, len(items), int(told["calls"]))


def local_verdicts(system: str, readings: Sequence[Reading]) -> tuple[Verdict, ...]:
    """What the local reader of the system sees in the same answers."""
    chosen = load_system(system)
    judge = LocalJudge(Recogniser(load_encoder(), shipped_head()), chosen)
    return asyncio.run(judge.read([reading.response for reading in readings], chosen)).verdicts
