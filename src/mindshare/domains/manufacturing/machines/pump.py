"""The best machine for the pump that we know: trees, a linear model and a CNN, each on readings and on their change.

Put together on development experiments (`DEVELOPMENT`: every second of the 34, in the order of their names); the others were
looked at a few times on the way, so figures on them flatter a little too. A window is told twice: as read, and relative
to its experiment's first two minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.history import FloatArray
from mindshare.domains.manufacturing.windows.windows import statistics

Values = Sequence[FloatArray]
CHANNELS = 8
TREES = 200
DEVELOPMENT = slice(None, None, 2)


def both(read: Values, relative: Values) -> tuple[FloatArray, ...]:
    """(steps, 16) windows: as read, and relative to the start of the experiment."""
    return tuple(np.concatenate([a, b], axis=1) for a, b in zip(read, relative, strict=True))


class PumpEnsemble:
    """The mean of the probabilities of its members, without weights. Learned: `members_`, `classes_`."""

    def __init__(self, seed: int = 0, *, with_cnn: bool = True) -> None:
        self.seed, self.with_cnn = seed, with_cnn

    def fit(self, X: Values, y: ArrayLike) -> PumpEnsemble:
        truth = np.asarray(y)
        self.classes_ = np.unique(truth)
        whole = _statistics(X)
        self.members_ = [(see, model.fit(see(whole), truth)) for see, model in _members(self.seed)]
        self.cnn_ = None
        if self.with_cnn:
            from mindshare.machines.learn.plan import FitPlan
            from mindshare.machines.nets.cnn import CNN

            plan = FitPlan(epochs=8, batch=64, rate=6e-3, decay=0.05)
            self.cnn_ = CNN(width=16, dropout=0.2, seed=self.seed).fit(list(X), truth, plan=plan)
        return self

    def each(self, X: Values) -> dict[str, NDArray[np.float64]]:
        """Member -> (N, L) probabilities."""
        from mindshare.domains.manufacturing.machines.quick import quick_proba

        whole = _statistics(X)
        out = {
            name: quick_proba(model, see(whole))
            for name, (see, model) in zip(NAMES, self.members_, strict=True)
        }
        if self.cnn_ is not None:
            out["cnn"] = self.cnn_.predict_proba(list(X))
        return out

    def predict_proba(self, X: Values) -> FloatArray:
        return np.mean(list(self.each(X).values()), axis=0)


class Seen(NamedTuple):
    """What the first exit leaves for the second: windows, their statistics, what boosting said."""

    windows: FloatArray
    whole: FloatArray
    first: FloatArray

    def take(self, at: NDArray[np.int64]) -> Seen:
        """Of the windows `at` only."""
        return Seen(self.windows[at], self.whole[at], self.first[at])


class PumpExits(PumpEnsemble):
    """The same machine for a ladder: it answers from boosting alone, then from all members; nothing is computed twice."""

    exits = 2

    def resume(self, X: Values, exit_at: int, carried: Seen | None) -> tuple[FloatArray, Seen]:
        """(N, L) probabilities of one exit, and what the other starts from."""
        from mindshare.domains.manufacturing.machines.quick import quick_proba

        if carried is None:
            whole, (see, boosting) = _statistics(X), self.members_[BOOSTING]
            carried = Seen(np.asarray(X), whole, quick_proba(boosting, see(whole)))
        if exit_at == 0:
            return carried.first, carried
        said = [carried.first]
        for i, (see, model) in enumerate(self.members_):
            if i != BOOSTING:
                said.append(quick_proba(model, see(carried.whole)))
        if self.cnn_ is not None:
            said.append(self.cnn_.predict_proba(list(carried.windows)))
        return np.mean(said, axis=0), carried

    def cost(self, X: Values) -> Mapping[str, FloatArray]:  # noqa: ARG002 - a ladder measures its time
        """Nothing but processor time."""
        return {}

    def explain(self, X: Values) -> list[FloatArray]:  # noqa: ARG002 - nothing to show
        """Trees show nothing."""
        return []

    def explain_exit(self, X: Values, exit_at: int) -> list[FloatArray]:  # noqa: ARG002 - nothing to show
        """Trees show nothing."""
        return []


NAMES = ("forest, as read", "forest, both", "boosting, both", "linear, both")
BOOSTING = NAMES.index("boosting, both")


def _statistics(X: Values) -> FloatArray:
    """(N, 14 * 8) statistics: those of the readings first, then those relative to the start."""
    read, relative = ([window[:, part] for window in X] for part in (slice(CHANNELS), slice(CHANNELS, None)))
    return np.concatenate([statistics(read), statistics(relative)], axis=1)


def _as_read(whole: FloatArray) -> FloatArray:
    return whole[:, : whole.shape[1] // 2]


def _both(whole: FloatArray) -> FloatArray:
    return whole


def _members(seed: int) -> list[tuple[Callable[[FloatArray], FloatArray], Any]]:
    """What each member sees of the statistics, and a classifier that has not learnt yet, in the order of `NAMES`."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer

    def forest() -> Any:
        return RandomForestClassifier(TREES, min_samples_leaf=2, random_state=seed, n_jobs=1)

    boosting = HistGradientBoostingClassifier(
        max_iter=120,
        learning_rate=0.05,
        max_leaf_nodes=8,
        l2_regularization=5.0,
        max_features=0.2,
        random_state=seed,
    )
    ranks = QuantileTransformer(output_distribution="normal", n_quantiles=200, random_state=seed)
    line = make_pipeline(ranks, LogisticRegression(C=0.02, max_iter=300, random_state=seed))
    return [(_as_read, forest()), (_both, forest()), (_both, boosting), (_both, line)]
