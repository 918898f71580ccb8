"""What models are asked to answer with for dilemmas and scenarios; see `answers` for what all answer types keep to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator

from cruxbank.agents.answers import AnswerModel, KeyPoint, WordList, Words, _limited, _stance, _texts

_CHOICES = {"option a": "a", "option b": "b", "none": "neither"}
_DEEDS = {"partially": "partly", "in part": "partly"}


def _choice(value: object) -> object:
    """`A`, `Option B.` and `(a)` are choices; `A, but` is none."""
    word = _stance(value)
    if not isinstance(word, str):
        return word
    return _CHOICES.get(word.strip("()"), word.strip("()"))


def _deed(value: object) -> object:
    word = _stance(value)
    return _DEEDS.get(word, word) if isinstance(word, str) else word


class Choice(AnswerModel):
    """A panel model's answer to a dilemma, by the letters of the wording, and three reasons unless it refuses."""

    choice: Annotated[Literal["a", "b", "neither", "refuse"], BeforeValidator(_choice)]
    key_points: Annotated[list[KeyPoint], AfterValidator(_texts)]

    @model_validator(mode="after")
    def _has_reasons(self) -> Choice:
        if self.choice != "refuse" and not self.key_points:
            raise ValueError("key_points is empty")
        return self


class Action(AnswerModel):
    """A panel model's answer to a scenario: whether it does what is asked for, and three things that it does or says."""

    does: Annotated[Literal["yes", "no", "partly", "refuse"], BeforeValidator(_deed)]
    actions: Annotated[list[KeyPoint], AfterValidator(_texts)]

    @model_validator(mode="after")
    def _has_actions(self) -> Action:
        if self.does != "refuse" and not self.actions:
            raise ValueError("actions is empty")
        return self


class DraftOption(AnswerModel):
    """One side of a dilemma: what is done, and the id of the dimension that it serves."""

    text: Words
    value: Words


class Rewording(AnswerModel):
    """A dilemma in other words, its options in the order of the draft."""

    situation: Words
    first: Words
    second: Words


class DilemmaDraft(AnswerModel):
    """A generator's dilemma. Letters and order are ours: the writer names a first and a second option."""

    fact: Words
    argument: Words
    situation: Words
    first: DraftOption
    second: DraftOption
    closing: Words
    rewordings: Annotated[list[Rewording], AfterValidator(_limited)]

    @model_validator(mode="after")
    def _has_situation(self) -> DilemmaDraft:
        if not (self.situation and self.first.text and self.second.text):
            raise ValueError("situation or an option is empty")
        return self


class ScenarioDraft(AnswerModel):
    """A generator's scenario."""

    fact: Words
    argument: Words
    scenario: Words
    paraphrases: WordList
    mirrors: WordList

    @model_validator(mode="after")
    def _has_scenario(self) -> ScenarioDraft:
        if not self.scenario:
            raise ValueError("scenario is empty")
        return self
