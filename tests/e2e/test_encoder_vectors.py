"""The vectors: equal to sentence-transformers, and a function of the text alone. Needs torch: slow."""

from __future__ import annotations

import asyncio
import random
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from cruxbank.encoder import Encoder, load_encoder
from cruxbank.errors import EnvironmentProblem

pytestmark = pytest.mark.slow

SENTENCE = "should cities limit rent while owners pay taxes and tenants save for homes near schools or parks"
WORDS = SENTENCE.split()


def sentences(n: int, seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(1, 40))) + "." for _ in range(n)]


ODD = ["", "a", "  spaces \n around ", "É naïve 你好 🙂", "word " * 400]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def test_equal_to_sentence_transformers(encoder: Encoder):
    from sentence_transformers import SentenceTransformer

    texts = sentences(60) + ODD
    expected = SentenceTransformer(str(encoder.folder), device="cpu").encode(texts, show_progress_bar=False)
    found = encoder.encode(texts)
    assert found.dtype == np.float32
    assert found.shape == (len(texts), 384)
    # half a unit of the fifth place from rounding, and the library's own 1e-6
    assert np.abs(found - expected).max() < 6e-6
    assert np.abs(np.linalg.norm(found, axis=1) - 1).max() < 1e-4


def test_the_bytes_of_a_text_do_not_depend_on_its_neighbours():
    texts = sentences(120) + ODD
    whole = dict(zip(texts, load_encoder(cache=0).encode(texts), strict=True))
    rng = random.Random(1)
    for threads in (1, 2):
        other = load_encoder(cache=0, threads=threads)
        for size in (1, 2, 3, 17, 60):
            some = rng.sample(texts, size)
            assert other.encode(some).tobytes() == np.stack([whole[t] for t in some]).tobytes()


def test_layers_end_in_the_vector(encoder: Encoder):
    texts = sentences(9)
    layers = encoder.encode_layers([*texts, texts[0]])
    assert layers.shape == (10, 7, 384)
    assert np.array_equal(layers[0], layers[9])
    last = layers[:9, -1] / np.linalg.norm(layers[:9, -1], axis=1, keepdims=True)
    assert np.abs(last - encoder.encode(texts)).max() < 2e-5


async def test_async_and_threads_give_the_same(encoder: Encoder):
    lists = [sentences(20, seed) for seed in range(6)]
    expected = [load_encoder(cache=0).encode(texts) for texts in lists]
    found = await asyncio.gather(*(encoder.aencode(texts) for texts in lists))
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))
    fresh, results = load_encoder(cache=4), {}
    workers = [threading.Thread(target=lambda i=i: results.update({i: fresh.encode(lists[i])})) for i in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(np.array_equal(expected[i], results[i]) for i in range(6))


def test_damaged_weights_are_an_environment_problem(encoder: Encoder, tmp_path: Path):
    copy = tmp_path / "broken"
    shutil.copytree(encoder.folder, copy, ignore=shutil.ignore_patterns("*.safetensors"))
    (copy / "model.safetensors").write_bytes(b"not numbers")
    with pytest.raises(EnvironmentProblem, match="broken") as caught:
        load_encoder(str(copy)).encode(["one"])
    assert caught.value.hint


def test_no_thread_is_needed_after_close():
    encoder = load_encoder()
    encoder.encode(["one"])
    encoder.close()
    assert encoder.encode(["one"]).shape == (1, 384)  # from the cache
    with pytest.raises(RuntimeError):
        encoder.encode(["two"])
