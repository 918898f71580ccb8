"""A bank of any size for timing exports: items as heavy as grown ones, written into the record in one go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import insert

from cruxbank.config.shipped import presets
from cruxbank.items import Exit, Item, Neighbour, PromptRef, Provenance, Status, Topic, Wording, item_id
from cruxbank.measures import Confirmation, Counts, DimensionSeparation, Estimate, Framing, Fresh, Separation
from cruxbank.memory import schema
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import EncoderId
from cruxbank.memory.record import Record
from cruxbank.science.seeds import rng
from cruxbank.values.systems import load_system

RUN = "0001-aaaaaaaa"
CHUNK = 1000
DOMAINS = 24
TOPICS = 2000
PUBLISHING = {
    "licence": "CC-BY-4.0",
    "creator": "Bench",
    "url": "https://example.invalid/bank",
    "published": "2026-01-01",
}
PANEL, HOLDOUT = 12, 8


def make_bank(folder: Path, items: int, seed: int) -> float:
    """A bank in `folder`/bank with a crux.yaml beside it; returns the mean size of an item in the record, in bytes."""
    settings = yaml.safe_load(presets()["simulated"]) | {"seed": seed, "export": PUBLISHING}
    (folder / "crux.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    bank = BankFolder(folder / "bank")
    bank.ensure(EncoderId(name="none", dimension=1, digest="0"), "schwartz-10")
    (bank.run_folder(RUN) / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    record = Record.open(str(bank.record))
    try:
        record.begin_run(RUN, "a" * 64, seed=seed)
        topics = _topics()
        record.add_topics(topics)
        total = sum(_store(record, rows) for rows in _chunks(items, topics, seed))
        record.finish_run(RUN, "budget.calls reached")
    finally:
        record.close()
    return total / items


def _store(record: Record, rows: list[dict[str, Any]]) -> int:
    with record.database.write() as connection:
        connection.execute(insert(schema.items), rows)
    return sum(len(row["payload"]) for row in rows)


def _topics() -> list[Topic]:
    return [Topic(text=f"matter {number}", domain=f"domain-{number % DOMAINS}") for number in range(TOPICS)]


def _chunks(items: int, topics: Sequence[Topic], seed: int) -> Iterator[list[dict[str, Any]]]:
    draw = rng(seed, 0, "export speed")
    template = _item().model_dump(mode="json")
    kinds = [(topic.id, topic.model_dump(mode="json")) for topic in topics]
    for start in range(0, items, CHUNK):
        bits = draw.uniform(0.05, 1.2, min(CHUNK, items - start)).tolist()
        yield [_row(template, kinds[(start + i) % TOPICS], start + i, joint) for i, joint in enumerate(bits)]


def _row(template: dict[str, Any], topic: tuple[str, dict[str, Any]], number: int, joint: float) -> dict[str, Any]:
    text = f"Should city number {number} let its citizens decide about matter {number % 97} by themselves?"
    estimate = {"est": joint, "lo": joint / 2, "hi": joint * 1.5}
    item = template | {
        "id": item_id(text),
        "text": text,
        "wordings": [{**one, "text": f"{one['text']} {number}"} for one in template["wordings"]],
        "topic": topic[1],
        "separation": template["separation"] | {"joint": estimate, "q": joint * 1.7},
    }
    return {
        "id": item["id"],
        "seq": number + 1,
        "rev": number + 1,
        "status": "operational",
        "exit": "admitted",
        "topic_id": topic[0],
        "domain": topic[1]["domain"],
        "language": "en",
        "run": RUN,
        "slot": number,
        "joint_est": joint,
        "joint_lo": joint / 2,
        "joint_hi": joint * 1.5,
        "lfdr": 0.01,
        "payload": json.dumps(item, sort_keys=True, separators=(",", ":")),
    }


def _item() -> Item:
    """One item with everything that a grown one has, made-up figures."""
    text = "Should a city let its citizens decide about its budget by themselves?"
    panel = [f"sim-model-{number}" for number in range(PANEL)]
    dimensions = load_system("schwartz-10").ids
    prompt = PromptRef(name="respond/opinion", version=1, sha256="ab" * 32)
    return Item(
        id=item_id(text),
        text=text,
        wordings=tuple(Wording(kind="paraphrase", text=f"{text} (wording {number} of many)") for number in range(9)),
        topic=Topic(text="participatory budgets", domain="politics", region="Sweden", year=2023, kind="practice"),
        status=Status.OPERATIONAL,
        exit=Exit.ADMITTED,
        value_system="schwartz-10",
        separation=_separation(dimensions),
        counts={model: Counts(asked=6, answered=5, refused=1) for model in panel},
        verdicts={model: dict.fromkeys(dimensions, (2, 1, 0, 2)) for model in panel},
        fresh=3,
        confirmation=_confirmation(panel),
        provenance=Provenance(
            run=RUN,
            seed=7,
            slot=0,
            generator="local",
            judge="local",
            judge_digest="9378f429ce6d876c",
            local_reader="local",
            critic="local",
            prompts=(prompt,),
            nearest=Neighbour(id=item_id("another"), cosine=0.42813),
            origin="simulated",
            argument="In questions about a city's budget, security and self-direction can ask for different answers.",
        ),
    )


def _separation(dimensions: tuple[str, ...]) -> Separation:
    some = Estimate(est=0.432346839351, lo=0.200694468365, hi=0.677165477421)
    figure = {"est": 0.0232093171454, "lo": 0.0, "hi": 0.1178857369115, "salience": 0.0230836823803}
    by = {d: DimensionSeparation(polarity=0.0001256347650, pairwise=0.01359870201, **figure) for d in dimensions}
    return Separation(
        joint=some,
        lfdr=0.0070273447919,
        q=0.387109722031,
        q_se=0.13222905333,
        by_dimension=by,
        stance=some,
        refusal=some,
        pairwise=0.0230762058831,
        pairwise_joint=0.122563128707,
        answered=0.972222222222,
        models=PANEL,
        responses=PANEL * 6,
        framing=Framing(leaning=0.149305555555, differential=2.02751577341, dimension="stance"),
    )


def _confirmation(panel: list[str]) -> Confirmation:
    fresh = Fresh(
        est=0.36818864599, lo=0.0, hi=0.65007240023, q=0.66598717187, q_se=0.4064024501, models=11, responses=22
    )
    asked = {model: Counts(asked=2, answered=2) for model in [*panel, *(f"sim-other-{n}" for n in range(HOLDOUT))]}
    return Confirmation(scoring=fresh, holdout=fresh, counts=asked)
