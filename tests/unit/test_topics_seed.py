"""The seed topics: enough, varied, tagged, none twice."""

from __future__ import annotations

import re
from collections import Counter

from cruxbank.agents.phrases import KNOWN_KINDS
from cruxbank.topics.domains import domains, guess_domain
from cruxbank.topics.reader import MAX_TOPIC, seed_topics


def test_there_are_enough_topics_in_enough_domains_and_regions() -> None:
    topics = seed_topics()
    assert len(topics) >= 420
    assert len({t.domain for t in topics}) >= 12
    assert len({t.region for t in topics}) >= 40


def test_a_tail_was_raised_only_in_recent_years() -> None:
    assert sum((t.year or 0) >= 2022 for t in seed_topics()) >= 60


def test_no_topic_occurs_twice() -> None:
    ids = Counter(t.id for t in seed_topics())
    assert [i for i, n in ids.items() if n > 1] == []


def test_no_opening_is_used_more_than_three_times() -> None:
    openings = Counter(" ".join(t.text.split()[:2]).lower() for t in seed_topics())
    assert openings.most_common(1)[0][1] <= 3


def test_no_sentence_pattern_dominates() -> None:
    """Few words are shared at the place of the head: at most eight topics begin with the same word."""
    firsts = Counter(t.text.split()[0].lower() for t in seed_topics())
    assert firsts.most_common(1)[0][1] <= 8


def test_every_topic_is_a_clean_tagged_noun_phrase() -> None:
    for topic in seed_topics():
        assert topic.kind in KNOWN_KINDS, topic
        assert topic.domain in domains(), topic
        assert topic.text == " ".join(topic.text.split()), topic
        assert not re.search(r"[?!.;{}<>]", topic.text), topic
        assert 1 <= len(topic.text.split()) <= 9, topic
        assert len(topic.text) <= MAX_TOPIC, topic


def test_domains_are_guessed_from_words() -> None:
    assert guess_domain("rent control in big cities") == "cities"
    assert guess_domain("the COVID-19 vaccine") == "health"
    assert guess_domain("the 2022 Russian invasion of Ukraine") == "security"
    assert guess_domain("zzz") == "other"


def test_the_guess_agrees_with_the_tags_more_often_than_chance() -> None:
    topics = seed_topics()
    hits = sum(guess_domain(t.text) == t.domain for t in topics)
    assert hits / len(topics) > 0.4
