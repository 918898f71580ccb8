"""`crux bank verify`: every place where the parts of a bank do not agree, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from cruxbank.frozen import Frozen
from cruxbank.items import Exit, Item, Status, Topic, item_id as id_of
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.outbox import item_metadata, topic_metadata, translation_rows
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import Metadata, VectorStore


class Inconsistency(Frozen):
    """One disagreement: `kind` is from a fixed set, `ref` names the thing, `hint` the way out."""

    kind: str
    ref: str
    detail: str
    hint: str


_REBUILD = "crux bank verify --rebuild makes the vectors again from the record"
_RERUN = "run the same crux grow again: it drains the outbox and commits what is staged"
_BACKUP = "restore the bank from a backup"


async def verify(record: Record, vectors: VectorStore, folder: BankFolder | None = None) -> list[Inconsistency]:
    """All disagreements between record, vectors and run folders, sorted; empty when the bank is sound."""
    items = {item.id: item for item in await asyncio.to_thread(record.items, order="id")}
    topics = {topic.id: topic for topic in await asyncio.to_thread(record.topics)}
    measured = {key: item_metadata(item) for key, item in items.items() if item.status is not Status.DRAFT}
    said = {key: topic_metadata(topic) for key, topic in topics.items()}
    further = {
        key: row[1] for item in items.values() if item.id in measured for key, row in translation_rows(item).items()
    }
    found = [
        *_vectors("item", measured, await vectors.metadata("items")),
        *_vectors("topic", said, await vectors.metadata("topics")),
        *_vectors("translation", further, await vectors.metadata("translations")),
        *await asyncio.to_thread(lambda: list(_record(record, items, topics))),
    ]
    if folder is not None:
        found += _runs(record, folder)
    return sorted(found, key=lambda one: (one.kind, one.ref, one.detail))


def _vectors(kind: str, wanted: dict[str, Metadata], present: dict[str, Metadata]) -> Iterator[Inconsistency]:
    for key in wanted.keys() - present.keys():
        yield Inconsistency(kind="missing_vector", ref=key, detail=f"the {kind} has no vector", hint=_REBUILD)
    for key in present.keys() - wanted.keys():
        detail = f"a vector for no {kind} of the record"
        yield Inconsistency(kind="stray_vector", ref=key, detail=detail, hint=_REBUILD)
    for key in wanted.keys() & present.keys():
        fields = wanted[key].keys() | present[key].keys()
        stale = sorted(f for f in fields if wanted[key].get(f) != present[key].get(f))
        if stale:
            detail = f"the vector's {', '.join(stale)} differ from the record's"
            yield Inconsistency(kind="stale_summary", ref=key, detail=detail, hint=_REBUILD)


def _record(record: Record, items: dict[str, Item], topics: dict[str, Topic]) -> Iterator[Inconsistency]:
    pending = record.stats().outbox
    if pending:
        yield Inconsistency(kind="outbox", ref="outbox", detail=f"{pending} rows are not in Chroma yet", hint=_RERUN)
    decided = {(d.run, d.slot): d for d in record.decisions()}
    for key, item in items.items():
        yield from _item(record, key, item)
        place = (item.provenance.run, item.provenance.slot)
        if place not in decided and not item.provenance.session:
            detail = f"slot {place[1]} of run {place[0]} has no decision"
            yield Inconsistency(kind="item_without_decision", ref=key, detail=detail, hint=_BACKUP)
        if item.topic.id not in topics:
            yield Inconsistency(kind="item_without_topic", ref=key, detail=item.topic.id, hint=_BACKUP)
    yield from _sessions(record, items)
    for (run, slot), decision in decided.items():
        if decision.exit is Exit.ADMITTED and (decision.item_id or "") not in items:
            ref = f"{run}/{slot}"
            yield Inconsistency(kind="decision_without_item", ref=ref, detail=str(decision.item_id), hint=_BACKUP)


def _item(record: Record, key: str, item: Item) -> Iterator[Inconsistency]:
    if id_of(item.text, item.language) != key:
        yield Inconsistency(kind="wrong_id", ref=key, detail="the id is not the hash of the text", hint=_BACKUP)
    counted = [*item.counts.values(), *(item.confirmation.counts.values() if item.confirmation else ())]
    counted += [counts for reading in item.by_language.values() for counts in reading.counts.values()]
    asked = sum(counts.asked for counts in counted)
    readings = len(record.readings(key)) if asked else 0
    if asked != readings:
        detail = f"counts say {asked} responses, the record holds {readings}"
        yield Inconsistency(kind="counts_differ", ref=key, detail=detail, hint=_BACKUP)
    changes = record.history(key)
    if not changes or changes[-1].after is not item.status:
        last = changes[-1].after.value if changes else "nothing"
        detail = f"status {item.status.value}, its history ends with {last}"
        yield Inconsistency(kind="history_differs", ref=key, detail=detail, hint=_BACKUP)


def _sessions(record: Record, items: dict[str, Item]) -> Iterator[Inconsistency]:
    """Turns are numbered without a gap, go on from earlier ones, and ask about what the bank or the session knows."""
    known = {session.id: session for session in record.sessions()}
    for item in items.values():
        if item.provenance.session and item.provenance.session not in known:
            detail = f"session {item.provenance.session} is not in the record"
            yield Inconsistency(kind="item_without_session", ref=item.id, detail=detail, hint=_BACKUP)
    for key, session in known.items():
        turns = record.turns(key)
        own = {draft.id for draft in session.discovered} | items.keys()
        if [turn.number for turn in turns] != list(range(len(turns))):
            yield Inconsistency(kind="turns_with_gaps", ref=key, detail="turn numbers", hint=_BACKUP)
        if any(turn.ask.after is not None and not 0 <= turn.ask.after < turn.number for turn in turns):
            yield Inconsistency(kind="turn_after_nothing", ref=key, detail="a turn goes on from none", hint=_BACKUP)
        stray = sorted({turn.ask.proposition for turn in turns} - own) if session.ended else []
        if stray:
            yield Inconsistency(kind="turn_without_item", ref=key, detail=stray[0], hint=_BACKUP)


def _runs(record: Record, folder: BankFolder) -> list[Inconsistency]:
    recorded, present = {run.id for run in record.runs()}, set(folder.run_ids())
    found = [
        Inconsistency(kind="run_without_folder", ref=run, detail="runs/ has no such folder", hint=_BACKUP)
        for run in recorded - present
    ]
    found += [
        Inconsistency(kind="folder_without_run", ref=run, detail="the record has no such run", hint=_BACKUP)
        for run in present - recorded
    ]
    return found
