"""For a small device (`edge`: one core, 512 MB, no torch): a ladder of ONNX graphs, checked against the nets they come from."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.machines.nets.net import NetModel
from mindshare.machines.parts.inputs import Inputs, read_inputs
from mindshare.machines.parts.net import Net, tensors
from mindshare.machines.resources.edge_run import FORMAT, LADDER, EdgeLadder
from mindshare.machines.threads import threads

EDGE = {"cores": 1.0, "mem_mb": 512.0}
PARITY = 1e-4  # how far a probability may lie from torch's
SURE = 0.9  # of a rung, where no cases tell when it can be believed
CHECKED = 64  # cases
ON_EDGE = (  # one core, and no torch to import
    "import os, runpy, sys\n"
    "sys.modules['torch'] = None\n"
    "os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1]) if hasattr(os, 'sched_setaffinity') else None\n"
    "runpy.run_module('mindshare.machines.resources.edge_run', run_name='__main__')"
)


class _Scores(nn.Module):
    """A net without the word where it looked."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, values: Tensor, mask: Tensor | None = None) -> Tensor:
        return cast(Tensor, self.net(values, mask)[0])


def export_ladder(
    models: Mapping[str, NetModel], place: str | Path, X: Any, y: ArrayLike | None = None
) -> dict[str, Any]:
    """Writes one graph for each model, small to large, and the card of the ladder; returns the card.

    `X`: cases to check with (all labels as probabilities, at most 1e-4 from torch's, else it is refused). With their truths `y`,
    which no model may have learnt from, each rung is believed from the confidence on from which it is right as often as the
    largest model is on all of them; without them from 0.9 on.
    """
    if not models:
        raise MindshareError("A ladder needs at least one model.")
    large = list(models.values())[-1]
    for name, model in models.items():
        _check_rung(name, model, large)
    folder = Path(place)
    folder.mkdir(parents=True, exist_ok=True)
    inputs = padded(large, X)
    card = _card(large, [_rung(name, model, folder, inputs) for name, model in models.items()])
    _write(folder, card)
    for i, (rung, model) in enumerate(zip(card["rungs"], models.values(), strict=True)):
        rung["parity"] = parity(model, folder, inputs, i)
        if y is not None:
            truth = np.asarray(y)
            rung["sure"] = sure_from(model.predict_proba(X), model.classes_, truth, large.score(X, truth))
        if not rung["parity"] <= PARITY:
            raise MindshareError(
                f"The graph of '{rung['name']}' answers up to {rung['parity']:.2g} beside its net; {PARITY:g} is allowed."
            )
    _write(folder, card)
    return card


def _check_rung(name: str, model: NetModel, large: NetModel) -> None:
    """Refuses a model that tells other labels, or reads other cases, than the largest one."""
    if model.task != "classify" or list(model.classes_) != list(large.classes_):
        raise MindshareError(f"'{name}' does not tell the same labels as the largest model of the ladder.")
    if (model.reads, model.spec_.channels) != (large.reads, large.spec_.channels):
        raise MindshareError(
            f"'{name}' reads {_read_by(model)}, the largest model of the ladder {_read_by(large)}."
        )


def _rung(name: str, model: NetModel, folder: Path, inputs: Inputs) -> dict[str, Any]:
    """Writes the graph; its line on the card, before anything was checked."""
    file = f"{name}.onnx"
    write_graph(model, folder / file, inputs)
    return {"name": name, "file": file, "sure": SURE, "bytes": (folder / file).stat().st_size}


def _card(large: NetModel, rungs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "classes": [c.item() if hasattr(c, "item") else c for c in large.classes_],
        "most": large.spec_.most,
        "reads": large.spec_.reads,
        "rungs": rungs,
    }


def _read_by(model: NetModel) -> str:
    channels = model.spec_.channels
    return f"{model.reads} of {channels} channels" if channels else model.reads


def padded(model: NetModel, X: Any) -> Inputs:
    """The cases as the graphs take them: windows and texts filled up to the longest of training; longer ones are refused."""
    inputs = read_inputs(X, model.spec_.reads, channels=model.spec_.channels or None)
    if inputs.mask is None:
        return inputs
    more = model.spec_.most - inputs.values.shape[1]
    if more < 0:
        raise MindshareError(
            f"A case has {inputs.values.shape[1]} steps; the ladder takes at most {model.spec_.most}, as in training."
        )
    wide = [(0, 0), (0, more)] + [(0, 0)] * (inputs.values.ndim - 2)
    return Inputs(np.pad(inputs.values, wide), np.pad(inputs.mask, ((0, 0), (0, more))))


def write_graph(model: NetModel, path: Path, inputs: Inputs) -> None:
    """The net as an ONNX graph that takes any number of cases."""
    try:
        import onnxscript  # noqa: F401 - what torch writes graphs with
    except ModuleNotFoundError as missing:
        raise MindshareError(
            "Exporting a ladder needs the extra `onnx`: pip install 'mindshare[onnx]'."
        ) from missing
    example = tuple(t[:2] for t in tensors(inputs) if t is not None)
    if len(inputs) < 2:
        raise MindshareError("A ladder is exported with at least two cases.")
    batch = torch.export.Dim("batch", min=1, max=4096)
    # torch's exporter speaks of its own future, and of packages that are not needed, on every call
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), _quiet(), threads(1):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            _Scores(model.net_).eval(),
            example,
            dynamo=True,
            dynamic_shapes=(({0: batch},) * len(example)),
            input_names=["values", "mask"][: len(example)],
            output_names=["scores"],
            verbose=False,
        )
    assert program is not None
    program.save(str(path), external_data=False)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Inside, torch's exporter logs errors only."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def parity(model: NetModel, place: Path, inputs: Inputs, rung: int) -> float:
    """The largest difference of a probability between the graph and the net; NaN counts as infinite."""
    some = inputs.values[:CHECKED], None if inputs.mask is None else inputs.mask[:CHECKED]
    ladder = EdgeLadder(place)
    ladder.rungs = [{**ladder.rungs[rung], "sure": 0.0}]
    model.net_.eval()
    with torch.inference_mode(), threads(1):
        score = model.net_(*tensors(Inputs(*some)))[0]
        want = torch.softmax(score.double(), dim=1).numpy()
    off = np.abs(ladder.answer(*some).proba - want).max()
    return float(off) if np.isfinite(off) else float("inf")


def sure_from(proba: NDArray[np.float64], classes: NDArray[Any], truth: NDArray[Any], share: float) -> float:
    """The least confidence from which on the answers are right at least as often as `share`; above 1 where none is."""
    confidence, right = proba.max(axis=1), classes[proba.argmax(axis=1)] == truth
    order = np.argsort(-confidence, kind="stable")
    holds = np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= share
    return float(confidence[order][np.flatnonzero(holds)[-1]]) if holds.any() else 1.01


def run_on_edge(
    place: str | Path,
    inputs: Inputs,
    *,
    upstream: str | None = None,
    net_mb: float | None = None,
    mem_mb: float = EDGE["mem_mb"],
) -> dict[str, Any]:
    """Runs a ladder in a process of its own on one core, where torch cannot be imported; its report.

    Raises OverBudget where it took more memory than `mem_mb`.
    """
    with TemporaryDirectory(prefix="mindshare-edge-") as there:
        cases, out = Path(there) / "cases.npz", Path(there) / "out.json"
        mask = {} if inputs.mask is None else {"mask": inputs.mask}
        np.savez(cases, values=inputs.values, **mask)  # type: ignore[arg-type]
        told = _run_apart(
            [str(place), str(cases), "--out", str(out)]
            + (["--upstream", upstream] if upstream else [])
            + (["--net-mb", str(net_mb)] if net_mb is not None else []),
            out,
        )
    if told["spent"]["mem_mb"] > mem_mb:
        raise OverBudget(f"The ladder took {told['spent']['mem_mb']:.0f} MB; {mem_mb:g} are allowed.")
    return told


def _run_apart(words: list[str], out: Path) -> dict[str, Any]:
    """`edge_run` with these words on its command line, in a process of its own; what it wrote to `out`."""
    run = subprocess.run(
        [sys.executable, "-c", ON_EDGE, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    if run.returncode:
        raise MindshareError(f"The ladder did not run: {run.stderr.strip().splitlines()[-1]}")
    told: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return told


def _write(folder: Path, card: Mapping[str, Any]) -> None:
    (folder / LADDER).write_text(json.dumps(card, indent=1), encoding="utf-8")
