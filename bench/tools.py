"""Other people's tools, each in an environment of its own: what the benches of the exports run.

    python = python_tool("datasets", "datasets", "pyarrow")   # <tools>/datasets/bin/python
    bin_ = node_tool("promptfoo", "promptfoo")                # <tools>/promptfoo/node_modules/.bin

The tools lie under the folder of $CRUX_TOOLS (`.tools/` in the checkout where it is not set) and are installed once, with
the machine's own pip and npm settings; another list of requirements installs anew. Removing the folder loses nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cruxbank.errors import EnvironmentProblem

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 1800
STAMP = ".installed"
BARE = "bare "
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "HF_HUB_OFFLINE", "COVERAGE_PROCESS_START")
"""Variables of this process that a tool is not to see: its own packages, its own settings."""


def tools_folder() -> Path:
    """Where the tools lie: $CRUX_TOOLS, or `.tools/` in the checkout."""
    return Path(os.environ.get("CRUX_TOOLS") or ROOT / ".tools").absolute()


def python_tool(name: str, *requirements: str, bare: Sequence[str] = ()) -> Path:
    """Python of a virtual environment that holds the requirements; made on the first call.

    bare: distributions that are installed without what they need and whatever Python they ask for, so that the part of
    them that a check reads can be run all the same.

    Raises:
        EnvironmentProblem: pip cannot install one of them.
    """
    folder = _installed(name, (*requirements, *(BARE + each for each in bare)), _virtual_environment)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def node_tool(name: str, *packages: str) -> Path:
    """`node_modules/.bin` of a folder that holds the packages; made on the first call.

    Raises:
        EnvironmentProblem: there is no npm, or it cannot install one of them.
    """
    if shutil.which("npm") is None:
        raise EnvironmentProblem(f"{name} needs npm, which is not installed", hint="install Node.js 20 or later")
    return _installed(name, packages, _node_folder) / "node_modules" / ".bin"


def python_version(python: Path, distribution: str) -> str:
    """Version of a distribution in a tool's environment."""
    code = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    return run([python, "-c", code, distribution], cwd=python.parent).stdout.strip()


def node_version(bin_: Path, package: str) -> str:
    """Version of a package beside a `node_modules/.bin`."""
    about = json.loads((bin_.parent / package / "package.json").read_text(encoding="utf-8"))
    return str(about["version"])


def run(
    command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end and return what it wrote; the caller reads `returncode`.

    `env` is added to the environment of this process, less what belongs to this process alone (OURS).

    Raises:
        EnvironmentProblem: it did not end in time.
    """
    words = [str(word) for word in command]
    told = {key: value for key, value in os.environ.items() if key not in OURS} | dict(env or {})
    try:
        return subprocess.run(
            words, cwd=cwd, env=told, capture_output=True, text=True, timeout=seconds, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired as error:
        # by name: what is said here stands in docs/benchmarks.md, where nobody has this machine's folders
        named = " ".join(Path(word).name if Path(word).is_absolute() else word for word in words)
        raise EnvironmentProblem(f"did not end within {seconds:g} s: {named}") from error


def ask(
    python: Path,
    code: str,
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    seconds: float = 300,
) -> Any:
    """What a piece of Python says inside a tool's environment.

    The code calls `answer(value)` with a JSON value, which is returned; `sys.argv[1:]` are the arguments. The value goes
    through a file in ASCII, so that neither the tool's own printing nor the console's encoding touches it.

    Raises:
        EnvironmentProblem: it failed; the last line of its error is in the message.
    """
    with tempfile.TemporaryDirectory(prefix="crux-ask-") as folder:
        script, said = Path(folder) / "ask.py", Path(folder) / "said.json"
        script.write_text(_PREAMBLE.format(path=str(said)) + code, encoding="utf-8")
        done = run([python, script, *arguments], cwd=cwd, env=env, seconds=seconds)
        if done.returncode or not said.exists():
            raise EnvironmentProblem(f"{python.parent.parent.name}: {_last(done) or 'it said nothing'}")
        return json.loads(said.read_text(encoding="ascii"))


_PREAMBLE = """\
import json, sys

def answer(value):
    with open({path!r}, "w", encoding="ascii") as file:
        json.dump(value, file)

"""


def _installed(name: str, what: Sequence[str], install: Callable[[Path, Sequence[str]], None]) -> Path:
    folder, wanted = tools_folder() / name, "\n".join((*what, "")) + sys.version.split()[0] + "\n"
    with _alone(folder):
        stamp = folder / STAMP
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            install(folder, what)
            stamp.write_text(wanted, encoding="utf-8")
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time makes a tool; the others wait and then find it made."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _virtual_environment(folder: Path, requirements: Sequence[str]) -> None:
    _must([sys.executable, "-m", "venv", folder], folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip: list[str | Path] = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _must([*pip, *(each for each in requirements if not each.startswith(BARE))], folder)
    for each in requirements:
        if each.startswith(BARE):
            _must([*pip, "--no-deps", "--ignore-requires-python", each.removeprefix(BARE)], folder)


def _node_folder(folder: Path, packages: Sequence[str]) -> None:
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    _must(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *packages], folder)


def _must(command: Sequence[str | Path], folder: Path) -> None:
    done = run(command, cwd=folder, seconds=PATIENCE_S)
    if done.returncode:
        words = " ".join(str(word) for word in command)
        raise EnvironmentProblem(f"{words}: {_last(done)}", hint="is a package index within reach?")


def _last(done: subprocess.CompletedProcess[str]) -> str:
    """The line that says what went wrong: the last that calls itself an error, or else the last."""
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [""])[-1]
