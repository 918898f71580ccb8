"""Does a CSV export open without a live formula? (`python -m cruxbank.bench.exports --tool spreadsheet`)

SheetJS reads the files as a spreadsheet does and says which cells it would compute; so does LibreOffice, where it is on the
machine (`soffice` on the path, or named by $CRUX_SOFFICE), told to split at a comma, a semicolon, a tab and a bar: the
second is what a double click does in most of Europe. A file of the same texts as they are is the control: there both find
formulas.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from cruxbank.bench.exports_bank import HOSTILE, hostile_bundle, hostile_texts
from cruxbank.bench.exports_outcome import Outcome, arrived
from cruxbank.bench.tools import node_tool, node_version, run
from cruxbank.cells import unguarded
from cruxbank.errors import EnvironmentProblem
from cruxbank.exports import registry
from cruxbank.exports.deliver import deliver

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
MORE = (
    "a;=1+1;b",
    "a\n=1+1\nb",
    "a\n=1+1;b",
    "a\t=1+1\tb",
    "a|=1+1|b",
    "a\r=1+1\rb",
    'a;"=1+1";b',
    "a\n@SUM(1)\nb",
    "a\n+1+1\nb",
)
"""Formulas in the middle of a text: harmless between quotes, until a reader splits elsewhere."""
SCRIPT = """
const { readFileSync } = require("fs");
const sheets = require("xlsx");
const file = readFileSync(process.argv[2], "utf8").replace(/^\\ufeff/, "");
const cells = (book) => Object.values(book.Sheets).flatMap((sheet) => Object.entries(sheet));
const plain = sheets.read(file, { type: "string", raw: true });
console.log(JSON.stringify({
  formulas: cells(sheets.read(file, { type: "string" })).filter(([, cell]) => cell.f !== undefined).length,
  rows: sheets.utils.sheet_to_json(Object.values(plain.Sheets)[0], { header: 1, defval: "" }),
}));
"""


def version() -> str:
    """Of SheetJS, and of LibreOffice where there is one."""
    named = [f"SheetJS {node_version(_sheetjs(), 'xlsx')}"]
    if office := _office():
        named.append(run([office, "--version"], cwd=Path.cwd()).stdout.strip()[:20].strip())
    return ", ".join(named)


def check(folder: Path) -> list[Outcome]:
    """Formulas that each reader sees in each file, and the texts that SheetJS reads."""
    texts = HOSTILE | {f"more {n}": text for n, text in enumerate(MORE)}
    deliver(registry.load("csv"), hostile_bundle(texts), folder / "csv")
    naive = folder / "naive.csv"
    with naive.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["id", "text"], *enumerate(texts.values())])
    items, wordings = folder / "csv" / "items.csv", folder / "csv" / "wordings.csv"
    found = [*_in_sheetjs(folder, items, wordings, naive), *_in_office(folder, items, wordings, naive)]
    return [*found, _texts(folder, items)]


def _in_sheetjs(folder: Path, items: Path, wordings: Path, naive: Path) -> list[Outcome]:
    said = "SheetJS: formulas in"
    live = [_read(folder, path)["formulas"] for path in (items, wordings, naive)]
    return [
        _none(f"{said} `items.csv` and `wordings.csv`", live[0] + live[1]),
        _some(f"{said} the same texts as they are", live[2]),
    ]


def _in_office(folder: Path, items: Path, wordings: Path, naive: Path) -> list[Outcome]:
    office = _office()
    outcomes = []
    for name, separator in SEPARATORS.items() if office else ():
        live = [_formulas(str(office), folder, path, separator) for path in (items, wordings, naive)]
        outcomes.append(_none(f"LibreOffice, {name}: formulas in `items.csv` and `wordings.csv`", live[0] + live[1]))
        outcomes.append(_some(f"LibreOffice, {name}: in the same texts as they are", live[2]))
    return outcomes


def _texts(folder: Path, items: Path) -> Outcome:
    """The id stands in the first column, the text in the third. SheetJS knows one line end only, as Excel does."""
    sent = {key: text.replace("\r\n", "\n") for key, text in hostile_texts().items()}
    rows = _read(folder, items)["rows"]
    seen = {row[0]: unguarded(row[2]) for row in rows if row[0] in sent}
    return arrived("SheetJS: texts of `items.csv`, guards taken off, CRLF as LF", sent, seen)


def _none(what: str, formulas: int) -> Outcome:
    return Outcome(what, "0", str(formulas), ok=formulas == 0)


def _some(what: str, formulas: int) -> Outcome:
    return Outcome(what, "1 or more", str(formulas), ok=formulas > 0)


def _sheetjs() -> Path:
    return node_tool("spreadsheet", "xlsx")


def _read(folder: Path, path: Path) -> Any:
    script = folder / "read.js"
    script.write_text(SCRIPT, encoding="utf-8")
    done = run(["node", script, path], cwd=folder, env={"NODE_PATH": str(_sheetjs().parent)})
    if done.returncode:
        raise EnvironmentProblem(f"SheetJS: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def _office() -> str | None:
    return os.environ.get("CRUX_SOFFICE") or shutil.which("soffice")


def _formulas(office: str, folder: Path, path: Path, separator: str) -> int:
    """Cells with a formula once LibreOffice has opened the file: 34 is the quote, 76 is UTF-8."""
    out = folder / "office"
    opened = f"--infilter=Text - txt - csv (StarCalc):{ord(separator)},34,76"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    for _ in range(2):  # the first start with a new profile ends with 81: start again
        done = run([office, profile, "--headless", "--convert-to", "fods", opened, "--outdir", out, path], cwd=folder)
        if done.returncode == 0:
            break
    made = out / f"{path.stem}.fods"
    if done.returncode or not made.exists():
        raise EnvironmentProblem(f"LibreOffice ended with {done.returncode} and {path.name} not opened")
    return len(re.findall(r'table:formula="', made.read_text(encoding="utf-8")))
