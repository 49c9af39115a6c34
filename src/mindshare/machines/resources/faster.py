"""The same net, answered faster: as an ONNX graph, and with weights in 8 bits. Kept only where measured faster and still as right.

Dynamic quantisation of matrices (ONNX Runtime): weights are stored in 8 bits, what flows between layers stays exact. On a processor
without units for it that is slower; so everything is timed, on one thread, one case at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from mindshare.machines.agents.extra import extra
from mindshare.machines.nets.net import NetModel
from mindshare.machines.parts.inputs import Inputs
from mindshare.machines.parts.net import tensors
from mindshare.machines.resources.edge import padded, write_graph
from mindshare.machines.threads import threads

TIMED, TIMES = 24, 3  # cases, and how often each way answers them
BETTER = 0.9  # of torch's time: what a way must at least reach to be kept
Answer = Callable[[Inputs], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer: CPU seconds a case, share right, the largest difference of a probability from torch's, its file."""

    name: str
    cpu_s: float
    accuracy: float
    apart: float
    path: Path | None
    kept: bool = False


def faster(model: NetModel, X: Any, y: ArrayLike, place: str | Path, *, lose: float = 0.01) -> list[Way]:
    """All ways, of which one at most is kept: the fastest that is right at most `lose` less often than torch; files are in `place`.

    `X`, `y`: cases that the model has not learnt from.
    """
    if model.task != "classify":
        raise ValueError(f"Only models that tell labels are made faster so far; this one is to {model.task}.")
    folder, inputs = Path(place), padded(model, X)
    truth = np.searchsorted(model.classes_, np.asarray(y))
    folder.mkdir(parents=True, exist_ok=True)
    whole, small = folder / "whole.onnx", folder / "int8.onnx"
    write_graph(model, whole, inputs)
    quantization = extra("onnxruntime.quantization", "onnx")
    quantization.quantize_dynamic(str(whole), str(small), weight_type=quantization.QuantType.QInt8)
    by_torch = _torch(model)
    want = by_torch(inputs)
    answers: dict[str, tuple[Answer, Path | None]] = {
        "torch": (by_torch, None), "onnx": (_graph(whole), whole), "onnx, int8": (_graph(small), small)
    }  # fmt: skip
    ways = []
    for name, (answer, path) in answers.items():
        told = answer(inputs)
        right = float((told.argmax(axis=1) == truth).mean())
        ways.append(Way(name, _timed(answer, inputs), right, float(np.abs(told - want).max()), path))
    first = ways[0]
    good = [w for w in ways[1:] if w.accuracy >= first.accuracy - lose and w.cpu_s <= BETTER * first.cpu_s]
    best = min(good, key=lambda w: w.cpu_s, default=None)
    return [Way(w.name, w.cpu_s, w.accuracy, w.apart, w.path, w is best) for w in ways]


def _torch(model: NetModel) -> Answer:
    def answer(inputs: Inputs) -> NDArray[np.float64]:
        model.net_.eval()
        with torch.inference_mode(), threads(1):
            return torch.softmax(model.net_(*tensors(inputs))[0].double(), dim=1).numpy()

    return answer


def _graph(path: Path) -> Answer:
    runtime = extra("onnxruntime", "onnx")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]

    def answer(inputs: Inputs) -> NDArray[np.float64]:
        feed = dict(zip(names, (inputs.values, inputs.mask), strict=False))
        score = np.asarray(session.run(None, feed)[0], np.float64)
        shifted = np.exp(score - score.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)

    return answer


def _timed(answer: Answer, inputs: Inputs) -> float:
    """CPU seconds a case, answered one at a time: the least of a few rounds."""
    n = min(TIMED, len(inputs))
    alone = [
        Inputs(inputs.values[i : i + 1], None if inputs.mask is None else inputs.mask[i : i + 1])
        for i in range(n)
    ]
    took = []
    for _ in range(TIMES):
        start = time.process_time()
        for one in alone:
            answer(one)
        took.append((time.process_time() - start) / n)
    return min(took)
