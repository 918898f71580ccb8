"""`crux doctor`: everything a run needs, looked at one after another. Nothing is written into the bank."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cruxbank.app import doctor_models, doctor_store
from cruxbank.app.check import Check, Scrubber, failed
from cruxbank.app.estimate import estimate_run
from cruxbank.app.judge_identity import judge_name
from cruxbank.app.judges import reading_order
from cruxbank.app.topics import configured_topics
from cruxbank.config.families import shared_families
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.display import local_reading
from cruxbank.encoder import DEFAULT_ENCODER
from cruxbank.errors import CruxbankError
from cruxbank.graphs.stages import worst_case
from cruxbank.recogniser.readers import reader_name
from cruxbank.values.systems import digest, load_system

PACKAGES = (
    "cruxbank chromadb langchain-openai langgraph numpy openai pydantic scipy sentence-transformers sqlalchemy torch typer"
).split()


def examine(config: Path, env: Mapping[str, str], *, calls: bool = True) -> Iterator[Check]:
    """All checks in order, each as soon as it is known; without `calls` no model is asked.

    No finding holds a key, a password or the path of a home folder.
    """
    try:
        settings = load_settings(config)
    except CruxbankError as error:
        clean = Scrubber((), env)
        yield clean.check(failed("configuration", error))
        yield clean.check(doctor_store.encoder(DEFAULT_ENCODER)[0])
        yield clean.check(versions())
        return
    clean = Scrubber([m.api_key_env for m in settings.models if m.api_key_env], env)
    for check in _all(config, settings, env, calls):
        yield clean.check(check)


def _all(config: Path, settings: Settings, env: Mapping[str, str], calls: bool) -> Iterator[Check]:
    yield _configuration(config, settings)
    yield from holdout(settings)
    yield _values(settings)
    yield judge(settings)
    yield _topics(settings)
    yield from doctor_models.keys(settings, env)
    yield from doctor_models.endpoints(settings)
    if calls:
        yield from doctor_models.calls(settings, env)
    else:
        yield Check(name="calls", state="skipped", seen="no model was asked", fix="crux doctor --calls asks each one")
    check, identity = doctor_store.encoder(settings.memory.encoder)
    yield check
    if identity is not None and settings.languages != ("en",):
        yield doctor_store.languages(settings)
    yield from doctor_store.store(settings, identity)
    yield doctor_store.disk(settings)
    yield from doctor_store.servers(settings)
    yield versions()
    yield price(settings)


def _configuration(config: Path, settings: Settings) -> Check:
    panels, agents = settings.panels, settings.agents
    facts = {
        "models": len(settings.models),
        "panels": {"pilot": len(panels.pilot), "scoring": len(panels.scoring), "holdout": len(panels.holdout)},
        "agents": {r: LOCAL if getattr(agents, r) == LOCAL else "model" for r in ("generator", "critic", "judge")},
        "simulated": settings.simulated,
    }
    seen = (
        f"{config.name}: {len(settings.models)} models; pilot {len(panels.pilot)}, scoring {len(panels.scoring)}, "
        f"holdout {len(panels.holdout)}; generator {agents.generator}, critic {agents.critic}, judge {agents.judge}"
    )
    if agents.judge == LOCAL and not settings.simulated:
        fix = "set agents.judge to a model: figures of the local judge on real answers are not for publication"
        return Check(name="configuration", state="warning", seen=f"{seen}, weak on real answers", fix=fix, facts=facts)
    return Check(name="configuration", state="ok", seen=seen, facts=facts)


def holdout(settings: Settings) -> Iterator[Check]:
    """A warning where nothing will show what the items keep on models that had no say in their choice."""
    if not settings.panels.holdout:
        seen = "panels.holdout is empty: whether the items tell other families of models apart will not be measured"
        fix = "name models of families that are not in panels.scoring"
        yield Check(name="holdout", state="warning", seen=seen, fix=fix)


def _values(settings: Settings) -> Check:
    try:
        system = load_system(settings.values)
    except CruxbankError as error:
        return failed("value system", error)
    seen = f"{system.id}: {len(system.dimensions)} dimensions"
    if LOCAL in settings.readers:
        seen = f"{seen}, {local_reading(judge_name(settings, system), reader_name(system))}"
    return Check(name="value system", state="ok", seen=seen, facts={"digest": digest(system)})


def judge(settings: Settings) -> Check:
    """Who reads the answers, and what makes the readers less than independent of each other and of the panel."""
    doubts = shared_families(settings)
    facts = {"judges": len(settings.judges), "signed": settings.signed, "doubts": len(doubts)}
    seen = reading_order(settings)
    if doubts:
        fix = "name judges of families that nobody else here has; docs/judges.md says how to test for self-preference"
        return Check(name="judge", state="warning", seen=f"{seen}; {'; '.join(doubts)}", fix=fix, facts=facts)
    return Check(name="judge", state="ok", seen=seen, facts=facts)


def _topics(settings: Settings) -> Check:
    try:
        found = configured_topics(settings)
    except CruxbankError as error:
        return failed("topics", error)
    where = settings.topics.file.name if settings.topics.file else "the seed topics of the package"
    domains = len({topic.domain for topic in found})
    seen = f"{where}: {len(found)} topics in {domains} domains"
    return Check(name="topics", state="ok", seen=seen, facts={"topics": len(found), "domains": domains})


def versions() -> Check:
    """Python, system and packages: what an issue needs."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    machine = f"{platform.system()} {platform.machine()}"
    facts = {"python": platform.python_version(), "system": machine, "sqlite": sqlite3.sqlite_version, **found}
    seen = ", ".join(f"{name} {number}" for name, number in facts.items())
    missing = [name for name, number in found.items() if number == "not installed"]
    if missing or sys.version_info < (3, 11):
        fix = f"install {', '.join(missing)}" if missing else "use Python 3.11 or newer"
        return Check(name="versions", state="failed", seen=seen, fix=fix, facts=facts)
    return Check(name="versions", state="ok", seen=seen, facts=facts)


def price(settings: Settings) -> Check:
    """What the configured run may cost, with its assumptions."""
    figures = dict(estimate_run(settings))
    seen = (
        f"at most {figures['calls']} calls, about {figures['tokens']} tokens, ${figures['usd']:.2f} "
        f"(${figures['worst_usd']:.2f} if every answer is as long as it may be); {figures['assumption']}"
    )
    need, have = worst_case(settings), settings.budget.calls
    if have is not None and have < need:
        fix = f"raise budget.calls to {need} or more, or lower grow.scoring_responses"
        return Check(name="price", state="failed", seen=f"budget.calls {have} pays for no slot", fix=fix, facts=figures)
    if figures["unpriced"]:
        seen = f"{seen}; {len(figures['unpriced'])} models have no price and count as free"
        if settings.budget.usd is not None:
            fix = f"set models.{figures['unpriced'][0]}.price: budget.usd cannot stop what costs nothing"
            return Check(name="price", state="warning", seen=seen, fix=fix, facts=figures)
    return Check(name="price", state="ok", seen=seen, facts=figures)
