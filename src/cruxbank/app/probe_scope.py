"""What `crux probe` was asked for, checked, and the settings with nobody to call but target, prober, judge and critic."""

from __future__ import annotations

import difflib
import hashlib

from cruxbank.agents.moves import MoveBook
from cruxbank.app.checks import check_priced
from cruxbank.app.runs import UNSCORED, Chosen, identify, values_digest
from cruxbank.config.loading import config_hash
from cruxbank.config.settings import LOCAL, ModelSettings, Panels, Settings
from cruxbank.errors import ConfigError, InputError
from cruxbank.frozen import Frozen
from cruxbank.graphs.outcome import Spent, spent_in
from cruxbank.graphs.probe_plan import Wish
from cruxbank.graphs.round_nodes import budgets_left
from cruxbank.graphs.stages import TOKENS_PER_CALL, dearest_call
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Run
from cruxbank.values.systems import ValueSystem

DONE = "every session ended"
LEFT = "left; the same command goes on"


class ProbeRequest(Frozen):
    """The arguments of one `crux probe`. None: as crux.yaml says."""

    targets: tuple[str, ...]
    compare: bool = False
    """The first target's asks are repeated for the others; otherwise each target has sessions of its own."""
    turns: int | None = None
    sessions: int | None = None
    values: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    interactive: bool = False

    @property
    def wish(self) -> Wish:
        """What the sessions shall be about."""
        return Wish(values=self.values, topics=self.topics)


def with_targets(settings: Settings, request: ProbeRequest) -> Settings:
    """The settings with every target among the models. A name `sim-...` that crux.yaml lacks is a model of its simulator.

    Raises:
        InputError: no target, one twice, or one that is unknown.
    """
    targets, known = request.targets, [model.id for model in settings.models]
    if not targets:
        raise InputError("--target: names no model", hint="name a model of crux.yaml")
    if len(set(targets)) < len(targets) or (request.compare and len(targets) < 2):
        flag = "--compare" if request.compare else "--target"
        raise InputError(f"{flag}: {', '.join(targets)}", hint="name different models, for --compare two or more")
    worlds = [model.base_url for model in settings.models if model.base_url.startswith("sim://")]
    added = []
    for target in targets:
        if target in known:
            continue
        if not (worlds and _simulated(target)):
            near = difflib.get_close_matches(target, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else "add it to models in crux.yaml"
            raise InputError(f"--target: unknown model '{target}'", hint=hint)
        added.append(ModelSettings(id=target, base_url=worlds[0], family="target"))
    return settings.model_copy(update={"models": (*settings.models, *added)})


def _simulated(target: str) -> bool:
    """Whether the simulator has a model of this name that answers questions: its judges do not."""
    from cruxbank.simulator.roles import can_play
    from cruxbank.simulator.roster import known

    return known(target) and can_play(target, "respondent")


def probing(settings: Settings, request: ProbeRequest) -> Settings:
    """The settings of a probing run: the targets are the panel, the prober writes, and the request wins over `probe`."""
    given = {"turns": request.turns, "sessions": request.sessions}
    probe = settings.probe.model_copy(update={name: value for name, value in given.items() if value is not None})
    agents = settings.agents.model_copy(update={"generator": probe.prober, "translator": None})
    return settings.model_copy(
        update={
            "probe": probe,
            "agents": agents,
            "panels": Panels(pilot=(), scoring=request.targets, holdout=()),
            "languages": settings.languages[:1],
            "kinds": ("question", "dilemma"),
        }
    )


def check_values(request: ProbeRequest, system: ValueSystem) -> None:
    """--values names dimensions of the value system.

    Raises:
        InputError: one that it does not have.
    """
    for name in request.values:
        if name not in system.ids:
            near = difflib.get_close_matches(name, system.ids, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"one of {', '.join(system.ids)}"
            raise InputError(f"--values: '{name}' is no dimension of {system.id}", hint=hint)


def calls_per_turn(settings: Settings) -> int:
    """Most calls of one turn without repairs: the answer, its readings, and two where a model words the move (its text
    and the critic's look at it)."""
    return 1 + len(settings.first_judges) + (0 if settings.probe.prober == LOCAL else 2)


def check_pays(settings: Settings, resumed: bool) -> None:
    """The budget pays for a session, and a dollar budget can end the run.

    Raises:
        ConfigError: names the budget, what a session may need and the way out.
    """
    if settings.budget.usd is not None:
        check_priced(settings)
    calls = settings.probe.turns * calls_per_turn(settings)
    need = {"calls": calls, "tokens": calls * TOKENS_PER_CALL, "usd": calls * dearest_call(settings)}
    for name, sessions in left(settings, Spent(), calls).items():
        if sessions < 1 and not resumed:
            given = getattr(settings.budget, name)
            message = f"budget.{name}: {given} does not pay for a session of {settings.probe.turns} turns"
            raise ConfigError(f"{message}, which may need {need[name]:.6g}", hint="raise the budget, or lower --turns")


def left(settings: Settings, spent: Spent, calls: int) -> dict[str, int]:
    """How often each budget still pays for so many calls."""
    budget = settings.budget.model_copy(update={"items": None})  # that one counts what `grow` makes
    return budgets_left(budget, spent, 0, calls, dearest_call(settings))


def probe_hash(settings: Settings, request: ProbeRequest, book: MoveBook) -> str:
    """Hash of everything that changes what is put to a target. The number of sessions is an end like a budget: not in it."""
    moves = "\n".join(f"{m.name} {m.ref.version} {m.ref.sha256}" for m in book.moves)
    text = f"{request.model_dump_json(exclude={'sessions'})}\n{_plain(settings)}\n{moves}"
    return config_hash(settings, f"probe {hashlib.sha256(text.encode()).hexdigest()}", values_digest(settings))


def _plain(settings: Settings) -> str:
    return settings.probe.model_dump_json(exclude={"sessions", "moves"})


def choose_probe(settings: Settings, digest: str, record: Record) -> Chosen:
    """The last probing run with this configuration if it goes on, whatever was probed since; else the next run."""
    runs = record.runs()
    last = next((run for run in reversed(runs) if run.kind == "probe" and run.config_hash == digest), None)
    if last is not None and _goes_on(last, settings, record):
        return Chosen(identify(settings, last.seq, digest), True, digest)
    return Chosen(identify(settings, len(runs) + 1, digest), False, digest)


def _goes_on(run: Run, settings: Settings, record: Record) -> bool:
    if run.state in ("running", LEFT) or run.state.startswith(UNSCORED):
        return True
    sessions = record.sessions(run.id)
    missing = len(settings.panels.scoring) * settings.probe.sessions - len(sessions)
    short = [session for session in sessions if session.ended.startswith("budget")]
    pays = min(left(settings, spent_by(record, run.id), calls_per_turn(settings)).values(), default=1) > 0
    return pays and bool(missing > 0 or short)


def spent_by(record: Record, run: str, but: str = "") -> Spent:
    """What a run's sessions have spent; `but` leaves one of them out."""
    ids = [session.id for session in record.sessions(run) if session.id != but]
    return spent_in(costs for key in ids for costs in record.turn_costs(key))
