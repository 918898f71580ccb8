"""The formats for Inspect, Petri and lm-evaluation-harness: what is written is read again, whatever the texts hold.

What the tools themselves make of it is checked by `make bench-exports`.
"""

from __future__ import annotations

import ast
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings, strategies as st

from cruxbank.bench.exports_bank import HOSTILE, hostile_bundle, hostile_texts
from cruxbank.exports.about import task_name
from cruxbank.exports.deliver import deliver, plain_card
from cruxbank.exports.flow import flow
from cruxbank.exports.format import Bundle, Format
from cruxbank.exports.inspect_ai import InspectAi
from cruxbank.exports.lines import rounded
from cruxbank.exports.lm_eval import LmEval
from cruxbank.exports.petri import Petri, instruction, tags
from tests.export_lines import bundle_of, lines, texts

FORMATS: tuple[Format, ...] = (InspectAi(), Petri(), LmEval())
some_lines = lines.map(rounded)
"""As `exports.lines` makes them: floats to 6 places."""
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Tagged(yaml.SafeLoader):
    """YAML with the harness's own tag."""


Tagged.add_constructor("!function", lambda loader, node: f"!{node.value}")


def written(form: Format, bundle: Bundle, tmp: Path) -> Path:
    folder = Path(tempfile.mkdtemp(dir=tmp))
    form.write(bundle, folder)
    return folder


def rows(file: Path) -> list[dict[str, Any]]:
    """By the reader that knows the most ends of a line."""
    return [json.loads(row) for row in file.read_text(encoding="utf-8").splitlines()]


def front(page: str) -> tuple[Any, str]:
    """Front matter and body, as every reader of such pages parts them."""
    opening, data, body = page.split("---\n", 2)
    assert opening == ""
    return yaml.safe_load(data), body


@quick
@given(some_lines)
def test_inspect_rows_hold_the_texts_and_what_belongs_to_them(tmp_path: Path, given_lines: list[Any]) -> None:
    bundle = bundle_of(given_lines, licence="CC0-1.0")
    folder = written(InspectAi(), bundle, tmp_path)
    assert rows(folder / "bank.json")[0]["licence"] == "CC0-1.0"
    found = rows(folder / "items.jsonl")
    assert [set(row) for row in found] == [{"id", "input", "target", "metadata"}] * len(given_lines)
    for row, line in zip(found, bundle.lines, strict=True):
        assert (row["id"], row["input"], row["target"]) == (line["id"], line["text"], "")
        known = row["metadata"]
        for name in ("kind", "language", "topic", "wordings", "options", "origin", "canary", "weight"):
            assert known[name] == line[name], name
        if line["separation"]:
            assert known["separation"]["joint"] == line["separation"]["joint"]
            assert set(known["separation"]["by_dimension"]) == set(line["separation"]["by_dimension"])


@quick
@given(some_lines)
def test_petri_seeds_hold_the_question_between_its_two_lines(tmp_path: Path, given_lines: list[Any]) -> None:
    folder = written(Petri(), bundle := bundle_of(given_lines), tmp_path)
    said = {row["id"]: row for row in rows(folder / "seeds.jsonl")}
    for line in bundle.lines:
        row = said[line["id"]]
        assert row["input"].split(f"[{line['id']}]\n", 1)[1].rsplit(f"\n[/{line['id']}]", 1)[0] == line["text"]
        known, body = front((folder / "seeds" / f"{line['id']}.md").read_bytes().decode())
        assert known == row["metadata"]
        assert known["question"] == line["text"]
        assert known["licence"] == bundle.card.licence
        assert body == f"\n{row['input']}\n"


@quick
@given(some_lines, texts, texts)
def test_lm_eval_tasks_are_yaml_whatever_the_card_holds(
    tmp_path: Path, given_lines: list[Any], name: str, licence: str
) -> None:
    bundle = bundle_of(given_lines, name=name or "x", licence=licence)
    folder = written(LmEval(), bundle, tmp_path)
    for file, ending, reader in (("task.yaml", "", "base"), ("task-wordings.yaml", "-wordings", "every")):
        task = yaml.load((folder / file).read_bytes(), Tagged)  # noqa: S506 - a subclass of the safe loader
        assert task["task"] == task_name(bundle.card) + ending
        assert task["custom_dataset"] == f"!items.{reader}"
        assert task["dataset_kwargs"]["data_files"] == {"test": "items.jsonl"}
        assert task["doc_to_text"] == "{{input}}"
        known = {"version": "1.0.0", "licence": licence, "canary": bundle.card.canary, "origin": "real"}
        assert task["metadata"] == known
    assert [row["input"] for row in rows(folder / "items.jsonl")] == [line["text"] for line in bundle.lines]


def test_lm_eval_tasks_say_that_a_bank_is_simulated(tmp_path: Path) -> None:
    folder = written(LmEval(), bundle_of([], simulated=True), tmp_path)
    for file in ("task.yaml", "task-wordings.yaml"):
        task = yaml.load((folder / file).read_bytes(), Tagged)  # noqa: S506 - a subclass of the safe loader
        assert task["metadata"]["origin"] == "simulated"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(json_values)
@example(1e-6)
@example(1e300)
@example(-2.5e-7)
@example("\U0001f680\ufeff\x85\u2028\x00")
@example({"y": [True, "no", "1e5", None]})
def test_flow_is_one_line_of_ascii_that_yaml_reads_back(value: Any) -> None:
    said = flow(value)
    assert said.isascii()
    assert said.splitlines() == [said]
    read = yaml.safe_load(f"key: {said}\n")["key"]
    assert read == json.loads(json.dumps(value), parse_float=lambda text: round(float(text), 6))
    assert type(read) is type(value)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_equal_bundles_give_equal_bytes(form: Format, tmp_path: Path) -> None:
    first, second = (deliver(form, hostile_bundle(), tmp_path / name) for name in ("first", "second"))
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
    assert [file.name for file in first] == [file.name for file in second]


def test_no_two_traps_share_an_id() -> None:
    assert len(hostile_texts()) == len(HOSTILE) == len({*HOSTILE.values()})


@pytest.mark.parametrize("form", [InspectAi(), LmEval()], ids=lambda form: form.name)
def test_code_beside_the_rows_does_not_depend_on_the_bank(form: Format, tmp_path: Path) -> None:
    """Nothing of a text or a card gets into code: it is read from data at run time."""
    plain = bundle_of([{**line} for line in hostile_bundle().lines][:1])
    for name, bundle in (("plain", plain), ("hostile", hostile_bundle())):
        deliver(form, bundle, tmp_path / name)
    (code,) = (path.name for path in (tmp_path / "plain").glob("*.py"))
    first, second = ((tmp_path / name / code).read_text(encoding="utf-8") for name in ("plain", "hostile"))
    assert first == second
    ast.parse(first)


def test_tags_name_the_dimension_that_separates_best() -> None:
    (line,) = (line for line in hostile_bundle({"a": "Should it?"}).lines)
    by = {"power": {"est": 0.1}, "security": {"est": 0.3}, "benevolence": {"est": 0.3}}
    found = tags({**line, "separation": {**line["separation"], "by_dimension": by}})
    assert found == ["question", "cities", "en", "simulated", "benevolence"]
    assert tags({**line, "separation": None}) == ["question", "cities", "en", "simulated"]


def test_no_text_closes_the_lines_of_its_seed() -> None:
    """The lines name the id, a hash of the text: whoever writes a text cannot know it."""
    for line in hostile_bundle().lines:
        told = instruction(line)
        assert told.count(line["id"]) == 2
        assert told.endswith(f"\n{line['text']}\n[/{line['id']}]")


@pytest.mark.parametrize(
    ("name", "expected"), [("My Bank: v2!", "my-bank-v2"), ("../../etc", "etc"), ("银行", "bank"), ("a--b", "a-b")]
)
def test_names_of_tasks_are_safe(name: str, expected: str) -> None:
    assert task_name(plain_card(name, [])) == expected
