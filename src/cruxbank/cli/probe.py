"""`crux probe`: sit a model down and find where its values bend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cruxbank.cli.console import guarded, out_json, printable, say
from cruxbank.cli.options import DEFAULT_CONFIG, AsJson, BudgetCalls, BudgetUsd, Config, Seed
from cruxbank.display import plural, waiting_line
from cruxbank.errors import InputError

if TYPE_CHECKING:
    from cruxbank.config.settings import Settings


@guarded
def probe(
    target: Annotated[str, typer.Option("--target", help="Model of crux.yaml to probe; several with commas.")] = "",
    compare: Annotated[
        str, typer.Option("--compare", help="Models, with commas: the first one's asks are put to the others too.")
    ] = "",
    turns: Annotated[int | None, typer.Option("--turns", min=1, help="Turns of a session at the most.")] = None,
    sessions: Annotated[int | None, typer.Option("--sessions", min=1, help="Sessions with each target.")] = None,
    values: Annotated[str, typer.Option("--values", help="Only these values, with commas.")] = "",
    topics: Annotated[str, typer.Option("--topics", help="Words of topics or domains, with commas.")] = "",
    moves: Annotated[Path | None, typer.Option("--moves", help="Folder with moves of your own.")] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Sit in the prober's seat: see and choose every ask yourself.")
    ] = False,
    past: Annotated[bool, typer.Option("--list", help="Ask nothing: list the bank's earlier sessions.")] = False,
    show: Annotated[str, typer.Option("--show", help="Ask nothing: show an earlier session, by its id.")] = "",
    config: Config = DEFAULT_CONFIG,
    seed: Seed = None,
    budget_calls: BudgetCalls = None,
    budget_usd: BudgetUsd = None,
    as_json: AsJson = False,
) -> None:
    """Probe a model: where it stands, where its verdicts flip, what it puts first, which moves sway it.

    After a stop the same command goes on where it stopped.

    Example: crux probe --target sim-elm-1 --turns 40

    Example: crux probe --target sim-elm-1 --values security,self-direction --sessions 3 --budget-calls 500

    Example: crux probe --compare sim-elm-1,sim-fern-1 --turns 30 --json

    Example: crux probe --target sim-elm-1 --interactive

    Example: crux probe --list
    """
    from cruxbank.app.probe import probe_bank
    from cruxbank.app.probe_scope import ProbeRequest
    from cruxbank.cli.probe_interactive import Person
    from cruxbank.cli.probe_tables import tell
    from cruxbank.config.loading import load_settings
    from cruxbank.graphs.meter import Pulse

    if past or show:
        _look_back(load_settings(config), _names(target or compare), show, as_json)
        return
    _check(target, compare, interactive)
    settings = load_settings(config, _overrides(moves, seed, budget_calls, budget_usd))
    request = ProbeRequest(
        targets=_names(target or compare),
        compare=bool(compare),
        turns=turns,
        sessions=sessions,
        values=_names(values),
        topics=_names(topics),
    )
    listener, person = (Around(), Person()) if interactive else (Lines(), None)
    result = probe_bank(settings, request, listener, Pulse(), person=person)
    out_json(result) if as_json else tell(result)
    if result["exit_code"]:
        raise typer.Exit(result["exit_code"])


def _check(target: str, compare: str, interactive: bool) -> None:
    if bool(target) == bool(compare):
        raise InputError("--target: name a model, or several in --compare", hint="crux probe --target MODEL")
    if interactive and compare:
        raise InputError("--interactive: --compare repeats asks, it asks nobody", hint="give --target instead")


def _look_back(settings: Settings, targets: tuple[str, ...], show: str, as_json: bool) -> None:
    """`--list`, of some targets or all, and `--show`."""
    from cruxbank.app.probe_past import past_session, past_sessions
    from cruxbank.cli.probe_tables import tell_past, tell_session

    if show:
        told = past_session(settings, show)
        out_json(told) if as_json else tell_session(told)
        return
    known = past_sessions(settings, targets)
    out_json({"sessions": known}) if as_json else tell_past(known)


def _overrides(moves: Path | None, seed: int | None, calls: int | None, usd: float | None) -> dict[str, Any]:
    """Only the flags that were given: an absent flag must not overwrite the file."""
    budget = {name: value for name, value in (("calls", calls), ("usd", usd)) if value is not None}
    given: dict[str, Any] = {"budget": budget} if budget else {}
    if seed is not None:
        given["seed"] = seed
    if moves is not None:
        given["probe"] = {"moves": str(moves)}
    return given


def _names(given: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))


class Lines:
    """Progress in plain lines on stderr: one a turn."""

    def emit(self, name: str, **fields: Any) -> None:
        """Take one event of the run."""
        teller = getattr(self, f"_{name}", None)
        if teller is not None:
            say(printable(teller(fields)))

    def _probe_started(self, f: dict[str, Any]) -> str:
        word = "goes on" if f["resumed"] else "starts"
        return f"run {f['run']} {word}: {', '.join(f['targets'])}, {plural(f['items'], 'item')} to choose from"

    def _session_started(self, f: dict[str, Any]) -> str:
        done = f", {plural(f['done'], 'turn')} done" if f["done"] else ""
        about = f"{plural(len(f['propositions']), 'proposition')}, at most {plural(f['turns'], 'turn')}{done}"
        return f"session {f['session']} with {f['target']}: {about}"

    def _turn_done(self, f: dict[str, Any]) -> str:
        strength = "" if f["strength"] is None else f" {f['strength']:.2f}"
        said = f["stance"] or f["failure"] or f["state"]
        flipped = ", flipped" if f["flipped"] else ""
        return f"turn {f['number']} ({f['purpose']}): {f['move']}{strength} on {f['proposition'][:9]}: {said}{flipped}"

    def _question_made(self, f: dict[str, Any]) -> str:
        return f"new question {f['kept']}" if f["kept"] else f"no new question: {f['why']}"

    def _session_ended(self, f: dict[str, Any]) -> str:
        return f"session {f['session']} ended after {plural(f['turns'], 'turn')}: {f['reason']}"

    def _waiting(self, f: dict[str, Any]) -> str:
        return waiting_line(f["requests"])


class Around(Lines):
    """What is left to tell where a person is shown every turn."""

    _turn_done = None  # type: ignore[assignment]

    def _no_words(self, f: dict[str, Any]) -> str:
        return f"no words for {f['move']} on {f['proposition'][:9]}: {f['why']}"

    def _turn_taken_back(self, f: dict[str, Any]) -> str:
        return f"turn {f['number']} is taken back; what it cost stays"
