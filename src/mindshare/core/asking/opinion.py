"""A second opinion where one person has spoken against the verdict: whose word counts?

The belief weighs the answer against the machines: it knows who errs with whom, which takes data to learn. How good the person is, and how
good the verdict, is easier to learn (`edge`), and says the same if the two err apart:

    second = log-odds of P(person good) - log-odds of P(verdict good).

The log-odds of the answer against the verdict before it become (1 - weight) . first + weight . second, a logarithmic pool of two
opinions (Genest and Zidek 1986). The weight is what held-out answers say, beginning at a half. Once two people have spoken, the belief
alone decides: of two answers together the edge knows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.edge import SHAPE, Edge, goodness, shape_of, skill_of, told_apart
from mindshare.core.asking.verdict import best_of, best_verdict, is_accuracy
from mindshare.core.belief.holdout import Stage
from mindshare.core.belief.state import Opened, scores_of, state, tally
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
WEIGHT, SPREAD = 0.5, 0.25  # of the second opinion, before anything is seen (docs/belief.md)
WEIGHTS = np.linspace(0.0, 1.0, 101)


def heard_scores(edge: Edge, opened: Opened, known: Mask, cases: I64, utility: F64) -> F64:
    """(len(cases), L) log belief up to a constant, given the rows that are known, with the second opinion where there is one."""
    cases = cases.astype(np.int64, copy=False)
    scores = scores_of(opened, known, cases)
    if edge.opinion > 0:
        alone = _heard_alone(opened.rows, known, cases)
        at = np.flatnonzero(alone >= 0)
        if len(at):
            first, second, _ = opinions(edge, opened, known, alone[at], utility)
            scores[at, opened.label[alone[at]]] += edge.opinion * (second - first)
    return scores


def heard_verdicts(edge: Edge, opened: Opened, known: Mask, cases: I64, utility: F64) -> NDArray[np.int32]:
    """(len(cases),) the verdict of the highest expected utility on these scores."""
    return best_of(heard_scores(edge, opened, known, cases, utility), utility)


def opinions(edge: Edge, opened: Opened, known: Mask, rows: I64, utility: F64) -> tuple[F64, F64, I64]:
    """(len(rows),) log-odds of each answer against the verdict before it, by the belief and by the edge; that verdict.

    Both are 0 where the answer is empty or is that verdict. What else is known of the case is heard before.
    """
    told: tuple[F64, F64, I64] = _opinions(edge, opened, known.copy(), rows, utility)
    return told


def with_opinion(
    stages: Sequence[Stage], apart: Sequence[Edge], edge: Edge, utility: F64
) -> tuple[list[Edge], Edge]:
    """The edges of held-out stages, each learnt on the others, and that of all, with the weight of the second opinion.

    None where no edge was learnt.
    """
    if not apart:
        return [], edge
    parts = []
    for stage, mine in zip(stages, apart, strict=True):
        opened, truth = stage.opened, stage.history.truth
        for rows in stage.one_by_one():
            first, second, verdict = opinions(mine, opened, stage.machines(), rows, utility)
            said, true = opened.label[rows], truth[opened.case[rows]]
            settles = (said >= 0) & (said != verdict) & ((said == true) | (verdict == true))
            parts.append(np.stack([first, second, said == true])[:, settles])
    first, second, right = np.concatenate(parts, axis=1)
    weight = opinion_weight(first, second, right > 0)
    return [e._replace(opinion=weight) for e in apart], edge._replace(opinion=weight)


def opinion_weight(first: F64, second: F64, right: Mask) -> float:
    """The likeliest weight, from answers (n,) that differ from a verdict where one of the two is right; `right`: the answer is."""
    odds = np.outer(1 - WEIGHTS, first) + np.outer(WEIGHTS, second)
    likely = -np.logaddexp(0.0, np.where(right, -odds, odds)).sum(axis=1)
    return float(WEIGHTS[np.argmax(likely - 0.5 * ((WEIGHTS - WEIGHT) / SPREAD) ** 2)])


@kernel(allocates=True)
def _heard_alone(rows, known, cases):  # type: ignore[no-untyped-def]
    """(len(cases),) the row of the one person whose answer is known, -1 where nobody, or more than one, has said anything."""
    out = np.full(len(cases), -1, np.int64)
    for j in range(len(cases)):
        count = 0
        for r in range(rows.indptr[cases[j]], rows.indptr[cases[j] + 1]):
            if known[r] and rows.person[r] == 1 and rows.label[r] >= 0:
                out[j], count = r, count + 1
        if count != 1:
            out[j] = -1
    return out


@kernel(allocates=True)
def _opinions(edge, opened, known, heard, utility):  # type: ignore[no-untyped-def]
    n_labels, here, rows = opened.prior.shape[1], tally(opened), opened.rows
    scratch, before, after = np.empty((6, n_labels)), np.empty(n_labels), np.empty(n_labels)
    log_belief, belief, x = np.empty(n_labels), np.empty(n_labels), np.empty(SHAPE + told_apart(n_labels))
    first, second, verdict = np.zeros(len(heard)), np.zeros(len(heard)), np.zeros(len(heard), np.int64)
    accuracy = is_accuracy(utility)
    for j in range(len(heard)):
        r = heard[j]
        i, k, said, was = np.int64(rows.case[r]), rows.agent[r], rows.label[r], known[r]
        known[r] = False
        state(opened, known, i, here, scratch, before)
        shape_of(before, log_belief, belief, x)
        verdict[j] = best_verdict(belief, utility, accuracy)
        if said >= 0 and said != verdict[j]:
            known[r] = True
            state(opened, known, i, here, scratch, after)
            first[j] = after[said] - after[verdict[j]]
            good, person = goodness(edge, opened, i, x)
            second[j] = person + skill_of(edge, opened, i, k) - good
        known[r] = was
    return first, second, verdict
