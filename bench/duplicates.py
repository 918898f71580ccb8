"""How well the duplicate check tells paraphrases from different questions on one topic.

    python -m cruxbank.bench.duplicates --data ../shared/data/valueconsistency

Data: ValueConsistency (Moore, Deshpande, Yang 2024, MIT): sets of paraphrases of controversial questions. Cuts are fixed
on half of the English US sets; precision and recall are read on the other half, and on three other countries' sets.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cruxbank.bench.duplicate_pairs import Features, Half, Question, features, load, swapped
from cruxbank.memory.embeds import Embeds
from cruxbank.memory.thresholds import Thresholds
from cruxbank.science.seeds import rng

COUNTRIES = ("us", "china", "germany", "japan")
SPLITS = 20
SWAP_RATE = 0.005
GRID = np.round(np.arange(0.5, 0.99, 0.01), 2)
Score = NDArray[np.float64]
Figures = dict[str, float]


def best_cut(score: Score, same: NDArray[np.bool_]) -> float:
    """The cut on a grid of .01 with the highest F1; the lowest such cut on ties."""
    f1 = [_f1(score >= cut, same) for cut in GRID]
    return round(float(GRID[int(np.argmax(f1))]), 2)


def swap_cut(full: Score) -> float:
    """The lowest cut on the grid that takes at most .5 % of frame swaps for duplicates."""
    rates = np.array([(full >= cut).mean() for cut in GRID])
    return round(float(GRID[int(np.argmax(rates <= SWAP_RATE))]), 2)


def _f1(said: NDArray[np.bool_], same: NDArray[np.bool_]) -> float:
    return float(2 * (said & same).sum() / max(1, said.sum() + same.sum()))


def figures(said: NDArray[np.bool_], same: NDArray[np.bool_]) -> Figures:
    """Precision and recall with their numerators and denominators."""
    hit, flagged, present = int((said & same).sum()), int(said.sum()), int(same.sum())
    return {
        "hit": hit,
        "flagged": flagged,
        "present": present,
        "pairs": int(same.size),
        "precision": hit / max(1, flagged),
        "recall": hit / max(1, present),
        "f1": _f1(said, same),
    }


def halves(questions: Sequence[Question], seed: int) -> tuple[Half, Half]:
    """Rows of two random halves of the paraphrase sets."""
    sets = sorted({q.original for q in questions})
    order = rng(seed, 0, "bench.duplicates").permutation(len(sets))
    first = {sets[i] for i in order[: len(sets) // 2]}
    rows = np.arange(len(questions))
    inside = np.array([q.original in first for q in questions])
    return Half(rows[inside]), Half(rows[~inside])


def pair_table(found: Features, fit: Half, test: Half) -> dict[str, Figures]:
    """Pairs of questions on one topic: each rule with its cut fixed on `fit`, figures on `test`."""
    table: dict[str, Figures] = {}
    same_fit, same = fit.of(found.same_set, found.same_topic), test.of(found.same_set, found.same_topic)
    for name, score in found.scores().items():
        cut = best_cut(fit.of(score, found.same_topic), same_fit)
        table[name] = {"cut": cut} | figures(test.of(score, found.same_topic) >= cut, same)
    lexical = test.of(found.lexical, found.same_topic) >= Thresholds().lexical
    meaning = test.of(found.meaning, found.same_topic) >= table["three cosines (ours)"]["cut"]
    table["words alone, cut not fitted"] = {"cut": Thresholds().lexical} | figures(lexical, same)
    table["all gates (ours)"] = {"cut": table["three cosines (ours)"]["cut"]} | figures(lexical | meaning, same)
    return table


def memory_table(found: Features, rows: Half, cuts: dict[str, float]) -> dict[str, Figures]:
    """As in a run: memory holds one base question a set; every other wording comes as a draft (a duplicate), and every
    wording comes again with its own set taken out of memory (a new question)."""
    pool = rows.rows[found.base[rows.rows]]
    drafts = rows.rows[~found.base[rows.rows]]
    same = np.concatenate([np.ones(len(drafts), bool), np.zeros(len(rows.rows), bool)])
    table: dict[str, Figures] = {}
    for name, score in found.scores().items():
        reach = score if name.startswith("plain") else np.where(found.same_topic, score, -1.0)
        table[name] = {"cut": cuts[name]} | figures(
            _nearest(found, reach, pool, drafts, rows.rows, 1) >= cuts[name], same
        )
    published = _nearest(found, found.full, pool, drafts, rows.rows, 3) > Thresholds().published
    table["published: mean of top 3 > .85"] = {"cut": Thresholds().published} | figures(published, same)
    return table


def _nearest(
    found: Features, score: Score, pool: NDArray[np.int_], drafts: NDArray[np.int_], fresh: NDArray[np.int_], top: int
) -> Score:
    known = score[np.ix_(drafts, pool)]
    new = np.where(found.same_set[np.ix_(fresh, pool)], -1.0, score[np.ix_(fresh, pool)])
    both = np.sort(np.concatenate([known, new]), axis=1)[:, -top:]
    return np.asarray(both.mean(axis=1))


def study(data: Path, embeds: Embeds, seed: int, countries: Sequence[str] = COUNTRIES) -> dict[str, object]:
    """All tables as one JSON value."""
    found = {country: features(load(data, country), embeds) for country in countries}
    us = found[countries[0]]
    fit, test = halves(us.questions, seed)
    pairs = pair_table(us, fit, test)
    cuts = {name: pairs[name]["cut"] for name in us.scores()}
    swaps_fit, swaps_test = (swapped(us.questions, half, embeds, seed) for half in (fit, test))
    cross = swap_cut(swaps_fit.full)
    ours = cuts["three cosines (ours)"]
    return {
        "seed": seed,
        "sets": {"fit": fit.sets(us.questions), "test": test.sets(us.questions)},
        "cuts": {"same_subject": ours, "cross_subject": cross},
        "pairs": pairs,
        "memory": memory_table(us, test, cuts),
        "splits": _splits(us),
        "swaps": {
            "pairs": len(swaps_test.full),
            f"full cosine >= {cross} (ours)": float((swaps_test.full >= cross).mean()),
            f"topic-free cosine >= {ours}": float((swaps_test.masked >= ours).mean()),
            "paraphrases still found under another topic's name": float(
                (test.of(us.full, us.same_set & us.same_topic) >= cross).mean()
            ),
        },
        "other countries": {country: _elsewhere(found[country], cuts) for country in countries[1:]},
    }


def _elsewhere(found: Features, cuts: dict[str, float]) -> dict[str, Figures]:
    rows = Half(np.arange(len(found.questions)))
    same = rows.of(found.same_set, found.same_topic)
    return {
        name: {"cut": cuts[name]} | figures(rows.of(score, found.same_topic) >= cuts[name], same)
        for name, score in found.scores().items()
    }


def _splits(found: Features) -> dict[str, dict[str, list[float]]]:
    """Smallest, mean and largest figure over other random splits, each with its own cut."""
    tables = [pair_table(found, *halves(found.questions, seed)) for seed in range(SPLITS)]
    span: dict[str, dict[str, list[float]]] = {}
    for name in tables[0]:
        span[name] = {}
        for figure in ("cut", "precision", "recall", "f1"):
            values = [table[name][figure] for table in tables]
            span[name][figure] = [min(values), float(np.mean(values)), max(values)]
    return span


def markdown(found: dict[str, object]) -> str:
    """The tables for people."""
    parts = [f"Cuts fixed on {found['sets']['fit']} English US sets, read on the other {found['sets']['test']}."]  # type: ignore[index]
    parts += ["Pairs of questions on one topic", _table(found["pairs"])]  # type: ignore[arg-type]
    parts += ["A draft against a memory that holds one question a set", _table(found["memory"])]  # type: ignore[arg-type]
    for country, table in found["other countries"].items():  # type: ignore[attr-defined]
        parts += [f"Pairs, {country} in English, US cuts", _table(table)]
    parts += ["One frame over two topics: share taken for a duplicate", json.dumps(found["swaps"], indent=1)]
    return "\n\n".join(parts)


def _table(table: dict[str, Figures]) -> str:
    lines = ["| rule | cut | precision | recall | F1 |", "|---|---|---|---|---|"]
    for name, row in table.items():
        precision = f"{row['precision']:.3f} ({row['hit']:.0f}/{row['flagged']:.0f})"
        recall = f"{row['recall']:.3f} ({row['hit']:.0f}/{row['present']:.0f})"
        lines.append(f"| {name} | {row['cut']:.2f} | {precision} | {recall} | {row['f1']:.3f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.duplicates", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of ValueConsistency's JSONL files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="a folder for duplicates.json and duplicates.md")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    given = parser.parse_args(arguments)
    from cruxbank.encoder import load_encoder

    found = study(given.data, load_encoder(), given.seed)
    text = json.dumps(found, indent=1, sort_keys=True)
    print(text if given.json else markdown(found))
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "duplicates.json").write_text(text + "\n", encoding="utf-8")
        (given.out / "duplicates.md").write_text(markdown(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
