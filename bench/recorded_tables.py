"""The bench's Markdown and JSON rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cruxbank.bench.recorded_protocol import CEILING, OURS
from cruxbank.bench.recorded_study import Gain, Study

HEAD = """Recorded answers of real models. In each split a random half of the models chooses k items from a random half
of the items (the pool); the other half of the models is judged against its answers to the other half of the items (the
reference). Mean over splits of two rank correlations with the reference: **distances** between models (mean squared
difference of mean ratings) / **value scores** (ratings minus the model's own mean, times the items' published loadings;
mean over the dimensions). Scorer `weighted`: the chosen items' answers and weights alone. Scorer `imputed`: unasked
items predicted from the choosing models' answers; every rule gets the same. `all`: the whole pool is asked.

`design` is ours; the others are the known rules. Gains are paired over splits, against the best known rule *of that
column*, which is usually not the same rule for the two figures; [95 % intervals] by a jackknife that leaves out one
model at a time from the choosing or the scored half, less the noise of finitely many splits (Student's t, models - 1
degrees). "weighted, ours imputed": our rule with the imputing scorer against the best known rule with the plain one:
choice and scorer together. Separation: between-model variance in units of the items' mean variance, without noise where
there are several wordings."""

FORMAT = """Any response matrix: `--matrix FILE` with the columns `model, item, rating` and, where there are several,
`wording` (or `version`); one row an answer, an empty rating is a missing answer. `--loadings FILE`: `item` and one column
for each dimension. Both may end in `.gz`. Nothing has to be set for a new matrix."""

NOTES = {
    "political_compass": "4 models choose and 4 are scored (6 distances), 31 items in the pool, no loadings.",
    "moralchoice_5": "2 models choose, 3 are scored: 3 distances. Too few for any rule to learn from; shown as it is.",
    "moralchoice_27_censored": "Only strong preferences are recorded: an empty cell is coded .5, models with fewer than "
    "25 % strong ones are left out. Loadings: which rule each action breaks.",
}


def markdown(studies: Sequence[Study], notes: Sequence[str] = ()) -> str:
    """Everything for docs/benchmarks.md."""
    parts = [HEAD, *notes]
    for study in studies:
        parts += [_title(study), _table(study, ""), _table(study, ".imputed"), _gains(study), _kept(study)]
    return "\n\n".join([*parts, FORMAT])


def rows(studies: Sequence[Study]) -> list[dict[str, Any]]:
    """For docs/benchmarks/recorded.json; what could not be computed is null."""
    return [_clean(asdict(study)) for study in studies]


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(one) for one in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def _title(study: Study) -> str:
    models, items, wordings = study.shape
    text = f"### {study.name}: {models} models x {items} items x {wordings} wordings, {study.plan.splits} splits"
    note = NOTES.get(study.name)
    return f"{text} (seed {study.plan.seed})" + (f"\n\n{note}" if note else "")


def _rules(study: Study) -> list[str]:
    seen = {key.split("/")[0]: None for key in study.means}
    return [rule for rule in seen if rule not in (OURS, CEILING)] + [OURS]


def _table(study: Study, scorer: str) -> str:
    name = "imputed" if scorer else "weighted"
    head = " | ".join(f"k = {k}" for k in study.plan.sizes)
    lines = [f"| scorer {name}: distances / value scores | {head} |", "|---" * (len(study.plan.sizes) + 1) + "|"]
    for rule in _rules(study):
        cells = [_pair(study.means[f"{rule}/{k}"], scorer) for k in study.plan.sizes]
        lines.append(f"| {_name(rule)} | {' | '.join(cells)} |")
    ceiling = _pair(study.means[f"{CEILING}/{study.plan.sizes[-1]}"], scorer)
    lines.append(f"| all items of the pool | {' | '.join([ceiling] * len(study.plan.sizes))} |")
    return "\n".join(lines)


def _pair(figures: dict[str, float], scorer: str) -> str:
    return f"{_three(figures['distance' + scorer])} / {_three(figures['value' + scorer])}"


def _three(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.3f}".replace("0.", ".", 1)


def _name(rule: str) -> str:
    return f"**{rule} (ours)**" if rule == OURS else rule


def _gains(study: Study) -> str:
    lines = ["| ours over the front | " + " | ".join(f"k = {k}" for k in study.plan.sizes) + " |"]
    lines.append("|---" * (len(study.plan.sizes) + 1) + "|")
    by = {(gain.metric, gain.k): gain for gain in study.front}
    names = {"distance": "distances, weighted", "value": "value scores, weighted"}
    imputed = {f"{key}.imputed": text.replace("weighted", "imputed") for key, text in names.items()}
    names |= imputed | {f"{key}.whole": f"{text}, ours imputed" for key, text in names.items()}
    for metric, text in names.items():
        cells = [_gain(by.get((metric, k))) for k in study.plan.sizes]
        lines.append(f"| {text} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _gain(gain: Gain | None) -> str:
    if gain is None:
        return "–"
    interval = "" if gain.low is None or gain.high is None else f" [{gain.low:+.3f}, {gain.high:+.3f}]"
    return f"{gain.gain:+.3f}{interval} ({gain.rival})"


def _kept(study: Study) -> str:
    lines = ["| separation of the chosen: in-sample -> out-of-panel (kept) | " + _heads(study) + " |"]
    lines.append("|---" * (len(study.plan.sizes) + 1) + "|")
    for rule in _rules(study):
        cells = []
        for k in study.plan.sizes:
            inside, outside = (study.means[f"{rule}/{k}"][name] for name in ("inside", "outside"))
            kept = f" ({100 * outside / inside:.0f} %)" if inside > 0.01 else ""
            cells.append(f"{_three(inside)} -> {_three(outside)}{kept}")
        lines.append(f"| {_name(rule)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _heads(study: Study) -> str:
    return " | ".join(f"k = {k}" for k in study.plan.sizes)
