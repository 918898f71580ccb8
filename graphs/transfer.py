"""What an item's figure says about families that were not asked, on whatever models count now."""

from __future__ import annotations

from collections.abc import Sequence

from cruxbank.config.settings import Settings
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import Reading, Wording
from cruxbank.measures import Carried, Separation
from cruxbank.science.shrink import joint_bits
from cruxbank.science.transfer import PairDistances, jackknife


def with_transfer(
    settings: Settings,
    yardstick: Yardstick,
    wordings: Sequence[Wording],
    readings: Sequence[Reading],
    separation: Separation,
) -> Separation:
    """The separation with the families' jackknife of the models that count (`settings.panels.scoring`)."""
    panel = settings.panels.scoring
    found = jackknife(PairDistances.of(yardstick.arrays(wordings, readings), yardstick.metric))
    names = sorted({settings.model(model).family for model in panel})
    figures = (found.est, found.lo, found.hi, found.without)
    est, lo, hi, without = (float(joint_bits(figure, separation.models)) for figure in figures)
    carried = Carried(
        est=est,
        lo=lo,
        hi=hi,
        without=without,
        family=names[found.family] if found.family >= 0 else "",
        odd_model=panel[found.odd] if found.odd >= 0 else "",
        odd_share=found.share,
    )
    return separation.model_copy(update={"carried": carried})
