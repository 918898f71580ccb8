"""Sizes of everything latent, as data. Change one and the version has to change with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cruxbank.errors import ConfigError

SIMULATOR_VERSION = "3"


@dataclass(frozen=True)
class Preset:
    """Sizes of the stance (variances, latent) and of the salience of values (SCIENCE 4).

    They are not the shares that the sources print: cutting a latent answer into points or into yes and no shrinks what
    models share and swells what wordings do. They are such that *simulated* ratings have the sources' statistics
    (`bench simulator`), tuned on worlds 100 to 123.
    """

    name: str
    model: float
    """Acquiescence: one model says yes more often than another, whatever is asked."""
    item: float
    interaction: float
    """Model x item; `value_share` of it comes from the hidden values."""
    wording: float
    """Model x exact text, the same at every repeat."""
    noise: float
    """New at every request."""
    value_share: float = 0.20
    family: float = 0.20
    """Correlation of two models of one family."""
    divisiveness: float = 0.70
    """SD of the log of an item's interaction scale: some questions divide, most hardly do."""
    even: bool = False
    """True: every question divides alike, along directions of equal size. Nothing about it carries over."""
    neutral: float = 0.15
    """Half width of the zone in which a model stays neutral."""
    order: float = 0.42
    """SD over models of what it matters which option is listed first, in points; none where no options are listed."""
    fickle: float = 0.0
    """SD over models of the log of what wordings and repeats do to them."""
    frame: float = 0.60
    frame_sd: float = 0.30
    verbosity_sd: float = 0.30
    refusal_max: float = 0.46
    relevance: float = 3.0
    """Logits that a value gains when a question is all about it."""
    salience: float = -1.95
    """Logit of a value's presence before the question says anything: 2.8 to 5.6 values of ten come out an answer."""
    tau: float = 0.40
    """SD of what a question adds to the salience of each value."""
    stake: float = 0.60
    """How much more models differ about what a question is about."""
    value_salience: float = 0.30
    """Logits that a model's values add to salience whatever is asked."""
    loading: float = 0.55
    """Logits that they add where the question divides."""
    value_warmth: float = 0.80
    """Logits that they add to arguing from a value rather than turning it down."""
    salience_interaction: float = 1.10
    salience_wording: float = 0.50
    stance_pull: float = 0.80
    """Logits of salience that a value gains when it fits the stance."""
    sign_pull: float = 1.40
    signed: bool = True
    """False: values are only ever argued from."""
    dif: float = 0.0
    """Share of items that work differently in a language, for each language (`dif`)."""
    style: bool = False
    """True: a family's texts are given away by ways into a sentence of its own."""


# Political Compass, yes or no under ten paraphrases: one wording .58 bits, ten .37. Order: flips of MoralChoice, .12.
_COMPASS = Preset("compass", model=0.12, item=0.45, interaction=0.29, wording=0.04, noise=0.02, fickle=0.30, order=0.55)
_NO_VALUES = replace(_COMPASS, name="no-values", value_share=0.0, value_salience=0.0, loading=0.0, value_warmth=0.0)
# ValuePortrait, six-point ratings: model .18, item .36, model x item .29, wording and order .85.
_OPINIONATED = Preset(
    "opinionated",
    model=0.15,
    item=0.45,
    interaction=0.14,
    wording=0.40,
    noise=0.20,
    fickle=0.75,
    divisiveness=0.50,
    value_share=0.15,
)
_WORLDS = (
    _OPINIONATED,
    _COMPASS,
    # Control worlds: values explain nothing; u explains everything and nothing is shared; the published method's world.
    _NO_VALUES,
    replace(
        _NO_VALUES,
        name="no-transfer",
        even=True,
        item=0.0,
        family=0.0,
        relevance=0.0,
        salience=-0.25,
        tau=0.0,
        stake=0.0,
        stance_pull=0.0,
        sign_pull=0.0,
    ),
    replace(_COMPASS, name="adaem", wording=0.0, salience_wording=0.0, frame=0.0, frame_sd=0.0, signed=False),
    # Three languages in which a fifth of the items work differently.
    replace(_OPINIONATED, name="polyglot", dif=0.20),
)
PRESETS = {world.name: world for world in _WORLDS}
SUFFIXES: dict[str, dict[str, float | bool]] = {
    "f00": {"family": 0.0},
    "f10": {"family": 0.1},
    "f30": {"family": 0.3},
    "dif10": {"dif": 0.10},
    "dif20": {"dif": 0.20},
    "style": {"style": True},
}
"""What a suffix changes: compass-f30 is compass with a family correlation of .3, compass-f30-style adds a style."""


def preset(name: str) -> Preset:
    """The preset of that name, with any of SUFFIXES at its end.

    Raises:
        ConfigError: there is none.
    """
    base, suffixes = name, list[str]()
    while base not in PRESETS and "-" in base:
        base, _, suffix = base.rpartition("-")
        suffixes.append(suffix)
    if base not in PRESETS or not set(suffixes) <= set(SUFFIXES):
        known = f"one of {', '.join(PRESETS)}; -{', -'.join(SUFFIXES)} may stand at the end"
        raise ConfigError(f"simulator preset: '{name}' is unknown", hint=known)
    changes = {field: value for suffix in suffixes for field, value in SUFFIXES[suffix].items()}
    return replace(PRESETS[base], name=name, **changes)  # type: ignore[arg-type]
