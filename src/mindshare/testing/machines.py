"""Promises of a machine: `check_machine` runs them all."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError

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
        _labels_are_known,
        _probabilities_are_probabilities,
        _a_case_does_not_depend_on_its_neighbours,
        _the_order_of_cases_does_not_matter,
        _a_cost_is_known_and_never_negative,
        _where_it_looked_sums_to_one,
        _asking_twice_gives_the_same_and_leaves_the_cases_as_they_were,
        _numbers_that_are_missing_are_refused,
    ):
        promise(machine, new)
    if not learns:
        _a_machine_that_does_not_learn_is_itself_after_fit(make, X, y, new)
    if learns:
        _the_same_seed_gives_the_same_answers(make, X, y, new)
        _as_many_truths_as_cases(make, X, y)


UNITS = ("_s", "_mb", "_j", "gflop", "tokens", "answers", ".minutes", "eur", "usd")


def named_by_its_unit(resource: str) -> bool:
    """Whether a resource's name carries its unit."""
    return resource.endswith(UNITS)


def some(X: Any, at: NDArray[np.int64]) -> Any:
    """The cases `at`."""
    return X[at] if isinstance(X, np.ndarray) else [X[i] for i in at.tolist()]


def _labels_are_known(machine: TaskModel, new: Any) -> None:  # noqa: ARG001 - the same arguments for every promise
    assert hasattr(machine, "classes_"), "classes_ tells the labels in the order of the columns"
    assert len(machine.classes_) >= 2, "there are at least two labels"


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
        assert named_by_its_unit(resource), f"'{resource}' does not say its unit, such as cpu_s or net_mb"
        assert amounts.shape == (len(new),), f"{resource} is not told for each case"
        assert np.isfinite(amounts).all(), f"{resource} is not a number"
        assert (amounts >= 0).all(), f"{resource} is below 0"


def _where_it_looked_sums_to_one(machine: TaskModel, new: Any) -> None:
    looked = machine.explain(new)
    assert len(looked) in (0, len(new)), "one map a case, or none at all"
    for where in looked:
        assert (where >= 0).all(), "a weight is below 0"
        assert abs(float(where.sum()) - 1.0) < 1e-6, "weights do not sum to 1"


def _asking_twice_gives_the_same_and_leaves_the_cases_as_they_were(machine: TaskModel, new: Any) -> None:
    before, once = copy.deepcopy(new), machine.predict_proba(new)
    np.testing.assert_array_equal(once, machine.predict_proba(new), "asked twice, it answered differently")
    for was, is_ in zip(before, new, strict=True):
        np.testing.assert_array_equal(was, is_, "it changed a case that it was asked about")


def _numbers_that_are_missing_are_refused(machine: TaskModel, new: Any) -> None:
    if isinstance(new[0], str) or np.asarray(new[0]).dtype.kind != "f":
        return
    broken = [np.array(case) for case in new]
    broken[1][(0,) * broken[1].ndim] = np.nan
    try:
        proba = machine.predict_proba(np.stack(broken) if isinstance(new, np.ndarray) else broken)
    except (ValueError, MindshareError):
        return
    assert np.isfinite(proba).all(), "a case with a number missing got a probability that is not a number"


def _a_machine_that_does_not_learn_is_itself_after_fit(
    make: Callable[[], TaskModel], X: Any, y: NDArray[Any], new: Any
) -> None:
    machine = make()
    before = machine.predict_proba(new)
    assert machine.fit(X, y) is machine, "fit returns the machine itself"
    np.testing.assert_array_equal(before, machine.predict_proba(new), "it does not learn, and changed")


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
