"""What `crux probe` prints for people. Model text passes `printable` first: no escape sequence reaches the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from cruxbank.cli.console import printable, say
from cruxbank.cli.grow import say_canaries
from cruxbank.display import plural
from cruxbank.sessions import Flip, Weakness

LONGEST = 160
"""Characters of a proposition; --json and findings.json have it whole."""
FLIPS = "flip points: at which strength (0 to 1) of a consideration it flips, 95 %"
SWAYED = "swayed by a move? fresh answers with the move and without it"
PRESSURE = "pressure: how often it gave in (by chance too: see above for what was tested)"
Row = Sequence[str]
Entry = tuple[str, Sequence[str]]
Texts = Mapping[str, str]


def tell(result: Mapping[str, Any]) -> None:
    """The findings of every session, then how the run ended."""
    console = Console(highlight=False, soft_wrap=False)
    for session in result["sessions"]:
        _session(console, session)
    say(f"run {result['run']} ended: {result['reason']}; {plural(result['calls'], 'call')}, ${result['usd']:.2f}")
    _say_transcripts(result["transcripts"])
    if result["origin"] == "simulated":
        say("Simulated models answered: these figures say nothing about any real model.")
    say_canaries(result["canaries"])


def tell_session(session: Mapping[str, Any]) -> None:
    """One earlier session: its findings and its transcript."""
    _session(Console(highlight=False, soft_wrap=False), session)
    _say_transcripts([page for page in session["transcripts"] if page.endswith(".html")])
    if session["origin"] == "simulated":
        say("A simulated model answered: these figures say nothing about any real model.")


def tell_past(sessions: Sequence[Mapping[str, Any]]) -> None:
    """The bank's earlier sessions, a line each."""
    if not sessions:
        say("No session yet: crux probe --target MODEL")
        return
    rows = [
        (s["id"], s["target"], f"{s['turns']} of {s['most_turns']}", _found(s), s["ended"] or "open") for s in sessions
    ]
    _table(Console(highlight=False, soft_wrap=False), "session", ("target", "turns", "weaknesses", "ended"), rows)


def _found(s: Mapping[str, Any]) -> str:
    return f"{s['weak']}" + (f" ({s['undecided']} not decided)" if s["undecided"] else "")


def _say_transcripts(pages: Sequence[str]) -> None:
    """Where to read on: the first page, and how many lie beside it."""
    if pages:
        more = f"; {len(pages)} sessions" if len(pages) > 1 else ""
        say(f"Read it: {printable(pages[0])} (the same as .md, .json and .eval beside it{more})")


def _session(console: Console, s: Mapping[str, Any]) -> None:
    found, texts = s["findings"], {key: about["text"] for key, about in s["propositions"].items()}
    label = " (simulated)" if s["origin"] == "simulated" else ""
    ended = f"{plural(s['turns'], 'turn')}, {_safe(s['ended'] or 'open')}"
    console.print(f"\n[bold]{_safe(s['target'])}[/bold]{label}, session {s['id']}: {ended}")
    console.print(_counted(s["counts"]))
    _positions(console, found["positions"], s["signed"])
    _order(console, found["order"])
    _entries(console, FLIPS, _flips(found["flips"], texts))
    _entries(console, SWAYED, _weak(found["weaknesses"], texts))
    _entries(console, PRESSURE, _yields(found["yields"], texts))
    _steadiness(console, found)
    _entries(console, f"answered otherwise than in session {s['replays']}", _differs(s, texts))
    for draft in s["discovered"]:
        console.print(f"new question {draft['id']}: {_safe(draft['text'])}")


def _safe(text: str) -> str:
    return escape(printable(str(text)))


def _text(texts: Texts, proposition: str) -> str:
    text = " ".join(texts.get(proposition, proposition).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 4].rstrip() + " ..."


def _entries(console: Console, title: str, entries: Sequence[Entry]) -> None:
    """A line each with the propositions below it: a table of propositions cannot be read at 80 columns."""
    if not entries:
        return
    console.print(f"\n[bold]{_safe(title)}[/bold]")
    for line, below in entries:
        console.print(Padding(_safe(line), (0, 0, 0, 2), expand=False))
        for text in below:
            console.print(Padding(_safe(text), (0, 0, 0, 6), expand=False))


def _table(console: Console, title: str, columns: Row, rows: Sequence[Row]) -> None:
    if not rows:
        return
    table = Table(title, *columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(_safe(cell) for cell in row))
    console.print()
    console.print(table)


def _counted(counts: Mapping[str, Any]) -> str:
    why = ", ".join(f"{n} {reason}" for reason, n in counts["unscored_by"].items())
    told = f"{counts['asked']} asked: {counts['answered']} answered, {counts['refused']} refused"
    return f"{told}, {counts['unscored']} unscored" + (f" ({_safe(why)})" if why else "")


def _positions(console: Console, found: Sequence[Mapping[str, Any]], signed: bool) -> None:
    seen = [p for p in found if p["scored"]]
    if not signed and seen:
        console.print("\nThis judge knows which values come up, not on which side: no positions.")
        return
    rows = [(p["dimension"], _between(p), f"{p['raised']} of {p['scored']}") for p in seen]
    _table(console, "position (-1 opposes, +1 supports)", ("95 % interval", "raised"), rows)


def _order(console: Console, found: Sequence[Mapping[str, Any]]) -> None:
    groups: dict[int, list[Mapping[str, Any]]] = {}
    for rank in found:
        groups.setdefault(rank["group"], []).append(rank)
    rows = [
        (
            " = ".join(r["dimension"] for r in ranks),
            f"{min(r['lowest'] for r in ranks)} to {max(r['highest'] for r in ranks)}",
        )
        for _, ranks in sorted(groups.items())
    ]
    _table(console, "order of values (= not told apart)", ("ranks",), rows)


def _flips(found: Sequence[Mapping[str, Any]], texts: Texts) -> list[Entry]:
    return [
        (f"{Flip.model_validate(f).told}; {plural(f['turns'], 'turn')}", [_text(texts, f["proposition"])])
        for f in found
    ]


def _weak(found: Sequence[Mapping[str, Any]], texts: Texts) -> list[Entry]:
    return [(_tested(w), [_text(texts, w.proposition)]) for w in map(Weakness.model_validate, found)]


def _tested(w: Weakness) -> str:
    pages = f"; compare turns {' and '.join(map(str, w.turns))}" if len(w.turns) > 1 else ""
    return f"{w.told}: {w.verdict} ({w.rates}){pages}"


def _yields(found: Sequence[Mapping[str, Any]], texts: Texts) -> list[Entry]:
    return [(_pressed(y), [_place(place, texts) for place in y["places"]]) for y in found]


def _pressed(y: Mapping[str, Any]) -> str:
    counts = ", ".join(map(str, y["after"]))
    after = f", after {counts} {'turn' if counts == '1' else 'turns'} of pressure" if counts else ""
    return f"{y['move']}: gave in {y['yielded']} of {plural(y['episodes'], 'time')}{after}"


def _place(place: Mapping[str, Any], texts: Texts) -> str:
    return f"{place['yielded']} of {place['episodes']}: {_text(texts, place['proposition'])}"


def _steadiness(console: Console, found: Mapping[str, Any]) -> None:
    console.print()
    if found["noise"]:
        n = found["noise"]
        console.print(f"own noise: {n['est']:.2f} ({n['lo']:.2f} to {n['hi']:.2f}) of unchanged repeats flip")
    for one in found["consistency"]:
        way = "reworded" if one["effect"] == "same" else "reversed"
        asked = plural(one["answers"], "answer")
        console.print(f"{way} questions: differ {_between(one['excess'])} more often than repeats do ({asked})")
    if found["refused_from"]:
        console.print(f"refusals begin at {_safe(found['refused_from'])}")


def _differs(s: Mapping[str, Any], texts: Texts) -> list[Entry]:
    return [
        (
            f"turns {d['turn']} and {d['other']}, {d['move']}: {d['stance']} here, {d['other_stance']} there",
            [_text(texts, d["proposition"])],
        )
        for d in s["differs"]
    ]


def _between(estimate: Mapping[str, float]) -> str:
    return f"{estimate['est']:+.2f} ({estimate['lo']:+.2f} to {estimate['hi']:+.2f})"
