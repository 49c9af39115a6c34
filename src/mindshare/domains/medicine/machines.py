"""Who answers: machines that read a description ever more closely, and what that costs. None has learnt from a text or from its twins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.medicine.descriptions import Descriptions

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from mindshare.machines.nets.transformer import Transformer

I64 = NDArray[np.int64]
FOLDS = 5
# Measured once, a text at a time on one core, and rounded: a live timing would give other bytes on every run.
COST: Mapping[str, Mapping[str, Any]] = {
    "words": {"cpu_s": 0.0004},
    "letters": {"cpu_s": {"fixed": 0.001, "per": 1e-6, "of": "letters"}},
    "transformer": {"cpu_s": {"fixed": 0.00025, "per": 5e-7, "of": "letters"}},
    "embeddings": {"cpu_s": {"fixed": 0.0001, "per": 5e-7, "of": "letters"}},
    "letters_and_embeddings": {"cpu_s": {"fixed": 0.0012, "per": 3.5e-6, "of": "letters"}},
}
NO_TORCH = "PyTorch is not installed (pip install 'mindshare[deep]'): there is no Transformer beside the linear machines."


class Reader(Protocol):
    """Learns from texts, of which those of one group are twins, and gives (N, L) calibrated probabilities by `classes_`."""

    def fit(self, text: list[str], diagnosis: list[str], groups: I64) -> Any: ...

    def predict_proba(self, text: list[str]) -> FloatArray: ...


class Linear:
    """A pipeline whose last step, `decide`, learns how sure it may be on texts whose twins it has not seen."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def fit(self, text: list[str], diagnosis: list[str], groups: I64) -> Linear:
        self.pipeline.fit(text, diagnosis, decide__groups=groups)
        return self

    def predict_proba(self, text: list[str]) -> FloatArray:
        return np.asarray(self.pipeline.predict_proba(text))


class SmallTransformer:
    """One layer; it learns as a plan says, for a budget in seconds would give other bytes each time (`training.py` has one)."""

    def __init__(self, seed: int) -> None:
        self.net = small_transformer(seed)

    def fit(self, text: list[str], diagnosis: list[str], groups: I64) -> SmallTransformer:  # noqa: ARG002 - it judges on none
        from mindshare.machines.learn.plan import FitPlan

        self.net.fit(text, diagnosis, plan=FitPlan(epochs=30, rate=0.01))
        return self

    def predict_proba(self, text: list[str]) -> FloatArray:
        return np.asarray(self.net.predict_proba(text))


def small_transformer(seed: int) -> Transformer:
    """As it was better on real descriptions than two layers of half the width."""
    from mindshare.machines.nets.transformer import Transformer

    return Transformer(reads="text", width=64, depth=1, dropout=0.4, seed=seed)


def words() -> Linear:
    """Which words there are."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    from mindshare.machines.simple.tempered import Tempered

    line = LogisticRegression(C=10.0, tol=3e-4, max_iter=1_000)
    return Linear(Pipeline([("count", TfidfVectorizer(sublinear_tf=True)), ("decide", Tempered(line))]))


def letters() -> Linear:
    """Words, pairs of words, and runs of letters, which forgive a slip."""
    from mindshare.machines.simple.texts import WordCounts

    return Linear(WordCounts().pipeline())


def embeddings() -> Linear:
    """What the words mean, as other texts tell: the mean of their embeddings."""
    from sklearn.pipeline import Pipeline
    from sklearn.svm import LinearSVC

    from mindshare.machines.simple.embeddings import Embeddings
    from mindshare.machines.simple.tempered import Tempered

    line = LinearSVC(C=10.0, random_state=0)
    return Linear(Pipeline([("mean", Embeddings()), ("decide", Tempered(line))]))


def letters_and_embeddings() -> Linear:
    """All that `letters` and `embeddings` read, side by side in one linear model."""
    from sklearn.pipeline import FeatureUnion, Pipeline

    from mindshare.machines.simple.embeddings import Embeddings
    from mindshare.machines.simple.texts import WordCounts

    read, count, decide = WordCounts().pipeline().steps
    both = FeatureUnion([*count[1].transformer_list, ("mean", Embeddings())])
    return Linear(Pipeline([read, (count[0], both), decide]))


def without() -> str:
    """One sentence where the Transformer has to stay at home, else nothing."""
    return "" if find_spec("torch") is not None else NO_TORCH


def without_embeddings() -> str:
    """One sentence where embeddings of texts are not installed, else nothing."""
    from mindshare.machines.simple.embeddings import MISSING, has_embeddings

    return "" if has_embeddings() else MISSING


def machines(seed: int, with_embeddings: bool = False) -> dict[str, Callable[[], Reader]]:
    """Name -> a machine that has not learnt yet; without PyTorch no `transformer`. `with_embeddings`: and those of that extra."""
    made: dict[str, Callable[[], Reader]] = {"words": words, "letters": letters}
    if not without():
        made["transformer"] = lambda: SmallTransformer(seed)
    if with_embeddings:
        made |= {"embeddings": embeddings, "letters_and_embeddings": letters_and_embeddings}
    return made


def folds(told: Descriptions, seed: int, parts: int = FOLDS) -> Iterator[tuple[I64, I64]]:
    """(who teaches, who is answered): each text once, never apart from its twins; all diagnoses teach."""
    from mindshare.machines.parts.folds import left_out

    seen = 0
    for teach, answer in left_out(told.code.astype(np.int64), told.parent, parts, seed):
        seen += len(answer)
        yield teach, answer
    if seen != len(told.text):
        raise MindshareError(
            f"Each diagnosis needs {parts} descriptions or more that are no twins of each other."
        )


def out_of_fold(told: Descriptions, make: Callable[[], Reader], seed: int) -> FloatArray:
    """(N, L) probabilities of each text, by a machine that has learnt from texts of other folds."""
    from threadpoolctl import threadpool_limits

    out = np.zeros((len(told.text), len(told.labels)))
    with threadpool_limits(1):  # sums in one order: the same bytes however many cores there are
        for teach, answer in folds(told, seed):
            reader = make().fit(*taken(told, teach))
            out[answer] = reader.predict_proba([told.text[i] for i in answer.tolist()])
    return out


def taken(told: Descriptions, at: I64) -> tuple[list[str], list[str], I64]:
    """Texts, diagnoses and twins' numbers of these."""
    places = at.tolist()
    return [told.text[i] for i in places], [told.diagnosis[i] for i in places], told.parent[at]
