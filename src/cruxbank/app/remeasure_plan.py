"""What a re-measurement would ask and cost, and which run it belongs to, before it starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cruxbank.app.clients import to_spec
from cruxbank.app.estimate import SIZES
from cruxbank.app.looking import open_record
from cruxbank.app.one_judge import check_one_judge
from cruxbank.app.own_family import check_own_family
from cruxbank.app.remeasure_scope import Request, asking, check_request, completed, counting, scope_hash, scope_of
from cruxbank.app.runs import UNSCORED, Chosen, identify
from cruxbank.config.settings import Settings
from cruxbank.errors import ConfigError, InputError
from cruxbank.graphs.context import RunIdentity
from cruxbank.graphs.outcome import Spent, spent_in
from cruxbank.graphs.remeasure_work import Scope, Task, Work
from cruxbank.graphs.round_nodes import budgets_left
from cruxbank.graphs.stages import dearest_call
from cruxbank.memory.record import Record
from cruxbank.memory.rows import Run
from cruxbank.models.estimate import CostEstimate, estimate, total
from cruxbank.values.systems import ValueSystem, load_system


def check_readers(settings: Settings, request: Request, system: ValueSystem, record: Record) -> None:
    """The configured judge read the bank, and is of another family than the models that would count, or may be of theirs.

    Raises:
        BankMismatch: another judge read it.
        ConfigError: a judge or writer of a family that counts without a passed test.
    """
    check_one_judge(settings, system, record)
    check_own_family(counting(settings, scope_of(settings, request, record)), system, "the measured models'")


def plan_update(settings: Settings, request: Request) -> dict[str, Any]:
    """Items, calls and price of a re-measurement, for `--dry-run`: nothing is written, nobody is asked.

    Raises:
        CruxbankError: bad input, no bank, or nothing to measure.
    """
    request = completed(settings, request)
    check_request(settings, request)
    with open_record(settings) as record:
        check_readers(settings, request, load_system(settings.values), record)
        scope = scope_of(settings, request, record)
        chosen = choose_update(settings, scope, record)
        work = Work.of(record, counting(settings, scope), scope, chosen.identity.id, chosen.identity.seed)
        spent = spent_so_far(record, chosen.identity.id)
        check_work(settings, scope, work, chosen.resumed)
        calls = left(settings, scope, spent)
        return {
            "run": chosen.identity.id,
            "resumed": chosen.resumed,
            "bank": str(settings.bank),
            "measured": work.measured,
            "open": len(work),
            "for_all": sum(task.calls for task in work.granted(None)),
            "origin": "simulated" if _simulated(settings, scope) else "real",
            **_told(settings, scope, work.granted(calls), len(work.recounts())),
        }


def choose_update(settings: Settings, scope: Scope, record: Record) -> Chosen:
    """The last re-measurement with this configuration and scope if it goes on, else the next run."""
    digest = scope_hash(settings, scope)
    runs = record.runs()
    last = next((run for run in reversed(runs) if run.kind == "remeasure"), None)
    if last is not None and last.config_hash == digest and _goes_on(last, settings, scope, record):
        return Chosen(_identity(settings, scope, last.seq, digest), True, digest)
    return Chosen(_identity(settings, scope, len(runs) + 1, digest), False, digest)


def _identity(settings: Settings, scope: Scope, seq: int, digest: str) -> RunIdentity:
    """Simulated as soon as one model that is asked is, whoever is in the panels."""
    identity = identify(settings, seq, digest)
    return replace(identity, origin="simulated") if _simulated(settings, scope) else identity


def _simulated(settings: Settings, scope: Scope) -> bool:
    return settings.simulated or asking(settings, scope.asked).simulated


def _goes_on(run: Run, settings: Settings, scope: Scope, record: Record) -> bool:
    if run.state == "running" or run.state.startswith(UNSCORED):
        return True
    if not run.state.startswith("budget"):
        return False
    identity = identify(settings, run.seq, run.config_hash)
    work = Work.of(record, counting(settings, scope), scope, run.id, identity.seed)
    calls = left(settings, scope, spent_so_far(record, run.id))
    return work.least() > 0 and (calls is None or calls >= work.least())


def spent_so_far(record: Record, run: str) -> Spent:
    """What a run has spent by its committed batches."""
    return spent_in(update.payload for update in record.updates(run))


def price(settings: Settings, scope: Scope) -> float:
    """US dollars of the dearest call; 0 where nobody is asked."""
    return dearest_call(asking(settings, scope.asked)) if scope.asked else 0.0


def left(settings: Settings, scope: Scope, spent: Spent) -> int | None:
    """Calls that every budget still pays for; None without a budget of calls, tokens or money."""
    budget = settings.budget.model_copy(update={"items": None})
    return min(budgets_left(budget, spent, 0, 1, price(settings, scope)).values(), default=None)


def check_work(settings: Settings, scope: Scope, work: Work, resumed: bool) -> None:
    """There is something to do, and the budget pays for the first of it.

    Raises:
        InputError: nothing to measure.
        ConfigError: a budget below one item.
    """
    if resumed:
        return
    if not len(work) and scope.drafts:
        message = f"bank {settings.bank}: no draft waits to be measured"
        raise InputError(message, hint="crux bank import brings some, and an edit in crux bank review makes one")
    if not len(work):
        who = ", ".join(scope.asked) or "the models that are left"
        message = f"bank {settings.bank}: nothing to measure, {who} counted on all {work.measured} items already"
        raise InputError(message, hint="name other models, or grow more items with `crux grow`")
    calls, least = left(settings, scope, Spent()), work.least()
    if calls is not None and calls < least and not work.recounts():
        message = f"budget: {max(calls, 0)} calls do not pay for one item, which needs {least}"
        raise ConfigError(message, hint="raise --budget-calls, or name fewer models")


def _told(settings: Settings, scope: Scope, tasks: Sequence[Task], recounts: int) -> dict[str, Any]:
    by_model = Counter(model for task in tasks for model, _ in task.questions)
    judged = by_model.total() * len(settings.first_judges)
    parts = [_cost(settings, model, "respond", calls) for model, calls in by_model.items()]
    parts += [_cost(settings, judge, "judge", by_model.total()) for judge in settings.first_judges]
    whole = total(parts)
    payers = [settings.model(m) for m in {*by_model, *settings.first_judges}]
    return {
        "items": len(tasks),
        "random": sum(task.part == "random" for task in tasks),
        "recounts": recounts,
        "calls": whole.calls,
        "calls_by_model": dict(sorted(by_model.items())),
        "judge_calls": judged,
        "tokens": whole.input_tokens + whole.output_tokens,
        "usd": round(whole.usd, 4),
        "worst_usd": round(whole.worst_usd, 4),
        "unpriced": sorted(m.id for m in payers if not m.simulated and not (m.price.input or m.price.output)),
        "models": {"asked": list(scope.asked), "gone": list(scope.gone), "current": list(scope.current)},
    }


def _cost(settings: Settings, model: str, role: str, calls: int) -> CostEstimate:
    spec = to_spec(settings.model(model), settings)
    return estimate(calls, *SIZES[role], spec.price, spec.max_output)
