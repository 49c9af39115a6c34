"""What the tests of the core share: one rule learnt from a made history, and new cases for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mindshare.core.belief.holdout import Stage
from mindshare.core.belief.pooling import Pooling
from mindshare.core.history import History
from mindshare.core.learn import Learned, learn_held_out
from mindshare.testing import made_history


def halves(history: History, fit: int) -> tuple[History, History]:
    """The first `fit` cases, and the others."""
    return history.take(np.arange(fit)), history.take(np.arange(fit, len(history)))


def learn(history: History, fit: int) -> tuple[Learned, Stage]:
    """The rule learnt on the first `fit` cases, and a stage of the others."""
    past, new = halves(history, fit)
    learned = learn_held_out(
        how=Pooling(ridge=1.0), history=past
    )  # no race: this is not about which pool wins
    return learned, learned.model.open(new)


@pytest.fixture(scope="session")
def useful() -> tuple[Learned, Stage]:
    """People who know more than the machines."""
    return learn(made_history(700, people=3, asked=0.7, seed=5), 400)


@pytest.fixture(scope="session")
def useless() -> tuple[Learned, Stage]:
    """People whose answers are shuffled."""
    return learn(made_history(900, people=3, seed=6, shuffled_people=True), 500)


@pytest.fixture(scope="session")
def costly() -> tuple[Learned, Stage]:
    """A utility in which one mistake is worth three others, and stakes."""
    from dataclasses import replace

    utility = np.array([[1.0, 0.0, -2.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    made = made_history(600, seed=7, utility=utility)
    stakes = np.random.default_rng(7).choice([1.0, 4.0], len(made))
    return learn(replace(made, stakes=stakes), 400)


@pytest.fixture(scope="session")
def cases() -> Callable[..., tuple[Learned, Stage]]:
    return learn
