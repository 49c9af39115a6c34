"""One net learnt by several processes: the same losses as one process, step by step. Gloo, on processors.

ddp: each process takes its part of every batch, gradients are averaged (Li et al. 2020). fsdp: weights too are split among processes
(`fully_shard`; Zhao et al. 2023). pipeline: each process holds some of the layers, micro-batches flow through (GPipe: Huang et al. 2019).
"""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Mapping
from typing import Any, Literal, cast

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from mindshare.core.errors import MindshareError
from mindshare.machines.learn.plan import FitReport
from mindshare.machines.learn.steps import optimiser, tensors
from mindshare.machines.nets.inputs import Inputs, read_inputs
from mindshare.machines.nets.net import Net, NetModel, Spec
from mindshare.machines.nets.saved import families
from mindshare.machines.nets.transformer import TransformerNet

Way = Literal["one", "ddp", "fsdp", "pipeline"]
WAIT_S = 300.0  # for all processes together
Job = Mapping[str, Any]


def fit_parallel(
    model: NetModel,
    X: Any,
    y: ArrayLike,
    way: Way,
    *,
    processes: int = 2,
    steps: int = 20,
    batch: int = 32,
    rate: float = 1e-3,
) -> tuple[NetModel, list[float]]:
    """(`model` fitted, the loss of every step). Classification only; `pipeline` needs a Transformer and two processes.

    Raises MindshareError where a process fails, with what it said.
    """
    if model.task != "classify":
        raise ValueError("Learning in several processes is for labels so far (task='classify').")
    if way == "pipeline" and (type(model).__name__ != "Transformer" or processes != 2):
        raise ValueError("A pipeline splits the layers of a Transformer between two processes.")
    inputs, (model.classes_, target) = (
        read_inputs(X, cast(Any, model.reads)),
        np.unique(np.asarray(y), return_inverse=True),
    )
    channels = 0 if model.reads == "text" else int(inputs.values.shape[2 if model.reads == "series" else 1])
    model.spec_ = Spec(
        reads=cast(Any, model.reads),
        channels=channels,
        outputs=len(model.classes_),
        classes=True,
        most=int(inputs.sizes.max()),
    )
    job = {
        "family": type(model).__name__, "params": {**model.get_params(), "dropout": 0.0}, "spec": model.spec_,
        "inputs": inputs, "target": target.astype(np.int64), "way": way, "processes": 1 if way == "one" else processes,
        "steps": steps, "batch": batch, "rate": rate, "port": _free_port(),
    }  # fmt: skip
    state, losses = _run(job)
    model.net_ = model.build(model.spec_)
    model.net_.load_state_dict({name: torch.as_tensor(x) for name, x in state.items()})
    model.report_ = FitReport(
        reason="all steps", steps=steps, epochs=steps * batch / len(target), micro=batch, best_loss=losses[-1]
    )
    return model, losses


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _run(job: Job) -> tuple[dict[str, NDArray[Any]], list[float]]:
    """Starts the processes, and takes what the first of them puts out."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mindshare.machines.learn.parallel"])
    told = context.SimpleQueue()
    every = [
        context.Process(target=_process, args=(rank, job, told), daemon=True)
        for rank in range(job["processes"])
    ]
    for process in every:
        process.start()
    result: Any = None
    try:
        for _ in every:
            rank, kind, content = told.get()
            if kind == "failed":
                raise MindshareError(f"Process {rank} of {job['processes']} failed: {content}")
            result = content if rank == 0 else result
    finally:
        for process in every:
            process.join(0.5 if result is None else WAIT_S)
            process.kill()
    return cast(tuple[dict[str, NDArray[Any]], list[float]], result)


def _process(rank: int, job: Job, told: Any) -> None:
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{job['port']}", rank=rank, world_size=job["processes"]
    )
    try:
        told.put((rank, "done", _learn(rank, job)))
    except Exception as wrong:  # noqa: BLE001 - the outermost loop of a worker: what went wrong is told, not swallowed
        told.put((rank, "failed", f"{type(wrong).__name__}: {wrong}"))
    finally:
        dist.destroy_process_group()


def _learn(rank: int, job: Job) -> tuple[dict[str, NDArray[Any]], list[float]]:
    torch.manual_seed(job["params"]["seed"])
    net = families()[job["family"]](**job["params"]).build(job["spec"])
    with torch.no_grad():
        net.settle(job["inputs"], job["target"])
    step: _One | _Pipeline = (_Pipeline if job["way"] == "pipeline" else _One)(rank, net, job)
    rng, n = np.random.default_rng(job["params"]["seed"]), len(job["target"])
    losses = [step(np.sort(rng.permutation(n)[: job["batch"]])) for _ in range(job["steps"])]
    return step.state(), losses


class _One:
    """A step on this process's part of a batch; with one process that is all of it."""

    def __init__(self, rank: int, net: Net, job: Job) -> None:
        self.rank, self.job, self.net = rank, job, net
        self.run: nn.Module = net
        if job["way"] == "ddp":
            self.run = nn.parallel.DistributedDataParallel(net)
        elif job["way"] == "fsdp":
            from torch.distributed.device_mesh import init_device_mesh
            from torch.distributed.fsdp import fully_shard

            fully_shard(net, mesh=init_device_mesh("cpu", (job["processes"],)))  # changes the net in place
        self.optimiser = optimiser(self.run, "sgd", job["rate"], 0.0)

    def __call__(self, at: NDArray[np.int64]) -> float:
        mine = at[self.rank :: self.job["processes"]]
        self.optimiser.zero_grad(set_to_none=True)
        whole: Inputs = self.job["inputs"].take(at)
        part = Inputs(
            whole.values[self.rank :: self.job["processes"]],
            None if whole.mask is None else whole.mask[self.rank :: self.job["processes"]],
        )
        out, _ = self.run(*tensors(part))
        target = torch.from_numpy(self.job["target"][mine])
        # gradients are averaged over processes: each counts its part of the batch
        loss = nn.functional.cross_entropy(out, target, reduction="sum") * self.job["processes"] / len(at)
        loss.backward()
        self.optimiser.step()
        total = loss.detach().clone()
        dist.all_reduce(total)
        return float(total) / self.job["processes"]

    def state(self) -> dict[str, NDArray[Any]]:
        full: dict[str, Tensor] = {}
        for name, x in self.net.state_dict().items():
            full[name] = cast(Any, x).full_tensor() if hasattr(x, "full_tensor") else x
        return {name: x.detach().numpy() for name, x in full.items()}


class _Half(nn.Module):
    """The first or the second half of a Transformer's layers, as a stage of a pipeline."""

    def __init__(self, net: TransformerNet, rank: int) -> None:
        super().__init__()
        self.net, self.rank, self.middle = net, rank, len(net.layers) // 2

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

    def __init__(self, rank: int, net: Net, job: Job) -> None:
        from torch.distributed.pipelining import PipelineStage, ScheduleGPipe

        self.rank, self.job, self.net = rank, job, net
        self.half = _Half(cast(TransformerNet, net), rank)
        self.optimiser = optimiser(net, "sgd", job["rate"], 0.0)
        self.stage = PipelineStage(self.half, rank, 2, torch.device("cpu"))
        self.schedule = ScheduleGPipe(self.stage, 2, loss_fn=nn.functional.cross_entropy)

    def __call__(self, at: NDArray[np.int64]) -> float:
        self.optimiser.zero_grad(set_to_none=True)
        inputs = self.job["inputs"]
        values, mask = torch.from_numpy(inputs.values[at]), torch.from_numpy(inputs.mask[at]).float()
        losses: list[Tensor] = []
        if self.rank == 0:
            self.schedule.step(values, mask)
        else:
            self.schedule.step(target=torch.from_numpy(self.job["target"][at]), losses=losses)
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
