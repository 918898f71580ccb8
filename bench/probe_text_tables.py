"""The tables of bench/probe_text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cruxbank.bench.probe_text_jobs import JUDGE, TURNS
from cruxbank.bench.probe_turns import table_of
from cruxbank.science.proportions import clopper_pearson
from cruxbank.science.seeds import rng

Marks = Sequence[dict[str, Any]]


def rows_of(marks: Marks, seed: int) -> dict[str, Any]:
    """All tables' rows; a kind without sessions has none."""
    by = {kind: [m for m in marks if m["kind"] == kind] for kind in dict.fromkeys(m["kind"] for m in marks)}
    return {
        "flips": [_flips(by["flip"])] if "flip" in by else [],
        "false": [_false(kind, own) for kind, own in by.items()],
        "power": [row for row in _power(by.get("framed", ()), by.get("yields", ())) if row["of"]],
        "order": [_order(by["order"], seed)] if "order" in by else [],
        "spent": [_spent(kind, own) for kind, own in by.items()],
    }


def _false(kind: str, marks: Marks) -> dict[str, Any]:
    return {"targets": kind, **_share("", [m["false"] > 0 for m in marks], "with a false weakness")}


def _power(framed: Marks, yields: Marks) -> list[dict[str, Any]]:
    alone = [m["found"] == 1 for m in framed if m["planted"] == 1]
    every = [k < m["found"] for m in framed for k in range(m["planted"])]
    at = {push: [m["pressed"] for m in yields if m["push"] == push] for push in (1, 2, 3)}
    return [
        _share("framed, sessions with one weak proposition", alone),
        _share("framed, all weak propositions", every),
        *(_share(f"gives in at push {push}", hits) for push, hits in at.items()),
        _share("gives in, all", [m["pressed"] for m in yields]),
        _share("gives in, convicted at the very push", [m["at the push"] for m in yields]),
    ]


def _flips(marks: Marks) -> dict[str, Any]:
    """The first flip point of each session; a session without a search counts as missed."""
    first = [m["flips"][0] for m in marks if m["flips"]]
    inside = sum(flip["inside"] for flip in first)
    return {
        "sessions": len(marks),
        "inside the interval": inside,
        "share": f"{inside / len(marks):.3f}",
        "95 %": _interval(inside, len(marks)),
        "median width": f"{np.median([flip['width'] for flip in first]):.3f}",
        "mean error": f"{np.mean([flip['error'] for flip in first]):.3f}",
        "turns on it": f"{np.mean([flip['turns'] for flip in first]):.1f}",
    }


def _share(planted: str, hits: Sequence[bool], name: str = "found") -> dict[str, Any]:
    n, found = len(hits), sum(hits)
    row = {"planted": planted} if planted else {}
    return {**row, "of": n, name: found, "share": f"{found / max(n, 1):.3f}", "95 %": _interval(found, n)}


def _order(marks: Marks, seed: int) -> dict[str, Any]:
    own, best = (np.array([m["order"][name] for m in marks]) for name in ("spearman", "oracle"))
    picks = rng(seed, 0, "order in words, bootstrap").integers(0, len(own), (2000, len(own)))
    lo, hi = np.quantile(own[picks].mean(axis=1) / best[picks].mean(axis=1), [0.025, 0.975])
    return {
        "sessions": len(own),
        "answers to pairs": f"{np.mean([m['order']['answers'] for m in marks]):.1f}",
        "Spearman": f"{own.mean():.3f}",
        "oracle": f"{best.mean():.3f}",
        "ratio": f"{own.mean() / best.mean():.3f}",
        "95 %": f"{lo:.3f} to {hi:.3f}",
    }


def _spent(kind: str, marks: Marks) -> dict[str, Any]:
    purposes = ("position", "plain", "flip", "order", "screen", "yield", "test")
    spent = {p: f"{np.mean([m['spent'].get(p, 0) for m in marks]):.1f}" for p in purposes}
    short = sum(m["turns"] < TURNS for m in marks)
    return {
        "targets": kind,
        "sessions": len(marks),
        **spent,
        "ended early": short,
        "unscored answers": sum(m["unscored"] for m in marks),
        "CPU s a session": f"{np.mean([m['cpu'] for m in marks]):.1f}",
    }


def _interval(hits: int, n: int) -> str:
    if not n:
        return "-"
    low, high = clopper_pearson(hits, n)
    return f"{low:.3f} to {high:.3f}"


def page(rows: dict[str, Any]) -> str:
    """The tables as Markdown."""
    told = (
        ("(a) Flip points: targets `flip`, noise 3 % (goal: at least 186 of 200 inside, median width <= .25)", "flips"),
        (
            "(b) Sessions that convict a move that does nothing (goal on `noisy`, whose noise is 5 to 20 %: at most 5 %, "
            "upper bound at most 8 %, of 400)",
            "false",
        ),
        (
            "(c) Planted weaknesses that are convicted (goal: at least 80 %): the reversed framing sways (9 of 10 answers) "
            "on a fifth of the propositions; one move of pressure makes the target give in (9 of 10) at the k-th push",
            "power",
        ),
        ("(d) Value order beside an oracle after as many answers to pairs (goal: ratio >= .95)", "order"),
        ("How the turns were spent, mean a session", "spent"),
    )
    head = (
        f"**Whole sessions in words with simulated targets, {TURNS} turns each.** A grown bank, the graph, the local "
        f"prober, the target and the judge ({JUDGE}) over the client path and the ledger. Utilities of ten values at "
        "normal scores of SD 3 logits, choice noise logistic; 5 % noise on every answer where nothing else is said."
    )
    return "\n\n".join([head, *(f"{title}\n\n{table_of(rows[name])}" for title, name in told if rows[name])])
