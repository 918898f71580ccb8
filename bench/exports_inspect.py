"""Inspect runs the export with its stand-in for a model; what that model receives is compared with the texts.

Inspect's `mockllm` counts tokens with a tokenizer that it fetches from the network, unless an output says how many it
used: `OFFLINE` says so for the command line, and the outputs of `ECHO` carry their usage.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cruxbank.bench.exports_bank import CANARY, hostile_bundle, hostile_texts
from cruxbank.bench.exports_outcome import Outcome, arrived, outcome
from cruxbank.bench.tools import ask, python_tool, python_version, run
from cruxbank.exports.deliver import deliver
from cruxbank.exports.inspect_ai import FILE, TASK, InspectAi

OFFLINE = """
from inspect_ai.model import ModelUsage
from inspect_ai.model._providers.mockllm import MockLLM

async def uncounted(self, output, input, tools):
    output.usage = ModelUsage()

MockLLM._ensure_default_usage = uncounted

from inspect_ai._cli.main import main

main()
"""
LOGGED = """
from inspect_ai.log import list_eval_logs, read_eval_log

(info,) = list_eval_logs(sys.argv[1])
log = read_eval_log(info, resolve_attachments=True)
inputs = {s.id: s.input for s in log.samples}
answer({"status": log.status, "inputs": inputs, "scored": sum(len(s.scores) for s in log.samples)})
"""
ECHO = """
from inspect_ai import eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

def echo(input, tools, tool_choice, config):
    output = ModelOutput.from_content("mockllm/model", input[-1].text)
    output.usage = ModelUsage()
    return output

model = get_model("mockllm/model", custom_outputs=echo)
(log,) = eval(sys.argv[1], model=model, task_args={"wordings": sys.argv[2]}, log_dir=sys.argv[3], display="none")
answer({
    "status": log.status,
    "said": {s.id: s.output.completion for s in log.samples},
    "kept": {s.id: s.scores["answered"].answer for s in log.samples},
    "canaries": sorted({s.metadata["canary"] for s in log.samples}),
    "licence": log.eval.metadata["licence"],
})
"""
LOADED = """
from inspect_ai.dataset import json_dataset

answer({s.id: s.input for s in json_dataset(sys.argv[1])})
"""


def version() -> str:
    """Of inspect-ai."""
    return f"inspect-ai {python_version(_python(), 'inspect-ai')}"


def check(folder: Path) -> list[Outcome]:
    """Its command line on the task file, from the folder above (it takes no absolute path); a run whose model repeats what
    it received; the samples without the task."""
    out, texts = folder / "out", hostile_texts()
    deliver(InspectAi(), hostile_bundle(), out)
    bare = ask(_python(), LOADED, out / FILE, cwd=folder)
    return [
        arrived("json_dataset(items.jsonl)", texts, bare),
        *_command_line(folder, f"{out.name}/{TASK}", texts),
        *_echoed(folder, out, texts),
    ]


def _command_line(folder: Path, task: str, texts: dict[str, str]) -> list[Outcome]:
    what = "inspect eval task.py --model mockllm/model"
    options = ["--model", "mockllm/model", "--display", "none", "--log-dir", "logs"]
    done = run([_python(), "-c", OFFLINE, "eval", task, *options], cwd=folder)
    if done.returncode:
        return [outcome(what, "exit code 0", f"{done.returncode}: {done.stderr.strip()[-200:]}")]
    log = ask(_python(), LOGGED, folder / "logs", cwd=folder)
    return [
        outcome(f"{what}: status", "success", log["status"]),
        outcome(f"{what}: samples with a score", len(texts), log["scored"]),
        arrived(f"{what}: inputs in the log", texts, log["inputs"]),
    ]


def _echoed(folder: Path, out: Path, texts: dict[str, str]) -> list[Outcome]:
    base = ask(_python(), ECHO, f"{out.name}/{TASK}", "base", folder / "base", cwd=folder)
    every = ask(_python(), ECHO, f"{out.name}/{TASK}", "all", folder / "all", cwd=folder)
    return [
        arrived("eval(task.py): what the model received", texts, base["said"]),
        arrived("eval(task.py): answers as the scorer keeps them", texts, base["kept"]),
        outcome("eval(task.py): canary and licence", [[CANARY], "CC-BY-4.0"], [base["canaries"], base["licence"]]),
        arrived("eval(task.py, wordings=all): what the model received", wordings(out / FILE), every["said"]),
    ]


def wordings(file: Path) -> dict[str, str]:
    """Id of every wording -> its text, from the export's own rows."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    found = {row["id"]: str(row["input"]) for row in rows}
    others = ((row["id"], n, w["text"]) for row in rows for n, w in enumerate(row["metadata"]["wordings"]))
    return found | {f"{id_}-{number}": text for id_, number, text in others if number}


def _python() -> Path:
    return python_tool("inspect", "inspect-ai")
