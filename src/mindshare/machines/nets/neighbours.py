"""A net for many places at once: a GRU reads the steps of each place, which then looks back at its own states and at those of places near.

All places share their weights (GRU: Cho et al. 2014; scaled dot product: Vaswani et al. 2017; looking at neighbours on a graph: Velickovic
et al. 2018). A look at a place near knows how near it is, and learns how much this one matters to that one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.records import Budget
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.steps import one_cycle, optimiser
from mindshare.machines.parts.inputs import moments
from mindshare.machines.threads import threads

FAR = 4.0  # spreads from the mean beyond which a known column says no more
DECAY, STEEPEST = 0.01, 1.0  # of weights; the longest gradient that is followed
LAG = 0.05  # of a fit: how far it may be behind its budget before the rate follows the seconds; else the same seed gives the same net
AT_ONCE = 16  # moments that are answered at once

Floats = NDArray[np.float32]


class Seen(NamedTuple):
    """What is read of N moments at S places; all finite."""

    steps: Floats  # (N, S, T, C) the last T steps, in units of about 1
    known: Floats  # (N, S, D) what else is known; in any unit

    def take(self, at: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(self.steps[at]), torch.from_numpy(self.known[at])


class Attention(nn.Module):
    """A state looks at others: (B, D) and (B, K, D) give (B, D); `more` (B, K) is added to the scores."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.scale = 1.0 / math.sqrt(width)

    def forward(self, own: Tensor, others: Tensor, more: Tensor | None = None) -> Tensor:
        score = (self.key(others) @ self.query(own).unsqueeze(2)).squeeze(2) * self.scale
        weight = torch.softmax(score if more is None else score + more, dim=1)
        return cast(Tensor, self.value((weight.unsqueeze(1) @ others).squeeze(1)))


class NeighbourNet(nn.Module):
    """(B, S, T, C) steps and (B, S, D) known give (B, S, K)."""

    near: Tensor  # (S, K + 1) the place itself, then those near
    log_near: Tensor  # (S, K + 1)
    mean: Tensor
    scale: Tensor

    def __init__(
        self, sizes: tuple[int, int, int], near: NDArray[np.float64], most: int, width: int, dropout: float
    ) -> None:
        super().__init__()
        channels, columns, outputs = sizes
        first = near.astype(np.float64)
        np.fill_diagonal(first, np.inf)  # the place itself comes first, whoever is as near
        order = np.argsort(-first, axis=1, kind="stable")[:, : most + 1]
        weight = np.take_along_axis(near, order, axis=1)
        log_near = torch.from_numpy(weight.astype(np.float32)).log()  # -inf where it is not looked at
        self.register_buffer("log_near", log_near)
        self.register_buffer("near", torch.from_numpy(order))
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("scale", torch.ones(columns))
        self.gru = nn.GRU(channels, width, batch_first=True)
        self.back, self.across = Attention(width), Attention(width)
        self.matters = nn.Parameter(torch.zeros(order.shape))  # of each place near, beside how near it is
        self.read, self.drop = nn.Linear(columns, 2 * width), nn.Dropout(dropout)
        self.mix, self.out = nn.Linear(5 * width, 2 * width), nn.Linear(2 * width, outputs)
        self.straight = nn.Linear(columns, outputs)  # a linear model is where it begins

    def settle(self, known: Floats) -> None:
        """Learns mean and spread of each known column."""
        mean, spread = moments(known)
        self.mean.copy_(torch.as_tensor(mean.astype(np.float32)))
        self.scale.copy_(torch.as_tensor((1.0 / spread).astype(np.float32)))

    def forward(self, steps: Tensor, known: Tensor) -> Tensor:
        b, s = steps.shape[:2]
        known = ((known - self.mean) * self.scale).clamp(-FAR, FAR)
        states, _ = self.gru(steps.flatten(0, 1))
        last = states[:, -1]
        then = self.back(last, states)
        near = last.view(b, s, -1)[:, self.near].flatten(0, 1)  # (B * S, K + 1, D)
        there = self.across(last, near, (self.log_near + self.matters).repeat(b, 1))
        all_ = torch.cat([last, then, there], dim=1).view(b, s, -1)
        hidden = torch.relu(self.mix(self.drop(torch.cat([all_, torch.relu(self.read(known))], dim=2))))
        return cast(Tensor, self.out(self.drop(hidden)) + self.straight(known))


@dataclass(slots=True)
class Spent:
    """What a fit took; `epochs`: how often all have taught."""

    cpu_s: float = 0.0
    epochs: float = 0.0


class Neighbours:
    """``Neighbours(near)``: foretells several numbers of each place; learns by absolute error.

    `near` (S, S): 1 for a place itself, less the farther, 0 where one is not looked at; of the others the `most` nearest are.
    Learned: `net_`, `spent_`. Errors: MindshareError for what does not fit together.
    """

    def __init__(
        self,
        near: NDArray[np.float64],
        *,
        most: int = 8,
        width: int = 32,
        dropout: float = 0.1,
        seed: int = 0,
    ) -> None:
        if near.ndim != 2 or near.shape[0] != near.shape[1]:
            raise MindshareError(f"near must be (places, places). Got {near.shape} instead.")
        itself = np.diag(near)
        if not ((near >= 0).all() and (itself > 0).all() and (near <= itself[:, None]).all()):
            raise MindshareError(
                "near must hold no number below 0, and in each row the place itself is the nearest (1)."
            )
        self.near, self.most, self.width, self.dropout, self.seed = near, most, width, dropout, seed
        self.spent_ = Spent()

    def fit(
        self,
        seen: Seen,
        truth: NDArray[np.float64],
        *,
        cpu_s: float,
        epochs: int,
        rate: float = 3e-3,
        batch: int = 8,
    ) -> Self:
        """`truth` (N, S, K), in units of about 1. `batch` moments teach a step, all of them `epochs` times, or until `cpu_s` is spent.

        Raises OverBudget where not one step fits.
        """
        self._check(seen)
        if truth.ndim != 3 or truth.shape[:2] != seen.steps.shape[:2]:
            count, places = seen.steps.shape[:2]
            raise MindshareError(
                f"truth must be ({count}, {places}, numbers to foretell). Got {truth.shape} instead."
            )
        if not np.isfinite(truth).all():
            raise MindshareError("truth holds numbers that are not finite; leave those moments out.")
        meter, target = Meter(Budget(limit={"cpu_s": cpu_s})), torch.from_numpy(truth.astype(np.float32))
        with torch.random.fork_rng(devices=[]), threads(1):
            torch.manual_seed(self.seed)
            sizes = seen.steps.shape[3], seen.known.shape[2], truth.shape[2]
            net = NeighbourNet(sizes, self.near, self.most, self.width, self.dropout)
            net.settle(seen.known)
            self.spent_ = self._learn(net, seen, target, meter, (epochs, rate, batch))
        self.net_ = net
        return self

    def predict(self, seen: Seen) -> NDArray[np.float64]:
        """(N, S, K)."""
        if not hasattr(self, "net_"):
            raise MindshareError("This net has not learnt yet: call fit.")
        self._check(seen)
        self.net_.eval()
        parts = np.array_split(np.arange(len(seen.steps)), -(-len(seen.steps) // AT_ONCE))
        with torch.inference_mode(), threads(1):
            told = [self.net_(*seen.take(part)).numpy() for part in parts]
        return np.concatenate(told).astype(np.float64)

    def _check(self, seen: Seen) -> None:
        if seen.steps.shape[1] != len(self.near):
            raise MindshareError(
                f"The net knows {seen.steps.shape[1]} places and was made for {len(self.near)}."
            )
        if not len(seen.steps):
            raise MindshareError("There is no moment to read; give at least one.")
        if not all(np.isfinite(part).all() for part in seen):
            raise MindshareError(
                "What is read of the places holds numbers that are not finite; fill them first."
            )

    def _learn(
        self, net: NeighbourNet, seen: Seen, target: Tensor, meter: Meter, how: tuple[int, float, int]
    ) -> Spent:
        (epochs, rate, batch), spent = how, Spent()
        rng, learner = np.random.default_rng(self.seed), optimiser(net, "adamw", rate, DECAY)
        a_round, before = -(-len(target) // batch), 0.0
        steps = epochs * a_round
        net.train()
        for k in range(steps):
            if k % a_round == 0:
                parts = np.array_split(rng.permutation(len(target)), a_round)
            gone = meter.fraction()
            if 2.0 * gone - before > 1.0:  # a step like the last one would not fit
                break
            before = gone
            for group in learner.param_groups:
                group["lr"] = rate * one_cycle(gone if gone > k / steps + LAG else k / steps)
            at = parts[k % a_round]
            learner.zero_grad()
            (net(*seen.take(at)) - target[at]).abs().mean().backward()
            nn.utils.clip_grad_norm_(net.parameters(), STEEPEST)
            learner.step()
            spent = Spent(cpu_s=meter.total()["cpu_s"], epochs=(k + 1) / a_round)
        if not spent.epochs:
            limit = meter.limit["cpu_s"]
            raise OverBudget(f"The budget (cpu_s {limit:g}) is too small for one step; raise it.")
        return spent
