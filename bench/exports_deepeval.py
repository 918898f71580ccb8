"""deepeval (PyPI) loads the goldens that `crux export --to deepeval` writes, and evaluates with them, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cruxbank.bench.exports_bank import HOSTILE, hostile_bundle
from cruxbank.bench.exports_noise import noise
from cruxbank.bench.exports_outcome import Outcome, arrived, outcome
from cruxbank.bench.exports_wire import Wire, wire
from cruxbank.bench.tools import ask, python_tool, python_version
from cruxbank.exports.deepeval import FILE, Deepeval
from cruxbank.exports.deliver import deliver

NOISE, SEED = 3000, 1
MARKS = {"image": "What does [DEEPEVAL:IMAGE:0a1b] show, and [DEEPEVAL:PDF:0a1b]?"}
"""deepeval's own marks for pictures: a golden with one counts as one of several media, its text stays."""

LOAD = """\
from deepeval.dataset import EvaluationDataset

def loaded(path):
    dataset = EvaluationDataset()
    dataset.add_goldens_from_json_file(file_path=path)
    return dataset

def told(dataset):
    return [[g.name, g.input, g.context, g.additional_metadata, g.custom_column_key_values] for g in dataset.goldens]

"""
READ = LOAD + "answer(told(loaded(sys.argv[1])))\n"
AGAIN = LOAD + 'answer(told(loaded(loaded(sys.argv[1]).save_as("json", ".", file_name="again"))))\n'
EVALUATE = (
    LOAD
    + """\
from deepeval import evaluate
from deepeval.evaluate import CacheConfig, DisplayConfig
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase

class Kept(BaseMetric):
    threshold = 1.0
    async_mode = False

    def measure(self, test_case, *args, **kwargs):
        self.score = float(test_case.input == test_case.actual_output)
        self.success = bool(self.score)
        return self.score

    async def a_measure(self, test_case, *args, **kwargs):
        return self.measure(test_case)

    def is_successful(self):
        return self.success

    @property
    def __name__(self):
        return "Kept"

cases = [LLMTestCase(input=g.input, actual_output=g.input, name=g.name) for g in loaded(sys.argv[1]).goldens]
done = evaluate(
    test_cases=cases,
    metrics=[Kept()],
    display_config=DisplayConfig(print_results=False, show_indicator=False),
    cache_config=CacheConfig(write_cache=False),
)
answer({result.name: result.input for result in done.test_results if result.success})
"""
)


def version() -> str:
    """deepeval's version."""
    return f"deepeval {python_version(_python(), 'deepeval')}"


def check(folder: Path) -> list[Outcome]:
    """All checks; `folder` is empty."""
    texts = {**HOSTILE, **MARKS, **noise(NOISE, SEED)}
    bundle = hostile_bundle(texts)
    deliver(Deepeval(), bundle, folder / "out")
    written = json.loads((folder / "out" / FILE).read_text(encoding="utf-8"))
    sent, rest = {line["id"]: line["text"] for line in bundle.lines}, [_told(golden) for golden in written]
    with wire() as heard:
        read, again = _ask(READ, folder, heard), _ask(AGAIN, folder, heard)
        evaluated = _ask(EVALUATE, folder, heard)
    return [
        arrived("add_goldens_from_json_file", sent, {golden[0]: golden[1] for golden in read}),
        outcome("metadata and columns of the goldens", "equal", "equal" if read == rest else "not equal"),
        outcome("save_as json and load again", "equal", "equal" if again == rest else "not equal"),
        arrived("evaluate, each text as its own answer", sent, evaluated),
        outcome("hosts called with DEEPEVAL_TELEMETRY_OPT_OUT=1", [], sorted(set(heard.outside))),
    ]


def _told(golden: dict[str, Any]) -> list[Any]:
    return [golden[name] for name in ("name", "input", "context", "additional_metadata", "custom_column_key_values")]


def _ask(code: str, folder: Path, heard: Wire) -> Any:
    env = {**heard.env(), "DEEPEVAL_TELEMETRY_OPT_OUT": "1", "OPENAI_API_KEY": ""}
    return ask(_python(), code, folder / "out" / FILE, cwd=folder, env=env)


def _python() -> Path:
    return python_tool("deepeval", "deepeval")
