"""The page: whole, self-contained, escaped, the same twice, readable in both colour schemes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from jinja2 import Environment

from cruxbank.config.settings import Settings
from cruxbank.errors import StoreError
from cruxbank.report.page import run_report
from tests.report_bank import HOSTILE, Bank, bank, empty, settings

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Collects tags and text; complains about tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def written(made: Bank, folder: Path, **more: str) -> str:
    try:
        return run_report(made.record, made.run, made.settings, folder / "report.html", **more).read_text("utf-8")
    finally:
        made.record.close()


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_the_figures_are_on_the_page(tmp_path: Path) -> None:
    text = read(written(bank(), tmp_path, generated_at="2026-11-22")).text
    for said in (
        "Simulated panel",
        "weak on real models' answers",
        "presence of a value only",
        "of 3 drafts (33 %)",
        "rejected by critic",
        "Because says sim-aster-1",
        "sim-birch-1; values read: none",
        "answers: 4 yes, 3 no, 0 neutral, 1 refused of 8",
        "yes: 4 of 7 scored answers, from 2 models",
        "respond/opinion v1 abababababab",
        "aaaaaaaa" * 8,
        "31 logical calls, 2,000 tokens, $0.75",
        "1 of 3 slots wrote no draft",
        "ended: budget.calls reached",
        "generated 2026-11-22",
    ):
        assert said in text, said


def test_a_real_panel_with_an_llm_judge_has_no_banner(tmp_path: Path) -> None:
    data = settings().model_dump(mode="json", by_alias=True)
    for model in data["models"]:
        model |= {"base_url": "http://127.0.0.1:9/v1", "model": model["id"].replace("sim-", "m-")}
    data["agents"] = {"judge": "sim-quill-1"}
    made = empty()
    html = written(made._replace(settings=Settings(**data)), tmp_path)
    assert 'class="banner' not in html
    assert "simulated" not in read(html).text.lower()


@pytest.mark.parametrize("make", [empty, lambda: bank(admitted=False)], ids=["empty", "none operational"])
def test_without_operational_items(tmp_path: Path, make: object) -> None:
    text = read(written(make(), tmp_path)).text  # type: ignore[operator]
    assert "This run has no operational item." in text
    assert "The items that separate best" not in text
    assert "no operational item to measure" in text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    html = written(bank(hostile=True), tmp_path)
    reader = read(html)
    assert [tag for tag, _ in reader.tags].count("script") == 1
    assert {tag for tag, _ in reader.tags}.isdisjoint({"img", "iframe", "object", "foreignobject"})
    assert not any(key.startswith("on") for _, attributes in reader.tags for key in attributes)
    assert not set(html) & set("\x00\x07\x1b\u202e\u2066\u200b")
    assert "{{ 7 * 7 }}" in reader.text  # model text is never a template
    assert "</svg></title></style><script>window.pwned=1</script>" in reader.text
    assert "⟨U+202E⟩evil" in reader.text
    assert "שלום" in reader.text
    assert len(html) < 1_000_000
    assert HOSTILE["point"] not in reader.text  # a quote is short


def test_nothing_is_fetched(tmp_path: Path) -> None:
    html = written(bank(), tmp_path)
    for tag, attributes in read(html).tags:
        for key in ("src", "href", "xlink:href", "action", "data"):
            assert attributes.get(key, "data:,") == "data:,", (tag, attributes)
    assert not re.search(r"https?://|url\(|@import", html)
    assert "default-src 'none'" in html


def test_the_policy_allows_our_script_and_no_other(tmp_path: Path) -> None:
    import base64
    import hashlib

    html = written(bank(), tmp_path)
    script = re.search(r"<script>(.*?)</script>", html, flags=re.S)
    assert script
    digest = base64.b64encode(hashlib.sha256(script.group(1).encode()).digest()).decode()
    assert f"'sha256-{digest}'" in html.replace("&#43;", "+").replace("&#39;", "'")


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert written(bank(), tmp_path) == written(bank(), tmp_path / "b")


def test_an_old_report_survives_a_failed_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report.html"
    out.write_text("old")
    made = bank()
    monkeypatch.setattr("cruxbank.whole.os.fsync", _full)
    with pytest.raises(StoreError, match=r"report\.html: cannot be written"):
        run_report(made.record, made.run, made.settings, out)
    made.record.close()
    assert out.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def _full(_: int) -> None:
    raise OSError(28, "No space left on device")


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """WCAG 2.2 contrast of two colours."""
    low, high = sorted((_luminance(one), _luminance(two)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_golden() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str) -> None:
    source = files("cruxbank.report").joinpath("style.css.j2").read_text(encoding="utf-8")
    macro = getattr(Environment(autoescape=True).from_string(source).module, scheme)
    colour = dict(re.findall(r"--(\w[\w-]*):(#[0-9a-f]{6})", str(macro())))
    words = [
        ("ink", "bg"),
        ("ink", "card"),
        ("soft", "bg"),
        ("soft", "card"),
        ("warn-ink", "warn-bg"),
        ("main", "card"),
    ]
    words += [(f"t{i}", f"h{i}") for i in range(7)]
    shapes = [(name, "card") for name in ("main", "win", "lost", "bad", "dot", *(f"f{i}" for i in range(8)))]
    poor = [
        f"{a} on {b}: {contrast(colour[a], colour[b]):.2f}" for a, b in words if contrast(colour[a], colour[b]) < 4.5
    ]
    poor += [
        f"{a} on {b}: {contrast(colour[a], colour[b]):.2f}" for a, b in shapes if contrast(colour[a], colour[b]) < 3
    ]
    assert poor == []
