"""Every belief keeps the promises of `check_belief`; the pool keeps a few of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from mindshare.core.belief.pool import Pool
from mindshare.core.belief.pooling import Pooling, gather, weigh
from mindshare.core.belief.protocol import BeliefLearner
from mindshare.core.belief.temperature import log_loss
from mindshare.core.belief.weights import SPOKE, WEIGHT
from mindshare.core.history import History
from mindshare.core.learn import learn_held_out
from mindshare.testing import check_belief, histories, made_history


class _Tempered:
    """A pool at another temperature."""

    def fit(self, history: History) -> Pool:
        return Pooling().fit(history).at_temperature(np.full(SPOKE + 1, 0.8))


@pytest.mark.parametrize(
    "make",
    [
        Pooling,
        lambda: Pooling(machines_always=False),
        lambda: Pooling(ridge=0.01),
        lambda: Pooling(only=0),
        _Tempered,
    ],
    ids=["pool", "machines one by one", "held loosely", "one machine alone", "another temperature"],
)
def test_a_belief_keeps_its_promises(make: Callable[[], BeliefLearner]) -> None:
    check_belief(make)


class _Cheat:
    """A pool that breaks a promise."""

    family, machines_always = "pool", True

    def fit(self, history: History):  # type: ignore[no-untyped-def]
        self.pool = Pooling().fit(history)
        return self

    def open(self, history: History):  # type: ignore[no-untyped-def]
        return self.pool.open(history)

    def scores(self, opened, known):  # type: ignore[no-untyped-def]
        return self.pool.scores(opened, known)


class _Peeks(_Cheat):
    """Reads every answer, known or not."""

    def scores(self, opened, known):  # type: ignore[no-untyped-def]
        return self.pool.scores(opened, np.ones(len(known), bool))


class _Knows(_Cheat):
    """Takes an empty answer for the first label."""

    def open(self, history: History):  # type: ignore[no-untyped-def]
        label = np.maximum(history.answers.label, 0)
        return self.pool.open(replace(history, answers=replace(history.answers, label=label)))


@pytest.mark.parametrize("broken", [_Peeks, _Knows])
def test_the_check_finds_a_belief_that_cheats(broken: type[_Cheat]) -> None:
    with pytest.raises(AssertionError):
        check_belief(broken)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories(60))
def test_a_pool_learns_from_any_small_history(history: History) -> None:
    pool = Pooling().fit(history)
    scores = pool.scores(pool.open(history), np.ones(len(history.answers), bool))
    assert np.isfinite(scores).all()


def test_agents_that_err_together_do_not_count_twice() -> None:
    # five copies of one machine say no more than the machine
    alone = made_history(600, machines=1, people=0, seed=8)
    a = alone.answers
    copies = replace(
        alone,
        agent_id=tuple(f"bot_{k}" for k in range(5)),
        is_person=np.zeros(5, bool),
        answers=replace(
            a,
            indptr=a.indptr * 5,
            case=np.repeat(a.case, 5),
            agent=np.tile(np.arange(5, dtype=np.int32), len(alone)),
            label=np.repeat(a.label, 5),
            seconds=np.repeat(a.seconds, 5),
            confidence=np.repeat(a.confidence, 5),
            proba_row=np.repeat(a.proba_row, 5),
        ),
    )

    def loss(history: History) -> float:
        pool, new = Pooling().fit(history.take(np.arange(400))), history.take(np.arange(400, 600))
        return log_loss(pool.scores(pool.open(new), np.ones(len(new.answers), bool)), new.truth)

    assert loss(copies) < loss(alone) + 0.03


def test_a_warm_start_ends_near_a_cold_one() -> None:
    history = made_history(400, seed=9)
    cold, part = (weigh(Pooling(), *gather(Pooling(), h)) for h in (history, history.take(np.arange(300))))
    everything = np.ones(len(history.answers), bool)
    for like in (part, part.pool):
        warm = weigh(Pooling(), *gather(Pooling(), history), like)
        losses = [
            log_loss(p.scores(p.open(history), everything), history.truth) for p in (cold.pool, warm.pool)
        ]
        assert losses[1] == pytest.approx(losses[0], abs=0.002)


def test_the_race_takes_the_best_machine_where_the_others_are_noise() -> None:
    history = made_history(500, machines=4, people=0, seed=10)
    rng = np.random.default_rng(10)
    label = np.where(
        history.answers.agent == 0, history.answers.label, rng.integers(0, 3, len(history.answers))
    )
    noisy = replace(history, answers=replace(history.answers, label=label.astype(np.int32)))
    learned = learn_held_out(noisy.take(np.arange(350)))
    new = noisy.take(np.arange(350, 500))
    stage = learned.model.open(new)
    alone = label[(noisy.answers.agent == 0) & (noisy.answers.case >= 350)]
    right = (learned.model.verdicts(stage, stage.machines()) == new.truth).mean()
    assert right >= (alone == new.truth).mean() - 0.03
    assert set(learned.model.about.race) >= {"pool", "best_machine"}


@pytest.mark.parametrize("seed", range(4))
def test_a_few_wrong_answers_of_people_do_not_turn_what_people_say_into_its_opposite(seed: int) -> None:
    """As in a service that has just begun: machines answer every case, people are asked about the hardest few."""
    whole = made_history(460, machines=6, people=3, labels=8, seed=seed, asked=1.0)
    known, new = whole.take(np.arange(60)), whole.take(np.arange(60, 460))
    a = known.answers
    person = known.is_person[a.agent]
    label = np.where(person, (known.truth[a.case] + 1) % 8, a.label).astype(a.label.dtype)
    asked = ~person | ((a.case % 10 == 0) & (a.agent == a.agent[person].min()))
    few = answers_at(replace(known, answers=replace(a, label=label)), asked)
    pool = Pooling(ridge=0.01).fit(few)
    assert np.abs(pool.parts.kind[1] - WEIGHT).max() < 0.3, (
        "what little was heard does not move what people count for"
    )
    opened, person = pool.open(new), new.is_person[new.answers.agent]
    alone, together = (
        pool.scores(opened, heard).argmax(1) == new.truth for heard in (~person, np.ones(len(person), bool))
    )
    assert together.mean() > alone.mean() - 0.08


def answers_at(history: History, kept: np.ndarray) -> History:
    """The history with these answers only."""
    a, rows = history.answers, np.flatnonzero(kept)
    columns = {
        name: getattr(a, name)[rows]
        for name in ("case", "agent", "label", "seconds", "confidence", "proba_row")
    }
    indptr = np.searchsorted(columns["case"], np.arange(len(history) + 1)).astype(np.int64)
    return replace(history, answers=replace(a, indptr=indptr, **columns))
