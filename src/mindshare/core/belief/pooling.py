"""Learns a pool, in steps: how cases and answers are read, what subsets of answers say out of fold, how to weigh them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.agreement import Agreement, learn_agreement
from mindshare.core.belief.context import LEVEL
from mindshare.core.belief.counted import Cases, count_cases
from mindshare.core.belief.design import width_of
from mindshare.core.belief.evidence import (
    FLOOR,
    contextual_of,
    log_right,
    plain_of,
    prepare,
)
from mindshare.core.belief.likelihood import Examples, told_apart
from mindshare.core.belief.pool import Pool, Reading
from mindshare.core.belief.response import respond
from mindshare.core.belief.solve import Fitted, solve_weights
from mindshare.core.belief.subsets import Subsets, draw_subsets
from mindshare.core.belief.text import TextPrior, learn_text, ngrams, told_by_text
from mindshare.core.belief.weights import AGREED, SPOKE, WEIGHT
from mindshare.core.history import History
from mindshare.core.kernel import kernel

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

FOLDS = 5  # evidence for the weights comes from the other folds
DRAWN = 10_000  # subsets aimed at
PLENTY = 60_000  # labelled cases that the weights are fitted on at most; tables always count all
ENTRIES = 60_000_000  # evidence numbers held while fitting; fewer cases are drawn when labels are many
OWN_ANSWERS, OWN_WEIGHTS = (
    300,
    20_000,
)  # answers that a machine needs for weights of its own; how many there may be


@dataclass(frozen=True, slots=True)
class Pooling:
    """How to pool; ``fit(history)`` gives the pool.

    `machines_always`: every machine speaks before anyone is asked (machines cost nothing). `ridge` scales how strongly
    weights are held to those of their kind; `only` listens to one machine alone; `text` reads the cases' free text too.
    `unlabelled`: cases without a truth teach too, by how their answers agree (`latent_truth.py`).
    """

    seed: int = 0
    machines_always: bool = True
    ridge: float = 1.0
    only: int | None = None
    text: bool = False
    unlabelled: bool = False

    def fit(self, history: History) -> Pool:
        """Learn from the labelled cases, and from the others where `unlabelled` says so."""
        return weigh(self, *gather(self, history)).pool


class Weighed(NamedTuple):
    """A pool, and where the search for the weights of one like it begins."""

    pool: Pool
    fitted: Fitted


def gather(how: Pooling, history: History) -> tuple[Reading, Examples]:
    """How the cases are read, and what random subsets of the answers of labelled cases say out of fold."""
    rng = np.random.default_rng(how.seed)
    cases = Cases.of(history, text=how.text, unlabelled=how.unlabelled)
    reading = _read_all(how, cases)
    subsets = _draw(how, cases, reading, rng)
    fold = _folds(history.parent, rng)
    text, prior = _text(how, cases, subsets.case, fold)
    design = reading.design(cases.columns, cases.rows).take(subsets.case)
    person = cases.rows.person[subsets.row]
    times, alike = told_apart(subsets.indptr, subsets.drawn, person)
    examples = Examples(
        indptr=subsets.indptr,
        drawn=subsets.drawn,
        times=times,
        alike=alike,
        evidence=_cross_read(cases, reading, subsets.row, fold),
        agent=cases.rows.agent[subsets.row].astype(np.int64),
        person=person,
        answer=cases.rows.label[subsets.row].astype(np.int64),
        own=reading.own,
        design_at=design.at,
        design_of=design.of,
        text=text,
        truth=cases.truth[subsets.case].astype(np.int64),
        prior=reading.log_prior,
    )
    return reading._replace(text=prior), examples


def weigh(how: Pooling, reading: Reading, examples: Examples, like: Weighed | Pool | None = None) -> Weighed:
    """The pool of the weights that foretell the truth best under these subsets; the search begins at those of `like`."""
    start: Fitted | F64 | None = None
    if isinstance(like, Weighed) and _alike(reading, like.pool.reading):
        start = like.fitted
    elif isinstance(like, Pool) and _alike(reading, like.reading):
        start = like.theta
    anchor = AGREED if how.unlabelled else WEIGHT
    fitted = solve_weights(examples, reading.shape, how.ridge, start, reading.shape.start(anchor))
    return Weighed(Pool(how.machines_always, reading, fitted.theta, np.ones(SPOKE + 1)), fitted)


def _alike(one: Reading, other: Reading) -> bool:
    """Whether weights mean the same: the same agents and columns."""
    return (
        one.shape == other.shape
        and one.agents.id == other.agents.id
        and same_columns(one, other)
        and np.array_equal(one.own, other.own)
    )


def same_columns(one: Reading, other: Reading) -> bool:
    """Whether labels and columns of the design have the same numbers and ask the same, be it at other cuts."""
    ours, theirs = one.context, other.context
    return (
        one.labels == other.labels
        and one.schema.numeric == other.schema.numeric
        and one.schema.categorical == other.schema.categorical
        and np.array_equal(ours.how, theirs.how)
        and np.array_equal(ours.column, theirs.column)
        and np.array_equal(ours.at[ours.how == LEVEL], theirs.at[theirs.how == LEVEL])
        and all(len(a) == len(b) for a, b in zip(one.agreement, other.agreement, strict=True))
    )


def _read_all(how: Pooling, cases: Cases) -> Reading:
    counted = count_cases(cases, np.ones(len(cases.truth), bool))
    agreement = learn_agreement(cases.rows, len(cases.labels)) if how.machines_always else Agreement.nothing()
    person = cases.agents.is_person
    heard = np.ones(len(person), bool) if how.only is None else person | (np.arange(len(person)) == how.only)
    return Reading(
        cases.labels,
        cases.agents,
        cases.schema,
        cases.context,
        agreement,
        cases.size,
        counted.counts,
        counted.back_off,
        counted.tables,
        counted.response,
        text=None,
        truths=counted.truths,
        heard=heard,
        own=_own(cases, width_of(cases.context, agreement)),
    )


def _own(cases: Cases, width: int) -> I64:
    """(K,) number of the agent's own weights of the context, -1 where it shares those of its kind."""
    person = cases.agents.is_person
    seen = np.bincount(cases.rows.agent, minlength=len(person))
    own = np.full(len(person), -1, np.int64)
    rich = np.flatnonzero(~person & (seen >= OWN_ANSWERS))
    if 0 < len(rich) * max(width, 1) <= OWN_WEIGHTS:
        own[rich] = np.arange(len(rich))
    return own


def _draw(how: Pooling, cases: Cases, reading: Reading, rng: np.random.Generator) -> Subsets:
    """Random subsets of the answers of each labelled case; more of them where cases are few."""
    rows = cases.rows
    labelled = np.flatnonzero(cases.truth >= 0)
    per_case = max(1.0, len(rows.label) / max(len(cases.truth), 1)) * len(cases.labels) * 2
    most = int(min(PLENTY, max(200, ENTRIES / (2 * per_case))))
    if len(labelled) > most:
        labelled = np.sort(rng.choice(labelled, most, replace=False))
    turns = int(np.clip(DRAWN / max(len(labelled), 1), 2 if how.machines_always else 3, 8))
    answered = (rows.label >= 0) & reading.heard[rows.agent]
    return draw_subsets(rows, labelled, answered, turns, how.machines_always, rng)


def _cross_read(cases: Cases, reading: Reading, row: I64, fold: I64) -> F32:
    """(R, 2, L) evidence of these rows from tables that never saw their parent."""
    out = np.zeros((len(row), 2, len(reading.labels)), np.float32)
    for f in range(FOLDS):
        mine = np.flatnonzero(fold[cases.rows.case[row]] == f)
        if len(mine):
            others = count_cases(cases, fold != f)
            right = log_right(others.tables)
            _read_rows(others.tables, right, others.response, cases.rows, cases.cell, row[mine], mine, out)
    return out


def _text(how: Pooling, cases: Cases, chosen: I64, fold: I64) -> tuple[F64, TextPrior | None]:
    """(U, L) what the text of the chosen cases says, from models that never saw their parent, else (0, L); the model of all."""
    n = len(cases.labels)
    if cases.columns.text is None:
        return np.zeros((0, n)), None
    grams, labelled = ngrams(cases.columns.text), cases.truth >= 0
    whole = np.zeros((len(cases.truth), n))
    for f in range(FOLDS):
        fit, told = np.flatnonzero(labelled & (fold != f)), np.flatnonzero(fold == f)
        if len(fit) and len(told):
            whole[told] = told_by_text(learn_text(grams[fit], cases.truth[fit], n, how.seed), grams[told])
    fit = np.flatnonzero(labelled)
    return whole[chosen], learn_text(grams[fit], cases.truth[fit], n, how.seed)


def _folds(parent: I32, rng: np.random.Generator) -> I64:
    """(N,) fold of each case, parents together."""
    parents, inverse = np.unique(parent, return_inverse=True)
    return np.asarray((rng.permutation(len(parents)) % FOLDS)[inverse.ravel()])


@kernel(allocates=True)
def _read_rows(tables, right, response, rows, cell, chosen, places, out):  # type: ignore[no-untyped-def]
    n_labels = out.shape[2]
    line, manner = np.zeros((4, n_labels)), np.zeros(2)
    for j in range(len(chosen)):
        r = chosen[j]
        k, c, answer, p = rows.agent[r], cell[rows.case[r]], rows.label[r], rows.proba_row[r]
        respond(response, rows, r, manner)
        prepare(
            tables, right, k, c, np.float64(np.float32(manner[0])), np.float64(np.float32(manner[1])), line
        )
        for y in range(n_labels):
            if p < 0:
                out[places[j], 0, y] = plain_of(tables, k, line, y, answer)
            else:
                out[places[j], 0, y] = np.log(max(np.float64(rows.proba[p, y]), FLOOR))
            out[places[j], 1, y] = contextual_of(tables, k, c, line, y, answer)
