"""Items of a file as drafts: our JSON lines, CSV (ours or anybody's), Inspect's JSON lines. Reads; decides nothing.

Only the words are taken: text, wordings, options, kind, language, topic. Figures belong to the models and the judge that
made them, and are measured again here. Who wrote the words is not believed either: a file could name anybody.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from cruxbank.agents.critic_rules import steers
from cruxbank.agents.tongues import same_language
from cruxbank.cells import unguarded
from cruxbank.errors import InputError
from cruxbank.items import Draft, Option, Topic, Wording
from cruxbank.topics.domains import guess_domain
from cruxbank.topics.reader import MAX_TOPIC
from cruxbank.vocabulary import IMPORTER

Format = Literal["jsonl", "csv", "inspect"]
LONGEST = 4_000
"""Characters of one wording. The longest scenario that the shipped writers make has 700."""
LONGEST_ABOUT = 1_000
"""Characters of a fact, an argument or an option."""
LONGEST_NAME = 100
"""Characters of a domain or a region."""
MOST = 50
"""Wordings of one item."""
_KINDS = ("question", "dilemma", "scenario")
_TEXT = ("text", "question", "input", "item")
_OTHER = re.compile(r"(mirror|paraphrase)(?:[ _-]?\d+)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_WHOLE = re.compile(r"[ \t\r\n\f\v]+")


class Row(NamedTuple):
    """One item of a file, or what is the matter with it."""

    line: int
    draft: Draft | None
    wrong: str = ""


class Defaults(NamedTuple):
    """What holds where the file does not say."""

    topic: str = ""
    language: str = "en"
    known: Mapping[str, Topic] = {}
    """Topics of the bank by id: the file's topics of the same words are these."""
    values: Sequence[str] = ()
    """Dimensions that options may serve."""
    languages: Sequence[str] = ("en",)
    """The bank's languages; no other is taken."""
    unread: Sequence[str] = ()
    """Those of them that the critic cannot read."""


def read_rows(path: Path, defaults: Defaults) -> tuple[Format, list[Row]]:
    """The items of a file, in its order.

    Raises:
        InputError: no such file, not text, broken CSV, no column with texts, or nothing in it.
    """
    text = _content(path)
    form: Format
    if path.suffix.lower() in (".csv", ".tsv"):
        form, found = "csv", list(_csv(path, text, defaults))
    else:
        form, found = _lines(path, text, defaults)
    if not found:
        raise InputError(f"{path}: it has no items", hint="one item a line (JSONL), or a header and rows (CSV)")
    return form, found


def _content(path: Path) -> str:
    if not path.is_file():
        what = "this is a folder" if path.is_dir() else "no such file"
        raise InputError(f"{path}: {what}", hint="name a .csv or .jsonl file")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})", hint="check its permissions") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: not UTF-8 text", hint="save it as UTF-8") from error


# JSON lines


def _lines(path: Path, text: str, defaults: Defaults) -> tuple[Format, list[Row]]:
    rows: list[Row] = []
    forms: set[Format] = set()
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: a text may hold U+2028
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            rows.append(Row(number, None, "not JSON"))
            continue
        if not isinstance(found, dict):
            rows.append(Row(number, None, "not a JSON object"))
            continue
        ours = "schema" in found or "text" in found
        forms.add("jsonl" if ours else "inspect")
        rows.append(_guarded_row(number, partial(_ours if ours else _inspect, found, defaults)))
    if rows and not forms:
        raise InputError(f"{path}: no line of it is a JSON object", hint="name a .jsonl file, or a .csv file")
    return ("inspect" if forms == {"inspect"} else "jsonl"), rows


def _ours(found: Mapping[str, Any], defaults: Defaults) -> Draft:
    schema = found.get("schema", "cruxbank.item/1")
    if schema != "cruxbank.item/1":
        raise ValueError(f"schema {schema!r:.60} is not known")
    made = found.get("provenance")
    origin = made if isinstance(made, Mapping) else {}
    return _draft(found, _text_of(found.get("text")), origin, defaults)


def _inspect(found: Mapping[str, Any], defaults: Defaults) -> Draft:
    about = found.get("metadata")
    said = about if isinstance(about, Mapping) else {}
    made = said.get("provenance")
    return _draft(said, _asked(found.get("input")), made if isinstance(made, Mapping) else {}, defaults)


def _asked(given: Any) -> str:
    """What a sample asks: a text, or the one message of a user."""
    if isinstance(given, list):
        asked = [m.get("content") for m in given if isinstance(m, Mapping) and m.get("role") == "user"]
        if len(asked) != 1:
            raise ValueError(f"input has {len(asked)} messages of a user, one is needed")
        return _text_of(asked[0])
    return _text_of(given)


# CSV


def _csv(path: Path, text: str, defaults: Defaults) -> Iterator[Row]:
    header, rows = _table(path, text)
    if not header:
        return
    column = next((name for name in _TEXT if name in header), None)
    if column is None:
        hint = f"name one of its columns {', '.join(_TEXT[:-1])} or {_TEXT[-1]}"
        raise InputError(f"{path}: no column with the questions, but {', '.join(header)[:80]}", hint=hint)
    beside = _wordings_beside(path) if "id" in header else {}
    for number, cells in rows:
        if len(cells) != len(header):
            yield Row(number, None, f"{len(cells)} cells, the header has {len(header)}")
            continue
        row = {name: unguarded(cell) for name, cell in zip(header, cells, strict=True) if cell}
        yield _guarded_row(number, partial(_from_row, row, column, beside, defaults))


def _table(path: Path, text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header (lower case) and rows with the numbers of their first lines, whatever of comma, semicolon and tab stands
    between cells. No header: the file is empty."""
    found = _cells(path, text)
    header = found.pop(0)[1] if found else []
    names = [name.strip().lower() for name in header]
    if twice := [name for name in names if name and names.count(name) > 1]:
        raise InputError(f"{path}: two columns are named '{twice[0]}'", hint="rename one of them")
    return names, found


def _cells(path: Path, text: str) -> list[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        with _cells_of(len(text)):
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    rows.append((line, cells))
                line = reader.line_num + 1
    except csv.Error as error:
        message = f"{path}, line {line}: broken CSV ({error})"
        raise InputError(message, hint="check the quotes of the row that begins there") from error
    return rows


@contextmanager
def _cells_of(size: int) -> Iterator[None]:
    """Cells of any size: the module's limit of 131,072 characters would end the file for one long text."""
    before = csv.field_size_limit(size + 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _wordings_beside(path: Path) -> dict[str, list[Wording]]:
    """The wordings that our own CSV export keeps in a file of their own, by item id."""
    file = path.with_name("wordings.csv")
    if not file.is_file() or file == path:
        return {}
    header, rows = _table(file, _content(file))
    if not {"id", "position", "kind", "language", "text"} <= set(header):
        return {}
    placed: dict[str, list[tuple[int, Wording]]] = {}
    for _, cells in rows:
        row = {name: unguarded(cell) for name, cell in zip(header, cells, strict=False)}
        if row.get("position", "").isdigit() and row["kind"] in ("base", "mirror", "paraphrase"):
            one = Wording(kind=row["kind"], text=row["text"], language=row["language"])
            placed.setdefault(row["id"], []).append((int(row["position"]), one))
    return {key: [one for _, one in sorted(mine, key=lambda pair: pair[0])] for key, mine in placed.items()}


def _from_row(
    row: Mapping[str, str], column: str, beside: Mapping[str, Sequence[Wording]], defaults: Defaults
) -> Draft:
    found: dict[str, Any] = {**row}
    found["topic"] = {
        "text": row.get("topic", ""),
        "domain": row.get("domain", ""),
        "region": row.get("region", ""),
    }
    for name in ("wordings", "options"):
        if name in row:
            found[name] = json.loads(row[name])
    if "wordings" not in row:
        others = [(match[1], text) for name, text in row.items() if (match := _OTHER.fullmatch(name))]
        known = [one.model_dump() for one in beside.get(row.get("id", ""), ())]
        found["wordings"] = known or [{"kind": kind, "text": text} for kind, text in others]
    if "option_a" in row and "option_b" in row:
        sides = ("option_a", "option_b")
        found["options"] = [{"text": row[side], "value": row.get(f"{side}_value", "")} for side in sides]
    return _draft(found, _text_of(row.get(column)), row, defaults)


# A draft


def _guarded_row(number: int, make: Callable[[], Draft]) -> Row:
    try:
        draft = make()
        draft.model_dump_json().encode()  # JSON may hold half a character, which no record could read again
        return Row(number, draft)
    except (UnicodeEncodeError, PydanticSerializationError):
        return Row(number, None, "a text holds half a character (a lone surrogate)")
    except ValidationError as error:
        first = error.errors()[0]
        return Row(number, None, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except (ValueError, RecursionError) as error:
        return Row(number, None, " ".join(str(error).split())[:200])


def _draft(said: Mapping[str, Any], text: str, origin: Mapping[str, Any], defaults: Defaults) -> Draft:
    kind = said.get("kind") or "question"
    if kind not in _KINDS:
        raise ValueError(f"kind {kind!r:.60} is none of {', '.join(_KINDS)}")
    language = _language(said.get("language") or defaults.language, defaults)
    return Draft(
        topic=_topic(said.get("topic"), language, defaults),
        wordings=_wordings(text, said.get("wordings"), language),
        kind=kind,
        options=_options(said.get("options"), defaults.values),
        language=language,
        fact=_about("fact", origin.get("fact"), LONGEST_ABOUT),
        argument=_about("argument", origin.get("argument"), LONGEST_ABOUT),
        generator=IMPORTER,
    )


def _language(given: Any, defaults: Defaults) -> str:
    """The bank's own code for the language of a line: with a code of its own it would pass gates that ask for the bank's."""
    if not isinstance(given, str) or not _LANGUAGE.fullmatch(given):
        raise ValueError(f"language {given!r:.60} is not a code such as en or pt-BR")
    found = next((one for one in defaults.languages if same_language(one, given)), None)
    if found is None:
        raise ValueError(
            f"language '{given}' is none of this bank's ({', '.join(defaults.languages)}; languages in crux.yaml)"
        )
    if found in defaults.unread:
        raise ValueError(f"language '{found}': the local critic reads English only (agents.critic in crux.yaml)")
    return found


def _topic(given: Any, language: str, defaults: Defaults) -> Topic:
    """The topic that a line names, as the bank knows it where it does; else the one of the command line."""
    said = given if isinstance(given, Mapping) else {"text": given}
    text = _about("topic", said.get("text"), MAX_TOPIC) or defaults.topic
    if not text:
        raise ValueError("no topic; give every item one, or one to all with --topic")
    made = Topic(
        text=text,
        domain=_about("domain", said.get("domain"), LONGEST_NAME) or guess_domain(text),
        region=_about("region", said.get("region"), LONGEST_NAME) or "global",
        language=language,
    )
    return defaults.known.get(made.id, made)


def _wordings(text: str, given: Any, language: str) -> tuple[Wording, ...]:
    """Base first, then the others in the item's own language: translations are made anew, by this bank's translator."""
    others: list[Wording] = []
    for one in _list("wordings", given):
        if not isinstance(one, Mapping):
            raise ValueError('wordings: give each as {"kind": "mirror", "text": ...}')
        own = one.get("language") in (None, "", language)
        if own and one.get("kind") != "base":
            others.append(Wording(kind=one.get("kind", "paraphrase"), text=_text_of(one.get("text"))))
    if len(others) >= MOST:
        raise ValueError(f"{len(others) + 1} wordings, at most {MOST} are taken")
    return (Wording(kind="base", text=text), *others)


def _options(given: Any, values: Sequence[str]) -> tuple[Option, ...]:
    found = tuple(Option.model_validate(one) for one in _list("options", given))
    for option in found:
        _about("options", option.text, LONGEST_ABOUT)
        if option.value and option.value not in values:
            raise ValueError(f"options: {option.value!r:.60} is no dimension of this bank's value system")
    return found


def _text_of(given: Any) -> str:
    """A wording: one line, not empty, not endless."""
    if not isinstance(given, str) or not given.strip():
        raise ValueError("no text")
    text = _WHOLE.sub(" ", given).strip()
    if len(text) > LONGEST:
        raise ValueError(f"a text of {len(text)} characters, at most {LONGEST} are taken")
    return text


def _list(name: str, given: Any) -> list[Any]:
    """A list, or nothing."""
    if given is None or given == "":
        return []
    if not isinstance(given, list):
        raise ValueError(f"{name}: {given!r:.60} is no list")
    return given


def _about(name: str, given: Any, longest: int) -> str:
    """What stands beside the wordings: nothing, or a short text that steers no terminal and no page."""
    text = given.strip() if isinstance(given, str) else ""
    if len(text) > longest:
        raise ValueError(f"{name}: {len(text)} characters, at most {longest} are taken")
    if steers(text):
        raise ValueError(f"{name}: control characters")
    return text
