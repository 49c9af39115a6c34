"""A machine that says nothing about cases unlike all that it has learnt from, instead of being sure and wrong.

How strange a case is: its Mahalanobis distance to the nearest known group (a recording, a patient, a site), in units of how cases
differ within a group (Lee et al. 2018, with groups in place of classes; covariance by Ledoit & Wolf 2004). How unlikely that is for
a case of a group that is new but of a known kind: a conformal p-value against groups left out in turn (Vovk et al. 2005).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import MindshareError
from mindshare.machines.parts.packed import Given, State, name_of
from mindshare.machines.task import Floats, TaskModel

FOLDS = 6  # groups are left out in so many parts
UNLIKELY = 0.05  # p-value below which nothing is said
Features = Callable[[Any], ArrayLike]


class Strangeness:
    """``Strangeness(features).fit(X, groups)``: p-values of new cases. `features(X)` gives (N, F) numbers."""

    def __init__(self, features: Features) -> None:
        self.features = features

    def fit(self, X: Any, groups: ArrayLike, *, apart: ArrayLike | None = None) -> Self:
        """Learns from cases of several groups. `apart` (N,): what is left out together to see how far new cases lie; the groups
        themselves, unless something else is given. ValueError where there is one only, or nothing differs within a group.
        """
        seen, code = np.asarray(self.features(X), np.float64), np.unique(groups, return_inverse=True)[1]
        if len(seen) != len(code):
            raise ValueError(f"There are {len(seen)} cases and {len(code)} groups; give one for each case.")
        out = code if apart is None else np.unique(apart, return_inverse=True)[1]
        parts = int(out.max()) + 1
        if parts < 2:
            raise ValueError("All cases are of one group; what a new group looks like takes at least two.")
        self.known_ = _Known(seen, code)
        fold = (np.random.default_rng(0).permutation(parts) % min(FOLDS, parts))[out]
        left_out = np.zeros(len(seen))
        for k in range(min(FOLDS, parts)):
            at = fold == k
            left_out[at] = _Known(seen[~at], code[~at]).distance(seen[at])
        self.left_out_ = np.sort(left_out)
        return self

    def p_values(self, X: Any) -> Floats:
        """(N,) how likely a case of a new group of a known kind is to be as far from all known ones, or farther."""
        if not hasattr(self, "known_"):
            raise MindshareError("This Strangeness has not learnt yet: call fit.")
        far = self.known_.distance(np.asarray(self.features(X), np.float64))
        farther = len(self.left_out_) - np.searchsorted(self.left_out_, far, side="left")
        p: Floats = ((1.0 + farther) / (1.0 + len(self.left_out_))).astype(np.float64)
        return p


class _Known:
    """The middle of each group, and how cases differ within one."""

    def __init__(self, seen: Floats, code: NDArray[np.int64]) -> None:
        from sklearn.covariance import LedoitWolf

        self.middle, self.spread = seen.mean(axis=0), np.maximum(seen.std(axis=0), 1e-9)
        scaled, codes = (seen - self.middle) / self.spread, np.unique(code)
        centres = np.stack([scaled[code == k].mean(axis=0) for k in codes])
        within = scaled - centres[np.searchsorted(codes, code)]
        if not within.any():
            raise ValueError(
                "No two cases of a group differ, so nobody can say what far is; give larger groups."
            )
        self.turn = np.linalg.cholesky(LedoitWolf(assume_centered=True).fit(within).precision_)
        self.centres = centres @ self.turn

    def distance(self, new: Floats) -> Floats:
        """(N,) squared, to the nearest group."""
        turned: Floats = ((new - self.middle) / self.spread) @ self.turn
        squared = (
            (turned**2).sum(axis=1)[:, None] + (self.centres**2).sum(axis=1) - 2 * turned @ self.centres.T
        )
        nearest: Floats = squared.min(axis=1)
        return np.maximum(nearest, 0.0)


KNOWN = ("middle", "spread", "turn", "centres")


class Wary:
    """``Wary(machine, features)``: answers as `machine` does, and gives all labels the same chance where a case is too strange.

    The same chance exactly, not nearly: a belief that finds faint answers right in one new kind of case makes them loud in the next.
    """

    def __init__(self, machine: TaskModel, features: Features) -> None:
        self.machine, self.features = machine, features

    def fit(self, X: Any, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Learns. `groups` (N,): cases of one are alike (a recording, a patient); None: those of one label are, and each
        case could have come alone.
        """
        self.machine.fit(X, y)
        self.classes_ = np.asarray(self.machine.classes_)  # type: ignore[attr-defined]
        strangeness = Strangeness(self.features)
        labels = np.asarray(y)
        self.strangeness_ = (
            strangeness.fit(X, labels, apart=np.arange(len(labels)))
            if groups is None
            else strangeness.fit(X, groups)
        )
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`, all the same below p = UNLIKELY."""
        if not hasattr(self, "strangeness_"):
            raise MindshareError("This Wary machine has not learnt yet: call fit.")
        proba = np.array(self.machine.predict_proba(X), np.float64)
        if not len(proba):
            return proba
        proba[self.strangeness_.p_values(X) < UNLIKELY] = 1.0 / len(self.classes_)
        return proba

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """What `machine` costs; finding out how strange a case is comes on top, and is small."""
        return self.machine.cost(X)

    def as_state(self) -> State:
        """What is known of cases, and the machine inside; of `features` the name."""
        if not hasattr(self, "strangeness_"):
            raise MindshareError("This Wary machine has not learnt yet: call fit.")
        known = {name: getattr(self.strangeness_.known_, name) for name in KNOWN}
        arrays = {**known, "left_out": self.strangeness_.left_out_, "classes": self.classes_}
        return State({"features": name_of(self.features)}, arrays, {"machine": self.machine})

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:
        made = cls(state.parts["machine"], given.function(state.header["features"]))
        made.classes_, made.strangeness_ = state.arrays["classes"], Strangeness(made.features)
        made.strangeness_.known_ = known = _Known.__new__(_Known)
        for name in KNOWN:
            setattr(known, name, state.arrays[name])
        made.strangeness_.left_out_ = state.arrays["left_out"]
        return made

    def explain(self, X: Any) -> list[Floats]:
        return self.machine.explain(X)
