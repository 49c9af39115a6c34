"""Gold probes: errors that are really kept, however often one looks; probes that nobody foresees."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.people.qualification import PassRule, Probe, log_evidence, next_probe, probe_due

PROBES = [Probe(f"p{i}", "abc"[i % 3]) for i in range(30)]


def ever(rule: PassRule, accuracy: float, probes: int) -> Counter[str]:
    """Standing -> chance of ever coming to it within so many probes, exactly: all ways are followed."""
    out: Counter[str] = Counter()
    chance = np.zeros(probes + 2)
    chance[0] = 1.0
    for n in range(1, probes + 1):
        chance[1:] = chance[1:] * (1 - accuracy) + chance[:-1] * accuracy
        chance[0] *= 1 - accuracy
        for right in np.flatnonzero(chance[: n + 1]).tolist():
            standing = rule.standing(right, n)
            if standing != "open":
                out[standing] += chance[right]
                chance[right] = 0.0
    return out


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("error", [0.05, 0.2])
def test_the_stated_error_is_kept_after_any_number_of_looks(threshold: float, error: float) -> None:
    rule = PassRule(threshold=threshold, error=error, least=1)
    at = ever(rule, threshold, 300)
    assert at["qualified"] <= error
    assert at["not_qualified"] <= error
    assert ever(rule, threshold - 0.05, 300)["qualified"] <= error
    assert ever(rule, threshold + 0.05, 300)["not_qualified"] <= error


def test_whoever_is_clearly_better_or_worse_is_known_within_tens_of_probes() -> None:
    rule = PassRule(threshold=0.7)
    assert ever(rule, 0.95, 60)["qualified"] > 0.9
    assert ever(rule, 0.4, 60)["not_qualified"] > 0.9
    assert rule.standing(14, 14) == "qualified"
    assert rule.standing(0, 5) == "not_qualified"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.05, 0.95))
def test_evidence_before_and_after_an_answer_averages_to_itself_at_the_threshold(
    right: int, wrong: int, threshold: float
) -> None:
    n = right + wrong
    better, worse = log_evidence(right + 1, n + 1, threshold), log_evidence(right, n + 1, threshold)
    now = log_evidence(right, n, threshold)
    if min(now, better, worse) > -500:  # beyond, nothing is told any more
        mean = threshold * np.exp(better - now) + (1 - threshold) * np.exp(worse - now)
        assert mean == pytest.approx(1.0, rel=1e-6)
    assert log_evidence(0, 0, threshold) == pytest.approx(0.0, abs=1e-12)


def test_nothing_is_said_before_the_least_and_somebody_open_at_the_end_has_not_qualified() -> None:
    rule = PassRule(threshold=0.7, least=10, most=20)
    assert rule.standing(0, 9) == "open"
    assert rule.standing(14, 19) == "open"
    assert rule.standing(14, 20) == "not_qualified"


def test_a_rule_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        PassRule(threshold=1.0)


def test_probes_come_once_and_of_every_label_alike() -> None:
    seen: list[str] = []
    labels = []
    while (probe := next_probe(PROBES, seen, "ana", b"key")) is not None:
        seen.append(probe.case_id)
        labels.append(probe.label)
        counts = Counter(labels)
        assert max(counts[y] for y in "abc") - min(counts[y] for y in "abc") <= 1
    assert sorted(seen) == sorted(p.case_id for p in PROBES)


def test_two_people_get_other_probes_and_the_same_person_the_same_again() -> None:
    first = [next_probe(PROBES, (), f"person {i}", b"key") for i in range(20)]
    assert first == [next_probe(PROBES, (), f"person {i}", b"key") for i in range(20)]
    assert len(set(first)) > 8


def test_probes_are_a_share_of_answers() -> None:
    due = [probe_due("ana", n, 0.1, b"key") for n in range(4000)]
    assert 320 < sum(due) < 480
    assert due != [probe_due("ben", n, 0.1, b"key") for n in range(4000)]
