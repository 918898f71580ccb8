"""What a person in the prober's seat sees, as lines of rich markup. Pure: an offer in, lines out.

Model text is made printable, its markup is escaped, and every line of it stands behind a bar: an answer that looks like a
prompt or a verdict of this command is seen to be an answer.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.markup import escape

from cruxbank.cli.console import printable
from cruxbank.cli.probe_commands import HELP
from cruxbank.display import plural
from cruxbank.sessions import Flip

MOST = 900
"""Characters of a text; the record has it whole."""
LINES = 2
"""Lines of a suggestion that Enter does not put: what the last answer came to shall not leave a screen of 24 lines."""
LONGEST = 60
"""Characters of a proposition where it only names one."""
Offer = Mapping[str, Any]


def safe(text: Any) -> str:
    """Model text that neither steers the terminal nor the markup; a trailing backslash cannot eat what follows."""
    shown = escape(printable(str(text)).replace("\t", " "))
    return shown + "\\" if (len(shown) - len(shown.rstrip("\\"))) % 2 else shown


def barred(text: str, width: int, bar: str = "|") -> list[str]:
    """A text behind a bar, wrapped, cut after MOST characters with the rest counted."""
    cut = text if len(text) <= MOST else f"{text[:MOST]} ... ({plural(len(text) - MOST, 'more character')})"
    lines = [part for line in cut.split("\n") for part in textwrap.wrap(printable(line), max(width - 8, 20)) or [""]]
    return [f"    [dim]{bar}[/dim] {safe(line)}" for line in lines]


def short(text: str) -> str:
    """A proposition in a table."""
    line = " ".join(text.split())
    return safe(line if len(line) <= LONGEST else line[: LONGEST - 4].rstrip() + " ...")


def help_lines() -> list[str]:
    """The commands."""
    return [f"  [bold]{safe(name):<10}[/bold]  {safe(what)}" for name, what in HELP]


def offer_lines(offer: Offer, width: int) -> list[str]:
    """The ask that Enter puts, and the other suggestions."""
    lines = ["", f"[bold]Turn {offer['number']}[/bold] of {offer['turns']} with {safe(offer['target'])}"]
    if offer["why"]:
        lines.append(f"The strategy would end here ({safe(offer['why'])}); you may ask on, or type end.")
    for place, (choice, text) in enumerate(suggested(offer), 1):
        lines.append(f"  [bold]\\[{place}][/bold] {_headed(choice, offer, first=place == 1)}")
        words = barred(text, width) if text else [f"      about: {_about(choice, offer)}"]
        lines += words if place == 1 or len(words) <= LINES else [*words[:LINES], "    [dim]| ...[/dim]"]
    return lines


def suggested(offer: Offer) -> list[tuple[Mapping[str, Any], str]]:
    """What is shown, with its words: first what Enter puts, then the strategy's others; words are empty if unknown."""
    others = zip(offer["suggestions"], offer["texts"], strict=True)
    return [(offer["choice"], offer["text"]), *((c, t) for c, t in others if c != offer["choice"])]


def _headed(choice: Mapping[str, Any], offer: Offer, *, first: bool) -> str:
    strength = "" if choice["strength"] is None else f" at strength {choice['strength']:.2f}"
    pair = f", {choice['pair'][0]} against {choice['pair'][1]}" if choice["pair"] else ""
    after = "" if choice["after"] is None else f", goes on from turn {choice['after']}"
    mirror = ", asks the reverse" if first and offer["sense"] == "mirror" else ""
    head = safe(f"{choice['purpose']}: {choice['move']}{strength}{pair}{after}{mirror}")
    return f"{head}  [dim]{choice['bits']:.2f} bits[/dim]"


def _about(choice: Mapping[str, Any], offer: Offer) -> str:
    return short(offer["propositions"].get(choice["proposition"], choice["proposition"]))


def turn_lines(offer: Offer, width: int) -> list[str]:
    """What the last turn came to: the answer, the values read with the words they rest on, what it did to the findings."""
    turn = offer["last"]
    response, verdict = turn["response"], turn["verdict"]
    lines = ["", f"[bold]Answer {turn['number']}[/bold]: {_stance(turn)}"]
    for point in response["key_points"] or [response["text"]][: bool(response["text"])]:
        lines += barred(point, width)
    lines += list(_values(verdict))
    return lines + [f"  findings: {change}" for change in changes(offer)]


def _stance(turn: Mapping[str, Any]) -> str:
    response, verdict = turn["response"], turn["verdict"]
    failure = response["failure"] or verdict["failure"]
    if response["state"] != "answered":
        return safe(f"{response['state']}" + (f" ({failure})" if failure else ""))
    flipped = {True: "  [bold red]flipped[/bold red]", False: "  holds", None: ""}[turn["flipped"]]
    pair = turn["ask"]["pair"]
    chosen = {"yes": f" ({pair[0]} first)", "no": f" ({pair[1]} first)"}.get(response["stance"], "") if pair else ""
    return f"[bold]{safe(response['stance'])}[/bold]{safe(chosen)}{flipped}"


def _values(verdict: Mapping[str, Any]) -> Iterator[str]:
    if verdict["state"] != "scored":
        why = " ".join(str(part) for part in (verdict["failure"], verdict["detail"]) if part)
        yield f"  values: {safe(verdict['state'])}" + (f" ({safe(why[:MOST])})" if why else "")
        return
    raised = {d: side for d, side in sorted(verdict["outcomes"].items()) if side != "absent"}
    if not raised:
        yield "  values: none raised"
    for dimension, side in raised.items():
        words = [f"'{e['quote'][:120]}'" for e in verdict["evidence"] if e["dimension"] == dimension]
        said = side if verdict["signed"] else "raised"
        quoted = f"  [dim]{safe(' '.join(', '.join(words[:2]).split()))}[/dim]" if words else ""
        yield f"  values: {safe(dimension)} {safe(said)}{quoted}"


def changes(offer: Offer) -> list[str]:
    """What the last turn did to flip points, order and positions; one line where it did nothing."""
    before, now = offer["before"], offer["findings"]
    found = [*_flips(before, now, offer), *_order(before, now), *_positions(before, now)]
    return found or ["unchanged"]


def _flips(before: Mapping[str, Any], now: Mapping[str, Any], offer: Offer) -> Iterator[str]:
    old = {flip["proposition"]: flip for flip in before.get("flips", ())}
    for flip in now["flips"]:
        was = old.get(flip["proposition"])
        told, before_ = Flip.model_validate(flip).told, Flip.model_validate(was).told if was else ""
        if told != before_:
            text = short(offer["propositions"].get(flip["proposition"], flip["proposition"]))
            yield f"flip point: {told}{f'; before: {before_}' if was else ''}: {text}"


def _order(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    old, new = _ranked(before.get("order", ())), _ranked(now["order"])
    if new and old != new:
        yield f"order now {safe(new)}"


def _ranked(ranks: Sequence[Mapping[str, Any]]) -> str:
    groups: dict[int, list[str]] = {}
    for rank in ranks:
        groups.setdefault(rank["group"], []).append(rank["dimension"])
    return " > ".join(" = ".join(groups[key]) for key in sorted(groups))


def _positions(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    old = {p["dimension"]: p for p in before.get("positions", ())}
    for p in now["positions"]:
        was = old.get(p["dimension"])
        if p["raised"] and (was is None or was["raised"] != p["raised"]):
            yield f"position on {safe(p['dimension'])} {p['est']:+.2f} ({p['lo']:+.2f} to {p['hi']:+.2f})"
