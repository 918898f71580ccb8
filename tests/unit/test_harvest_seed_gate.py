"""The seed topics pass the gate that stands before every other topic."""

from __future__ import annotations

import pytest

from cruxbank.encoder import load_encoder
from cruxbank.topics.gate import too_close
from cruxbank.topics.reader import seed_topics


@pytest.mark.slow
def test_the_seed_topics_pass_their_own_duplicate_gate() -> None:
    encoder = load_encoder()
    texts = [topic.text for topic in seed_topics()]
    vectors = encoder.encode(texts)
    renamed = encoder.encode(["adoption by gay couples"])[0]
    encoder.close()
    assert len(texts) >= 400
    assert too_close(texts, vectors) == []
    # and the gate is not blind: a new name of a seed topic is caught
    assert max(float(renamed @ row) for row in vectors) >= 0.6
