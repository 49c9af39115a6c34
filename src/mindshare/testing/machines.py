"""Promises of a machine: `check_machine` runs them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from mindshare.machines.task import TaskModel


def check_machine(
    make: Callable[[], TaskModel], X: Any, y: NDArray[Any], new: Any, *, learns: bool = True
) -> None:
    """`make` returns a machine that has not learnt (or that need not: `learns` False); `X`, `y` teach it, `new` is answered.

    `X` and `new` are lists or arrays of at least eight cases.
    """
    machine = make().fit(X, y)
    for promise in (
        _probabilities_are_probabilities,
        _a_case_does_not_depend_on_its_neighbours,
        _the_order_of_cases_does_not_matter,
        _a_cost_is_known_and_never_negative,
        _where_it_looked_sums_to_one,
    ):
        promise(machine, new)
    if learns:
        _the_same_seed_gives_the_same_answers(make, X, y, new)
        _as_many_truths_as_cases(make, X, y)


def some(X: Any, at: NDArray[np.int64]) -> Any:
    """The cases `at`."""
    return X[at] if isinstance(X, np.ndarray) else [X[i] for i in at.tolist()]


def _probabilities_are_probabilities(machine: TaskModel, new: Any) -> None:
    proba = machine.predict_proba(new)
    classes = machine.classes_  # type: ignore[attr-defined]
    assert proba.shape == (len(new), len(classes)), "a row a case, a column a label"
    assert list(classes) == sorted(set(classes)), "labels are sorted and told once"
    assert np.isfinite(proba).all(), "a probability is not a number"
    assert (proba >= 0).all(), "a probability is below 0"
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-6, err_msg="probabilities do not sum to 1")


def _a_case_does_not_depend_on_its_neighbours(machine: TaskModel, new: Any) -> None:
    every = machine.predict_proba(new)
    for i in (0, len(new) // 2, len(new) - 1):
        alone = machine.predict_proba(some(new, np.array([i])))
        np.testing.assert_allclose(alone[0], every[i], atol=2e-4, err_msg="its neighbours changed an answer")


def _the_order_of_cases_does_not_matter(machine: TaskModel, new: Any) -> None:
    order = np.random.default_rng(0).permutation(len(new))
    np.testing.assert_allclose(
        machine.predict_proba(some(new, order)), machine.predict_proba(new)[order], atol=2e-4
    )


def _a_cost_is_known_and_never_negative(machine: TaskModel, new: Any) -> None:
    for resource, amounts in machine.cost(new).items():
        assert amounts.shape == (len(new),), f"{resource} is not told for each case"
        assert np.isfinite(amounts).all(), f"{resource} is not a number"
        assert (amounts >= 0).all(), f"{resource} is below 0"


def _where_it_looked_sums_to_one(machine: TaskModel, new: Any) -> None:
    looked = machine.explain(new)
    assert len(looked) in (0, len(new)), "one map a case, or none at all"
    for where in looked:
        assert (where >= 0).all(), "a weight is below 0"
        assert abs(float(where.sum()) - 1.0) < 1e-6, "weights do not sum to 1"


def _the_same_seed_gives_the_same_answers(
    make: Callable[[], TaskModel], X: Any, y: NDArray[Any], new: Any
) -> None:
    once, again = (make().fit(X, y).predict_proba(new) for _ in range(2))
    np.testing.assert_array_equal(once, again, "the same seed gave other answers")


def _as_many_truths_as_cases(make: Callable[[], TaskModel], X: Any, y: NDArray[Any]) -> None:
    try:
        make().fit(X, y[:-1])
    except ValueError:
        return
    raise AssertionError("a truth is missing, and nobody said so")
