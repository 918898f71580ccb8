"""The reader by likeness to definitions, on arguments with human labels: schwartz-10 as if nobody had trained for it.

    python -m cruxbank.bench.readers --data DIR     DIR holds arguments.tsv and labels20.tsv of touche23_valueeval

The form of the score (definition and cue together, standardised, centred) was chosen on half of the conclusions (seed 0);
the table is of the other half.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cruxbank.bench.publish import publish
from cruxbank.bench.recogniser_data import Arguments, read_arguments
from cruxbank.encoder import load_encoder
from cruxbank.measures import Estimate
from cruxbank.recogniser.definitions import MOST, POINT_HAS, DefinitionReader
from cruxbank.science.auc import auc, auc_interval
from cruxbank.values.systems import load_system

SPLIT_SEED = 0
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
HEAD = (
    "| value | arguments with it | AUC of cosine alone | AUC (95 %) | answers with it | said present | sensitivity "
    "| specificity |\n|---|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True)
class Row:
    """One value: AUC over arguments, and the cut's work over made-up answers of three arguments of one side."""

    value: str
    positives: int
    cosine_auc: float
    auc: Estimate
    answers_with: int
    said: float
    sensitivity: float
    specificity: float


def unseen_half(data: Arguments) -> NDArray[np.int64]:
    """Rows whose conclusions no choice was made on."""
    groups = int(data.group.max()) + 1
    chosen_on = np.random.default_rng(SPLIT_SEED).permutation(groups)[: groups // 2]
    return np.flatnonzero(~np.isin(data.group, chosen_on))


def answers(data: Arguments, rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """(n, 3) arguments of one side of one conclusion: made-up answers of three key points."""
    rng = np.random.default_rng(seed)
    trios: list[NDArray[np.int64]] = []
    for side in np.unique(data.side[rows]):
        mine = rng.permutation(rows[data.side[rows] == side])
        trios.extend(mine[at : at + 3] for at in range(0, len(mine) - 2, 3))
    return np.stack(trios)


def measure(data: Arguments, seed: int) -> list[Row]:
    """One row a value."""
    system = load_system("schwartz-10")
    reader = DefinitionReader(load_encoder(), system)
    rows = unseen_half(data)
    place = {row: k for k, row in enumerate(rows)}
    texts = [data.texts[i] for i in rows]
    cosines, scores = reader.cosines(texts), reader.scores(texts)
    present = reader.probabilities(texts) > reader.cuts
    labels: Flags = data.labels[:, 20:]
    trios = answers(data, rows, seed)
    true: Flags = np.asarray(labels[trios].any(axis=1))
    said: Flags = np.asarray(present[[[place[i] for i in trio] for trio in trios]].any(axis=1))
    draws = np.random.default_rng(seed)
    return [
        Row(
            value=name,
            positives=int(labels[rows, j].sum()),
            cosine_auc=auc(cosines[:, j], labels[rows, j]),
            auc=auc_interval(scores[:, j], labels[rows, j], draws, 200),
            answers_with=int(true[:, j].sum()),
            said=float(said[:, j].mean()),
            sensitivity=float(said[:, j][true[:, j]].mean()),
            specificity=float(1 - said[:, j][~true[:, j]].mean()),
        )
        for j, name in enumerate(system.ids)
    ]


def table(rows: list[Row], arguments: int, trios: int) -> str:
    """Markdown."""
    share = f"{POINT_HAS} / (number of dimensions) of the reference points, at most {MOST:.2f}"
    lines = [
        f"{arguments} arguments on conclusions that no choice was made on; {trios} made-up answers of three arguments.",
        f"Nothing is trained on labels; the cut lets a dimension be present in {share}.",
        "",
        HEAD,
    ]
    for r in rows:
        ranked = f"{r.cosine_auc:.3f} | {r.auc.est:.3f} ({r.auc.lo:.3f}-{r.auc.hi:.3f})"
        cut = f"{r.said:.2f} | {r.sensitivity:.2f} | {r.specificity:.2f}"
        lines.append(f"| {r.value} | {r.positives} | {ranked} | {r.answers_with} | {cut} |")
    return "\n".join([*lines, _mean(rows)])


def _mean(rows: list[Row]) -> str:
    def mean(field: str) -> float:
        return float(np.mean([getattr(row, field) for row in rows]))

    area = np.mean([row.auc.est for row in rows])
    cut = f"{mean('said'):.2f} | {mean('sensitivity'):.2f} | {mean('specificity'):.2f}"
    return f"| **mean** | | {mean('cosine_auc'):.3f} | {area:.3f} | | {cut} |"


def main(arguments: list[str] | None = None) -> None:
    """Print the table; with --publish also put it into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of touche23_valueeval")
    parser.add_argument("--seed", type=int, default=1, help="seed of the made-up answers")
    parser.add_argument("--publish", action="store_true", help="put the table into docs/benchmarks.md")
    given = parser.parse_args(arguments)
    data = read_arguments(given.data)
    rows = measure(data, given.seed)
    unseen = unseen_half(data)
    markdown = table(rows, len(unseen), len(answers(data, unseen, given.seed)))
    print(markdown)
    if given.publish:
        plain = [asdict(row) | {"auc": row.auc.model_dump()} for row in rows]
        publish("readers", markdown, plain, f"python -m cruxbank.bench.readers --data DIR --seed {given.seed}")


if __name__ == "__main__":
    main()
