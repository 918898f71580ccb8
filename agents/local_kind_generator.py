"""Dilemmas and scenarios without a model: a weighing of the topic is put into one of the shipped situations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cruxbank.agents.frame_files import frames_for, shipped_frames
from cruxbank.agents.frames import Frame
from cruxbank.agents.local_generator import USED_BEFORE, argument_of, problem_of, pull_of, weights_of
from cruxbank.agents.phrases import Phrase, read_phrase
from cruxbank.agents.roles import Brief, Feedback, Written
from cruxbank.agents.situations import Form, forms, lead_of, tell
from cruxbank.frozen import Frozen
from cruxbank.items import Draft, FailureReason, ItemKind, Option, normalise
from cruxbank.science.seeds import rng
from cruxbank.values.systems import ValueSystem

MAX_WORDS = 95
"""Of a base wording; the other tellings have at most fifteen words more, and the critic allows 110."""


class Told(Frozen):
    """A weighing in a situation."""

    frame: Frame
    form: Form


class LocalKindGenerator:
    """Satisfies `roles.Generator` for one kind, dilemma or scenario. English only; the same brief, the same draft."""

    def __init__(self, kind: ItemKind, frames: tuple[Frame, ...] | None = None) -> None:
        self._kind = kind
        self._frames = shipped_frames() if frames is None else frames

    @property
    def name(self) -> str:
        """`local`."""
        return "local"

    async def write(self, brief: Brief) -> Written:
        """A draft on the brief's topic that is not among the texts to avoid."""
        return self._choose(brief, "generate", lambda _frame: 1.0, frozenset())

    async def rewrite(self, draft: Draft, feedback: Feedback, brief: Brief) -> Written:
        """Another conflict of the topic, pulled towards the values that divided the panel."""
        return self._choose(brief, "rewrite", pull_of(draft, feedback), frozenset({draft.text}), draft.frame)

    def _choose(
        self, brief: Brief, purpose: str, pull: Callable[[Frame], float], also: frozenset[str], last: str = ""
    ) -> Written:
        problem = problem_of(brief)
        if problem:
            return Written(failure=FailureReason.REJECTED, detail=problem)
        phrase = read_phrase(brief.topic)
        known = frozenset(normalise(t) for t in (*brief.avoid, *also, *(e.text for e in brief.examples)))
        told, used = self._told(phrase, known)
        found = [one for one in told if name_of(one) != last]
        if not found:
            return Written(failure=FailureReason.EMPTY, detail=f"no {self._kind} is left for '{brief.topic.text}'")
        chosen = _pick(found, used, pull, rng(brief.seed, brief.slot, purpose, brief.step))
        return Written(draft=self._draft(chosen, phrase, brief))

    def _told(self, phrase: Phrase, known: frozenset[str]) -> tuple[list[Told], frozenset[str]]:
        """What may be written, and the weighings and forms that earlier items of the topic used."""
        found: list[Told] = []
        used: set[str] = set()
        for frame in frames_for(phrase, self._frames):
            if not lead_of(frame):
                continue
            for form in forms(self._kind):
                (base,), _ = tell(self._kind, form, frame, phrase, 1)
                if normalise(base.text) in known:
                    used |= {frame.id, form.id}
                elif len(base.text.split()) <= MAX_WORDS:
                    found.append(Told(frame=frame, form=form))
        return found, frozenset(used)

    def _draft(self, told: Told, phrase: Phrase, brief: Brief) -> Draft:
        wordings, options = tell(self._kind, told.form, told.frame, phrase, brief.wordings)
        return Draft(
            topic=brief.topic,
            wordings=wordings,
            kind=self._kind,
            options=tuple(_within(option, brief.system) for option in options),
            language=brief.language,
            argument=argument_of(told.frame, told.frame.fills[0], phrase, brief.system),
            tension=tuple(value for value in told.frame.tension if value in brief.system.ids),
            frame=name_of(told),
            generator="local",
        )


def _within(option: Option, system: ValueSystem) -> Option:
    """The goods are Schwartz's: in another value system an option names no dimension."""
    return option if option.value in system.ids else option.model_copy(update={"value": ""})


def name_of(told: Told) -> str:
    """Form and weighing: what a draft's `frame` says."""
    return f"{told.form.id}: {told.frame.id}"


def _pick(found: list[Told], used: frozenset[str], pull: Callable[[Frame], float], draw: np.random.Generator) -> Told:
    """First a weighing, as for questions; then one of its forms, those that the topic has not had before others."""
    frames = list({one.frame.id: one.frame for one in found}.values())
    frame = frames[int(draw.choice(len(frames), p=weights_of(frames, used, pull)))]
    mine = [one for one in found if one.frame.id == frame.id]
    shares = np.array([USED_BEFORE if one.form.id in used else 1.0 for one in mine])
    return mine[int(draw.choice(len(mine), p=shares / shares.sum()))]
