"""A bank with something in every table, and its backup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cruxbank.curation import ExportEntry, HumanReview
from cruxbank.items import Status
from cruxbank.memory import archive, exposures
from cruxbank.memory.backup import collect
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import EncoderId
from cruxbank.memory.record import Record
from cruxbank.memory.reviews import Reviews
from cruxbank.models.ledger_schema import connect
from cruxbank.sessions import PlannedSubject, Session, SessionPlan
from tests.made_items import RUN

HOSTILE = [
    "naïve \u202eright",
    "=1+1\n---",
    '"quoted" {{ env.SECRET }}',
    "emoji 🜚 \u2028",
    "Ünïcode Σ",
    "z",
    "Z",
    "ä",
    "_",
]


def home_of(path: Path) -> BankFolder:
    """A bank folder with a run and a ledger in it; its record is not there yet."""
    bank = BankFolder(path)
    bank.ensure(EncoderId(name="bag-of-words", dimension=64, digest="feedbeef"), "schwartz-10")
    folder = bank.run_folder(RUN)
    (folder / "config.yaml").write_text("seed: 1\n")
    (folder / "events.jsonl").write_text('{"event": "run_started"}\n{"event": "slo')
    ledger = connect(bank.ledger, recover=False)
    ledger.execute("INSERT INTO endpoints VALUES (1, 'openai', 'https://a.b/v1', 'm', '{}')")
    ledger.execute(
        "INSERT INTO calls VALUES ('k', 1, '[]', 'measurement', 'respond', 0, '', -1, '', 'answered', 'ja', "
        "'stop', '', NULL, 3, 4, 0, 0.1, 12, 1.5)"
    )
    ledger.execute("INSERT INTO attempts VALUES ('k', 1, '0001', 1.25, 10, 0.5, 'answered', '', 7, 0.1)")
    ledger.close()
    return bank


def fill(record: Record, make: Any) -> None:
    """Something in every table."""
    for slot, text in enumerate(HOSTILE):
        item = make.item(f"Should {text}?", slot=slot, topic=make.topic(text), readings=1, extra=[f"Other {text}"])
        record.commit_slot(make.commit(slot, item, readings=[make.reading(item.id, model=text)]))
    items = record.items(order="seq")
    record.set_status(items[0].id, Status.RETIRED, "old")
    record.stage(RUN, 99, json.dumps({"text": HOSTILE[0]}))
    plan = SessionPlan(subjects=(PlannedSubject(item=items[1].id, dimensions=("power",)),))
    record.begin_session(
        Session(
            id=f"{RUN}.1", run=RUN, number=1, target="m1", seed=7, value_system="v", judge="local", turns=4, plan=plan
        )
    )
    Reviews(record.database).decide(HumanReview(item=items[2].id, reviewer="Ä", choice="flag", reason=HOSTILE[1]))
    entry = {"id": "e1", "format": "jsonl", "rule": "top", "seed": 1, "public": True, "at": "", "canary": "c"}
    with record.database.write() as connection:
        made = ExportEntry(**entry, digest="d", published=1, held=1)
        exposures.note(connection, made, [items[1].id], [items[2].id])


def packed(record: Record, home: BankFolder, path: Path) -> Path:
    parts = path.with_suffix(".parts")
    parts.mkdir()
    manifest = collect(record, home, parts)
    with path.open("wb") as target:
        archive.write(manifest, parts, target)
    return path
