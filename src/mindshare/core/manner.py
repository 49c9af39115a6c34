"""How an answer was given, beside what it says: the confidence stated with it and the seconds it took.

Both are known once an agent has been asked, and both tell how likely the answer is right. A stated confidence is read
in bins of the agent's own confidences. The seconds of a person are read in bins of the time relative to that person's
usual time, one curve for all people: who hesitates is wrong more often (response times and accuracy: Luce 1986).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import History

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

BINS = 8
BACK_OFF = 15.0  # pseudo-answers that hold a bin to what was expected of its answers without it
USUAL_BACK_OFF = 5.0  # pseudo-answers that hold a person's usual time to everybody's
LEAST_TIMED = 200  # timed answers of people below which seconds are not read


class Manner:
    """``fit`` on answers whose truth is known, then ``shift(history)`` (M, 2) moves their log-odds of being right."""

    def fit(self, history: History, rows: I64, right: F64, expected: F64) -> Manner:
        """`rows` answers, (R,) whether each is `right`, (R, 2) chances of that by the plain and the contextual reading."""
        agent = history.answers.agent[rows].astype(np.int64)
        self._fit_confidence(stated_confidence(history)[rows], agent, len(history.agent_id), right, expected)
        self._fit_seconds(history, rows, agent, right, expected)
        return self

    def _fit_confidence(self, confidence: F64, agent: I64, n_agents: int, right: F64, expected: F64) -> None:
        self.confidence_cuts_ = np.zeros((n_agents, BINS - 1))
        self.confidence_shift_ = np.zeros((n_agents, BINS, 2))
        for k in np.unique(agent[~np.isnan(confidence)]):
            mine = (agent == k) & ~np.isnan(confidence)
            self.confidence_cuts_[k] = _cuts(confidence[mine])
            bins = np.searchsorted(self.confidence_cuts_[k], confidence[mine], side="right")
            self.confidence_shift_[k] = _shift(bins, right[mine], expected[mine])

    def _fit_seconds(self, history: History, rows: I64, agent: I64, right: F64, expected: F64) -> None:
        self.seconds_cuts_, self.seconds_shift_ = np.zeros(BINS - 1), np.zeros((BINS, 2))
        log_seconds = _log_seconds(history)[rows]
        timed = np.flatnonzero(~np.isnan(log_seconds))
        self.usual_ = np.full(len(history.agent_id), np.nan)
        if len(timed) < LEAST_TIMED:
            return
        overall = float(np.median(log_seconds[timed]))
        count = np.bincount(agent[timed], minlength=len(self.usual_))
        total = np.bincount(agent[timed], log_seconds[timed], len(self.usual_))
        self.usual_ = (total + USUAL_BACK_OFF * overall) / (count + USUAL_BACK_OFF)
        relative = log_seconds[timed] - self.usual_[agent[timed]]
        self.seconds_cuts_ = _cuts(relative)
        bins = np.searchsorted(self.seconds_cuts_, relative, side="right")
        self.seconds_shift_ = _shift(bins, right[timed], expected[timed])

    def shift(self, history: History) -> F32:
        """(M, 2) what the manner of each answer adds to its plain and its contextual log-odds of being right."""
        a = history.answers
        out = np.zeros((len(a), 2), np.float32)
        confidence = stated_confidence(history)
        known = np.flatnonzero(~np.isnan(confidence))
        for k in np.unique(a.agent[known]):
            mine = known[a.agent[known] == k]
            bins = np.searchsorted(self.confidence_cuts_[k], confidence[mine], side="right")
            out[mine] = self.confidence_shift_[k, bins]
        relative = _log_seconds(history) - self.usual_[a.agent]
        timed = np.flatnonzero(~np.isnan(relative))
        bins = np.searchsorted(self.seconds_cuts_, relative[timed], side="right")
        out[timed] += self.seconds_shift_[bins].astype(np.float32)
        return out


def stated_confidence(history: History) -> F64:
    """(M,) the confidence given with an answer, else the probability of the answered label, else NaN."""
    a = history.answers
    out = a.confidence.astype(np.float64)
    rows = np.flatnonzero(np.isnan(out) & (a.proba_row >= 0) & (a.label >= 0))
    out[rows] = a.proba[a.proba_row[rows], a.label[rows]]
    return out


def _log_seconds(history: History) -> F64:
    """(M,) log of the seconds that a person's answer took, NaN where it is empty, untimed or a machine's."""
    a = history.answers
    timed = history.is_person[a.agent] & (a.label >= 0) & (a.seconds > 0)
    return np.where(timed, np.log(np.where(timed, a.seconds, 1.0)), np.nan)


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
