"""From a request that was read to the text of the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cruxbank.simulator.asking import Asked, order_of, question_of
from cruxbank.simulator.hashing import Picks
from cruxbank.simulator.prose import as_text, opinion
from cruxbank.simulator.reader import read
from cruxbank.simulator.reviewer import review
from cruxbank.simulator.subject import subject
from cruxbank.simulator.world import World
from cruxbank.simulator.writer import write


def reply(world: World, asked: Asked) -> str:
    """The assistant's message: a function of (seed, model, messages, the request's seed) and of nothing else."""
    if asked.role == "generator":
        return _json(write(asked, world.seed))
    if asked.role == "critic":
        return _json(review(asked))
    if asked.role == "judge":
        return _json(read(asked, world.seed))
    if asked.role == "other":
        return _json(example(asked.shape))
    return _answer(world, asked)


def example(shape: Mapping[str, Any]) -> Any:
    """The smallest value that a JSON schema of a kind unknown here allows (a client's connection check, say)."""
    kind = shape.get("type")
    if shape.get("enum"):
        return shape["enum"][0]
    if kind == "array":
        return [example(shape.get("items") or {})] * int(shape.get("minItems", 0))
    if kind == "object" or (kind is None and "properties" in shape):
        return {name: example(part) for name, part in (shape.get("properties") or {}).items()}
    return {"boolean": True, "integer": 1, "number": 1.0, "null": None}.get(str(kind), "ok")


def _answer(world: World, asked: Asked) -> str:
    question = question_of(asked)
    plan = world.respond(asked.model, question, *asked.identity, order=order_of(asked))
    one = type(plan)(plan.refused, plan.stance[0], plan.values[0], plan.margin[0])
    picks = Picks(world.seed, "words", asked.model, *asked.identity)
    stance, points = opinion(one, subject(question), picks)
    return _json({"stance": stance, "key_points": points}) if asked.json else as_text(stance, points, picks)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
