"""A net is a scikit-learn estimator: its tools take it, and its own checks hold as far as they apply to windows of any length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from mindshare.core.errors import MindshareError
from mindshare.machines import CNN, GRU, FitPlan
from tests.machines.conftest import windows


class Quick(CNN):
    """Learns for two rounds: the checks are about manners, not about skill."""

    def fit(self, X: Any, y: Any, **more: Any) -> Self:
        return super().fit(X, y, plan=FitPlan(epochs=2), **more)


ANY_LENGTH = "a window may have any length, so its length is no number of features"
NOT_SO = {
    "check_n_features_in_after_fitting": ANY_LENGTH,
    "check_n_features_in": ANY_LENGTH,
    "check_classifiers_train": ANY_LENGTH,
    "check_estimators_empty_data_messages": "a sentence of ours says that a window is empty",
    "check_fit2d_predict1d": "a sentence of ours says which window has no steps",
    "check_estimators_nan_inf": "a sentence of ours says where a number is missing",
    "check_dtype_object": "windows of objects that are no numbers get a sentence of ours",
    "check_supervised_y_2d": "labels are (N,): a column beside it may be a mistake, and is refused",
    "check_dict_unchanged": "what answers cost is corrected by each answer",
}


def test_the_checks_of_scikit_learn_hold_as_far_as_they_apply() -> None:
    told = check_estimator(Quick(width=4), expected_failed_checks=NOT_SO, on_fail=None, on_skip=None)
    assert {(x["check_name"], str(x["exception"])) for x in told if x["status"] == "failed"} == set()
    assert {x["check_name"] for x in told if x["status"] == "xfail"} == NOT_SO.keys()


def test_a_net_is_cross_validated_searched_calibrated_and_piped_as_any_other() -> None:
    X, words = windows(60, 0)
    assert cross_val_score(Quick(), X, words, cv=2).shape == (2,)
    assert cross_val_predict(Quick(), X, words, cv=2, method="predict_proba").shape == (60, 2)
    assert GridSearchCV(Quick(), {"width": [4, 8]}, cv=2).fit(X, words).best_params_["width"] in (4, 8)
    calibrated = CalibratedClassifierCV(Quick(), cv=2).fit(X, words)
    assert set(calibrated.predict(X)) <= {"sound", "faulty"}
    even = np.array([x[:24] for x in X])
    piped = make_pipeline(FunctionTransformer(np.negative), Quick()).fit(even, words)
    assert piped.predict_proba(even).shape == (60, 2)


def test_scikit_learn_knows_what_a_net_is_and_that_it_has_not_learnt() -> None:
    assert is_classifier(GRU()) and is_regressor(GRU(task="regress"))
    with pytest.raises(NotFittedError, match="has not learnt yet") as told:
        CNN().predict(np.ones((2, 4)))
    assert isinstance(told.value, MindshareError)


@pytest.mark.parametrize("shape", [(12, 8, 8, 3), (12, 9, 7, 3), (12, 9, 7, 1), (12, 16, 16, 20)])
def test_images_whose_channels_come_last_are_known_as_such(shape: tuple[int, ...]) -> None:
    X, y = np.random.default_rng(0).normal(size=shape), np.arange(12) % 2
    last = Quick(reads="image").fit(X, y)
    first = Quick(reads="image").fit(X.transpose(0, 3, 1, 2), y)
    assert last.spec_.channels == shape[3]
    assert np.array_equal(last.predict_proba(X), first.predict_proba(X.transpose(0, 3, 1, 2)))
    assert np.array_equal(last.predict_proba(X), last.predict_proba(X.transpose(0, 3, 1, 2)))


def test_images_that_could_be_either_are_asked_about() -> None:
    with pytest.raises(ValueError, match=r"Images of \(9, 5, 7\) may have their channels first or last"):
        Quick(reads="image").fit(np.ones((4, 9, 5, 7)), [0, 1, 0, 1])


def test_a_long_text_is_read_to_its_end_or_said_to_be_cut() -> None:
    y = np.arange(20) % 2
    filler = " ".join(f"word{i % 50}" for i in range(300))
    model = Quick(reads="text").fit([f"{filler} {'bad' if i else 'good'}" for i in y], y)
    assert model.spec_.most == 301
    with pytest.warns(UserWarning, match=r"2 of 20 texts are longer than 512 words and signs"):
        Quick(reads="text").fit(["x " * (600 if i < 2 else 5) for i in range(20)], y)


def test_a_chinese_text_is_learnt() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 120)
    texts = ["".join(rng.permutation(list("今天水泵运行情况" + ("异响" if i else "正常")))) for i in y]
    model = CNN(reads="text").fit(texts[:80], y[:80], plan=FitPlan(epochs=20))
    assert model.score(texts[80:], y[80:]) > 0.9


class Table:
    """A table of some other library: it becomes an array, and iterating over it gives the names of its columns."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.rows

    def __iter__(self) -> Iterator[str]:
        return iter("abc")


def test_a_table_of_another_library_is_read_as_its_numbers() -> None:
    X, y = np.random.default_rng(0).normal(size=(20, 6)), np.arange(20) % 2
    model = Quick().fit(Table(X), y)
    assert np.array_equal(model.predict_proba(X), model.predict_proba(Table(X)))
