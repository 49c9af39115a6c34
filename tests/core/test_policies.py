"""Every policy is an order of questions: each is paid for, none reads what it has not asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mindshare.core.belief.holdout import Stage
from mindshare.core.learn import Learned
from mindshare.core.policies.known import traces
from mindshare.core.policies.simple import best_machine
from mindshare.core.score import Bootstrap
from mindshare.testing import made_history, relabelled

SHARES = (0.0, 0.05, 0.1, 0.3, 0.5, 1.0)
Learn = Callable[..., tuple[Learned, Stage]]


def right(stage: Stage, verdict: np.ndarray) -> np.ndarray:
    return np.asarray(verdict == stage.history.truth, float)


@pytest.mark.parametrize("which", ["useful", "useless", "costly"])
def test_a_question_is_asked_once_of_a_person_on_the_case_it_belongs_to(
    which: str, request: pytest.FixtureRequest
) -> None:
    learned, stage = request.getfixturevalue(which)
    for name, trace in traces(learned, stage, 0).items():
        assert len(np.unique(trace.row)) == len(trace.row), name
        assert (stage.opened.person[trace.row] == 1).all(), name
        np.testing.assert_array_equal(stage.opened.case[trace.row], trace.case, name)
        assert (np.diff(trace.price) <= 0).all(), name
        for share in SHARES:
            bought = trace.first(int(share * len(trace.start)))
            assert bought.sum() <= share * len(trace.start), name
            assert len(trace.verdicts(bought)) == len(trace.start), name


def test_nobody_reads_an_answer_before_asking_for_it(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    everyone = stage.opened.person == 1
    other = learned.model.open(relabelled(stage.history, everyone, 3))
    before, after = traces(learned, stage, 0), traces(learned, other, 0)
    for name in set(before) - {"oracle"}:
        one, two = before[name], after[name]
        np.testing.assert_array_equal(one.start, two.start, name)
        firsts = [
            sorted(zip(t.case[t.spoke == 0].tolist(), t.row[t.spoke == 0].tolist(), strict=True))
            for t in (one, two)
        ]
        assert firsts[0] == firsts[1], name


@pytest.mark.parametrize("people", [1, 3])
def test_nobody_who_asks_the_person_drawn_beats_the_oracle(cases: Learn, people: int) -> None:
    learned, stage = cases(made_history(400, people=people, seed=15), 250)
    found = traces(learned, stage, 0)
    # with one person a case posthoc asks the person drawn too
    for name in ("threshold", "one_person", *(["posthoc"] if people == 1 else [])):
        for share in SHARES:
            best, theirs = (
                right(stage, found[n].verdicts(found[n].first(int(share * len(stage.history))))).mean()
                for n in ("oracle", name)
            )
            assert theirs <= best + 1e-12, (name, share)


def test_people_whose_answers_are_shuffled_are_hardly_ever_asked(useless: tuple[Learned, Stage]) -> None:
    learned, stage = useless
    assert len(learned.model.path(stage, np.ones(len(stage.opened.person))).row) <= 0.05 * len(stage.history)


@pytest.mark.parametrize("which", ["useful", "useless"])
def test_asking_everybody_there_is_never_makes_it_worse_than_the_machines(
    which: str, request: pytest.FixtureRequest
) -> None:
    learned, stage = request.getfixturevalue(which)
    found = traces(learned, stage, 0, ["mindshare", "all_machines"])
    ours, machines = (right(stage, t.verdicts(t.first(10**9))) for t in found.values())
    replicates = Bootstrap(stage.history.parent, 0).means((ours - machines)[:, None].astype(np.float32))
    assert (ours - machines).mean() >= -max(0.002, 2 * replicates.std())


def test_asking_who_knows_more_makes_it_better(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    found = traces(learned, stage, 0, ["mindshare", "all_machines", "random"])
    count = int(0.2 * len(stage.history))
    ours, machines, chance = (right(stage, t.verdicts(t.first(count))).mean() for t in found.values())
    assert ours > machines + 0.02
    assert ours > chance


def test_the_best_machine_is_chosen_on_the_cases_learnt_from(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    other = learned.model.open(relabelled(stage.history, np.ones(len(stage.opened.person), bool), 1))
    assert best_machine(learned, stage) == best_machine(learned, other)
    assert not stage.history.is_person[best_machine(learned, stage)]


def test_the_majority_of_three_is_what_most_of_three_people_said(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    trace = traces(learned, stage, 0, ["majority_of_3"])["majority_of_3"]
    verdict = trace.verdicts(trace.first(10**9))
    for case in range(len(stage.history)):
        said = stage.opened.label[trace.row[trace.case == case]]
        count = np.bincount(said, minlength=3)
        assert len(said) <= 3
        if count.max() >= 2:
            assert verdict[case] == count.argmax()


def test_first_come_goes_by_arrival(cases: Learn) -> None:
    from dataclasses import replace

    made = made_history(300, seed=13)
    arrived = np.random.default_rng(13).random(300)
    arrived[::10] = np.nan
    learned, stage = cases(replace(made, arrived=arrived), 200)
    trace = traces(learned, stage, 0, ["first_come"])["first_come"]
    when = np.where(np.isnan(arrived[200:]), np.inf, arrived[200:])[trace.case]
    assert (when[1:] >= when[:-1]).all()


@pytest.mark.parametrize("crew", [(0, 3), (3, 0), (1, 1)], ids=["no machine", "no person", "one of each"])
def test_every_policy_runs_whoever_there_is(cases: Learn, crew: tuple[int, int]) -> None:
    learned, stage = cases(made_history(150, *crew, seed=14), 100)
    for name, trace in traces(learned, stage, 0).items():
        verdict = trace.verdicts(trace.first(10**9))
        assert ((verdict >= 0) & (verdict < 3)).all(), name


def test_the_same_seed_asks_the_same_questions(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    once, again = traces(learned, stage, 5), traces(learned, stage, 5)
    for name in once:
        np.testing.assert_array_equal(once[name].row, again[name].row, name)
