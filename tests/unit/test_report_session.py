"""A session's transcript: hostile text stays text in Markdown and HTML, flips are marked, two sides stand side by side."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st

from cruxbank.items import Evidence, Outcome, Response, Verdict
from cruxbank.measures import Counts, Estimate
from cruxbank.report.session_data import LONGEST, About, Transcript, answer, tied, transcript
from cruxbank.report.session_files import write_transcript
from cruxbank.report.session_page import html
from cruxbank.report.session_text import code, markdown
from cruxbank.sessions import Ask, Findings, Flip, Rank, Session, Turn, Weakness, Yielded

EVIL = (
    "<script>window.pwned=1</script> <img src=x onerror=alert(1)> [click](https://evil.invalid) ![i](http://evil.invalid/a.png)"
    " www.evil.invalid a@evil.invalid ``` `` ` | # head\n\n# heading\n<b>\u202e\x1b[31m {{ 7 * 7 }}"
)


def turn(number: int, stance: str | None = "yes", said: str = "because", **more: Any) -> Turn:
    flipped, replays = more.pop("flipped", None), more.pop("replays", None)
    ask = {"proposition": "it_a", "move": "plain", "purpose": "position", "text": f"question {number}"} | more
    response = Response(
        item="it_a", wording=0, model="m", state="answered" if stance else "refused",
        stance=stance, key_points=(said,), text=said,
    )  # fmt: skip
    verdict = Verdict(
        state="scored" if stance else "refused",
        outcomes={"power": Outcome.SUPPORTS, "hedonism": Outcome.ABSENT} if stance else {},
        judge="j",
        evidence=(Evidence(dimension="power", side="supports", point=1, quote=said[:300]),) if stance else (),
    )
    return Turn(number=number, ask=Ask(**ask), response=response, verdict=verdict, flipped=flipped, replays=replays)


TURNS = (
    turn(0),
    turn(1, after=0, move="again", purpose="test", flipped=False),
    turn(2, "no", after=0, move="authority", purpose="test", flipped=True),
    turn(3, move="cost", purpose="flip", strength=0.3, flipped=False),
    turn(4, "no", move="cost", purpose="flip", strength=0.6, flipped=True),
    turn(5, "no", move="pair", purpose="order", pair=("power", "security")),
    turn(6, None),
)
SUSPECT = {"proposition": "it_a", "moved_flips": 8, "moved": 9, "plain_flips": 0, "plain": 6, "p": 0.01}


def session(**more: Any) -> Session:
    values: dict[str, Any] = {"id": "r.1", "run": "r", "number": 1, "target": "m", "seed": 3, "judge": "j", "turns": 9}
    return Session(
        **values | {"value_system": "schwartz-10", "origin": "simulated", "ended": "all turns are used"} | more
    )


def findings(**more: Any) -> Findings:
    values: dict[str, Any] = {
        "weaknesses": (
            Weakness(move="authority", weak=True, turns=(1, 2), **SUSPECT),
            Weakness(move="persona", weak=False, turns=(0, 4), **SUSPECT),
        ),
        "flips": (Flip(proposition="it_a", est=0.45, lo=0.3, hi=0.6, below=0.0, above=0.1, turns=2),),
        "yields": (Yielded(move="authority", episodes=3, yielded=1, after=(2,)),),
        "counts": Counts(asked=7, answered=6, refused=1),
    }
    return Findings(**values | more)


def shown(turns: tuple[Turn, ...] = TURNS, said: str = "a proposition?", **more: Any) -> Transcript:
    made = transcript(session(**more), findings(), turns, {})
    return made.model_copy(update={"propositions": {"it_a": About(said, "topic", "question")}})


class Reader(HTMLParser):
    """Tags and their attributes; tags must match."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader.tags


def evil() -> Transcript:
    asked = turn(2, "no", EVIL, after=0, move=EVIL, purpose="test", flipped=True, text=EVIL)
    turns = (*TURNS[:2], asked, *TURNS[3:])
    other = transcript(session(), Findings(), (turn(2, "yes", EVIL),), {})
    made = shown((*turns[:2], asked.model_copy(update={"replays": 2}), *turns[3:]), EVIL, target=EVIL, judge=EVIL)
    pairs = transcript(made.session, made.findings, made.turns, {}, session(target=EVIL), other.turns)
    return made.model_copy(update={"others": pairs.others, "other_target": EVIL, "discovered": (EVIL,)})


def test_hostile_text_is_no_markup_in_the_page() -> None:
    page = html(evil())
    found = tags(page)
    assert [name for name, _ in found].count("script") == 1
    assert not {"img", "iframe", "object", "b-evil"} & {name for name, _ in found}
    links = {a.get("href") for name, a in found if name == "a"}
    assert links
    assert all(re.fullmatch(r"#t\d+", link or "") for link in links)
    assert not any(key.startswith("on") for _, a in found for key in a)
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert "{{ 7 * 7 }}" in page


def outside_code(text: str) -> str:
    """Markdown without its code spans, as CommonMark pairs backticks: a run closes at the next run of the same length."""
    left, at = [], 0
    runs = list(re.finditer(r"`+", text))
    while runs:
        opening = runs.pop(0)
        close = next((i for i, run in enumerate(runs) if len(run[0]) == len(opening[0])), None)
        assert close is not None, "a backtick outside code"
        assert "\n" not in text[opening.start() : runs[close].end()]
        left.append(text[at : opening.start()])
        at = runs[close].end()
        del runs[: close + 1]
    return "".join([*left, text[at:]])


def test_hostile_text_is_only_code_in_markdown() -> None:
    text = markdown(evil())
    assert "pwned" in text
    left = outside_code(text)
    for word in ("pwned", "<script", "<img", "evil", "](", "heading", "{{"):
        assert word not in left
    assert set(re.findall(r"<[^>]*>", left)) <= {"<br>"}
    tables = [line for line in left.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} <= {2, 3, 4, 5, 6, 7}
    assert "\u202e" not in text
    assert "\x1b" not in text


@given(st.text(max_size=60))
def test_code_holds_any_text(text: str) -> None:
    made = f"before {code(text)} after"
    assert outside_code(made) == "before  after"
    assert "|" not in made
    made.encode()


def test_flips_are_marked_and_only_flips() -> None:
    text, page = markdown(shown()), html(shown())
    heads = [line for line in text.splitlines() if line.startswith("### Turn")]
    assert [("FLIPPED" in line) for line in heads] == [bool(t.flipped) for t in TURNS]
    marked = [a["id"] for name, a in tags(page) if name == "article" and "id" in a and "turned" in (a["class"] or "")]
    assert marked == ["t2", "t4"]
    assert "2 of 4 turns that could be compared flipped" in text


def test_a_convicted_weakness_stands_side_by_side_and_a_suspect_does_not() -> None:
    made = shown()
    pair = made.sides(made.convicted[0])
    assert pair is not None
    assert [[t.number for t in side] for side in (pair.opening, pair.held, pair.flipped)] == [[0], [1], [2]]
    rows = [line for line in markdown(made).splitlines() if "question 1" in line and "question 2" in line]
    assert len(rows) == 1
    assert "**FLIPPED**" in rows[0].split("|")[2]
    page = html(made)
    assert page.count('class="two sides"') == 2, "the weakness and the flip point"
    assert "Suspects that were not convicted" in page


def test_the_edge_of_a_flip_point_is_where_holding_ends() -> None:
    made = shown()
    edge = made.edge(made.findings.flips[0])
    assert edge is not None
    assert (edge.held[-1].number, edge.flipped[-1].number) == (3, 4)
    assert made.model_copy(update={"turns": TURNS[:4]}).edge(made.findings.flips[0]) is None


def test_ties_choices_and_evidence() -> None:
    even = Estimate(est=0.0, lo=-1.0, hi=1.0)
    ranks = [
        Rank(dimension=name, utility=even, lowest=1, highest=3, group=group)
        for name, group in (("security", 1), ("power", 0), ("hedonism", 1))
    ]
    assert [[r.dimension for r in group] for group in tied(ranks)] == [["power"], ["hedonism", "security"]]
    assert answer(TURNS[5]) == "security before power"
    assert "`because` (`power` supports, point 1)" in markdown(shown())
    assert '<q dir="auto">because</q>' in html(shown())


def test_differences_are_marked() -> None:
    lead = session(id="r.0", target="first")
    mine = (turn(0, "no", replays=0), turn(1, "yes", replays=1), turn(2, "yes"))
    made = transcript(session(replays="r.0"), Findings(), mine, {}, lead, (turn(0, "yes"), turn(1, "yes")))
    assert [one.mine.number for one in made.differing] == [0]
    text = markdown(made)
    assert "1 of 2 asks that both got were answered otherwise." in text
    assert text.count("**DIFFERS**") == 2, "in the table and at the turn"
    assert [a for name, a in tags(html(made)) if name == "tr" and a.get("class") == "differs"] != []


def test_a_megabyte_is_cut_and_an_empty_session_is_a_page() -> None:
    made = shown((turn(0, said="x" * 1_000_000),))
    assert len(markdown(made)) < 5 * LONGEST
    assert "1,000,000 characters" in html(made)
    empty = transcript(session(ended=""), Findings(), (), {})
    assert "0 asked = 0 answered" in markdown(empty)
    tags(html(empty))


def test_the_files_say_simulated_and_are_the_same_twice(tmp_path: Path) -> None:
    log, *paths = write_transcript(tmp_path, shown((turn(0, said="lone \ud800 surrogate"),)))
    assert [path.name for path in (log, *paths)] == [f"session-1.{kind}" for kind in ("eval", "md", "json", "html")]
    first = [path.read_bytes() for path in paths]
    assert all(b"simulated" in content for content in first)
    assert json.loads(first[1])["turns"][0]["response"]["text"] == "lone \ud800 surrogate"
    write_transcript(tmp_path, shown((turn(0, said="lone \ud800 surrogate"),)))
    assert [path.read_bytes() for path in paths] == first
    real = shown(origin="real")
    assert "imulated" not in markdown(real) + html(real).split("</style>")[1]
