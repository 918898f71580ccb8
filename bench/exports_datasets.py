"""Does Hugging Face's `datasets` load what is exported? (`python -m cruxbank.bench.exports --tool datasets`)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cruxbank.bench.exports_bank import hostile_bundle, hostile_texts
from cruxbank.bench.exports_outcome import Outcome, arrived, outcome
from cruxbank.bench.tools import ask, python_tool, python_version
from cruxbank.cells import unguarded
from cruxbank.exports import registry
from cruxbank.exports.csv_tables import OUTCOMES, TABLES
from cruxbank.exports.deliver import Given, deliver
from cruxbank.exports.format import Bundle, Line
from cruxbank.exports.lines import rounded
from cruxbank.exports.parquet_schema import row

OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
LOAD = """
import datasets
def load(path, name=None, streaming=False, **files):
    made = datasets.load_dataset(path, name, streaming=streaming, **files)
    return next(iter(made.values()))
how, where = sys.argv[1], sys.argv[2]
"""
READ = """
kinds = {
    "parquet": dict(path="parquet", data_files=f"{where}/items.parquet"),
    "jsonl": dict(path="json", data_files=f"{where}/items.jsonl"),
    "folder": dict(path=where),
    "csv": dict(path="csv", data_files=f"{where}/items.csv", keep_default_na=False),
    "hf": dict(path=where),
    "prompts": dict(path=where, name="prompts"),
}
rows = list(load(**kinds[how], streaming=sys.argv[3] == "stream"))
if how == "prompts":
    answer([[row["id"], row["position"], row["text"]] for row in rows])
else:
    answer({row["id"]: row["text"] for row in rows})
"""
WHOLE = """
answer({row["id"]: row for row in load(where)})
"""
TYPES = """
made = load(where)
row = next(row for row in made if row["separation"])
answer({
    "bits": type(row["separation"]["joint"]["est"]).__name__,
    "asked": type(row["counts"][0]["asked"]).__name__,
    "without": sum(row["separation"] is None for row in made),
    "split": str(made.split),
})
"""
CARD = """
from huggingface_hub import DatasetCard
card = DatasetCard.load(f"{where}/README.md")
card.data.to_dict()
answer([card.data.license, card.data.language, card.data.pretty_name, card.data.size_categories])
"""


def version() -> str:
    """Of the library, and of the Arrow that it reads with."""
    python = _python()
    return ", ".join(f"{name} {python_version(python, name)}" for name in ("datasets", "pyarrow"))


def check(folder: Path) -> list[Outcome]:
    """Every export loaded whole and, but for CSV, streamed; types and the card of the repository."""
    bundle, sent = hostile_bundle(), hostile_texts()
    for name in ("jsonl", "parquet", "hf", "csv"):
        deliver(registry.load(name), bundle, folder / name)
    return [
        *(_read(folder, name, how, sent) for name in ("jsonl", "parquet", "hf") for how in ("load", "stream")),
        _read(folder, "csv", "load", sent),
        *(_whole(folder, bundle, name) for name in ("jsonl", "parquet", "hf")),
        _prompts(folder, bundle),
        _types(folder, bundle),
        _card(folder, bundle),
        _late(folder),
    ]


def _python() -> Path:
    return python_tool("datasets", "datasets", "pyarrow")


def _ask(folder: Path, code: str, how: str, where: Path, *more: str) -> Any:
    cache = {"HF_HOME": str(folder / "cache")}
    return ask(_python(), LOAD + code, how, where, *more, cwd=folder, env=OFFLINE | cache)


def _read(folder: Path, name: str, how: str, sent: dict[str, str]) -> Outcome:
    seen = _ask(folder, READ, name, folder / name, how)
    if name == "csv":
        seen = {key: unguarded(text) for key, text in seen.items()}
    back = ", guards taken off" if name == "csv" else ""
    return arrived(f"`load_dataset` of `{name}`{', streaming' if how == 'stream' else ''}{back}", sent, seen)


def _whole(folder: Path, bundle: Bundle, name: str) -> Outcome:
    """Every value of every row, not only the texts; figures to 6 places, since `datasets` reads JSON's to 15 digits."""
    seen = rounded(_ask(folder, WHOLE, name, folder / name))
    if name == "jsonl":
        sent = {str(line["id"]): dict(line) for line in bundle.lines}
    else:
        sent = {
            str(line["id"]): row(line)
            | {"provenance": {"calibration": None, **line["provenance"]}, "verdicts": _verdicts(line)}
            for line in bundle.lines
        }
    equal = sum(seen.get(key) == told for key, told in sent.items())
    return outcome(f"`load_dataset` of `{name}`'s folder: rows with every value equal", len(sent), equal)


def _verdicts(line: Line) -> list[dict[str, Any]]:
    """As the table has them: a row a model and dimension."""
    rows = [(model, name, *said) for model, read in line["verdicts"].items() for name, said in read.items()]
    return [dict(zip(("model", "dimension", *OUTCOMES), row, strict=True)) for row in rows]


def _prompts(folder: Path, bundle: Bundle) -> Outcome:
    seen = _ask(folder, READ, "prompts", folder / "hf", "load")
    sent = {f"{row[0]} {row[1]}": row[-1] for line in bundle.lines for row in TABLES["wordings"].rows(line)}
    return arrived("`load_dataset` of `hf`, configuration `prompts`", sent, {f"{i} {n}": text for i, n, text in seen})


def _types(folder: Path, bundle: Bundle) -> Outcome:
    without = sum(line["separation"] is None for line in bundle.lines)
    expected = {"bits": "float", "asked": "int", "without": without, "split": "test"}
    return outcome("`hf`: types of nested figures", expected, _ask(folder, TYPES, "hf", folder / "hf"))


def _card(folder: Path, bundle: Bundle) -> Outcome:
    expected = [bundle.card.licence.lower(), list(bundle.card.languages), bundle.card.title, ["n<1K"]]
    return outcome("`DatasetCard.load` of `hf`", expected, _ask(folder, CARD, "card", folder / "hf"))


def _late(folder: Path) -> Outcome:
    """`datasets` guesses types from the first 10 MB of a JSON file; README.md tells it those of the whole."""
    rows = _long(list(hostile_bundle().lines))
    deliver(registry.load("jsonl"), Bundle(Given(rows), hostile_bundle().card), folder / "late")
    seen = _ask(folder, READ, "folder", folder / "late", "load")
    sent = {str(row["id"]): str(row["text"]) for row in rows}
    return arrived("`load_dataset` of `jsonl`, its folder, 20 MB with drafts first", sent, seen)


def _long(rows: list[Line]) -> list[Line]:
    """More than 10 MB without a measured item."""
    plain = next(row for row in rows if row["separation"] is None)
    full = next(row for row in rows if row["separation"])
    bare = {**plain, "counts": {}, "verdicts": {}}
    drafts = [{**bare, "id": f"it_{n:016x}", "text": f"{n} " + "x" * 4000} for n in range(3000)]
    return [*drafts, *({**full, "id": f"it_f{n:015x}", "text": f"{n} " + "y" * 4000} for n in range(1000))]
