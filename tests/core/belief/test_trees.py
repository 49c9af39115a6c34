"""Promises of the trees that correct the belief before people are asked."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from mindshare.core.belief.correction import part_of
from mindshare.core.belief.design import Design
from mindshare.core.belief.pooling import Pooling, gather
from mindshare.core.belief.rows import Rows
from mindshare.core.belief.trees import CANDIDATES, Trees, _as_arrays, _empty, _odds, grow, shift
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


@pytest.mark.parametrize("labels", [3, 7])
def test_the_belief_moves_half_the_way_to_that_of_the_trees(labels: int) -> None:
    made = made_history(120, labels=labels, machines=3, empty=0.3, seed=6)
    reading, _ = gather(Pooling(), made)
    rows, design = reading.rows(made), reading.design(reading.schema.read(made), reading.rows(made))
    rng = np.random.default_rng(7)
    scores, wide = rng.normal(size=(len(made), labels)), min(labels, CANDIDATES)
    empty = _empty(2, 4)  # the third machine and further columns are not seen
    belief = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
    x = np.array([seen(empty, rows, design, i, belief[i], wide) for i in range(len(made))])
    model = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=8, min_samples_leaf=5, random_state=0)
    flat = x.reshape(-1, x.shape[2]).astype(np.float32)
    trees = _as_arrays(model.fit(flat, rng.random(len(flat)) < 0.3 + 0.4 * flat[:, 4] / 2), empty)
    opened = _Rows(rows)
    moved = shift(trees, opened, scores, design)  # type: ignore[arg-type]
    odds = model.decision_function(flat).reshape(x.shape[:2])
    for i in range(len(made)):
        order = np.argsort(-scores[i], kind="stable")[:wide]
        theirs = np.log(1.0 / (1.0 + np.exp(-odds[i])))
        theirs += np.logaddexp.reduce(belief[i, order]) - np.logaddexp.reduce(theirs)
        expected = np.zeros(labels)
        expected[order] = 0.5 * (theirs - belief[i, order])
        np.testing.assert_allclose(moved[i], expected, atol=1e-6)


class _Rows(NamedTuple):
    """All that trees read of opened cases."""

    rows: Rows


def seen(trees: Trees, rows: Rows, design: Design, i: int, belief: np.ndarray, wide: int) -> np.ndarray:
    """(candidates, F) what the trees see of a case, written out."""
    out, order = [], np.argsort(-belief, kind="stable")[:wide]
    mine = np.arange(rows.indptr[i], rows.indptr[i + 1])
    mine = mine[(rows.person[mine] == 0) & (rows.agent[mine] < trees.machines)]
    holds = np.isin(np.arange(trees.columns), design.of[design.at[i] : design.at[i + 1]])
    for rank, y in enumerate(order):
        gap = belief[y] - belief[order[0 if rank else 1]]
        votes = np.isin(np.arange(trees.machines), rows.agent[mine][rows.label[mine] == y])
        entropy = (np.exp(belief) * belief).sum()
        out.append([belief[y], gap, rank, y, votes.sum(), *votes, entropy, *belief[order], *holds])
    return np.array(out, float)


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
