"""`crux init`: a commented crux.yaml from a preset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cruxbank.cli.console import guarded, out, out_json, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson
from cruxbank.config.shipped import presets
from cruxbank.errors import InputError, StoreError
from cruxbank.whole import write_whole


@guarded
def init(
    preset: Annotated[
        str, typer.Option("--preset", help="simulated, openai, openrouter, ollama or vllm.")
    ] = "simulated",
    target: Annotated[Path, typer.Option("--out", help="Where to write the settings.")] = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a commented crux.yaml from a preset.

    Example: crux init --preset simulated
    """
    known = presets()
    if preset not in known:
        raise InputError(f"--preset: no preset '{preset}'", hint=f"one of {', '.join(known)}")
    try:
        _write(target, known[preset], force=force)
    except OSError as error:
        message = f"--out {target}: cannot be written ({error.strerror or type(error).__name__})"
        raise StoreError(message, hint="choose a place that can be written, with space on its disk") from error
    if as_json:
        out_json({"written": str(target), "preset": preset})
    else:
        out(str(target))
        say(f"Next: crux grow --config {target}" if target != DEFAULT_CONFIG else "Next: crux grow")


def _write(target: Path, text: str, *, force: bool) -> None:
    if target.is_dir():
        raise InputError(f"--out {target}: is a folder", hint=f"name a file, such as {target / 'crux.yaml'}")
    if target.exists() and not force:
        raise InputError(f"{target}: already exists", hint="choose another --out, or overwrite with --force")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and not target.is_file():  # a device or a pipe has no content to keep, and must not be replaced
        target.write_text(text, encoding="utf-8")
        return
    write_whole(target.resolve(), text.encode())
