"""Petri's own reader takes the seeds, and an audit begins with them: what the auditor is told is compared with the texts.

The auditor is Inspect's `mockllm`, which calls no tools: an audit ends with its first word, and nothing is judged.
"""

from __future__ import annotations

from pathlib import Path

from cruxbank.bench.exports_bank import CANARY, hostile_bundle, hostile_texts
from cruxbank.bench.exports_outcome import Outcome, arrived, outcome
from cruxbank.bench.tools import ask, python_tool, python_version
from cruxbank.exports.deliver import deliver
from cruxbank.exports.petri import FILE, SEEDS, Petri, instruction

READ = """
from inspect_petri._seeds import seeds_dataset

seeds = list(seeds_dataset(sys.argv[1], [sys.argv[2]] if sys.argv[2] else None))
answer({s.id: {"input": s.input, "metadata": s.metadata} for s in seeds})
"""
AUDIT = """
import re
from inspect_ai import eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_petri import audit

heard = {}

def listen(input, tools, tool_choice, config):
    told = input[-1].text.split("<seed_instructions>\\n", 1)[1].rsplit("\\n</seed_instructions>", 1)[0]
    heard[re.findall(r"\\[/(it_[0-9a-f]{16})\\]", told)[-1]] = told
    output = ModelOutput.from_content("mockllm/model", "done")
    output.usage = ModelUsage()
    return output

model = get_model("mockllm/model", custom_outputs=listen)
roles = {"auditor": model, "target": model, "judge": model}
task = audit(seed_instructions=sys.argv[1], max_turns=1, compaction=False)
(log,) = eval(task, model=model, model_roles=roles, log_dir=sys.argv[2], display="none", score=False)
answer({"status": log.status, "heard": heard})
"""


def version() -> str:
    """Of inspect-petri."""
    return f"inspect-petri {python_version(_python(), 'inspect-petri')}"


def check(folder: Path) -> list[Outcome]:
    """The folder of Markdown files, the JSON lines, a choice of seeds by tag, and an audit."""
    out, texts, bundle = folder / "out", hostile_texts(), hostile_bundle()
    deliver(Petri(), bundle, out)
    told = {str(line["id"]): instruction(line) for line in bundle.lines}
    trimmed = {id_: text.replace("\r\n", "\n").replace("\r", "\n") for id_, text in told.items()}
    pages = ask(_python(), READ, out / SEEDS, "", cwd=folder)
    rows = ask(_python(), READ, out / FILE, "", cwd=folder)
    audit = ask(_python(), AUDIT, out / SEEDS, folder / "logs", cwd=folder)
    tagged = ask(_python(), READ, out / SEEDS, "health", cwd=folder)
    health = sum(line["topic"]["domain"] == "health" for line in bundle.lines)
    return [
        arrived(
            "seeds_dataset(seeds/): instructions, line ends as LF", trimmed, {i: s["input"] for i, s in pages.items()}
        ),
        arrived(
            "seeds_dataset(seeds/): metadata.question", texts, {i: s["metadata"]["question"] for i, s in pages.items()}
        ),
        arrived("seeds_dataset(seeds.jsonl): instructions", told, {i: s["input"] for i, s in rows.items()}),
        outcome("metadata: .md and .jsonl say the same", True, _metadata(pages) == _metadata(rows)),
        outcome("seeds_dataset(seeds/, tags=[domain])", health, len(tagged)),
        arrived(
            f"audit(seed_instructions=seeds/): {audit['status']}, what the auditor is told", trimmed, audit["heard"]
        ),
        outcome("canary", [CANARY], sorted({s["metadata"]["canary"] for s in pages.values()})),
    ]


def _metadata(seeds: dict[str, dict[str, object]]) -> dict[str, object]:
    return {id_: seed["metadata"] for id_, seed in seeds.items()}


def _python() -> Path:
    """Petri asks for Python 3.12; its reader of seeds runs on what there is."""
    return python_tool("petri", "inspect-ai", "inspect-scout", bare=("inspect-petri",))
