"""A card says what the record and the settings say, with its denominators, and shows every text as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings as hypothesis_settings, strategies as st
from markdown_it import MarkdownIt

from cruxbank.config.loading import config_hash, load_settings, settings_from
from cruxbank.config.shipped import presets
from cruxbank.curation import HumanReview
from cruxbank.errors import ConfigError
from cruxbank.exports.card import Card, Chosen, Funnel, Maker, ModelFacts, RunFacts, SystemFacts
from cruxbank.exports.card_facts import card_of, slug
from cruxbank.exports.card_limits import MISUSES, USES, known_limits
from cruxbank.exports.card_page import body
from cruxbank.exports.card_tally import Tally
from cruxbank.exports.lines import line
from cruxbank.items import PromptRef, Status
from cruxbank.measures import CarryOver, Counts, Estimate
from cruxbank.memory.holdings import holdings, reviewed, run_cost
from cruxbank.memory.reviews import Reviews
from cruxbank.report.wording import visible
from cruxbank.science.carryover import summarise, summarise_claims
from tests.export_lines import full_item, full_line, texts
from tests.report_bank import RUN, Bank, bank, settings as preset
from tests.unit.test_science_carryover import item as confirmed

SAID = {"licence": "CC-BY-4.0", "creator": "Somebody", "url": "https://example.invalid/bank", "title": "My bank"}


def the_card(made: Bank, **export: Any) -> Card:
    lines = [line(item, 1.0) for item in made.record.items(Status.OPERATIONAL)]
    return card_of(made.record, preset(export=export), Tally(lines), Chosen(pool=1), canary="CANARY")


def test_a_card_by_hand() -> None:
    card = the_card(bank(), **SAID)
    assert (card.title, card.licence, card.creator, card.canary) == ("My bank", "CC-BY-4.0", "Somebody", "CANARY")
    assert (card.items, card.simulated, card.languages) == (1, True, ("en",))
    assert (card.kinds, card.statuses, card.domains) == ({"question": 1}, {"operational": 1}, {"animals": 1})
    assert card.dimensions == {"power": 1}
    assert card.separation == (0.8,) * 5
    # two models twice yes, one twice no, one once no and one refusal
    assert (card.counts.asked, card.counts.answered, card.counts.refused) == (8, 7, 1)
    birch = next(model for model in card.models if model.id == "sim-birch-2")
    assert birch.counts == Counts(asked=2, answered=1, refused=1)
    assert (birch.family, birch.parts, birch.simulated) == ("birch", ("scoring", "pilot"), True)
    assert card.carried is not None
    assert (card.carried.items, card.carried.confirmed) == (1, 0)
    assert card.carried.claimed == pytest.approx(0.8)
    assert card.system is not None
    assert len(card.system.dimensions) == 10


def test_what_the_items_were_chosen_from() -> None:
    made = bank()
    found = holdings(made.record.database)
    assert found.by_status == {"draft": 1, "operational": 1, "pilot": 1}
    assert found.by_exit == {"admitted": 1, "does_not_separate_in_pilot": 1, "rejected_by_critic": 1}
    assert (found.drafts, found.slots, found.topics, found.sessions) == (3, 3, 3, 0)
    cost = run_cost(made.record.database, RUN)
    assert (cost.calls, cost.tokens, cost.usd) == (8 + 2 + 16 + 4 + 1, 2000, 0.75)


def test_runs_are_told_with_their_budget_and_cost() -> None:
    (run,) = the_card(bank()).runs
    assert (run.id, run.seed, run.items, run.calls, run.usd) == (RUN, 7, 1, 31, 0.75)
    assert dict(run.budget)["calls"] == "8000"
    assert run.state == "budget.calls reached"


def test_reviews_are_counted_by_item_and_person() -> None:
    made = bank()
    (item,) = made.record.items(Status.OPERATIONAL)
    for reviewer in ("ann", "ann", "bo"):
        Reviews(made.record.database).decide(HumanReview(item=item.id, reviewer=reviewer, choice="accept"))
    assert reviewed(made.record.database, [item.id]) == (1, 2)
    assert reviewed(made.record.database, ["it_other"]) == (0, 0)
    assert "1 of 1 items were reviewed by 2 people." in the_card(made).limits


def test_sums_over_lines_are_those_over_items() -> None:
    items = [confirmed(n, 0.3 + 0.02 * n, 0.1 * n, 0.05 * n if n % 2 else None) for n in range(8)]
    tally = Tally(line(item, 1.0) for item in items)
    found, known = summarise_claims(tally.claims), summarise(items)
    assert (found.items, found.models, found.confirmed, found.odd) == (8, 12, 8, known.odd)
    assert found.without == pytest.approx(known.without, abs=1e-5)
    assert known.without > 0
    for one, other in ((found.scoring, known.scoring), (found.kept_by_holdout, known.kept_by_holdout)):
        assert (one is None) == (other is None)
        if one and other:
            assert one.model_dump() == pytest.approx(other.model_dump(), abs=1e-5)  # lines are rounded to 6 places


def test_an_item_with_everything() -> None:
    tally = Tally([full_line()])
    assert tally.asked.total() == full_item().counts["sim-a-1"]
    assert tally.translated.total().asked == 5
    assert tally.confirmed.total().unscored_by == {"timeout": 1}
    assert dict(tally.spoken) == {"en": 1, "de": 1, "fr": 0}
    assert (tally.flagged, tally.replacing, tally.uncalibrated) == (1, 1, 0)
    assert tally.prompts == (PromptRef(name="respond/opinion", version=1, sha256="ab" * 32),)


def test_an_empty_export_has_a_card() -> None:
    made = bank()
    card = card_of(made.record, made.settings, Tally())
    assert (card.items, card.carried, card.separation) == (0, None, ())
    assert body(card).startswith("# Questions that tell")


def test_the_settings_do_not_change_what_is_grown() -> None:
    plain = preset()
    told = preset(export=SAID | {"notes": ["Half of it is about zoos."], "published": "2026-11-22"})
    assert config_hash(plain) == config_hash(told)
    assert the_card(bank(), notes=["Half of it is about zoos."]).limits[-1] == "Half of it is about zoos."


def test_ones_own_description_does_not_hide_that_a_bank_is_simulated() -> None:
    told = the_card(bank(), description="About zoos.").description
    assert told == "Grown on simulated models, so without any meaning for real ones. About zoos."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("licence", "all rights reserved"),
        ("licence", "ftp://example.invalid/terms"),
        ("url", "https://me:secret@example.invalid/"),
        ("url", "https://example.invalid/<b>"),
        ("url", "page"),
        ("published", "22.11.2026"),
        ("version", "1.0"),
        ("name", "My Bank"),
        ("name", "x" * 61),
        ("owner", "me"),
    ],
)
def test_what_the_settings_refuse(field: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"export\.{field}"):
        settings_from(yaml.safe_load(presets()["simulated"]), {"export": {field: value}})


def test_a_day_needs_no_quotes(tmp_path: Path) -> None:
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"] + "\nexport: {published: 2026-11-22, licence: CC0-1.0}\n", encoding="utf-8")
    assert load_settings(file).export.published == "2026-11-22"


def test_the_section_in_the_documentation_is_one(root: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", (root / "docs/data-card.md").read_text(encoding="utf-8"), re.DOTALL)
    told = settings_from(yaml.safe_load(presets()["simulated"]) | yaml.safe_load(block)).export
    assert set(yaml.safe_load(block)["export"]) == set(type(told).model_fields) - {"description"}
    assert told.published == "2026-11-22"


def test_slugs() -> None:
    assert slug("cruxbank-moral-foundations+liberty") == "cruxbank-moral-foundations-liberty"
    assert slug("¿?") == "cruxbank"


LIMITS: dict[str, tuple[dict[str, Any], str]] = {
    "simulated": ({"simulated": True}, "say nothing about any real model"),
    "no licence": ({"licence": ""}, "No licence was chosen"),
    "unsigned": ({"maker": Maker(judges=("local",), signed=False)}, "does not tell support from opposition"),
    "local judge": ({"maker": Maker(judges=("local",), local_readers=("local",))}, "read by the local judge"),
    "own family": ({"maker": Maker(own_family=("gpt",))}, "gpt share a family with a model of the panel"),
    "no holdout": ({"models": (ModelFacts(id="a", parts=("scoring",)),)}, "No panel of other families"),
    "unmeasured": ({"items": 5, "measured": 3}, "2 of 5 items were never measured"),
    "claims": ({"carried": CarryOver(items=9, models=8, claimed=0.5, confirmed=3)}, "3 of 9 measured items"),
    "odd": ({"carried": CarryOver(items=9, models=8, claimed=0.5, confirmed=3, odd=2)}, "In 2 of 9 measured"),
    "unscored": ({"counts": Counts(asked=9, unscored=4, unscored_by={"wrong_type": 4})}, "4 of 9 responses could not"),
    "refusals": ({"counts": Counts(asked=9, refused=4)}, "4 of 9 responses were refusals"),
    "top": ({"items": 5, "chosen": Chosen(rule="top", asked=5, pool=70)}, "5 of 70 items, chosen for their separation"),
    "thinned": (
        {"items": 5, "chosen": Chosen(pool=5, found=70, matching=70, filters=(("quota", "domain=1"),))},
        "5 of 70 items, chosen for their separation (quota)",
    ),
    "bounded": (
        {"items": 5, "chosen": Chosen(pool=5, found=70, matching=5, filters=(("min-separation", "0.1"),))},
        "5 of 70 items, chosen for their separation (min-separation)",
    ),
    "never measured": (
        {"items": 56, "chosen": Chosen(rule="top", asked=60, pool=110, unmeasured=54)},
        "54 of 110 items were never measured, and the rule left them out",
    ),
    "unequal chances": ({"represented": 0.1}, "count each item by its weight"),
    "held": ({"chosen": Chosen(held=14)}, "14 items of the bank are kept back"),
    "one held": ({"chosen": Chosen(held=1)}, "1 item of the bank is kept back and stands in no public export"),
    "not comparable": (
        {"chosen": Chosen(comparable=False)},
        "the two parts are not comparable, and no item has a weight",
    ),
    "machine": ({"maker": Maker(generators=("gpt", "person"))}, "written by machine (gpt)"),
    "nobody": ({"funnel": Funnel()}, "No person has reviewed"),
    "one language": ({"languages": ("de",)}, "one language (de)"),
}
CLEAN: dict[str, Any] = {
    "licence": "CC0-1.0",
    "languages": ("en", "de"),
    "models": (ModelFacts(id="h", parts=("holdout",)),),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_told_where_there_is_one(name: str) -> None:
    facts, words = LIMITS[name]
    blank = Card(name="b", title="t", description="d", **CLEAN)
    assert list(known_limits(blank, Tally())) == []
    told = list(known_limits(blank.model_copy(update=facts), Tally()))
    assert [limit for limit in told if words in limit], told


@pytest.mark.parametrize(
    "chosen",
    [
        Chosen(rule="top", asked=1000, pool=70, effective=70.0),
        Chosen(rule="random", asked=5, pool=70),
        Chosen(pool=5, found=5, matching=5, filters=(("quota", "domain=9"), ("min-separation", "0.1"))),
    ],
)
def test_what_leaves_no_item_out_chooses_nothing(chosen: Chosen) -> None:
    card = Card(name="b", title="t", description="d", **CLEAN, items=5, measured=5, chosen=chosen)
    assert chosen.ways == ()
    assert list(known_limits(card, Tally())) == []


def test_a_rule_that_takes_all_that_was_measured_does_not_choose_by_it() -> None:
    assert Chosen(rule="top", asked=60, pool=110, unmeasured=54).ways == ()
    assert Chosen(rule="top", asked=55, pool=110, unmeasured=54).ways == ("select top",)


def test_a_number_that_all_fit_into_is_told_as_none() -> None:
    card = Card(name="b", title="t", description="d", items=70, chosen=Chosen(rule="top", asked=1000, pool=70))
    assert "Every item that filters and quotas leave (1,000 asked for); 70 of 70." in body(card)
    assert "Rule `top`, 5 asked for" in body(
        card.model_copy(update={"items": 5, "chosen": Chosen(rule="top", asked=5, pool=70)})
    )


def test_one_item_is_told_in_the_singular() -> None:
    page = body(Card(name="b", title="t", description="d", chosen=Chosen(held=1, withheld=1)))
    assert "Kept back and in no public export: 1 item." in page
    assert "Left out because an earlier export published them: 1 item." in page


def test_what_an_unequal_sample_stands_for() -> None:
    """By hand: items of 0.1 and 0.5 bits that stand for 9 and 1 are worth (0.9 + 0.5) / 10."""
    one, other = confirmed(1, 0.1, 0.1, None), confirmed(2, 0.5, 0.1, None)
    unequal = Tally([line(one, 9.0), line(other, 1.0)])
    assert unequal.represented == pytest.approx(0.14)
    assert Tally([line(one, 5.0), line(other, 5.0)]).represented is None
    assert Tally([line(one, None), line(other, None)]).represented is None
    made = bank()
    told = card_of(made.record, made.settings, unequal, Chosen(rule="weighted", asked=2, pool=10, effective=1.2))
    assert "the item stands for. Weighted by it, the mean in-sample separation is 0.14 bits; every other" in body(told)
    assert any("count each item by its weight" in limit for limit in told.limits)


WORDS = ("title", "name", "id", "description", "definition")


def filled(word: str) -> Card:
    """A card that holds a text wherever a user, a model or a file may put one."""
    counts = Counts(asked=2, answered=1, unscored=1, unscored_by={word: 1})
    return Card(
        name="b",
        title=word,
        description=word,
        licence="CC-BY-4.0",
        creator=word,
        canary=word,
        value_system=word,
        languages=(word,),
        simulated=True,
        items=1,
        domains={word: 1},
        dimensions={word: 1},
        kinds={"question": 1},
        separation=(0.1,) * 5,
        carried=CarryOver(items=1, models=8, claimed=0.5, confirmed=0, kept_by_families=Estimate(est=1, lo=0, hi=2)),
        counts=counts,
        models=(ModelFacts(id=word, model=word, family=word, parts=("scoring",), params=word, counts=counts),),
        runs=(RunFacts(id=word, state=word, budget=((word, word),), policy=word),),
        system=SystemFacts(id=word, name=word, source=word, dimensions=((word, word, word),)),
        maker=Maker(generators=(word,), judges=(word,), prompts=(PromptRef(name=word, version=1, sha256="ab" * 32),)),
        chosen=Chosen(rule=word, pool=1, filters=((word, word),)),
        funnel=Funnel(by_exit={word: 1}),
        limits=(word,),
        uses=USES,
        misuses=MISUSES,
        citation=word,
    )


def plain(card: Card) -> tuple[list[str], list[str], str]:
    """(kinds of blocks, texts of headings, all text) of the page, as a Markdown reader sees it."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(body(card))
    inline = [child for token in tokens if token.children for child in token.children]
    kinds = [token.type for token in (*tokens, *inline)]
    headings = [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]
    said = " ".join(token.content for token in (*inline, *tokens) if token.type in {"text", "code_inline", "fence"})
    return kinds, headings, said


SHAPE = plain(filled("x"))[:2]


ACTING = (
    *("<script>alert(1)</script>", "<b>", "- a", "1. a", "1) a", "---", "* a", "+ a", "# a", "a\n# b", "=", "> a"),
    *("![a](b)", "[a](b)", "[a]: b", "`a", "a|b", "~~a~~", "**a**", "_a_", "&lt;b&gt;", "&#60;b>", "\\<b>"),
    *("<http://a.b>", "<script a", "<!-- a", "<?a", "<div a", "<!A", "</div"),
)


def acting(test: Callable[[str], None]) -> Callable[[str], None]:
    """Every text that Markdown acts on, always tried."""
    for word in ACTING:
        test = example(word)(test)
    return test


@acting
@given(texts.filter(lambda word: visible(word).strip()))
@hypothesis_settings(max_examples=60, deadline=None)
def test_no_text_is_taken_for_markup(word: str) -> None:
    kinds, headings, _ = plain(filled(word))
    shape, expected = SHAPE
    assert not {"html_block", "html_inline", "image", "s_open"} & set(kinds)
    assert headings[1:] == expected[1:]
    for kind in (
        "table_open",
        "tr_open",
        "td_open",
        "th_open",
        "bullet_list_open",
        "list_item_open",
        "hr",
        "link_open",
    ):
        assert kinds.count(kind) == shape.count(kind), kind
    assert kinds.count("fence") == 1


@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1).filter(lambda word: word.strip() == word))
@hypothesis_settings(max_examples=100, deadline=None)
def test_every_text_can_be_read_on_the_page(word: str) -> None:
    card = Card(name="b", title="t", description="d", domains={word: 7}, kinds={"question": 7})
    _, _, said = plain(card)
    squeezed = re.sub(r"\s+", "", said)
    assert re.sub(r"\s+", "", visible(word.replace("_", " "))) in squeezed


def test_the_page_names_every_figure_with_its_denominator() -> None:
    page = body(the_card(bank(), **SAID))
    for expected in (
        "# My bank",
        "Simulated models answered",
        "| licence | CC-BY-4.0 |",
        "`CANARY` stands in every line",
        "| that chose the items | 8 | 7 (88 %) | 1 (12 %) | 0 (0 %) | 0 |",
        "| claimed, in-sample | 0.80 | too few items | 1 | 1 |",
        "| respond/opinion | 1 | " + "ab" * 32 + " |",
        "Of 3 drafts that the bank holds (from 3 attempts on 3 known subjects)",
        "No person has reviewed the items.",
    ):
        assert expected in page
    assert page.endswith("\n")
    assert "\n\n\n" not in page
    assert page == body(the_card(bank(), **SAID))
