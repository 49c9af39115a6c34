"""How answer attention corrects the pool's score of a case: one label at a time, by attention over the answers that are in.

Every candidate label y looks at every answer r that is in (attention pooling over a set, Lee et al. 2019):

    weight[r, y, h] = exp(key[r, h] + how r's answer reads under y),      value[r, y] = relu(value[r] + how it reads)
    mixed[y, h]     = sum_r weight value / (1 + sum_r weight)             (the 1: nobody has to be looked at)
    score(y)       += out . relu(label[y] + case + people + mixed[y] + what the pool believes of y)

Sums over answers: one more answer, said or foreseen, is one more term, so the kernels of `value` foresee it exactly.
What the numbers are is learnt elsewhere (`machines/belief/answer_attention.py`); nothing here needs torch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.design import Design, summed
from mindshare.core.belief.rows import Rows
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
READS = 3  # plain reading, contextual reading, whether the answer is the label
BELIEVED = 4  # of a label: log belief, lead over the best other one, the case's entropy, log prior
FLOOR = -10.0  # log-likelihoods below this say the same
STEEP = 6.0  # keys are kept within this


class Net(NamedTuple):
    """What was learnt: H heads, V values an answer, U hidden units, D columns of the design."""

    heads: int
    agent: F64  # (K, H + V) who answers; what its kind is where it was never met
    reads: F64  # (READS, H + V)
    row: F64  # (D, H + V) the case, as the answers are heard
    case: F64  # (D, U) the case, as the label is judged
    label: F64  # (L, U)
    mixed: F64  # (H + H V, U)
    believed: F64  # (BELIEVED, U)
    people: F64  # (most people + 1, U)
    out: F64  # (U,)


class Attention(NamedTuple):
    """A `Net` on N cases and their M answer rows."""

    heads: int
    row: F64  # (M, H + V) who answers, on which case
    reads: F64
    case: F64  # (N, U)
    prior: F64  # (N, L) log belief before anybody has spoken
    label: F64
    mixed: F64
    believed: F64
    people: F64
    out: F64


def attend(net: Net, design: Design, rows: Rows, prior: F64) -> Attention:
    """The net on these cases, of which the pool believes `prior` (N, L) before anybody has spoken."""
    return Attention(
        heads=net.heads,
        row=net.agent[rows.agent] + summed(design, net.row)[rows.case],
        reads=net.reads,
        case=summed(design, net.case),
        prior=prior - np.logaddexp.reduce(prior, axis=1)[:, None],
        label=net.label,
        mixed=net.mixed,
        believed=net.believed,
        people=net.people,
        out=net.out,
    )


@kernel
def width(attention):  # type: ignore[no-untyped-def]
    """Sums per label that the answers are mixed in: H weights and H V weighted values."""
    if attention is None:
        return 0
    return len(attention.mixed)


@kernel
def hear(attention, r, answer, plain, contextual, mixed):  # type: ignore[no-untyped-def]
    """Add what row r says with `answer`, read as (L,) `plain` and `contextual`, to the sums `mixed` (width, L)."""
    if attention is None:
        return
    row, reads, heads = attention.row[r], attention.reads, attention.heads
    values = len(row) - heads
    for y in range(mixed.shape[1]):
        a, b = max(plain[y], FLOOR), max(contextual[y], FLOOR)
        c = 1.0 if y == answer else 0.0
        for h in range(heads):
            key = row[h] + reads[0, h] * a + reads[1, h] * b + reads[2, h] * c
            weight = np.exp(min(max(key, -STEEP), STEEP))
            mixed[h, y] += weight
            for v in range(values):
                x = row[heads + v]
                x += reads[0, heads + v] * a + reads[1, heads + v] * b + reads[2, heads + v] * c
                if x > 0.0:
                    mixed[heads + h * values + v, y] += weight * x


@kernel
def correct(attention, i, people, raw, mixed, out):  # type: ignore[no-untyped-def]
    """Fill `out` (L,): the pool's score `raw` of case i, corrected by the sums `mixed` of the answers that are in."""
    n_labels = len(raw)
    for y in range(n_labels):
        out[y] = raw[y]
    if attention is not None:
        _add_correction(attention, i, people, raw, mixed, out)


@kernel(allocates=True)
def _add_correction(attention, i, people, raw, mixed, out):  # type: ignore[no-untyped-def]
    n_labels = len(raw)
    heads, units = attention.heads, len(attention.out)
    values = attention.row.shape[1] - heads
    best, second, z, entropy = _believed(raw)
    many = min(people, attention.people.shape[0] - 1)
    believed, mix = attention.believed, attention.mixed
    hidden, common = np.empty(units), np.empty(units)
    for u in range(units):
        common[u] = attention.case[i, u] + attention.people[many, u] + believed[2, u] * entropy
    for y in range(n_labels):
        lead = raw[y] - (second if y == best else raw[best])
        own, lead, before = max(raw[y] - z, FLOOR), max(lead, FLOOR), max(attention.prior[i, y], FLOOR)
        for u in range(units):
            hidden[u] = common[u] + attention.label[y, u]
            hidden[u] += believed[0, u] * own + believed[1, u] * lead + believed[3, u] * before
        for h in range(heads):
            total = mixed[h, y]
            # how much was looked at, and what was seen there
            size = np.log1p(total)
            for u in range(units):
                hidden[u] += mix[h, u] * size
            for v in range(heads + h * values, heads + (h + 1) * values):
                seen = mixed[v, y] / (1.0 + total)
                for u in range(units):
                    hidden[u] += mix[v, u] * seen
        for u in range(units):
            if hidden[u] > 0.0:
                out[y] += attention.out[u] * hidden[u]


@kernel
def _believed(raw):  # type: ignore[no-untyped-def]
    """The likeliest label, the score of the next one, the log of all mass, the entropy."""
    best = np.argmax(raw)
    z, second = 0.0, -np.inf
    for y in range(len(raw)):
        z += np.exp(raw[y] - raw[best])
        if y != best:
            second = max(second, raw[y])
    z = np.log(z) + raw[best]
    entropy = 0.0
    for y in range(len(raw)):
        entropy -= np.exp(raw[y] - z) * (raw[y] - z)
    return best, second, z, entropy
