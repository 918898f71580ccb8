"""One bank a value system, grown twice offline: how far two judges, and the local reader, agree on the same answers.

    python -m cruxbank.bench.systems [--seed 3] [--calls 700] [--publish]

The two banks of a system share seed, topics and panel; simulated judges of two families read them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cruxbank.bench.publish import publish
from cruxbank.bench.systems_banks import Grown, grow, local_verdicts, settings_for
from cruxbank.items import Outcome, Verdict
from cruxbank.recogniser.readers import reader_name
from cruxbank.science.agreement import krippendorff, percent_agreement
from cruxbank.science.seeds import rng
from cruxbank.values.systems import load_system, shipped

JUDGES = ("sim-quill-3", "sim-elm-1")
BOOTSTRAPS = 300
CODES = {outcome: place for place, outcome in enumerate(Outcome)}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """Two readers over the same answers. `alpha` is Krippendorff's over all dimensions, its interval over answers."""

    system: str
    readers: str
    dimensions: int
    answers: int
    equal: float
    alpha: float
    lo: float
    hi: float
    by_dimension: dict[str, float | None]
    common: int | None = None
    """Items operational in both banks."""
    operational: tuple[int, int] | None = None
    steady: float | None = None
    """Share of answers that both could read."""


def compare(
    system: str, readers: str, pairs: Sequence[tuple[Verdict, Verdict]], *, presence: bool, seed: int
) -> Agreement:
    """Agreement over the answers that both readers scored; with `presence` supports, opposes and mixed are one."""
    ids = load_system(system).ids
    both = [pair for pair in pairs if pair[0].state == pair[1].state == "scored"]
    ratings = np.array([[[_code(v.outcomes[d], presence) for d in ids] for v in pair] for pair in both], np.float64)
    whole = ratings.transpose(1, 0, 2)  # (readers, answers, dimensions)
    draws = [_alpha(whole[:, rows]) for rows in _resamples(len(both), seed)]
    lo, hi = np.nanpercentile(draws, [2.5, 97.5])
    return Agreement(
        system=system,
        readers=readers,
        dimensions=len(ids),
        answers=len(both),
        equal=percent_agreement(whole.reshape(2, -1)),
        alpha=_alpha(whole),
        lo=float(lo),
        hi=float(hi),
        by_dimension={d: _finite(krippendorff(whole[:, :, j])) for j, d in enumerate(ids)},
        steady=len(both) / len(pairs),
    )


def _code(outcome: Outcome, presence: bool) -> float:
    return float(outcome is not Outcome.ABSENT) if presence else float(CODES[outcome])


def _alpha(ratings: Floats) -> float:
    return krippendorff(ratings.reshape(2, -1))


def _resamples(answers: int, seed: int) -> list[NDArray[np.int64]]:
    draw = rng(seed, 0, "systems", 0)
    return [draw.integers(0, answers, answers) for _ in range(BOOTSTRAPS)]


def _finite(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None


def study(system: str, folder: Path, seed: int, calls: int) -> list[Agreement]:
    """Both banks of one system, then the local reader on the answers of the first."""
    first, second = (grow(settings_for(folder, system, judge, seed, calls)) for judge in JUDGES)
    readings = [r for r in first.readings.values() if r.response.state == "answered"]
    shared = [k for k, r in first.readings.items() if r.response.state == "answered" and k in second.readings]
    pairs = [(first.readings[key].verdict, second.readings[key].verdict) for key in shared]
    judges = compare(system, f"{JUDGES[0]} / {JUDGES[1]}", pairs, presence=False, seed=seed)
    reader = reader_name(load_system(system))
    mixed = [(v, r.verdict) for v, r in zip(local_verdicts(system, readings), readings, strict=True)]
    local = compare(system, f"{reader} / {JUDGES[0]}", mixed, presence=True, seed=seed)
    return [_with_banks(judges, first, second), local]


def _with_banks(found: Agreement, first: Grown, second: Grown) -> Agreement:
    sizes = (len(first.operational), len(second.operational))
    return Agreement(**{**vars(found), "common": len(first.operational & second.operational), "operational": sizes})


def table(rows: Sequence[Agreement], seed: int, calls: int) -> str:
    """Markdown."""
    lines = [
        f"Simulated models answered and judged. Seed {seed}, {calls} calls a bank, topics and panel the same. Alpha is",
        "Krippendorff's over all dimensions of the answers that both readers scored (nominal; 95 % from resampled answers);",
        "for a local reader it is of presence, since it knows no sides. Last columns: lowest and middle alpha of single",
        "dimensions, and items operational in both banks / in the first / in the second. The two simulated judges know the",
        "same words and err apart: how far two real judges would agree is another question.",
        "",
        "| system | readers | dimensions | answers | both scored | equal | alpha (95 %) | lowest, middle | items |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    return "\n".join([*lines, *map(_line, rows)])


def _line(row: Agreement) -> str:
    single = sorted(value for value in row.by_dimension.values() if value is not None)
    apart = f"{single[0]:.2f}, {float(np.median(single)):.2f}" if single else "-"
    items = "" if row.operational is None else f"{row.common} / {row.operational[0]} / {row.operational[1]}"
    figures = f"{row.answers} | {row.steady:.2f} | {row.equal:.3f} | {row.alpha:.2f} ({row.lo:.2f}-{row.hi:.2f})"
    return f"| {row.system} | {row.readers} | {row.dimensions} | {figures} | {apart} | {items} |"


def main(arguments: list[str] | None = None) -> None:
    """Print the table; with --publish also put it into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", nargs="+", default=list(shipped()), help="names or YAML files")
    parser.add_argument("--seed", type=int, default=3, help="seed of the banks")
    parser.add_argument("--calls", type=int, default=700, help="model calls of each bank")
    parser.add_argument("--publish", action="store_true", help="put the table into docs/benchmarks.md")
    given = parser.parse_args(arguments)
    rows: list[Agreement] = []
    for place, system in enumerate(given.systems):
        with tempfile.TemporaryDirectory() as folder:
            rows += study(system, Path(folder) / str(place), given.seed, given.calls)
            print("\n".join(map(_line, rows[-2:])), flush=True)
    markdown = table(rows, given.seed, given.calls)
    print(markdown)
    if given.publish:
        plain: list[dict[str, Any]] = [asdict(row) for row in rows]
        publish(
            "systems", markdown, plain, f"python -m cruxbank.bench.systems --seed {given.seed} --calls {given.calls}"
        )


if __name__ == "__main__":
    main()
