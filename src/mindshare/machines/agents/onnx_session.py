"""An ONNX graph as a machine, run by ONNX Runtime: inputs by name, a mask where the graph has one; torch is not needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindshare.core.errors import MindshareError, listed
from mindshare.machines.agents.extra import extra
from mindshare.machines.agents.measured import Measured, sizes_of, timed
from mindshare.machines.agents.said import from_proba, from_scores, in_order, label_set
from mindshare.machines.parts.inputs import Reads, read_inputs
from mindshare.machines.task import Floats

BATCH = 256  # cases answered at once, where the graph allows any number
TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


class OnnxSession:
    """``OnnxSession("net.onnx", ["faulty", "sound"])``: a graph that takes cases and gives a number a label.

    `classes`: the labels in the order of the graph's outputs. `reads`: series, image or text are read and padded as by our nets;
    `array` goes in as it is. An input whose name holds "mask" is told where there is something. `returns`: scores (softmax is
    taken) or probabilities. `output`: its name; the first one where None.
    """

    def __init__(
        self,
        graph: str | Path | bytes,
        classes: Sequence[Any],
        *,
        reads: Reads | Literal["array"] = "array",
        returns: Literal["scores", "probabilities"] = "scores",
        output: str | None = None,
        threads: int = 1,
    ) -> None:
        if returns not in ("scores", "probabilities"):
            raise ValueError(f"returns must be scores or probabilities. Got {returns!r} instead.")
        self.graph, self.classes, self.reads, self.returns = graph, classes, reads, returns
        self.classes_, self.cost_ = label_set(classes), Measured()
        self._session = _open(graph, threads)
        self._inputs = {i.name: i for i in self._session.get_inputs()}
        outputs = [o.name for o in self._session.get_outputs()]
        if output is not None and output not in outputs:
            raise MindshareError(f"The graph has no output '{output}'; it has {listed(outputs)}.")
        self._output = output or outputs[0]
        for name, taken in self._inputs.items():
            if taken.type not in TYPES:
                raise MindshareError(
                    f"Input '{name}' of the graph is of {taken.type}; {listed(TYPES)} can be given."
                )

    def fit(self, X: Any, y: ArrayLike) -> Self:  # noqa: ARG002 - a graph does not learn
        """Times a few answers."""
        self.cost_ = timed(self.predict_proba, X)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """(N, L) probabilities in the order of `classes_`."""
        feed, n = self._feed(X), len(X)
        sizes = [i.shape[0] for i in self._inputs.values() if i.shape]
        step = next((size for size in sizes if isinstance(size, int)), BATCH)
        if step != BATCH and step != 1:
            raise MindshareError(
                f"The graph takes {step} cases at once and no other number; export it with a batch of any size."
            )
        told = [
            self._session.run(
                [self._output], {name: values[at : at + step] for name, values in feed.items()}
            )[0]
            for at in range(0, n, step)
        ]
        read = from_proba if self.returns == "probabilities" else from_scores
        proba = read(np.concatenate(told), n, len(self.classes_), f"The graph's output '{self._output}'")
        return proba[:, in_order(self.classes)]

    def _feed(self, X: Any) -> dict[str, NDArray[Any]]:
        """Input -> (N, ...) array of the type that the graph wants."""
        values, mask = self._read(X)
        masks = [name for name in self._inputs if "mask" in name.lower()]
        others = [name for name in self._inputs if name not in masks]
        if len(others) != 1 or len(masks) > 1:
            raise MindshareError(
                f"The graph has the inputs {listed(self._inputs)}; one for the cases and at most one mask can be filled."
            )
        if mask is not None and not masks and not mask.all():
            raise MindshareError(
                "The cases are of different lengths and the graph has no mask to tell where they end;"
                " give cases of one length, or export the graph with an input 'mask'."
            )
        feed = {others[0]: values}
        if masks:
            feed[masks[0]] = np.ones(values.shape[:2], np.bool_) if mask is None else mask
        return {
            name: np.ascontiguousarray(given, TYPES[self._inputs[name].type]) for name, given in feed.items()
        }

    def _read(self, X: Any) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        if self.reads == "array":
            return np.asarray(X), None
        inputs = read_inputs(X, self.reads)
        return inputs.values, inputs.mask

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`cpu_s` of answering each case alone, once `fit` has timed it."""
        return self.cost_.expected(sizes_of(X))

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []


def _open(graph: str | Path | bytes, threads: int) -> Any:
    runtime = extra("onnxruntime", "onnx")
    if not isinstance(graph, bytes) and not Path(graph).is_file():
        raise MindshareError(f"There is no file {graph}.")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    wrong = runtime.capi.onnxruntime_pybind11_state
    try:
        return runtime.InferenceSession(
            graph if isinstance(graph, bytes) else str(graph), options, providers=["CPUExecutionProvider"]
        )
    except (
        wrong.InvalidProtobuf,
        wrong.InvalidGraph,
        wrong.Fail,
        wrong.NotImplemented,
        wrong.InvalidArgument,
    ) as told:
        name = "The bytes given" if isinstance(graph, bytes) else str(graph)
        raise MindshareError(
            f"{name} is not an ONNX graph that ONNX Runtime can open: {_short(told)}"
        ) from told


def _short(told: Exception) -> str:
    return str(told).splitlines()[0][:200]
