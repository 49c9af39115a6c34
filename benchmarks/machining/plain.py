"""What a tutorial does: a small net, AdamW, a constant rate; and the same loop with a net of ours."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np
import torch
from fitting.splits import Split
from numpy.typing import NDArray
from torch import Tensor, nn

from mindshare.machines.nets.net import NetModel
from mindshare.machines.parts.inputs import read_inputs
from mindshare.machines.parts.net import Net, Spec, tensors
from mindshare.machines.simple.tables import Line

BATCH, DECAY, RATES, HELD_OUT = 32, 0.01, (1e-3, 3e-3, 1e-2), 5


class Result(NamedTuple):
    """Share that is right, CPU seconds of learning and of answering all new cases."""

    right: float
    fit_s: float
    answer_s: float


class Means(nn.Module):
    """Texts: the mean of their words' vectors, and a line (as in PyTorch's tutorial on texts)."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.words, self.line = nn.Embedding(8_192, 64, padding_idx=0), nn.Linear(64, outputs)

    def forward(self, x: Tensor) -> Tensor:
        there = (x > 0).sum(dim=1, keepdim=True).clamp(min=1)
        return self.line(self.words(x).sum(dim=1) / there)


def small_net(kind: str, shape: tuple[int, ...], outputs: int) -> nn.Module:
    """The net that a tutorial would write for this kind of case."""
    if kind == "text":
        return Means(outputs)
    if kind == "image":
        flat = 32 * (shape[1] // 4) * (shape[2] // 4)
        one = (nn.Conv2d(shape[0], 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        two = (nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        return nn.Sequential(*one, *two, nn.Linear(flat, 64), nn.ReLU(), nn.Linear(64, outputs))
    if kind == "series":
        blocks: list[nn.Module] = []
        for a, b, width in ((shape[0], 32, 7), (32, 64, 5), (64, 64, 3)):
            blocks += [nn.Conv1d(a, b, width, padding=width // 2), nn.BatchNorm1d(b), nn.ReLU()]
        return nn.Sequential(*blocks, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(64, outputs))
    return nn.Sequential(
        nn.Linear(shape[0], 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, outputs)
    )


def as_tensors(kind: str, X: Any, new: Any, y: NDArray[Any]) -> tuple[Tensor, Tensor]:
    """Cases as a tutorial would hand them in: padded to one length, standardised by those that teach."""
    if kind == "table":
        read = Line().pipeline()[:-1].fit(X, y)
        a, b = read.transform(X), read.transform(new)
        return torch.from_numpy(a).float(), torch.from_numpy(b).float()
    both = read_inputs([*X, *new] if kind != "image" else np.concatenate([X, new]), kind).values  # type: ignore[arg-type]
    if kind == "text":
        return torch.from_numpy(both[: len(X)]), torch.from_numpy(both[len(X) :])
    both = both.transpose(0, 2, 1) if kind == "series" else both
    mean, spread = both[: len(X)].mean(), both[: len(X)].std()
    both = np.ascontiguousarray((both - mean) / spread, np.float32)
    return torch.from_numpy(both[: len(X)]), torch.from_numpy(both[len(X) :])


def tutorial(
    kind: str, split: Split, seed: int, limit_s: float, epochs: int = 30, rate: float = 1e-3
) -> Result:
    """30 epochs at 1e-3, or fewer if the limit comes first."""
    X, y, new, truth = split
    began = time.process_time()
    a, b = as_tensors(kind, X, new, y)
    classes, code = np.unique(y, return_inverse=True)
    torch.manual_seed(seed)
    net, target = small_net(kind, tuple(a.shape[1:]), len(classes)), torch.from_numpy(code)
    loop(net, lambda at: net(a[at]), target, limit_s - (time.process_time() - began), rate, epochs, seed)
    fitted = time.process_time()
    net.eval()
    with torch.inference_mode():
        said = torch.cat([net(part) for part in b.split(256)]).argmax(dim=1).numpy()
    return Result(float((classes[said] == truth).mean()), fitted - began, time.process_time() - fitted)


def loop(
    net: nn.Module, out: Any, target: Tensor, limit_s: float, rate: float, epochs: int | None, seed: int
) -> None:
    """AdamW at a constant rate, until the epochs or the seconds are over."""
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=DECAY)
    began, order, done = time.process_time(), torch.Generator().manual_seed(seed), 0
    net.train()
    while epochs is None or done < epochs:
        for at in torch.randperm(len(target), generator=order).split(BATCH):
            if time.process_time() - began > limit_s:
                return
            if len(at) < 2:  # a batch norm needs two
                continue
            loss = nn.functional.cross_entropy(out(at), target[at])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
        done += 1


def same_net(model: NetModel, split: Split, seed: int, limit_s: float) -> Result:
    """The plain loop with a net of ours for `limit_s`, at the rate of three that is best on a fifth held out. Only the last fit counts."""
    X, y, new, truth = split
    out = np.random.default_rng(seed).permutation(len(y)) % HELD_OUT == 0
    kept = [X[i] for i in np.flatnonzero(~out)], y[~out], [X[i] for i in np.flatnonzero(out)], y[out]
    best = max(RATES, key=lambda rate: _same(model, kept, seed, limit_s, rate).right)
    return _same(model, (X, y, new, truth), seed, limit_s, best)


def _same(model: NetModel, split: Split, seed: int, limit_s: float, rate: float) -> Result:
    X, y, new, truth = split
    began = time.process_time()
    inputs, there = read_inputs(X, model.reads), read_inputs(new, model.reads)
    classes, code = np.unique(y, return_inverse=True)
    channels = 0 if model.reads == "text" else inputs.values.shape[2 if model.reads == "series" else 1]
    spec = Spec(
        reads=model.reads,
        channels=int(channels),
        outputs=len(classes),
        classes=True,
        most=int(inputs.sizes.max()),
    )
    torch.manual_seed(seed)
    net: Net = model.build(spec)
    target = torch.from_numpy(code)
    with torch.no_grad():
        net.settle(inputs, code)

    def out(at: Tensor) -> Tensor:
        return net(*tensors(inputs.take(at.numpy())))[0]

    loop(net, out, target, limit_s - (time.process_time() - began), rate, None, seed)
    fitted = time.process_time()
    net.eval()
    with torch.inference_mode():
        parts = np.array_split(np.arange(len(new)), 1 + len(new) // 256)
        said = torch.cat([net(*tensors(there.take(at)))[0] for at in parts]).argmax(dim=1).numpy()
    return Result(float((classes[said] == truth).mean()), fitted - began, time.process_time() - fitted)
