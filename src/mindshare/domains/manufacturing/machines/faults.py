"""Four machines that find faults in windows, from cheap to dear: a rule, a linear model, trees, a CNN with attention.

Each learns on some recordings and answers others. PyTorch is imported with the CNN only: without it there are three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.history import FloatArray
from mindshare.domains.manufacturing.windows.windows import (
    SOUND,
    Windows,
    folds_by_parent,
    spectra,
    statistics,
)

if TYPE_CHECKING:
    from mindshare.machines.learn.plan import FitPlan
    from mindshare.machines.task import TaskModel

Values = Sequence[FloatArray]
TREES = 150
BANDS = 16
CUTS = np.linspace(2.0, 98.0, 49)  # percentiles at which a threshold may stand
NO_TORCH = "PyTorch is not installed (pip install 'mindshare[deep]'): rule, linear model and trees run without the CNN."


class Finder(Protocol):
    """Learns from windows, and gives (N, L) probabilities in the order of `classes_`."""

    classes_: NDArray[Any]

    def fit(self, X: Any, y: ArrayLike) -> Self: ...

    def predict_proba(self, X: Any) -> FloatArray: ...


class Thresholds:
    """For each fault the one channel whose mean or spread tells it best, and the threshold: a rule that fits on a label.

    The first test that fires is the answer, the surest test first; none fires: sound. Learned: `tests_`, `classes_`.
    """

    def fit(self, X: Values, y: ArrayLike) -> Thresholds:
        truth, seen = np.asarray(y), _levels(X)
        self.classes_ = np.unique(truth)
        faults = [label for label in self.classes_.tolist() if label != SOUND]
        tests = [(*_best_test(seen, truth == label, truth == SOUND), label) for label in faults]
        self.tests_ = sorted(tests, key=lambda test: -test[0])
        return self

    def predict_proba(self, X: Values) -> FloatArray:
        """1 for what the rule says: it does not know how sure it is."""
        return np.eye(len(self.classes_))[self._said(_levels(X))]

    def _said(self, seen: FloatArray) -> NDArray[np.int64]:
        first = SOUND if SOUND in self.classes_ else self.classes_[0]
        said = np.full(len(seen), np.searchsorted(self.classes_, first))
        for _, column, sign, threshold, label in reversed(self.tests_):
            said[sign * seen[:, column] > threshold] = np.searchsorted(self.classes_, label)
        return said


def _levels(X: Values) -> FloatArray:
    return np.stack([np.concatenate([window.mean(axis=0), window.std(axis=0)]) for window in X])


def _best_test(
    seen: FloatArray, fault: NDArray[np.bool_], sound: NDArray[np.bool_]
) -> tuple[float, int, float, float]:
    """(windows caught less false alarms, column, sign, threshold): the best single test of a fault."""
    best = (-np.inf, 0, 1.0, 0.0)
    for column in range(seen.shape[1]):
        for sign in (1.0, -1.0):
            value = sign * seen[:, column]
            cuts = np.percentile(value, CUTS)
            caught = (value[fault][:, None] > cuts).sum(axis=0)
            alarms = (value[sound][:, None] > cuts).sum(axis=0)
            at = int(np.argmax(caught - alarms))
            if caught[at] - alarms[at] > best[0]:
                best = (float(caught[at] - alarms[at]), column, sign, float(cuts[at]))
    return best


class OnFeatures:
    """A scikit-learn classifier on statistics and spectra of windows of any length."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, X: Values, y: ArrayLike) -> OnFeatures:
        self.model.fit(features(X), y)
        self.classes_ = self.model.classes_
        return self

    def predict_proba(self, X: Values) -> FloatArray:
        return self.model.predict_proba(features(X))


def features(X: Values) -> FloatArray:
    """(N, 7 C + BANDS C) statistics and spectra."""
    return np.concatenate([statistics(X), spectra(X, BANDS)], axis=1)


def linear(seed: int) -> OnFeatures:
    """Logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return OnFeatures(
        make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500, random_state=seed))
    )


def trees(seed: int) -> OnFeatures:
    """Random trees."""
    from sklearn.ensemble import ExtraTreesClassifier

    return OnFeatures(
        ExtraTreesClassifier(TREES, min_samples_leaf=2, max_features=0.3, random_state=seed, n_jobs=1)
    )


class PlannedCNN:
    """A CNN with additive attention that learns as a plan says; the net itself is `model`."""

    def __init__(self, seed: int, plan: FitPlan | None = None) -> None:
        from mindshare.machines.learn.plan import FitPlan
        from mindshare.machines.nets.cnn import CNN

        self.model = CNN(attention="additive", seed=seed)
        self.plan = plan or FitPlan(epochs=8, batch=32, rate=6e-3)

    def fit(self, X: Values, y: ArrayLike) -> PlannedCNN:
        self.model.fit(list(X), y, plan=self.plan)
        self.classes_ = self.model.classes_
        return self

    def predict_proba(self, X: Values) -> FloatArray:
        return self.model.predict_proba(list(X))


def without() -> str:
    """One sentence where the CNN has to stay at home, else nothing."""
    return "" if find_spec("torch") is not None else NO_TORCH


def machines(seed: int) -> dict[str, Callable[[], Finder]]:
    """Name -> a machine that has not learnt yet, cheap ones first; without PyTorch no `cnn`."""
    made: dict[str, Callable[[], Finder]] = {
        "rule": Thresholds,
        "linear": lambda: linear(seed),
        "trees": lambda: trees(seed),
    }
    if not without():
        made["cnn"] = lambda: PlannedCNN(seed)
    return made


def out_of_fold(
    windows: Windows, made: Mapping[str, Callable[[], Finder]], *, folds: int, seed: int
) -> dict[str, FloatArray]:
    """Machine -> (N, L) probabilities in the order of `labels`, each for recordings that it has not learnt from."""
    out = {name: np.zeros((len(windows), len(windows.labels))) for name in made}
    for learn, answer in folds_by_parent(windows, folds, seed):
        past, new = windows.take(learn), windows.take(answer)
        for name, make in made.items():
            out[name][answer] = probabilities(make().fit(past.values, past.truth), new)
    return out


def probabilities(model: Finder | TaskModel, windows: Windows) -> FloatArray:
    """(N, L) in the order of `windows.labels`; a label that the model never saw gets 0."""
    given = model.predict_proba(list(windows.values))
    out = np.zeros((len(windows), len(windows.labels)))
    out[:, [windows.labels.index(str(label)) for label in model.classes_]] = given  # type: ignore[union-attr]
    return out
