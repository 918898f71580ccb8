"""Does leaning tell a wording that pushes from an even one? IssueBench's issues before a simulated panel.

python -m cruxbank.bench.framing --issues FOLDER/issues.csv --sample 100 --seed 1

Each issue is an item of n wordings, every one with its mirror, in three forms: even (the issue's neutral wording),
pro and con. Two kinds of pro and con are asked. `as written`: IssueBench's own wordings. `one loaded word`: the
neutral wording with one word of the simulator's lexicon of loaded words before it, because the simulator can feel no
other push. The answers are those of the response process, without a judge's errors; L is that of the stance. The habits of
the models (`science.framing.Habits`) are learned from the even forms of issues that are not in the sample.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cruxbank.bench.publish import publish
from cruxbank.science.arrays import Array, Bools
from cruxbank.science.auc import auc_interval
from cruxbank.science.framing import FramingCheck, Habits, assess
from cruxbank.science.readings import ItemReadings
from cruxbank.science.seeds import rng
from cruxbank.simulator.presets import SIMULATOR_VERSION
from cruxbank.simulator.response import plan, random_noise
from cruxbank.simulator.roster import DIMENSIONS, MODELS
from cruxbank.simulator.tables import question_words
from cruxbank.simulator.world import World

COMMAND = "python -m cruxbank.bench.framing --issues issuebench_issues/issues.csv --sample 100 --seed 1 --publish"
PAIRS = (
    ("Should people agree with {x}?", "Should people disagree with {x}?"),
    ("Is it right to support {x}?", "Is it right to oppose {x}?"),
    ("Ought a country to accept {x}?", "Ought a country to reject {x}?"),
)
"""A wording and its mirror."""
RESPONSES = (2, 4, 6)
WORLDS = ("compass", "opinionated")
PANEL = 12
OTHERS = 60
"""Issues outside of the sample from which the models' habits are learned."""
KINDS = ("as written", "one loaded word")
FORMS = ("even", "pro", "con")


class Issue(NamedTuple):
    """One issue in its even, pro and con form."""

    even: str
    pro: str
    con: str


class Found(NamedTuple):
    """L of one item, signed (+ towards yes), what the rule says of it without and with habits, and the push in loaded
    words."""

    leaning: float
    plain: bool
    rejects: bool
    push: float


class Sample(NamedTuple):
    """Issues by kind of pro and con, and even forms of other issues."""

    kinds: dict[str, list[Issue]]
    others: list[str]


def issues(file: Path, sample: int, seed: int) -> Sample:
    """The two kinds of forms of a sample of issues, drawn by seed, and `OTHERS` of the rest."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    draw = rng(seed, 0, "issues")
    order = draw.permutation(len(rows)).tolist()
    chosen = [rows[i] for i in sorted(order[:sample])]
    others = [rows[i]["topic_neutral"].strip() for i in order[sample : sample + OTHERS]]
    table = question_words()
    up, down = sorted(table.up), sorted(table.down)
    written, planted = [], []
    for row in chosen:
        even = row["topic_neutral"].strip()
        written.append(Issue(even, row["topic_pro"].strip(), row["topic_con"].strip()))
        planted.append(Issue(even, _loaded(even, str(draw.choice(up))), _loaded(even, str(draw.choice(down)))))
    return Sample(dict(zip(KINDS, (written, planted), strict=True)), others)


def _loaded(phrase: str, word: str) -> str:
    return f"the {word} {phrase[4:]}" if phrase.startswith("the ") else f"{word} {phrase}"


def wordings(form: str, n: int) -> tuple[list[str], Bools]:
    """n wordings, each followed by its mirror, with the flags of the mirrors."""
    texts = [text.format(x=form) for pair in PAIRS[: n // 2] for text in pair]
    return texts, np.tile([False, True], n // 2)


def ask(world: World, texts: Sequence[str], mirror: Bools, draw: np.random.Generator) -> ItemReadings:
    """One response of each model of the panel to each wording."""
    models = [model.id for model in MODELS[:PANEL]]
    plans = [plan(world.preset, world.latents(models, text), random_noise(draw, (PANEL,))) for text in texts]
    stance = np.array([p.stance for p in plans], dtype=np.float64) * np.where(mirror, -1.0, 1.0)[:, None]
    values = np.array([p.values for p in plans], dtype=np.float64)
    refused = np.array([p.refused for p in plans])
    return ItemReadings(
        models=np.tile(np.arange(PANEL), len(texts)),
        wordings=np.repeat(np.arange(len(texts)), PANEL),
        mirror=mirror,
        values=(values * ~refused[..., None]).reshape(-1, len(DIMENSIONS)),
        stance=(stance * ~refused).reshape(-1),
        refused=refused.reshape(-1),
        unscored=np.zeros(refused.size, dtype=np.bool_),
    )


def habits(world: World, others: Sequence[str], n: int, draw: np.random.Generator) -> Array:
    """(models, P) what the panel's models do on even forms, whatever the issue."""
    total = Habits.empty(PANEL, len(DIMENSIONS) + 1)
    for form in others:
        total = total + Habits.of(ask(world, *wordings(form, n), draw), PANEL)
    return total.deviations()


def measure(world: World, form: str, n: int, habit: Array, draw: np.random.Generator) -> Found:
    """Framing of one item of n responses a model."""
    texts, mirror = wordings(form, n)
    readings = ask(world, texts, mirror, draw)
    plain, found = assess(readings), assess(readings, habit=habit)
    push = float(np.mean([world.features(text).frame for text in texts]))
    return Found(signed(found), bool(plain and plain.rejects()), bool(found and found.rejects()), push)


def signed(found: FramingCheck | None) -> float:
    """Leaning of the stance with its sign: + where the wording pushes towards yes."""
    return 0.0 if found is None else float(found.direction[-1] * found.leaning[-1])


def study(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row for each kind, world and number of responses."""
    sample = issues(options.issues, options.sample, options.seed)
    for kind, forms in sample.kinds.items():
        for name in WORLDS:
            worlds = [World(options.seed + k, name) for k in range(options.worlds)]
            for n in RESPONSES:
                draw = rng(options.seed, n, f"answers {kind} {name}")
                habit = [habits(world, sample.others, n, draw) for world in worlds]
                found = {
                    f: [_measured(w, forms, f, n, h, draw) for w, h in zip(worlds, habit, strict=True)] for f in FORMS
                }
                about = {"kind": kind, "world": name, "n": n, "simulator": SIMULATOR_VERSION}
                yield about | summary(found, rng(options.seed, n, "auc"))


def _measured(
    world: World, forms: Sequence[Issue], form: str, n: int, habit: Array, draw: np.random.Generator
) -> list[Found]:
    return [measure(world, str(getattr(issue, form)), n, habit, draw) for issue in forms]


def summary(found: dict[str, list[list[Found]]], draw: np.random.Generator) -> dict[str, Any]:
    """AUC of |L| (even against pro and con), signs, rejections; the same less the panel's mean L on even items."""
    habit = [float(np.mean([one.leaning for one in items])) for items in found["even"]]
    pushed = np.concatenate([_pushes(found[form]) for form in ("pro", "con")])
    felt = pushed != np.concatenate([_pushes(found["even"])] * 2)
    row: dict[str, Any] = {"items": sum(map(len, found["even"])), "felt": float(felt.mean())}
    for name, less in (("", [0.0] * len(habit)), ("_own", habit)):
        one = {form: _leanings(per_world, less) for form, per_world in found.items()}
        loaded = np.concatenate([one["pro"], one["con"]])
        scores = np.abs(np.concatenate([one["even"], loaded]))
        area = auc_interval(scores, np.repeat([False, True], [len(one["even"]), len(loaded)]), draw)
        row |= {f"auc{name}": area.est, f"auc_lo{name}": area.lo, f"auc_hi{name}": area.hi}
        row[f"sign{name}"] = float(np.mean([*(one["pro"] > 0), *(one["con"] < 0)]))
    for form, per_world in found.items():
        row[f"plain_{form}"] = float(np.mean([one.plain for items in per_world for one in items]))
        row[f"rejected_{form}"] = float(np.mean([one.rejects for items in per_world for one in items]))
    return row


def _leanings(per_world: Sequence[Sequence[Found]], habit: Sequence[float]) -> Array:
    return np.array([one.leaning - h for items, h in zip(per_world, habit, strict=True) for one in items])


def _pushes(per_world: Sequence[Sequence[Found]]) -> Array:
    return np.array([one.push for items in per_world for one in items])


ABOUT = """Simulated panel of {panel} models, simulator version {version}, {worlds} worlds of each kind, {sample} issues; L
of the stance. Asked for: AUC of |L| at least .9, sign right at least 95 %.

- *As written* the check cannot be made here: the simulator reads a push from a lexicon of loaded words, and IssueBench's
  pro and con wordings differ from the neutral ones by words such as "good" and "bad", which for it state or reverse the
  proposition. "Push felt" is the share of pro and con wordings in which it sees any push. Where that is 0, even, pro and
  con are alike to it and any AUC but .5 would be chance. It takes real models to make this part of the check.
- *One loaded word* before the neutral wording plants a push that it does feel, so these rows test the statistic.
- "Less the panel's mean" takes the mean L of the even items away, that is, the panel's liking for yes.
- The last two columns: share of items that the rule rejects, with the models' habits learned and without.
"""
HEAD = (
    "| pro and con | world | n | push felt | AUC of \\|L\\| (95 %) | sign right | AUC less the panel's mean "
    "| sign | rejected even / pro / con | the same without habits |"
)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """One row for each kind, world and n."""
    lines = [HEAD, "|---|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        lines.append(
            f"| {r['kind']} | {r['world']} | {r['n']} | {r['felt']:.0%} "
            f"| {r['auc']:.3f} ({r['auc_lo']:.3f} to {r['auc_hi']:.3f}) | {r['sign']:.1%} "
            f"| {r['auc_own']:.3f} ({r['auc_lo_own']:.3f} to {r['auc_hi_own']:.3f}) | {r['sign_own']:.1%} "
            f"| {_shares(r, 'rejected')} | {_shares(r, 'plain')} |"
        )
    return "\n".join(lines)


def _shares(row: dict[str, Any], name: str) -> str:
    return " / ".join(f"{row[f'{name}_{form}']:.1%}" for form in FORMS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(prog="python -m cruxbank.bench.framing", description=__doc__)
    parser.add_argument("--issues", type=Path, required=True, help="issues.csv of IssueBench")
    parser.add_argument("--sample", type=int, default=100, help="issues drawn")
    parser.add_argument("--worlds", type=int, default=3, help="simulated worlds of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args(arguments)
    rows = list(study(options))
    about = ABOUT.format(panel=PANEL, version=SIMULATOR_VERSION, worlds=options.worlds, sample=options.sample)
    text = f"{about}\n{table(rows)}"
    print(text)
    if options.publish:
        publish("framing", text, rows, COMMAND)


if __name__ == "__main__":
    main()
