"""Pieces of SVG as safe markup. Lengths along x are per cent of the drawing, along y pixels.

So a drawing fills whatever width it is given while its letters keep their size: readable on a phone without scaling.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from cruxbank.report.wording import visible

Attribute = str | float | int | None


def el(name: str, /, *children: Markup | str, **attributes: Attribute) -> Markup:
    """One element. Text children and attribute values are escaped; `class_` and `stroke_width` give `class`, `stroke-width`.

    An attribute that is None is left out. Numbers are written to two places.
    """
    parts = [
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
        if value is not None
    ]
    inside = Markup("").join(c if isinstance(c, Markup) else escape(visible(c)) for c in children)
    tag = Markup(name)  # noqa: S704  (element names are written in this package, never read)
    return Markup("<{0}{1}>{2}</{0}>").format(tag, Markup("").join(parts), inside)


def _value(value: Attribute) -> str:
    return number(value) if isinstance(value, float) else visible(str(value))


def number(value: float) -> str:
    """Two places, no trailing zeros, no minus zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def pc(share: float) -> str:
    """A share of the width, kept inside the drawing."""
    return f"{number(100 * min(1.0, max(0.0, share)))}%"


def joined(parts: list[Markup]) -> Markup:
    """One piece of markup from several."""
    return Markup("").join(parts)


def drawing(slug: str, title: str, desc: str, height: float, *children: Markup, class_: str = "") -> Markup:
    """A whole drawing with its title and description for those who cannot see it. `slug` is unique on the page."""
    return el(
        "svg",
        el("title", title, id=f"{slug}-title"),
        el("desc", desc, id=f"{slug}-desc"),
        *children,
        class_=f"plot {class_}".strip(),
        role="img",
        aria_labelledby=f"{slug}-title {slug}-desc",
        width="100%",
        height=float(height),
    )


def label(x: str, y: float, text: str, *, class_: str = "", anchor: str | None = None) -> Markup:
    """A line of text at a place."""
    return el("text", text, x=x, y=float(y), class_=class_ or None, text_anchor=anchor)


def line(x1: str, y1: float, x2: str, y2: float, class_: str) -> Markup:
    """A straight line."""
    return el("line", x1=x1, y1=float(y1), x2=x2, y2=float(y2), class_=class_)


def tip(text: str) -> Markup:
    """What a pointer that rests on the parent element is told."""
    return el("title", text)
