"""The cuts of the duplicate check, in one place with where they come from.

`python -m cruxbank.bench.duplicates --data valueconsistency --seed 0`, MiniLM, English US: cuts fixed on 65 of the 131
paraphrase sets. On the other 66 sets, pairs on one topic: precision .868 (613/706), recall .934 (613/656); plain cosine,
its cut fixed alike at .81: .831, .930. A draft against a memory of one question a set: .907 (253/279), .962 (253/263).
Over 20 other splits the best cut lies between .70 and .79. What is taken wrongly is mostly one step apart ("for medical
use" against "for non-medical use").
"""

from __future__ import annotations

from cruxbank.frozen import Frozen


class Thresholds(Frozen):
    """Cuts between 0 and 1; a figure that reaches its cut is a duplicate."""

    lexical: float = 0.9
    """Likeness of sorted words, on one subject. Not fitted: 1 pair in 656 reaches it, and that one is a paraphrase."""
    same_subject: float = 0.74
    """Mean of the three cosines, on one subject: highest F1 on the fitting half."""
    cross_subject: float = 0.9
    """Full-text cosine over two subjects: the lowest cut that at most .5 % of frame swaps reach ("Should rent control be
    banned?", "Should whaling be banned?"); 1.0 % of the other half's 904 do. Topic-free cosine would take 98 % of them."""
    subject: float = 0.8
    """Cosine from which two topics are two names of one. Above every pair of ValueConsistency's topics (highest .75)."""
    published: float = 0.85
    """AdAEM's rule: refuse when the mean cosine of the three nearest is above it. Recall here .080 (21/263)."""
