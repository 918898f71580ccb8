"""A calibration in words and tables: what the terminal, the Markdown file and the benchmark page show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cruxbank.accuracy import Accuracy, Calibration, Cut, DimensionAccuracy, Rate

HEAD = ("dimension", "side", "sensitivity", "specificity", "with it", "without", "sens. + spec. - 1")
COIN = "not better than a coin"
SURE = 0.05


def as_markdown(found: Calibration) -> str:
    """The whole report."""
    parts = [f"# Calibration of `{found.judge.judge}`", *about(found), table(HEAD, accuracy_rows(found))]
    parts += _section("Probabilities", probabilities(found))
    parts += _section("Cuts", cuts(found))
    parts += _section("Families of the answering models", families(found))
    parts += _section("Readings by label", confusions(found))
    return "\n\n".join(parts) + "\n"


def _section(name: str, text: str) -> list[str]:
    return [f"## {name}", text] if text else []


def about(found: Calibration) -> list[str]:
    """What was read, with its denominators."""
    judge = found.judge
    failed = ", ".join(f"{reason} {n}" for reason, n in found.unscored.items())
    unscored = sum(found.unscored.values())
    lines = [
        f"{found.texts} labelled texts in {found.groups} groups: {found.scored} read, {found.refused} refused, "
        f"{unscored} unscored{f' ({failed})' if failed else ''}. Value system {judge.value_system}; labels "
        f"`{found.labels_digest[:16]}`; calibration `{found.digest[:16]}`.",
        "Intervals are 95 % (Clopper-Pearson with the effective number of texts: texts of one group are alike).",
    ]
    if found.simulated:
        lines.append("**A simulated judge read: these figures say nothing about any real model.**")
    if not judge.signed:
        lines.append("The judge knows presence only: it does not tell for from against.")
    return lines


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells are plain text."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(_cell(c) for c in row)} |" for row in rows)])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")


def accuracy_rows(found: Calibration) -> list[tuple[str, ...]]:
    """A row for every dimension and side, as in HEAD."""
    return [(name, *row) for name, d in found.dimensions.items() for row in _sides(d)]


def _sides(d: DimensionAccuracy) -> list[tuple[str, ...]]:
    sides = (("present", d.present), ("supports", d.supports), ("opposes", d.opposes))
    return [(side, *_figures(a)) for side, a in sides if a is not None]


def _figures(a: Accuracy) -> tuple[str, ...]:
    better = a.sensitivity.est + a.specificity.est - 1
    known = a.sensitivity.n and a.specificity.n
    worth = "-" if not known else f"{better:.2f}" if better > 0 else COIN
    return rate(a.sensitivity), rate(a.specificity), str(a.sensitivity.n), str(a.specificity.n), worth


def rate(found: Rate) -> str:
    """`.85 (.80 to .89)`; a dash without texts."""
    return "-" if not found.n else f"{found.est:.2f} ({found.lo:.2f} to {found.hi:.2f})"


def probabilities(found: Calibration) -> str:
    """How far probabilities can be taken at their word; empty for a judge that gives none."""
    rows = [
        (
            name,
            f"{r.auc:.2f}" if r.auc is not None else "-",
            f"{r.ece:.3f}",
            f"{r.brier:.3f}",
            f"{r.brier_of_base_rate:.3f}",
        )
        for name, d in found.dimensions.items()
        if (r := d.reliability)
    ]
    return table(("dimension", "AUC", "calibration error", "Brier", "Brier of the base rate"), rows) if rows else ""


def cuts(found: Calibration) -> str:
    """Proposed thresholds; empty where there are none."""
    rows = [(name, *_cut(c)) for name, d in found.dimensions.items() for c in d.cuts]
    head = ("dimension", "rule", "cut", "sensitivity", "specificity")
    told = "Accuracies are cross-fitted: measured on groups that had no part in choosing the cut.\n\n"
    return told + table(head, rows) if rows else ""


def _cut(c: Cut) -> tuple[str, ...]:
    return c.rule, f"{c.cut:.3f}", rate(c.accuracy.sensitivity), rate(c.accuracy.specificity)


def families(found: Calibration) -> str:
    """Differential judge error; empty where labels name no families."""
    if not found.contrasts:
        return ""
    sure = [c for c in found.contrasts if c.adjusted < SURE]
    if sure:
        told = "**The judge errs differently on different families** (permutation test, Holm): " + "; ".join(
            f"{c.what} for {c.dimension} (p {c.adjusted:.3f})" for c in sure
        )
    else:
        told = (
            f"No difference between families at p < {SURE} (permutation test, Holm over {len(found.contrasts)} tests)."
        )
    rows = [
        (name, family, *_figures(a)[:4]) for name, d in found.dimensions.items() for family, a in d.by_family.items()
    ]
    tests = [
        (c.dimension, c.what, f"{c.chi2:.2f}", f"{c.p:.4f}", f"{c.adjusted:.4f}", str(c.families))
        for c in found.contrasts
    ]
    whole = table(("dimension", "family", *HEAD[2:6]), rows)
    return f"{told}\n\n{whole}\n\n" + table(("dimension", "what", "chi-square", "p", "Holm", "families"), tests)


def confusions(found: Calibration) -> str:
    """Labels against readings, both sides told; empty where only presence is known."""
    names = ("supports", "opposes", "mixed", "absent")
    rows = [
        (name, label, *map(str, row))
        for name, d in found.dimensions.items()
        for label, row in zip(names, d.confusion, strict=False)
        if sum(row)
    ]
    return table(("dimension", "label", *(f"read {n}" for n in names)), rows) if rows else ""
