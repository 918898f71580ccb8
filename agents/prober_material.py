"""What a prober's model is shown: plain data, cleaned, the words of the target in a fence."""

from __future__ import annotations

import re

from cruxbank.agents.fence import clean, fence, nonce
from cruxbank.agents.filling import ladder_of, voice
from cruxbank.agents.llm_generator import wording_kinds
from cruxbank.agents.move_critic import PEOPLE, Matter
from cruxbank.agents.probing import ProbeBrief
from cruxbank.agents.roles import Brief
from cruxbank.agents.scene import Scene
from cruxbank.agents.tongues import name_of
from cruxbank.items import CallScope, Item
from cruxbank.prompts.loader import Value
from cruxbank.values.systems import ValueSystem

SHOWN = 2_000
"""Characters of a wording that the model is shown."""
REASON = 400
"""Characters of one reason of the target."""


def scope(brief: ProbeBrief, step: str) -> CallScope:
    """Where a text that the model writes belongs: it is the session's own."""
    return CallScope(kind="generative", purpose="generate", run=brief.run, slot=brief.slot, step=step)


def consequence(scene: Scene) -> dict[str, Value]:
    """In the terms of the base wording, so that every wording gets the same consideration."""
    return {
        "language": name_of(scene.language),
        "topic": clean(scene.item.topic.text),
        "question": clean(scene.item.text, SHOWN),
        "answer": _answer(scene),
        "value": _described(scene.opposing, scene.brief.system),
        "pattern": ladder_of(scene).cost[scene.language].replace("{people}", PEOPLE),
    }


def objection(scene: Scene) -> dict[str, Value]:
    """What the writer of a counter-argument is shown; the reasons of the target stand in a fence."""
    last = scene.history[-1]
    points = [clean(point, REASON) for point in last.key_points] or [clean(last.answer, 3 * REASON)]
    mark = nonce(scene.brief.seed, scene.brief.run, scene.item.id, str(len(scene.history)), *points)
    return {
        "language": name_of(scene.language),
        "topic": clean(scene.item.topic.text),
        "question": clean(_asked_first(scene), SHOWN),
        "answer": voice(scene, scene.shown),
        "used": [clean(one.text, SHOWN) for one in scene.history[1:]],
        "nonce": mark,
        "fenced": fence("\n".join(f"{number}. {point}" for number, point in enumerate(points, start=1)), mark),
    }


def _asked_first(scene: Scene) -> str:
    """The wording that the conversation opened with."""
    return scene.history[0].text if scene.history else scene.item.text


def _answer(scene: Scene) -> str:
    """The position held, towards the base."""
    return scene.voices.answer(scene.held or "yes", scene.item.kind, scene.language)


def matter(scene: Scene) -> Matter:
    """What the critic of a text is told."""
    step = f"{scene.move.name}-{scene.item.id}-{scene.pressed}"
    graded = scene.move.effect == "graded"
    return Matter(
        topic=clean(scene.item.topic.text),
        question=scene.item.text if graded else _asked_first(scene),
        answer=_answer(scene) if graded else voice(scene, scene.shown),
        language=scene.language,
        run=scene.brief.run,
        slot=scene.brief.slot,
        step=step,
    )


def _described(dimension: str, system: ValueSystem) -> str:
    found = next((entry for entry in system.dimensions if entry.id == dimension), None)
    return f"{found.name}: {found.definition}" if found else ""


def clauses(text: str) -> list[str]:
    """What stands after a colon, up to the next full stop: where a move puts its argument."""
    return [re.split(r"\. |。", part)[0] for part in re.split(r": |：", text)[1:]]


def near(item: Item, pair: tuple[str, str] | None, task: Brief) -> dict[str, Value]:
    """What the writer of a new question is shown."""
    kinds = wording_kinds(task.wordings)
    first, second = pair or ("", "")
    return {
        "topic": clean(item.topic.text),
        "domain": item.topic.domain,
        "region": item.topic.region,
        "language": task.language,
        "first": _described(first, task.system),
        "second": _described(second, task.system),
        "question": clean(item.text, SHOWN),
        "paraphrases": kinds.count("paraphrase"),
        "mirrors": kinds.count("mirror"),
        "refused": [clean(text, SHOWN) for text in task.avoid if text != item.text],
    }
