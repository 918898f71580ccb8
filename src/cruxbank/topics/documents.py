"""Documents that a person has, as plain paragraphs: text, Markdown, HTML, JSONL. Their text is data, never trusted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from cruxbank.errors import TopicsError
from cruxbank.frozen import Frozen

MAX_BYTES = 5_000_000
"""A file above this size is refused: this week's news is some 100 kB, and a mistaken path must not be read whole."""
MAX_CHARS = 60_000
"""Characters of one document that are read, about 10,000 words; `cut` says how many were left out."""
_HTML, _MARKDOWN, _JSONL = {".html", ".htm", ".xhtml"}, {".md", ".markdown"}, {".jsonl", ".ndjson"}
_TEXT = {".txt", ".text", ".rst", ""}
_SKIPPED = {"script", "style", "noscript", "template", "svg", "nav", "footer", "aside", "form", "button", "iframe"}
_BLOCKS = set(
    "p div section article main header h1 h2 h3 h4 h5 h6 li ul ol tr td th table blockquote figcaption br hr title "
    "dd dt pre".split()
)
_HEADINGS = {"title", "h1", "h2", "h3"}
ENOUGH = 200
"""Characters inside <article> or <main> from which the rest of a page counts as furniture."""


class Paragraph(Frozen):
    """One paragraph on one line."""

    text: str
    heading: bool = False


class Document(Frozen):
    """One document. `source` is its file's name, never its path."""

    source: str
    paragraphs: tuple[Paragraph, ...]
    cut: int = 0
    """Characters that were not read."""

    @property
    def text(self) -> str:
        """All paragraphs, a blank line between them."""
        return "\n\n".join(p.text for p in self.paragraphs)


def read_documents(path: Path) -> tuple[Document, ...]:
    """The documents of a file: one, or one a line of a JSONL (a string, or an object with `text` and maybe `title`).

    Raises:
        TopicsError: no such file, a folder, binary, too large, an unknown kind, a broken line, no text.
    """
    text = _read(path)
    suffix = path.suffix.lower()
    if suffix in _JSONL:
        found = [_document(path.name, paragraphs) for paragraphs in _jsonl(path, text)]
    elif suffix in _HTML:
        found = [_document(path.name, _html(text))]
    elif suffix in _MARKDOWN:
        found = [_document(path.name, _markdown(text))]
    elif suffix in _TEXT:
        found = [_document(path.name, _plain(text))]
    else:
        kinds = ", ".join(sorted((_HTML | _MARKDOWN | _JSONL | _TEXT) - {""}))
        raise TopicsError(f"document {path}: cannot read a {suffix} file", hint=f"save it as one of {kinds}")
    full = tuple(document for document in found if document.paragraphs)
    if not full:
        raise TopicsError(f"document {path}: it has no text", hint="name a file with sentences in it")
    return full


def _read(path: Path) -> str:
    if not path.is_file():
        what = "this is a folder" if path.is_dir() else "no such file"
        raise TopicsError(f"document {path}: {what}", hint="name text, Markdown, HTML or JSONL files")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            message = f"document {path}: {size} bytes, more than {MAX_BYTES}"
            raise TopicsError(message, hint="split it, or name the part that you want topics from")
        raw = path.read_bytes()
    except OSError as error:
        message = f"document {path}: cannot be read ({error.strerror})"
        raise TopicsError(message, hint="check its permissions") from error
    if b"\0" in raw:
        raise TopicsError(f"document {path}: it is binary, not text", hint="save it as UTF-8 text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise TopicsError(f"document {path}, line {line}: not UTF-8 text", hint="save it as UTF-8 text") from error


def _document(source: str, paragraphs: list[Paragraph]) -> Document:
    kept: list[Paragraph] = []
    size = cut = 0
    for paragraph in paragraphs:
        room = MAX_CHARS - size
        text = paragraph.text[: max(room, 0)].strip()
        cut += len(paragraph.text) - len(text)
        size += len(text)
        if text:
            kept.append(Paragraph(text=text, heading=paragraph.heading))
    return Document(source=source, paragraphs=tuple(kept), cut=cut)


def _plain(text: str) -> list[Paragraph]:
    """Blank lines part paragraphs; a short first line without a full stop is the title."""
    blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n", text)]
    found = [Paragraph(text=block) for block in blocks if block]
    if found and len(found) > 1 and len(found[0].text) < 120 and not found[0].text.endswith((".", "?", "!")):
        found[0] = Paragraph(text=found[0].text, heading=True)
    return found


def _markdown(text: str) -> list[Paragraph]:
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.S | re.M)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"<[^>]{1,200}>|`[^`\n]*`", " ", text)
    text = re.sub(r"^(#{1,6}\s.*)$", r"\n\1\n", text, flags=re.M)
    found = []
    for block in _plain(re.sub(r"^\s*(?:[-*+]|\d+\.)\s+", "\n", text, flags=re.M)):
        line = re.sub(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}", "", block.text).lstrip("> ")
        heading = line.startswith("#")
        found.append(Paragraph(text=line.lstrip("# ").strip() or "-", heading=heading))
    return [p for p in found if any(c.isalpha() for c in p.text)]


class _Page(HTMLParser):
    """Collects visible text by block; what stands in navigation, scripts and forms is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[str, bool, bool]] = []
        self._parts: list[str] = []
        self._skipping: list[str] = []
        self._inside = 0
        self._heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _SKIPPED:
            self._skipping.append(tag)
        if tag in _BLOCKS:
            self.flush()
            self._inside += tag in {"article", "main"}
            self._heading = tag in _HEADINGS

    def handle_endtag(self, tag: str) -> None:
        if tag in self._skipping:
            del self._skipping[self._skipping.index(tag) :]
        if tag in _BLOCKS:
            self.flush()
            self._inside -= tag in {"article", "main"} and self._inside > 0
            self._heading = False

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._parts.append(data)

    def flush(self) -> None:
        """End the block that is open."""
        text = " ".join("".join(self._parts).split())
        self._parts.clear()
        if any(c.isalpha() for c in text):
            self.blocks.append((text, self._heading, self._inside > 0))


def _html(text: str) -> list[Paragraph]:
    page = _Page()
    page.feed(text)
    page.close()
    page.flush()
    inside = sum(len(words) for words, _, within in page.blocks if within) >= ENOUGH
    kept = [(words, heading) for words, heading, within in page.blocks if within or heading or not inside]
    return [Paragraph(text=words, heading=heading) for words, heading in dict.fromkeys(kept)]


def _jsonl(path: Path, text: str) -> Iterator[list[Paragraph]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _json_document(f"document {path}, line {number}", line)


def _json_document(where: str, line: str) -> list[Paragraph]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        message = f"{where}: broken JSON ({error.msg} at character {error.colno})"
        raise TopicsError(message, hint="write one string or object a line") from error
    body = row.get("text") if isinstance(row, dict) else row
    if not isinstance(body, str):
        raise TopicsError(f"{where}: no text in field 'text'", hint="write a string, or an object with a text, a line")
    title = row.get("title") if isinstance(row, dict) else None
    head = [Paragraph(text=" ".join(title.split()), heading=True)] if isinstance(title, str) and title.strip() else []
    return head + _plain(body)
