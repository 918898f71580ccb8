"""The encoder is found and described without torch; what is missing is said in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from cruxbank.encoder import STREAM, Encoder, _streams, load_encoder
from cruxbank.errors import EnvironmentProblem

PROGRAM = """
import sys
from cruxbank.encoder import load_encoder
import cruxbank.recogniser, cruxbank.agents.local_judge, cruxbank.bench.recogniser
encoder = load_encoder()
print(encoder.name, encoder.dimension, len(encoder.digest), encoder.encode([]).shape)
cruxbank.recogniser.default_recogniser()
heavy = {"torch", "sentence_transformers", "transformers", "huggingface_hub", "sklearn"} & set(sys.modules)
print(sorted(heavy))
"""


def test_nothing_heavy_is_imported_before_the_first_text():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["all-MiniLM-L6-v2 384 16 (0, 384)", "[]"]


def test_both_names_of_the_default_are_one_encoder():
    assert load_encoder("sentence-transformers/all-MiniLM-L6-v2").name == load_encoder().name


def test_a_folder_without_weights_is_refused(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EnvironmentProblem, match=r"model\.safetensors") as caught:
        load_encoder(str(tmp_path))
    assert caught.value.hint


def test_a_folder_names_its_encoder_without_its_path(tmp_path: Path):
    folder = tmp_path / "my-encoder"
    folder.mkdir()
    (folder / "config.json").write_text('{"hidden_size": 12}')
    (folder / "model.safetensors").write_bytes(b"numbers")
    encoder = load_encoder(f"{folder}/")
    assert (encoder.name, encoder.dimension) == ("my-encoder", 12)
    first = encoder.digest
    (folder / "model.safetensors").write_bytes(b"other numbers")
    assert Encoder("my-encoder", folder).digest != first == encoder.digest


@given(st.lists(st.integers(2, 256), min_size=1, max_size=200))
def test_streams_hold_every_text_once_sorted_and_within_the_limit(lengths: list[int]):
    streams = _streams(lengths)
    flat = [i for stream in streams for i in stream]
    assert sorted(flat) == list(range(len(lengths)))
    assert [lengths[i] for i in flat] == sorted(lengths)
    assert all(sum(lengths[i] for i in stream) <= STREAM for stream in streams)
    assert np.all([len(stream) > 0 for stream in streams])
