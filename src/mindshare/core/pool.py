"""The default belief: a weighted log-opinion pool of the answers that are in.

    score(y) = prior(y | context) + sum over answers r of (w[r] + u[kind, how many spoke]) . evidence[r](y)

`w` depends on the agent and on the context, so that agents that err together do not count twice and a machine that
is lost in fog is not listened to there. Weights are fitted to the log-loss on cross-fitted evidence under random
subsets of answers, so that every subset is a valid input. (Dawid-Skene evidence; logarithmic opinion pool, Genest
and Zidek 1986; weights by penalised maximum likelihood with L-BFGS.)
"""

from __future__ import annotations

from copy import copy

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mindshare.core.attention import Attentive
from mindshare.core.context import Context
from mindshare.core.draws import Draws, random_subset
from mindshare.core.evidence import Evidence, read
from mindshare.core.history import History
from mindshare.core.opened import SPOKE, Open, scores_of
from mindshare.core.text import TextPrior, ngrams
from mindshare.core.unison import Unison
from mindshare.core.weights import Problem, Shape

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

FOLDS = 5  # evidence for the weights comes from the other folds
DRAWN = 10_000  # draws aimed at
PLENTY = 60_000  # labelled cases that the weights are fitted on at most; tables always count all
ENTRIES = 60_000_000  # evidence numbers held while fitting; fewer cases are drawn when labels are many


class Pool:
    """``fit(history)`` learns from the labelled cases; ``open(history)`` prepares cases; ``scores`` gives beliefs."""

    family = "pool"
    theta_: F64
    shape_: Shape
    attentive_: Attentive | None = None  # what corrects the scores, learnt elsewhere

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
            keep = random_subset(a.indptr, cases, person, answered, self.machines_always, turn, rng)
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
        design = self.design(history)
        self.own_ = self._agents_with_own_context(history, design.shape[1])
        owners = int(self.own_.max(initial=-1)) + 1
        shape = Shape(len(history.agent_id), design.shape[1], owners, self.n_labels_)
        agent = history.answers.agent[draws.row].astype(np.int64)
        problem = Problem(
            shape=shape,
            evidence=evidence,
            text=text,
            indptr=draws.indptr,
            agent=agent,
            answer=history.answers.label[draws.row].astype(np.int64),
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

    def design(self, history: History) -> sparse.csr_matrix:
        """(N, D) what weights may depend on: the context and, once all machines have spoken, their unison."""
        design = self.context_.design(history)
        if self.unison_ is None:
            return design
        return sparse.hstack([design, self.unison_.design(history)]).tocsr()

    # -- use -------------------------------------------------------------------------------------------------------
    def open(self, history: History) -> Open:
        """Prepare the cases: everything that does not depend on which answers are in."""
        cell, design = self.context_.cell(history), self.design(history)
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
        prior = np.asarray(self.log_prior_ + design @ parts.bias) + self._told_by_text(history, parts.text[0])
        return Open(
            indptr=a.indptr,
            prior=prior,
            sheet=self.evidence_.sheet(history, cell),
            weight=weight,
            speaks=self._heard(history),
            person=person,
            tables=self.evidence_.tables_,
            spoke=parts.spoke,
            own=self.own_[a.agent],
            own_spoke=parts.own_spoke,
            votes=parts.votes,
            sharp=self.sharp_,
            attention=None if self.attentive_ is None else self.attentive_.on(history, prior),
        )

    def _told_by_text(self, history: History, weight: float) -> F64 | float:
        if self.text_ is None:
            return 0.0
        grams = ngrams(history)
        return 0.0 if grams is None else weight * self.text_.log_odds(grams)

    def scores(self, opened: Open, known: Mask) -> F64:
        """(N, L) log belief up to a constant, given the rows that are known."""
        return scores_of(opened, known)

    def sharpened(self, sharp: F64) -> Pool:
        """The same pool at another temperature (SPOKE + 1,)."""
        out = copy(self)
        out.sharp_ = sharp
        return out

    def attending(self, attentive: Attentive | None) -> Pool:
        """The same pool, whose scores are corrected."""
        out = copy(self)
        out.attentive_ = attentive
        return out


def _folds(history: History, rng: np.random.Generator) -> I64:
    """(N,) fold of each case, parents together."""
    parents, inverse = np.unique(history.parent, return_inverse=True)
    return np.asarray((rng.permutation(len(parents)) % FOLDS)[inverse.ravel()])


@numba.njit(cache=True)
def _read_rows(sheet, tables, rows, places, out):  # type: ignore[no-untyped-def]
    n_labels = out.shape[2]
    plain, contextual, line = np.zeros(n_labels), np.zeros(n_labels), np.zeros((4, n_labels))
    for j in range(len(rows)):
        read(sheet, tables, rows[j], line, plain, contextual)
        for y in range(n_labels):
            out[places[j], 0, y] = plain[y]
            out[places[j], 1, y] = contextual[y]
