"""Topics of a configuration: listing them with what the bank knows, adding one, harvesting them from documents."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from cruxbank.agents.harvester import Harvested, Harvester, LlmHarvester
from cruxbank.agents.local_harvester import LocalHarvester
from cruxbank.app.clients import open_hub
from cruxbank.app.looking import open_record
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import ConfigError, TopicsError
from cruxbank.frozen import Frozen
from cruxbank.items import FailureReason, Topic
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.rows import Arm
from cruxbank.models.hub import ModelHub
from cruxbank.topics.documents import read_documents
from cruxbank.topics.domains import guess_domain
from cruxbank.topics.gate import CUT, Near, TopicGate
from cruxbank.topics.reader import MAX_TOPIC, read_topics, seed_topics
from cruxbank.topics.writer import append_topics, check_target


class ListedTopic(Frozen):
    """A topic with what the bank knows of it. `pulls` and `admitted` are None where there is no bank."""

    id: str
    text: str
    domain: str
    region: str
    year: int | None = None
    source: str | None = None
    pulls: int | None = None
    admitted: int | None = None


class Gated(Frozen):
    """A topic that met the gate, with the nearest topic that was there."""

    topic: Topic
    nearest: Near | None = None


class HarvestResult(Frozen):
    """What came out of documents: topics past the gate, and those that it refused with what they are too near to."""

    passed: tuple[Gated, ...]
    refused: tuple[Gated, ...]
    harvester: str
    documents: int
    calls: int = 0
    usd: float = 0.0
    failures: tuple[FailureReason, ...] = ()
    unread: int = 0
    """Characters of the documents that nobody read."""
    simulated: bool = False
    """A simulated model was asked: it reads no documents."""


def configured_topics(settings: Settings) -> tuple[Topic, ...]:
    """The topics that `crux grow` would use: those of the file, else the seed topics."""
    file = settings.topics.file
    return read_topics(file, settings.topics.column, settings.languages[0]) if file else seed_topics()


def list_topics(
    settings: Settings, *, domain: str | None = None, region: str | None = None, year_from: int | None = None
) -> tuple[ListedTopic, ...]:
    """The configured topics that match (case aside), in their order, with pulls and admitted items from the bank."""
    arms = _arms(settings)
    chosen = [
        topic
        for topic in configured_topics(settings)
        if (domain is None or topic.domain.casefold() == domain.casefold())
        and (region is None or topic.region.casefold() == region.casefold())
        and (year_from is None or (topic.year or 0) >= year_from)
    ]
    return tuple(_listed(topic, arms) for topic in chosen)


def _arms(settings: Settings) -> dict[str, Arm] | None:
    if not BankFolder(settings.bank).exists:
        return None
    with open_record(settings) as record:
        return record.arms()


def _listed(topic: Topic, arms: dict[str, Arm] | None) -> ListedTopic:
    arm = arms.get(topic.id, Arm(topic_id=topic.id)) if arms is not None else None
    known = topic.model_dump(include={"text", "domain", "region", "year", "source"})
    counts = {"pulls": arm.pulls, "admitted": arm.admitted} if arm else {}
    return ListedTopic(id=topic.id, **known, **counts)


def add_topic(
    settings: Settings,
    text: str,
    *,
    domain: str | None = None,
    region: str = "global",
    year: int | None = None,
    file: Path | None = None,
    force: bool = False,
) -> tuple[Gated, Path]:
    """Append a topic to a JSONL file, unless one of the configured topics, the bank's or the file's is too near.

    Raises:
        TopicsError: no short phrase, no file to write into, or a topic that is there is too near (and not `force`).
    """
    target = file or settings.topics.file
    if target is None:
        message = "topics: the seed topics that come with the package cannot be added to"
        raise TopicsError(message, hint="name a file of your own with --file topics.jsonl")
    check_target(target)
    flat = " ".join(text.split())
    if not any(c.isalnum() for c in flat) or len(flat) > MAX_TOPIC:
        message = f"topic '{flat[:60]}': {len(flat)} characters"
        raise TopicsError(message, hint=f"a topic is a noun phrase of at most {MAX_TOPIC} characters")
    language = settings.languages[0]
    topic = Topic(text=flat, domain=domain or guess_domain(flat), region=region, year=year, language=language)
    encoder = load_encoder(settings.memory.encoder)
    try:
        passed = _gate(encoder, _present(settings, target), CUT).check(flat, encoder.encode([flat])[0])
    finally:
        encoder.close()
    nearest = passed.nearest
    if nearest is not None and not passed.ok and (not force or nearest.cosine == 1.0):
        message = f"topic '{flat}': too near '{nearest.text}', which is there already (cosine {nearest.cosine:.2f})"
        raise TopicsError(message, hint=f"word another topic (below {CUT}), or add it with --force")
    append_topics(target, [topic])
    return Gated(topic=topic, nearest=nearest), target


def harvest_topics(
    settings: Settings,
    files: Sequence[Path],
    *,
    n: int = 20,
    model: str | None = None,
    out: Path | None = None,
    cut: float = CUT,
) -> HarvestResult:
    """At most `n` topics from documents, past the duplicate gate; appended to `out` where one is given.

    `model` is `local`, or a model's id; agents.generator when left out.

    Raises:
        TopicsError: a document or `out` cannot be used.
        ConfigError: no such model.
        EnvironmentProblem: a key, an endpoint or the encoder is not ready.
    """
    return asyncio.run(aharvest_topics(settings, files, n=n, model=model, out=out, cut=cut))


async def aharvest_topics(
    settings: Settings,
    files: Sequence[Path],
    *,
    n: int = 20,
    model: str | None = None,
    out: Path | None = None,
    cut: float = CUT,
) -> HarvestResult:
    """The same inside a running event loop (a notebook)."""
    if out is not None:
        check_target(out)
    name = model or settings.agents.generator
    if name != LOCAL and name not in {known.id for known in settings.models}:
        known_ids = ", ".join(known.id for known in settings.models[:8])
        raise ConfigError(f"--model: no model '{name}'", hint=f"local, or one of {known_ids}")
    documents = [document for file in files for document in read_documents(file)]
    present = _present(settings, out)
    encoder = load_encoder(settings.memory.encoder)
    try:
        async with _harvester(settings, name, encoder) as harvester:
            harvested = await harvester.propose(documents, n)
        result = await encoder.run(sift, encoder, harvested, present, n, cut)
    finally:
        encoder.close()
    if out is not None and result.passed:
        append_topics(out, [gated.topic for gated in result.passed])
    simulated = name != LOCAL and settings.model(name).simulated
    return result.model_copy(update={"harvester": name, "documents": len(documents), "simulated": simulated})


def sift(encoder: Encoder, harvested: Harvested, present: Sequence[Topic], n: int, cut: float) -> HarvestResult:
    """The first `n` proposals that the gate lets pass, against the present topics and one another."""
    gate = _gate(encoder, present, cut)
    vectors = encoder.encode([topic.text for topic in harvested.topics])
    passed: list[Gated] = []
    refused: list[Gated] = []
    for topic, vector in zip(harvested.topics, vectors, strict=True):
        if len(passed) == n:
            break
        met = gate.admit(topic.text, vector)
        (passed if met.ok else refused).append(Gated(topic=topic, nearest=met.nearest))
    about = harvested.model_dump(include={"calls", "usd", "failures", "unread"})
    return HarvestResult(passed=tuple(passed), refused=tuple(refused), harvester="", documents=0, **about)


def _gate(encoder: Encoder, present: Sequence[Topic], cut: float) -> TopicGate:
    texts = [topic.text for topic in present]
    return TopicGate(texts, encoder.encode(texts), cut)


def _present(settings: Settings, file: Path | None) -> tuple[Topic, ...]:
    """Every topic that a new one must keep away from: configured, seed, in the bank, in the target file."""
    found = [*configured_topics(settings), *seed_topics()]
    if file is not None and file.is_file() and file.stat().st_size:
        found += read_topics(file, None, settings.languages[0])
    if BankFolder(settings.bank).exists:
        with open_record(settings) as record:
            found += record.topics()
    return tuple({topic.id: topic for topic in found}.values())


@asynccontextmanager
async def _harvester(settings: Settings, name: str, encoder: Encoder) -> AsyncIterator[Harvester]:
    if name == LOCAL:
        yield LocalHarvester(encoder, seed_topics(), settings.languages[0])
        return
    async with _paying_hub(settings) as hub:
        yield LlmHarvester(hub.model(name), settings.seed, settings.languages[0])


@asynccontextmanager
async def _paying_hub(settings: Settings) -> AsyncIterator[ModelHub]:
    """Calls go to the bank's ledger where there is a bank, so that none is paid twice; else to one that is thrown away.

    Nothing is recovered there: a `grow` may be running beside us.
    """
    folder = BankFolder(settings.bank)
    with ExitStack() as stack:
        ledger = folder.ledger
        if not folder.exists:
            ledger = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "ledger.sqlite"
        async with open_hub(settings, ledger, "harvest", recover=False) as (hub, _):
            yield hub
