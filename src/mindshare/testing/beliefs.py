"""Promises that every belief keeps: `check_belief(make)` is the one test of a belief, ours or yours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.value import foreseen
from mindshare.core.belief.protocol import Belief, BeliefLearner
from mindshare.core.belief.temperature import log_losses
from mindshare.core.history import History
from mindshare.testing.made import made_history, relabelled, with_answers

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


def check_belief(make: Callable[[], BeliefLearner]) -> None:
    """Promises of a belief; ours and yours run the same list. `make` gives whatever learns it: `Pooling` does."""
    history = made_history(400, asked=0.7, empty=0.1, seed=1)
    opinionated = made_history(400, proba=True, asked=0.7, seed=2)
    for told in (history, opinionated, made_history(120, machines=0, people=3, seed=3)):
        belief = make().fit(told.take(np.arange(0, len(told), 2)))
        new = told.take(np.arange(1, len(told), 2))
        for promise in (
            _beliefs_are_finite,
            _the_order_of_answers_does_not_matter,
            _what_is_not_known_is_never_read,
            _an_empty_answer_says_nothing,
            _a_case_does_not_depend_on_its_neighbours,
            _a_foreseen_answer_is_believed_as_foreseen,
        ):
            promise(belief, new)
    _it_beats_the_label_frequencies(make, history)
    _more_labelled_cases_do_not_break_it(make)
    _the_same_history_gives_the_same_belief(make, history)


def a_known(belief: Belief, history: History, seed: int, share: float = 0.5) -> Mask:
    """(M,) a random subset of the answers that the belief accepts as known."""
    known = np.random.default_rng(seed).random(len(history.answers)) < share
    return known | ~history.is_person[history.answers.agent] if belief.machines_always else known


def _scores(belief: Belief, history: History, known: Mask) -> F64:
    return belief.scores(belief.open(history), known)


def _beliefs_are_finite(belief: Belief, new: History) -> None:
    for share in (0.0, 0.5, 1.0):
        scores = _scores(belief, new, a_known(belief, new, 0, share))
        assert scores.shape == (len(new), len(new.team.labels))
        assert np.isfinite(scores).all(), "a score is not finite"
        assert np.abs(scores - scores.max(1, keepdims=True)).max() < 1e4, "a score is out of all proportion"


def _the_order_of_answers_does_not_matter(belief: Belief, new: History) -> None:
    known, a = a_known(belief, new, 1), new.answers
    order = np.lexsort((np.random.default_rng(1).random(len(a)), a.case))
    columns = ("agent", "label", "seconds", "confidence", "proba_row")
    shuffled = with_answers(new, **{name: getattr(a, name)[order] for name in columns})
    np.testing.assert_allclose(
        _scores(belief, shuffled, known[order]), _scores(belief, new, known), atol=1e-8
    )


def _what_is_not_known_is_never_read(belief: Belief, new: History) -> None:
    known = a_known(belief, new, 2)
    before = _scores(belief, new, known)
    for seed in range(3):
        other = relabelled(new, ~known, seed)
        np.testing.assert_array_equal(_scores(belief, other, known), before, "an unknown answer was read")


def _an_empty_answer_says_nothing(belief: Belief, new: History) -> None:
    known = a_known(belief, new, 3)
    lost = known & new.is_person[new.answers.agent] & (np.random.default_rng(3).random(len(known)) < 0.5)
    emptied = with_answers(new, label=np.where(lost, -1, new.answers.label).astype(np.int32))
    np.testing.assert_allclose(
        _scores(belief, emptied, known),
        _scores(belief, new, known & ~lost),
        atol=1e-9,
        err_msg="an empty answer moved the belief",
    )


def _a_case_does_not_depend_on_its_neighbours(belief: Belief, new: History) -> None:
    known = a_known(belief, new, 4)
    some = np.arange(0, len(new), 3)
    theirs = np.isin(new.answers.case, some)
    np.testing.assert_allclose(
        _scores(belief, new.take(some), known[theirs]), _scores(belief, new, known)[some], atol=1e-9
    )


def _a_foreseen_answer_is_believed_as_foreseen(belief: Belief, new: History) -> None:
    """`foreseen` gives the scores that come once the row has answered (where its manner tells nothing)."""
    known = a_known(belief, new, 5, 0.4)
    opened, a = belief.open(new), new.answers
    silent = ~known & (a.label >= 0) & (a.proba_row < 0) & (opened.said == 0).all(1)
    for r in np.flatnonzero(silent)[:60]:
        known[r] = True
        now = belief.scores(opened, known)[a.case[r]]
        known[r] = False
        np.testing.assert_allclose(foreseen(opened, known, int(r), int(a.label[r])), now, atol=1e-5)


def _loss(belief: Belief, history: History) -> float:
    return float(
        log_losses(_scores(belief, history, np.ones(len(history.answers), bool)), history.truth).mean()
    )


def _it_beats_the_label_frequencies(make: Callable[[], BeliefLearner], history: History) -> None:
    fit, new = history.take(np.arange(0, 300)), history.take(np.arange(300, 400))
    share = np.bincount(fit.truth, minlength=len(fit.team.labels)) / len(fit)
    assert _loss(make().fit(fit), new) < -np.log(share[new.truth]).mean() - 0.1


def _more_labelled_cases_do_not_break_it(make: Callable[[], BeliefLearner]) -> None:
    history = made_history(1_500, seed=4)
    new = history.take(np.arange(1_000, 1_500))
    few, many = (_loss(make().fit(history.take(np.arange(n))), new) for n in (100, 1_000))
    assert many < few + 0.02, f"log-loss rose from {few:.3f} with 100 cases to {many:.3f} with 1,000"
    unlabelled = replace(history, truth=np.where(np.arange(1_500) < 200, history.truth, -1).astype(np.int32))
    assert _loss(make().fit(unlabelled), new) < few + 0.1, "cases without a truth broke the belief"


def _the_same_history_gives_the_same_belief(make: Callable[[], BeliefLearner], history: History) -> None:
    once_, again_ = make().fit(history), make().fit(history)
    known = a_known(once_, history, 6)
    once, again = (_scores(belief, history, known) for belief in (once_, again_))
    np.testing.assert_array_equal(once, again)
