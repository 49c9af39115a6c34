"""What a plan leaves open is found within the budget: how high the rate is, and how long is learnt."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from mindshare.core.records import Budget
from mindshare.machines.learn.found import RATES, _Search
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.plan import EPOCHS, RATE, Course, FitPlan
from mindshare.machines.learn.steps import HELD, Cases, hold_out
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.parts.inputs import read_inputs
from tests.machines.conftest import windows


def steps(most: int) -> Budget:
    return Budget(limit={"steps": most})


def test_a_budget_of_steps_gives_the_same_model_for_the_same_seed() -> None:
    X, y = windows(60, 0)
    a, b = (CNN().fit(X, y, budget=steps(300)) for _ in range(2))
    assert 0 < a.report_.steps <= 300 and a.report_.steps == b.report_.steps
    for p, q in zip(a.net_.parameters(), b.net_.parameters(), strict=True):
        assert torch.equal(p, q)


def test_the_rate_is_found_among_a_few_and_the_report_tells_what_each_led_to() -> None:
    X, y = windows(100, 1)
    report = CNN().fit(X, y, budget=steps(400)).report_
    assert set(report.rates) == {f"{rate:g}" for rate in RATES}
    assert report.rate == float(min(report.rates, key=lambda rate: report.rates[rate]))


def test_a_rate_that_is_given_is_not_searched_for() -> None:
    report = CNN().fit(*windows(60, 1), budget=steps(300), plan=FitPlan(rate=5e-3)).report_
    assert report.rate == 5e-3 and set(report.rates) == {"0.005"}


def test_learning_stops_where_held_out_cases_say_so_long_before_the_budget_is_spent() -> None:
    X, y = windows(80, 2)
    noise = np.random.default_rng(0).permutation(y)
    report = CNN().fit(X, noise, budget=steps(100_000)).report_
    assert report.reason == "no better validation loss" and report.steps < 25_000


def test_more_budget_is_used_where_it_helps() -> None:
    X, y = windows(100, 3)
    little, much = (CNN().fit(X, y, budget=steps(most)) for most in (10, 200))
    assert much.report_.steps > 5 * little.report_.steps
    assert much.report_.best_loss < little.report_.best_loss


def test_epochs_of_a_plan_are_all_learnt_by_all_cases() -> None:
    X, y = windows(64, 5)
    seen = list[float]()
    report = (
        CNN()
        .fit(
            X,
            y,
            budget=steps(5_000),
            plan=FitPlan(epochs=3, known=0.0),
            progress=lambda done, _: seen.append(done),
        )
        .report_
    )
    assert report.reason == "all epochs" and seen == sorted(seen)


def test_what_is_kept_on_the_way_is_never_worse_than_what_was_kept_before() -> None:
    X, y = windows(80, 7)
    held = windows(100, 8)
    model, right = CNN(), list[float]()
    model.fit(X, y, budget=steps(600), keep=lambda: right.append(model.score(*held)))
    assert len(right) >= 3 and min(right[2:]) >= max(right[0], 0.8)  # no course begins anew in the file


def test_steps_are_counted_on_over_all_courses() -> None:
    told = list[int]()

    class Sink:
        def log(self, step: int, values: Any) -> None:
            told.append(step)

    report = CNN().fit(*windows(80, 7), budget=steps(400), sinks=[Sink()]).report_
    assert told == sorted(told) and told[-1] <= report.steps <= 400


def test_without_a_budget_rate_and_epochs_are_the_usual_ones() -> None:
    report = CNN().fit(*windows(40, 6), plan=FitPlan(known=0.0)).report_
    assert (report.rate, report.epochs, report.rates) == (RATE, EPOCHS, {})


@pytest.mark.parametrize(("n", "few"), [(40, 10), (300, 75), (1_000, HELD), (3_000, 300)])
def test_of_each_label_about_its_share_is_held_out(n: int, few: int) -> None:
    y = np.repeat([0, 1], [n // 4, n - n // 4])
    data = read_inputs(np.arange(n, dtype=float)[:, None], "series"), y
    cases = hold_out(data, np.random.default_rng(0))
    assert cases.held is not None and len(cases.held[1]) == few and len(cases.taught[1]) == n - few
    assert abs((cases.held[1] == 0).sum() - few / 4) <= 1
    both = np.concatenate(
        [x.take(np.arange(len(x))).values for x in (cases.taught[0], cases.held[0])]
    ).ravel()
    assert sorted(both) == list(range(n))


@pytest.mark.parametrize("was_better", [True, False])
def test_a_last_course_that_made_known_cases_worse_is_taken_back(was_better: bool) -> None:
    X, y = windows(100, 3)
    model = CNN(seed=0).fit(X, y, budget=steps(1))
    cases = Cases((read_inputs(X, "series"), np.unique(y, return_inverse=True)[1]))
    search = _Search(model.net_, cases, FitPlan(), Meter(steps(400)), Course(), seed=0)
    rate, found = search.race()
    assert found is not None
    found.loss = 0.0 if was_better else math.inf
    report = search.once_more(rate, found)
    same = all(torch.equal(x, found.state[name]) for name, x in model.net_.state_dict().items())
    assert (report is None) == was_better == same
