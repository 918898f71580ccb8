"""`crux init`: a commented crux.yaml from a preset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cruxbank.cli.console import guarded, out, out_json, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson
from cruxbank.config.shipped import presets
from cruxbank.errors import InputError


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
    if target.exists() and not force:
        raise InputError(f"{target}: already exists", hint="choose another --out, or overwrite with --force")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(known[preset], encoding="utf-8")
    if as_json:
        out_json({"written": str(target), "preset": preset})
    else:
        out(str(target))
        say(f"Next: crux grow --config {target}" if target != DEFAULT_CONFIG else "Next: crux grow")
