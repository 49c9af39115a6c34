"""What is likely true where nobody knows it, and learning from that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.belief.counted import Cases, count_cases
from mindshare.core.belief.counts import count
from mindshare.core.belief.latent_truth import Latent, latent_truth
from mindshare.core.belief.pooling import Pooling, gather
from mindshare.core.belief.race import AGREEMENT
from mindshare.core.history import History
from mindshare.core.learn import learn, learn_held_out
from mindshare.core.plan import Policy
from mindshare.core.records import Budget
from mindshare.testing.made import histories, made_history, with_answers


def with_truths(history: History, known: np.ndarray) -> History:
    """The same history, where only the truth of these cases is known."""
    truth = np.full(len(history), -1, np.int32)
    truth[known] = history.truth[known]
    return replace(history, truth=truth)


def without_truths(history: History) -> History:
    return with_truths(history, np.zeros(0, np.int64))


def latent(history: History) -> Latent:
    cases = Cases.of(history, text=False, unlabelled=True)
    _, said = cases.told(cases.truth >= 0)
    every = np.arange(len(history))
    return latent_truth(cases.rows, cases.cell, cases.truth, every, cases.size, count(cases.size, said))


def right_share(history: History, belief: np.ndarray) -> float:
    return float((belief.argmax(1) == history.truth).mean())


@settings(max_examples=15, deadline=None)
@given(histories(), st.integers(0, 20))
def test_a_belief_is_a_probability_and_known_truths_stay(history: History, known: int) -> None:
    few = with_truths(history, np.arange(known))
    found = latent(few)
    np.testing.assert_allclose(found.belief.sum(1), 1.0)
    assert found.belief.min() >= 0
    np.testing.assert_array_equal(found.belief[:known], np.eye(found.belief.shape[1])[history.truth[:known]])
    assert found.right.min(initial=0) >= 0 and found.right.max(initial=1) <= 1 + 1e-12


@settings(max_examples=10, deadline=None)
@given(histories(), st.integers(0, 100))
def test_the_order_of_cases_changes_no_belief(history: History, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(history))
    few = with_truths(history, np.arange(5))
    np.testing.assert_allclose(latent(few.take(order)).belief, latent(few).belief[order], atol=1e-6)


def test_names_and_places_of_agents_change_no_belief() -> None:
    history = without_truths(made_history(120, people=5, machines=0, seed=3))
    a, turned = history.answers, np.array([3, 1, 4, 0, 2])
    other = replace(
        with_answers(history, agent=turned[a.agent].astype(np.int32)),
        agent_id=tuple("ebdca"),
    )
    np.testing.assert_allclose(latent(other).belief, latent(history).belief, atol=1e-6)


def test_agreement_finds_the_truth_better_than_a_vote_where_skills_differ() -> None:
    """Two good people and three who guess."""
    history = made_history(400, people=5, machines=0, labels=3, seed=5)
    a, rng = history.answers, np.random.default_rng(0)
    guess = np.where(a.agent >= 2, rng.integers(0, 3, len(a)), a.label).astype(np.int32)
    mixed = with_answers(history, label=guess)
    votes = np.zeros((400, 3))
    np.add.at(votes, (a.case, guess), 1.0)
    assert right_share(history, latent(without_truths(mixed)).belief) > right_share(history, votes) + 0.1


@pytest.mark.parametrize("turn", [1, 0], ids=["who always lies", "who says the same always"])
def test_who_is_no_help_is_found_without_a_truth(turn: int) -> None:
    history = made_history(300, people=5, machines=0, labels=2, seed=7)
    a = history.answers
    bad = np.where(a.agent == 4, 1 - history.truth[a.case] if turn else 1, a.label).astype(np.int32)
    counts = latent(without_truths(with_answers(history, label=bad))).counts
    share = counts.agent[1] / np.maximum(counts.agent[0], 1)
    assert share[4] < 0.65 < share[:4].min()
    assert share[4] < 0.1 if turn else share[4] > 0.35


def test_agreement_tells_skill_only_until_enough_truths_tell_who_takes_what_for_what() -> None:
    history = made_history(400, seed=9)
    for known, told in ((30, False), (150, True)):
        cases = Cases.of(with_truths(history, np.arange(known)), text=False, unlabelled=True)
        counts = count_cases(cases, np.ones(400, bool)).counts
        assert (counts.kind.sum() > 0) == told
        assert counts.agent[0].sum() == (history.answers.label >= 0).sum()


@settings(max_examples=5, deadline=None)
@given(histories(60))
def test_where_all_truths_are_known_agreement_teaches_nothing(history: History) -> None:
    plain, agreed = (gather(Pooling(unlabelled=on), history)[0] for on in (False, True))
    for one, other in zip(plain.counts, agreed.counts, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(plain.truths, agreed.truths)


def test_a_history_without_a_truth_teaches_a_belief_and_whom_to_ask() -> None:
    history = made_history(300, people=3, seed=11)
    past, new = without_truths(history.take(np.arange(220))), history.take(np.arange(220, 300))
    learned = learn_held_out(past)
    model = learned.model
    assert learned.holdout == () and model.about.family == AGREEMENT and model.about.cases == 0
    stage = model.open(new)
    everybody = model.verdicts(stage, np.ones(len(new.answers), bool))
    machines = model.verdicts(stage, stage.machines())
    assert (everybody == new.truth).mean() > (machines == new.truth).mean() + 0.05
    assert len(model.path(stage, np.ones(len(new.answers))).row) > 0
    assert model.price_at(0.1) >= model.price_at(0.5) > 0


def test_a_plan_needs_no_truth() -> None:
    history = made_history(250, people=3, seed=13)
    past, new = without_truths(history.take(np.arange(200))), history.take(np.arange(200, 250))
    a = new.answers
    bots = np.flatnonzero(~new.is_person[a.agent])
    machines_only = replace(
        a,
        indptr=np.searchsorted(a.case[bots], np.arange(51)).astype(np.int64),
        case=a.case[bots],
        agent=a.agent[bots],
        label=a.label[bots],
        seconds=a.seconds[bots],
        confidence=a.confidence[bots],
        proba_row=a.proba_row[bots],
    )
    open_cases = replace(without_truths(new), answers=machines_only)
    plan = Policy(past.team).fit(past).plan(open_cases, Budget(limit={"human_answers": 10.0}))
    assert plan.usage["human_answers"] == 10.0 and plan.value > 0


@pytest.mark.parametrize("known", [1, 5, 30])
def test_few_truths_leave_verdicts_about_as_good(known: int) -> None:
    history = made_history(400, people=4, machines=0, labels=4, seed=17)
    shares = []
    for told in (np.zeros(0, np.int64), np.arange(known)):
        model = learn(with_truths(history, told))
        stage = model.open(history)
        verdicts = model.verdicts(stage, np.ones(len(history.answers), bool))
        shares.append((verdicts == history.truth)[known:].mean())
    assert shares[1] >= shares[0] - 0.01


def test_learning_goes_on_from_a_model_that_learnt_without_a_truth() -> None:
    history = made_history(200, seed=19)
    model = learn(without_truths(history))
    more = learn(with_truths(history, np.arange(20)), start=model)
    assert more.about.unlabelled and more.about.cases == 20
