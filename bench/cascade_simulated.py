"""The cascade on simulated answers, against the verdicts of the model behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np

from cruxbank.agents.cascade import expected_wrong
from cruxbank.agents.llm_judge import LlmJudge
from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.local_judge import LocalJudge
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.agents.roles import Brief
from cruxbank.bench.attacks_judges import client
from cruxbank.bench.cascade_scores import Flags, Floats, at_random, interval, mean_alpha, nearest, resampled_share
from cruxbank.encoder import load_encoder
from cruxbank.items import Outcome, Response, Verdict
from cruxbank.recogniser import Recogniser, shipped_head
from cruxbank.science.seeds import rng
from cruxbank.topics.reader import seed_topics
from cruxbank.values.systems import ValueSystem, load_system

PANEL = tuple(f"sim-{family}-{k}" for family in ("aster", "birch", "cedar", "dahlia", "elm", "fern") for k in (1, 2))
WORDINGS = 2


async def on_simulated_answers(thresholds: Sequence[float], items: int, seed: int, model: str) -> dict[str, Any]:
    """A row a threshold; answers that either judge could not read are left out and counted."""
    system = load_system("schwartz-10")
    responses = [r for r in await _answers(items, seed, system) if r.state == "answered"]
    judge = LlmJudge(client(model, seed), seed)
    found = (await judge.read(responses, system)).verdicts
    local = LocalJudge(Recogniser(load_encoder(), shipped_head()), system)
    alone = (await local.read(responses, system)).verdicts
    both = [k for k in range(len(responses)) if found[k].state == alone[k].state == "scored"]
    truth = present([found[k] for k in both], system)
    start = present([alone[k] for k in both], system)
    weights, cuts = (await local.probabilities([responses[k] for k in both], system)), local.cuts(system)
    wrong = np.array([expected_wrong(row, cuts) for row in weights])
    distance = np.abs(weights - cuts).min(axis=1)
    rows = [
        _row(threshold, wrong >= threshold, distance, start, truth, rng(seed, place, "cascade"))
        for place, threshold in enumerate(thresholds)
    ]
    left_out = len(responses) - len(both)
    return {"items": items, "responses": len(both), "unread": left_out, "seed": seed, "model": model, "rows": rows}


def present(verdicts: Sequence[Verdict], system: ValueSystem) -> Flags:
    """(n, D) whether each dimension was seen."""
    return np.array([[v.outcomes[d] is not Outcome.ABSENT for d in system.ids] for v in verdicts])


def _row(
    threshold: float, sent: Flags, distance: Floats, local: Flags, truth: Flags, draw: np.random.Generator
) -> dict[str, Any]:
    found, share = np.where(sent[:, None], truth, local), float(sent.mean())
    near, equal = nearest(local, truth, share, distance), (found == truth).mean(axis=1)
    return {
        "threshold": f"{threshold:g}",
        "sent": f"{share:.1%}",
        "calls saved": f"{1 - share:.1%}",
        "equal verdicts": f"{equal.mean():.3f}",
        "95 %": interval(resampled_share(equal, draw)),
        "alpha": f"{mean_alpha(found, truth):.3f}",
        "nearest to a cut: alpha": f"{mean_alpha(near, truth):.3f}",
        "at random: alpha": f"{mean_alpha(at_random(local, truth, share, draw), truth):.3f}",
    }


async def _answers(items: int, seed: int, system: ValueSystem) -> list[Response]:
    """What the simulated panel says to local questions on the seed topics."""
    topics = seed_topics()
    chosen = rng(seed, 0, "topics of the cascade bench").choice(len(topics), size=items, replace=False)
    panel = [LlmRespondent(client(model, seed)) for model in PANEL]
    found: list[Response] = []
    for slot, place in enumerate(chosen):
        brief = Brief(topic=topics[place], system=system, wordings=6, seed=seed, run="bench", slot=slot)
        draft = (await LocalGenerator().write(brief)).draft
        if draft is None:
            continue
        given = await asyncio.gather(
            *(p.answer(draft.id, draft.wordings[w], w) for p in panel for w in range(WORDINGS))
        )
        found += [one.response for one in given]
    return found
