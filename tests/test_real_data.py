"""Promises on real people's answers: never below the machines alone, and nobody is asked who knows no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mindshare.core.belief.pooling import Pooling
from mindshare.core.cost import human_answers
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.learn import learn_held_out
from mindshare.core.policies.known import traces
from mindshare.core.score import Bootstrap
from mindshare.histories.public import convert
from mindshare.histories.read import read_history
from mindshare.testing import shuffled, with_answers

CASES = 2_000
FOLDER = {"vision3": "vision16-humans-rt", "cifar10h": "cifar10h-counts-cnn", "ecg": "ecg-readers"}
Some = Callable[[str], History]


@pytest.fixture(scope="module")
def some(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Some:
    """About CASES cases of a public set, whole parents, the same ones every time; each set is converted once."""
    found: dict[str, History] = {}

    def make(name: str) -> History:
        if name not in found:
            place = tmp_path_factory.mktemp(name)
            convert(name, data_dir / FOLDER[name], place)
            history = read_history(place)
            parents = np.random.default_rng(0).permutation(np.unique(history.parent))
            rank = np.empty(history.parent.max() + 1, np.int64)
            rank[parents] = np.arange(len(parents))
            order = np.argsort(rank[history.parent], kind="stable")[:CASES]
            found[name] = history.take(np.sort(order))
        return found[name]

    return make


def gains(history: History, shares: tuple[float, ...]) -> tuple[np.ndarray, float]:
    """(N, shares) right verdicts that asking brought over all machines, out of fold; answers per case at price zero."""
    gain, asked = np.zeros((len(history), len(shares)), np.float32), 0
    for fit, test in split(history, 2, 0):
        learned = learn_held_out(
            how=Pooling(ridge=1.0), history=history.take(fit)
        )  # no race: it takes half of the time
        stage = learned.model.open(history.take(test))
        ours = traces(learned, stage, 0, ["mindshare"])["mindshare"]
        truth = stage.history.truth
        asked += len(ours.row)
        for i, share in enumerate(shares):
            verdict = ours.verdicts(ours.first(int(share * len(test))))
            gain[test, i] = (verdict == truth).astype(np.float32) - (ours.start == truth)
    return gain, asked / len(history)


@pytest.mark.parametrize("name", ["vision3", "cifar10h", "ecg"])
def test_asking_never_makes_it_worse_than_all_machines(some: Some, name: str) -> None:
    history = some(name)
    gain, asked = gains(history, (0.1, 1.0))
    se = Bootstrap(history.parent, 0).means(gain).std(0)
    assert (gain.mean(0) >= -np.maximum(0.002, 2 * se)).all(), f"{gain.mean(0)} with standard errors {se}"
    if name == "ecg":
        assert asked <= 0.05, "the machine knows more than the trainees"
    else:
        assert gain.mean(0)[0] > 0, "a tenth of an answer a case brings something"


@pytest.mark.parametrize("name", ["vision3", "cifar10h"])
def test_people_who_know_nothing_are_hardly_asked_at_price_zero(some: Some, name: str) -> None:
    history = shuffled(some(name), seed=1)
    gain, asked = gains(history, (1.0,))
    assert asked <= 0.05
    assert gain.mean() >= -max(0.002, 2 * Bootstrap(history.parent, 0).means(gain).std())


def test_the_path_reads_no_answer_that_was_not_bought(some: Some) -> None:
    history = some("vision3")
    fit, test = split(history, 3, 0)[0]
    learned = learn_held_out(how=Pooling(ridge=1.0), history=history.take(fit))
    stage = learned.model.open(history.take(test))
    trace = learned.model.path(stage, human_answers(stage.history))
    unasked = stage.opened.person == 1
    unasked[trace.row] = False
    label = stage.history.answers.label.copy()
    label[unasked] = np.random.default_rng(2).integers(0, len(history.team.labels), int(unasked.sum()))
    again = learned.model.open(with_answers(stage.history, label=label))
    np.testing.assert_array_equal(learned.model.path(again, human_answers(again.history)).row, trace.row)
