"""Files of items as drafts: every format, whatever stands in them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.roles import Brief
from cruxbank.app.import_files import Defaults, read_rows
from cruxbank.errors import InputError
from cruxbank.exports.csv import Csv
from cruxbank.exports.deliver import Given, deliver, plain_card
from cruxbank.exports.format import Bundle
from cruxbank.exports.inspect_ai import InspectAi
from cruxbank.exports.jsonl import Jsonl
from cruxbank.exports.lines import line
from cruxbank.items import Draft, Item, Option, Topic, Wording, item_id
from cruxbank.values.systems import load_system
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
    rows = read(
        tmp_path / "a.csv",
        f"text,topic,language\n{TEXT},,\n{TEXT},zoos,de\n",
        topic="rents",
        language="en",
        languages=("en", "de"),
    )
    assert [(d.topic.text, d.language) for _, d, _ in rows if d] == [("rents", "en"), ("zoos", "de")]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"text": ""}, "no text"),
        ({"text": 7}, "no text"),
        ({"text": "Should \ud800 be?"}, "unicode"),
        ({"topic": "\udfff"}, "topic: control characters"),
        ({"provenance": {"fact": "\ud800"}}, "fact: control characters"),
        ({"provenance": {"fact": "a \x1b[31m fact"}}, "fact: control characters"),
        ({"provenance": {"argument": "x" * 1001}}, "argument: 1001 characters, at most 1000"),
        ({"topic": {"text": "rents \u202e", "domain": "economy"}}, "topic: control characters"),
        ({"topic": {"text": "rents " * 50}}, "topic: 299 characters, at most 200"),
        ({"topic": {"text": "rents", "domain": "x" * 101}}, "domain: 101 characters"),
        ({"topic": {"text": "rents", "region": "\x07"}}, "region: control characters"),
        ({"options": [{"text": "x\x9b", "value": "power"}]}, "options: control characters"),
        ({"options": 5}, "options: 5 is no list"),
        ({"wordings": 5}, "wordings: 5 is no list"),
        ({"wordings": {"kind": "mirror"}}, "is no list"),
        ({"text": "x" * 4001}, "4001 characters"),
        ({"schema": "cruxbank.item/2"}, "not known"),
        ({"kind": "riddle"}, "none of question"),
        ({"language": "English, please"}, "not a code"),
        ({"language": "qq"}, "language 'qq' is none of this bank's (en"),
        ({"topic": {}}, "no topic"),
        ({"wordings": "abc"}, "wordings: 'abc' is no list"),
        ({"wordings": ["abc"]}, "wordings: give each"),
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
        ("a.csv", b"", "has no items"),
        ("a.csv", b"\n\n", "has no items"),
        ("a.csv", b"a,b\n1,2\n", "no column with the questions, but a, b"),
        ("a.csv", b"text,Text\n1,2\n", "two columns are named 'text'"),
        ("a.csv", b'text\n"x" y\n', "line 2: broken CSV"),
        ("a.csv", b'text\n"x\ny"\n\n"never closed\nand\nmore\n', "line 5: broken CSV"),
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


def test_a_long_cell_is_one_bad_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    rows = read(tmp_path / "a.csv", f'text,topic\n"{"x" * 1_000_000}",rents\n"Should\nit?",rents\n{TEXT},rents\n')
    assert [(number, wrong) for number, _, wrong in rows] == [
        (2, "a text of 1000000 characters, at most 4000 are taken"), (3, ""), (5, "")
    ]  # fmt: skip
    assert csv.field_size_limit() == before


def test_a_line_is_in_the_banks_own_code_of_its_language(tmp_path: Path) -> None:
    """Rules that ask for `en` would let `en-GB` pass."""
    assert one(tmp_path / "a.jsonl", json.dumps({**LINE, "language": "en-GB"})).language == "en"
    spoken = {"languages": ("en", "de"), "unread": ("de",)}
    ((_, draft, wrong),) = read(tmp_path / "a.jsonl", json.dumps({**LINE, "language": "de"}), **spoken)
    assert draft is None
    assert "the local critic reads English only" in wrong


async def test_the_example_of_the_docs_passes_the_critic(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```csv\n(.*?)```", text, re.S)
    rows = read(tmp_path / "mine.csv", example)
    assert len(rows) == 2
    for _, draft, wrong in rows:
        assert draft is not None, wrong
        brief = Brief(topic=draft.topic, system=load_system("schwartz-10"), wordings=6, seed=0, run="", slot=1)
        assert (await LocalCritic().review(draft, brief)).review.reasons == ()


@pytest.mark.parametrize("claim", ["person", "gpt-5", "sim-elm-1", "x" * 9999, "\ud800"])
def test_a_file_cannot_say_who_wrote_its_words(tmp_path: Path, claim: str) -> None:
    assert one(tmp_path / "a.jsonl", json.dumps({**LINE, "provenance": {"generator": claim}})).generator == "import"
    table = f"text,topic,generator\n{TEXT},rents,{claim.encode(errors='replace').decode()}\n"
    assert one(tmp_path / "a.csv", table).generator == "import"


# Round trips

NO_CONTROLS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Co", "Cs"))
TEXTS = st.text(NO_CONTROLS, max_size=60).map(lambda t: " ".join(("Should " + t).split()))
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
FIELDS = ("schema", "text", "kind", "language", "topic", "wordings", "options", "metadata", "provenance")
WITHIN = (
    ("topic", "text"),
    ("topic", "domain"),
    ("topic", "region"),
    ("provenance", "fact"),
    ("provenance", "argument"),
)


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from([(field,) for field in FIELDS] + [*WITHIN]), value=JSON | st.integers())
def test_any_json_in_any_field_is_a_row(tmp_path_factory, path, value):  # type: ignore[no-untyped-def]
    file = tmp_path_factory.mktemp("v") / "a.jsonl"
    rest = {path[0]: value} if len(path) == 1 else {path[0]: {path[1]: value}}
    sample = {"input": TEXT, "metadata": {**LINE, **rest}}
    file.write_text("\n".join(json.dumps(row) for row in ({**LINE, **rest}, sample)), encoding="utf-8")
    _, found = read_rows(file, Defaults(topic="zoos", values=VALUES))
    assert [(row.draft is None) == bool(row.wrong) for row in found] == [True, True]


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
