"""What the variables of a move hold in one scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from cruxbank.agents.ladders import DEFAULT, Ladder, ladder_for, priorities, shipped_ladders
from cruxbank.agents.scene import Missing, Scene
from cruxbank.agents.tongues import same_language
from cruxbank.agents.voices import pick, turn
from cruxbank.items import Stance
from cruxbank.prompts.loader import Value

T = TypeVar("T")
_OPPOSITE: Mapping[Stance, Stance] = {"yes": "no", "no": "yes", "neutral": "yes"}
"""Pressure on somebody who takes no side pulls towards yes."""


def values(scene: Scene) -> dict[str, Value]:
    """The variables that the scene's move declares.

    Raises:
        Missing: one cannot be had: no position is held, no such wording, no words in this language.
    """
    return {name: _FILL[name](scene) for name in sorted(scene.move.inputs)}


def ladder_of(scene: Scene) -> Ladder:
    """The one that a model wrote, the move's, that of the value which stands against the answer, or the general one.

    Raises:
        Missing: the move names a ladder that is not shipped.
    """
    known = {one.id: one for one in shipped_ladders()}
    named = scene.move.header.ladder
    if named and named not in known:
        raise Missing(f"no ladder '{named}'")
    return known[named] if named else scene.written.cost or ladder_for(scene.opposing) or known[DEFAULT]


def _cost(scene: Scene) -> str:
    strength = scene.ask.strength
    if strength is None:
        raise Missing("a graded move needs a strength")
    return _spoken(scene, lambda: ladder_of(scene).words(strength, scene.language))


def _argument(scene: Scene) -> str:
    """A model's; else what speaks for the opposing value, then, turn by turn, arguments that fit any subject."""
    if scene.written.argument is not None:
        return scene.written.argument
    ladder = ladder_for(scene.opposing)
    own = ladder.argument.get(scene.language, "") if ladder else ""
    general = _spoken(scene, lambda: scene.voices.objections[scene.language])
    return turn((own, *general) if own else general, scene.pressed)


def _held(scene: Scene) -> str:
    return voice(scene, scene.shown)


def _opposite(scene: Scene) -> str:
    return voice(scene, _OPPOSITE[scene.shown])


def voice(scene: Scene, stance: Stance) -> str:
    """How an answer to the wording that stands is named, such as `no` or `option B`.

    Raises:
        Missing: the stance is neutral, or there are no words in this language.
    """
    if stance == "neutral":
        raise Missing("the position is neutral")
    return _spoken(scene, lambda: scene.voices.answer(stance, scene.standing.kind, scene.language))


def _condition(scene: Scene) -> str:
    if scene.shown == "neutral":
        raise Missing("the position is neutral")
    return _spoken(scene, lambda: scene.voices.condition(scene.shown, scene.standing.kind, scene.language))


def _share(scene: Scene) -> int:
    """51 to 99 per cent by strength; without one, the next of the shipped shares each time."""
    if scene.ask.strength is not None:
        return round(51 + 48 * scene.ask.strength)
    return scene.voices.shares[scene.pressed % len(scene.voices.shares)]


def _source(scene: Scene) -> str:
    return turn(_spoken(scene, lambda: scene.voices.sources[scene.language]), scene.pressed)


def _persona(scene: Scene) -> str:
    return pick(_spoken(scene, lambda: scene.voices.personas[scene.language]), scene.item.id)


def _sides(scene: Scene) -> tuple[str, str]:
    pair = scene.ask.pair
    if pair is None:
        raise Missing("a pair of values is needed")
    found = _spoken(scene, lambda: priorities(pair, scene.brief.system, scene.language, scene.voices.priorities))
    if found is None:
        raise Missing(f"no words for {pair[0]} and {pair[1]} in {scene.language}")
    return found


def _subject(scene: Scene) -> str:
    topic = scene.item.topic
    return topic.text if same_language(topic.language, scene.language) else ""


def _spoken(scene: Scene, words: Callable[[], T]) -> T:
    try:
        return words()
    except KeyError as error:
        raise Missing(f"no words in {scene.language}") from error


_FILL: Mapping[str, Callable[[Scene], Value]] = {
    "wording": lambda scene: scene.standing.text,
    "kind": lambda scene: scene.standing.kind,
    "language": lambda scene: scene.language,
    "opens": lambda scene: not scene.history,
    "held": _held,
    "opposite": _opposite,
    "condition": _condition,
    "cost": _cost,
    "argument": _argument,
    "source": _source,
    "share": _share,
    "persona": _persona,
    "subject": _subject,
    "first": lambda scene: _sides(scene)[0],
    "second": lambda scene: _sides(scene)[1],
}
"""Of every name in `moves.INPUTS`."""
