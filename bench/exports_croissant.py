"""Does mlcroissant take a croissant export: validate it, find no fault, stream every record; and is the provenance PROV-O?

mlcroissant 1.1 checks structure and passes over missing licences and dates: these are looked for here. It hands texts out
as bytes and reads JSON lines through pandas.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cruxbank.bench.exports_bank import hostile_bundle, hostile_texts
from cruxbank.bench.exports_outcome import Outcome, arrived, outcome
from cruxbank.bench.tools import ask, python_tool, python_version, run
from cruxbank.exports import registry
from cruxbank.exports.card import Maker, ModelFacts, RunFacts
from cruxbank.exports.deliver import deliver
from cruxbank.exports.format import Bundle
from cruxbank.items import PromptRef

RUN = "0001-aaaaaaaa"
REQUIRED = ("name", "description", "license", "url", "creator", "datePublished", "conformsTo", "distribution")
_VALIDATE = """
import mlcroissant as mlc
dataset = mlc.Dataset(sys.argv[1])
issues = dataset.metadata.ctx.issues
plain = lambda v: v.decode() if isinstance(v, bytes) else [plain(x) for x in v] if isinstance(v, list) else (
    {k: plain(x) for k, x in v.items()} if isinstance(v, dict) else None if v is None else
    v if isinstance(v, (str, bool, int)) else v.item() if hasattr(v, "item") else v)
answer({
    "errors": sorted(issues.errors), "warnings": sorted(issues.warnings),
    "records": {r.uuid: [plain(dict(x)) for x in dataset.records(r.uuid)] for r in dataset.metadata.record_sets},
})
"""
_PROV = """
import warnings
import rdflib
from rdflib.namespace import PROV, RDF
graph, unknown = rdflib.Graph(), set()
for path in sys.argv[1:]:
    texts = open(path, encoding="utf-8").read()
    for text in texts.split("\\n") if path.endswith("l") else [texts]:
        if text:
            graph.parse(data=text, format="json-ld")
for triple in graph:
    unknown.update(str(term) for term in triple if str(term).startswith(str(PROV._NS)) and term not in PROV)
items = {s for s in graph.subjects(RDF.type, PROV.Entity) if ":item:" in str(s)}
informed = list(graph.objects(None, PROV.wasInformedBy))
makers = [m for s, m in graph.subject_objects(PROV.wasGeneratedBy) if str(s).startswith("urn:cruxbank:")]
answer({
    "unknown": sorted(unknown),
    "traced": sum(bool(list(graph.objects(i, PROV.wasGeneratedBy / PROV.wasInformedBy))) for i in items),
    "activities": all((m, RDF.type, PROV.Activity) in graph for m in (*makers, *informed)),
    "readings": len(set(graph.subjects(PROV.wasDerivedFrom, None)) - items),
    "run": sorted(str(at) for run in set(informed) for at in graph.objects(run, PROV.startedAtTime)),
    "plans": len(set(graph.subjects(RDF.type, PROV.Plan)) & set(graph.objects(None, PROV.used))),
    "would_see": rdflib.URIRef(str(PROV._NS) + "wasNotAWord") not in PROV,
})
"""


def version() -> str:
    """mlcroissant and its version; installs it on the first call."""
    return f"mlcroissant {python_version(_python(), 'mlcroissant')}"


def _python() -> Path:
    return python_tool("croissant", "mlcroissant")


def check(folder: Path) -> list[Outcome]:
    """Export, validate, stream, and read the provenance as RDF."""
    bundle = _bundle()
    out = folder / "bank"
    deliver(registry.load("croissant"), bundle, out)
    told = json.loads((out / "croissant.json").read_text(encoding="utf-8"))
    seen = ask(_python(), _VALIDATE, out / "croissant.json", cwd=folder)
    return [
        outcome("validate: errors", [], seen["errors"]),
        outcome("validate: warnings", [], seen["warnings"]),
        _validated(out / "croissant.json", folder),
        outcome("required by Croissant 1.0, checked here", [], [name for name in REQUIRED if not told.get(name)]),
        outcome("hashes and sizes of the files", [], _unlike(told, out)),
        *_streamed(bundle, seen["records"]),
        *_prov(bundle, out, folder),
        *_alone(folder),
    ]


def _validated(file: Path, folder: Path) -> Outcome:
    """The tool's own command, which says more than the library: of a context that differs from the standard's, too."""
    done = run([_python().parent / "mlcroissant", "validate", "--jsonld", file], cwd=folder)
    said = [line for line in done.stderr.splitlines() if not line.endswith("Done.")]
    return outcome("mlcroissant validate: exit code, what it complains of", (0, []), (done.returncode, said))


def _bundle() -> Bundle:
    """The hostile bank with a card that names the run of its items."""
    bundle = hostile_bundle()
    ref = PromptRef(name="respond/opinion", version=1, sha256="ab" * 32)
    run = RunFacts(id=RUN, seed=7, started="2026-11-22T10:54:11+00:00", ended="2026-11-22T10:57:14+00:00")
    models = (ModelFacts(id="sim-aster-1"), ModelFacts(id='vendor/model 1: "x" <é>'))
    maker = Maker(generators=("local",), judges=("local",), prompts=(ref,))
    told = {"runs": (run,), "models": models, "maker": maker, "limits": ("One.", "{{ two }}"), "uses": ("Trying.",)}
    return Bundle(bundle.lines, bundle.card.model_copy(update=told))


def _unlike(told: Mapping[str, Any], out: Path) -> list[str]:
    """Files whose content is not what croissant.json says."""
    found = []
    for file in told["distribution"]:
        content = (out / file["contentUrl"]).read_bytes()
        said = (file["sha256"], file["contentSize"])
        if said != (hashlib.sha256(content).hexdigest(), f"{len(content)} B"):
            found.append(file["@id"])
    return found


def _streamed(bundle: Bundle, records: Mapping[str, list[dict[str, Any]]]) -> list[Outcome]:
    lines = {line["id"]: line for line in bundle.lines}
    items = {row["items/id"]: row for row in records["items"]}
    wordings = {key: [w["text"] for w in line["wordings"]] for key, line in lines.items()}
    got = {key: [w["items/wordings/text"] for w in row["items/wordings"]] for key, row in items.items()}
    options = {key: [o["text"] for o in line["options"]] for key, line in lines.items()}
    chosen = {key: [o["items/options/text"] for o in row["items/options"]] for key, row in items.items()}
    bits = {key: line["separation"]["joint"]["est"] if line["separation"] else None for key, line in lines.items()}
    rounded = {key: _places(row["items/separation"]) for key, row in items.items()}
    asked = sum(counts["asked"] for line in lines.values() for counts in line["counts"].values())
    return [
        arrived("stream items: texts", hostile_texts(), {key: row["items/text"] for key, row in items.items()}),
        outcome("stream items: wordings", True, wordings == got),
        outcome("stream items: options of dilemmas", True, options == chosen),
        outcome("stream items: separation, to 6 places", True, bits == rounded),
        outcome("stream models: questions asked", asked, sum(row["models/asked"] for row in records["models"])),
        outcome(
            "stream dimensions: rows",
            sum(len(line["separation"]["by_dimension"]) for line in lines.values() if line["separation"]),
            len(records["dimensions"]),
        ),
        outcome("stream provenance: one an item", len(lines), len(records["provenance"])),
    ]


def _places(value: float | None) -> float | None:
    """pandas reads decimal numbers with an error in the last place."""
    return None if value is None else round(value, 6)


def _prov(bundle: Bundle, out: Path, folder: Path) -> list[Outcome]:
    """The provenance as triples: only words of PROV-O, and from every item a way to its run."""
    seen = ask(_python(), _PROV, out / "provenance.jsonl", out / "croissant.json", cwd=folder)
    measured = sum(line["separation"] is not None for line in bundle.lines)
    return [
        outcome("PROV-O: words that it does not know", ([], True), (seen["unknown"], seen["would_see"])),
        outcome("PROV-O: items that lead to their run", len(bundle.lines), seen["traced"]),
        outcome("PROV-O: the run's start, from croissant.json", ["2026-11-22T10:54:11+00:00"], seen["run"]),
        outcome("PROV-O: prompts that were used and are plans", 1, seen["plans"]),
        outcome("PROV-O: readings derived from items", measured, seen["readings"]),
        outcome("PROV-O: what made them are activities", True, seen["activities"]),
    ]


def _alone(folder: Path) -> list[Outcome]:
    """A bank of one item whose text is a number: pandas makes numbers of a column whose every text is one (known, see
    docs/data-card.md); the wordings, which stand in lists, arrive whole."""
    texts = {"number": "00123.450"}
    bundle = hostile_bundle(texts)
    (line,) = bundle.lines
    out = folder / "alone"
    deliver(registry.load("croissant"), bundle, out)
    seen = ask(_python(), _VALIDATE, out / "croissant.json", cwd=folder)
    row = seen["records"]["items"][0]
    return [
        outcome("one item, its text a number: pandas makes a number of it", "123.45", row["items/text"]),
        outcome("one item, its text a number: wording", line["text"], row["items/wordings"][0]["items/wordings/text"]),
    ]
