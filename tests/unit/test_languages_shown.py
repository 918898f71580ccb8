"""How languages are shown: rows, flags in words, and the exported line."""

from __future__ import annotations

import pytest

from cruxbank.cli import language_tables
from cruxbank.display import LANGUAGES, flag_line, language_rows
from cruxbank.exports.lines import line
from cruxbank.items import Wording
from cruxbank.measures import Estimate, Fresh, LanguageDif, LanguageFigures, LanguageReading, LanguageReport
from tests.made_items import made_item

SHIFT = LanguageDif(item="it_1", language="de", kind="shifted", dimension="stance", effect=-0.7, p=0.001, q=0.02)
TURN = LanguageDif(item="it_1", language="zh", kind="reordered", effect=0.62, p=0.001, q=0.0205)


def test_a_row_a_language_says_what_is_not_known() -> None:
    english = LanguageFigures(language="en", written=3, claimed=0.61, asked=0)
    german = LanguageFigures(
        language="de",
        written=0,
        claimed=0.0,
        asked=6,
        failed={"refused_by_critic": 2},
        claimed_there=0.6,
        confirmed_there=0.5,
        separation=Estimate(est=0.4, lo=0.2, hi=0.6),
        agreement=Estimate(est=0.9, lo=0.7, hi=1.0),
        shifted=1,
    )
    rows = language_rows(LanguageReport(languages=(english, german)))
    assert {len(row) for row in rows} == {len(LANGUAGES)}
    assert rows[0] == ("en", "3", "0.61", "0", "-", "-", "-", "-", "-")
    assert rows[1][3:] == (
        "6, 2 failed",
        "0.60",
        "0.50",
        "0.40 (0.20 to 0.60)",
        "0.90 (0.70 to 1.00)",
        "1 shifted, 0 reordered",
    )


def test_the_tables_fit_into_eighty_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wide = LanguageFigures(
        language="zh",
        written=1288,
        claimed=0.61,
        asked=1024,
        failed={"refused_by_critic": 128},
        claimed_there=0.6,
        confirmed_there=0.5,
        separation=Estimate(est=0.4, lo=0.2, hi=0.6),
        agreement=Estimate(est=0.9, lo=0.7, hi=1.0),
        shifted=12,
        reordered=10,
    )
    language_tables.report(LanguageReport(languages=(wide, wide), tests=7, level=0.05))
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in shown
    for word in (*LANGUAGES, *language_rows(LanguageReport(languages=(wide,)))[0]):
        assert any(word in line for line in lines), word


def test_flags_in_words() -> None:
    assert flag_line(SHIFT) == "de: stance moves towards no by 0.70 SD (q 0.02)"
    value = SHIFT.model_copy(update={"dimension": "power", "effect": 0.6})
    assert flag_line(value) == "de: power moves towards supporting by 0.60 SD (q 0.02)"
    assert (
        flag_line(TURN)
        == "zh: the models take other places (62% of the differences between models are others; q 0.0205)"
    )


def test_an_exported_line_holds_languages_and_the_flags_of_its_own_item() -> None:
    own = (Wording(kind="base", text="Should zoos close?"), Wording(kind="mirror", text="Should zoos stay?"))
    item = made_item(
        own[0].text,
        id="it_1",
        wordings=(*own, Wording(kind="base", text="Sollen Zoos schließen?", language="de")),
        fresh=1,
        by_language={
            "de": LanguageReading(
                separation=Fresh(est=0.3, lo=0.0, hi=0.6, q=0.5, q_se=0.2, models=12, responses=24), translator="m"
            ),
            "zh": LanguageReading(failure="language_not_read", detail="wording 0 is not in zh", translator="m"),
        },
    )
    assert [w.text for w in item.chosen_on] == [own[0].text], "the mirror is kept for confirmation"
    assert {name: len(own) for name, own in item.translations.items()} == {"de": 1}
    other = SHIFT.model_copy(update={"item": "it_2"})
    found = line(item, 1.0, flags=(SHIFT, other))["by_language"]
    assert [flag["effect"] for flag in found["de"]["flags"]] == [-0.7]
    assert found["zh"]["flags"] == []
    assert found["zh"]["failure"] == "language_not_read"
    assert line(item, 1.0)["wordings"][2]["language"] == "de"
