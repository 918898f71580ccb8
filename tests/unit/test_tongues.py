"""Telling by script and small words whether a text can be in a language."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cruxbank.agents.tongues import may_be, name_of, reads_as, same_language

TEXTS = {
    "en": ("Should cities cap rents?", "People deserve protection against crime.", "Is it fair?"),
    "de": ("Sollte Mietendeckelung in großen Städten erlaubt sein?", "Freiheit zählt hier mehr als Ordnung."),
    "fr": ("Les villes devraient-elles limiter les loyers ?", "La sécurité compte plus que la liberté des gens."),
    "es": ("¿Deberían las ciudades limitar los alquileres?",),
    "zh": ("城市是否应该限制房租？", "人们的安全比自由更重要。"),
    "ru": ("Должны ли города ограничивать арендную плату?",),
    "ko": ("도시는 임대료를 제한해야 합니까?",),
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_reads_as_its_own_language_and_as_no_other(language: str) -> None:
    for text in TEXTS[language]:
        assert [other for other in TEXTS if reads_as(text, other)] == [language]


def test_japanese_may_be_written_in_han_and_chinese_not_in_kana() -> None:
    assert reads_as("都市は家賃を制限すべきでしょうか？", "ja")
    assert not reads_as("都市は家賃を制限すべきでしょうか？", "zh")
    assert reads_as("城市是否应该限制房租？", "ja"), "script cannot tell: better to let it pass than to refuse"


def test_words_in_quotation_marks_do_not_count() -> None:
    assert reads_as("政府应当禁止“rent control in the big cities of the world”吗？", "zh")
    assert not reads_as("政府 should ban rent control in the big cities", "zh")
    assert reads_as("Wäre es fair, „rent control in the big cities“ zu verbieten?", "de")


def test_a_long_sentence_without_any_small_word_of_its_language_is_not_in_it() -> None:
    finnish = "Pitäisikö suurten kaupunkien vuokria rajoittaa lailla vaikka asuntoja rakennettaisiin vähemmän"
    assert not reads_as(finnish, "en")
    assert reads_as(finnish, "fi"), "a language without small words here is told by its letters alone"


def test_short_or_empty_texts_pass_where_their_letters_do() -> None:
    assert reads_as("", "zh")
    assert reads_as("Safety first.", "en")
    assert not reads_as("Safety first.", "zh")


TERSE = (
    "Economic growth creates jobs. Innovation drives prosperity. Competition lowers prices.",
    "Personal freedom matters. Individual choice trumps state control. Responsible adults decide.",
    "Children deserve protection. Families need stable homes. Strong communities prevent crime.",
    "Reduces inequality. Protects vulnerable workers. Strengthens social cohesion.",
    "Men die. War kills jobs. Old hat, per capita costs soar till prices double.",
    "Los Angeles suffers. São Paulo thrives. Competition lowers prices, innovation drives prosperity worldwide.",
)


@pytest.mark.parametrize("text", TERSE)
def test_terse_english_is_english(text: str) -> None:
    assert may_be(text, "en")


@pytest.mark.parametrize("language", TEXTS)
def test_another_language_is_told_by_what_it_has(language: str) -> None:
    for text in TEXTS[language]:
        assert may_be(text, language)
        assert may_be(text, "en") is (language == "en")


@pytest.mark.parametrize(
    "text",
    [
        "Freiheit ist wichtig.",
        "Wirtschaftswachstum schafft Arbeitsplätze. Wettbewerb senkt Preise. Sicherheit der Familien zuerst, Ordnung auch.",
        "Pitäisikö suurten kaupunkien vuokria rajoittaa lailla vaikka asuntoja rakennettaisiin vähemmän",
        "Economic growth creates jobs " * 7,
    ],
)
def test_what_cannot_be_english(text: str) -> None:
    assert not may_be(text, "en")


def test_codes() -> None:
    assert same_language("en", "en-GB")
    assert same_language("pt_BR", "pt")
    assert not same_language("de", "en")
    assert name_of("zh-Hant") == "Chinese (zh-Hant)"
    assert name_of("xx") == "xx"


def test_english_of_people_who_write_it_is_not_taken_for_another_language(shared: Path) -> None:
    file = shared / "data" / "touche23_valueeval" / "arguments.tsv"
    with file.open(encoding="utf-8", newline="") as rows:
        texts = [row["Premise"] for row in csv.DictReader(rows, delimiter="\t")]
    assert len(texts) > 4000
    assert [text for text in texts if not reads_as(text, "en")] == []
    assert [text for text in texts if not may_be(text, "en")] == []
    assert sum(reads_as(text, "de") for text in texts) < 0.01 * len(texts), "short ones without any small word"
