"""The default belief: a weighted log-opinion pool of the answers that are in.

    score(y) = prior(y | context) + sum over answers r of (w[r] + u[kind, how many spoke]) . evidence[r](y)

`w` depends on the agent and on the context, so that agents that err together do not count twice and a machine that
is lost in fog is not listened to there. Weights are fitted to the log-loss on cross-fitted evidence under random
subsets of answers, so that every subset is a valid input. (Dawid-Skene evidence; logarithmic opinion pool, Genest
and Zidek 1986; weights by penalised maximum likelihood with L-BFGS.)
"""

from __future__ import annotations

from copy import copy
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from mindshare.core.context import Context
from mindshare.core.evidence import Evidence, Sheet, Tables, contextual_of, plain_of, read
from mindshare.core.history import History
from mindshare.core.text import TextPrior, ngrams
from mindshare.core.unison import Unison

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

SPOKE = 12  # weights know "n answers of this kind are in" up to this many
ITERATIONS = 60
FOLDS = 5  # evidence for the weights comes from the other folds
DRAWN = 10_000  # draws aimed at
PLENTY = 60_000  # labelled cases that the weights are fitted on at most; tables always count all
ENTRIES = 60_000_000  # evidence numbers held while fitting; fewer cases are drawn when labels are many
AGENT_RIDGE, CONTEXT_RIDGE, SPOKE_RIDGE, BIAS_RIDGE = 30.0, 1000.0, 3.0, 100.0


class Open(NamedTuple):
    """A history prepared for one pool: `prior` (N, L) and, an answer row, its sheet and (M, 2) weights."""

    indptr: I64
    prior: F64
    sheet: Sheet
    weight: F64
    person: I64  # (M,) 0 machine, 1 person
    tables: Tables
    spoke: F64  # (2, SPOKE + 1, 2)
    own: I64  # (M,) number of the machine's own weights, -1 = none
    own_spoke: F64  # (own, SPOKE + 1, 2)
    sharp: F64  # (SPOKE + 1,) temperature of the scores by how many people spoke


class Pool:
    """``fit(history)`` learns from the labelled cases; ``open(history)`` prepares cases; ``scores`` gives beliefs."""

    family = "pool"
    theta_: F64
    shape_: _Shape

    def __init__(
        self,
        seed: int = 0,
        machines_always: bool = True,
        ridge: float = 1.0,
        only: int | None = None,
        text: bool = False,
    ) -> None:
        """`machines_always`: every machine speaks before anyone is asked (machines cost nothing).

        `ridge` scales how strongly weights are held to those of their kind; `only` listens to one machine alone;
        `text` reads the cases' free text too.
        """
        self.seed, self.machines_always, self.ridge, self.only = seed, machines_always, ridge, only
        self.text = text

    def fit(self, history: History, warm: Pool | None = None) -> Pool:
        """Learn from the labelled cases; `warm`: a pool fitted on much the same cases, whose weights are the start."""
        self.context_ = Context().fit(history)
        self.unison_ = Unison().fit(history) if self.machines_always else None
        cell, labelled = self.context_.cell(history), history.truth >= 0
        self.n_labels_ = n = len(history.team.labels)
        counts = np.bincount(history.truth[labelled], minlength=n).astype(float)
        self.log_prior_ = np.log((counts + 0.5) / (counts.sum() + 0.5 * n))
        rng = np.random.default_rng(self.seed)
        self.evidence_ = Evidence().fit(history, cell, self.context_.n_cells, labelled)
        draws = self._draw(history, labelled, rng)
        fold = _folds(history, rng)
        read_ = self._cross_read(history, cell, labelled, draws, fold)
        text = self._cross_text(history, labelled, draws, fold)
        self._fit_weights(history, draws, read_, text, warm)
        self.sharp_ = np.ones(SPOKE + 1)
        return self

    # -- fitting ---------------------------------------------------------------------------------------------------
    def _draw(self, history: History, labelled: Mask, rng: np.random.Generator) -> Draws:
        """Random subsets of the answers of each labelled case; more of them where cases are few."""
        a = history.answers
        cases = np.flatnonzero(labelled)
        per_case = max(1.0, len(a) / max(len(history), 1)) * self.n_labels_ * 2
        most = int(min(PLENTY, max(200, ENTRIES / (2 * per_case))))
        if len(cases) > most:
            cases = np.sort(rng.choice(cases, most, replace=False))
        person, answered = history.is_person[a.agent], (a.label >= 0) & self._heard(history)
        heads, rows = [], []
        turns = int(np.clip(DRAWN / max(len(cases), 1), 2 if self.machines_always else 3, 8))
        for turn in range(turns):
            keep = _random_subset(a.indptr, cases, person, answered, self.machines_always, turn, rng)
            heads.append(cases)
            rows.append(keep)
        return Draws.stack(heads, rows)

    def _heard(self, history: History) -> Mask:
        """(M,) rows that the pool listens to."""
        agent = history.answers.agent
        if self.only is None:
            return np.ones(len(agent), bool)
        return np.asarray(history.is_person[agent] | (agent == self.only))

    def _cross_read(
        self, history: History, cell: NDArray[np.int32], labelled: Mask, draws: Draws, fold: I64
    ) -> NDArray[np.float32]:
        """(R, 2, L) evidence of the drawn rows from tables that never saw their parent."""
        out = np.zeros((len(draws.row), 2, self.n_labels_), np.float32)
        for f in range(FOLDS):
            mine = np.flatnonzero(fold[history.answers.case[draws.row]] == f)
            if len(mine):
                evidence = Evidence().fit(history, cell, self.context_.n_cells, labelled & (fold != f))
                _read_rows(evidence.sheet(history, cell), evidence.tables_, draws.row[mine], mine, out)
        return out

    def _cross_text(self, history: History, labelled: Mask, draws: Draws, fold: I64) -> F64:
        """(D, L) what the text of the drawn cases says, from models that never saw their parent; else (0, L)."""
        grams = ngrams(history) if self.text else None
        if grams is None:
            self.text_: TextPrior | None = None
            return np.zeros((0, self.n_labels_))
        whole = np.zeros((len(history), self.n_labels_))
        for f in range(FOLDS):
            fit, told = np.flatnonzero(labelled & (fold != f)), np.flatnonzero(fold == f)
            prior = TextPrior(self.seed).fit(grams[fit], history.truth[fit], self.n_labels_)
            whole[told] = prior.log_odds(grams[told])
        fit = np.flatnonzero(labelled)
        self.text_ = TextPrior(self.seed).fit(grams[fit], history.truth[fit], self.n_labels_)
        return np.asarray(whole[draws.case])

    def _fit_weights(
        self, history: History, draws: Draws, evidence: NDArray[np.float32], text: F64, warm: Pool | None
    ) -> None:
        design = self._design(history)
        self.own_ = self._agents_with_own_context(history, design.shape[1])
        owners = int(self.own_.max(initial=-1)) + 1
        shape = _Shape(len(history.agent_id), design.shape[1], owners, self.n_labels_)
        agent = history.answers.agent[draws.row].astype(np.int64)
        problem = _Problem(
            shape=shape,
            evidence=evidence,
            text=text,
            indptr=draws.indptr,
            agent=agent,
            person=history.is_person[agent].astype(np.int64),
            own=self.own_[agent],
            design=design[draws.case],
            truth=history.truth[draws.case].astype(np.int64),
            prior=self.log_prior_,
            ridge=self.ridge,
        )
        alike = warm is not None and warm.shape_ == shape and warm.context_.columns_ == self.context_.columns_
        self.theta_ = problem.solve(warm.theta_ if warm is not None and alike else None)
        self.shape_ = shape

    def _agents_with_own_context(self, history: History, width: int) -> I64:
        """(K,) number of the agent's own context weights, -1 where it shares those of its kind."""
        a = history.answers
        seen = np.bincount(a.agent, minlength=len(history.agent_id))
        own = np.full(len(history.agent_id), -1, np.int64)
        rich = np.flatnonzero(~history.is_person & (seen >= 300))
        if 0 < len(rich) * max(width, 1) <= 20_000:
            own[rich] = np.arange(len(rich))
        return own

    def _design(self, history: History) -> sparse.csr_matrix:
        """(N, D) what weights may depend on: the context and, once all machines have spoken, their unison."""
        design = self.context_.design(history)
        if self.unison_ is None:
            return design
        return sparse.hstack([design, self.unison_.design(history)]).tocsr()

    # -- use -------------------------------------------------------------------------------------------------------
    def open(self, history: History) -> Open:
        """Prepare the cases: everything that does not depend on which answers are in."""
        cell, design = self.context_.cell(history), self._design(history)
        a, parts = history.answers, self.shape_.split(self.theta_)
        person = history.is_person[a.agent].astype(np.int64)
        weight = parts.kind[person] + parts.agent[a.agent]
        for e in range(2):
            for kind in range(2):
                mine = person == kind
                weight[mine, e] += np.asarray(design @ parts.context[kind, :, e])[a.case[mine]]
            for number in range(self.shape_.own):
                mine = self.own_[a.agent] == number
                weight[mine, e] += np.asarray(design @ parts.own[number, :, e])[a.case[mine]]
        weight[~self._heard(history)] = 0.0
        return Open(
            indptr=a.indptr,
            prior=np.asarray(self.log_prior_ + design @ parts.bias)
            + self._told_by_text(history, parts.text[0]),
            sheet=self.evidence_.sheet(history, cell),
            weight=weight,
            person=person,
            tables=self.evidence_.tables_,
            spoke=parts.spoke,
            own=self.own_[a.agent],
            own_spoke=parts.own_spoke,
            sharp=self.sharp_,
        )

    def _told_by_text(self, history: History, weight: float) -> F64 | float:
        if self.text_ is None:
            return 0.0
        grams = ngrams(history)
        return 0.0 if grams is None else weight * self.text_.log_odds(grams)

    def scores(self, opened: Open, known: Mask) -> F64:
        """(N, L) log belief up to a constant, given the rows that are known."""
        return _scores(opened, known)

    def sharpened(self, sharp: F64) -> Pool:
        """The same pool at another temperature (SPOKE + 1,)."""
        out = copy(self)
        out.sharp_ = sharp
        return out


class Draws(NamedTuple):
    """D draws: `case` (D,) and its rows `row[indptr[d]:indptr[d + 1]]`."""

    case: I64
    indptr: I64
    row: I64

    @staticmethod
    def stack(heads: list[I64], rows: list[tuple[I64, I64]]) -> Draws:
        counts = np.concatenate([count for count, _ in rows])
        return Draws(
            case=np.concatenate(heads).astype(np.int64),
            indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            row=np.concatenate([row for _, row in rows]).astype(np.int64),
        )


class Parts(NamedTuple):
    """The weights by meaning."""

    kind: F64  # (2, 2)
    agent: F64  # (K, 2)
    context: F64  # (2, D, 2)
    own: F64  # (own, D, 2)
    spoke: F64  # (2, SPOKE + 1, 2)
    own_spoke: F64  # (own, SPOKE + 1, 2)
    bias: F64  # (D, L)
    text: F64  # (1,)


class Speaker(NamedTuple):
    """(R,) who speaks in each drawn row, and how many of the kind speak in its draw."""

    agent: I64
    person: I64
    own: I64
    spoke: I64


class _Shape(NamedTuple):
    agents: int
    width: int
    own: int
    labels: int

    def sizes(self) -> list[tuple[int, ...]]:
        return [
            (2, 2),
            (self.agents, 2),
            (2, self.width, 2),
            (self.own, self.width, 2),
            (2, SPOKE + 1, 2),
            (self.own, SPOKE + 1, 2),
            (self.width, self.labels),
            (1,),
        ]

    def split(self, theta: F64) -> Parts:
        out, at = [], 0
        for size in self.sizes():
            n = int(np.prod(size))
            out.append(theta[at : at + n].reshape(size))
            at += n
        return Parts(*out)

    def ridge(self) -> F64:
        """Penalties; the kind's weights are held near a half each, everything else near zero."""
        strength = (
            0.5,
            AGENT_RIDGE,
            CONTEXT_RIDGE / 2,
            CONTEXT_RIDGE,
            SPOKE_RIDGE,
            SPOKE_RIDGE,
            BIAS_RIDGE,
            1.0,
        )
        parts = zip(self.sizes(), strength, strict=True)
        return np.concatenate([np.full(int(np.prod(size)), r) for size, r in parts])

    def start(self) -> F64:
        theta = np.zeros(sum(int(np.prod(s)) for s in self.sizes()))
        theta[:4] = 0.3
        return theta


class _Problem(NamedTuple):
    """The penalised log-loss of the weights on the draws."""

    shape: _Shape
    evidence: NDArray[np.float32]
    text: F64
    indptr: I64
    agent: I64
    person: I64
    own: I64
    design: sparse.csr_matrix
    truth: I64
    prior: F64
    ridge: float

    def solve(self, warm: F64 | None) -> F64:
        ridge, start = self.ridge * self.shape.ridge(), self.shape.start()
        spoke = _spoke(self.indptr, self.person)

        def loss(theta: F64) -> tuple[float, F64]:
            grad = np.zeros_like(theta)
            value = _loss(
                self.prior,
                self.indptr,
                self.evidence,
                self.text,
                Speaker(self.agent, self.person, self.own, spoke),
                self.design.indptr,
                self.design.indices,
                self.truth,
                self.shape.split(theta),
                self.shape.split(grad),
            )
            off = theta - start
            return value + 0.5 * float((ridge * off * off).sum()), grad + ridge * off

        most = ITERATIONS if warm is None else ITERATIONS // 3
        begin = start if warm is None else warm
        found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": most})
        return np.asarray(found.x)


def _folds(history: History, rng: np.random.Generator) -> I64:
    """(N,) fold of each case, parents together."""
    parents, inverse = np.unique(history.parent, return_inverse=True)
    return np.asarray((rng.permutation(len(parents)) % FOLDS)[inverse.ravel()])


# -- kernels ---------------------------------------------------------------------------------------------------------
def _random_subset(
    indptr: I64,
    cases: I64,
    person: Mask,
    answered: Mask,
    machines_always: bool,
    turn: int,
    rng: np.random.Generator,
) -> tuple[I64, I64]:
    """Rows of a random subset of each case's answers: (count a case, rows)."""
    chance = rng.random(len(person))
    share = rng.random((len(cases), 2))
    # every other draw looks as the start of a decision does: all machines, few people
    share[:, 1] = share[:, 1] ** (2 if turn % 2 == 0 else 1)
    if machines_always or turn % 3 < 2:
        share[:, 0] = 1.0
    return _subset(indptr, cases, person, answered, chance, share)


@numba.njit(cache=True)
def _subset(indptr, cases, person, answered, chance, share):  # type: ignore[no-untyped-def]
    counts = np.zeros(len(cases), np.int64)
    rows = np.empty(len(chance), np.int64)
    n = 0
    for i in range(len(cases)):
        for r in range(indptr[cases[i]], indptr[cases[i] + 1]):
            if answered[r] and chance[r] < share[i, 1 if person[r] else 0]:
                rows[n] = r
                n += 1
                counts[i] += 1
    return counts, rows[:n]


@numba.njit(cache=True)
def _read_rows(sheet, tables, rows, places, out):  # type: ignore[no-untyped-def]
    n_labels = out.shape[2]
    plain, contextual, line = np.zeros(n_labels), np.zeros(n_labels), np.zeros((4, n_labels))
    for j in range(len(rows)):
        read(sheet, tables, rows[j], line, plain, contextual)
        for y in range(n_labels):
            out[places[j], 0, y] = plain[y]
            out[places[j], 1, y] = contextual[y]


@numba.njit(cache=True)
def _spoke(indptr, person):  # type: ignore[no-untyped-def]
    """(R,) how many of the row's kind speak in its draw."""
    out = np.zeros(len(person), np.int64)
    for d in range(len(indptr) - 1):
        count = np.zeros(2, np.int64)
        for r in range(indptr[d], indptr[d + 1]):
            count[person[r]] += 1
        for r in range(indptr[d], indptr[d + 1]):
            out[r] = min(count[person[r]], SPOKE)
    return out


@numba.njit(cache=True, fastmath=True)
def _loss(prior, indptr, evidence, text, speaker, design_at, design_of, truth, parts, grad):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912
    """Sum of log-losses over the draws; adds the slope in every weight to `grad`."""
    n_labels = len(prior)
    total = 0.0
    s, slope = np.zeros(n_labels), np.zeros(n_labels)
    for d in range(len(indptr) - 1):
        columns = design_of[design_at[d] : design_at[d + 1]]
        s[:] = prior
        for c in columns:
            for y in range(n_labels):
                s[y] += parts.bias[c, y]
        if len(text):
            for y in range(n_labels):
                s[y] += parts.text[0] * text[d, y]
        for r in range(indptr[d], indptr[d + 1]):
            g, k, own, n = speaker.person[r], speaker.agent[r], speaker.own[r], speaker.spoke[r]
            for e in range(2):
                w = parts.kind[g, e] + parts.agent[k, e] + parts.spoke[g, n, e]
                if own >= 0:
                    w += parts.own_spoke[own, n, e]
                for c in columns:
                    w += parts.context[g, c, e]
                    if own >= 0:
                        w += parts.own[own, c, e]
                for y in range(n_labels):
                    s[y] += w * evidence[r, e, y]
        top = s.max()
        z = 0.0
        for y in range(n_labels):
            slope[y] = np.exp(s[y] - top)
            z += slope[y]
        total += np.log(z) + top - s[truth[d]]
        for y in range(n_labels):
            slope[y] /= z
        slope[truth[d]] -= 1.0
        for c in columns:
            for y in range(n_labels):
                grad.bias[c, y] += slope[y]
        if len(text):
            for y in range(n_labels):
                grad.text[0] += slope[y] * text[d, y]
        for r in range(indptr[d], indptr[d + 1]):
            g, k, own, n = speaker.person[r], speaker.agent[r], speaker.own[r], speaker.spoke[r]
            for e in range(2):
                w = 0.0
                for y in range(n_labels):
                    w += slope[y] * evidence[r, e, y]
                grad.kind[g, e] += w
                grad.agent[k, e] += w
                grad.spoke[g, n, e] += w
                if own >= 0:
                    grad.own_spoke[own, n, e] += w
                for c in columns:
                    grad.context[g, c, e] += w
                    if own >= 0:
                        grad.own[own, c, e] += w
    return total


@numba.njit(cache=True)
def _scores(opened, known):  # type: ignore[no-untyped-def]
    out = opened.prior.copy()
    n_labels = out.shape[1]
    count, sums, scratch = np.zeros(2, np.int64), np.zeros((2, 2, n_labels)), np.zeros((6, n_labels))
    for i in range(len(opened.indptr) - 1):
        state(opened, known, i, out[i], count, sums, scratch)
    return out


@numba.njit(cache=True)
def by_number(opened, r, n, e):  # type: ignore[no-untyped-def]
    """The part of row r's weight that depends on how many of its kind speak."""
    own = opened.own[r]
    w = opened.spoke[opened.person[r], n, e]
    return w + opened.own_spoke[own, n, e] if own >= 0 else w


@numba.njit(cache=True)
def state(opened, known, i, score, count, sums, scratch):  # type: ignore[no-untyped-def]
    """Fill the score of case i, how many of each kind spoke, and `sums` (2 kinds, 2 readings, L).

    For people `sums` holds their summed evidence; for machines, whose weights depend on who they are, `sums[0, 0]`
    holds what the score gains from them when one more machine speaks.
    """
    n_labels = score.shape[0]
    line, plain, contextual = scratch[:4], scratch[4], scratch[5]
    count[:] = 0
    sums[:] = 0.0
    score[:] = opened.prior[i]
    for r in range(opened.indptr[i], opened.indptr[i + 1]):
        if known[r] and opened.sheet.label[r] >= 0:
            count[opened.person[r]] += 1
    for r in range(opened.indptr[i], opened.indptr[i + 1]):
        if known[r] and opened.sheet.label[r] >= 0:
            g = opened.person[r]
            read(opened.sheet, opened.tables, r, line, plain, contextual)
            n, m = min(count[g], SPOKE), min(count[g] + 1, SPOKE)
            u0, u1 = by_number(opened, r, n, 0), by_number(opened, r, n, 1)
            d0, d1 = by_number(opened, r, m, 0) - u0, by_number(opened, r, m, 1) - u1
            w0, w1 = opened.weight[r, 0] + u0, opened.weight[r, 1] + u1
            for y in range(n_labels):
                score[y] += w0 * plain[y] + w1 * contextual[y]
                if g == 1:
                    sums[1, 0, y] += plain[y]
                    sums[1, 1, y] += contextual[y]
                else:
                    sums[0, 0, y] += d0 * plain[y] + d1 * contextual[y]
    sharp = opened.sharp[min(count[1], SPOKE)]
    for y in range(n_labels):
        score[y] *= sharp


@numba.njit(cache=True)
def after(opened, r, answer, line, score, count, sums, out):  # type: ignore[no-untyped-def]
    """Fill the score of the case of row r if it answered `answer`, from the case's `state`; `line` as prepared."""
    sheet, tables = opened.sheet, opened.tables
    g = opened.person[r]
    n, m = min(count[g], SPOKE), min(count[g] + 1, SPOKE)
    before = 1.0 / opened.sharp[min(count[1], SPOKE)]
    sharp = opened.sharp[min(count[1] + g, SPOKE)]
    w0, w1 = (
        opened.weight[r, 0] + by_number(opened, r, m, 0),
        opened.weight[r, 1] + by_number(opened, r, m, 1),
    )
    d0, d1 = 1.0, 0.0
    if g == 1:
        d0 = opened.spoke[1, m, 0] - opened.spoke[1, n, 0]
        d1 = opened.spoke[1, m, 1] - opened.spoke[1, n, 1]
    for y in range(score.shape[0]):
        plain = plain_of(sheet, tables, r, line, y, answer)
        contextual = contextual_of(sheet, tables, r, line, y, answer)
        raw = score[y] * before + d0 * sums[g, 0, y] + d1 * sums[g, 1, y]
        out[y] = sharp * (raw + w0 * plain + w1 * contextual)


@numba.njit(cache=True)
def heard(opened, r, answer, line, count, sums, count_out, sums_out):  # type: ignore[no-untyped-def]
    """Fill `count_out` and `sums_out`: the state's tallies if row r, a person, answered `answer`."""
    g = opened.person[r]
    count_out[:] = count
    count_out[g] += 1
    sums_out[:] = sums
    for y in range(sums.shape[2]):
        sums_out[g, 0, y] += plain_of(opened.sheet, opened.tables, r, line, y, answer)
        sums_out[g, 1, y] += contextual_of(opened.sheet, opened.tables, r, line, y, answer)
