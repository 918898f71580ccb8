"""The trained head: small networks on the encoder's layers, as numbers. Inference is numpy alone."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cruxbank.errors import EnvironmentProblem

ROWS = 32
"""Rows in one matrix product: a fixed shape, so that the texts beside a text cannot change its bits."""

Floats = NDArray[np.float32]


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
class Head:
    """Outputs are the 20 categories, then the ten values."""

    centre: Floats
    scale: Floats
    nets: tuple[Net, ...]
    thresholds: Floats
    """(30,): for one text; they maximise F1 on grouped out-of-fold predictions."""
    triple: Floats
    """(10,): for the largest of three key points; they maximise sensitivity + specificity - 1 (Youden's index)."""
    meta: dict[str, Any]
    """Encoder, layers, data, seed and measured figures."""

    def probabilities(self, layers: Floats) -> Floats:
        """Probabilities (n, 30), rounded to 6 places, from mean-pooled layers (n, layers, width)."""
        if not len(layers):
            return np.zeros((0, len(self.thresholds)), np.float32)
        x = (features(layers, self.meta["layers"]) - self.centre) / self.scale
        fill = -len(x) % ROWS
        padded = np.concatenate([x, np.zeros((fill, x.shape[1]), np.float32)])
        parts = [self._block(padded[at : at + ROWS]) for at in range(0, len(padded), ROWS)]
        found: Floats = np.concatenate(parts)[: len(x)]
        return found

    def _block(self, x: Floats) -> Floats:
        mean = np.mean([net.logits(x) for net in self.nets], axis=0, dtype=np.float64)
        rounded: Floats = np.round(sigmoid(mean), 6).astype(np.float32)
        return rounded


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
    own = {"centre": head.centre, "scale": head.scale, "thresholds": head.thresholds, "triple": head.triple}
    temporary = file.with_suffix(".tmp.npz")
    arrays: dict[str, Any] = {"meta": np.array(text), **half, **own}
    np.savez_compressed(temporary, **arrays)
    temporary.replace(file)


def load_head(file: Path) -> Head:
    """Read a head.

    Raises:
        EnvironmentProblem: the file is missing or damaged.
    """
    try:
        with file.open("rb") as raw, np.load(raw, allow_pickle=False) as stored:
            meta = json.loads(str(stored["meta"]))
            keys = ("w1", "b1", "w2", "b2")
            nets = [Net(*(stored[f"net{i}_{k}"].astype(np.float32) for k in keys)) for i in range(meta["nets"])]
            own = [stored[k].astype(np.float32) for k in ("centre", "scale", "thresholds", "triple")]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
        hint = "install cruxbank again, or train: python -m cruxbank.bench.recogniser train"
        raise EnvironmentProblem(f"recogniser head {file.name}: cannot be read", hint=hint) from error
    return Head(own[0], own[1], tuple(nets), own[2], own[3], meta)
