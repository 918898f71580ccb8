"""A card as Markdown: README.md of every export, and the body of a data set's card elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from cruxbank.display import CARRY_OVER, SIMULATED, carry_over_rows, plural
from cruxbank.exports.card import Card
from cruxbank.items import Exit
from cruxbank.measures import Counts
from cruxbank.report.wording import WHY, bits, percent, thousands, visible

FILE = "README.md"


class Ready(str):
    """Markdown that is printed as it is."""

    __slots__ = ()


def body(card: Card) -> str:
    """The whole card from its title on, without front matter; LF, one newline at the end.

    Every text of a user, a model or a file is shown as text: nothing in it is taken for markup.
    """
    page = _template().render(c=card, simulated=Ready(SIMULATED), **_tables(card))
    return re.sub(r"\n{3,}", "\n\n", page).strip() + "\n"


def _tables(card: Card) -> dict[str, object]:
    return {
        "groups": (
            ("kinds", card.kinds),
            ("statuses", card.statuses),
            ("languages written in", card.written),
            ("domains", card.domains),
            ("value that separates best", card.dimensions),
        ),
        "exits": _exits(card),
        "head": CARRY_OVER,
        "carried": _carried(card),
        "totals": _totals(card),
    }


def _carried(card: Card) -> list[tuple[str, ...]]:
    """The table that commands show of a bank, with the interval of what is claimed."""
    if card.carried is None:
        return []
    claimed, *others = carry_over_rows(card.carried)
    name, bits_, _, items, share = claimed
    span = f"{card.claimed.lo:.2f} to {card.claimed.hi:.2f}" if card.claimed else "too few items"
    return [(name, bits_, span, items, share), *others]


def _exits(card: Card) -> list[tuple[str, int]]:
    known = {exit_.value: why for exit_, why in WHY.items()}
    found = card.funnel.by_exit if card.funnel else {}
    ordered = sorted(found.items(), key=lambda pair: (pair[0] != Exit.ADMITTED.value, -pair[1], pair[0]))
    return [(f"{name.replace('_', ' ')}: {known.get(name, '')}".removesuffix(": "), number) for name, number in ordered]


def _totals(card: Card) -> list[tuple[str, Counts]]:
    named = (
        ("that chose the items", card.counts),
        ("on fresh wordings", card.confirmed),
        ("in further languages", card.translated),
    )
    return [(name, counts) for name, counts in named if counts.asked]


def text(value: str) -> Ready:
    """Text on one line, with nothing left that Markdown or HTML would act on in the middle of a line.

    >>> text("a|b <i>*c*</i>")
    'a\\\\|b &lt;i&gt;\\\\*c\\\\*&lt;/i&gt;'
    """
    line = " ".join(visible(value).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Ready(re.sub(r"([\\`*_\[\]|~$#])", r"\\\1", line))


def opening(value: str) -> Ready:
    """`text` where a line begins: there `-` and `1.` would begin a list, and `---` draw a rule.

    >>> opening("- a"), opening("1. b"), opening("2026 c")
    ('\\\\- a', '1\\\\. b', '2026 c')
    """
    return Ready(re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", text(value)))


def prose(value: str) -> Ready:
    """Paragraphs: as `opening`, with the empty lines between them kept."""
    return Ready("\n\n".join(opening(part) for part in re.split(r"\n\s*\n", value.strip())))


def code(value: str) -> Ready:
    """The inside of a code span."""
    return Ready(" ".join(visible(value).replace("`", "'").replace("|", "¦").split()))


def address(value: str) -> Ready:
    """The inside of <...>; the settings let no blank or bracket into an address."""
    return Ready(re.sub(r"[\s<>|`]", "", value))


def fenced(value: str) -> Ready:
    """A block of code whose fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`+", value)), default=0)
    fence = "`" * max(3, longest + 1)
    return Ready(f"{fence}\n" + "\n".join(visible(line) for line in value.strip().splitlines()) + f"\n{fence}")


@cache
def _template() -> Template:
    """Compiled once: that takes longer than a hundred pages."""
    return _environment().get_template("card.md.j2")


def _environment() -> Environment:
    found = Environment(  # noqa: S701 - Markdown: `_shown` escapes
        loader=PackageLoader("cruxbank.exports", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    found.filters.update(
        prose=prose, code=code, address=address, fenced=fenced, oneline=opening, bits=bits, thousands=thousands
    )
    found.filters.update(percent=percent, listed=_listed, numbers=_numbers, cells=_cells, of=_of, plural=plural)
    return found


def _shown(value: object) -> object:
    return text(value) if isinstance(value, str) and not isinstance(value, Ready) else value


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "-"


def _numbers(found: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> str:
    pairs = found.items() if isinstance(found, Mapping) else found
    return ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in pairs) or "-"


def _cells(row: Sequence[str]) -> Ready:
    return Ready(" | ".join(text(cell) for cell in row))


def _of(counts: Counts | None, name: str) -> str:
    return "-" if counts is None else thousands(getattr(counts, name))
