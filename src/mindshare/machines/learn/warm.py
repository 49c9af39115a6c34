"""Imported once by the server that workers are forked from: what torch loads late is loaded before anybody's budget runs."""

from __future__ import annotations

import torch

# no backward pass here: autograd's threads would not survive the fork
_p = torch.nn.Parameter(torch.zeros(2, 2))
_p.grad = torch.zeros(2, 2)
_optimiser = torch.optim.AdamW([_p], fused=True)
_optimiser.step()
_optimiser.zero_grad(set_to_none=True)
