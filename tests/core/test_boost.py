"""Promises of the trees that correct the belief before people are asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mindshare.core.boost import Boost
from mindshare.core.history import History
from mindshare.core.learn import Learned
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
    learned = Learned(how={"ridge": 1.0}).fit(made.take(np.arange(350)))
    parts = [learned._boost_part(stage) for stage in learned.stages_]
    trees = Boost(0, learned.machines_).fit(parts)
    new = made.take(np.arange(350, 500))
    for history in (new, silent(new, 2), silent(silent(new, 2), 1)):
        opened, scores, design, _ = learned._boost_part(learned.open(history))
        assert trees.shift(opened, scores, design).shape == (150, 3)
