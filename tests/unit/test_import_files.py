"""Files of items as drafts: every format, whatever stands in them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.app.import_files import Defaults, read_rows
from cruxbank.errors import InputError
from cruxbank.exports.csv import Csv
from cruxbank.exports.deliver import Given, deliver, plain_card
from cruxbank.exports.format import Bundle
from cruxbank.exports.inspect_ai import InspectAi
from cruxbank.exports.jsonl import Jsonl
from cruxbank.exports.lines import line
from cruxbank.items import Draft, Item, Option, Topic, Wording, item_id
from tests.memory.conftest import Factory

TEXT = "Should rent control be banned?"
WORDS = {"wordings": [{"kind": "base", "text": TEXT}, {"kind": "mirror", "text": "Should rent control be kept?"}]}
LINE = {"schema": "cruxbank.item/1", "text": TEXT, "topic": {"text": "rent control", "domain": "economy"}, **WORDS}
VALUES = ("power", "security")


def read(path: Path, text: str, **more: object) -> list[tuple[int, Draft | None, str]]:
    path.write_text(text, encoding="utf-8", newline="")
    return read_rows(path, Defaults(**{"values": VALUES, **more}))[1]  # type: ignore[return-value, arg-type]


def one(path: Path, text: str, **more: object) -> Draft:
    ((_, draft, wrong),) = read(path, text, **more)
    assert draft is not None, wrong
    return draft


def test_our_own_line(tmp_path: Path) -> None:
    draft = one(tmp_path / "a.jsonl", json.dumps(LINE))
    assert draft.id == item_id(TEXT)
    assert [w.kind for w in draft.wordings] == ["base", "mirror"]
    assert (draft.topic.text, draft.topic.domain, draft.generator) == ("rent control", "economy", "import")


def test_a_topic_of_the_bank_is_taken_as_the_bank_knows_it(tmp_path: Path) -> None:
    known = Topic(text="Rent control", domain="housing", region="DE", kind="policy")
    assert one(tmp_path / "a.jsonl", json.dumps(LINE), known={known.id: known}).topic == known


@pytest.mark.parametrize("asked", [TEXT, [{"role": "system", "content": "Hm."}, {"role": "user", "content": TEXT}]])
def test_a_sample_of_inspect(tmp_path: Path, asked: object) -> None:
    sample = {"id": 1, "input": asked, "target": "", "metadata": {"topic": "rent control", "kind": "question", **WORDS}}
    draft = one(tmp_path / "a.jsonl", json.dumps(sample))
    assert (draft.text, len(draft.wordings), draft.topic.text) == (TEXT, 2, "rent control")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_of_anybody(tmp_path: Path, mark: str) -> None:
    text = mark.join(["Question", "topic", "mirror", "paraphrase_1", "paraphrase 2", "note"]) + "\r\n"
    text += mark.join([TEXT, "rent control", "Should it be kept?", "Is it right to ban it?", "", "x"]) + "\r\n\r\n"
    draft = one(tmp_path / "a.csv", "\ufeff" + text)
    assert [w.kind for w in draft.wordings] == ["base", "mirror", "paraphrase"]
    assert draft.topic.domain != "other"  # guessed from its words


def test_what_the_command_line_says_holds_where_the_file_is_silent(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", f"text,topic,language\n{TEXT},,\n{TEXT},zoos,de\n", topic="rents", language="en")
    assert [(d.topic.text, d.language) for _, d, _ in rows if d] == [("rents", "en"), ("zoos", "de")]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"text": ""}, "no text"),
        ({"text": 7}, "no text"),
        ({"text": "Should \ud800 be?"}, "unicode"),
        ({"topic": "\udfff"}, "unicode"),
        ({"provenance": {"generator": "\ud800"}}, "half a character"),
        ({"text": "x" * 4001}, "4001 characters"),
        ({"schema": "cruxbank.item/2"}, "not known"),
        ({"kind": "riddle"}, "none of question"),
        ({"language": "English, please"}, "not a code"),
        ({"topic": {}}, "no topic"),
        ({"wordings": "abc"}, "wordings: give each"),
        ({"wordings": [{"kind": "odd", "text": "x"}]}, "kind"),
        ({"wordings": [{"kind": "mirror", "text": "  "}]}, "no text"),
        ({"wordings": [{"kind": "mirror", "text": f"x {i}"} for i in range(60)]}, "61 wordings"),
        ({"options": [{"text": "x", "value": "greed"}]}, "no dimension"),
        ({"options": [{"value": "power"}]}, "text"),
    ],
)
def test_a_line_that_is_no_item_is_left_out_with_the_reason(
    tmp_path: Path, found: dict[str, object], words: str
) -> None:
    rows = read(tmp_path / "a.jsonl", json.dumps({**LINE, **found}) + "\nnot json\n[1]\n" + json.dumps(LINE))
    assert [(number, draft is not None) for number, draft, _ in rows] == [(1, False), (2, False), (3, False), (4, True)]
    assert words in rows[0][2]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", b"", "has no items"),
        ("a.jsonl", b"one\ntwo\n", "no line of it is a JSON object"),
        ("a.jsonl", b"\xff\xfe{", "line 1: not UTF-8"),
        ("a.csv", b"", "no column with the questions"),
        ("a.csv", b"a,b\n1,2\n", "no column with the questions, but a, b"),
        ("a.csv", b"text,Text\n1,2\n", "two columns are named 'text'"),
        ("a.csv", b'text\n"x" y\n', "broken CSV"),
        ("a.csv", b"text,topic\n", "has no items"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words) as found:
        read_rows(tmp_path / name, Defaults())
    assert len(str(found.value).splitlines()) == 1


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "no.csv", "no such file"), (tmp_path, "this is a folder")):
        with pytest.raises(InputError, match=words):
            read_rows(path, Defaults())


def test_a_row_with_too_many_cells_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.csv", f"text,topic\n{TEXT},rents,more\n{TEXT},rents\n")
    assert [wrong for _, _, wrong in rows] == ["3 cells, the header has 2", ""]


# Round trips

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60).map(lambda t: " ".join(("Should " + t).split()))
MARKS = st.sampled_from(
    ["=1+1", "{{ env.X }}", "a,b;c\td", '"quoted"', "'=x", "@SUM(A1)", "\u2028-1", "{% raw %}", "😀 مرحبا"]
)


def made(base: str, mirror: str, option: str) -> Item:
    item = Factory().item(base, topic=Topic(text=f"topic {mirror}", domain="economy"))
    wordings = (
        *item.wordings,
        Wording(kind="mirror", text=mirror),
        Wording(kind="mirror", text="Soll es?", language="de"),
    )
    options = (Option(text=option, value="power"), Option(text=mirror, value=""))
    return item.model_copy(update={"wordings": wordings, "options": options, "kind": "dilemma"})


@pytest.mark.parametrize(
    ("form", "file"), [(Jsonl(), "items.jsonl"), (InspectAi(), "items.jsonl"), (Csv(), "items.csv")]
)
@settings(max_examples=25, deadline=None)
@given(base=TEXTS | MARKS, mirror=TEXTS | MARKS, option=TEXTS | MARKS)
def test_an_export_comes_back_as_it_was(tmp_path_factory, form, file, base, mirror, option):  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("e")
    one_line = " ".join
    base, mirror, option = (one_line(t.split()) or "x" for t in (base, mirror, option))
    item = made(base, mirror, option)
    lines = [line(item, 1.0)]
    deliver(form, Bundle(Given(lines), plain_card("bank", lines)), folder)
    _, ((_, draft, wrong),) = read_rows(folder / file, Defaults(values=VALUES))
    assert draft is not None, wrong
    assert draft.wordings == item.wordings[:2]  # translations are made anew
    assert (draft.id, draft.options, draft.kind, draft.topic.text) == (
        item.id,
        item.options,
        item.kind,
        item.topic.text,
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["text", "input", "kind", "role", "content", "value", "language", "domain"]), inner, max_size=3
    ),
    max_leaves=6,
)  # fmt: skip
KEYS = ["schema", "text", "input", "kind", "language", "topic", "wordings", "options", "metadata", "provenance"]


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON), min_size=1, max_size=4))
def test_no_line_breaks_the_reader(tmp_path_factory, rows):  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("j") / "a.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    _, found = read_rows(path, Defaults(topic="zoos", values=VALUES))
    assert len(found) == len(rows)
    assert all((row.draft is None) == bool(row.wrong) for row in found)


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.lists(st.text(max_size=12), min_size=3, max_size=3), max_size=4),
    header=st.permutations(["text", "wordings", "options"]),
)
def test_no_cell_breaks_the_reader(tmp_path_factory, cells, header):  # type: ignore[no-untyped-def]
    path, file = tmp_path_factory.mktemp("c") / "a.csv", io.StringIO(newline="")
    csv.writer(file).writerows([header, *cells])
    path.write_text(file.getvalue(), encoding="utf-8", errors="replace", newline="")
    try:
        _, found = read_rows(path, Defaults(topic="zoos", values=VALUES))
    except InputError:
        return
    assert all((row.draft is None) == bool(row.wrong) for row in found)
