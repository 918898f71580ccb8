"""Texts at random, of the pieces that templates, paths and parsers are made of: what nobody thought of by hand."""

from __future__ import annotations

import random

PIECES = (
    *(
        "{",
        "}",
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{{-",
        "-}}",
        "{%-",
        "-%}",
        "{{input}}",
        "{{ id }}",
        "{{ env.SECRET }}",
    ),
    *(
        "{% raw %}",
        "{% endraw %}",
        "#",
        "%",
        "-",
        "|",
        "(",
        ")",
        "[",
        "]",
        "'",
        '"',
        "`",
        "\\",
        "\\n",
        "/",
        "$",
        "$ref",
        "=",
    ),
    *("\n", "\r\n", "\r", "\t", " ", "\x00", "\x01", "\u2028", "\ufeff", "\u05d0", "😀", "é", "a", "n", "0"),
    *(
        "file://",
        "file:",
        "package:",
        "package:a:b",
        "env.SECRET",
        "raw",
        "endraw",
        "input",
        "id",
        "- role: user",
        "null",
    ),
)
LONGEST = 12


def noise(count: int, seed: int) -> dict[str, str]:
    """Name -> text, as many as asked for: 1 to 12 pieces each."""
    rng = random.Random(seed)
    return {str(number): "".join(rng.choices(PIECES, k=rng.randint(1, LONGEST))) for number in range(count)}
