"""The presets that come with the package."""

from __future__ import annotations

from importlib.resources import files


def presets() -> dict[str, str]:
    """Preset name -> text of its crux.yaml."""
    folder = files("cruxbank.config") / "presets"
    found = [f for f in folder.iterdir() if f.name.endswith(".yaml")]
    return {f.name.removesuffix(".yaml"): f.read_text(encoding="utf-8") for f in sorted(found, key=lambda f: f.name)}
