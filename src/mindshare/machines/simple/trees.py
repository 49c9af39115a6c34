"""Boosted trees for a few hundred cases: small leaves, small trees, and few bins, which take a quarter of the time."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from mindshare.core.errors import MindshareError
from mindshare.machines.simple.tempered import Tempered

TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"  # arrays: where a tree branches, and what its leaves say
SIDES = ("left", "right")


def boosted(rounds: int, features: float, seed: int) -> Tempered:
    """`rounds` trees for each label; at each branch a share `features` of the columns is tried."""
    trees = HistGradientBoostingClassifier(
        max_iter=rounds,
        max_features=features,
        max_leaf_nodes=8,
        max_bins=63,
        min_samples_leaf=5,
        l2_regularization=1.0,
        random_state=seed,
    )
    return Tempered(trees, folds=3)


def check_trees(decides: Any) -> None:
    """Compiled code follows branches unchecked. Raises MindshareError where one leads out of its tree, back, or beside the columns."""
    learnt: Any = getattr(decides, "estimator_", None)
    for tree in (tree for trees in getattr(learnt, "_predictors", ()) for tree in trees):
        nodes = tree.nodes
        at = np.flatnonzero(nodes["is_leaf"] == 0)
        whole = (
            len(nodes)
            and not nodes["is_categorical"].any()
            and all((nodes[side][at] > at).all() and (nodes[side][at] < len(nodes)).all() for side in SIDES)
            and (nodes["feature_idx"][at] >= 0).all()
            and (nodes["feature_idx"][at] < learnt.n_features_in_).all()
        )
        if not whole:
            raise MindshareError("The file says that it holds trees, and holds none.")
