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
from mindshare.machines.agents.said import (
    check_shape,
    from_named,
    from_proba,
    from_scores,
    in_order,
    label_set,
    look_like_proba,
)
from mindshare.machines.parts.inputs import Reads, read_inputs
from mindshare.machines.parts.packed import Given, State, as_bytes
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

FRACTIONS = ("tensor(float)", "tensor(double)", "tensor(float16)")
PASSES = ("Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten")  # numbers stay as they are
PROBABLE = ("Softmax", "Sigmoid")
LINEAR = ("Gemm", "MatMul", "Add", "LogSoftmax")  # their numbers may sum to 1 only by chance


class OnnxSession:
    """``OnnxSession("net.onnx", ["faulty", "sound"])``: a graph that takes cases and gives a number a label.

    `classes`: the labels in the order of the graph's outputs; where it names them itself, in any order. `reads`: series, image or
    text are read and padded as by our nets; `array` goes in as it is. An input whose name holds "mask" is told where there is
    something. `returns`: scores (softmax is taken) or probabilities; where None, what the graph ends with says it, else whether
    its numbers are probabilities. `output`: its name; where None the first one of probabilities or other numbers with a fraction.
    """

    def __init__(
        self,
        graph: str | Path | bytes,
        classes: Sequence[Any],
        *,
        reads: Reads | Literal["array"] = "array",
        returns: Literal["scores", "probabilities"] | None = None,
        output: str | None = None,
        threads: int = 1,
    ) -> None:
        if returns not in ("scores", "probabilities", None):
            raise ValueError(f"returns must be scores or probabilities. Got {returns!r} instead.")
        self.graph, self.classes, self.reads, self.returns = graph, classes, reads, returns
        self.classes_, self.cost_ = label_set(classes), Measured()
        self._session = _open(graph, threads)
        self._inputs = {i.name: i for i in self._session.get_inputs()}
        self.output, self.threads = output, threads
        self._output = _chosen(output, {o.name: o.type for o in self._session.get_outputs()})
        self._ends = returns or ends_in(graph, self._output)
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
        if not (n := len(X)):
            return np.zeros((0, len(self.classes_)))
        feed = self._feed(X)
        sizes = [i.shape[0] for i in self._inputs.values() if i.shape]
        step = next((size for size in sizes if isinstance(size, int)), BATCH)
        if step != BATCH and step != 1:
            raise MindshareError(
                f"The graph takes {step} cases at once and no other number; export it with a batch of any size."
            )
        parts = [
            self._run({name: values[at : at + step] for name, values in feed.items()})
            for at in range(0, n, step)
        ]
        who, size = f"The graph's output '{self._output}'", len(self.classes_)
        if isinstance(parts[0], list):  # a map of each case, as converters of scikit-learn write it
            return np.stack([from_named(one, self.classes_, who) for part in parts for one in part])
        told = np.concatenate(parts)
        ends = self._ends or ("probabilities" if look_like_proba(told, n) else "scores")
        read = from_proba if ends == "probabilities" else from_scores
        return read(told, n, size, who)[:, in_order(self.classes)]

    def _run(self, feed: dict[str, NDArray[Any]]) -> Any:
        wrong = extra("onnxruntime", "onnx").capi.onnxruntime_pybind11_state
        for name, values in feed.items():
            check_shape(values.shape, self._inputs[name].shape, f"Input '{name}' of the graph")
        try:
            return self._session.run([self._output], feed)[0]
        except (wrong.InvalidArgument, wrong.Fail, wrong.RuntimeException) as told:
            raise MindshareError(f"The graph cannot answer these cases: {_short(told)}") from told

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
            try:
                return np.asarray(X), None
            except ValueError as ragged:
                raise ValueError("The cases are of different shapes; give cases of one shape.") from ragged
        inputs = read_inputs(X, self.reads)
        return inputs.values, inputs.mask

    @property
    def takes(self) -> tuple[tuple[int | str | None, ...], str]:
        """The shape and the type of the input for cases, as the graph states them."""
        main = next((i for name, i in self._inputs.items() if "mask" not in name.lower()), None)
        return ((), "") if main is None else (tuple(main.shape or ()), str(main.type))

    def cost(self, X: Any) -> Mapping[str, Floats]:
        """`cpu_s` of answering each case alone, once `fit` has timed it."""
        return self.cost_.expected(sizes_of(X))

    def as_state(self) -> State:
        """The graph itself, and how it is read."""
        graph = self.graph if isinstance(self.graph, bytes) else Path(self.graph).read_bytes()
        how = {"reads": self.reads, "returns": self.returns, "output": self.output, "threads": self.threads}
        arrays = {"graph": as_bytes(graph), "classes": np.asarray(self.classes)}
        return State({"how": how, "cost": self.cost_.as_dict()}, arrays)

    @classmethod
    def of_saved(cls, state: State, given: Given) -> Self:  # noqa: ARG003 - a graph runs no code of the file
        made = cls(state.arrays["graph"].tobytes(), state.arrays["classes"].tolist(), **state.header["how"])
        made.cost_ = Measured.of_dict(state.header["cost"])
        return made

    def explain(self, X: Any) -> list[Floats]:  # noqa: ARG002 - nothing to show
        return []


def _chosen(output: str | None, types: Mapping[str, str]) -> str:
    """The output to read: labels that stand beside probabilities are no scores."""
    if output is not None:
        if output not in types:
            raise MindshareError(f"The graph has no output '{output}'; it has {listed(types)}.")
        return output
    told = [name for name, kind in types.items() if kind in FRACTIONS or kind.startswith("seq(map(")]
    if not told:
        raise MindshareError(
            f"The graph gives {listed(set(types.values()))}; scores or probabilities are needed."
        )
    return next((name for name in told if "prob" in name.lower()), told[0])


def ends_in(graph: str | Path | bytes, output: str) -> Literal["scores", "probabilities"] | None:
    """What an output is by the operation that makes it; None where that leaves it open, or nobody can read graphs here."""
    try:
        import onnx
    except ModuleNotFoundError:
        return None
    read = (
        onnx.load_model_from_string(graph)
        if isinstance(graph, bytes)
        else onnx.load(graph, load_external_data=False)
    )
    makers, name = {made: node for node in read.graph.node for made in node.output}, output
    while name in makers and makers[name].op_type in PASSES:
        name = makers[name].input[0]
    made_by = makers[name].op_type if name in makers else ""
    if made_by in PROBABLE:
        return "probabilities"
    return "scores" if made_by in LINEAR else None


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
