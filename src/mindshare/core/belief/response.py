"""How an answer was given, beside what it says: the confidence stated with it and the seconds it took.

Both are known once an agent has been asked, and both tell how likely the answer is right. A stated confidence is read
in bins of the agent's own confidences. The seconds of a person are read in bins of the time relative to that person's
usual time, one curve for all people: who hesitates is wrong more often (response times and accuracy: Luce 1986).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.agreement import stated
from mindshare.core.belief.context import at_most
from mindshare.core.belief.rows import Rows
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

BINS = 8
BACK_OFF = 15.0  # pseudo-answers that hold a bin to what was expected of its answers without it
USUAL_BACK_OFF = 5.0  # pseudo-answers that hold a person's usual time to everybody's
LEAST_TIMED = 200  # timed answers of people below which seconds are not read


class Response(NamedTuple):
    """Bins of confidence for each of K agents, bins of relative time for all people, and what each bin adds.

    What is added moves the log-odds of being right by the plain and by the contextual reading.
    """

    confidence_cuts: F64  # (K, BINS - 1)
    confidence_shift: F64  # (K, BINS, 2)
    usual: F64  # (K,) mean log seconds, NaN = not read
    seconds_cuts: F64  # (BINS - 1,)
    seconds_shift: F64  # (BINS, 2)


def learn_response(rows: Rows, told: I64, right: F64, expected: F64, n_agents: int) -> Response:
    """From the answers `told`, (R,) whether each is `right` and (R, 2) chances of that by both readings."""
    agent = rows.agent[told].astype(np.int64)
    confidence = stated_of(rows)[told]
    cuts, shift = np.zeros((n_agents, BINS - 1)), np.zeros((n_agents, BINS, 2))
    known = ~np.isnan(confidence)
    for k in np.unique(agent[known]):
        mine = np.flatnonzero((agent == k) & known)
        cuts[k] = _cuts(confidence[mine])
        bins = np.searchsorted(cuts[k], confidence[mine], side="right")
        shift[k] = _shift(bins, right[mine], expected[mine])
    return Response(cuts, shift, *_of_seconds(rows, told, right, expected, n_agents))


def _of_seconds(rows: Rows, told: I64, right: F64, expected: F64, n_agents: int) -> tuple[F64, F64, F64]:
    """Usual times, cuts and shifts of the relative time."""
    log_seconds = _log_seconds(rows)[told]
    timed = np.flatnonzero(~np.isnan(log_seconds))
    if len(timed) < LEAST_TIMED:
        return np.full(n_agents, np.nan), np.zeros(BINS - 1), np.zeros((BINS, 2))
    agent = rows.agent[told[timed]].astype(np.int64)
    overall = float(np.median(log_seconds[timed]))
    count = np.bincount(agent, minlength=n_agents)
    total = np.bincount(agent, log_seconds[timed], n_agents)
    usual = (total + USUAL_BACK_OFF * overall) / (count + USUAL_BACK_OFF)
    relative = log_seconds[timed] - usual[agent]
    cuts = _cuts(relative)
    bins = np.searchsorted(cuts, relative, side="right")
    return usual, cuts, _shift(bins, right[timed], expected[timed])


def _log_seconds(rows: Rows) -> F64:
    """(M,) log of the seconds that a person's answer took, NaN where it is empty, untimed or a machine's."""
    timed = (rows.person == 1) & (rows.label >= 0) & (rows.seconds > 0)
    return np.where(timed, np.log(np.where(timed, rows.seconds, 1.0).astype(np.float64)), np.nan)


def _cuts(values: F64) -> F64:
    """(BINS - 1,) quantiles."""
    return np.asarray(np.quantile(values, np.arange(1, BINS) / BINS))


def _shift(bins: I64, right: F64, expected: F64) -> F64:
    """(BINS, 2) log-odds of being right in each bin less the log-odds that were expected there."""
    seen = np.bincount(bins, minlength=BINS) + BACK_OFF
    hits = (np.bincount(bins, right, BINS) + BACK_OFF * right.mean()) / seen
    out = np.empty((BINS, 2))
    for e in range(2):
        hoped = (np.bincount(bins, expected[:, e], BINS) + BACK_OFF * expected[:, e].mean()) / seen
        out[:, e] = logit(hits) - logit(hoped)
    return out


def logit(p: F64) -> F64:
    """Log-odds of chances, which are kept away from 0 and 1."""
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p) - np.log1p(-p))


@kernel(allocates=True)
def stated_of(rows):  # type: ignore[no-untyped-def]
    """(M,) the confidence stated with each answer, NaN where there is none."""
    out = np.empty(len(rows.label))
    for r in range(len(out)):
        out[r] = stated(rows, r)
    return out


@kernel
def respond(response, rows, r, out):  # type: ignore[no-untyped-def]
    """Fill (2,) `out`: what the manner of row r's answer adds to its plain and its contextual log-odds of being right."""
    out[0], out[1] = 0.0, 0.0
    k, sure = rows.agent[r], stated(rows, r)
    if not np.isnan(sure):
        b = at_most(response.confidence_cuts[k], sure)
        out[0] += response.confidence_shift[k, b, 0]
        out[1] += response.confidence_shift[k, b, 1]
    if rows.person[r] == 1 and rows.label[r] >= 0 and rows.seconds[r] > 0:
        usual = response.usual[k]
        if not np.isnan(usual):
            relative = np.log(np.float64(rows.seconds[r])) - usual
            b = at_most(response.seconds_cuts, relative)
            out[0] += response.seconds_shift[b, 0]
            out[1] += response.seconds_shift[b, 1]
