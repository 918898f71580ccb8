"""promptfoo's files are read again, whatever the texts hold: its templates by a small engine that knows what the real one
does with tags, paths and line breaks. The real one runs in `make bench-exports`."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given

from cruxbank.bench.exports_bank import HOSTILE, hostile_bundle
from cruxbank.exports.format import Bundle
from cruxbank.exports.inert import inert, like_chat, unread, unread_config
from cruxbank.exports.lines import rounded
from cruxbank.exports.promptfoo import CHAT, CONFIG, ROWS, Promptfoo
from tests.export_lines import CANARY, bundle_of, full_line, lines, often, texts, thorough

SAID = re.compile(r"\{\{ '((?:[^'\\]|\\n)*)' \}\}")
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
HALF = re.compile(r"\{%[^%]*$|\{\{[^}]*$|\{#[^#]*$", re.MULTILINE)
"""promptfoo puts a value that matches between raw tags: the expressions would come out as they stand."""


def render(template: str) -> str:
    """Nunjucks, for templates whose only tags are quoted texts; anything else is an error, as it is there or worse."""
    assert not template.startswith(("file://", "package:")), "read as a path"
    assert not template.endswith("\n"), "promptfoo takes the last line break off"
    assert not VARIABLE.search(template), "a variable"
    assert not HALF.search(template), "put between raw tags"
    return "".join(_parts(template))


def _parts(template: str) -> Iterator[str]:
    at = 0
    while at < len(template):
        found = SAID.match(template, at)
        if found:
            yield found[1].replace("\\n", "\n")
        else:
            assert template[at : at + 2] not in {"{{", "{%", "{#", "#}"}, template[at:]
            yield template[at]
        at = found.end() if found else at + 1


def written(bundle: Bundle) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        Promptfoo().write(bundle, Path(folder))
        return {path.name: path.read_bytes().decode() for path in Path(folder).iterdir()}


def read_again(files: dict[str, str]) -> list[dict[str, Any]]:
    """By the reader that knows the most ends of a line."""
    return [json.loads(row) for row in files[ROWS].splitlines()]


@often
@given(texts)
@example("{\n")
@example("{#}")
@example("file://a\n")
def test_a_text_renders_to_itself(text: str) -> None:
    assert render(inert(text)) == text


@often
@given(texts)
def test_a_text_without_traps_stays_as_it_is(text: str) -> None:
    harmless = re.sub(r"\{[{%#]|\{\n\Z|#\}|\A(file|package):|\n\Z", "", text)
    if not re.search(r"\{[{%#]|\{\n\Z|#\}|\A(file|package):|\n\Z", harmless):
        assert inert(harmless) == harmless


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("{{ env.SECRET }}", "{{ '{' }}{ env.SECRET }}"),
        ("{% raw %}", "{{ '{' }}% raw %}"),
        ("a {b} c", "a {b} c"),
        ("{{{x", "{{ '{' }}{{ '{' }}{x"),
        ("{# c #}", "{{ '{' }}# c #{{ '}' }}"),
        ("{#}", "{{ '{' }}#{{ '}' }}"),
        ("file:///etc/hostname", "{{ 'file' }}:///etc/hostname"),
        ("package:a:b", "{{ 'package' }}:a:b"),
        ("see file://a", "see file://a"),
        ("two\n\n", "two\n{{ '\\n' }}"),
        ("{\n", "{{ '{' }}{{ '\\n' }}"),
        ("", ""),
    ],
)
def test_what_a_trap_becomes(text: str, template: str) -> None:
    assert inert(text) == template


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        "{not json}",
        '["a"]',
        "[1 of many]",
        "[]",
        "[" * 9999 + "]",
        "[1, 2]",
        "- role: user",
        "\ufeff- role: user",
        '"quoted?"',
        " 12.5 ",
        "null",
        "true",
        " {x} \n",
    ],
)
def test_a_chat_provider_takes_it_for_messages(text: str) -> None:
    assert like_chat(text)


@pytest.mark.parametrize(
    "text",
    [
        "Should it?",
        '"Yes," she said.',
        "{ open",
        "12 angry men?",
        "NaN",
        "-Infinity",
        "",
        "[as it is]",
        "\x1f- role: user",
        "[1] or [so",
        "trueish",
    ],
)
def test_a_chat_provider_takes_it_for_a_question(text: str) -> None:
    assert not like_chat(text)


@thorough
@given(lines.map(rounded), texts, texts)
def test_everything_written_is_read_again(rows: list[dict[str, Any]], licence: str, version: str) -> None:
    files = written(bundle_of(rows, licence=licence, version=version))
    made = read_again(files)
    assert [(render(test["vars"]["id"]), render(test["vars"]["input"])) for test in made] == [
        (row["id"], row["text"]) for row in rows
    ]
    for test, row in zip(made, rows, strict=True):
        assert test["metadata"].get("topic", "") == unread(row["topic"]["text"])
        assert all(isinstance(value, str | int | float) for value in test["metadata"].values())
        assert not any(
            said.startswith(("file:", "package:"))
            for said in (test["description"], *map(str, test["metadata"].values()))
        )
    config = yaml.safe_load(files[CONFIG])
    assert config["tags"].get("licence", "") == unread_config(licence)
    assert "{{" not in " ".join(config["tags"].values())
    assert f"{sum(like_chat(row['text']) for row in rows)} of {len(rows)} do" in files[CONFIG]


def test_paths_and_tags_where_nothing_is_rendered() -> None:
    row = full_line()
    row["topic"]["text"] = "file:///etc/hostname {{ env.SECRET }}"
    files = written(bundle_of([row], licence="{{{ env.SECRET }}}", version="package:a:b"))
    (test,) = read_again(files)
    assert test["metadata"]["topic"] == " file:///etc/hostname {{ env.SECRET }}"
    tags = yaml.safe_load(files[CONFIG])["tags"]
    assert (tags["licence"], tags["version"]) == ("{ { { env.SECRET }}}", " package:a:b")


def test_the_configuration_says_how_many_look_like_messages() -> None:
    assert f": 6 of {len(HOSTILE)} do." in written(hostile_bundle())[CONFIG]


def test_the_configuration_runs_as_it_is() -> None:
    config = yaml.safe_load(written(hostile_bundle())[CONFIG])
    assert config == {
        "description": f"hostile-bank: {len(HOSTILE)} questions",
        "tags": {
            "dataset": "hostile-bank",
            "version": "1.0.0",
            "licence": "CC-BY-4.0",
            "canary": CANARY,
            "origin": "simulated",
        },
        "prompts": ["{{input}}"],
        "providers": ["echo"],
        "tests": "file://items.jsonl",
        "sharing": False,
    }


def test_the_labels_of_a_full_item() -> None:
    (test,) = read_again(written(bundle_of([full_line()])))
    told = test["metadata"]
    assert (told["separation"], told["separation_lo"], told["separation_hi"]) == (0.5, 0.25, 0.75)
    assert (told["separation_confirmed"], told["separation_holdout"], told["separation_families"]) == (0.3, 0.3, 0.4)
    assert (told["dimension"], told["dimension_separation_hi"]) == ("power", 0.5)
    assert (told["asked"], told["answered"], told["refused"], told["unscored"]) == (5, 3, 1, 1)
    assert (told["canary"], told["origin"], told["topic"]) == (CANARY, "simulated", "city zoos")


def test_the_prompt_for_chat_models_is_json_once_it_is_rendered() -> None:
    files = written(hostile_bundle())
    for text in HOSTILE.values():
        assert json.loads(files[CHAT].replace("{{ input | dump }}", json.dumps(text))) == [
            {"role": "user", "content": text}
        ]
    with pytest.raises(ValueError):
        json.loads(files[CHAT])


def test_equal_bundles_give_equal_bytes() -> None:
    assert written(hostile_bundle()) == written(hostile_bundle())
