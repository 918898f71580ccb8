"""Documents become paragraphs: text, Markdown, HTML, JSONL; what cannot be read is one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from cruxbank.errors import TopicsError
from cruxbank.topics.documents import MAX_BYTES, MAX_CHARS, Paragraph, read_documents

PAGE = """<!doctype html><html><head><title>Night flights</title><script>var a = "ban the script";</script></head>
<body><nav>Home Subscribe</nav><p>Cookie banner text.</p><article><h1>Town votes</h1>
<p>The town will vote on night flights &amp; noise. {filler}</p><p>One<br>two <b>bold</b> words</p></article>
<footer>All rights reserved</footer></body></html>"""


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_html_keeps_the_article_and_drops_the_furniture(tmp_path: Path) -> None:
    (document,) = read_documents(write(tmp_path, "page.html", PAGE.format(filler="Long enough to count. " * 12)))
    assert document.source == "page.html"
    assert document.paragraphs[0] == Paragraph(text="Night flights", heading=True)
    assert Paragraph(text="Town votes", heading=True) in document.paragraphs
    assert "night flights & noise" in document.text
    assert [p.text for p in document.paragraphs][-2:] == ["One", "two bold words"]
    for gone in ("script", "Subscribe", "rights reserved", "Cookie"):
        assert gone not in document.text


def test_html_without_an_article_is_read_whole(tmp_path: Path) -> None:
    (document,) = read_documents(write(tmp_path, "p.htm", "<p>Rent control.</p><div>Zoos <nav>menu</nav>again</div>"))
    assert [p.text for p in document.paragraphs] == ["Rent control.", "Zoos again"]


def test_markdown_loses_its_marks(tmp_path: Path) -> None:
    text = "---\na: b\n---\n# School *uniforms*\nSome [towns](https://x.example) ban them.\n\n```\ncode\n```\n- one\n- two\n"
    (document,) = read_documents(write(tmp_path, "n.md", text))
    assert [(p.text, p.heading) for p in document.paragraphs] == [
        ("School uniforms", True),
        ("Some towns ban them.", False),
        ("one", False),
        ("two", False),
    ]


def test_jsonl_gives_one_document_a_line(tmp_path: Path) -> None:
    lines = '{"title": "Zoos", "text": "Zoos close."}\n"Only text here."\n\n'
    first, second = read_documents(write(tmp_path, "week.jsonl", lines))
    assert first.paragraphs[0] == Paragraph(text="Zoos", heading=True)
    assert second.text == "Only text here."
    assert {first.source, second.source} == {"week.jsonl"}


def test_a_long_document_is_cut_and_says_so(tmp_path: Path) -> None:
    (document,) = read_documents(write(tmp_path, "long.txt", "word " * (MAX_CHARS // 5 + 100)))
    assert len(document.text) <= MAX_CHARS
    assert document.cut >= 400


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"text", "cannot read a .pdf file"),
        ("a.txt", b"a\0b", "binary"),
        ("a.txt", b"caf\xe9", "line 1: not UTF-8"),
        ("a.txt", b"  \n ", "no text"),
        ("a.html", b"<script>x</script>", "no text"),
        ("a.jsonl", b'{"text": 3}', "line 1: no text in field 'text'"),
        ("a.jsonl", b'{"text"', "line 1: broken JSON"),
        ("a.txt", b"x" * (MAX_BYTES + 1), "more than"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TopicsError) as caught:
        read_documents(tmp_path / name)
    assert says in str(caught.value)
    assert caught.value.hint


def test_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    for path, says in ((tmp_path, "a folder"), (tmp_path / "gone.md", "no such file")):
        with pytest.raises(TopicsError, match=says):
            read_documents(path)


@given(st.text(max_size=400), st.sampled_from(["a.html", "a.md", "a.txt"]))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str, name: str) -> None:
    file = tmp_path_factory.mktemp("d") / name
    file.write_bytes(text.encode("utf-8", "replace"))
    try:
        documents = read_documents(file)
    except TopicsError:
        return
    for document in documents:
        for paragraph in document.paragraphs:
            assert paragraph.text == " ".join(paragraph.text.split())
