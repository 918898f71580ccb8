"""A bank grown in English, Chinese and German over simulated models: separation per language, and planted differences
between languages against those that were flagged. Then the tests alone, in worlds made of numbers.

python -m cruxbank.bench.languages --seeds 1 2 --publish
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from cruxbank.app.grow import grow_bank
from cruxbank.app.languages import compared
from cruxbank.bench.languages_world import World, play
from cruxbank.bench.publish import publish
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.display import LANGUAGES, language_rows
from cruxbank.graphs.meter import Pulse
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import Item, Status
from cruxbank.measures import LanguageDif, LanguageReport
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.record import Record
from cruxbank.science.dif import Contrast
from cruxbank.science.languages import report
from cruxbank.simulator.truth import language_shift
from cruxbank.simulator.world import World as Simulated
from cruxbank.values.systems import load_system

PRESET = "polyglot"
SPOKEN = ("en", "zh", "de")
PLANTED = 0.3
"""Latent stance from which a shift counts as planted; those that are planted have about 1."""
WORLDS = (
    World("nothing planted, wordings push nobody", push=0.0),
    World("nothing planted"),
    World("nothing planted, wordings push twice as much", push=0.6),
    World("a shift of 0.75", shift=0.75),
    World("a shift of 1.5", shift=1.5),
    World("a shift of 0.75, four responses", shift=0.75, responses=4),
    World("places redrawn", reorder=True),
    World("places redrawn, four responses", reorder=True, responses=4),
)


class Silent:
    """Hears events and keeps still."""

    def emit(self, name: str, **fields: Any) -> None:
        """Nothing."""


class Grown(NamedTuple):
    """The operational items of one run with their tests and what was planted, ids made unique over runs."""

    items: tuple[Item, ...]
    contrasts: dict[tuple[str, str], Contrast]
    planted: dict[tuple[str, str], str]
    exits: Counter[str]


def main(arguments: Sequence[str] | None = None) -> None:
    """Grow a bank for each seed, print the tables, publish them where asked."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as aside:
        folder = options.keep or Path(aside)
        grown = [_grow(seed, folder / str(seed), options.calls) for seed in options.seeds]
    scores = {world.name: play(world, options.items, options.world_seed)._asdict() for world in WORLDS}
    items = tuple(item for one in grown for item in one.items)
    contrasts = {key: c for one in grown for key, c in one.contrasts.items()}
    found = report(items, contrasts, SPOKEN, load_system("schwartz-10").ids)
    planted = {key: kind for one in grown for key, kind in one.planted.items()}
    counts = confusion(planted, found.flags, contrasts)
    exits = sum((one.exits for one in grown), Counter[str]())
    text = _text(found, counts, exits, scores, options)
    print(text)
    if options.publish:
        rows = {
            "languages": found.model_dump(),
            "planted": counts,
            "worlds": scores,
            "exits": dict(sorted(exits.items())),
        }
        seeds = " ".join(map(str, options.seeds))
        publish("languages", text, rows, f"python -m cruxbank.bench.languages --seeds {seeds} --publish")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.languages", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2], help="one run and one simulated world each")
    parser.add_argument("--calls", type=int, default=3_500, help="budget.calls of a run")
    parser.add_argument("--items", type=int, default=100, help="items of a world made of numbers")
    parser.add_argument(
        "--world-seed", type=int, default=8, help="of the worlds made of numbers (tuned on 1, 3, 5 and 7)"
    )
    parser.add_argument(
        "--keep", type=Path, help="folder in which the banks stay; a bank that is there is not grown again"
    )
    parser.add_argument("--publish", action="store_true")
    return parser.parse_args(arguments)


def configured(seed: int, bank: Path, calls: int) -> Settings:
    """The simulated preset in three languages, every agent a model; no holdout, so that calls go to languages."""
    data = yaml.safe_load(presets()["simulated"])
    for model in data["models"]:
        model["base_url"] = f"sim://{PRESET}/v1"
    data["agents"] = {"generator": "sim-quill-1", "critic": "sim-quill-2", "judge": "sim-quill-3"}
    data["panels"]["holdout"] = []
    data |= {"seed": seed, "bank": str(bank), "languages": list(SPOKEN), "budget": {"calls": calls}}
    data["topics"] = {"policy": "random", "expand": 0}
    return settings_from(data)


def _grow(seed: int, bank: Path, calls: int) -> Grown:
    settings, system = configured(seed, bank, calls), load_system("schwartz-10")
    if not BankFolder(bank).exists:
        grow_bank(settings, Silent(), Pulse(), world=seed)
    world = Simulated(seed, PRESET)
    record = Record.open(str(BankFolder(bank).record))
    try:
        drafts = record.items(order="seq")
        items = record.items(status=Status.OPERATIONAL, order="id")
        yardstick = Yardstick(settings, system.ids, 0)
        yardstick.learn([(item, record.readings(item.id)) for item in drafts if item.separation is not None])
        contrasts = compared(record, items, yardstick, settings, system.ids)
        stats = record.stats()
    finally:
        record.close()
    calls = stats.examinee_calls + stats.judge_calls + stats.agent_calls
    print(f"seed {seed}: {len(items)} operational of {len(drafts)} drafts, {calls} calls", flush=True)
    exits = Counter(item.exit.value for item in drafts)
    planted = {(f"{seed}/{i.id}", language): _planted(world, i, language) for i in items for language in i.by_language}
    named = tuple(item.model_copy(update={"id": f"{seed}/{item.id}"}) for item in items)
    return Grown(named, {(f"{seed}/{i}", language): c for (i, language), c in contrasts.items()}, planted, exits)


def _planted(world: Simulated, item: Item, language: str) -> str:
    truth = language_shift(item.text, item.language, language, preset=PRESET, world=world)
    if truth["reordered"]:
        return "reordered"
    return "shifted" if abs(float(truth["uniform"])) >= PLANTED else "nothing"


def confusion(
    planted: dict[tuple[str, str], str], flags: Sequence[LanguageDif], asked: dict[tuple[str, str], Contrast]
) -> dict[str, dict[str, int]]:
    """What was planted -> how many items and languages, and how many of them were flagged as what."""
    table: dict[str, Counter[str]] = {kind: Counter() for kind in ("nothing", "shifted", "reordered")}
    for key in asked:
        row, mine = table[planted[key]], {flag.kind for flag in flags if (flag.item, flag.language) == key}
        row["asked"] += 1
        row["flagged"] += bool(mine)
        for kind in mine:
            row[kind] += 1
    names = ("asked", "shifted", "reordered", "flagged")
    return {kind: {name: row[name] for name in names} for kind, row in table.items()}


def _text(
    found: LanguageReport,
    counts: dict[str, dict[str, int]],
    exits: Counter[str],
    scores: dict[str, dict[str, int]],
    options: argparse.Namespace,
) -> str:
    parts = [
        f"Simulated models ({PRESET}: a fifth of the propositions work otherwise in a language), {len(options.seeds)} runs "
        f"of {options.calls:,} calls in {', '.join(SPOKEN)}; generator, critic, judge and translator are simulated models. "
        f"{exits['duplicate_in_another_language']} of {exits.total()} drafts repeated, once translated, an item of another "
        "language.",
        _table(LANGUAGES, language_rows(found)),
        f"What was planted and what was flagged, at a false discovery rate of {found.level:g} over {found.tests} tests:",
        _table(
            ("planted", "items x languages", "flagged as shifted", "flagged as reordered", "flagged at all"),
            [
                (kind, *(str(row[n]) for n in ("asked", "shifted", "reordered", "flagged")))
                for kind, row in counts.items()
            ],
        ),
        f"The tests alone: {options.items} items of 12 models, a fifth of them planted (in standard deviations of one "
        "response), two responses in the language where nothing else is said. Wordings push by .3 in either language.",
        _table(
            ("world", "planted", "found", "not planted", "flagged all the same"),
            [(name, *(str(s[n]) for n in ("planted", "found", "others", "false"))) for name, s in scores.items()],
        ),
    ]
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


if __name__ == "__main__":
    main()
