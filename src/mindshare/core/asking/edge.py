"""A second estimate of a first question: how much more the person's answer is worth than the verdict that stands.

The value of an answer is the belief's promise: it knows who errs with whom and what two answers say together, which takes data to
learn. How good a person's answer is, and how good the verdict, are two logistic regressions on a few numbers that
describe the belief (learning to defer: Madras et al. 2018): less to know, and less to learn. Their difference is the *edge*. How
good: its utility, from 0, the worst that could be said given the truth, to 1; under accuracy that is the chance to be right.
Both foretell what an answer brings, so both are heard: (1 - weight) . index + weight . edge (stacking: Wolpert 1992). The
weight is what held-out answers say, beginning at what other histories have shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mindshare.core.asking.channel import channel_for, log_belief_of
from mindshare.core.asking.value import values
from mindshare.core.asking.verdict import best_verdicts
from mindshare.core.belief.holdout import Stage
from mindshare.core.belief.state import Opened, state, tally
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
SHAPE = 6  # numbers that describe a belief: 1, its top, margin, log-odds, entropy and second
SKILL = 2  # and a person: log-odds of being right, overall and in the cell
LABELS = 100  # labels beyond this are not told apart
MOST = 20_000  # rows that a regression is fitted on
WEIGHT, SPREAD = 0.4, 0.2  # of the edge, on other histories (docs/belief.md)


class Edge(NamedTuple):
    """Coefficients for the log-odds of how good the verdict, and a person's answer, is; what weight that has."""

    verdict: F64  # (F,) F: SHAPE, the likeliest label, the columns of the design
    person: F64  # (F + SKILL,) the last two are of the person
    weight: float  # of their difference, in what a first question is worth
    opinion: float  # in the verdict after one answer that differs (`opinion`)


class Described(NamedTuple):
    """What the regressions learn from: N held-out cases before any person has spoken, and the R answers of people to them."""

    case: F64  # (N, F)
    verdict: F64  # (N,) how good it is
    answer: F64  # (R, F + SKILL)
    person: F64  # (R,) how good the answer is


def no_edge() -> Edge:
    """An edge that has no weight."""
    return Edge(np.zeros(SHAPE), np.zeros(SHAPE + SKILL), 0.0, 0.0)


def describe(stage: Stage, width: int, utility: F64, unit: float) -> Described:
    """The cases of this stage whose truth is known, and people's answers to them; `width`: columns of the design."""
    good = (utility - utility.min(1, keepdims=True)) / unit
    opened, truth, known = stage.opened, stage.history.truth, stage.machines()
    cases = np.flatnonzero(truth >= 0)
    shape = _shapes(opened, known, np.arange(opened.n_cases), SHAPE + told_apart(opened.prior.shape[1]))
    x = np.hstack([shape, opened.design.matrix(width).toarray()])
    verdict = best_verdicts(opened, known, cases, utility)
    rows = np.flatnonzero((opened.person == 1) & (opened.label >= 0) & (truth[opened.case] >= 0))
    case = opened.case[rows]
    tables, agent = opened.shared.tables, opened.rows.agent[rows]
    skill = np.stack([tables.plain[agent], tables.here[agent, opened.cell[case]]], axis=1)
    of_verdict, of_answer = good[truth[cases], verdict], good[truth[case], opened.label[rows]]
    return Described(x[cases], of_verdict, np.hstack([x[case], skill]), of_answer)


def fit_edge(seen: Sequence[Described], weight: float) -> Edge:
    """The regressions of these cases and answers."""
    return Edge(
        _fit(np.concatenate([s.case for s in seen]), np.concatenate([s.verdict for s in seen])),
        _fit(np.concatenate([s.answer for s in seen]), np.concatenate([s.person for s in seen])),
        weight,
        0.0,
    )


def learn_edges(
    stages: Sequence[Stage], width: int, coefficient: F64, utility: F64, unit: float
) -> tuple[list[Edge], Edge]:
    """The edge for each held-out stage, learnt on the others, and that of all.

    `width`: columns of the design, which has to be that of one reading on all stages; `coefficient` is the answer channel's.
    No stages, or nobody who answered in two of them: ([], an edge without weight).
    """
    seen = [describe(stage, width, utility, unit) for stage in stages]
    if sum(len(s.answer) > 0 for s in seen) < 2:
        return [], no_edge()
    apart = [fit_edge([s for s in seen if s is not mine], 0.0) for mine in seen]
    pairs = zip(stages, apart, strict=True)
    tried = [_tried(stage, edge, coefficient, utility, unit) for stage, edge in pairs]
    weight = weight_of(*np.concatenate(tried, axis=1))
    return [edge._replace(weight=weight) for edge in apart], fit_edge(seen, weight)


def _tried(stage: Stage, edge: Edge, coefficient: F64, utility: F64, unit: float) -> F64:
    """(3, n) value, edge and what was brought, in parts of what is at stake, by answers of people asked first."""
    opened, truth, tables = stage.opened, stage.history.truth, stage.opened.shared.tables
    channel = channel_for(coefficient, tables, stage.belief.reading.agents.is_person)
    before = best_verdicts(opened, stage.machines(), np.arange(opened.n_cases), utility)
    parts = [np.zeros((3, 0))]
    for rows in stage.one_by_one():
        known, case = stage.machines(), opened.case[rows].astype(np.int64)
        value = values(opened, known, rows, channel, utility) / unit
        apart = edges_of(edge, opened, known, rows)
        known[rows] = True
        after = best_verdicts(opened, known, case, utility)
        gain = utility[truth[case], after] - utility[truth[case], before[case]]
        parts.append(np.stack([value, apart, gain / unit]))
    return np.concatenate(parts, axis=1)


def weight_of(value: F64, edge: F64, brought: F64) -> float:
    """The weight of the edge, from what answers promised by both, and what they brought, (n,) each: a normal posterior.

    What an answer brings less its value is the weight times (edge less value), and noise.
    """
    apart, missed = edge - value, brought - value
    noise = (float((missed**2).sum()) + 1.0) / (len(missed) + 1.0)
    evidence, prior = 1 / noise, 1 / SPREAD**2
    weight = (evidence * float(apart @ missed) + prior * WEIGHT) / (evidence * float(apart @ apart) + prior)
    return float(np.clip(weight, 0.0, 1.0))


def edges_of(edge: Edge, opened: Opened, known: Mask, rows: I64) -> F64:
    """(len(rows),) how much better whoever answers each row is than the verdict; 0 where not, and where a person has spoken.

    A part of what is at stake.
    """
    return _edges(edge, opened, known, rows.astype(np.int64, copy=False))


def _fit(x: F64, good: F64) -> F64:
    """Coefficients of a logistic regression; where all that was seen is as good, or as bad, as can be, the log-odds of that share.

    What is good in part counts in part as good, in part as bad.
    """
    coefficient = np.zeros(x.shape[1])
    some = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST)).astype(np.int64))
    x, good = x[some], good[some]
    well, ill = np.flatnonzero(good > 0), np.flatnonzero(good < 1)
    if len(well) and len(ill):
        told, both = np.repeat([True, False], [len(well), len(ill)]), np.concatenate([well, ill])
        weight = np.concatenate([good[well], 1 - good[ill]])
        # by Newton steps: few columns, and where they end does not hang on how the columns are scaled
        model = LogisticRegression(C=1.0, solver="newton-cholesky")
        fitted = model.fit(x[both, 1:], told, sample_weight=weight)
        coefficient[0], coefficient[1:] = fitted.intercept_[0], fitted.coef_[0]
    else:
        coefficient[0] = np.log((good.sum() + 1) / (len(good) - good.sum() + 1))
    return coefficient


@kernel
def told_apart(n_labels):  # type: ignore[no-untyped-def]
    """How many labels have a coefficient of their own."""
    return n_labels if n_labels <= LABELS else 0


@kernel(allocates=True)
def _shapes(opened, known, cases, width):  # type: ignore[no-untyped-def]
    n_labels, here = opened.prior.shape[1], tally(opened)
    scratch, score = np.empty((6, n_labels)), np.empty(n_labels)
    log_belief, belief, out = np.empty(n_labels), np.empty(n_labels), np.empty((len(cases), width))
    for j in range(len(cases)):
        state(opened, known, cases[j], here, scratch, score)
        shape_of(score, log_belief, belief, out[j])
    return out


@kernel
def shape_of(score, log_belief, belief, x):  # type: ignore[no-untyped-def]
    """Fill x with what describes the belief of these scores, and on the way `log_belief` and `belief`."""
    _, entropy, best, _ = log_belief_of(score, log_belief, belief)
    top, second = belief[best], 0.0
    for y in range(len(belief)):
        if y != best:
            second = max(second, belief[y])
    x[:] = 0.0
    x[0], x[1], x[2] = 1.0, top, top - second
    x[3] = np.log(top + 1e-9) - np.log1p(-top + 1e-9)
    x[4], x[5] = -entropy, second
    if len(x) > SHAPE:
        x[SHAPE + best] = 1.0


@kernel(allocates=True)
def _edges(edge, opened, known, asked):  # type: ignore[no-untyped-def]
    n_labels, here, rows = opened.prior.shape[1], tally(opened), opened.rows
    scratch, score = np.empty((6, n_labels)), np.empty(n_labels)
    log_belief, belief, x = np.empty(n_labels), np.empty(n_labels), np.empty(SHAPE + told_apart(n_labels))
    out, last, first, verdict, person = np.zeros(len(asked)), np.int64(-1), True, 0.0, 0.0
    for j in range(len(asked)):
        r = asked[j]
        i, k = np.int64(rows.case[r]), rows.agent[r]
        if i != last:
            last, first = i, True
            for s in range(rows.indptr[i], rows.indptr[i + 1]):
                if known[s] and rows.person[s] == 1:
                    first = False
            if not first:
                continue
            state(opened, known, i, here, scratch, score)
            shape_of(score, log_belief, belief, x)
            verdict, person = goodness(edge, opened, i, x)
        if not first:
            continue
        mine = person + skill_of(edge, opened, i, k)
        out[j] = max(1 / (1 + np.exp(-mine)) - 1 / (1 + np.exp(-verdict)), 0.0)
    return out


@kernel
def goodness(edge, opened, i, x):  # type: ignore[no-untyped-def]
    """Log-odds of how good the verdict on case i is, and an answer but for the skill of who gives it; x describes the belief."""
    design, verdict, person = opened.design, 0.0, 0.0
    for f in range(len(x)):
        verdict += x[f] * edge.verdict[f]
        person += x[f] * edge.person[f]
    for d in range(design.at[i], design.at[i + 1]):
        verdict += edge.verdict[len(x) + design.of[d]]
        person += edge.person[len(x) + design.of[d]]
    return verdict, person


@kernel
def skill_of(edge, opened, i, k):  # type: ignore[no-untyped-def]
    """What the skill of agent k adds to these log-odds."""
    tables, own = opened.shared.tables, len(edge.verdict)
    return tables.plain[k] * edge.person[own] + tables.here[k, opened.cell[i]] * edge.person[own + 1]
