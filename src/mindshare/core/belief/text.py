"""What free text says of the truth: a linear model on hashed n-grams, as one more prior for the pool to weigh.

Words and pairs of words are hashed (Weinberger et al. 2009), weighted by how rare they are, and read by a logistic
regression trained with averaged stochastic gradients. Where a machine has read the same text the pool's race finds
that this adds nothing and leaves it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import SGDClassifier

from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
HASHES = 2**17
WORDS = 400  # words of a text that are read
FLOOR = 1e-4


class TextPrior(NamedTuple):
    """A linear model of hashed n-grams: C labels that were seen (of L) and their coefficients.

    `coefficient` (C, HASHES), or (1, HASHES) for two labels: the log-odds of the second; (0, HASHES): nothing is told.
    """

    rarity: F64  # (HASHES,) inverse document frequency
    coefficient: F64
    intercept: F64
    seen: NDArray[np.int64]  # (C,)
    log_prior: F64  # (L,)


def learn_text(grams: sparse.csr_matrix, truth: NDArray[np.int32], n_labels: int, seed: int) -> TextPrior:
    """`grams` (N, HASHES) of `ngrams`; `truth` (N,) of these cases."""
    rare = TfidfTransformer(sublinear_tf=True).fit(grams)
    count = np.bincount(truth, minlength=n_labels) + 0.5
    log_prior = np.log(count / count.sum())
    if len(np.unique(truth)) < 2:
        nothing = np.zeros((0, HASHES)), np.zeros(0), np.zeros(0, np.int64)
        return TextPrior(rare.idf_, *nothing, log_prior)
    model = SGDClassifier(
        loss="log_loss", alpha=2e-5, max_iter=12, tol=None, average=True, random_state=seed
    ).fit(rare.transform(grams), truth)
    return TextPrior(
        np.ascontiguousarray(rare.idf_, np.float64),
        np.ascontiguousarray(model.coef_, np.float64),
        np.ascontiguousarray(model.intercept_, np.float64),
        model.classes_.astype(np.int64),
        log_prior,
    )


def told_by_text(prior: TextPrior, grams: sparse.csr_matrix) -> F64:
    """(N, L) log p(y | text) - log p(y), floored."""
    return _told(prior, grams.indptr.astype(np.int64), grams.indices.astype(np.int64), grams.data)


def ngrams(texts: Sequence[str]) -> sparse.csr_matrix:
    """(N, HASHES) counts of hashed words and pairs of words."""
    short = [" ".join(text.split()[:WORDS]) for text in texts]
    return HashingVectorizer(
        n_features=HASHES, ngram_range=(1, 2), alternate_sign=False, norm=None
    ).transform(short)


@kernel(allocates=True)
def _told(prior, at, of, times):  # type: ignore[no-untyped-def]
    n, n_labels, models = len(at) - 1, len(prior.log_prior), len(prior.coefficient)
    out = np.zeros((n, n_labels))
    odds = np.zeros(models)
    for i in range(n):
        if models == 0:
            continue
        size = 0.0
        odds[:] = 0.0
        for j in range(at[i], at[i + 1]):
            weight = (1.0 + np.log(times[j])) * prior.rarity[of[j]]
            size += weight * weight
            for m in range(models):
                odds[m] += weight * prior.coefficient[m, of[j]]
        size = np.sqrt(size) if size > 0 else 1.0
        total = 0.0
        for m in range(models):
            odds[m] = 1.0 / (1.0 + np.exp(-(odds[m] / size + prior.intercept[m])))
            total += odds[m]
        if models == 1:
            total = 1.0
        for c in range(len(prior.seen)):
            chance = odds[c % models] / total if total > 0 else 1.0 / models
            if models == 1 and c == 0:
                chance = 1.0 - chance
            y = prior.seen[c]
            out[i, y] = np.log(max(chance, FLOOR)) - prior.log_prior[y]
    return out
