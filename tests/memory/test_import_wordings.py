"""Bare questions of a file get their other wordings from the generator, over the real client path: booked and capped."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
import yaml

from cruxbank.app.gate_agents import writer_of
from cruxbank.app.import_files import Defaults, read_rows
from cruxbank.app.importing import ImportRequest, Job
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
from tests.memory.conftest import BagOfWords

ZOOS = "Should zoos be closed for good?"
CARS = "Should cars be banned from city centres?"
WRONG = "Isn't it obviously wrong to keep zoos open?"
ANSWERS = {
    ZOOS: {
        "paraphrases": ["Is it right to close all zoos for good?", "Ought zoos to be shut down for ever?", "Is a world "
                        "without any zoos the right one to have?"],
        "mirrors": ["Should zoos stay open to the public?", "Is it right to keep zoos open to all?"],
    },
    CARS: {"paraphrases": ["Is it right to ban cars from city centres?"], "mirrors": []},
}  # fmt: skip


class Writer(BaseHTTPRequestHandler):
    """A chat-completions endpoint that writes the wordings of two questions, too few of one."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = next(m["content"] for m in body["messages"] if m["role"] == "user")
        question = next((q for q in ANSWERS if q in text), ZOOS)
        type(self).asked.append(question)
        message = {"role": "assistant", "content": json.dumps(ANSWERS[question])}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        said = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "usage": usage}
        told = json.dumps(said | {"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    Writer.asked = []
    made = ThreadingHTTPServer(("127.0.0.1", 0), Writer)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}/v1", Writer.asked
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def settings(server: tuple[str, list[str]], tmp_path: Path) -> Settings:
    given = yaml.safe_load(presets()["simulated"]) | {"bank": str(tmp_path / "bank")}
    given["models"].append({"id": "writer", "base_url": server[0], "family": "own", "structured": "json_schema"})
    return settings_from(given | {"agents": given["agents"] | {"generator": "writer"}})


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
    assert set(calls(settings)) == {(told["run"], "wordings", told["run"])}
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
    models = [*settings.models[:-1], settings.models[-1].model_copy(update={"api_key_env": "CRUX_NO_SUCH_KEY"})]
    keyless = settings.model_copy(update={"models": tuple(models)})
    with pytest.raises(KeyMissing, match="CRUX_NO_SUCH_KEY"):
        await take(keyless, tmp_path, [ZOOS])
    whole = ANSWERS[ZOOS]
    columns = {"mirror": whole["mirrors"][0]} | {
        f"paraphrase_{n}": one for n, one in enumerate(whole["paraphrases"], 1)
    }
    columns |= {"mirror 2": whole["mirrors"][1]}
    told, record = await take(keyless, tmp_path, [ZOOS], columns=columns)
    assert (told["taken"], told["written"], told["calls"]) == (1, 0, 0), told
    record.close()


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
