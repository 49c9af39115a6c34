"""A machine from whatever names it (a file, a folder, an address, an object), and what it reads, as far as it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from mindshare.core.errors import MindshareError, listed
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.agents.skops_file import from_skops
from mindshare.machines.task import Floats

Reads = Literal["text", "series", "image", "numbers", "table", "named", "case", ""]
PICKLED = (".pkl", ".pickle", ".joblib", ".pt", ".pth")
BY_RANK: dict[int, Reads] = {2: "numbers", 3: "series", 4: "image"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A machine that can be asked, and learnt anew where it `learns`.

    `reads`: one text, series or image a case; `numbers`: `width` of them (0: any number); `table`: so many numbers and words;
    `named`: the columns `columns`; `case`: all that is known of it; "" where the machine does not tell.
    `fitted`: whether it has learnt already.
    """

    name: str
    model: Any
    reads: Reads
    source: str = ""  # the file, the folder or the address
    width: int = 0
    columns: tuple[str, ...] = ()  # that it learnt from, where they had names
    words: tuple[int, ...] | None = None  # which of them hold words; None: it does not tell
    channels: int = 0  # of series and images; 0: it does not tell
    size: tuple[int, ...] = ()  # (C, H, W) of images, where it reads only one
    highest: float = 0.0  # the largest pixel that it learnt from; 0: it does not tell
    learns: bool = False
    budgeted: bool = False  # its learning takes a budget
    grouped: bool = False  # and is told which cases belong together
    fitted: bool = True
    one_by_one: bool = False  # each question stands alone, and may fail alone

    @property
    def labels(self) -> tuple[str, ...]:
        """The words of its labels; none before it has learnt."""
        found = getattr(self.model, "classes_", None)
        return () if found is None else tuple(str(label) for label in np.asarray(found).tolist())


def opened(source: Any, labels: Sequence[str] | None = None, trusts: Sequence[str] = ()) -> Opened:
    """The machine that `source` names, or is.

    `labels`: those of an ONNX graph in the order of its outputs, those of an endpoint, or other names for those of a Hugging
    Face model. `trusts`: types that are loaded from a skops file beside those that skops trusts.
    """
    if isinstance(source, Opened):
        return source
    if not isinstance(source, str | Path):
        return _of_object(source, type(source).__name__.lower())
    return replace(_at(source, labels, trusts), source=str(source))


def _at(source: str | Path, labels: Sequence[str] | None, trusts: Sequence[str]) -> Opened:
    """The machine at a path or an address."""
    if str(source).startswith(("http://", "https://")):
        return _endpoint(str(source), labels)
    path = Path(source)
    if path.is_dir():
        from mindshare.machines.agents.huggingface import HuggingFace

        return Opened(name=path.resolve().name, model=HuggingFace(path, labels), reads="text")
    if not path.is_file():
        raise MindshareError(f"There is no model {path}: name a file, a folder, or an http address.")
    if path.suffix == ".onnx":
        return _onnx(path, labels)
    if path.suffix == ".skops":
        return _of_object(from_skops(path, trusts, "--trusts"), path.stem)
    if path.suffix in PICKLED:
        raise MindshareError(
            f"{path.name} runs code when it is opened; write the model with skops.io.dump or save_model, or export it to ONNX."
        )
    from mindshare.machines.saving import load_model

    return _of_object(load_model(path), path.stem)


class Named(BaseEstimator):
    """A pipeline that learnt from columns with names: it is handed a table with these, one row a case."""

    def __init__(self, estimator: Any, columns: Sequence[str]) -> None:
        self.estimator, self.columns = estimator, columns
        if hasattr(estimator, "classes_"):
            self.classes_ = np.asarray(estimator.classes_)

    def fit(self, X: Any, y: ArrayLike, **told: Any) -> Named:
        self.estimator.fit(self._table(X), y, **told)
        self.classes_ = np.asarray(self.estimator.classes_)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        return cast(Floats, self.estimator.predict_proba(self._table(X)))

    def _table(self, X: Any) -> Any:
        import polars as pl

        return pl.DataFrame([tuple(row) for row in X], schema=list(self.columns), orient="row")


def _of_object(model: Any, name: str) -> Opened:
    if isinstance(model, Estimator):
        return _of_object(getattr(model, "estimator_", model.estimator), name)
    if not hasattr(model, "get_params"):  # an agent of ours, or anybody's
        return _of_agent(model, name)
    columns = tuple(str(c) for c in getattr(model, "feature_names_in_", ()))
    fitted = hasattr(model, "classes_")
    reads: Reads = getattr(model, "reads", "")
    if reads in ("", "table") and columns:
        reads = "named"
    reads = reads or _reads_of(model)
    width = int(getattr(model, "n_features_in_", 0)) if reads in ("numbers", "table") else 0
    inner = Named(model, columns) if reads == "named" else model
    found = Opened(
        name=name,
        model=Estimator.learnt(inner) if fitted else Estimator(inner),
        reads=reads,
        width=width,
        columns=columns,
        learns=True,
        fitted=fitted,
    )
    return _with_what_it_tells(found, model)


def _with_what_it_tells(found: Opened, model: Any) -> Opened:
    """And of what kind its columns, how many its channels, how large its images were."""
    told = getattr(model, "reader_", None) or model
    spec, words, size = (
        getattr(model, "spec_", None),
        getattr(told, "words_", None),
        getattr(told, "size_", ()),
    )
    takes = signature(model.fit).parameters
    return replace(
        found,
        words=None if words is None else tuple(words),
        channels=size[0] if size else getattr(told, "channels_", getattr(spec, "channels", 0)),
        size=tuple(size),
        highest=getattr(told, "highest_", 0.0),
        budgeted="budget" in takes,
        grouped="groups" in takes,
    )


def _of_agent(model: Any, name: str) -> Opened:
    """One that does not learn anew. What is made of other machines reads what the first of them reads that tells it."""
    if not hasattr(model, "predict_proba"):
        raise MindshareError(
            f"{type(model).__name__} has no predict_proba, so it is no machine that can be asked."
        )
    if hasattr(model, "takes"):
        return _of_graph(model, name)
    found = Opened(
        name=name, model=model, reads=getattr(model, "reads", ""), one_by_one=hasattr(model, "line")
    )
    for part in () if found.reads else _parts_of(model):
        inner = _of_object(part, name)
        if inner.reads:
            own = Named(model, inner.columns) if inner.reads == "named" else model
            return replace(
                inner, model=own, learns=False, one_by_one=False, fitted=hasattr(model, "classes_")
            )
    return found


def _parts_of(model: Any) -> list[Any]:
    """The machines that a machine is made of: the rungs of a ladder, the members of an ensemble, what a wary one is around."""
    inside = (
        getattr(model, "models_", None) or getattr(model, "members_", None) or getattr(model, "machine", None)
    )
    if isinstance(inside, Mapping):
        return list(inside.values())
    return list(inside) if isinstance(inside, list) else [inside] if hasattr(inside, "predict_proba") else []


def _reads_of(model: Any) -> Reads:
    """What the first step of a pipeline takes."""
    from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer

    first = model
    while True:
        if steps := getattr(first, "steps", None):
            first = steps[0][1]
        elif parts := getattr(first, "transformer_list", None):
            first = parts[0][1]
        else:
            break
    if isinstance(first, CountVectorizer | HashingVectorizer):
        return "text"
    return "numbers" if hasattr(model, "n_features_in_") else ""


def _onnx(path: Path, labels: Sequence[str] | None) -> Opened:
    from mindshare.machines.agents.onnx_session import OnnxSession

    if not labels:
        raise MindshareError(
            f"{path.name}: an ONNX graph does not tell its labels; name them with --labels in the order of its outputs."
        )
    found = _of_graph(OnnxSession(path, labels), path.stem)
    kept: Any = "array" if found.reads == "numbers" else found.reads
    return replace(found, model=OnnxSession(path, labels, reads=kept))


def _of_graph(session: Any, name: str) -> Opened:
    """What a graph reads, by the rank and the type of its input."""
    shape, type_ = session.takes
    reads: Reads = "text" if "int" in type_ else BY_RANK.get(len(shape), "numbers")
    reads = reads if session.reads == "array" else session.reads
    width = shape[1] if reads == "numbers" and len(shape) == 2 and isinstance(shape[1], int) else 0
    return Opened(name=name, model=session, reads=reads, width=width)


def _endpoint(url: str, labels: Sequence[str] | None) -> Opened:
    from mindshare.machines.agents.endpoint import Endpoint

    if not labels:
        raise MindshareError(f"{url} does not tell its labels; name them with --labels.")
    try:
        machine = Endpoint(url, list(labels), ask=dict)
    except ValueError as wrong:
        raise MindshareError(str(wrong)) from wrong
    return Opened(name=urlsplit(url).hostname or "endpoint", model=machine, reads="case", one_by_one=True)


def must_tell_labels(machine: Opened) -> None:
    """Raises MindshareError for a machine that tells no labels, such as a regression."""
    if machine.fitted and len(machine.labels) < 2:
        raise MindshareError(
            f"The machine '{machine.name}' tells {listed(machine.labels) or 'no labels'}; it must tell two or more apart."
        )
