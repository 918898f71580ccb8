"""How the exported items' runs were configured: models with their parts, budgets, rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import yaml

from cruxbank.config.loading import settings_from
from cruxbank.config.settings import LOCAL, ModelSettings, Settings
from cruxbank.errors import ConfigError
from cruxbank.exports.card import ModelFacts, RunFacts
from cruxbank.exports.card_tally import Tally
from cruxbank.measures import Counts
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.holdings import run_cost
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Run


def configurations(settings: Settings, runs: Sequence[Run]) -> dict[str, Settings]:
    """Run id -> its own settings, from its folder; those of today where the folder is gone or cannot be read."""
    return {run.id: _configured(settings, run.id) for run in runs}


def _configured(settings: Settings, run: str) -> Settings:
    file = BankFolder(settings.bank).path / "runs" / run / "config.yaml"
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
        return settings_from(found) if isinstance(found, Mapping) else settings
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ConfigError):
        return settings


def run_facts(record: Record, tally: Tally, runs: Sequence[Run], configs: Mapping[str, Settings]) -> list[RunFacts]:
    """One a run, in their order."""
    return [_run(record, tally, run, configs[run.id]) for run in runs]


def _run(record: Record, tally: Tally, run: Run, config: Settings) -> RunFacts:
    cost = run_cost(record.database, run.id)
    budget = config.budget.model_dump(exclude_none=True)
    return RunFacts(
        id=run.id,
        kind=run.kind,
        seed=run.seed,
        config_hash=run.config_hash,
        state=run.state,
        budget=tuple(
            (name, f"{value:g}" if isinstance(value, float) else str(value)) for name, value in budget.items()
        ),
        policy=config.topics.policy,
        objective=config.objective,
        started=run.started_at,
        ended=run.finished_at,
        items=tally.words["run"][run.id],
        calls=cost.calls,
        tokens=cost.tokens,
        usd=cost.usd,
    )


def model_facts(tally: Tally, configs: Sequence[Settings]) -> list[ModelFacts]:
    """Every model that had a part in the items, the panels' first; a model that no configuration names keeps its id."""
    parts, specs = _named(configs)
    asked, again = tally.asked.by_model(), tally.confirmed.by_model()
    return [
        _model(name, parts.get(name, ()), specs.get(name), asked.get(name), again.get(name))
        for name in dict.fromkeys((*parts, *asked, *again))
    ]


def _named(configs: Sequence[Settings]) -> tuple[dict[str, tuple[str, ...]], dict[str, ModelSettings]]:
    """All that each model was, and how the last configuration describes it."""
    parts: dict[str, dict[str, None]] = {}
    specs: dict[str, ModelSettings] = {}
    for config in configs:
        specs |= {model.id: model for model in config.models}
        for part, names in _parts(config):
            for name in names:
                parts.setdefault(name, {})[part] = None
    return {name: tuple(found) for name, found in parts.items()}, specs


def _parts(config: Settings) -> list[tuple[str, Sequence[str]]]:
    agents = config.agents
    wrote = (("generator", agents.generator), ("critic", agents.critic), ("translator", config.translator or LOCAL))
    return [
        ("scoring", config.panels.scoring),
        ("pilot", config.panels.pilot),
        ("holdout", config.panels.holdout),
        ("judge", config.judges),
        *((part, (name,)) for part, name in wrote if name != LOCAL),
    ]


def _model(
    name: str, parts: Sequence[str], spec: ModelSettings | None, asked: Counts | None, again: Counts | None
) -> ModelFacts:
    """No address: it may name a machine of the user's."""
    if spec is None:
        return ModelFacts(id=name, counts=asked, confirmed=again)
    return ModelFacts(
        id=name,
        model=spec.model,
        family=spec.family,
        parts=tuple(parts),
        params=json.dumps(spec.params, sort_keys=True, ensure_ascii=False) if spec.params else "",
        simulated=spec.simulated,
        counts=asked,
        confirmed=again,
    )


def rules(config: Settings) -> tuple[tuple[str, str], ...]:
    """What a configuration asks of an operational item."""
    grow = config.grow
    return (
        ("wordings that may choose an item", str(grow.wordings)),
        ("fresh wordings that only confirm", str(grow.all_wordings - grow.wordings)),
        ("responses of a model in the pilot", str(grow.pilot_responses)),
        ("responses of a model at the most", str(grow.scoring_responses)),
        ("lower bound of the separation", f"at least {grow.min_separation:g} bits"),
        ("local false discovery rate", f"at most {grow.fdr:g}"),
        ("share of unscored responses that stops a run", f"{config.limits.max_unscored:g}"),
    )
