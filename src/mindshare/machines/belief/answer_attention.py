"""Learns answer attention: a small net that corrects the pool's belief by attention over the answers that are in.

    model = learn(history, attention=AnswerAttention())

What it computes stands in `core/belief/attention.py`, which also runs it; here it is only fitted, to the log-loss of held-out
cases, under random subsets of the answers of people and with answers left out at random (Srivastava et al. 2014), so
that every subset is a valid input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mindshare.core.belief.attention import BELIEVED, FLOOR, READS, STEEP, Net
from mindshare.core.belief.holdout import Seen, stage_of
from mindshare.core.belief.pool import Pool
from mindshare.core.belief.pooling import Pooling
from mindshare.core.belief.weights import PEOPLE
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.machines.belief.answer_draws import Batch, drawn
from mindshare.machines.learn.threads import threads

F64 = NDArray[np.float64]
HEADS, VALUES, UNITS = 4, 8, 32
BATCH = 128
RATE = 5e-3
LOST = 0.8  # the most of a case's answers that are left out in training: of each case a share, uniform below this
DROPPED = 0.2  # hidden units left out in training
STRANGER = 0.1  # chance that an answer in training comes from somebody never met
# penalties on the squares of what only a few cases tell, at a thousand cases
HELD = {"agent": 1e-2, "row": 3e-2, "case": 3e-2, "label": 1e-2, "people": 1e-2}
FOLDS = 4


class AnswerAttention:
    """Learner of the second family of belief. `always`: taken even where the race is lost."""

    def __init__(self, seed: int = 0, always: bool = False, epochs: int = 10) -> None:
        self.seed, self.always, self.epochs = seed, always, epochs

    def learn(self, seen: Sequence[Seen]) -> Net:
        """The net after `epochs` looks at these held-out cases; the same cases and seed give the same net."""
        generator = torch.Generator().manual_seed(self.seed)
        rng = np.random.default_rng(self.seed)
        labels = seen[0].opened.prior.shape[1]
        corrector = _Corrector(seen[0].is_person, seen[0].width, labels, generator)
        cases = sum(len(s.truth) for s in seen)
        each = -(-cases // BATCH)
        optimiser = torch.optim.AdamW(corrector.parameters(), lr=RATE, weight_decay=0.0)
        pace = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, RATE, total_steps=self.epochs * each, pct_start=0.2
        )
        with threads(1):
            for epoch in range(self.epochs):
                turn = drawn(seen, epoch, rng)
                order = rng.permutation(cases)
                for low in range(0, cases, BATCH):
                    batch = turn.batch(np.sort(order[low : low + BATCH]))
                    loss = nn.functional.cross_entropy(corrector(batch, generator), batch.truth)
                    optimiser.zero_grad()
                    torch.autograd.backward(loss + corrector.held() * (1000 / cases))
                    optimiser.step()
                    pace.step()
        return corrector.net()


class _Corrector(nn.Module):
    """`core.belief.attention` as a module of torch; the first correction of all is none."""

    def __init__(
        self, is_person: NDArray[np.bool_], width: int, labels: int, generator: torch.Generator
    ) -> None:
        super().__init__()

        def some(*shape: int, scale: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=generator) * scale)

        def none(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(*shape))

        told = HEADS + VALUES
        self.person = torch.as_tensor(is_person.astype(np.int64))
        self.agent, self.kind = none(len(is_person), told), some(2, told, scale=0.3)
        self.reads, self.row = some(READS, told, scale=0.3), none(width, told)
        self.case, self.label, self.people = none(width, UNITS), none(labels, UNITS), none(PEOPLE + 1, UNITS)
        self.bias, self.believed = some(UNITS, scale=0.3), some(BELIEVED, UNITS, scale=0.3)
        self.mixed = some(HEADS + HEADS * VALUES, UNITS, scale=(HEADS * VALUES) ** -0.5)
        self.out = none(UNITS)

    def forward(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """(N, L) corrected scores, with answers, agents and units left out by chance."""
        raw, answers = batch.raw, len(batch.agent)
        hit = nn.functional.one_hot(batch.answer, raw.shape[1]).to(raw.dtype)
        reads = torch.cat([batch.evidence.clamp(min=FLOOR), hit[:, :, None]], 2)
        chance = float(self.training)  # nothing is left out by a net that is not learning
        known = torch.rand(answers, generator=generator) >= STRANGER * chance
        met = known[:, None] * self.agent[batch.agent]
        row = self.kind[self.person[batch.agent]] + met + (batch.design @ self.row)[batch.draw]
        told = row[:, None] + reads @ self.reads
        lost = LOST * chance * torch.rand(len(raw), generator=generator)[batch.draw]
        kept = (torch.rand(answers, generator=generator) >= lost).to(raw.dtype)
        weight = told[:, :, :HEADS].clamp(-STEEP, STEEP).exp() * kept[:, None, None]
        valued = weight[:, :, :, None] * told[:, :, None, HEADS:].relu()
        both = torch.cat([weight, valued.flatten(2)], 2)
        sums = torch.zeros(len(raw), raw.shape[1], both.shape[2]).index_add(0, batch.draw, both)
        total = sums[:, :, :HEADS]
        seen = sums[:, :, HEADS:].reshape(*sums.shape[:2], HEADS, VALUES) / (1 + total)[:, :, :, None]
        hidden = torch.cat([total.log1p(), seen.flatten(2)], 2) @ self.mixed + self.label
        hidden = hidden + self._believed(raw, batch.prior) @ self.believed
        hidden = hidden + (self.bias + self.people[batch.people] + batch.design @ self.case)[:, None]
        stays = torch.rand(hidden.shape, generator=generator) >= DROPPED * chance
        return raw + (hidden.relu() * stays / (1 - DROPPED * chance)) @ self.out

    @staticmethod
    def _believed(raw: Tensor, prior: Tensor) -> Tensor:
        """(N, L, BELIEVED) what the pool believes of each label."""
        own = raw.log_softmax(1)
        entropy = -(own.exp() * own).sum(1, keepdim=True).expand_as(own)
        top = raw.topk(2, 1).values
        lead = raw - torch.where(raw == top[:, :1], top[:, 1:], top[:, :1])
        return torch.stack([own.clamp(min=FLOOR), lead.clamp(min=FLOOR), entropy, prior.clamp(min=FLOOR)], 2)

    def held(self) -> Tensor:
        """The penalty."""
        return torch.stack([held * (getattr(self, name) ** 2).sum() for name, held in HELD.items()]).sum()

    def net(self) -> Net:
        """What was learnt, as numbers."""

        def told(x: Tensor) -> F64:
            return np.asarray(x.detach().numpy(), np.float64)

        return Net(
            heads=HEADS,
            agent=told(self.agent + self.kind[self.person]),
            reads=told(self.reads),
            row=told(self.row),
            case=told(self.case),
            label=told(self.label + self.bias),
            mixed=told(self.mixed),
            believed=told(self.believed),
            people=told(self.people),
            out=told(self.out),
        )


@dataclass(frozen=True, slots=True)
class AttentivePooling:
    """Answer attention as a belief of its own: a pool, and a net that learnt what pools of the other folds miss."""

    seed: int = 0
    machines_always: bool = True
    learner: AnswerAttention | None = None

    def fit(self, history: History) -> Pool:
        """Learn from the labelled cases: the pool from all, the net from what is held out of each of the folds."""
        how = Pooling(self.seed, self.machines_always)
        whole = how.fit(history)
        labelled = history.take(np.flatnonzero(history.truth >= 0))
        seen = []
        for fit, test in split(labelled, FOLDS, self.seed):
            stage = stage_of(how.fit(labelled.take(fit)), labelled.take(test))
            seen.append(Seen.of(stage, whole.reading))
        if not seen:
            return whole
        return whole._replace(net=(self.learner or AnswerAttention(self.seed)).learn(seen))
