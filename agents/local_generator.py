"""The generator that needs no model: automatic item generation from item models (frames).

A frame is chosen by what the topic's noun phrase names, then by what has been asked and how the panel reacted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from cruxbank.agents.frame_files import frames_for, shipped_frames
from cruxbank.agents.frames import MAX_WORDINGS, Frame, render, wordings
from cruxbank.agents.phrases import Phrase, read_phrase
from cruxbank.agents.roles import Brief, Feedback, Written
from cruxbank.frozen import Frozen
from cruxbank.items import Draft, FailureReason, Wording, normalise
from cruxbank.science.seeds import rng
from cruxbank.values.systems import ValueSystem

MAX_WORDS = 30
TIER_SHARES = {"weighing": 0.985, "specific": 0.012, "general": 0.003}
"""Share of the drafts that each tier of frames gives, where a topic has frames of all three."""
USED_BEFORE = 0.02
"""Weight of a frame that the topic's earlier items already used."""
SHARPEN, CONSENSUS = 3.0, 0.25
"""Rewriting: weight of a value that divides the panel, and of one that nearly every model raises."""


class Candidate(Frozen):
    """A frame with one filling."""

    frame: Frame
    fill: dict[str, str]
    base: str


class LocalGenerator:
    """Writes drafts from item models. English only; the same brief always gives the same draft."""

    def __init__(self, frames: tuple[Frame, ...] | None = None) -> None:
        self._frames = shipped_frames() if frames is None else frames

    @property
    def name(self) -> str:
        """`local`."""
        return "local"

    async def write(self, brief: Brief) -> Written:
        """A draft from a frame that fits the topic and is not among the texts to avoid."""
        return self._choose(brief, "generate", lambda _frame: 1.0, frozenset())

    async def rewrite(self, draft: Draft, feedback: Feedback, brief: Brief) -> Written:
        """Another crux on the same topic, pulled towards the values that divided the panel."""
        pull = pull_of(draft, feedback)
        return self._choose(brief, "rewrite", pull, frozenset({draft.text}), draft.frame)

    def _choose(
        self, brief: Brief, purpose: str, pull: Callable[[Frame], float], also: frozenset[str], last: str = ""
    ) -> Written:
        problem = problem_of(brief)
        if problem:
            return Written(failure=FailureReason.REJECTED, detail=problem)
        phrase = read_phrase(brief.topic)
        found = [c for c in self._candidates(phrase, frozenset(brief.avoid) | also, brief) if c.frame.id != last]
        if not found:
            return Written(failure=FailureReason.EMPTY, detail=f"no item model is left for '{brief.topic.text}'")
        used = _used(frames_for(phrase, self._frames), phrase, brief)
        weights = weights_of([c.frame for c in found], used, pull)
        index = rng(brief.seed, brief.slot, purpose, brief.step).choice(len(found), p=weights)
        return Written(draft=_draft(found[int(index)], phrase, brief))

    def _candidates(self, phrase: Phrase, avoid: frozenset[str], brief: Brief) -> list[Candidate]:
        refused = {normalise(text) for text in avoid} | {normalise(example.text) for example in brief.examples}
        found = []
        for frame in frames_for(phrase, self._frames):
            for fill in frame.fillings(phrase):
                texts = [w.text for w in wordings(frame, phrase, fill, brief.wordings)]
                short = all(len(text.split()) <= MAX_WORDS for text in texts)
                if short and not any(normalise(text) in refused for text in texts):
                    found.append(Candidate(frame=frame, fill=fill, base=texts[0]))
        return found


def problem_of(brief: Brief) -> str:
    """Why item models cannot serve a brief; empty when they can."""
    if brief.language != "en":
        return f"item models are in English, not '{brief.language}': set agents.generator to a model"
    if not 2 <= brief.wordings <= MAX_WORDINGS:
        return f"item models have 2 to {MAX_WORDINGS} wordings, not {brief.wordings}"
    return ""


def _used(frames: tuple[Frame, ...], phrase: Phrase, brief: Brief) -> frozenset[str]:
    """Frames of the topic's earlier items and of refused drafts, recognised by their text."""
    known = {normalise(text) for text in (*brief.avoid, *(example.text for example in brief.examples))}
    if not known:
        return frozenset()
    return frozenset(f.id for f in frames for fill in f.fills if normalise(render(f.base, phrase, fill)) in known)


def weights_of(found: Sequence[Frame], used: frozenset[str], pull: Callable[[Frame], float]) -> np.ndarray:
    """Probabilities: tiers by their shares, rare values lifted; a frame that occurs several times divides its part."""
    fillings = Counter(frame.id for frame in found)
    frames = {frame.id: frame for frame in found}
    values = Counter(value for frame in frames.values() for value in frame.tension)
    raw = np.array([_frame_weight(frame, values, used, pull) / fillings[frame.id] for frame in found])
    tiers = np.array([frame.tier for frame in found])
    share = np.zeros(len(found))
    for tier, part in TIER_SHARES.items():
        mask = tiers == tier
        if mask.any():
            share[mask] = part * raw[mask] / raw[mask].sum()
    return np.asarray(share / share.sum())


def _frame_weight(frame: Frame, values: Counter[str], used: frozenset[str], pull: Callable[[Frame], float]) -> float:
    rare = float(sum(1.0 / math.sqrt(values[value]) for value in frame.tension))
    return rare * pull(frame) * (USED_BEFORE if frame.id in used else 1.0)


def pull_of(draft: Draft, feedback: Feedback) -> Callable[[Frame], float]:
    """How much a frame's values promise after what the panel said: divided values up, values that all raise down."""
    panel = len(feedback.reactions)
    raised = Counter(value for reaction in feedback.reactions for value in set(reaction.values))
    stances = {reaction.stance for reaction in feedback.reactions}

    def one(value: str) -> float:
        share = raised[value] / panel if panel else 0.0
        if share > 0.75:
            return CONSENSUS
        return SHARPEN if share >= 0.25 else 1.0

    def pull(frame: Frame) -> float:
        same = bool(set(frame.tension) & set(draft.tension))
        stale = 0.5 if same and panel and len(stances) == 1 else 1.0
        return stale * one(frame.tension[0]) * one(frame.tension[1])

    return pull


def _draft(candidate: Candidate, phrase: Phrase, brief: Brief) -> Draft:
    made: tuple[Wording, ...] = wordings(candidate.frame, phrase, candidate.fill, brief.wordings)
    tension = tuple(value for value in candidate.frame.tension if value in brief.system.ids)
    return Draft(
        topic=brief.topic,
        wordings=made,
        language=brief.language,
        argument=argument_of(candidate.frame, candidate.fill, phrase, brief.system),
        tension=tension,
        frame=candidate.frame.id,
        generator="local",
    )


def argument_of(frame: Frame, fill: dict[str, str], phrase: Phrase, system: ValueSystem) -> str:
    """One sentence on why a frame's two values pull apart."""
    if frame.argument:
        return render(frame.argument, phrase, fill)
    names = {d.id: d.name.lower() for d in system.dimensions}
    if not set(frame.tension) <= set(names):  # the item models weigh Schwartz's values; other systems do not name them
        return f"In questions about {phrase.text}, the goods that are weighed can ask for different answers."
    first, second = (names[value] for value in frame.tension)
    return f"In questions about {phrase.text}, {first} and {second} can ask for different answers."
