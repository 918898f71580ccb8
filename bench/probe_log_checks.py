"""What Inspect makes of the logs: its Python interface, its data frames where it has them, and its command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cruxbank.bench.exports_outcome import Outcome, arrived, outcome
from cruxbank.bench.probe_log_sessions import RUN, SYSTEM, TARGET, hostile_session, stopped_sessions
from cruxbank.bench.tools import ask, run
from cruxbank.models.calls import safe_text
from cruxbank.report.session_data import Transcript, said
from cruxbank.report.session_files import write_transcript

READ = """
from inspect_ai.log import list_eval_logs, read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries

(info,) = list_eval_logs(sys.argv[1])
log = read_eval_log(info, resolve_attachments=True)
head = read_eval_log(info, header_only=True)
one = read_eval_log_sample(info, id=log.samples[1].id)
name = {s.id: f"turn-{s.metadata['turn']:03}" for s in log.samples}
usage = log.stats.model_usage
answer({
    "task": [log.eval.task, head.eval.task], "status": [log.status, head.status], "model": log.eval.model,
    "run": log.eval.run_id, "tags": log.eval.tags, "one": [m.text for m in one.messages],
    "messages": {f"{name[s.id]}/{n}": f"{m.role}: {m.text}" for s in log.samples for n, m in enumerate(s.messages)},
    "inputs": {name[s.id]: s.input for s in log.samples},
    "said": {name[s.id]: s.output.completion for s in log.samples},
    "quotes": {name[s.id]: s.scores["verdict"].metadata["evidence"][0]["quote"] for s in log.samples
               if s.scores["verdict"].metadata["evidence"]},
    "explained": {name[s.id]: s.scores["verdict"].explanation or "" for s in log.samples},
    "values": {f"{name[s.id]}/{key}": score.value for s in log.samples for key, score in s.scores.items()},
    "moves": {name[s.id]: s.metadata["move"] for s in log.samples},
    "turns": [s.metadata["turn"] for s in log.samples],
    "marked": [m.metadata["turn"] for m in log.samples[-3].messages if m.role != "system"],
    "errors": {name[s.id]: s.error.message for s in log.samples if s.error},
    "metrics": {f"{s.name}/{m.name}": m.value for s in log.results.scores for m in s.metrics.values()},
    "tokens": {model: [u.input_tokens, u.input_tokens_cache_read, u.output_tokens, u.total_tokens]
               for model, u in usage.items()},
    "times": [str(log.stats.started_at)[:19], str(log.stats.completed_at)[:19]],
    "rows": len(read_eval_log_sample_summaries(info)),
})
"""
AGAIN = """
from inspect_ai.log import read_eval_log, write_eval_log

def whole(path):
    return read_eval_log(path, resolve_attachments=True)

log = whole(sys.argv[1])
write_eval_log(log, sys.argv[2])
again = whole(sys.argv[2])
kept = ("id", "input", "messages", "output", "scores", "metadata", "model_usage", "error")
same = [all(getattr(a, k) == getattr(b, k) for k in kept) for a, b in zip(log.samples, again.samples)]
answer([len(again.samples), sum(same), log.results == again.results, log.stats == again.stats])
"""
FRAMES = """
from inspect_ai.analysis import evals_df, messages_df, samples_df

evals, samples, messages = evals_df(sys.argv[1]), samples_df(sys.argv[1]), messages_df(sys.argv[1])
answer([len(evals), len(samples), len(messages), sorted(c for c in samples.columns if c.startswith("score_"))])
"""
STATUS = """
from inspect_ai.log import read_eval_log

answer(read_eval_log(sys.argv[1]).status)
"""
COMMAND = "from inspect_ai._cli.main import main; main()"


def checks(python: Path, folder: Path) -> list[Outcome]:
    """Write the sessions and have them read by Inspect in `python`'s environment."""
    shown = hostile_session()
    logs = folder / "logs"
    logs.mkdir()
    file, *_ = write_transcript(logs, shown)
    read = ask(python, READ, logs, cwd=folder)
    return [
        *_header(shown, read),
        *_texts(shown, read),
        *_figures(shown, read),
        *_other(python, folder, file, len(shown.turns)),
        *_stopped(python, folder),
        *_command_line(python, folder, file, shown),
    ]


def _header(shown: Transcript, read: dict[str, Any]) -> list[Outcome]:
    return [
        outcome("list_eval_logs(run folder): one log; its task", ["cruxbank_probe"] * 2, read["task"]),
        outcome("read_eval_log: status, whole and header alone", ["success", "success"], read["status"]),
        outcome("model, run, tags", [TARGET, RUN, "simulated"], [read["model"], read["run"], read["tags"][-1]]),
        outcome("summaries of samples", len(shown.turns), read["rows"]),
    ]


def _texts(shown: Transcript, read: dict[str, Any]) -> list[Outcome]:
    turns = {f"turn-{turn.number:03}": turn for turn in shown.turns}
    asked = {key: safe_text(turn.ask.text) for key, turn in turns.items()}
    answers = {key: safe_text(turn.response.text) for key, turn in turns.items()}
    moves = {key: safe_text(turn.ask.move) for key, turn in turns.items()}
    quotes = {key: safe_text(turn.verdict.evidence[0].quote) for key, turn in turns.items() if turn.verdict.evidence}
    told = {key: f"“{quote}” (power supports, point 1)" for key, quote in quotes.items()}
    return [
        arrived("messages, roles and texts", _messages(shown), read["messages"]),
        arrived("input of each sample", asked, read["inputs"]),
        arrived("completion of each sample", answers, read["said"]),
        arrived("quoted evidence", quotes, read["quotes"]),
        arrived("explanation of the verdict", told, {key: read["explained"][key] for key in told}),
        arrived("move names", moves, read["moves"]),
        outcome("read_eval_log_sample(id)", [SYSTEM, *[turns["turn-001"].ask.text] * 2], read["one"]),
    ]


def _messages(shown: Transcript) -> dict[str, str]:
    """What must be read: the messages of each call, then its answer."""
    found: dict[str, str] = {}
    for turn in shown.turns:
        paid = shown.paid[turn.response.call]
        lines = [f"{m.role}: {m.content}" for m in paid.messages]
        lines += [f"assistant: {paid.text}"] if paid.answered else []
        found |= {f"turn-{turn.number:03}/{n}": safe_text(line) for n, line in enumerate(lines)}
    return found


def _figures(shown: Transcript, read: dict[str, Any]) -> list[Outcome]:
    last = shown.turns[-1].number
    answered = sum(paid.answered for paid in shown.paid.values())
    metrics = read["metrics"]
    seen = [metrics["stance/refused"], metrics["value_power/position"], metrics["weaknesses/shown"]]
    return [
        arrived("scores by sample", _values(shown), read["values"]),
        outcome("turn numbers", [turn.number for turn in shown.turns], read["turns"]),
        outcome("turns of the messages of a conversation", [last - 3, last - 3, last - 2, last - 2], read["marked"]),
        outcome("a call that failed is an error", {f"turn-{last:03}": "timeout"}, read["errors"]),
        outcome("metrics: refused, position of power, weaknesses", [1, -0.25, 1], seen),
        outcome("tokens", {TARGET: [8 * answered, 2 * answered, 4 * answered, 14 * answered]}, read["tokens"]),
        outcome("first request and last answer (UTC)", ["2023-11-14T22:13:20", _clock(last - 1)], read["times"]),
    ]


def _values(shown: Transcript) -> dict[str, str]:
    found: dict[str, str] = {}
    for turn in shown.turns:
        scores = {"stance": said(turn), "verdict": turn.verdict.state}
        scores |= {"flipped": "flipped"} if turn.flipped else {}
        scores |= {"value_power": turn.verdict.outcomes["power"].value} if turn.verdict.outcomes else {}
        found |= {f"turn-{turn.number:03}/{name}": value for name, value in scores.items()}
    return found


def _clock(turn: int) -> str:
    """When the answer to a turn came: 2 s a turn, and 1.5 s for the answer."""
    seconds = 20 + 2 * turn + 1
    return f"2023-11-14T22:{13 + seconds // 60:02}:{seconds % 60:02}"


def _other(python: Path, folder: Path, file: Path, turns: int) -> list[Outcome]:
    again = ask(python, AGAIN, file, folder / "again.eval", cwd=folder)
    found = [outcome("write_eval_log and read again: samples equal, results, stats", [turns, turns, True, True], again)]
    if run([python, "-c", "import inspect_ai.analysis"], cwd=folder).returncode:
        return found  # a release of before they were there
    scores = [f"score_{name}" for name in ("flipped", "stance", "value_power", "verdict")]
    messages = len(_messages(hostile_session()))
    frames = ask(python, FRAMES, file, cwd=folder)
    return [*found, outcome("evals_df, samples_df, messages_df: rows, scores", [1, turns, messages, scores], frames)]


def _stopped(python: Path, folder: Path) -> list[Outcome]:
    found = []
    for word, shown in stopped_sessions().items():
        place = folder / word
        place.mkdir()
        file, *_ = write_transcript(place, shown)
        found.append(outcome(f"{shown.session.ended}: status", word, ask(python, STATUS, file, cwd=folder)))
    return found


def _command_line(python: Path, folder: Path, file: Path, shown: Transcript) -> list[Outcome]:
    dump = run([python, "-c", COMMAND, "log", "dump", file], cwd=folder)
    listed = run([python, "-c", COMMAND, "log", "list", "--json", "--log-dir", file.parent], cwd=folder)
    bundle = ["view", "bundle", "--log-dir", file.parent, "--output-dir", folder / "site"]
    made = run([python, "-c", COMMAND, *map(str, bundle)], cwd=folder)
    copied = sorted(path.name for path in (folder / "site").rglob("*.eval"))
    return [
        outcome("inspect log dump: samples", len(shown.turns), _dumped(dump.stdout)),
        outcome("inspect log list --json: logs", 1, len(json.loads(listed.stdout or "[]"))),
        outcome("inspect view bundle: exit code, logs", [0, [file.name]], [made.returncode, copied]),
    ]


def _dumped(text: str) -> int:
    """How many samples a dump has; -1 where it is no JSON."""
    try:
        return len(json.loads(text)["samples"])
    except (ValueError, KeyError):
        return -1
