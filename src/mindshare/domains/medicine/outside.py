"""Whether a text is outside of what machines know: no description of symptoms at all, or of a diagnosis that taught nobody.

Four things tell it: how far the likeliest diagnosis is accepted, how far it lies before the second, how near the nearest known text is, and
how many words are new. Embeddings, where they are asked for, tell six more. How they count together is learnt by leaving out diagnoses that
are known: in each of five turns a fifth of them teaches nobody, and their texts are told from known ones that did not teach either. Foreign
texts are never learnt from.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.medicine.descriptions import Descriptions
from mindshare.domains.medicine.machines import FOLDS, I64, folds, taken

ALARM = 95.0  # per cent of known texts that are less strange: from there on a text is taken for outside, in 5 % wrongly


class Outside:
    """``Outside().fit(told, seed).strange(texts)``: (N,) per cent of known texts that are less strange, 0 to 100.

    `embeddings`: by these, too; they need the extra `embeddings`.
    """

    def __init__(self, embeddings: bool = False) -> None:
        self._read: type[Signs] = BothSigns if embeddings else Signs

    def fit(self, told: Descriptions, seed: int) -> Outside:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        strangers, known = _left_out(told, seed, self._read)
        signs = np.concatenate([strangers, known])
        stranger = np.arange(len(signs)) < len(strangers)
        self._joined = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced")).fit(
            signs, stranger
        )
        self._known = np.sort(self._joined.decision_function(known))
        self._signs = self._read(told, np.arange(len(told.text)))
        return self

    def strange(self, text: list[str]) -> FloatArray:
        """(N,) to a tenth of a per cent."""
        score = self._joined.decision_function(self._signs(text))
        return np.round(100.0 * np.searchsorted(self._known, score) / len(self._known), 1)


def out_of_fold(told: Descriptions, seed: int, embeddings: bool = False) -> FloatArray:
    """(N,) how strange each text is to what texts of other folds have taught."""
    from threadpoolctl import threadpool_limits

    out = np.zeros(len(told.text))
    with threadpool_limits(1):
        for teach, answer in folds(told, seed):
            outside = Outside(embeddings).fit(told.take(teach), seed)
            out[answer] = outside.strange(taken(told, answer)[0])
    return out


def _left_out(told: Descriptions, seed: int, read: type[Signs]) -> tuple[FloatArray, FloatArray]:
    """(M, F), (N, F) signs of texts whose diagnosis did not teach, and of texts that did not teach while others of theirs did."""
    from mindshare.machines.parts.folds import left_out  # a diagnosis with few texts teaches in every turn

    turn = np.random.default_rng(seed).permutation(len(told.labels))[told.code] % FOLDS
    strangers, known = [], []
    for k, (teach, answer) in enumerate(left_out(told.code.astype(np.int64), told.parent, FOLDS, seed)):
        signs = read(told, teach[turn[teach] != k])
        strangers.append(signs(taken(told, np.flatnonzero(turn == k))[0]))
        known.append(signs(taken(told, answer[turn[answer] != k])[0]))
    return np.concatenate(strangers), np.concatenate(known)


class Signs:
    """Texts as (N, 4), by what these texts taught: accepted, ahead of the second, nearest, new words."""

    def __init__(self, told: Descriptions, at: I64) -> None:
        from sklearn.svm import LinearSVC

        from mindshare.machines.simple.texts import WordCounts

        text, diagnosis, _ = taken(told, at)
        self.read = WordCounts().pipeline()[:-1]
        self.known = self.read.fit_transform(text)
        self.decide: Any = LinearSVC(random_state=0).fit(self.known, diagnosis)
        counted = self.read[-1].transformer_list[0][1]
        self.analyse, self.words = counted.build_analyzer(), counted.vocabulary_

    def __call__(self, text: list[str]) -> FloatArray:
        counts = self.read.transform(text)
        scores = self.decide.decision_function(counts)
        best = _falling(scores)
        nearest = (counts @ self.known.T).max(axis=1).toarray().ravel()
        return np.stack(
            [best[:, 0], best[:, 0] - best[:, 1], nearest, np.sqrt([self._new(t) for t in text])], axis=1
        )

    def _new(self, text: str) -> float:
        """Share of words that no known text has; of none, all are new."""
        told = [word for word in self.analyse(text) if " " not in word]
        return float(np.mean([word not in self.words for word in told])) if told else 1.0


class BothSigns(Signs):
    """Texts as (N, 10): those four, and by embeddings nearest, the nearest five, nearest diagnosis and before the second, accepted
    and before the second.
    """

    def __init__(self, told: Descriptions, at: I64) -> None:
        from sklearn.preprocessing import normalize
        from sklearn.svm import LinearSVC

        from mindshare.machines.simple.embeddings import Embeddings

        super().__init__(told, at)
        text, diagnosis, _ = taken(told, at)
        self.embed = Embeddings().transform
        self.vectors = self.embed(text)
        of, names = np.array(diagnosis), sorted(set(diagnosis))
        self.means = normalize([self.vectors[of == name].mean(axis=0) for name in names])
        self.line: Any = LinearSVC(C=10.0, random_state=0).fit(self.vectors, diagnosis)

    def __call__(self, text: list[str]) -> FloatArray:
        vectors = self.embed(text)
        near, mean = _falling(vectors @ self.vectors.T), _falling(vectors @ self.means.T)
        score = _falling(self.line.decision_function(vectors))
        found = [near[:, 0], near[:, :5].mean(axis=1)]
        found += [each for told in (mean, score) for each in (told[:, 0], told[:, 0] - told[:, 1])]
        return np.column_stack([super().__call__(text), *found])


def _falling(told: FloatArray) -> FloatArray:
    """Each row, the largest first."""
    return np.sort(told, axis=1)[:, ::-1]
