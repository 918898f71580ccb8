"""Does admission find what truly separates? Grows a bank on simulated models and asks the simulator for the truth.

python -m cruxbank.bench.admission --calls 8000 --seeds 2
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cruxbank.app.grow import grow_bank
from cruxbank.app.looking import open_record
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.graphs.meter import Pulse
from cruxbank.items import Exit, Item
from cruxbank.science.auc import auc_interval
from cruxbank.science.seeds import rng
from cruxbank.simulator.presets import SIMULATOR_VERSION
from cruxbank.simulator.truth import Truth, true_separation
from cruxbank.simulator.world import World

MEASURED = {Exit.PILOT_LOW, Exit.LFDR, Exit.LOW, Exit.FRAMING}
"""Exits of drafts that the panel answered: the rejected ones of the table."""
DRAWS = 200


class Silent:
    """Takes events and says nothing."""

    def emit(self, name: str, **fields: Any) -> None:
        """Ignore the event."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write it as JSON beside it."""
    options = _options(arguments)
    rows = [_one(seed, options.calls, options.bank) for seed in range(options.seed, options.seed + options.seeds)]
    print(table(rows, options.calls))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.admission", description=__doc__)
    parser.add_argument("--calls", type=int, default=8000, help="budget of model calls of each run")
    parser.add_argument("--seed", type=int, default=7, help="first seed")
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds")
    parser.add_argument("--bank", type=Path, help="measure an existing simulated bank instead of growing one")
    parser.add_argument("--out", type=Path, help="write the figures as JSON here")
    return parser.parse_args(arguments)


def _one(seed: int, calls: int, bank: Path | None) -> dict[str, Any]:
    if bank is not None:
        return measure(settings_for(bank, seed, calls), seed)
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(Path(folder) / "bank", seed, calls)
        grow_bank(settings, Silent(), Pulse())
        return measure(settings, seed)


def settings_for(bank: Path, seed: int, calls: int) -> Settings:
    """The simulated preset over a bank folder."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "crux.yaml"
        file.write_text(presets()["simulated"], encoding="utf-8")
        return load_settings(file, {"bank": str(bank), "seed": seed, "budget": {"calls": calls}})


def measure(settings: Settings, seed: int) -> dict[str, Any]:
    """True separation of admitted and rejected drafts, and how well the two are told apart."""
    with open_record(settings) as record:
        items = [item for item in record.items(order="id") if item.separation is not None]
        stats = record.stats()
    world = World(0, "compass")
    truth = {item.id: _truth(item, settings, world) for item in items}
    admitted = [item for item in items if item.exit is Exit.ADMITTED]
    rejected = [item for item in items if item.exit in MEASURED]
    row = {"seed": seed, "admitted": len(admitted), "rejected": len(rejected), "simulator": SIMULATOR_VERSION}
    row |= {"calls": stats.examinee_calls, "topics": stats.topics_operational, "domains": stats.domains}
    for name in ("joint", "mean", "stance"):
        yes = np.array([getattr(truth[item.id], name) for item in admitted])
        no = np.array([getattr(truth[item.id], name) for item in rejected])
        row[name] = _compare(yes, no, seed)
    return row


def _truth(item: Item, settings: Settings, world: World) -> Truth:
    texts = [wording.text for wording in item.wordings]
    mirror = [wording.kind == "mirror" for wording in item.wordings]
    return true_separation(texts, mirror, settings.panels.scoring, draws=DRAWS, world=world)


def _compare(yes: np.ndarray, no: np.ndarray, seed: int) -> dict[str, float]:
    if not len(yes) or not len(no):
        return {"auc": float("nan")}
    scores = np.concatenate([yes, no])
    positive = np.repeat([True, False], [len(yes), len(no)])
    found = auc_interval(scores, positive, rng(seed, 0, "auc"))
    means = {"admitted": float(yes.mean()), "rejected": float(no.mean())}
    return {**means, "auc": found.est, "auc_lo": found.lo, "auc_hi": found.hi}


def table(rows: Sequence[dict[str, Any]], calls: int) -> str:
    """The Markdown table: one row a seed and a truth."""
    lines = [
        f"True separation (bits) of admitted against rejected drafts; simulated panel, simulator version "
        f"{SIMULATOR_VERSION}, budget {calls} calls, {DRAWS} draws a model and wording.",
        "Rejected: drafts that the panel answered and that were not admitted.",
        "",
        "| seed | truth | admitted: n, mean | rejected: n, mean | AUC | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        for name in ("joint", "mean", "stance"):
            one = row[name]
            lines.append(
                f"| {row['seed']} | {name} | {row['admitted']}, {one.get('admitted', 0):.3f} "
                f"| {row['rejected']}, {one.get('rejected', 0):.3f} | {one['auc']:.3f} "
                f"| {one.get('auc_lo', 0):.3f} to {one.get('auc_hi', 0):.3f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
