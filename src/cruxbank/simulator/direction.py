"""Is a proposition stated or reversed? Counted from reversing words, and from which side a comparison puts first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cruxbank.simulator.hashing import uniforms
from cruxbank.simulator.stems import stem, words
from cruxbank.simulator.tables import DirectionRules, QuestionWords, direction_rules, question_words

_LEAST = 4  # words before a clause counts as the main one: "Is it wrong if ..." goes on
_READ = 600  # characters: no question is longer, and the patterns take time that grows faster than the text
_LONGEST = 4  # content words of a good


@dataclass(frozen=True)
class Direction:
    """`sign` is -1 for a reversed proposition; `side` gives -1 to stems that the canonical proposition puts second."""

    sign: int
    side: dict[str, int] = field(default_factory=dict)


def direction(text: str) -> Direction:
    """Parity of reversing words in the main clause, times the order of a comparison's two goods."""
    rules, table = direction_rules(), question_words()
    start = _from_asking(text[:_READ].casefold().replace("’", "'"), rules)
    main = _without_asides(start, rules)
    found = None if rules.answering.search(start) else _comparison(main, rules, table)
    if found is None:
        return Direction(-1 if _reversals(_without_people(main, rules), rules, table) % 2 else 1)
    around, left, right = found
    sign = -1 if sum(word in rules.judging for word in words(around)) % 2 else 1
    first = ranks_first(left, right)
    return Direction(sign if first else -sign, dict.fromkeys(right if first else left, -1))


def goods(text: str) -> tuple[str, str] | None:
    """What a yes puts first and what it puts second, where a question compares two goods."""
    rules, table = direction_rules(), question_words()
    start = _from_asking(text[:_READ].casefold().replace("’", "'"), rules)
    main = _without_asides(start, rules)
    found = None if rules.answering.search(start) else _compared(main, rules, table)
    if found is None:
        return None
    around, left, right = found
    turned = sum(word in rules.judging for word in words(around)) % 2
    return (right, left) if turned else (left, right)


def _from_asking(text: str, rules: DirectionRules) -> str:
    """From the asking word on; a clause before it ("When it comes to ...,") ends with a comma."""
    if rules.asking.match(text):
        return text
    found = rules.asking_after_comma.search(text) or rules.asking.search(text)
    if found and rules.answering.search(text, 0, found.start()):
        return text[: found.start()]
    return text[found.start("ask") :] if found else text


def _without_asides(text: str, rules: DirectionRules) -> str:
    """The text up to the first aside; an aside between two commas is left out alone."""
    for cut in rules.asides.finditer(text):
        if len(text[: cut.start()].split()) < _LEAST:
            continue
        inner = rules.resumes.match(text, cut.start()) if text[: cut.start()].rstrip().endswith(",") else None
        if inner:
            return _without_asides(text[: cut.start()].rstrip(" ,") + " " + text[inner.end() :], rules)
        return text[: cut.start()]
    return text


def _without_people(main: str, rules: DirectionRules) -> str:
    """Without clauses on who or what is spoken of, which name cues of their own."""
    found = rules.about_someone.search(main)
    while found and (found.end() < len(main) or len(main[: found.start()].split()) >= _LEAST):
        main = main[: found.start()] + main[found.end() :]
        found = rules.about_someone.search(main, found.start())
    return main


def _reversals(main: str, rules: DirectionRules, table: QuestionWords) -> int:
    other = rules.alternatives.search(main)
    if other and len(main[: other.start()].split()) >= _LEAST:
        main = main[: other.start()]
    main = rules.neutral.sub(" ", main)
    phrases = len(rules.phrases.findall(main))
    found = words(rules.phrases.sub(" ", main))
    return phrases + sum(_reverses(found, k, rules, table) for k in range(len(found)))


def _reverses(found: Sequence[str], k: int, rules: DirectionRules, table: QuestionWords) -> bool:
    word = found[k]
    if word not in table.reversing:
        return False
    before = found[k - 1] if k else ""
    if word.endswith("ing") and before in rules.subject_after:
        return False
    if word not in rules.verbs_only:
        return True
    if before in rules.verb_after or before in rules.noun_after:
        return before in rules.verb_after
    return found[k + 1] not in rules.noun_before if k + 1 < len(found) else word in rules.intransitive


def _comparison(main: str, rules: DirectionRules, table: QuestionWords) -> tuple[str, list[str], list[str]] | None:
    """What stands around the two goods, and their content words; none without both."""
    found = _compared(main, rules, table)
    if found is None:
        return None
    around, left, right = found
    return around, _good(left, rules, table), _good(right, rules, table)


def _compared(main: str, rules: DirectionRules, table: QuestionWords) -> tuple[str, str, str] | None:
    """The same with the goods as they stand, the second one with what comes after it."""
    opening = rules.opening.match(main)
    start = opening.end() if opening else len(main.split(" ", 1)[0]) + 1
    rest = main[start:]
    for pattern in rules.comparisons:
        found = pattern.search(rest)
        if found and all(_good(found.group(name), rules, table) for name in ("a", "b")):
            around = main[: start + found.start("a")] + rest[found.end("a") : found.start("b")]
            return around, found.group("a"), found.group("b")
    return None


def _good(text: str, rules: DirectionRules, table: QuestionWords) -> list[str]:
    """Stems of the first noun phrase in a text."""
    phrase: list[str] = []
    for word in words(text):
        if word in rules.good_ends and phrase:
            break
        if word not in rules.good_ends and word not in rules.empty_goods:
            phrase.append(word)
    stems = [stem(word) for word in phrase if word not in table.function]
    return (stems or phrase)[:_LONGEST]


def ranks_first(left: Iterable[str], right: Iterable[str]) -> bool:
    """Is the left side the canonical first one? By the word of highest rank, so that a good is known by any of its parts."""
    one, other = set(left), set(right)
    return max(map(_number, one - other or one)) > max(map(_number, other - one or other))


def _number(word: str) -> float:
    return float(uniforms(1, "rank", word)[0])
