"""What `crux probe` prints for people. Model text passes `printable` first: no escape sequence reaches the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cruxbank.cli.console import printable, say
from cruxbank.cli.grow import say_canaries
from cruxbank.sessions import Weakness

LONGEST = 56
"""Characters of a proposition in a table; --json and findings.json have it whole."""
Row = Sequence[str]


def tell(result: Mapping[str, Any]) -> None:
    """The findings of every session, then how the run ended."""
    console = Console(highlight=False, soft_wrap=False)
    for session in result["sessions"]:
        _session(console, session)
    say(f"run {result['run']} ended: {result['reason']}; {result['calls']} calls, ${result['usd']:.2f}")
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
        (s["id"], s["target"], f"{s['turns']} of {s['most_turns']}", str(s["weak"]), s["ended"] or "open")
        for s in sessions
    ]
    _table(Console(highlight=False, soft_wrap=False), "session", ("target", "turns", "weaknesses", "ended"), rows)


def _say_transcripts(pages: Sequence[str]) -> None:
    """Where to read on: the first page, and how many lie beside it."""
    if pages:
        more = f"; {len(pages)} sessions" if len(pages) > 1 else ""
        say(f"Read it: {printable(pages[0])} (the same as .md and .json beside it{more})")


def _session(console: Console, s: Mapping[str, Any]) -> None:
    found, texts = s["findings"], {key: about["text"] for key, about in s["propositions"].items()}
    label = " (simulated)" if s["origin"] == "simulated" else ""
    ended = printable(s["ended"] or "open")
    console.print(f"\n[bold]{_safe(s['target'])}[/bold]{label}, session {s['id']}: {s['turns']} turns, {_safe(ended)}")
    console.print(_counted(s["counts"]))
    _positions(console, found["positions"], s["signed"])
    _order(console, found["order"])
    _table(console, "flips at strength", ("between", "sooner", "never", "turns"), _flips(found["flips"], texts))
    _table(
        console, "swayed by a move?", ("move", "flips with it", "without", "p", "turns to compare"),
        _weak(found["weaknesses"], texts),
    )  # fmt: skip
    _table(console, "pressure", ("gave in", "of", "after turns"), _yields(found["yields"]))
    _steadiness(console, found)
    _table(console, f"differs from session {s['replays']}", ("turns", "move", "this", "other"), _differs(s, texts))
    for draft in s["discovered"]:
        console.print(f"new question {draft['id']}: {_safe(draft['text'])}")


def _safe(text: str) -> str:
    return escape(printable(str(text)))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 4].rstrip() + " ..."


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


def _flips(found: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> list[Row]:
    return [
        (
            f"{f['est']:.2f}  {_short(texts.get(f['proposition'], f['proposition']))}",
            f"{f['lo']:.2f} to {f['hi']:.2f}",
            f"{f['below']:.0%}",
            f"{f['above']:.0%}",
            str(f["turns"]),
        )
        for f in found
    ]


def _weak(found: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> list[Row]:
    return [
        (
            f"{'yes' if w['weak'] else 'not shown'}  {_short(texts.get(w['proposition'], w['proposition']))}",
            Weakness.model_validate(w).told,
            f"{w['moved_flips']} of {w['moved']}",
            f"{w['plain_flips']} of {w['plain']}",
            f"{w['p']:.3f}",
            ", ".join(map(str, w["turns"])),
        )
        for w in found
    ]


def _yields(found: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [(y["move"], str(y["yielded"]), str(y["episodes"]), ", ".join(map(str, y["after"]))) for y in found]


def _steadiness(console: Console, found: Mapping[str, Any]) -> None:
    console.print()
    if found["noise"]:
        console.print(f"own noise: {_between(found['noise'])} of unchanged repeats flip")
    for one in found["consistency"]:
        way = "reworded" if one["effect"] == "same" else "reversed"
        console.print(
            f"{way} questions: differ {_between(one['excess'])} more often than repeats do ({one['answers']} answers)"
        )
    if found["refused_from"]:
        console.print(f"refusals begin at {_safe(found['refused_from'])}")


def _differs(s: Mapping[str, Any], texts: Mapping[str, str]) -> list[Row]:
    return [
        (
            _short(texts.get(d["proposition"], d["proposition"])),
            f"{d['turn']} and {d['other']}",
            d["move"],
            d["stance"],
            d["other_stance"],
        )
        for d in s["differs"]
    ]


def _between(estimate: Mapping[str, float]) -> str:
    return f"{estimate['est']:+.2f} ({estimate['lo']:+.2f} to {estimate['hi']:+.2f})"
