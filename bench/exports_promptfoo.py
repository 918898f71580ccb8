"""promptfoo (npm) validates and runs what `crux export --to promptfoo` writes; every text arrives unchanged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from cruxbank.bench.exports_bank import HOSTILE, hostile_bundle
from cruxbank.bench.exports_noise import noise
from cruxbank.bench.exports_outcome import Outcome, arrived, outcome
from cruxbank.bench.exports_wire import Wire, wire
from cruxbank.bench.tools import node_tool, node_version, run
from cruxbank.errors import EnvironmentProblem
from cruxbank.exports.deliver import deliver
from cruxbank.exports.format import Bundle
from cruxbank.exports.inert import like_chat
from cruxbank.exports.promptfoo import CHAT, CONFIG, ROWS, Promptfoo

NOISE, SEED = 3000, 1
LEAK = "leaked-7c1f"
"""In an environment variable and in a file: what no text may bring into the results."""
FILE = "told.txt"
TRAPS = {
    **HOSTILE,
    "own file": f"file://{FILE}",
    "all at once": "{{ env.SECRET }} file:///etc/hostname {% raw %} \"twice\" 'once'\nnext line 😀 עברית {% endraw %}\n",
}
NOTE = "r.promptfoo.app:443"
"""promptfoo tells its maker that telemetry is off, when it is: the one call that its switches leave."""
TEXT, CHATS = "{{input}}", f"file://{CHAT}"


class Run(NamedTuple):
    """One `promptfoo eval`: id -> what the provider gave back (or the error), and the whole file of results."""

    outputs: dict[str, str]
    rows: list[dict[str, Any]]
    raw: str


def version() -> str:
    """promptfoo and the Node.js that runs it: the latest of promptfoo wants 22, which npm brings as a package, too."""
    bin_ = _bin()
    node = run([bin_ / "node", "--version"], cwd=bin_).stdout.strip()
    return f"promptfoo {node_version(bin_, 'promptfoo')} (Node.js {node})"


def check(folder: Path) -> list[Outcome]:
    """All checks; `folder` is empty."""
    bundle, out = hostile_bundle(TRAPS), folder / "hostile"
    _written(bundle, out)
    with wire() as heard:
        return [
            _valid(out, heard),
            *_echoed(out, bundle, heard),
            *_chats(out, bundle, heard),
            _noise(folder / "noise", heard),
            _control(folder / "control", heard),
            _outside(heard),
        ]


def _outside(heard: Wire) -> Outcome:
    called = set(heard.outside)
    return Outcome(
        "hosts called with telemetry and updates off", f"none but {NOTE}", ", ".join(sorted(called)), called <= {NOTE}
    )


def _bin() -> Path:
    return node_tool("promptfoo", "promptfoo@latest", "node@22")


def _written(bundle: Bundle, out: Path) -> None:
    deliver(Promptfoo(), bundle, out)
    (out / FILE).write_text(LEAK, encoding="utf-8")


def _texts(bundle: Bundle) -> dict[str, str]:
    return {line["id"]: line["text"] for line in bundle.lines}


def _valid(out: Path, heard: Wire) -> Outcome:
    done = _promptfoo(["validate", "config", "-c", CONFIG], out, heard)
    said = "valid" if "Configuration is valid" in done else done.strip()
    return outcome("promptfoo validate config", "valid", said)


def _echoed(out: Path, bundle: Bundle, heard: Wire) -> list[Outcome]:
    """The configuration as it is, its prompt for chat models, and the tests as a list: three ways to read the rows."""
    texts, rows = (
        _texts(bundle),
        [json.loads(row) for row in (out / ROWS).read_text(encoding="utf-8").split("\n") if row],
    )
    plain, chat = _eval(out, heard), _eval(out, heard, prompts=[CHATS])
    listed = _eval(out, heard, tests=[f"file://{ROWS}"])
    sent = {row["vars"]["id"]: _told(row) for row in rows}
    seen = {row["vars"]["id"]: _told(row["testCase"]) for row in listed.rows}
    everything = plain.raw + chat.raw + listed.raw
    return [
        arrived("echo provider, {{input}}", texts, plain.outputs),
        arrived("echo provider, chat.json", texts, {id_: _content(said) for id_, said in chat.outputs.items()}),
        arrived("echo provider, tests as a list", texts, listed.outputs),
        outcome("description and metadata of the tests", "equal", "equal" if seen == sent else "not equal"),
        outcome("secrets and file contents in the results", 0, everything.count(LEAK)),
    ]


def _told(test: Mapping[str, Any]) -> list[Any]:
    """What is said of a test. Metadata that is JSON is written anew by promptfoo, with other blanks: compared as data."""
    return [test["description"], {name: _data(value) for name, value in test["metadata"].items()}]


def _data(value: Any) -> Any:
    try:
        return json.loads(value)
    except (ValueError, TypeError):
        return value


def _chats(out: Path, bundle: Bundle, heard: Wire) -> list[Outcome]:
    """An endpoint of OpenAI's kind: what stands in its requests."""
    texts = _texts(bundle)
    _eval(out, heard, prompts=[CHATS], providers=["openai:chat:none"])
    received, alike = _taken(heard), {id_ for id_, text in texts.items() if like_chat(text)}
    _eval(out, heard, prompts=[TEXT], providers=["openai:chat:none"])
    bare = {*_taken(heard)}
    lost = {id_ for id_, text in texts.items() if text not in bare}
    return [
        outcome("OpenAI endpoint, chat.json", sorted(texts.values()), sorted(received))._replace(
            expected=f"{len(texts)} texts", seen=f"{len({*received} & {*texts.values()})} texts"
        ),
        outcome("OpenAI endpoint, {{input}}: texts it takes for JSON", alike, lost)._replace(
            expected=f"the {len(alike)} that the configuration names", seen=f"{len(lost)}"
        ),
    ]


def _noise(out: Path, heard: Wire) -> Outcome:
    bundle = hostile_bundle(noise(NOISE, SEED))
    _written(bundle, out)
    return arrived(f"echo provider, {NOISE} texts at random", _texts(bundle), _eval(out, heard).outputs)


def _control(out: Path, heard: Wire) -> Outcome:
    """The same rows with the bare texts: that they do harm is why they are written otherwise."""
    bundle = hostile_bundle({"secret": "Should {{ env.SECRET }} be told?", "own file": f"file://{FILE}"})
    _written(bundle, out)
    rows = [{"vars": {"id": line["id"], "input": line["text"]}} for line in bundle.lines]
    (out / ROWS).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    outputs = _eval(out, heard).outputs.values()
    return outcome("control, two bare texts: secrets told", 2, sum(LEAK in said for said in outputs))


def _eval(out: Path, heard: Wire, **changes: Sequence[str]) -> Run:
    """Run the configuration, with other values where given."""
    config = yaml.safe_load((out / CONFIG).read_text(encoding="utf-8")) | changes
    (out / "run.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    results = out / "results.json"
    results.unlink(missing_ok=True)
    words = ["eval", "-c", "run.yaml", "--no-cache", "--no-table", "--no-progress-bar", "-o", results.name]
    said = _promptfoo(words, out, heard)
    if not results.exists():
        raise EnvironmentProblem(f"promptfoo eval wrote no results: {said.strip()[-300:]}")
    raw = results.read_text(encoding="utf-8")
    rows = json.loads(raw)["results"]["results"]
    return Run({row["vars"]["id"]: _output(row) for row in rows}, rows, raw)


def _promptfoo(words: Sequence[str], out: Path, heard: Wire) -> str:
    bin_ = _bin()
    done = run([bin_ / "promptfoo", *words], cwd=out, env=_env(bin_, out, heard), seconds=300)
    return done.stdout + done.stderr


def _env(bin_: Path, out: Path, heard: Wire) -> Mapping[str, str]:
    """Its Node.js before the machine's, its files beside the export, nothing to the outside, and something to leak."""
    quiet = {
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
        "PROMPTFOO_CONFIG_DIR": str(out / "own"),
    }
    path = f"{bin_}:/usr/local/bin:/usr/bin:/bin"
    return {**heard.env(), **quiet, "PATH": path, "SECRET": LEAK}


def _output(row: Mapping[str, Any]) -> str:
    response = row.get("response") or {}
    return str(response["output"]) if "output" in response else f"error: {row.get('error')}"


def _content(said: str) -> str:
    try:
        return str(json.loads(said)[0]["content"])
    except (ValueError, KeyError, TypeError, IndexError):
        return said


def _taken(heard: Wire) -> list[Any]:
    """Contents of the chats that came since the last time; what is no chat of one message stays as it came."""
    chats, heard.chats[:] = list(heard.chats), []
    return [chat[0]["content"] if _is_chat(chat) else f"no chat: {json.dumps(chat)}" for chat in chats]


def _is_chat(messages: Any) -> bool:
    return (
        isinstance(messages, list) and len(messages) == 1 and isinstance(messages[0], dict) and "content" in messages[0]
    )
