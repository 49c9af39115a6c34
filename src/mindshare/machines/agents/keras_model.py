"""A Keras model as a machine: Keras 3 on torch where nothing else was chosen; TensorFlow's saved models by way of a `.keras` file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import MindshareError, listed
from mindshare.machines.agents.extra import extra
from mindshare.machines.agents.measured import Measured, sizes_of, timed
from mindshare.machines.agents.said import check_shape, from_proba, from_scores, in_order, label_set
from mindshare.machines.parts.packed import Given, State, as_bytes
from mindshare.machines.task import Floats


class KerasModel:
    """``KerasModel("net.keras", ["faulty", "sound"])``: a model, or the file of one, that takes arrays and gives a number a label.

    `returns`: probabilities (softmax, or one sigmoid for the second of two labels) or scores. With `epochs` a compiled model learns
    in `fit` (labels as numbers 0.., in the order of `classes`), each time from the weights that it came with.
    """

    def __init__(
        self,
        model: Any,
        classes: Sequence[Any],
        *,
        returns: Literal["probabilities", "scores"] = "probabilities",
        epochs: int = 0,
        seed: int = 0,
    ) -> None:
        if returns not in ("scores", "probabilities"):
            raise ValueError(f"returns must be scores or probabilities. Got {returns!r} instead.")
        self.model, self.classes, self.returns = model, classes, returns
        self.epochs, self.seed = epochs, seed
        self._keras = _keras()
        self._net = self._open(model) if isinstance(model, str | Path) else model
        self._weights = self._net.get_weights()
        self.classes_, self.cost_ = label_set(classes), Measured()

    def _open(self, path: str | Path) -> Any:
        if not Path(path).is_file():
            raise MindshareError(f"There is no file {path}.")
        try:
            return self._keras.saving.load_model(path, safe_mode=True)  # runs no code of the file
        except (ValueError, OSError) as wrong:
            raise MindshareError(
                f"{path} is not a Keras model (model.save('net.keras') writes one): {str(wrong).splitlines()[0][:200]}"
            ) from wrong

    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Learns where `epochs` says so, and times a few answers."""
        given = np.asarray(y)
        if len(given) != len(X):
            raise ValueError(f"There are {len(X)} cases and {len(given)} truths; give one for each case.")
        if self.epochs:
            self._net.set_weights(self._weights)
            rng = np.random.default_rng(self.seed)
            cases, coded = self._read(X), self._coded(given)
            for _ in range(
                self.epochs
            ):  # our own order: Keras draws its own from a seed of the whole process
                order = rng.permutation(len(coded))
                self._net.fit(cases[order], coded[order], epochs=1, shuffle=False, verbose=0)
        self.cost_ = timed(self.predict_proba, X)
        return self

    def _coded(self, y: NDArray[Any]) -> NDArray[np.int64]:
        known = {str(label): k for k, label in enumerate(self.classes)}
        for label in np.unique(y).tolist():
            if str(label) not in known:
                raise ValueError(f"Label '{label}' is none of the model's: {listed(known)}.")
        return np.array([known[str(label)] for label in y.tolist()], np.int64)

    def _read(self, X: Any) -> NDArray[Any]:
        try:
            cases = np.asarray(X)
        except ValueError as ragged:
            raise ValueError("The cases are of different shapes; Keras takes cases of one shape.") from ragged
        if cases.dtype.kind in "fc" and not np.isfinite(cases).all():
            bad = np.argwhere(~np.isfinite(cases))[0]
            raise ValueError(
                f"Case {bad[0]} holds numbers that are not finite; fill or drop what is missing first."
            )
        return cases

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        if not len(X):
            return np.zeros((0, len(self.classes_)))
        cases = self._read(X)
        check_shape(cases.shape, getattr(self._net, "input_shape", None), "The Keras model")
        told = np.asarray(self._net.predict(cases, verbose=0), np.float64)
        read = from_proba if self.returns == "probabilities" else from_scores
        return read(told, len(X), len(self.classes_), "The Keras model")[:, in_order(self.classes)]

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`cpu_s` of answering each case alone, once `fit` has timed it."""
        return self.cost_.expected(sizes_of(X))

    def as_state(self) -> State:
        """The model as Keras saves it, and how it is read."""
        with TemporaryDirectory() as place:
            self._net.save(Path(place) / "net.keras")
            data = (Path(place) / "net.keras").read_bytes()
        how = {"returns": self.returns, "epochs": self.epochs, "seed": self.seed}
        arrays = {"net": as_bytes(data), "classes": np.asarray(self.classes)}
        return State({"how": how, "cost": self.cost_.as_dict()}, arrays)

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:  # noqa: ARG003 - no code of the file is run
        with TemporaryDirectory() as place:
            (Path(place) / "net.keras").write_bytes(state.arrays["net"].tobytes())
            made = cls(Path(place) / "net.keras", state.arrays["classes"].tolist(), **state.header["how"])
        made.cost_ = Measured.of_dict(state.header["cost"])
        return made

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []


def _keras() -> Any:
    os.environ.setdefault("KERAS_BACKEND", "torch")  # Keras reads it once, when it is first imported
    return extra("keras", "keras")
