"""The machine of the text sets: TF-IDF and logistic regression, fitted here, its answers out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from mindshare.core.history import FloatArray
from mindshare.histories.public.tables import probability_columns

NAME = "tfidf_lr"
FOLDS = 5


def machine_answers(cases: pl.DataFrame, text: str, labels: list[str]) -> pl.DataFrame:
    """One answer per case with probabilities; no case's answer comes from a model that saw a case of its parent."""
    truth, proba = cases["truth"].to_numpy(), np.zeros((cases.height, len(labels)))
    words = cases[text].to_numpy()
    for train, test in _folds(cases["parent"].to_list(), FOLDS):
        proba[test] = _fit_predict(words[train], truth[train], words[test], labels)
    said = pl.DataFrame(
        {"case": cases["case"], "agent": NAME, "answer": np.array(labels)[proba.argmax(axis=1)]}
    )
    return pl.concat([said, probability_columns(labels, proba)], how="horizontal")


def _folds(parents: Sequence[str], folds: int) -> list[tuple[Any, Any]]:
    """Deterministic folds of about equal size that keep parents together (largest parents are placed first)."""
    from sklearn.model_selection import GroupKFold

    return list(GroupKFold(folds).split(np.zeros(len(parents)), groups=np.array(parents)))


def _fit_predict(train: Any, truth: Any, test: Any, labels: list[str]) -> FloatArray:
    """(N, L) probabilities: word 1-2 grams and character 3-4 grams; a label unseen in training gets zero."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    from threadpoolctl import threadpool_limits

    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True, min_df=3),
        ),
        LogisticRegression(C=10.0, tol=3e-4, max_iter=1000),
    )
    with threadpool_limits(1):  # sums in one order: the same bytes however many cores there are
        model.fit(train, truth)
    proba = np.zeros((len(test), len(labels)))
    proba[:, [labels.index(label) for label in model.classes_]] = model.predict_proba(test)
    return proba
