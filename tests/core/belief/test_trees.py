"""Promises of the trees that correct the belief before people are asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from mindshare.core.belief.correction import part_of
from mindshare.core.belief.pooling import Pooling
from mindshare.core.belief.trees import CANDIDATES, _as_arrays, _empty, _odds, grow, shift
from mindshare.core.history import History
from mindshare.core.learn import learn_held_out
from mindshare.testing import made_history


def silent(history: History, agent: int) -> History:
    """The same history, but one agent has answered nothing."""
    a = history.answers
    kept = a.agent != agent
    counts = np.bincount(a.case[kept], minlength=len(history))
    answers = replace(
        a,
        indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        case=a.case[kept],
        agent=a.agent[kept],
        label=a.label[kept],
        seconds=a.seconds[kept],
        confidence=a.confidence[kept],
        proba_row=a.proba_row[kept],
    )
    return replace(history, answers=answers)


def test_new_cases_on_which_a_machine_said_nothing_are_read_like_others() -> None:
    made = made_history(500, machines=3, people=1, seed=3)
    learned = learn_held_out(made.take(np.arange(350)), how=Pooling(ridge=1.0))
    reading = learned.model.pool.reading
    trees = grow([part_of(s, reading) for s in learned.holdout], 3, len(reading.context.how), 0)
    new = made.take(np.arange(350, 500))
    for history in (new, silent(new, 2), silent(silent(new, 2), 1)):
        part = part_of(learned.model.open(history), reading)
        assert np.isfinite(shift(trees, part.opened, part.scores, part.design)).all()


def test_the_trees_say_what_the_grower_says() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2_000, 6)).astype(np.float32)
    y = x[:, 0] + x[:, 1] * x[:, 2] > rng.normal(size=2_000)
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(x, y)
    trees = _as_arrays(model, _empty(0, 0))
    ours = np.array([_odds(trees, row) for row in x])
    np.testing.assert_allclose(ours, model.decision_function(x), atol=1e-9)


def test_labels_that_no_tree_looked_at_keep_what_the_pool_gives_them() -> None:
    made = made_history(900, labels=8, seed=5)
    learned = learn_held_out(made, how=Pooling(ridge=1.0))
    reading = learned.model.pool.reading
    parts = [part_of(s, reading) for s in learned.holdout]
    trees = grow(parts, 3, len(reading.context.how), 0)
    for part in parts:
        more = shift(trees, part.opened, part.scores, part.design)
        assert ((more != 0).sum(1) <= CANDIDATES).all()
