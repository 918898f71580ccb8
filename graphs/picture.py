"""docs/graph.md's pictures, made from the compiled graphs: `python -m cruxbank.graphs.picture` writes them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from cruxbank.graphs.grow import build
from cruxbank.graphs.probe import build as build_probe
from cruxbank.graphs.slot import build_slot

TARGET = Path("docs/graph.md")
_PLACE = re.compile(r"(<!-- picture: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def mermaid() -> dict[str, str]:
    """Mermaid source by name: `grow` (rounds), `slot` (one draft after another) and `probe` (one session)."""
    return {
        "grow": build().compile().get_graph().draw_mermaid(),
        "slot": build_slot().compile().get_graph().draw_mermaid(),
        "probe": build_probe().compile().get_graph().draw_mermaid(),
    }


def redraw(page: str) -> str:
    """The page with every picture between `<!-- picture: NAME -->` and `<!-- end -->` drawn anew."""
    pictures = mermaid()

    def drawn(place: re.Match[str]) -> str:
        return f"{place[1]}```mermaid\n{pictures[place[2]].strip()}\n```\n{place[3]}"

    return _PLACE.sub(drawn, page)


def main(arguments: list[str]) -> None:
    """Redraw the pictures of a page (docs/graph.md when none is named)."""
    target = Path(arguments[0]) if arguments else TARGET
    target.write_text(redraw(target.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
