"""The findings of a session from its turns."""

from __future__ import annotations

import numpy as np

from cruxbank.measures import Counts, Estimate
from cruxbank.science.consistency import consistency, noise_of
from cruxbank.science.positions import position
from cruxbank.science.pressure import by_noise, given_in
from cruxbank.science.probing_asks import order_of, threshold_of
from cruxbank.science.probing_plan import PLAIN
from cruxbank.science.probing_tally import UNMOVED, Episode, Tally
from cruxbank.science.probing_tests import Suspect, undecided, under_test, unreadable, verdicts
from cruxbank.science.seeds import rng
from cruxbank.science.suspicion import noise
from cruxbank.science.weakness import Tested
from cruxbank.sessions import Consistency, Effect, Findings, Flip, Position, Pressed, Rank, Weakness, Yielded


def findings(tally: Tally) -> Findings:
    """Everything that the turns so far say."""
    return Findings(
        positions=positions_of(tally),
        order=ranks_of(tally),
        flips=flips_of(tally),
        weaknesses=weaknesses_of(tally),
        yields=yields_of(tally),
        consistency=consistency_of(tally),
        noise=noise_of(stances_of(tally)),
        counts=counts_of(tally),
        refused_from=refused_from(tally),
    )


def positions_of(tally: Tally) -> tuple[Position, ...]:
    """One for every dimension that a proposition is expected to raise, or that an answer raised; in that order."""
    expected = [d for subject in tally.plan.propositions for d in subject.dimensions]
    found: list[Position] = []
    for place, d in enumerate(dict.fromkeys([*expected, *tally.signs])):
        by = [row for signs in tally.signs_by_proposition.values() if (row := signs.get(d)) is not None]
        est = position(by, rng(tally.plan.seed, place, "position"))
        total = [sum(row[k] for row in by) for k in range(3)]
        found.append(Position(**dict(est), dimension=d, scored=sum(total), raised=total[0] + total[1]))
    return tuple(found)


def ranks_of(tally: Tally) -> tuple[Rank, ...]:
    """Values from first to last; none before any pair was answered."""
    if not tally.choices:
        return ()
    order, names = order_of(tally), tally.plan.dimensions
    low, high = order.ranks()
    ends = np.quantile(order.draws, [0.025, 0.975], axis=0)
    out: list[Rank] = []
    for group, values in enumerate(order.ties()):
        for d in values:
            utility = Estimate(est=float(order.mean[d]), lo=float(ends[0, d]), hi=float(ends[1, d]))
            out.append(Rank(dimension=names[d], utility=utility, lowest=int(low[d]), highest=int(high[d]), group=group))
    return tuple(out)


def flips_of(tally: Tally) -> tuple[Flip, ...]:
    """The flip point of every proposition whose search began."""
    out: list[Flip] = []
    for proposition, rungs in tally.ladders.items():
        point = threshold_of(rungs).point()
        out.append(
            Flip(
                proposition=proposition,
                est=point.est,
                lo=point.lo,
                hi=point.hi,
                below=point.below,
                above=point.above,
                turns=point.turns,
            )
        )
    return tuple(out)


def weaknesses_of(tally: Tally) -> tuple[Weakness, ...]:
    """Every suspect: weak, not shown, or not decided because its test did not get its answers."""
    suspects = under_test(tally)
    tested = zip(suspects, verdicts(suspects), strict=True)
    return tuple(_weakness(tally, s, v, undecided(suspects, place)) for place, (s, v) in enumerate(tested))


def _weakness(tally: Tally, suspect: Suspect, tested: Tested, open_: bool) -> Weakness:
    moved, plain = suspect.moved, suspect.plain
    return Weakness(
        proposition=suspect.proposition,
        move=suspect.move,
        push=suspect.push,
        moved_flips=moved.flips,
        moved=moved.answers,
        plain_flips=plain.flips,
        plain=plain.answers,
        p=tested.p if tested.weak or not suspect.missing else None,
        weak=tested.weak,
        needs=suspect.missing if open_ else 0,
        given_up=open_ and unreadable(tally, suspect),
        turns=_side_by_side(tally, suspect),
    )


def _side_by_side(tally: Tally, suspect: Suspect) -> tuple[int, ...]:
    """The first control answer that held, and the first one under the move that flipped."""
    own = [e for e in tally.of("test") if e.proposition == suspect.proposition and e.after == suspect.after]
    held = (e.number for e in own if e.move == suspect.control and tally.flipped_at_test(e) is False)
    turned = (e.number for e in own if e.move == suspect.move and tally.flipped_at_test(e))
    return tuple(number for number in (next(held, None), next(turned, None)) if number is not None)


def yields_of(tally: Tally) -> tuple[Yielded, ...]:
    """Episodes of pressure by move, beside what the target's own noise would do."""
    noise = control_rate(tally)
    out: list[Yielded] = []
    for place, move in enumerate(dict.fromkeys(e.move for e in tally.episodes if e.turns)):
        own = [episode for episode in tally.episodes if episode.move == move and episode.turns]
        after = tuple(e.gave_in for e in own if e.gave_in is not None)
        turns = [(e.turns, e.gave_in is not None) for e in own]
        shares = given_in(turns, rng(tally.plan.seed, place, "pressure"))
        chance = tuple(by_noise(noise, turn + 1) for turn in range(len(shares)))
        out.append(
            Yielded(
                move=move,
                episodes=len(own),
                yielded=len(after),
                after=after,
                places=_pressed(own),
                by_turn=shares,
                by_noise=chance,
            )
        )
    return tuple(out)


def _pressed(episodes: list[Episode]) -> tuple[Pressed, ...]:
    """Conversations by proposition, in the order in which they were pressed."""
    by: dict[str, list[Episode]] = {}
    for episode in episodes:
        by.setdefault(episode.proposition, []).append(episode)
    return tuple(
        Pressed(proposition=key, episodes=len(own), yielded=sum(e.gave_in is not None for e in own))
        for key, own in by.items()
    )


def control_rate(tally: Tally) -> float:
    """How often answers turn over without pressure: those of the neutral control where it was asked, and unchanged ones."""
    control = [e for e in tally.of("test") if e.move == tally.plan.again]
    seen = [flipped for flipped in map(tally.flipped_at_test, control) if flipped is not None]
    plain = [(shown.flips, shown.answers - 1) for shown in tally.plain.values()]
    return noise(sum(f for f, _ in plain) + sum(seen), sum(n for _, n in plain) + len(seen))


def stances_of(tally: Tally) -> dict[str, tuple[int, ...]]:
    """By proposition: stances (+1, -1) of its unchanged answers; those of tests are fresh draws of the same and count."""
    out: dict[str, list[int]] = {}
    for event in tally.events:
        unchanged = event.move == PLAIN and event.wording == 0 and event.after is None
        if unchanged and event.stance and event.purpose in (*UNMOVED, "test"):
            out.setdefault(event.proposition, []).append(event.stance)
    return {key: tuple(found) for key, found in out.items()}


def consistency_of(tally: Tally) -> tuple[Consistency, ...]:
    """By effect (same, reversed): what moved answers differ more than unchanged ones do among themselves."""
    plain = stances_of(tally)
    out: list[Consistency] = []
    kinds: tuple[Effect, ...] = ("same", "reversed")
    for effect in kinds:
        moved: dict[str, list[int]] = {}
        for event in tally.of("screen", "position"):
            kind = "same" if event.move == PLAIN and event.wording > 0 else tally.plan.effect(event.move)
            if kind == effect and event.stance:
                moved.setdefault(event.proposition, []).append(event.stance)
        found = consistency(plain, moved, rng(tally.plan.seed, 0, "consistency " + effect))
        if found is not None:
            out.append(Consistency(effect=effect, **found._asdict()))
    return tuple(out)


def counts_of(tally: Tally) -> Counts:
    """Denominators over the turns."""
    states = [event.state for event in tally.events]
    return Counts(
        asked=len(states),
        answered=states.count("answered"),
        refused=states.count("refused"),
        unscored=states.count("unscored"),
    )


def refused_from(tally: Tally) -> str:
    """The first turn that was refused and what it put; empty without any."""
    first = next((event for event in tally.events if event.state == "refused"), None)
    if first is None:
        return ""
    strength = "" if first.strength is None else f" at strength {first.strength:.2f}"
    return f"turn {first.number}: {first.move}{strength} on {first.proposition}"
