"""Reliance on advice: shares with intervals that hold, and SIMULATED reviewers whose ways are found again from sixty probes."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from mindshare.people.reliance import Given, Rate, advice_of, floors, reliance
from mindshare.people.simulated_reviewers import REVIEWERS, answers

TRIED = 200  # reviewers of each kind


@pytest.mark.parametrize("of", [10, 30, 60])
def test_an_interval_covers_the_share_about_as_often_as_it_says(of: int) -> None:
    """All outcomes, not a draw of them: 95 % on the average, and not far below wherever the share is."""
    within = {yes: Rate(yes, of).interval() for yes in range(of + 1)}
    shares = np.linspace(0.02, 0.98, 49)
    covered = [
        sum(comb(of, k) * p**k * (1 - p) ** (of - k) for k, (low, high) in within.items() if low <= p <= high)
        for p in shares
    ]
    assert min(covered) > (0.86 if of == 10 else 0.88)
    assert 0.94 < np.mean(covered) < 0.97
    drawn = np.random.default_rng(0).beta(0.5, 0.5, 4000)
    counts = np.random.default_rng(1).binomial(of, drawn)
    hits = [within[int(k)][0] <= p <= within[int(k)][1] for k, p in zip(counts, drawn, strict=True)]
    assert np.mean(hits) > 0.935


def test_what_a_share_is_above_is_told_as_a_probability() -> None:
    assert Rate(0, 0).interval() == (0.0, 1.0) and Rate(0, 0).mean == 0.5
    assert Rate(28, 30).above(0.5) > 0.999 and Rate(1, 30).above(0.5) < 0.001
    assert Rate(0, 30).interval()[0] == 0.0 and Rate(30, 30).interval()[1] == 1.0


def test_each_kind_of_reviewer_is_recognised_from_sixty_probes() -> None:
    """SIMULATED. The error rates stand in docs/advice.md: of each kind at least 80 % are named, and hardly any is called another."""
    rng, named = np.random.default_rng(7), {}
    for kind in REVIEWERS:
        found: list[str] = []
        for _ in range(TRIED):
            others = [g for name in ("careful", "ignorer", "follower") for g in answers(name, 20, rng)]
            mine = [g._replace(person="tried") for g in answers(kind, 60, rng)]
            found += [r.looks_like for r in reliance([*others, *mine]) if r.person == "tried"]
        named[kind] = {name: found.count(name) / TRIED for name in {*REVIEWERS, "open"}}
    assert all(named[kind][kind] >= 0.8 for kind in REVIEWERS), named
    others_said = {kind: 1 - named[kind][kind] - named[kind]["open"] for kind in REVIEWERS}
    assert all(share <= 0.02 for share in others_said.values()), named


def test_what_is_planted_in_a_reviewer_is_in_the_interval() -> None:
    """SIMULATED: over many reviewers the intervals of what they were made to do hold what they promise."""
    rng, hits = np.random.default_rng(3), []
    for _ in range(400):
        takes = rng.uniform(0.05, 0.95)
        told = [g for g in answers("careful", 60, rng) if g.advice != g.truth and g.first == g.truth]
        told = [g._replace(final=g.advice if rng.random() < takes else g.first) for g in told]
        [r] = reliance(told)
        low, high = r.kept_right.interval()
        hits.append(low <= 1 - takes <= high)
    assert np.mean(hits) > 0.92


def test_few_answers_are_left_open() -> None:
    rng = np.random.default_rng(0)
    for kind in REVIEWERS:
        assert {r.looks_like for r in reliance(answers(kind, 2, rng))} == {"open"}


def test_without_own_first_answers_only_following_is_told_apart() -> None:
    rng = np.random.default_rng(0)
    shown = {kind: [g._replace(own=False, first=None) for g in answers(kind, 60, rng)] for kind in REVIEWERS}
    looks = {kind: reliance([*told, *shown["careful"]])[-1].looks_like for kind, told in shown.items()}
    assert looks["follower"] == "follower"
    assert looks["ignorer"] == reliance(shown["careful"])[0].looks_like == "open"


def test_rates_count_what_they_say() -> None:
    def one(first: str, advice: str, final: str, truth: str = "a") -> Given:
        return Given("ana", "", final, truth, shown=True, advice=advice, own=True, first=first)

    told = [
        one("b", "a", "a"),  # put right
        one("b", "a", "b"),  # not put right
        one("a", "b", "a"),  # kept right
        one("a", "b", "b"),  # misled
        one("a", "a", "a"),  # agreed from the first
        one("a", "b", "b", ""),  # nobody knows the truth: it counts as a change only
        Given("ana", "", "a", "a"),  # alone
        Given("ana", "", None, "a", shown=True, advice="b", own=True, first="a"),  # cannot tell any more
        Given("ana", "", "a", "a", shown=True, advice=None),  # machines were split
    ]
    [r] = reliance(told)
    assert r.put_right == Rate(1, 2) and r.kept_right == Rate(1, 3)
    assert r.follows_wrong == Rate(1, 3) and r.follows_right == Rate(2, 3)
    assert r.changes == Rate(3, 6) and r.misled == Rate(1, 3)
    assert r.right_alone == Rate(1, 1) and r.right_shown == Rate(4, 7)


def test_advice_is_what_most_machines_say() -> None:
    assert advice_of(["a", "a", "b"]) == "a" and advice_of([None, "b"]) == "b"
    assert advice_of(["a", "b"]) is None and advice_of([]) is None and advice_of([None]) is None


def test_the_floor_of_a_kind_is_stated_or_a_fifth_of_the_middle_person() -> None:
    given = [
        Given(p, "k", "a", seconds=s)
        for p, s in (("ana", 10.0), ("ben", 20.0), ("cem", 0.5))
        for _ in range(3)
    ]
    assert floors(given) == {"k": 2.0} and floors(given, {"k": 1.0, "x": None}) == {"k": 1.0}
    told = {r.person: r.too_fast for r in reliance(given)}
    assert told == {"ana": Rate(0, 3), "ben": Rate(0, 3), "cem": Rate(3, 3)}


def test_somebody_of_an_even_pace_is_seldom_hasty_and_a_click_in_between_is_seen() -> None:
    rng = np.random.default_rng(0)
    even = [Given("ana", "", "a", seconds=float(s)) for s in 20 * np.exp(0.5 * rng.standard_normal(2000))]
    [r] = reliance(even)
    assert r.hasty.yes / r.hasty.of == pytest.approx(1 / 44, abs=0.01)
    [r] = reliance([*even[:60], Given("ana", "", "a", seconds=0.7)])
    assert r.hasty.yes >= 1
    assert reliance(even[:5])[0].hasty == Rate()
