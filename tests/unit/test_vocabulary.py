"""Names that hold a plus sign."""

from __future__ import annotations

import pytest

from cruxbank.vocabulary import writer_in


@pytest.mark.parametrize(
    ("generator", "writer"),
    [
        ("import+quill+1", "quill+1"),
        ("quill+1", "quill+1"),
        ("import", "import"),
        ("local", "local"),
        ("important+", "important+"),
    ],
)
def test_the_model_that_wrote(generator: str, writer: str) -> None:
    assert writer_in(generator) == writer
