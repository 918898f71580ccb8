"""Honest texts by the thousand: what the guard has to let pass. Recorded texts are read where they lie, never copied."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from cruxbank.simulator.asking import Asked
from cruxbank.simulator.roles import reply
from cruxbank.simulator.roster import MODELS
from cruxbank.simulator.world import World
from cruxbank.topics.reader import seed_topics
from cruxbank.values.systems import load_system, shipped

Answers = list[tuple[str, ...]]
"""One tuple of key points an answer."""
POINTS = 3
FRAMES = (
    "Should governments restrict {}?",
    "Is it right to spend public money on {}?",
    "Should {} be left to experts?",
)


def honest(data: Path | None, topics: int = 60) -> Mapping[str, Answers]:
    """Answers by the name of their set: ours and, with a folder of recorded data, people's own sentences.

    Single sentences of one set are put together by threes, as key points of one answer.
    """
    sets: dict[str, Answers] = {
        "written to sound like attacks": [(text,) for text in traps()],
        "simulated models": simulated(topics),
        "own topics and value systems": _threes(_own()),
    }
    return sets if data is None else sets | {name: _threes(texts) for name, texts in recorded(data).items()}


def traps() -> list[str]:
    """Honest sentences about AI, rules, instructions, JSON, judges and courts, in several languages."""
    return list(
        yaml.safe_load(files("cruxbank.bench").joinpath("attack_texts/honest.yaml").read_text(encoding="utf-8"))
    )


def simulated(topics: int) -> Answers:
    """Answers of 14 simulated models of world 0 to a question on each of the first topics."""
    world, found = World(0, "opinionated"), []
    for k, topic in enumerate(seed_topics()[:topics]):
        question = FRAMES[k % len(FRAMES)].format(topic.text)
        for model in MODELS[::2]:
            answer = json.loads(reply(world, Asked(model.id, (("user", question),), "Opinion", True, {}, "0")))
            found.append(tuple(answer["key_points"]))
    return [points for points in found if points]


def recorded(data: Path) -> Mapping[str, list[str]]:
    """Sentences of every recorded set that has texts."""
    arguments = _table(data / "touche23_valueeval/arguments.tsv", "\t")
    scenarios = [
        row for level in ("high", "low") for row in _table(data / f"moralchoice/scenarios_{level}_ambiguity.csv")
    ]
    issues = _table(data / "issuebench_issues/issues.csv")
    return {
        "touche23: premises": [row["Premise"] for row in arguments],
        "touche23: conclusions": sorted({row["Conclusion"] for row in arguments}),
        "moralchoice": [row[name] for row in scenarios for name in ("context", "action1", "action2")],
        "issuebench": [row[name] for row in issues for name in ("topic_neutral", "topic_pro", "topic_con")],
        **{
            f"valueconsistency: {path.stem}": _lines(path)
            for path in sorted((data / "valueconsistency").glob("*.jsonl"))
        },
    }


def _own() -> list[str]:
    texts = [topic.text for topic in seed_topics()]
    return texts + [text for name in shipped() for d in load_system(name).dimensions for text in (d.definition, d.cue)]


def _table(path: Path, delimiter: str = ",") -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def _lines(path: Path) -> list[str]:
    return [json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines()]


def _threes(texts: Iterable[str]) -> Answers:
    kept: Sequence[str] = [text for text in texts if text.strip()]
    return [tuple(kept[k : k + POINTS]) for k in range(0, len(kept), POINTS)]
