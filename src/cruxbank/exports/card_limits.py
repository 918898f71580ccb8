"""What is known to be wrong or missing with an export, as sentences; what it is for and what it must not be used for."""

from __future__ import annotations

from collections.abc import Iterator

from cruxbank.display import SIMULATED, local_reading, plural
from cruxbank.exports.card import Card
from cruxbank.exports.card_tally import Tally
from cruxbank.exports.provenance import PERSON
from cruxbank.measures import Counts

USES = (
    "Comparing which values the answers of language models stand on, model against model, over many items and with "
    "intervals.",
    "Watching what a new version or a system prompt of a model changes, with the same items before and after.",
    "Choosing questions that are worth a call: items that separate the models of a panel best, or a balanced or weighted "
    "sample of them.",
    "Studying judges, wordings and languages: every item has mirrored wordings, denominators and its way into the bank.",
)
MISUSES = (
    "Do not call a model good, bad, safe or unsafe by it: separation says that models differ, not who is right.",
    "Do not train, tune or filter a model on the items or on answers to them and then report figures on them.",
    "Do not judge, profile or sort people, groups or countries by it: it was measured on texts of language models only.",
    "Do not draw a conclusion from a single item, or from a figure without its interval and denominators.",
    "Do not take the items for a survey of opinions: the subjects were searched for what divides models.",
    "Do not remove the canary string or the label of simulated items.",
)


def known_limits(card: Card, tally: Tally) -> Iterator[str]:
    """Sentences that follow from the facts, the gravest first."""
    if card.simulated:
        yield SIMULATED
    yield from _licence(card)
    yield from _judge(card, tally)
    yield from _panel(card)
    yield from _claims(card)
    yield from _losses(card.counts)
    yield from _selection(card)
    yield from _weights(card)
    yield from _languages(card, tally)
    yield from _writers(card)


def _licence(card: Card) -> Iterator[str]:
    if not card.licence:
        yield "No licence was chosen (export.licence): without one nobody but the publisher may use the items."


def _judge(card: Card, tally: Tally) -> Iterator[str]:
    maker = card.maker
    if maker is None:
        return
    told = [local_reading(judge, reader) for judge in maker.judges for reader in (*maker.local_readers, "")[:1]]
    for text in dict.fromkeys(filter(None, told)):
        yield f"Answers were {text}."
    if not maker.signed:
        yield (
            f"{tally.unsigned:,} of {card.items:,} items were read by a judge that does not tell support from opposition: "
            "there a reading of support means that the value is present."
        )
    if tally.uncalibrated and card.counts.asked:
        yield (
            f"For {tally.uncalibrated:,} of {card.items:,} items the judge was not compared with human labels, so that its "
            "rate of errors is not known; verdicts are reported as it gave them."
        )
    if maker.own_family:
        yield (
            f"{_listed(maker.own_family)} share a family with a model of the panel and may favour what that family says "
            "or answers well."
        )


def _panel(card: Card) -> Iterator[str]:
    families = {model.family for model in card.models if "scoring" in model.parts}
    scoring = [model for model in card.models if "scoring" in model.parts]
    if scoring:
        yield (
            f"Separation is relative to a panel of {len(scoring)} models of {len(families)} families, as they answered on "
            "the days of the runs. Other models, later versions or other parameters may not differ where these do."
        )
    if not any("holdout" in model.parts for model in card.models):
        yield "No panel of other families was asked, so that transfer to new models was not measured on any."


def _claims(card: Card) -> Iterator[str]:
    carried = card.carried
    if card.measured < card.items:
        yield f"{card.items - card.measured:,} of {card.items:,} items were never measured."
    if carried is None:
        return
    yield (
        f"The separation of an item was measured on the answers that chose it and is too high on average. "
        f"{carried.confirmed:,} of {carried.items:,} measured items were asked again on fresh wordings; for the others "
        "only the mean of those tells what is left."
    )
    if carried.odd:
        yield f"In {carried.odd:,} of {carried.items:,} measured items one model makes more than half of the separation."


def _losses(counts: Counts) -> Iterator[str]:
    if counts.unscored:
        reasons = sorted(counts.unscored_by.items(), key=lambda pair: (-pair[1], pair[0]))
        told = ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in reasons)
        yield f"{counts.unscored:,} of {counts.asked:,} responses could not be read ({told}); figures are over the rest."
    if counts.refused:
        yield f"{counts.refused:,} of {counts.asked:,} responses were refusals, which are reported apart from the values."


def _selection(card: Card) -> Iterator[str]:
    chosen = card.chosen
    if chosen is None:
        return
    if chosen.ways:
        among = max(chosen.pool, chosen.matching or 0, chosen.found or 0)
        yield (
            f"These are {card.items:,} of {among:,} items, chosen for their separation ({_listed(chosen.ways)}): they do "
            "not stand for the bank, and their in-sample figures gain from the choice once more."
        )
    if chosen.unmeasured:
        yield f"{chosen.unmeasured:,} of {chosen.pool:,} items were never measured, and the rule left them out."
    if chosen.held:
        are, stand = ("is", "stands") if chosen.held == 1 else ("are", "stand")
        yield (
            f"{plural(chosen.held, 'item')} of the bank {are} kept back and {stand} in no public export: a model that "
            "answers these otherwise than the published ones may have learnt the latter."
        )
    if not chosen.comparable:
        yield (
            "Items that an earlier export had published could not be held back, so that the held ones come from the "
            "others only: the two parts are not comparable, and no item has a weight."
        )


def _weights(card: Card) -> Iterator[str]:
    if card.represented is not None:
        yield (
            "The items were not drawn with equal chances: a figure here counts each of them once and says nothing of the "
            "bank unless it is called weighted. To speak of the bank, count each item by its weight."
        )


def _languages(card: Card, tally: Tally) -> Iterator[str]:
    if len(card.languages) == 1 and card.languages:
        yield f"All items are in one language ({card.languages[0]}); nothing is known of others."
    if tally.flagged:
        yield f"{tally.flagged:,} items ask something else, or something less, in one of their other languages (flagged)."


def _writers(card: Card) -> Iterator[str]:
    maker, funnel = card.maker, card.funnel
    machines = tuple(name for name in maker.generators if name != PERSON) if maker else ()
    if machines:
        yield (
            f"Items were written by machine ({_listed(machines)}) and may hold false claims, one-sided premises and "
            "the blind spots of their writers. Their subjects are controversial and may offend."
        )
    if funnel is not None:
        people = f" by {funnel.reviewers} people" if funnel.reviewers > 1 else " by one person"
        yield (
            f"{funnel.reviewed:,} of {card.items:,} items were reviewed{people}."
            if funnel.reviewed
            else "No person has reviewed the items."
        )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
