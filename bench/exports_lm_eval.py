"""lm-evaluation-harness runs the export with its dummy model; the prompts that it logs are compared with the texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cruxbank.bench.exports_bank import hostile_bundle, hostile_texts
from cruxbank.bench.exports_inspect import wordings
from cruxbank.bench.exports_outcome import Outcome, arrived, outcome
from cruxbank.bench.tools import python_tool, python_version, run
from cruxbank.exports.deliver import deliver
from cruxbank.exports.format import Bundle
from cruxbank.exports.lm_eval import FILE, LmEval

DATES = {"first": "2026-11-22", "second": "2026-11-23 10:00:00"}
TASK = "hostile-bank"
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


def version() -> str:
    """Of lm_eval and datasets."""
    return ", ".join(f"{name} {python_version(_python(), name)}" for name in ("lm_eval", "datasets"))


def check(folder: Path) -> list[Outcome]:
    """Both tasks from another working directory; a bank of nothing but dates; the rows as the loader of `datasets` reads
    them by itself, which an older harness does."""
    bundle, texts = hostile_bundle(), hostile_texts()
    base = _ran(folder / "base", bundle, TASK)
    every = _ran(folder / "every", bundle, f"{TASK}-wordings")
    dates = hostile_bundle(DATES)
    sent = {str(line["id"]): str(line["text"]) for line in dates.lines}
    command = "lm_eval --model dummy --include_path DIR --tasks"
    return [
        arrived(f"{command} {TASK}: prompts", texts, base["prompts"]),
        outcome(f"{command} {TASK}: answered", 1.0, base["answered"]),
        arrived(f"{command} {TASK}-wordings: prompts", wordings(folder / "every" / "out" / FILE), every["prompts"]),
        arrived("the same, texts that look like dates", sent, _ran(folder / "dates", dates, TASK)["prompts"]),
        arrived(
            "the same without custom_dataset, run in DIR",
            texts,
            _ran(folder / "old", bundle, TASK, old=True)["prompts"],
        ),
    ]


def _ran(folder: Path, bundle: Bundle, task: str, *, old: bool = False) -> Mapping[str, Any]:
    """Prompts by item and the share answered; what went wrong, under an id of its own, where it failed."""
    out, said = folder / "out", folder / "said"
    deliver(LmEval(), bundle, out)
    if old:
        file = out / "task.yaml"
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith("custom_dataset")), encoding="utf-8")
    options: list[str | Path] = [
        "--model",
        "dummy",
        "--tasks",
        task,
        "--include_path",
        out,
        "--log_samples",
        "--output_path",
        said,
    ]
    done = run([_python().parent / "lm_eval", *options], cwd=out if old else folder, env=OFFLINE)
    if done.returncode:
        return {"prompts": {"error": done.stderr[-200:]}, "answered": None}
    (samples,), (results,) = sorted(said.rglob("samples_*.jsonl")), sorted(said.rglob("results_*.json"))
    rows = [json.loads(line) for line in samples.read_text(encoding="utf-8").split("\n") if line]
    prompts = {row["doc"]["id"]: row["arguments"]["gen_args_0"]["arg_0"] for row in rows}
    return {"prompts": prompts, "answered": json.loads(results.read_text())["results"][task]["answered,none"]}


def _python() -> Path:
    return python_tool("lm_eval", "lm_eval")
