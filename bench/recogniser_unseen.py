"""What the recipe says of arguments whose conclusions it never saw: out-of-fold probabilities, kept in a file."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cruxbank.bench.recogniser_data import Arguments, Floats, Ints, join_alike, layers_of, read_arguments
from cruxbank.bench.recogniser_own import Own, read_own
from cruxbank.bench.recogniser_training import Recipe, Study, Texts, cross_validate, folds, trained
from cruxbank.encoder import Encoder, load_encoder
from cruxbank.recogniser import Head
from cruxbank.recogniser.labels import VALUES
from cruxbank.values.systems import load_system

Flags = NDArray[np.bool_]
CUTS = "shrunk"
"""How cuts are chosen: part of the cache key, as the recipe is."""
HELD_OUT_SEED, HELD_OUT_PARTS = 777, 5
"""One part in five of the groups was never used for choosing anything: drawn before the first experiment."""


@dataclass(frozen=True)
class OutOfFold:
    """Of every labelled argument; columns are the ten values, or all 30 outputs in `*_all`."""

    probabilities_all: Floats
    labels_all: Flags
    predicted_all: Flags
    conclusions: tuple[str, ...]
    group: Ints
    side: Ints

    @property
    def probabilities(self) -> Floats:
        """(n, 10)."""
        return self.probabilities_all[:, -len(VALUES) :]

    @property
    def labels(self) -> Flags:
        """(n, 10)."""
        return self.labels_all[:, -len(VALUES) :]

    @property
    def predicted(self) -> Flags:
        """(n, 10), cuts from the training folds alone."""
        return self.predicted_all[:, -len(VALUES) :]


def study_of(folder: Path, encoder: Encoder, recipe: Recipe, cache: Path | None = None) -> Study:
    """Labelled arguments, arguments of our own and definitions, all encoded.

    Raises:
        InputError: `arguments.tsv` or `labels20.tsv` cannot be read.
    """
    data = join_alike(read_arguments(folder), encoder)
    own = read_own()
    texts = Texts(layers_of(own.texts, encoder, cache), own.labels, weights_of(own, recipe))
    return Study(layers_of(data.texts, encoder, cache), data, texts, anchors_of(encoder))


def weights_of(own: Own, recipe: Recipe) -> Floats:
    """(n, 30): what each mark and each missing mark on the arguments of our own weighs."""
    lay = np.where(own.labels, recipe.lay, recipe.lay_absent)
    first = np.where(own.labels, recipe.own, recipe.own_absent)
    weights: Floats = np.where(own.searched[:, None], lay, first).astype(np.float32)
    return weights


def anchors_of(encoder: Encoder) -> Floats:
    """(width, 10): definition plus cue of each value, minus what all ten share."""
    dimensions = load_system("schwartz-10").dimensions
    sides = [encoder.encode([d.definition for d in dimensions]), encoder.encode([d.cue for d in dimensions])]
    joint = sides[0] + sides[1]
    centred: Floats = np.round(joint - joint.mean(axis=0), 5).T.astype(np.float32)
    return centred


def out_of_fold_values(folder: Path, seed: int, cache: Path | None = None) -> OutOfFold:
    """The recipe's probabilities of unseen conclusions; about ten minutes, then from the cache."""
    recipe = Recipe()
    return unseen(study_of(folder, load_encoder(), recipe, cache), recipe, seed, cache)


def unseen(study: Study, recipe: Recipe, seed: int, cache: Path | None = None) -> OutOfFold:
    """`cross_validate`, kept in a file of `cache` (default: the temporary folder)."""
    file = (cache or Path(tempfile.gettempdir())) / f"cruxbank-unseen-{_key(study, recipe, seed)}.npz"
    if not file.is_file():
        probabilities, predicted = cross_validate(study, recipe, seed)
        part = file.with_suffix(".part.npz")
        np.savez_compressed(part, probabilities=probabilities, predicted=predicted)
        part.replace(file)
    with np.load(file) as stored:
        found = stored["probabilities"], stored["predicted"]
    data = study.data
    return OutOfFold(found[0], data.labels, found[1], data.conclusions, data.group, data.side)


def held_out(data: Arguments) -> Flags:
    """(n,) the arguments on which nothing was chosen."""
    found: Flags = folds(data.group, HELD_OUT_PARTS, HELD_OUT_SEED) == 0
    return found


def head_for_held_out(study: Study, recipe: Recipe, seed: int) -> tuple[Head, Ints]:
    """A head from the other groups alone, and the rows held out."""
    out = held_out(study.data)
    return trained(study, np.flatnonzero(~out), recipe, seed), np.flatnonzero(out)


def _key(study: Study, recipe: Recipe, seed: int) -> str:
    text = json.dumps([asdict(recipe), seed, CUTS], sort_keys=True).encode()
    arrays = (study.layers, study.own.layers, study.own.labels, study.data.labels, study.anchors)
    return hashlib.sha256(b"".join([text, *(np.ascontiguousarray(a).tobytes() for a in arrays)])).hexdigest()[:16]
