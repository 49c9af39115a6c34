"""What a case is: a patient's description of symptoms, its diagnosis, and the texts that say nearly the same (twins)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TWINS = 0.6  # cosine of two texts (words and pairs of words, TF-IDF) from which they are twins


@dataclass(frozen=True, slots=True)
class Descriptions:
    """N texts, the diagnosis of each, and which texts are twins, directly or by others between them."""

    text: tuple[str, ...]
    diagnosis: tuple[str, ...]
    parent: NDArray[np.int64]  # (N,) the same number for twins
    repeated: int = 0  # texts that stood there word for word before, and are left out

    @property
    def labels(self) -> tuple[str, ...]:
        """The diagnoses that there are, in order."""
        return tuple(sorted(set(self.diagnosis)))

    @property
    def code(self) -> NDArray[np.int32]:
        """(N,) the diagnosis as its place in `labels`."""
        return np.unique(np.array(self.diagnosis), return_inverse=True)[1].astype(np.int32)

    def take(self, at: NDArray[np.int64]) -> Descriptions:
        """These of them, with the same numbers of twins."""
        places = at.tolist()
        return Descriptions(
            tuple(self.text[i] for i in places), tuple(self.diagnosis[i] for i in places), self.parent[at]
        )


def described(text: Sequence[str], diagnosis: Sequence[str]) -> Descriptions:
    """Each text once, and its twins found."""
    first = {said: place for place, said in reversed(list(enumerate(text)))}
    kept = sorted(first.values())
    texts = tuple(text[i] for i in kept)
    return Descriptions(texts, tuple(diagnosis[i] for i in kept), twins(texts), len(text) - len(kept))


def twins(text: Sequence[str], near: float = TWINS) -> NDArray[np.int64]:
    """(N,) numbers from 0: texts at `near` or nearer are of one number, and so are those that a chain of twins connects.

    A patient's words that somebody wrote again must not teach and judge at once.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = TfidfVectorizer(ngram_range=(1, 2)).fit_transform(text)
    cosine = (counts @ counts.T).tocoo()
    at = cosine.data >= near
    pairs = coo_array((np.ones(at.sum()), (cosine.row[at], cosine.col[at])), shape=cosine.shape)
    return np.asarray(connected_components(pairs, directed=False)[1], np.int64)
