"""Topic files: what is read, and the one line that says what is wrong."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from cruxbank.errors import TopicsError
from cruxbank.items import topic_id
from cruxbank.topics.reader import read_topics


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def texts(path: Path, column: str | None = None) -> list[str]:
    return [t.text for t in read_topics(path, column)]


def test_plain_text_is_a_topic_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, "t.txt", "\ufeffrent  control \r\n\r\nschool uniforms\n")
    topics = read_topics(path)
    assert [t.text for t in topics] == ["rent control", "school uniforms"]
    assert topics[0].source == "t.txt"
    assert topics[1].domain == "education"


def test_csv_with_one_column_needs_no_choice(tmp_path: Path) -> None:
    assert texts(write(tmp_path, "t.csv", "\ufefftopic\nwhaling\nzoos\n")) == ["whaling", "zoos"]


def test_csv_with_quotes_and_tags(tmp_path: Path) -> None:
    body = 'id,topic,region,year,kind,domain\n1,"tax, flat and low",Estonia,1994,policy,economy\n2,zoos,,,,\n'
    first, second = read_topics(write(tmp_path, "t.csv", body), "topic")
    assert (first.text, first.region, first.year, first.kind, first.domain) == (
        "tax, flat and low",
        "Estonia",
        1994,
        "policy",
        "economy",
    )
    assert (second.region, second.year, second.kind, second.domain) == ("global", None, None, "animals")


def test_jsonl_takes_strings_and_objects(tmp_path: Path) -> None:
    body = '"whaling"\n{"text": "zoos", "region": "Chile", "year": 2024}\n\n'
    first, second = read_topics(write(tmp_path, "t.jsonl", body))
    assert (first.text, second.text, second.region, second.year) == ("whaling", "zoos", "Chile", 2024)


def test_jsonl_column_and_unicode_line_separator(tmp_path: Path) -> None:
    assert texts(write(tmp_path, "t.jsonl", '{"q": "dog\u2028meat"}\n'), "q") == ["dog meat"]


def test_equal_topics_are_dropped(tmp_path: Path) -> None:
    assert texts(write(tmp_path, "t.txt", "Dog meat\ndog  meat!\nzoos\n")) in (
        ["dog meat!", "zoos"],
        ["Dog meat", "zoos"],
    )


def test_language_is_part_of_the_id(tmp_path: Path) -> None:
    path = write(tmp_path, "t.txt", "Zoos\n")
    assert read_topics(path, language="de")[0].id == topic_id("Zoos", "de") != topic_id("Zoos", "en")


BAD: list[tuple[str, str | bytes, str | None, list[str]]] = [
    ("empty.txt", "\n \n", None, ["no topics"]),
    ("empty.csv", "", "topic", ["empty"]),
    ("only.csv", "topic\n", None, ["no topics"]),
    ("nul.txt", b"whaling\0zoos", None, ["binary"]),
    ("latin.txt", "zoos\ncaf\xe9".encode("latin-1"), None, ["line 2", "UTF-8"]),
    ("column.csv", "id,topic_neutral\n1,zoos\n", "topic_neutrl", ["topic_neutrl", "did you mean 'topic_neutral'"]),
    ("choose.csv", "id,topic\n1,zoos\n", None, ["2 columns", "id, topic"]),
    ("short.csv", "id,topic\n1\n", "topic", ["line 2", "column 2"]),
    ("quote.csv", 'id,topic\n1,"zoos\n', "topic", ["broken CSV"]),
    ("blank.csv", "id,topic\n1,  \n", "topic", ["line 2", "empty"]),
    ("long.txt", "zoos\n" + "x" * 201, None, ["line 2", "201"]),
    ("json.jsonl", '"zoos"\n{"text": \n', None, ["line 2", "broken JSON"]),
    ("number.jsonl", "12\n", None, ["line 1", "neither"]),
    ("field.jsonl", '{"topic": "zoos"}\n', None, ["line 1", "'text'", "topic"]),
    ("year.jsonl", '{"text": "zoos", "year": "soon"}\n', None, ["line 1", "year", "soon"]),
    ("plain.txt", "zoos\n", "topic", ["no column 'topic'"]),
]


@pytest.mark.parametrize(("name", "content", "column", "parts"), BAD, ids=[b[0] for b in BAD])
def test_bad_files_are_named_in_one_line(
    tmp_path: Path, name: str, content: str | bytes, column: str | None, parts: list[str]
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(TopicsError) as caught:
        read_topics(path, column)
    line = str(caught.value)
    assert "\n" not in line
    assert name in line
    assert caught.value.hint
    for part in parts:
        assert part in line


def test_missing_file_and_folder(tmp_path: Path) -> None:
    write(tmp_path, "topics.txt", "zoos")
    with pytest.raises(TopicsError, match=r"did you mean topics\.txt"):
        read_topics(tmp_path / "topic.txt")
    with pytest.raises(TopicsError, match="folder"):
        read_topics(tmp_path)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60), max_size=8))
def test_any_plain_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.mktemp("any") / "t.txt"
    path.write_text("\n".join(lines), encoding="utf-8", newline="")
    if any(letter.isalnum() for line in lines for letter in line):
        with contextlib.suppress(TopicsError):  # a line of punctuation is refused
            topics = read_topics(path)
            assert len({t.id for t in topics}) == len(topics) >= 1
    else:
        with pytest.raises(TopicsError):
            read_topics(path)


def test_issue_topics_are_read(shared: Path) -> None:
    topics = read_topics(shared / "data/issuebench_issues/issues.csv", "topic_neutral")
    assert len(topics) == 211
    assert sum(t.domain == "other" for t in topics) < 40
