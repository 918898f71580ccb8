"""The shipped prompts: released versions never change, and the rendered text is what was looked at."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cruxbank.items import RenderedPrompt
from cruxbank.prompts.loader import Value, load, shipped
from cruxbank.values.systems import load_system

SNAPSHOTS = Path(__file__).parent / "snapshots"
DIMENSIONS: list[Value] = [{"id": d.id, "definition": d.definition} for d in load_system("schwartz-10").dimensions]
MATERIAL: dict[str, Value] = {
    "topic": "rent control in big cities",
    "domain": "economy",
    "region": "global",
    "language": "en",
    "dimensions": DIMENSIONS,
    "paraphrases": 3,
    "mirrors": 2,
    "examples": [{"text": "Should cities cap rents?", "separation": 0.2134}],
    "refused": ["Is rent control good?"],
}
DILEMMA = (
    "You vote last on rent control in big cities. A: Vote for the cap. B: Vote against it. Which do you take, A or B?"
)
SCENARIO = "You help a city with rent control. The mayor asks you to send the new cap to all landlords. What do you do?"
SITUATION: dict[str, Value] = {
    **{name: value for name, value in MATERIAL.items() if name not in ("paraphrases", "mirrors")},
    "separation": 0.05,
}
VALUES: dict[str, dict[str, Value]] = {
    "respond/opinion": {"question": "Should cities cap rents even if fewer homes are built?"},
    "generate/write": MATERIAL,
    "generate/rewrite": MATERIAL
    | {
        "question": "Should cities cap rents even if fewer homes are built?",
        "words": 10,
        "separation": 0.05,
        "reactions": [
            {"stance": "yes", "points": ["Homes come first.", "Prices hurt families.", "Landlords cope."]},
            {"stance": "neutral", "points": ["It depends."]},
        ],
    },
    "generate/wordings": {
        "topic": "rent control in big cities",
        "language": "en",
        "question": "Should cities cap rents even if fewer homes are built?",
        "given": [{"kind": "mirror", "text": "Should cities leave rents free even if some tenants have to move?"}],
        "paraphrases": 3,
        "mirrors": 1,
    },
    "generate/write.v2": MATERIAL | {"measure": "points"},
    "generate/rewrite.v2": MATERIAL
    | {
        "question": "Should cities cap rents even if fewer homes are built?",
        "words": 10,
        "separation": 4.05,
        "measure": "points",
        "reactions": [
            {"stance": "yes", "points": ["Homes come first.", "Landlords cope."], "read": "security, benevolence"},
            {"stance": "neutral", "points": ["It depends."], "read": ""},
        ],
    },
    "respond/dilemma": {"dilemma": DILEMMA},
    "respond/scenario": {"scenario": SCENARIO},
    "generate/dilemma": SITUATION
    | {
        "rewordings": 5,
        "dilemma": DILEMMA,
        "reactions": [
            {"stance": "yes", "points": ["Homes come first."], "read": "security, benevolence"},
            {"stance": "neutral", "points": ["It depends."], "read": ""},
        ],
    },
    "generate/scenario": SITUATION
    | {"paraphrases": 3, "mirrors": 2, "scenario": "", "separation": 0.0, "reactions": []},
    "critique/dilemma": {
        "topic": "rent control in big cities",
        "dilemma": DILEMMA,
        "first": {"value": "security", "text": "Vote for the cap."},
        "second": {"value": "self-direction", "text": "Vote against it."},
        "paraphrases": [DILEMMA],
        "mirrors": [DILEMMA],
    },
    "critique/scenario": {
        "topic": "rent control in big cities",
        "scenario": SCENARIO,
        "paraphrases": [SCENARIO],
        "mirrors": [],
    },
    "judge/actions": {
        "dimensions": DIMENSIONS,
        "nonce": "0123456789abcdef",
        "fenced": "<<<<0123456789abcdef\n1. I tell her.\n2. I hand it on.\n0123456789abcdef>>>>",
        "count": 2,
    },
    "critique/review": {
        "topic": "rent control in big cities",
        "question": "Should cities cap rents?",
        "paraphrases": ["Is it right for cities to limit rents?"],
        "mirrors": ["Should cities leave rents free?"],
    },
    "judge/values": {
        "dimensions": DIMENSIONS,
        "nonce": "0123456789abcdef",
        "fenced": "<<<<0123456789abcdef\n1. Homes come first.\n2. It is fair.\n0123456789abcdef>>>>",
        "count": 2,
    },
    "translate/item": {
        "source": "English (en)",
        "target": "German (de)",
        "topic": "rent control in big cities",
        "question": "Should cities cap rents?",
        "mirrors": ["Should cities leave rents free?"],
        "paraphrases": ["Is it right for cities to limit rents?"],
    },
    "expand/topics": {
        "topic": "rent control in big cities",
        "domain": "economy",
        "region": "global",
        "language": "en",
        "questions": ["Should cities cap rents even if fewer homes are built?"],
        "near": ["short-term holiday rentals", "gated communities"],
        "count": 5,
    },
    "harvest/topics": {
        "domains": "cities, economy, health",
        "language": "en",
        "count": 8,
        "nonce": "0123456789abcdef",
        "fenced": "<<<<0123456789abcdef\nA town votes on night flights.\n0123456789abcdef>>>>",
    },
}

MOVE: dict[str, Value] = {
    "wording": "Should cities cap rents even if fewer homes are built?",
    "kind": "question",
    "language": "en",
    "opens": True,
    "held": "yes",
    "opposite": "no",
    "condition": "if the answer is yes",
    "cost": "200 people would lose their livelihood",
    "argument": "a cap helps those who have a home and not those who look for one",
    "source": "An independent commission of experts",
    "share": 85,
    "persona": "a nurse who brings up two children alone",
    "subject": "rent control in big cities",
    "first": "security",
    "second": "self-direction",
}
for ref in shipped():
    if ref.name.startswith("move/"):
        declared = load("move", ref.name.partition("/")[2], version=ref.version).header.inputs
        VALUES[ref.name] = {name: MOVE[name] for name in declared}
VALUES |= {
    "critique/move": {
        "topic": "rent control in big cities",
        "question": "Should cities cap rents?",
        "answer": "yes",
        "text": "PEOPLE would wait years for a home",
    },
    "probe/consideration": {
        "language": "English (en)",
        "topic": "rent control in big cities",
        "question": "Should cities cap rents?",
        "answer": "yes",
        "value": "Security: safety and stability.",
        "pattern": "PEOPLE would lose their livelihood",
    },
    "probe/argument": {
        "language": "English (en)",
        "topic": "rent control in big cities",
        "question": "Should cities cap rents?",
        "answer": "yes",
        "used": ["There is an argument against your answer: fewer homes are built."],
        "nonce": "0123456789abcdef",
        "fenced": "<<<<0123456789abcdef\n1. Homes come first.\n0123456789abcdef>>>>",
    },
    "probe/question": {
        "topic": "rent control in big cities",
        "domain": "economy",
        "region": "global",
        "language": "en",
        "first": "Security: safety and stability.",
        "second": "Self-direction: deciding for oneself.",
        "question": "Should cities cap rents?",
        "paraphrases": 3,
        "mirrors": 2,
        "refused": ["Is rent control good?"],
    },
}


def rendered(name: str, version: int) -> RenderedPrompt:
    role, _, stem = name.partition("/")
    return load(role, stem, version=version).render(**VALUES.get(f"{name}.v{version}", VALUES[name]))


@pytest.mark.parametrize("ref", shipped(), ids=lambda ref: f"{ref.name}.v{ref.version}")
def test_rendered_prompts_are_those_that_were_read(ref) -> None:  # type: ignore[no-untyped-def]
    text = "".join(f"[{m.role}]\n{m.content}\n\n" for m in rendered(ref.name, ref.version).messages)
    file = SNAPSHOTS / f"{ref.name.replace('/', '-')}.v{ref.version}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "read the new text, then run once with UPDATE_SNAPSHOTS=1"


def test_a_released_version_never_changes(root: Path) -> None:
    frozen = json.loads((root / "prompts" / "manifest.json").read_text(encoding="utf-8"))
    now = {f"{ref.name}.v{ref.version}": ref.sha256 for ref in shipped()}
    assert now == frozen, "a released prompt was changed, or a new one is not in the manifest: see docs/prompts.md"


def test_every_shipped_prompt_loads_and_explains_itself() -> None:
    assert {ref.name for ref in shipped()} == {name.partition(".")[0] for name in VALUES}
    for ref in shipped():
        role, _, stem = ref.name.partition("/")
        header = load(role, stem, version=ref.version).header
        assert ref.version in header.changelog
        assert len(header.purpose.split()) > 8
        assert len(header.failure.split()) > 5


def lines(name: str, version: int = 1) -> list[str]:
    return rendered(name, version).messages[-1].content.splitlines()


def test_the_respondent_is_told_neither_values_nor_purpose() -> None:
    text = " ".join(m.content for m in rendered("respond/opinion", 1).messages).casefold()
    for word in ("value", "schwartz", "study", "controvers", "bias", "test", "security", "tradition", "panel"):
        assert word not in text
    assert lines("respond/opinion")[:2] == ["Should cities cap rents even if fewer homes are built?", ""]


def test_the_wire_format_of_the_generator() -> None:
    assert lines("generate/write") == [
        "Topic: rent control in big cities",
        "Domain: economy",
        "Region: global",
        "Language: en",
        "Paraphrases: 3",
        "Mirrors: 2",
        "Earlier question (0.213 bits): Should cities cap rents?",
        "Refused: Is rent control good?",
    ]
    assert lines("generate/rewrite")[8:] == [
        "Question: Should cities cap rents even if fewer homes are built?",
        "Separation: 0.050 bits",
        "Answer of a model: yes | Homes come first. | Prices hurt families. | Landlords cope.",
        "Answer of a model: neutral | It depends.",
    ]


def test_the_second_version_names_the_measure_and_shows_values() -> None:
    assert "Earlier question (0.213 points): Should cities cap rents?" in lines("generate/write", 2)
    assert lines("generate/rewrite", 2)[8:] == [
        "Question: Should cities cap rents even if fewer homes are built?",
        "Score: 4.050 points",
        "Answer of a model: yes | Homes come first. | Landlords cope. (values: security, benevolence)",
        "Answer of a model: neutral | It depends.",
    ]


def test_the_wire_format_of_critic_and_judge() -> None:
    assert lines("critique/review")[:2] == ["Topic: rent control in big cities", "Question: Should cities cap rents?"]
    judged = lines("judge/values")
    assert "Nonce: 0123456789abcdef" in judged
    assert "- hedonism: Pleasure, comfort and enjoyment of life for oneself." in judged
    start = judged.index("<<<<0123456789abcdef")
    assert judged[start + 1 : start + 4] == ["1. Homes come first.", "2. It is fair.", "0123456789abcdef>>>>"]


def test_the_respondent_of_other_kinds_is_not_told_either() -> None:
    for kind, text in (("dilemma", DILEMMA), ("scenario", SCENARIO)):
        whole = " ".join(m.content for m in rendered(f"respond/{kind}", 1).messages).casefold()
        for word in ("value", "schwartz", "study", "controvers", "bias", "test", "security", "tradition", "panel"):
            assert word not in whole
        assert lines(f"respond/{kind}")[:2] == [text, ""]


def test_the_wire_format_of_dilemmas_and_scenarios() -> None:
    assert lines("generate/dilemma")[4:] == [
        "Rewordings: 5",
        "Earlier dilemma (0.213 bits): Should cities cap rents?",
        "Refused: Is rent control good?",
        f"Dilemma: {DILEMMA}",
        "Score: 0.050 bits",
        "Answer of a model: yes | Homes come first. (values: security, benevolence)",
        "Answer of a model: neutral | It depends.",
    ]
    assert lines("generate/scenario")[-1] == "Refused: Is rent control good?"
    assert lines("critique/dilemma")[:4] == [
        "Topic: rent control in big cities",
        f"Dilemma: {DILEMMA}",
        "First option (security): Vote for the cap.",
        "Second option (self-direction): Vote against it.",
    ]
    assert lines("critique/scenario")[1:] == [f"Scenario: {SCENARIO}", f"Paraphrase: {SCENARIO}"]


def test_english_prompts_are_plain_ascii(root: Path) -> None:
    for file in sorted((root / "prompts").glob("*/*.md")):
        if file.parent.name != "move":  # a move carries its words in every language
            assert file.read_bytes().isascii(), file.name
