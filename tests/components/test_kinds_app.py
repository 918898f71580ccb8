"""What a run of several kinds is checked for, who plays its roles, and how kinds are drawn."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from cruxbank.agents.by_kind import GeneratorByKind
from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.app.checks import check_kinds
from cruxbank.app.writers import files_of, writer
from cruxbank.config.settings import Settings
from cruxbank.errors import ConfigError
from cruxbank.graphs.assignment import kind_of
from cruxbank.models.fake import ScriptedModel
from cruxbank.prompts.loader import load
from tests.unit.test_app_checks import settings

ALL = ["question", "dilemma", "scenario"]


def of(*kinds: str, **more: Any) -> Settings:
    return settings(kinds=list(kinds), **more)


def test_kinds_are_named_once_and_a_published_score_is_for_questions() -> None:
    check_kinds(of(*ALL))
    check_kinds(of("question", objective="adaem"))
    with pytest.raises(ConfigError, match="kinds: 'dilemma' is there twice"):
        check_kinds(of("dilemma", "question", "dilemma"))
    with pytest.raises(ConfigError, match="kinds: 'scenario', but objective: adaem scores questions only") as error:
        check_kinds(of("question", "scenario", objective="adaem"))
    assert "objective: separation" in error.value.hint


def test_each_kind_comes_up_equally_often_and_by_slot_alone() -> None:
    drawn = [kind_of(of(*ALL), 7, slot) for slot in range(600)]
    assert all(160 <= number <= 240 for number in Counter(drawn).values())
    assert drawn[:50] == [kind_of(of(*ALL), 7, slot) for slot in range(50)]
    assert {kind_of(of("scenario"), 7, slot) for slot in range(20)} == {"scenario"}


def test_a_run_of_questions_has_the_writer_and_prompts_it_always_had() -> None:
    assert isinstance(writer(of("question"), None), LocalGenerator)
    assert files_of("respondent", of("question")) == (("respond", "opinion", 1),)
    assert files_of("generator", of("question")) == (("generate", "write", 1), ("generate", "rewrite", 2))


def test_every_kind_has_a_writer_and_its_prompt_files() -> None:
    client = ScriptedModel(lambda *_: "")
    for made in (writer(of(*ALL), None), writer(of(*ALL), client)):
        assert isinstance(made, GeneratorByKind)
    assert {file[1] for file in files_of("respondent", of(*ALL))} == {"opinion", "dilemma", "scenario"}
    for role in ("respondent", "generator", "critic"):
        for folder, name, version in files_of(role, of(*ALL)):
            assert load(folder, name, version=version).ref.version == version
