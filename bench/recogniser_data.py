"""The labelled arguments on which the recogniser is trained and checked. Their texts stay outside the project."""

from __future__ import annotations

import csv
import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from cruxbank.encoder import Encoder
from cruxbank.errors import InputError
from cruxbank.recogniser import load_labels

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
ALIKE = 0.72
"""Cosine between conclusions on one issue: read off the list of pairs, 3 of 97 conclusions join another."""


@dataclass(frozen=True)
class Arguments:
    """Premises with their labels. `group` numbers the issues, `side` conclusion and stance together."""

    texts: tuple[str, ...]
    labels: NDArray[np.bool_]
    """(n, 30): 20 categories, then the ten values that follow from them."""
    conclusions: tuple[str, ...]
    """Of each premise."""
    group: Ints
    side: Ints


def read_arguments(folder: Path) -> Arguments:
    """Read `arguments.tsv` and `labels20.tsv`.

    Raises:
        InputError: a file or column is missing, or an argument has no labels.
    """
    rows = _table(folder / "arguments.tsv", ("Argument ID", "Conclusion", "Stance", "Premise"))
    names = load_labels()
    marks = {row["Argument ID"]: row for row in _table(folder / "labels20.tsv", ("Argument ID", *names.categories))}
    bare = [row["Argument ID"] for row in rows if row["Argument ID"] not in marks]
    if bare:
        raise InputError(f"labels20.tsv: no labels for argument {bare[0]}", hint="take both files from one release")
    categories = np.array([[marks[row["Argument ID"]][name] == "1" for name in names.categories] for row in rows])
    return Arguments(
        texts=tuple(row["Premise"] for row in rows),
        labels=np.concatenate([categories, names.to_values(categories)], axis=1),
        conclusions=tuple(row["Conclusion"] for row in rows),
        group=_numbers([row["Conclusion"] for row in rows]),
        side=_numbers([f"{row['Conclusion']}\t{row['Stance']}" for row in rows]),
    )


def join_alike(data: Arguments, encoder: Encoder) -> Arguments:
    """Give conclusions on one issue one group, so that no fold sees the other side of its own issue.

    At a cosine of ALIKE these are pairs such as a ban and the same ban for minors, or a thing allowed and prohibited.
    """
    names = sorted(set(data.conclusions))
    vectors = encoder.encode(names)
    near = vectors @ vectors.T >= ALIKE
    issue = connected_components(near, directed=False)[1]
    place = dict(zip(names, issue, strict=True))
    return replace(data, group=np.array([place[name] for name in data.conclusions], np.int64))


def layers_of(texts: tuple[str, ...], encoder: Encoder, cache: Path | None = None) -> Floats:
    """Mean-pooled layers of all texts, (n, layers, width), kept in a file of the temporary folder (40 MB)."""
    key = hashlib.sha256("\0".join((encoder.digest, *texts)).encode()).hexdigest()[:16]
    file = (cache or Path(tempfile.gettempdir())) / f"cruxbank-layers-{key}.npy"
    if file.is_file():
        stored: Floats = np.load(file)
        return stored
    layers = encoder.encode_layers(texts)
    part = file.with_suffix(".part.npy")
    np.save(part, layers)
    part.replace(file)
    return layers


def _table(file: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    if not file.is_file():
        raise InputError(f"{file.name}: not in {file.parent}", hint="give the folder of touche23_valueeval with --data")
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    missing = [name for name in columns if not rows or name not in rows[0]]
    if missing:
        raise InputError(f"{file.name}: no column '{missing[0]}'", hint="a tab-separated file with a header is needed")
    return rows


def _numbers(names: list[str]) -> Ints:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
