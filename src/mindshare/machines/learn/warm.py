"""What the first fit of a process would pay for: torch loads much with the first optimiser (a second, 70 MB; loaded with this
module), and the first pass of all takes 20 ms and some MB more than any later one.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import nn

from mindshare.machines.memory import must_have_room
from mindshare.machines.threads import threads

FIRST_MB = 40.0  # that the first pass of a process takes at most, measured: 18 to 32

# no backward pass here: workers are forked from a server that loads this, and autograd's threads would not survive the fork
_p = nn.Parameter(torch.zeros(2, 2))
_p.grad = torch.zeros(2, 2)
_optimiser = torch.optim.AdamW([_p], fused=True)
_optimiser.step()
_optimiser.zero_grad(set_to_none=True)


@cache
def first_pass() -> None:
    """A step of a tiny net of what nets are made of, and an answer of it: once in a process, and before any budget is counted."""
    with threads(1), torch.random.fork_rng(devices=[]):
        _step_and_answer()


def _step_and_answer() -> None:
    flat, square = nn.Conv1d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
    turn, norm, out = nn.GRU(8, 8, batch_first=True), nn.LayerNorm(8), nn.Linear(8, 2)
    parts, x = nn.ModuleList([flat, square, turn, norm, out]), torch.zeros(4, 8, 16)
    optimiser = torch.optim.AdamW(parts.parameters(), fused=True)

    def answer() -> torch.Tensor:
        seen = flat(x).relu() + square(x.view(4, 8, 4, 4)).relu().view(4, 8, 16)
        states = norm(turn(seen.transpose(1, 2))[0])
        looked = nn.functional.scaled_dot_product_attention(states, states, states).softmax(dim=1)
        told: torch.Tensor = out(looked.amax(dim=1) + looked.mean(dim=1))
        return told

    loss = nn.functional.cross_entropy(answer(), torch.zeros(4, dtype=torch.long))
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
    optimiser.step()
    with torch.inference_mode():
        answer()


def get_ready(mem_mb: float | None = None) -> None:
    """`first_pass`, if this process has not made it yet. Raises OverBudget where the limit leaves no room for it."""
    if not first_pass.cache_info().currsize:
        must_have_room(mem_mb, FIRST_MB, "the first step of a process")
        first_pass()
