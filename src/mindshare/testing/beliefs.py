"""Promises that every implementation keeps, and small histories in memory to try them on.

`check_belief(make)` is the one test of a belief, ours or yours; `made_history` builds a `History` without a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.protocol import Belief, BeliefLearner
from mindshare.core.belief.state import Opened, after, state, tally, unheard
from mindshare.core.belief.temperature import log_losses
from mindshare.core.history import Answers, Codes, Features, History, Team
from mindshare.core.records import Agent, Cost

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
HARD = 0.35  # share of cases that are hard for everybody


# -- small histories -----------------------------------------------------------------------------------------------
def made_history(
    n: int = 300,
    machines: int = 3,
    people: int = 2,
    labels: int = 3,
    seed: int = 0,
    *,
    shuffled_people: bool = False,
    asked: float = 1.0,
    empty: float = 0.0,
    proba: bool = False,
    utility: Literal["accuracy"] | F64 = "accuracy",
    cost: Mapping[str, Mapping[str, Cost]] | None = None,
) -> History:
    """A made-up history: some cases are hard, machines err together on them, people less often.

    `asked`: chance that a person has answered a case; `empty`: chance that an answer came back empty;
    `shuffled_people`: their labels are dealt out among their rows, so they know nothing; `proba`: machines give
    probabilities; `cost`: agent pattern -> resource -> cost. Feature `fog` tells hard from easy, `size` tells nothing.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, n)
    hard = rng.random(n) < HARD
    case, agent = (
        grid.ravel() for grid in np.meshgrid(np.arange(n), np.arange(machines + people), indexing="ij")
    )
    kept = (agent < machines) | (rng.random(len(agent)) < asked)
    case, agent = case[kept], agent[kept]
    person = agent >= machines
    skill = np.where(person, np.where(hard[case], 0.75, 0.95), np.where(hard[case], 0.45, 0.9))
    wrong = (truth[case] + rng.integers(1, labels, len(case))) % labels
    common = (truth + rng.integers(1, labels, n)) % labels  # the wrong answer that machines share
    wrong = np.where(~person & (rng.random(len(case)) < 0.5), common[case], wrong)
    label = np.where(rng.random(len(case)) < skill, truth[case], wrong).astype(np.int32)
    if shuffled_people:
        label[person] = label[rng.permutation(np.flatnonzero(person))]
    label[rng.random(len(case)) < empty] = -1
    rows = np.flatnonzero(~person & (label >= 0)) if proba else np.zeros(0, np.int64)
    proba_row = np.full(len(case), -1, np.int32)
    proba_row[rows] = np.arange(len(rows))
    said = rng.dirichlet(np.ones(labels), len(rows)) + 2 * np.eye(labels)[label[rows]]
    patterns = dict(cost or {})
    return History(
        team=Team(
            name="made",
            labels=tuple(f"label_{y}" for y in range(labels)),
            agents=(
                Agent(id="bot_*", kind="machine", cost=patterns.get("bot_*", {})),
                Agent(id="person_*", kind="person", cost=patterns.get("person_*", {})),
            ),
            utility=utility,
        ),
        case_id=tuple(f"case_{i}" for i in range(n)),
        truth=truth.astype(np.int32),
        parent=np.arange(n, dtype=np.int32),
        agent_id=(*(f"bot_{k + 1}" for k in range(machines)), *(f"person_{k + 1}" for k in range(people))),
        is_person=np.arange(machines + people) >= machines,
        answers=Answers(
            indptr=np.searchsorted(case, np.arange(n + 1)).astype(np.int64),
            case=case.astype(np.int32),
            agent=agent.astype(np.int32),
            label=label,
            seconds=np.where(person, rng.lognormal(1.0, 0.5, len(case)), np.nan).astype(np.float32),
            confidence=np.full(len(case), np.nan, np.float32),
            proba_row=proba_row,
            proba=(said / said.sum(1, keepdims=True)).astype(np.float32).reshape(-1, labels),
        ),
        features=Features(
            numeric={"size": rng.random(n)},
            categorical={"fog": Codes(code=hard.astype(np.int32), names=("clear", "fog"))},
        ),
    )


def shuffled(history: History, seed: int = 0) -> History:
    """People's labels dealt out among all their rows: they know nothing."""
    a = history.answers
    rows = np.flatnonzero(history.is_person[a.agent])
    label = a.label.copy()
    label[rows] = label[np.random.default_rng(seed).permutation(rows)]
    return with_answers(history, label=label)


def histories(most: int = 120) -> SearchStrategy[History]:
    """Hypothesis: small made-up histories of every shape, also without machines or without people."""
    from hypothesis import strategies as st

    return st.builds(
        lambda who, **given: made_history(machines=who[0], people=who[1], **given),
        who=st.sampled_from([(0, 3), (1, 1), (1, 3), (3, 0), (4, 2), (2, 1)]),
        n=st.integers(20, most),
        labels=st.integers(2, 6),
        seed=st.integers(0, 10_000),
        asked=st.sampled_from([0.3, 1.0]),
        empty=st.sampled_from([0.0, 0.2]),
        proba=st.booleans(),
    )


def with_answers(history: History, **columns: NDArray[Any]) -> History:
    """The same history with other columns of its answers."""
    return replace(history, answers=replace(history.answers, **columns))


def relabelled(history: History, rows: Mask, seed: int) -> History:
    """The same history, but what was said in `rows` (M,) is anything: labels, confidences, probabilities."""
    rng = np.random.default_rng(seed)
    a, count = history.answers, int(rows.sum())
    label, confidence, proba_row = a.label.copy(), a.confidence.copy(), a.proba_row.copy()
    label[rows] = rng.integers(-1, len(history.team.labels), count)
    confidence[rows] = np.where(rng.random(count) < 0.5, np.nan, rng.random(count))
    proba_row[rows] = rng.integers(-1, max(len(a.proba), 0), count)
    return with_answers(history, label=label, confidence=confidence, proba_row=proba_row)


# -- promises of a belief --------------------------------------------------------------------------------------------
def check_belief(make: Callable[[], BeliefLearner]) -> None:
    """Promises of a belief; ours and yours run the same list. `make` returns a new one, not yet fitted."""
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
    """`state.after` gives the scores that come once the row has answered (where its manner tells nothing)."""
    known = a_known(belief, new, 5, 0.4)
    opened, a = belief.open(new), new.answers
    silent = ~known & (a.label >= 0) & (a.proba_row < 0) & (opened.said == 0).all(1)
    for r in np.flatnonzero(silent)[:60]:
        known[r] = True
        now = belief.scores(opened, known)[a.case[r]]
        known[r] = False
        np.testing.assert_allclose(foreseen(opened, known, int(r), int(a.label[r])), now, atol=1e-5)


def foreseen(opened: Opened, known: Mask, r: int, answer: int) -> F64:
    """(L,) the scores of the case of row r if it answered `answer`, as the kernels of value foresee them."""
    labels = opened.prior.shape[1]
    score, out, line = np.zeros(labels), np.zeros(labels), np.zeros((4, labels))
    here, then = tally(opened), tally(opened)
    state(opened, known, int(opened.case[r]), score, here, np.zeros((6, labels)))
    unheard(opened, r, line)
    after(opened, r, answer, line, here, then, out)
    return out


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
