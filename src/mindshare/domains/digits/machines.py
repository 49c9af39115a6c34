"""Who answers: three machines trained on the spot, and what their answers cost."""

from __future__ import annotations

from collections.abc import Mapping

from mindshare.core.history import FloatArray, IntArray
from mindshare.domains.digits.images import WHITE, summary

FOLDS = 5
SHRINKAGE = 0.1  # of the linear machines' covariance: some pixels never vary
SUMMARY_MB, IMAGE_MB = 16e-6, 64e-6  # a byte per pixel
# Measured once, an image at a time on one core, and rounded: a live timing would give other bytes on every run.
COST: Mapping[str, Mapping[str, float]] = {
    "glance": {"cpu_s": 0.0005, "net_mb": SUMMARY_MB},  # linear, on the summary
    "look": {"cpu_s": 0.0005, "net_mb": IMAGE_MB},  # linear, on the image: much to send, little to compute
    "study": {"cpu_s": 0.015, "net_mb": IMAGE_MB},  # 100 random trees on the image
}


def train(images: FloatArray, truth: IntArray, seed: int) -> dict[str, FloatArray]:
    """Machine -> (N, 10) probabilities, each for images that the machine was not trained on."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    small, full = summary(images) / WHITE, images.reshape(len(images), -1) / WHITE
    models = {
        "glance": (LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE), small),
        "look": (LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE), full),
        "study": (ExtraTreesClassifier(100, random_state=seed), full),
    }
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return {
        name: cross_val_predict(model, seen, truth, cv=folds, method="predict_proba")
        for name, (model, seen) in models.items()
    }
