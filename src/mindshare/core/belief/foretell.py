"""How sure a belief may be where no truth is known: as sure as foretells the next answer best.

A belief that is too sure is surprised by the next person who disagrees. So the temperature for n people is the one at which

    p(next answer | n answers)  =  sum over labels y of belief(y | n answers) . p(answer | y, agent)

is greatest over all people who answered next, in a random order: a predictive likelihood (Geisser and Eddy 1979). It cannot see an
error that all people share.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.holdout import Stage
from mindshare.core.belief.state import Opened, read, scores_of
from mindshare.core.belief.temperature import LEAST
from mindshare.core.belief.weights import SPOKE
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
STEPS = np.linspace(0.1, 1.0, 19)  # temperatures that are tried


def temperature_without_truth(stage: Stage, rng: np.random.Generator) -> F64:
    """(SPOKE + 1,) the temperature when n people have spoken; a number that is rarely seen takes that of the number before."""
    opened, out = stage.opened, np.ones(SPOKE + 1)
    spoke = _order(opened, rng)
    for n in range(SPOKE + 1):
        row = np.flatnonzero(spoke == n)
        if len(row) < LEAST:
            out[n] = out[n - 1] if n else 1.0
            continue
        known = stage.machines() | ((spoke >= 0) & (spoke < n))
        scores = scores_of(opened, known, opened.case[row].astype(np.int64))
        said = _says(opened, row)
        out[n] = STEPS[int(np.argmax([_foretold(step * scores, said) for step in STEPS]))]
    return out


def _order(opened: Opened, rng: np.random.Generator) -> I64:
    """(M,) how many people of the case spoke before, in a random order; -1: a machine's row or an empty answer."""
    people = np.flatnonzero((opened.person == 1) & (opened.label >= 0))
    people = people[np.lexsort((rng.random(len(people)), opened.case[people]))]
    case = opened.case[people]
    out = np.full(len(opened.person), -1, np.int64)
    out[people] = np.arange(len(people)) - np.searchsorted(case, case)
    return out


def _foretold(scores: F64, said: F64) -> float:
    """The mean log-probability of the answers, of which `said` (Q, L) has log p(answer | truth)."""
    both = np.logaddexp.reduce(scores + said, axis=1) - np.logaddexp.reduce(scores, axis=1)
    return float(both.mean())


@kernel(allocates=True)
def _says(opened, rows):  # type: ignore[no-untyped-def]
    """(Q, L) log p(answer | truth) of these rows, in their cells."""
    n_labels = opened.prior.shape[1]
    out, line, plain = np.empty((len(rows), n_labels)), np.zeros((4, n_labels)), np.zeros(n_labels)
    for j in range(len(rows)):
        read(opened, rows[j], line, plain, out[j])
    return out
