"""The trained head: small networks on the encoder's layers, as numbers. Inference is numpy alone."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cruxbank.errors import EnvironmentProblem

ROWS = 32
"""Rows in one matrix product: a fixed shape, so that the texts beside a text cannot change its bits."""
PLACES = 6
"""Decimals of a probability."""

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Net:
    """One hidden layer: silu(x w1 + b1) w2 + b2."""

    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats

    def logits(self, x: Floats) -> Floats:
        """(n, features) to (n, outputs)."""
        hidden = x @ self.w1 + self.b1
        out: Floats = (hidden * sigmoid(hidden)) @ self.w2 + self.b2
        return out


@dataclass(frozen=True)
class Scale:
    """Platt's calibration of every output, p = sigmoid(slope * logit + shift), fitted on unseen conclusions."""

    slope: Floats
    shift: Floats

    def probabilities(self, logits: Numbers) -> Floats:
        """(n, outputs), rounded to 6 places."""
        found: Floats = np.round(sigmoid(logits * self.slope + self.shift), PLACES).astype(np.float32)
        return found


@dataclass(frozen=True)
class Head:
    """Outputs are the 20 categories, then the ten values."""

    centre: Floats
    scale: Floats
    nets: tuple[Net, ...]
    anchors: Floats
    """(width, 10): what each value's definition and cue have in common and the others lack, as directions."""
    single: Scale
    """For one text."""
    answer: Scale
    """For a whole answer: the log of the mean odds of its parts."""
    thresholds: Floats
    """(30,): for one text; they maximise F1 on grouped out-of-fold predictions."""
    triple: Floats
    """(30,): for the largest of three key points; they maximise sensitivity + specificity - 1 (Youden's index)."""
    whole: Floats
    """(30,): for a whole answer's probabilities; Youden's index likewise."""
    meta: dict[str, Any]
    """Encoder, layers, data, seed and measured figures."""

    def logits(self, layers: Floats) -> Numbers:
        """Uncalibrated logits (n, 30) of single texts, from mean-pooled layers (n, layers, width)."""
        if not len(layers):
            return np.zeros((0, len(self.thresholds)))
        x = (features(layers, self.meta["layers"]) - self.centre) / self.scale
        return np.concatenate([self._block(*padded) for padded in _blocks(x, layers[:, -1])])[: len(x)]

    def probabilities(self, layers: Floats) -> Floats:
        """Probabilities (n, 30) of single texts, from mean-pooled layers (n, layers, width)."""
        return self.single.probabilities(self.logits(layers))

    def _block(self, x: Floats, last: Floats) -> Numbers:
        mean: Numbers = np.mean([net.logits(x) for net in self.nets], axis=0, dtype=np.float64)
        mean[:, -self.anchors.shape[1] :] += self.meta["anchor_weight"] * likeness(last, self.anchors)
        return mean


def pooled(logits: Numbers) -> Numbers:
    """One text's parts (parts, outputs) to the log of their mean odds (outputs,): between the mean and the largest."""
    top = logits.max(axis=0)
    found: Numbers = top + np.log(np.mean(np.exp(logits - top), axis=0))
    return found


def likeness(last: Floats, anchors: Floats) -> Floats:
    """(n, width) last states to (n, values): how much nearer a text is to one value's definition than to the others."""
    unit = last / np.maximum(np.linalg.norm(last, axis=1, keepdims=True), 1e-9)
    found: Floats = unit @ anchors
    return found


def features(layers: Floats, chosen: list[int]) -> Floats:
    """The chosen layers side by side: (n, layers, width) to (n, chosen * width)."""
    flat: Floats = layers[:, chosen].reshape(len(layers), len(chosen) * layers.shape[2])
    return flat


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def save_head(head: Head, file: Path) -> None:
    """Write a head. The same head gives the same bytes; weights are kept in half precision."""
    half = {f"net{i}_{k}": v.astype(np.float16) for i, net in enumerate(head.nets) for k, v in vars(net).items()}
    text = json.dumps(head.meta, sort_keys=True, ensure_ascii=False)
    own = {name: getattr(head, name) for name in _ARRAYS}
    scales = {f"{name}_{k}": v for name in _SCALES for k, v in vars(getattr(head, name)).items()}
    temporary = file.with_suffix(".tmp.npz")
    arrays: dict[str, Any] = {"meta": np.array(text), **half, **own, **scales}
    np.savez_compressed(temporary, **arrays)
    temporary.replace(file)


def load_head(file: Path) -> Head:
    """Read a head.

    Raises:
        EnvironmentProblem: the file is missing or damaged.
    """
    try:
        with file.open("rb") as raw, np.load(raw, allow_pickle=False) as stored:
            return _read(stored)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
        hint = "install cruxbank again, or train: python -m cruxbank.bench.recogniser train"
        raise EnvironmentProblem(f"recogniser head {file.name}: cannot be read", hint=hint) from error


_SCALES = ("single", "answer")
_ARRAYS = ("centre", "scale", "anchors", "thresholds", "triple", "whole")


def _read(stored: Any) -> Head:
    meta = json.loads(str(stored["meta"]))
    keys = [field.name for field in fields(Net)]
    nets = tuple(Net(*(stored[f"net{i}_{k}"].astype(np.float32) for k in keys)) for i in range(meta["nets"]))
    own = {name: stored[name].astype(np.float32) for name in _ARRAYS}
    single, answer = (
        Scale(*(stored[f"{name}_{k}"].astype(np.float32) for k in ("slope", "shift"))) for name in _SCALES
    )
    return Head(nets=nets, meta=meta, single=single, answer=answer, **own)


def _blocks(x: Floats, last: Floats) -> list[tuple[Floats, Floats]]:
    """Both cut into blocks of ROWS rows, the final one filled up with zeros."""
    fill = -len(x) % ROWS
    full = [np.concatenate([a, np.zeros((fill, a.shape[1]), np.float32)]) for a in (x, last)]
    return [(full[0][at : at + ROWS], full[1][at : at + ROWS]) for at in range(0, len(full[0]), ROWS)]
