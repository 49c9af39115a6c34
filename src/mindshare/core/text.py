"""What free text says of the truth: a linear model on hashed n-grams, as one more prior for the pool to weigh.

Words and pairs of words are hashed (Weinberger et al. 2009), weighted by how rare they are, and read by a logistic
regression trained with averaged stochastic gradients. Where a machine has read the same text the pool's race finds
that this adds nothing and leaves it out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import SGDClassifier

from mindshare.core.history import History

F64 = NDArray[np.float64]
HASHES = 2**17
WORDS = 400  # words of a text that are read
FLOOR = 1e-4


class TextPrior:
    """``fit(history, labelled)``, then ``log_odds(history)`` (N, L): log p(y | text) - log p(y), floored."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, grams: sparse.csr_matrix, truth: NDArray[np.int32], n_labels: int) -> TextPrior:
        """`grams` (N, HASHES) of ``ngrams``; `truth` (N,) of these cases."""
        self.n_labels_ = n_labels
        self.rare_ = TfidfTransformer(sublinear_tf=True).fit(grams)
        count = np.bincount(truth, minlength=n_labels) + 0.5
        self.log_prior_ = np.log(count / count.sum())
        self.model_: SGDClassifier | None = None
        if len(np.unique(truth)) > 1:
            self.model_ = SGDClassifier(
                loss="log_loss", alpha=2e-5, max_iter=12, tol=None, average=True, random_state=self.seed
            ).fit(self.rare_.transform(grams), truth)
        return self

    def log_odds(self, grams: sparse.csr_matrix) -> F64:
        out = np.tile(self.log_prior_, (grams.shape[0], 1))
        if self.model_ is not None:
            chance = self.model_.predict_proba(self.rare_.transform(grams))
            out[:, self.model_.classes_] = np.log(np.maximum(chance, FLOOR))
        return np.asarray(out - self.log_prior_)


def ngrams(history: History) -> sparse.csr_matrix | None:
    """(N, HASHES) counts of hashed words and pairs of words of all text columns, None where there is no text."""
    columns = history.features.text
    if not columns:
        return None
    joined = [" \n ".join(parts) for parts in zip(*columns.values(), strict=True)]
    short = [" ".join(text.split()[:WORDS]) for text in joined]
    return HashingVectorizer(
        n_features=HASHES, ngram_range=(1, 2), alternate_sign=False, norm=None
    ).transform(short)
