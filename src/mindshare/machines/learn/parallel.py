"""One net learnt by several processes: the same losses as one process, step by step. Gloo, on processors.

ddp: each process takes its part of every batch, gradients are averaged (Li et al. 2020). fsdp: weights too are split among processes
(`fully_shard`; Zhao et al. 2023). pipeline: each process holds some of the layers, micro-batches flow through (GPipe: Huang et al. 2019).
"""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from mindshare.core.errors import MindshareError
from mindshare.machines.learn.learner import Learner, M
from mindshare.machines.learn.plan import FitReport
from mindshare.machines.learn.steps import optimiser
from mindshare.machines.parts.inputs import Inputs, read_inputs
from mindshare.machines.parts.net import Net, Spec, tensors

Way = Literal["one", "ddp", "fsdp", "pipeline"]
WAIT_S = 300.0  # for all processes together


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How many steps, of how many cases each, at what rate."""

    count: int = 20
    batch: int = 32
    rate: float = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What each process is told: which net, what it learns from, and who the others are."""

    family: type[Learner]
    params: Mapping[str, Any]
    spec: Spec
    inputs: Inputs
    target: NDArray[np.int64]
    way: Way
    processes: int
    steps: Steps
    port: int

    def made(self) -> Net:
        """The net, the same in every process."""
        torch.manual_seed(self.params["seed"])
        net = self.family(**self.params).build(self.spec)
        with torch.no_grad():
            net.settle(self.inputs, self.target)
        return net


class Layered(Protocol):
    """A net that a pipeline can split: a way in, layers one after the other, and a way out."""

    layers: nn.ModuleList

    def enter(self, values: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None, Any]: ...

    def leave(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]: ...


def fit_parallel(
    model: M, X: Any, y: ArrayLike, way: Way, *, processes: int = 2, steps: Steps | None = None
) -> tuple[M, list[float]]:
    """(`model` fitted, the loss of every step). Classification only; `pipeline` needs a Transformer and two processes.

    Raises MindshareError where a process fails, with what it said.
    """
    if model.task != "classify":
        raise ValueError("Learning in several processes is for labels so far (task='classify').")
    inputs = read_inputs(X, model.reads)
    model.classes_, target = np.unique(np.asarray(y), return_inverse=True)
    model.spec_ = _spec(model, inputs)
    if way == "pipeline" and (not hasattr(model.build(model.spec_), "layers") or processes != 2):
        raise ValueError("A pipeline splits the layers of a Transformer between two processes.")
    how = steps or Steps()
    job = _Job(
        family=type(model), params={**model.get_params(), "dropout": 0.0}, spec=model.spec_,
        inputs=inputs, target=target.astype(np.int64), way=way, processes=1 if way == "one" else processes,
        steps=how, port=_free_port(),
    )  # fmt: skip
    state, losses = _run(job)
    model.net_ = model.build(model.spec_)
    model.net_.load_state_dict({name: torch.as_tensor(x) for name, x in state.items()})
    epochs = how.count * how.batch / len(target)
    model.report_ = FitReport(
        reason="all steps", steps=how.count, epochs=epochs, micro=how.batch, best_loss=losses[-1]
    )
    return model, losses


def _spec(model: Learner, inputs: Inputs) -> Spec:
    channels = 0 if model.reads == "text" else int(inputs.values.shape[2 if model.reads == "series" else 1])
    return Spec(
        reads=model.reads,
        channels=channels,
        outputs=len(model.classes_),
        classes=True,
        most=int(inputs.sizes.max()),
    )


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _run(job: _Job) -> tuple[dict[str, NDArray[Any]], list[float]]:
    """Starts the processes, and takes what the first of them puts out."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, job.family.__module__])
    told = context.SimpleQueue()
    every = [
        context.Process(target=_process, args=(rank, job, told), daemon=True) for rank in range(job.processes)
    ]
    for process in every:
        process.start()
    result: Any = None
    try:
        for _ in every:
            rank, kind, content = told.get()
            if kind == "failed":
                raise MindshareError(f"Process {rank} of {job.processes} failed: {content}")
            result = content if rank == 0 else result
    finally:
        for process in every:
            process.join(0.5 if result is None else WAIT_S)
            process.kill()
    return cast(tuple[dict[str, NDArray[Any]], list[float]], result)


def _process(rank: int, job: _Job, told: Any) -> None:
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{job.port}", rank=rank, world_size=job.processes
    )
    try:
        told.put((rank, "done", _learn(rank, job)))
    except Exception as wrong:  # noqa: BLE001 - the outermost loop of a worker: what went wrong is told, not swallowed
        told.put((rank, "failed", f"{type(wrong).__name__}: {wrong}"))
    finally:
        dist.destroy_process_group()


def _learn(rank: int, job: _Job) -> tuple[dict[str, NDArray[Any]], list[float]]:
    net = job.made()
    step: _One | _Pipeline = (_Pipeline if job.way == "pipeline" else _One)(rank, net, job)
    rng, n = np.random.default_rng(job.params["seed"]), len(job.target)
    losses = [step(np.sort(rng.permutation(n)[: job.steps.batch])) for _ in range(job.steps.count)]
    return step.state(), losses


class _One:
    """A step on this process's part of a batch; with one process that is all of it."""

    def __init__(self, rank: int, net: Net, job: _Job) -> None:
        self.rank, self.job, self.net = rank, job, net
        self.run: nn.Module = net
        if job.way == "ddp":
            self.run = nn.parallel.DistributedDataParallel(net)
        elif job.way == "fsdp":
            from torch.distributed.device_mesh import init_device_mesh
            from torch.distributed.fsdp import fully_shard

            fully_shard(net, mesh=init_device_mesh("cpu", (job.processes,)))  # changes the net in place
        self.optimiser = optimiser(self.run, "sgd", job.steps.rate, 0.0)

    def __call__(self, at: NDArray[np.int64]) -> float:
        mine = at[self.rank :: self.job.processes]
        self.optimiser.zero_grad(set_to_none=True)
        whole: Inputs = self.job.inputs.take(at)
        part = Inputs(
            whole.values[self.rank :: self.job.processes],
            None if whole.mask is None else whole.mask[self.rank :: self.job.processes],
        )
        out, _ = self.run(*tensors(part))
        target = torch.from_numpy(self.job.target[mine])
        # gradients are averaged over processes: each counts its part of the batch
        loss = nn.functional.cross_entropy(out, target, reduction="sum") * self.job.processes / len(at)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        total = loss.detach().clone()
        dist.all_reduce(total)
        return float(total) / self.job.processes

    def state(self) -> dict[str, NDArray[Any]]:
        full: dict[str, Tensor] = {}
        for name, x in self.net.state_dict().items():
            full[name] = cast(Any, x).full_tensor() if hasattr(x, "full_tensor") else x
        return {name: x.detach().numpy() for name, x in full.items()}


class _Half(nn.Module):
    """The first or the second half of a Transformer's layers, as a stage of a pipeline."""

    def __init__(self, net: Net, rank: int) -> None:
        super().__init__()
        self.whole, self.rank = net, rank
        self.middle = len(self.net.layers) // 2

    @property
    def net(self) -> Layered:
        return cast(Layered, self.whole)

    def forward(self, x: Tensor, mask: Tensor) -> Any:
        if self.rank == 0:
            x, seen, _ = self.net.enter(x, mask > 0.5)
            for layer in self.net.layers[: self.middle]:
                x = layer(x, seen)
            return x, (torch.ones(x.shape[:2]) if seen is None else seen.float())
        for layer in self.net.layers[self.middle :]:
            x = layer(x, mask > 0.5)
        return self.net.leave(x, mask > 0.5)[0]


class _Pipeline:
    """A step in two stages and two micro-batches."""

    def __init__(self, rank: int, net: Net, job: _Job) -> None:
        from torch.distributed.pipelining import PipelineStage, ScheduleGPipe

        self.rank, self.job, self.net = rank, job, net
        self.half = _Half(net, rank)
        self.optimiser = optimiser(net, "sgd", job.steps.rate, 0.0)
        self.stage = PipelineStage(self.half, rank, 2, torch.device("cpu"))
        self.schedule = ScheduleGPipe(self.stage, 2, loss_fn=nn.functional.cross_entropy)

    def __call__(self, at: NDArray[np.int64]) -> float:
        self.optimiser.zero_grad(set_to_none=True)
        inputs = self.job.inputs
        assert inputs.mask is not None, "a Transformer that is split reads windows or texts"
        values, mask = torch.from_numpy(inputs.values[at]), torch.from_numpy(inputs.mask[at]).float()
        losses: list[Tensor] = []
        if self.rank == 0:
            self.schedule.step(values, mask)
        else:
            self.schedule.step(target=torch.from_numpy(self.job.target[at]), losses=losses)
        self.optimiser.step()
        total = torch.stack(losses).mean().detach() if losses else torch.zeros(())
        dist.broadcast(total, src=1)
        return float(total)

    def state(self) -> dict[str, NDArray[Any]]:
        """Each parameter from the process that learnt it."""
        full, first = {}, self.half.middle
        for name, x in self.net.state_dict().items():
            parts = name.split(".")
            late = parts[0] in ("norm", "pool", "head") or (parts[0] == "layers" and int(parts[1]) >= first)
            held = x.detach().clone()
            dist.broadcast(held, src=1 if late else 0)
            full[name] = held.numpy()
        return full
