"""From a request that was read to the text of the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cruxbank.simulator.asking import Asked
from cruxbank.simulator.faulty import spoiled
from cruxbank.simulator.kind_writer import write_dilemma, write_scenario
from cruxbank.simulator.naive import obey
from cruxbank.simulator.reader import fenced, read
from cruxbank.simulator.respondent import answer_dilemma, answer_question, answer_scenario
from cruxbank.simulator.reviewer import review
from cruxbank.simulator.roster import TARGET, family_of, mode_of
from cruxbank.simulator.target_reply import answer_target
from cruxbank.simulator.translator import translate
from cruxbank.simulator.world import World
from cruxbank.simulator.writer import write

_ANSWERS = {"respondent": answer_question, "dilemma": answer_dilemma, "scenario": answer_scenario}
_WRITERS = {
    "generator": write,
    "dilemma writer": write_dilemma,
    "scenario writer": write_scenario,
    "translator": translate,
}


def reply(world: World, asked: Asked) -> str:
    """The assistant's message: a function of (seed, model, messages, the request's seed) and of nothing else."""
    if asked.role in _ANSWERS and mode_of(asked.model) == TARGET:
        return answer_target(world, asked)
    plays, writes = _ANSWERS.get(asked.role), _WRITERS.get(asked.role)
    if plays:
        return plays(world, asked)
    if writes:
        return _json(writes(asked, world.seed))
    if asked.role == "critic":
        return _json(review(asked))
    if asked.role == "judge":
        return _judged(world, asked)
    return _json(example(asked.shape))


def can_play(model: str, role: str) -> bool:
    """Models of the panel play every part; judges judge, targets answer, and both answer a connection check."""
    mode = mode_of(model)
    return not mode or role == "other" or (role in _ANSWERS if mode == TARGET else role == "judge")


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


def _judged(world: World, asked: Asked) -> str:
    answer = read(asked, world.seed)
    mode = mode_of(asked.model)
    if mode in {"naive", "halfnaive"}:
        return _json(obey(asked.user_text("<<<<"), answer, mode == "halfnaive"))
    if mode == "failing":
        return spoiled(answer, fenced(asked.user_text("<<<<")), world.seed, family_of(asked.model))
    return _json(answer)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
