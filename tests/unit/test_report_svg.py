"""Drawings: goldens worked by hand, and no text becomes markup."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, strategies as st
from markupsafe import Markup

from cruxbank.report.bars import Bar, Part, bars
from cruxbank.report.heatmaps import heatmap, step
from cruxbank.report.intervals import Interval, intervals
from cruxbank.report.spending import Pull, gained, raster
from cruxbank.report.strips import Stand, strip
from cruxbank.report.svg import drawing, el, number, pc
from cruxbank.report.wording import visible
from tests.report_bank import HOSTILE


def parsed(markup: Markup) -> ElementTree.Element:
    """Well-formed, or the test fails."""
    return ElementTree.fromstring(str(markup))  # noqa: S314  (our own drawing)


def every(markup: Markup, tag: str, class_: str = "") -> list[ElementTree.Element]:
    found = list(parsed(markup).iter(tag))
    return [e for e in found if not class_ or class_ in (e.get("class") or "").split()]


@given(st.text(alphabet=st.characters()), st.text(alphabet=st.characters()))
def test_any_text_stays_text(text: str, attribute: str) -> None:
    one = parsed(el("text", text, data_x=attribute))
    assert (one.text or "") == visible(text)
    assert one.get("data-x") == visible(attribute)
    assert len(one) == 0


def test_attributes() -> None:
    assert (
        str(el("rect", class_="a", stroke_width=1.0, x="1%", y=None))
        == '<rect class="a" stroke-width="1" x="1%"></rect>'
    )


def test_numbers() -> None:
    assert [number(v) for v in (1.0, 0.126, -0.001, 100.5)] == ["1", "0.13", "0", "100.5"]
    assert [pc(v) for v in (-1.0, 0.25, 2.0)] == ["0%", "25%", "100%"]


def test_a_drawing_is_named() -> None:
    root = parsed(drawing("a", "Name", "Words", 10, el("g")))
    assert root.get("aria-labelledby") == "a-title a-desc"
    assert [e.text for e in root[:2]] == ["Name", "Words"]
    assert root.get("role") == "img"


def test_bars_golden() -> None:
    rows = [Bar("one", "3 of 4", (Part(2, "main", "a"), Part(1, "bad", "b"))), Bar("two", "1", (Part(1, "main"),))]
    drawn = bars("b", "t", "d", rows, top=4)
    pieces = [(r.get("x"), r.get("width"), r.get("y")) for r in every(drawn, "rect") if r.get("class") != "track"]
    assert pieces == [("0%", "50%", "20"), ("50%", "25%", "20"), ("0%", "25%", "58")]
    assert parsed(drawn).get("height") == "76"


def test_bars_without_rows_or_values() -> None:
    assert parsed(bars("b", "t", "d", [])).get("height") == "0"
    assert every(bars("b", "t", "d", [Bar("x", "0", (Part(0, "main"),))]), "rect", "main") == []


def test_intervals_are_sorted_and_to_scale() -> None:
    drawn = intervals("i", [Interval("low", 0.5, 0.25, 1.0), Interval("high", 1.5, 1.0, 2.0)])
    lines = [(e.get("x1"), e.get("x2")) for e in every(drawn, "line", "whisker")]
    assert lines == [("50%", "100%"), ("12.5%", "50%")]
    assert [e.get("cx") for e in every(drawn, "circle")] == ["75%", "25%"]
    assert "2 items, from 1.50 bits (95 % interval 1.00 to 2.00) down to 0.50 bits" in str(drawn)


def test_many_intervals_become_ranks_and_are_thinned() -> None:
    rows = [Interval(f"q{i}", 1 + i / 1000, 0.5, 2.0) for i in range(1000)]
    drawn = intervals("i", rows)
    assert len(every(drawn, "circle")) == 400
    assert "rank 1000" in str(drawn)
    tips = [e.text or "" for e in every(drawn, "title")]
    assert tips[1].endswith("q999")
    assert tips[-1].endswith("q0")
    assert len(drawn) < 160_000


@pytest.mark.parametrize(("value", "colour"), [(0, 0), (0.01, 1), (1, 1), (1.01, 2), (6, 6), (7, 6), (-1, 0)])
def test_heat_steps(value: float, colour: int) -> None:
    assert step(value, 6.0) == colour


def test_heatmap_golden() -> None:
    drawn = heatmap("h", "t", "d", ["r0", "r1"], ["c0", "c1"], [[0.0, 3.0], [None, 6.0]], str, breaks=[1])
    cells = [(c.get("x"), c.get("y"), c.get("class")) for c in every(drawn, "rect")]
    assert cells == [
        ("0%", "84", "cell h0"),
        ("50%", "84", "cell h3"),
        ("0%", "110", "cell none"),
        ("50%", "110", "cell h6"),
    ]
    assert [t.text for t in every(drawn, "text", "in")] == ["3.0", "6.0"]
    assert len(every(drawn, "line", "rule")) == 2
    assert "r1, c0: no data" in str(drawn)


def test_heat_may_start_paler() -> None:
    drawn = heatmap("h", "t", "d", ["r"], ["c"], [[1.0]], str, least=6)
    assert every(drawn, "rect")[0].get("class") == "cell h1"


def test_strip_stacks_what_falls_together() -> None:
    stands = [Stand("b", 1.0, 6, 1), Stand("a", 1.0, 6, 0), Stand("c", -1.0, 6, 1), Stand("d", 0.0, 6, 9)]
    drawn = strip("s", "t", stands, -1.0, 1.0, ("no", "yes"))
    dots = [(e.get("cx"), e.get("cy"), (e.get("class") or "").split()[-1]) for e in every(drawn, "circle")]
    assert dots == [("98%", "19", "f0"), ("98%", "8", "f1"), ("2%", "19", "f1"), ("50%", "19", "f1")]


def test_gained_and_raster() -> None:
    pulls = [Pull(0, "x", "one", 30, 0.0, False), Pull(1, "y", "two", 10, 2.0, True)]
    line = every(gained("g", pulls), "path")[0].get("d")
    assert line == "M0 200H750V200H1000V18"
    drawn = raster("r", pulls, ["x", "y"])
    assert [(e.get("x1"), e.get("y1")) for e in every(drawn, "line", "miss")] == [("25%", "6")]
    assert [(e.get("cx"), e.get("cy"), e.get("r")) for e in every(drawn, "circle")] == [("75%", "33", "8.5")]
    assert parsed(gained("g", [])).get("height") == "222"


def test_thousands_of_slots_stay_small() -> None:
    pulls = [Pull(i, f"d{i % 18}", "topic", 72, float(i % 5 == 0), i % 5 == 0) for i in range(10_000)]
    domains = [f"d{i}" for i in range(18)]
    drawn = raster("r", pulls, domains)
    assert len(every(drawn, "path")) == 1
    assert len(every(drawn, "circle")) <= 18 * 126
    assert len(drawn) + len(gained("g", pulls)) < 600_000


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_labels(text: str) -> None:
    pull = Pull(0, text, text, 1, 1.0, True)
    drawn = [
        bars("a", text, text, [Bar(text, text, (Part(1, "main", text),))]),
        intervals("b", [Interval(text, 1, 0, 2)]),
        heatmap("c", text, text, [text], [text], [[1.0]], lambda _: text),
        strip("d", text, [Stand(text, 0, 1, 0)], -1, 1, (text, text)),
        raster("e", [pull], [text]),
        gained("f", [pull]),
    ]
    known = {"svg", "g", "title", "desc", "text", "tspan", "rect", "line", "circle", "path"}
    for one in drawn:
        assert {e.tag for e in parsed(one).iter()} <= known
        assert not any(c in one for c in "\x00\x07\x1b\u202e\u2066\u200b")
