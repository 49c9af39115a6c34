"""What the simple policies share: machines have spoken, one person a case is drawn; and how questions become a trace."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace
from mindshare.core.asking.verdict import best_verdicts
from mindshare.core.belief.holdout import Stage
from mindshare.core.learn import Learned

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]


class Setting(NamedTuple):
    """What the simple policies share on one stage: all machines have spoken, one person a case is drawn."""

    stage: Stage
    start: I32  # (N,) verdict of all machines together
    confidence: F64  # (N,) its probability
    people: I64  # rows of people, sorted by case
    drawn: I64  # (N,) one person's row a case, -1 where nobody is askable


def setting(learned: Learned, stage: Stage, seed: int) -> Setting:
    """Prepare a stage; the person is drawn by `seed`, without a look at any answer."""
    opened, cases = stage.opened, np.arange(len(stage.history))
    scores = stage.belief.scores(opened, stage.machines())
    confidence = 1.0 / np.exp(scores - scores.max(1, keepdims=True)).sum(1)
    people = np.flatnonzero(opened.person == 1)
    drawn = np.full(len(cases), -1, np.int64)
    shuffled = people[np.random.default_rng(seed).permutation(len(people))]
    drawn[opened.case[shuffled]] = shuffled
    start = best_verdicts(opened, stage.machines(), cases, learned.model.asking.utility)
    return Setting(stage, start, confidence, people, drawn)


def nobody(start: I32) -> Trace:
    """No question: the verdicts stand."""
    none = np.zeros(0, np.int64)
    return Trace(start, none, none, np.zeros(0), np.zeros(0), np.zeros(0, np.int32), none)


def trace_of(start: I32, case: I64, row: I64, key: F64, verdict: I32, turn: I64) -> Trace:
    """The questions with the largest keys first; `turn`: how many of the case came before."""
    order = np.lexsort((turn, case, -key))
    return Trace(start, case[order], row[order], key[order], np.zeros(len(case)), verdict[order], turn[order])


def in_file_order(shared: Setting) -> F64:
    """Falls from 0 to -1 along the file, so that it means the same for any number of cases."""
    return -np.arange(len(shared.start)) / max(len(shared.start), 1)


def by_arrival(shared: Setting) -> F64:
    """The same in the order of arrival, where that is known."""
    arrived = shared.stage.history.arrived
    if arrived is None:
        return in_file_order(shared)
    order = np.argsort(np.where(np.isnan(arrived), np.inf, arrived), kind="stable")
    key = np.empty(len(order))
    key[order] = in_file_order(shared)
    return key


def replaced(shared: Setting, rows: I64, key: F64) -> Trace:
    """One question a case; the answer stands (an empty one leaves the machines' verdict)."""
    case = np.flatnonzero(rows >= 0)
    answer = shared.stage.opened.label[rows[case]]
    verdict = np.where(answer >= 0, answer, shared.start[case]).astype(np.int32)
    return trace_of(shared.start, case, rows[case], key[case], verdict, np.zeros(len(case), np.int64))


def fused(learned: Learned, shared: Setting, turns: list[I64], key: F64) -> Trace:
    """In each turn one row a case (-1 = none); every answer is fused with all that is known by then."""
    stage = shared.stage
    known = stage.machines()
    parts = []
    for turn, rows in enumerate(turns):
        case = np.flatnonzero(rows >= 0)
        known[rows[case]] = True
        verdict = best_verdicts(stage.opened, known, case, learned.model.asking.utility)
        parts.append((case, rows[case], key[case], verdict, np.full(len(case), turn)))
    if not parts:
        return nobody(shared.start)
    case, row, price, verdict, turn_of = (np.concatenate(p) for p in zip(*parts, strict=True))
    return trace_of(shared.start, case, row, price, verdict, turn_of)


def turns_of(shared: Setting) -> list[I64]:
    """All people in the order of the file: turn t holds each case's t-th person. Of a person's two seats the first one counts."""
    people, other = shared.people, shared.stage.opened.rows.other
    if other is not None:
        people = people[(other[people] < 0) | (other[people] > people)]
    case = shared.stage.opened.case[people]
    first = np.searchsorted(case, case, side="left")
    place = np.arange(len(case)) - first
    out = []
    for turn in range(int(place.max(initial=-1)) + 1):
        rows = np.full(len(shared.start), -1, np.int64)
        rows[case[place == turn]] = people[place == turn]
        out.append(rows)
    return out
