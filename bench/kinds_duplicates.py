"""Do the duplicate gates tell dilemmas and scenarios apart by what they turn on, or by their scene?

Run `python -m cruxbank.bench.kinds_duplicates --seed 3 --publish`. Needs the encoder; asks no model.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cruxbank.agents.frame_files import frames_for, shipped_frames
from cruxbank.agents.frames import Frame, wordings
from cruxbank.agents.phrases import read_phrase
from cruxbank.agents.situations import forms, lead_of, tell
from cruxbank.bench.publish import publish
from cruxbank.encoder import load_encoder
from cruxbank.items import ItemKind, Topic
from cruxbank.memory.likeness import Question, Scorer
from cruxbank.memory.thresholds import Thresholds
from cruxbank.science.seeds import rng
from cruxbank.topics.reader import seed_topics

KINDS: tuple[ItemKind, ...] = ("dilemma", "scenario")
WANTED = {"paraphrase": 1, "mirror": 1, "other goods, same situation": 0, "other goods, other situation": 0}
WANTED |= {"same goods, other situation": 0, "same goods, as a question": 0}


class Pair(NamedTuple):
    """Two texts on one topic."""

    name: str
    kind: ItemKind
    topic: Topic
    texts: tuple[str, str]


def main() -> None:
    """Print the table; with --publish put it into the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--topics", type=int, default=40)
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2")
    parser.add_argument("--publish", action="store_true")
    given = parser.parse_args()
    encoder = load_encoder(given.encoder)
    try:
        rows = asyncio.run(shares(Scorer(encoder), list(pairs(given.seed, given.topics))))
    finally:
        encoder.close()
    table = markdown(rows, given.topics)
    print(table)
    if given.publish:
        command = f"python -m cruxbank.bench.kinds_duplicates --seed {given.seed} --topics {given.topics}"
        publish("kinds_duplicates", table, {f"{name}, {kind}": row for (name, kind), row in rows.items()}, command)


def pairs(seed: int, topics: int) -> Iterator[Pair]:
    """All pairs of local texts, six a topic and kind, on topics with two weighings or more."""
    draw = rng(seed, 0, "kinds duplicates")
    chosen = seed_topics()
    for place in draw.permutation(len(chosen))[:topics]:
        topic = chosen[int(place)]
        fitting = frames_for(read_phrase(topic), shipped_frames())
        weighings = [frame for frame in fitting if lead_of(frame) and frame.tier == "weighing"]
        if len(weighings) > 1:
            first, second = (weighings[int(i)] for i in draw.permutation(len(weighings))[:2])
            for kind in KINDS:
                yield from _pairs(kind, topic, (first, second), draw)


def _pairs(kind: ItemKind, topic: Topic, frames: tuple[Frame, Frame], draw: np.random.Generator) -> Iterator[Pair]:
    phrase, found = read_phrase(topic), forms(kind)
    one, two = (found[int(i)] for i in draw.permutation(len(found))[:2])
    base, mirror, again = (wording.text for wording in tell(kind, one, frames[0], phrase, 3)[0])
    others = {
        "paraphrase": again,
        "mirror": mirror,
        "other goods, same situation": tell(kind, one, frames[1], phrase, 1)[0][0].text,
        "other goods, other situation": tell(kind, two, frames[1], phrase, 1)[0][0].text,
        "same goods, other situation": tell(kind, two, frames[0], phrase, 1)[0][0].text,
        "same goods, as a question": wordings(frames[0], phrase, frames[0].fills[0], 1)[0].text,
    }
    yield from (Pair(name, kind, topic, (base, other)) for name, other in others.items())


async def shares(scorer: Scorer, found: Sequence[Pair]) -> dict[tuple[str, str], tuple[float, float, int]]:
    """(name, kind) -> shares taken for duplicates by the whole texts and by the gate as it is, and the number of pairs."""
    cut, told = Thresholds(), defaultdict(list)
    for pair in found:
        about = {"topic": pair.topic.text, "topic_id": pair.topic.id, "region": pair.topic.region}
        a, b = (Question(text=text, **about) for text in pair.texts)
        whole = await scorer.meaning(a, b) >= cut.same_subject
        told[pair.name, pair.kind].append((whole, bool(await scorer.repeats(a, b, cut))))
    return {key: (*(float(x) for x in np.mean(rows, axis=0)), len(rows)) for key, rows in told.items()}  # type: ignore[misc]


def markdown(rows: dict[tuple[str, str], tuple[float, float, int]], topics: int) -> str:
    """One row a sort of pair."""
    number = next(iter(rows.values()))[2]
    about = (
        f"Local item models on {topics} seed topics, {number} pairs a cell, both texts on one topic: share taken for "
        "duplicates by the meaning of the whole texts alone, and by the gate, which asks their cores too. The cut is that "
        "of questions."
    )
    head = "| pair | dilemma, whole | gate | scenario, whole | gate | should be |\n|---|---|---|---|---|---|"
    body = [
        f"| {name} | " + " | ".join(f"{x:.2f}" for kind in KINDS for x in rows[name, kind][:2]) + f" | {wanted} |"
        for name, wanted in WANTED.items()
    ]
    return "\n".join((about, "", head, *body))


if __name__ == "__main__":
    main()
