"""Policies that need no learning of their own: the best machine, people at random, a vote of three, hindsight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace
from mindshare.core.belief.holdout import Stage
from mindshare.core.learn import Learned
from mindshare.core.policies.setting import Setting, fused, in_file_order, nobody, trace_of, turns_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]


def random_order(learned: Learned, shared: Setting, seed: int) -> Trace:
    """People on cases at random, fused."""
    key = np.random.default_rng(seed).random(len(shared.start))
    turns = turns_of(shared)
    if not turns:
        return nobody(shared.start)
    trace = fused(learned, shared, turns, key)
    # first everybody's first person, then the second ones
    return trace_of(
        trace.start, trace.case, trace.row, key[trace.case] - trace.spoke, trace.verdict, trace.spoke
    )


def best_machine(learned: Learned, stage: Stage) -> int:
    """The machine that was worth most on held-out cases among those that answer often, -1 = there is none."""
    total = np.zeros(len(stage.history.agent_id))
    seen = np.zeros(len(total))
    for held in learned.holdout:
        answers = held.history.answers
        rows = np.flatnonzero((answers.label >= 0) & ~held.history.is_person[answers.agent])
        worth = learned.model.asking.utility[held.history.truth[answers.case[rows]], answers.label[rows]]
        total += np.bincount(answers.agent[rows], worth, len(total))
        seen += np.bincount(answers.agent[rows], minlength=len(total))
    if seen.sum() == 0:
        return -1
    return int(np.argmax(np.where(seen >= 0.5 * seen.max(), total / np.maximum(seen, 1), -np.inf)))


def best_machines_verdicts(learned: Learned, shared: Setting) -> I32:
    """The best machine's answers; where it has none, the belief's verdict."""
    out = shared.start.copy()
    opened = shared.stage.opened
    answers = shared.stage.history.answers
    rows = np.flatnonzero((answers.agent == best_machine(learned, shared.stage)) & (opened.label >= 0))
    out[opened.case[rows]] = opened.label[rows]
    return out


def majority(shared: Setting) -> Trace:
    """The label most of the first three people gave; the machines' verdict, then the earliest answer, break ties."""
    n_labels = shared.stage.opened.prior.shape[1]
    votes = np.zeros((len(shared.start), n_labels))
    parts = []
    for turn, rows in enumerate(turns_of(shared)[:3]):
        case = np.flatnonzero(rows >= 0)
        answer = shared.stage.opened.label[rows[case]]
        given = answer >= 0
        votes[case[given], answer[given]] += 1.0 + 0.01 * (turn == 0)
        tally = votes[case].copy()
        tally[np.arange(len(case)), shared.start[case]] += 0.1
        parts.append((case, rows[case], tally.argmax(1).astype(np.int32), np.full(len(case), turn)))
    if not parts:
        return nobody(shared.start)
    case, row, verdict, turn_of = (np.concatenate(p) for p in zip(*parts, strict=True))
    return trace_of(shared.start, case, row, in_file_order(shared)[case], verdict, turn_of)


def oracle(shared: Setting) -> Trace:
    """Knows the truth: asks the drawn person only where that puts a verdict right."""
    truth = shared.stage.history.truth
    case = np.flatnonzero(shared.drawn >= 0)
    answer = shared.stage.opened.label[shared.drawn[case]]
    saved = (answer == truth[case]) & (shared.start[case] != truth[case])
    verdict = np.where(saved, answer, shared.start[case]).astype(np.int32)
    return trace_of(
        shared.start, case, shared.drawn[case], saved.astype(float), verdict, np.zeros(len(case), np.int64)
    )
