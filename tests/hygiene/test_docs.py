"""The documentation is true: examples run, commands exist, generated pages are up to date."""

from __future__ import annotations

import ast
import asyncio
import doctest
import importlib
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cruxbank import Bank
from cruxbank.cli import reference as commands
from cruxbank.config import reference as configuration
from cruxbank.config.shipped import presets
from cruxbank.items import Exit, Status

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ENV = {
    **os.environ,
    "HF_HUB_OFFLINE": "1",
    "COLUMNS": "120",
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
}
LATE = {"not_written": "none", "duplicate_in_window": "pilot", "duplicate_in_another_language": "pilot"}
TOPICS = ("bullfighting", "compulsory voting", "rent control in big cities", "school uniforms", "zoos", "homework")


def blocks(page: Path, language: str) -> list[str]:
    """Fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def tiny(folder: Path) -> Path:
    """A crux.yaml that grows in seconds: few topics and calls, and rules that let nearly everything in."""
    data = yaml.safe_load(presets()["simulated"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "topics.csv").write_text("topic\n" + "\n".join(TOPICS) + "\n", encoding="utf-8")
    data["topics"] = {"file": "topics.csv", "column": "topic"}
    data["agents"] = {"generator": "local", "critic": "local", "judge": "local"}
    data["grow"] |= {"window": 2, "fdr": 0.99, "min_separation": 0.0}
    data["budget"] = {"calls": 300}
    (folder / "crux.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return folder


# Generated pages


def test_the_configuration_page_is_up_to_date(root: Path) -> None:
    page = (root / configuration.TARGET).read_text(encoding="utf-8")
    assert page == configuration.render(), "run: python -m cruxbank.config.reference"


def test_the_commands_page_is_up_to_date(root: Path) -> None:
    page = (root / commands.TARGET).read_text(encoding="utf-8")
    assert page == commands.render(), "run: python -m cruxbank.cli.reference"


@pytest.mark.slow
def test_the_pictures_of_the_graphs_are_up_to_date(root: Path) -> None:
    from cruxbank.graphs.picture import TARGET, mermaid, redraw

    pages = {path: (root / path).read_text(encoding="utf-8") for path in (TARGET, Path("README.md"))}
    for path, page in pages.items():
        assert page == redraw(page), f"run: python -m cruxbank.graphs.picture {path}"
    assert all(picture.strip() in pages[TARGET] for picture in mermaid().values())
    assert mermaid()["slot"].strip() in pages[Path("README.md")]


def test_every_command_has_words_an_example_and_help_for_each_option() -> None:
    found = dict(commands.commands())
    assert {"crux init", "crux grow", "crux export", "crux bank show"} <= set(found)
    for full, command in found.items():
        words, examples = commands.split_help(command.help or "")
        assert words, f"{full} has no help"
        assert examples, f"{full} has no `Example:` line"
        assert all(example.startswith(full) for example in examples), examples
        assert [p.name for p in command.params if not p.help and not p.hidden] == [], full


def test_every_exit_and_status_is_explained(root: Path) -> None:
    page = (root / "docs" / "concepts.md").read_text(encoding="utf-8")
    exits = page.split("## Exits")[1]
    assert re.findall(r"^\| `(\w+)` \|", exits, re.MULTILINE) == [e.value for e in Exit]
    statuses = page.split("## Statuses")[1].split("## Exits")[0]
    assert re.findall(r"^\| `(\w+)` \|", statuses, re.MULTILINE) == [s.value for s in Status]


def test_the_order_and_status_of_exits_are_those_of_the_code(root: Path) -> None:
    from cruxbank.graphs.admission import RULES
    from cruxbank.graphs.assembly import status_of

    page = (root / "docs" / "concepts.md").read_text(encoding="utf-8")
    assert re.findall(r"`(\w+)`", page.split("walked in this order:")[1]) == [rule.exit.value for rule in RULES]
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (\w+) \|$", page.split("## Exits")[1], re.MULTILINE))
    given = {e.value: status_of(e).value for e in Exit} | LATE
    assert rows == given


# Links


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        linked = page.parent / file if file else page
        assert linked.exists(), f"{name(page)}: {target}"
        if anchor and linked.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings}, target


# Commands in the pages


def typed(page: Path) -> list[str]:
    """Lines of ```console blocks that a person types."""
    return [line[2:] for block in blocks(page, "console") for line in block.splitlines() if line.startswith("$ ")]


def check_command(line: str) -> None:
    """A line names things that exist: a crux command with its options, a make target, a module."""
    words = [word for word in shlex.split(line, comments=True) if not re.match(r"^\w+=", word)]
    if words[:1] == ["crux"]:
        parse(words[1:])
    elif words[:1] == ["make"]:
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(words[1:]) <= set(targets), line
    elif words[:2] == ["python", "-m"] and words[2].startswith("cruxbank"):
        assert importlib.util.find_spec(words[2]), line
    else:
        assert not words or words[0] in {
            "source",
            "export",
            "git",
            "cd",
            "pip",
            "python",
            "pytest",
            "ollama",
            "curl",
        }, line


def parse(arguments: list[str]) -> None:
    """What typer says about arguments, without running anything; raises for an unknown command or option."""
    from typer.main import get_command

    from cruxbank.cli import app

    command: Any = get_command(app)
    while hasattr(command, "commands") and arguments and not arguments[0].startswith("-"):
        assert arguments[0] in command.commands, f"no command {arguments[0]}"
        command, arguments = command.commands[arguments[0]], arguments[1:]
    if "--help" not in arguments:
        command.make_context("crux", list(arguments))


@pytest.mark.parametrize("page", [p for p in PAGES if typed(p)], ids=name)
def test_commands_in_pages_exist(page: Path) -> None:
    for line in typed(page):
        try:
            check_command(line)
        except Exception as error:  # typer's exceptions do not say which line
            raise AssertionError(f"{name(page)}: {line}: {error}") from error


@pytest.mark.parametrize("line", ["crux grwo", "crux grow --nope", "crux bank search x --n many", "make nothing"])
def test_a_wrong_command_is_noticed(line: str) -> None:
    with pytest.raises(Exception):  # noqa: B017 (typer's own exceptions, and ours)
        check_command(line)


@pytest.mark.slow
@pytest.mark.xdist_group("docs")
def test_the_offline_quickstart_works_as_printed(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
    part = page.split("## Offline")[1].split("## With your own models")[0]
    lines = [line[2:] for block in re.findall(r"```console\n(.*?)```", part, re.DOTALL) for line in block.splitlines()]
    assert [line.split()[1] for line in lines] == ["init", "doctor", "grow", *["bank"] * 4, "export", "bank"]
    for line in lines:
        if line.startswith("crux bank show"):
            with Bank.open(tmp_path / "bank") as bank:
                line = f"crux bank show {bank.items()[0].id}"
        done = subprocess.run(shlex.split(line), cwd=tmp_path, env=ENV, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        if line.startswith("crux init"):
            tiny(tmp_path)  # the same commands, in seconds instead of minutes
    assert (tmp_path / "exported" / "items.jsonl").stat().st_size > 0


# Python in the pages and in docstrings


def runnable() -> Iterator[Any]:
    """Pages with Python; those that open or grow a bank are slow."""
    for page in PAGES:
        code = "\n".join(blocks(page, "python"))
        marks = (
            [pytest.mark.slow, pytest.mark.xdist_group("docs")]
            if re.search(r"^from cruxbank import", code, re.M)
            else []
        )
        if code:
            yield pytest.param(page, id=name(page), marks=marks)


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with crux.yaml and a small bank."""
    folder = tiny(tmp_path_factory.mktemp("docs"))
    done = subprocess.run(["crux", "grow"], cwd=folder, env=ENV, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("page", list(runnable()))
async def test_python_in_pages_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    code = blocks(page, "python")
    folder = tmp_path / "work"
    if any("grow(" in block for block in code):
        tiny(folder)
    elif any("Bank.open" in block or "probe(" in block for block in code):
        shutil.copytree(request.getfixturevalue("grown"), folder)
    else:
        folder.mkdir()
    monkeypatch.chdir(folder)
    space: dict[str, Any] = {"__name__": "page"}
    for number, block in enumerate(code):  # in a running loop with top-level await: what a notebook does
        compiled = compile(block, f"{name(page)}[{number}]", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        waiting = eval(compiled, space)  # noqa: S307
        if inspect.iscoroutine(waiting):
            await asyncio.wait_for(waiting, 200)


def with_examples() -> list[str]:
    """Modules whose docstrings hold an example at the prompt."""
    files = [*(ROOT / "src" / "cruxbank").rglob("*.py")]
    for package in ("agents", "graphs", "memory", "prompts", "bench"):
        files += [*(ROOT / package).rglob("*.py")]
    found = [file for file in files if re.search(r"^\s*>>> ", file.read_text(encoding="utf-8"), re.MULTILINE)]
    inside = {file.relative_to(ROOT).with_suffix("").as_posix().removeprefix("src/cruxbank/") for file in found}
    return sorted(f"cruxbank.{path.removesuffix('/__init__').replace('/', '.')}" for path in inside)


@pytest.mark.parametrize("module", with_examples())
def test_docstring_examples_run(module: str) -> None:
    ran = doctest.testmod(importlib.import_module(module))
    assert ran.attempted > 0
    assert ran.failed == 0


# Files for other tools


@pytest.fixture(scope="module")
def studio() -> dict[str, Any]:
    config: dict[str, Any] = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    return config


def graphs(config: dict[str, Any]) -> dict[str, Any]:
    """What LangGraph's server makes of langgraph.json: `module:factory`, called without arguments, compiled."""
    found = {}
    for title, place in config["graphs"].items():
        module, _, factory = place.rpartition(":")
        assert "/" not in module, "with a slash it would be a file, imported under a second name"
        found[title] = getattr(importlib.import_module(module), factory)().compile()
    return found


@pytest.mark.slow
def test_langgraph_json_names_graphs_that_compile(studio: dict[str, Any]) -> None:
    assert studio["dependencies"] == ["."]
    assert studio["env"]["LANGSMITH_TRACING"] == "false"
    nodes = {title: set(graph.get_graph().nodes) for title, graph in graphs(studio).items()}
    assert {"choose", "slot", "commit"} <= nodes["grow"]
    assert {"write", "critique", "recall", "ask", "read", "weigh", "decide"} <= nodes["slot"]


@pytest.mark.slow
def test_studio_gets_the_schemas_that_it_asks_for(studio: dict[str, Any]) -> None:
    for graph in graphs(studio).values():
        assert graph.get_input_jsonschema()["type"] == "object"
        assert graph.get_output_jsonschema()["type"] == "object"
        json.dumps(graph.get_context_jsonschema())


def test_hooks_and_issue_templates_name_what_exists(root: Path) -> None:
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"], "a hook that fetches code would differ from CI"
    called = {hook["entry"].split()[0].rsplit("/", 1)[1] for repo in hooks for hook in repo["hooks"]}
    assert called == {"ruff", "mypy", "lint-imports"}
    for path in (root / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        assert isinstance(yaml.safe_load(path.read_text()), dict), path
    assert "crux doctor --json" in (root / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text()
