"""Bare questions of a file get their other wordings from the generator, over the real client path: booked and capped."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
import yaml

from cruxbank.app.gate_agents import writer_of
from cruxbank.app.import_files import Defaults, read_rows
from cruxbank.app.importing import ImportRequest, Job
from cruxbank.cli.bank_import import _tell
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.errors import KeyMissing
from cruxbank.items import Exit, Status
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.values.systems import load_system
from tests.chat_endpoint import Chat, reply, serving
from tests.memory.conftest import BagOfWords

ZOOS = "Should zoos be closed for good?"
CARS = "Should cars be banned from city centres?"
TAX = "Should petrol cars be taxed more than electric cars?"
NEAR = "Should the zoos be closed for good?"
"""The duplicate check takes it for ZOOS."""
DUPLICATE = "duplicate_in_window"
WRONG = "Isn't it obviously wrong to keep zoos open?"
ANSWERS = {
    ZOOS: {
        "paraphrases": ["Is it right to close all zoos for good?", "Ought zoos to be shut down for ever?", "Is a world "
                        "without any zoos the right one to have?"],
        "mirrors": ["Should zoos stay open to the public?", "Is it right to keep zoos open to all?"],
    },
    CARS: {"paraphrases": ["Is it right to ban cars from city centres?"], "mirrors": []},
    TAX: {
        "paraphrases": ["Is it right to tax petrol cars above electric cars?", "Ought petrol cars to cost more tax than "
                        "electric cars?", "Would a higher tax on petrol cars than on electric cars be right?"],
        "mirrors": ["Should electric cars be taxed as petrol cars are?", "Is it right to tax all cars alike?"],
    },
}  # fmt: skip


class Writer(Chat):
    """A chat-completions endpoint that writes the wordings of three questions, too few of one; as `reader` it is a critic
    who says yes."""

    heard: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        body = self.asked()
        text = next(m["content"] for m in body["messages"] if m["role"] == "user")
        question = next((q for q in ANSWERS if q in text), ZOOS)
        reads = body["model"] == "reader"
        type(self).heard.append(f"read {question}" if reads else question)
        given = {"ok": True, "reasons": []} if reads else ANSWERS[question]
        self.send(200, reply(json.dumps(given)))


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    Writer.heard = []
    with serving(Writer) as url:
        yield url, Writer.heard


@pytest.fixture
def settings(server: tuple[str, list[str]], tmp_path: Path) -> Settings:
    given = yaml.safe_load(presets()["simulated"]) | {"bank": str(tmp_path / "bank")}
    own = {"base_url": server[0], "family": "own", "structured": "json_schema"}
    given["models"] += [{"id": "reader", **own}, {"id": "writer", **own}]
    return settings_from(given | {"agents": given["agents"] | {"generator": "writer"}})


def keyless(settings: Settings) -> Settings:
    """The writer needs a key that nobody has."""
    *others, writer = settings.models
    lacking = writer.model_copy(update={"api_key_env": "CRUX_NO_SUCH_KEY"})
    return settings.model_copy(update={"models": (*others, lacking)})


async def take(
    settings: Settings,
    tmp_path: Path,
    questions: list[str],
    columns: Mapping[str, str] = MappingProxyType({}),
    **more: Any,
) -> tuple[dict[str, Any], Record]:
    """Import these questions of a CSV file; the same further columns for all."""
    head = ",".join(("question", "topic", *columns))
    rows = "".join(",".join((text, "zoos and cars", *columns.values())) + "\n" for text in questions)
    (tmp_path / "a.csv").write_text(f"{head}\n{rows}")
    embeds, folder = BagOfWords(), BankFolder(settings.bank)
    folder.ensure(encoder_id(embeds), "schwartz-10")
    record = Record.open(str(folder.record))
    vectors = await VectorStore.open(str(folder.chroma), encoder_id(embeds))
    try:
        request = ImportRequest(file=tmp_path / "a.csv", **more)
        job = Job(settings, request, load_system(settings.values), record, vectors, embeds)
        form, rows = read_rows(request.file, Defaults())
        return await job.run(form, rows, lambda *_: None), record
    finally:
        await vectors.close()


def calls(settings: Settings) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(BankFolder(settings.bank).ledger)) as ledger:
        query = "SELECT c.run, c.step, a.session FROM attempts a JOIN calls c ON c.key = a.key"
        return ledger.execute(query).fetchall()


async def test_the_generator_writes_what_a_question_lacks(
    settings: Settings, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    told, record = await take(settings, tmp_path, [ZOOS, CARS, WRONG])
    assert (told["taken"], told["written"], told["writer"], told["calls"]) == (1, 1, "writer", 2)
    assert told["refused"] == {"not_written": 1, "rejected_by_critic": 1}
    assert set(server[1]) == {ZOOS, CARS}, "what the rules refuse anyway is not paid for"
    (item,) = record.items(Status.DRAFT)
    assert (item.text, item.provenance.generator, len(item.wordings)) == (ZOOS, "import+writer", 6)
    assert [one.name for one in item.provenance.prompts] == ["generate/wordings"]
    assert set(calls(settings)) == {("import", "wordings", told["run"])}
    prompts = (BankFolder(settings.bank).path / "runs" / told["run"] / "prompts.json").read_text()
    assert "generate/wordings" in prompts
    record.close()


async def test_a_dry_run_says_so_and_asks_nobody(
    settings: Settings, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    told, record = await take(settings, tmp_path, [ZOOS, WRONG], dry_run=True)
    assert (told["taken"], told["written"], told["calls"], server[1]) == (1, 1, 0, [])
    record.close()


async def test_a_file_may_be_taken_as_it_stands(
    settings: Settings, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    told, record = await take(settings, tmp_path, [ZOOS], write_wordings=False)
    assert (told["taken"], told["written"], told["calls"], server[1]) == (0, 0, 0, [])
    assert set(told["reasons"]) == {"no_mirror", "too_few_wordings"}
    record.close()


async def test_a_writer_that_has_nothing_to_write_needs_no_key(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="CRUX_NO_SUCH_KEY"):
        await take(keyless(settings), tmp_path, [ZOOS])
    whole = ANSWERS[ZOOS]
    columns = {"mirror": whole["mirrors"][0]} | {
        f"paraphrase_{n}": one for n, one in enumerate(whole["paraphrases"], 1)
    }
    columns |= {"mirror 2": whole["mirrors"][1]}
    told, record = await take(keyless(settings), tmp_path, [ZOOS], columns=columns)
    assert (told["taken"], told["written"], told["calls"]) == (1, 0, 0), told
    record.close()
    told, record = await take(keyless(settings), tmp_path, [ZOOS])
    assert told["refused"] == {"already_in_the_bank": 1}
    record.close()
    told, record = await take(keyless(settings), tmp_path, [ZOOS, NEAR, WRONG])
    assert told["refused"] == {"already_in_the_bank": 1, DUPLICATE: 1, "rejected_by_critic": 1}
    record.close()


async def test_what_memory_refuses_is_not_paid_for(
    settings: Settings, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    (await take(settings, tmp_path, [ZOOS]))[1].close()
    told, record = await take(settings, tmp_path, [NEAR])
    assert (told["refused"], told["calls"], told["run"], server[1]) == ({DUPLICATE: 1}, 0, "", [ZOOS])
    record.close()
    told, record = await take(settings, tmp_path, [TAX])
    assert (told["taken"], told["written"]) == (1, 1), "the bare question that was looked up is not remembered"
    record.close()


async def test_the_writer_is_paid_once_for_a_question(
    settings: Settings, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    told, record = await take(settings, tmp_path, [CARS])
    assert (told["refused"], told["calls"], len(record.runs())) == ({"not_written": 1}, 1, 1)
    record.close()
    told, record = await take(settings, tmp_path, [CARS])
    assert (told["refused"], told["calls"], told["usd"], told["run"]) == ({"not_written": 1}, 0, 0, "")
    assert len(record.runs()) == 1, "where nothing is paid and nothing taken, no run is left"
    record.close()
    told, record = await take(settings, tmp_path, [TAX, CARS])
    assert (told["taken"], told["calls"], server[1]) == (1, 1, [CARS, TAX]), "in another file, on another line"
    record.close()


async def test_wordings_outlive_the_budget_of_the_critic(
    settings: Settings, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    agents = settings.agents.model_copy(update={"critic": "reader"})
    budget = settings.budget.model_copy(update={"calls": 2})  # SENT_PER_CALL: three requests, and four are wanted
    few = settings.model_copy(update={"agents": agents, "budget": budget})
    told, record = await take(few, tmp_path, [ZOOS, TAX])
    assert (told["taken"], told["refused"], told["calls"]) == (1, {Exit.BUDGET.value: 1}, 3), told["lines"]
    record.close()
    told, record = await take(few, tmp_path, [ZOOS, TAX])
    assert (told["taken"], told["written"], told["calls"]) == (1, 1, 1), told["lines"]
    assert sorted(server[1]) == sorted([ZOOS, TAX, f"read {ZOOS}", f"read {TAX}"])
    assert [one.state for one in record.runs()] == ["every line is read"] * 2
    record.close()


@pytest.mark.parametrize(
    ("questions", "more", "says"),
    [
        ([ZOOS], {"write_wordings": False}, "Or leave out --no-write-wordings: writer writes them."),
        ([WRONG], {}, "Or mend what else these questions were refused for: then writer writes them."),
        ([CARS], {"local": True}, "Or name a model in agents.generator of crux.yaml"),
        ([CARS], {"kind": "scenario"}, "A dilemma or scenario needs its own."),
        ([CARS], {"kind": "scenario", "local": True}, "A dilemma or scenario needs its own."),
    ],
)
async def test_the_hint_fits_the_reason(
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    questions: list[str],
    more: dict[str, Any],
    says: str,
) -> None:
    asked = {name: more[name] for name in more if name == "write_wordings"}
    if "local" in more:
        settings = settings.model_copy(update={"agents": settings.agents.model_copy(update={"generator": "local"})})
    columns = {"kind": more["kind"]} if "kind" in more else {}
    told, record = await take(settings, tmp_path, questions, columns, **asked)
    record.close()
    _tell(told)
    said = capsys.readouterr().err
    hints = ("--no-write-wordings", "Or mend", "agents.generator", "A dilemma or scenario")
    assert says in said
    assert sum(hint in said for hint in hints) == 1, said


async def test_the_budget_holds(settings: Settings, tmp_path: Path) -> None:
    few = settings.model_copy(update={"budget": settings.budget.model_copy(update={"calls": 1})})
    told, record = await take(few, tmp_path, [ZOOS, CARS, *(f"{ZOOS[:-1]} by {year}?" for year in (2031, 2032, 2033))])
    assert len(calls(few)) <= 2
    assert told["refused"][Exit.BUDGET.value] >= 1
    record.close()


@pytest.mark.parametrize("name", ["local", "sim-quill-1"])
def test_who_knows_only_own_questions_is_no_writer(settings: Settings, name: str) -> None:
    other = settings.model_copy(update={"agents": settings.agents.model_copy(update={"generator": name})})
    assert (writer_of(other), writer_of(settings)) == ("", "writer")
