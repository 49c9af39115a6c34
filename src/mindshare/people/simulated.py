"""Simulated people: where a set has no people, these answer as real ones would, and are always called simulated.

What they do is stated, not learnt: how often they are wrong, how much more often where the machines are wrong too,
what they confuse, how long they take. A win on simulated people is never evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray, IntArray

PREFIX = "sim_"  # every simulated person's id begins with it, so that no figure passes for a person's
IMAGE_S, TEXT_S = 0.8, 8.0  # median seconds an answer, as measured on real people
FAR = 6.0  # log-odds beyond which a case is no harder for people, however sure the machines are
STEEPEST = 8.0  # of the wrong log-odds per log-odd of hardness
FLOOR = 1e-4  # a label the machines give nothing is still confused now and then
MOST_NAMED = 4  # labels of a person, in a line
HALVINGS = 30  # of an interval of log-odds: to 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What is stated about a group of simulated people; the defaults are what real people did on hard material."""

    people: int = 4
    wrong: float = 0.39  # P(wrong), all cases, the mean person
    wrong_with_machines: float = 0.83  # P(wrong) where the machines' pool is wrong
    skill_sd: float = 0.35  # between people, log-odds of being wrong
    label_gap: float = 0.7  # log-odds by which strong labels are easier and weak ones harder
    label_share: float = 0.2  # of the labels are strong, and as many weak, for each person
    case_sd: float = 0.5  # what makes a case hard for every person and shows in no machine, log-odds
    median_s: float = IMAGE_S
    log_s_sd: float = 0.5  # of the logarithm of the seconds, one person, equal cases
    speed_sd: float = 0.2  # between people, logarithm of the seconds
    slower_when_hard: float = 0.15  # log seconds per standard deviation of hardness

    def __post_init__(self) -> None:
        for name in ("wrong", "wrong_with_machines"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ValueError(f"Habits.{name} must be > 0 and < 1. Got {getattr(self, name)!r} instead.")
        if self.people < 1 or not self.median_s > 0:
            raise ValueError("Habits.people must be >= 1 and Habits.median_s > 0 seconds.")
        if not 0.0 <= self.label_share <= 0.5:
            raise ValueError(f"Habits.label_share must be 0 to 0.5. Got {self.label_share!r} instead.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPeople:
    """N cases, P people; what each answered to every case, and what they are good at."""

    agent_id: tuple[str, ...]  # (P,) each begins with PREFIX
    label: IntArray  # (N, P)
    seconds: FloatArray  # (N, P)
    strong: tuple[tuple[int, ...], ...]  # (P,) labels this person is better at
    weak: tuple[tuple[int, ...], ...]  # (P,) labels this person is worse at


def simulate(truth: IntArray, pool: FloatArray, habits: Habits, rng: np.random.Generator) -> SimulatedPeople:
    """Answers and seconds of simulated people to every case; the same `rng` gives the same people.

    `truth` (N,) is known for every case; `pool` (N, L) is what the machines together believe, without having learnt
    from the case itself.
    """
    _check(truth, pool)
    labels, people = pool.shape[1], habits.people
    hard = hardness(truth, pool)
    effect, strong, weak = _people(labels, habits, rng)
    own = effect[:, truth].T + habits.case_sd * rng.standard_normal(len(truth))[:, None]
    wrong = _wrong(hard, own, habits)
    missed = rng.random(wrong.shape) < wrong
    confused = _confused(truth, pool, rng.random(wrong.shape))
    spread = hard.std() or 1.0
    pace = habits.speed_sd * rng.standard_normal(people)
    log_s = habits.slower_when_hard * ((hard - np.median(hard)) / spread)[:, None] + pace - np.median(pace)
    log_s = log_s + habits.log_s_sd * rng.standard_normal(wrong.shape)
    return SimulatedPeople(
        agent_id=tuple(f"{PREFIX}{k + 1}" for k in range(people)),
        label=np.where(missed, confused, truth[:, None]).astype(np.int32),
        seconds=np.round(habits.median_s * np.exp(log_s), 2),
        strong=strong,
        weak=weak,
    )


def team_name(name: str) -> str:
    """The name of a history whose people are simulated says so."""
    return f"{name} with simulated people"


def hardness(truth: IntArray, pool: FloatArray) -> FloatArray:
    """(N,) log-odds of the likeliest other label against the truth as the machines see it: > 0 where they are wrong."""
    rows = np.arange(len(truth))
    others = pool.copy()
    others[rows, truth] = 0.0
    of_truth = np.maximum(pool[rows, truth], 1e-12)
    odds: FloatArray = np.log(np.maximum(others.max(axis=1), 1e-12) / of_truth)
    return np.clip(odds, -FAR, FAR)


def _check(truth: IntArray, pool: FloatArray) -> None:
    if pool.ndim != 2 or len(pool) != len(truth) or pool.shape[1] < 2:
        raise MindshareError(
            f"pool must have a row for each of the {len(truth):,} cases and a column for each label."
        )
    if len(truth) and not (truth.min() >= 0 and truth.max() < pool.shape[1]):
        raise MindshareError("Simulated people need to know the truth of every case.")


def _people(
    labels: int, habits: Habits, rng: np.random.Generator
) -> tuple[FloatArray, tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    """(P, L) each person's own log-odds of being wrong by true label, and their strong and weak labels."""
    skill = habits.skill_sd * rng.standard_normal(habits.people)
    effect = np.repeat(skill[:, None], labels, axis=1)
    count = round(habits.label_share * labels)
    strong, weak = [], []
    for k in range(habits.people):
        order = rng.permutation(labels)
        good, bad = np.sort(order[:count]), np.sort(order[labels - count :])
        effect[k, good] -= habits.label_gap
        effect[k, bad] += habits.label_gap
        strong.append(tuple(int(label) for label in good))
        weak.append(tuple(int(label) for label in bad))
    return effect, tuple(strong), tuple(weak)


def _wrong(hard: FloatArray, own: FloatArray, habits: Habits) -> FloatArray:
    """(N, P) P(wrong) = sigmoid(a + b * hard + own): `a` meets the overall rate, `b` the rate where machines fail.

    Where the machines are never wrong, or always, the second rate says nothing and b is 0.
    """
    fail = hard > 0
    if not 0 < fail.sum() < len(hard):
        return _at_rate(0.0 * hard, own, habits.wrong)
    low, high = 0.0, STEEPEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _at_rate(middle * hard, own, habits.wrong)[fail].mean() < habits.wrong_with_machines:
            low = middle
        else:
            high = middle
    return _at_rate(high * hard, own, habits.wrong)


def _at_rate(slope: FloatArray, own: FloatArray, rate: float) -> FloatArray:
    """sigmoid(a + slope + own) with the `a` whose mean is the rate."""
    logit = slope[:, None] + own
    low, high = -60.0, 60.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _sigmoid(middle + logit).mean() < rate:
            low = middle
        else:
            high = middle
    return _sigmoid(high + logit)


def _sigmoid(logit: FloatArray) -> FloatArray:
    return 1.0 / (1.0 + np.exp(-np.clip(logit, -500.0, 500.0)))


def _confused(truth: IntArray, pool: FloatArray, draw: FloatArray) -> NDArray[np.int64]:
    """(N, P) which wrong label: one that the machines find plausible too, by their probabilities."""
    chance = pool + FLOOR
    chance[np.arange(len(truth)), truth] = 0.0
    steps = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)
    picked: NDArray[np.int64] = (draw[:, :, None] > steps[:, None, :]).sum(axis=2)
    # a draw of 1 - 1e-17 lands behind the last step: the likeliest label stands in
    likeliest: NDArray[np.int64] = chance.argmax(axis=1)[:, None]
    return np.where(picked < pool.shape[1], picked, likeliest)


def names_of(people: SimulatedPeople, labels: Sequence[str]) -> tuple[str, ...]:
    """One line per person: who is simulated, and with which labels strong and weak."""
    return tuple(
        f"{agent} (simulated): better at {_some(good, labels)}, worse at {_some(bad, labels)}"
        for agent, good, bad in zip(people.agent_id, people.strong, people.weak, strict=True)
    )


def _some(which: Sequence[int], labels: Sequence[str]) -> str:
    named = ", ".join(labels[y] for y in which[:MOST_NAMED])
    more = len(which) - MOST_NAMED
    return (f"{named} and {more} more" if more > 0 else named) or "none"
