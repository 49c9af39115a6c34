"""What one answer says about the truth: log p(answer | truth, agent, context), from smoothed confusion tables.

An agent's table backs off to its kind's table, that one to accuracy alone (Dawid and Skene 1979 give the model of
the answer, Kerrigan et al. 2021 the use of it beside a machine's probabilities). Context enters twice: how often the
agent is right in this cell, and which wrong answers are usual there. Every answer gives two readings of itself:

    plain       log p(answer | truth, agent), or the machine's own log probabilities where it gives them
    contextual  log p(answer | truth, agent, cell, confidence)

The pool weighs both. Tables are counted from labelled cases only, and never from the case that they are applied to:
the caller cross-fits.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import History
from mindshare.core.manner import Manner, logit

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

OWN_TABLES = 4_000_000  # numbers; beyond, agents share the table of their kind
BACK_OFFS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)  # pseudo-answers a row of a table may borrow
CELL_BACK_OFF = 10.0  # pseudo-answers a cell borrows from the agent's overall rate
WRONG_BACK_OFF = 20.0  # pseudo-answers behind the usual wrong answers of a cell
WRONG_TEMPER = 0.7  # the cell's usual wrong answers and the agent's own are not independent
FLOOR = 1e-6  # a probability of a machine is never taken to be smaller


class Tables(NamedTuple):
    """Shared arrays of the evidence; T tables, O wrong-answer owners, U (table, owner) pairs, C cells, L labels."""

    shift: F32  # (T, L) log-odds of being right when `truth` is y, relative to the agent's overall
    wrong: F32  # (T, L, L) log p(answer | truth, the answer is wrong)
    usual: F32  # (O, C, L) log-ratio of a wrong answer in this cell to its overall frequency
    norm: F32  # (U, C, L) log normaliser of wrong + usual


class Sheet(NamedTuple):
    """One row an answer given or a possible one. `label`, `said` and `proba_row` exist only after asking."""

    case: I32
    agent: I32
    label: I32
    plain: F32  # log-odds of being right, without context
    contextual: F32  # log-odds of being right here
    said: F32  # (M, 2) what the manner of the answer adds to both
    table: I32
    owner: I32
    pair: I32
    cell: I32
    log_proba: F32  # (Mp, L)
    proba_row: I32


class Evidence:
    """Counts the tables from the cases marked in `labelled`; `sheet` prepares any history for `read`."""

    def fit(self, history: History, cell: I32, n_cells: int, labelled: NDArray[np.bool_]) -> Evidence:
        a = history.answers
        self.n_labels_, self.n_agents_ = len(history.team.labels), len(history.agent_id)
        self.person_ = history.is_person.astype(np.int64)
        rows = np.flatnonzero(labelled[a.case] & (a.label >= 0))
        agent, answer = a.agent[rows].astype(np.int64), a.label[rows].astype(np.int64)
        truth, where = history.truth[a.case[rows]].astype(np.int64), cell[a.case[rows]].astype(np.int64)
        right = (answer == truth).astype(np.float64)
        self._fit_tables(agent, truth, answer)
        self._fit_skill(agent, where, right, n_cells)
        self._fit_wrong(agent, where, answer, right, n_cells)
        chance = np.stack([_chance(self.plain_[agent]), _chance(self.here_[agent, where])], axis=1)
        self.manner_ = Manner().fit(history, rows, right, chance)
        return self

    def _fit_tables(
        self, agent: NDArray[np.int64], truth: NDArray[np.int64], answer: NDArray[np.int64]
    ) -> None:
        n, n_agents = self.n_labels_, self.n_agents_
        kind = self.person_[agent]
        kinds = (
            np.bincount((kind * n + truth) * n + answer, minlength=2 * n * n).reshape(2, n, n).astype(float)
        )
        accuracy = (np.trace(kinds, axis1=1, axis2=2) + 1.0) / (kinds.sum((1, 2)) + 2.0)
        self.accuracy_ = accuracy
        base = np.repeat(((1 - accuracy) / max(n - 1, 1))[:, None, None], n, 1).repeat(n, 2)
        base[:, np.arange(n), np.arange(n)] = accuracy[:, None]
        base = (kinds + 2.0 * n * base) / (kinds.sum(2, keepdims=True) + 2.0 * n)
        if n_agents * n * n <= OWN_TABLES:
            own = np.bincount((agent * n + truth) * n + answer, minlength=n_agents * n * n)
            own = own.reshape(n_agents, n, n)
            strength = np.array([_back_off(own[self.person_ == g], base[g]) for g in (0, 1)])
            borrowed = strength[self.person_][:, None, None]
            table = (own + borrowed * base[self.person_]) / (own.sum(2, keepdims=True) + borrowed)
            self.table_of_ = np.arange(n_agents, dtype=np.int32)
        else:
            table, self.table_of_ = base, self.person_.astype(np.int32)
        diagonal = np.clip(table[:, np.arange(n), np.arange(n)], 1e-4, 1 - 1e-4)
        mean = np.clip(diagonal.mean(1, keepdims=True), 1e-4, 1 - 1e-4)
        self.shift_ = (logit(diagonal) - logit(mean)).astype(np.float32)
        off = table.copy()
        off[:, np.arange(n), np.arange(n)] = 0
        off = np.maximum(off, 1e-9)
        off[:, np.arange(n), np.arange(n)] = 0
        self.off_ = off / np.maximum(off.sum(2, keepdims=True), 1e-9)

    def _fit_skill(
        self, agent: NDArray[np.int64], cell: NDArray[np.int64], right: NDArray[np.float64], n_cells: int
    ) -> None:
        """Log-odds of being right, by agent and by (agent, cell); an agent's skill is relative to where it answered."""
        kind = self.person_[agent]
        seen = np.bincount(kind * n_cells + cell, minlength=2 * n_cells).reshape(2, n_cells).astype(float)
        hits = np.bincount(kind * n_cells + cell, right, 2 * n_cells).reshape(2, n_cells)
        rate = (hits + CELL_BACK_OFF * self.accuracy_[:, None]) / (seen + CELL_BACK_OFF)
        expected = np.bincount(agent, rate[kind, cell], self.n_agents_).astype(float)
        count = np.bincount(agent, minlength=self.n_agents_).astype(float)
        correct = np.bincount(agent, right, self.n_agents_).astype(float)
        kinds = [np.flatnonzero((self.person_ == g) & (count > 0)) for g in (0, 1)]
        held = np.array([_skill_back_off(correct[k], count[k], expected[k]) for k in kinds])[self.person_]
        prior = held * self.accuracy_[self.person_]
        against = held - prior
        self.skill_ = np.log((correct + prior) / (count - correct + against)) - np.log(
            (expected + prior) / (count - expected + against)
        )
        self.plain_ = logit(np.clip((correct + prior) / (count + held), 1e-4, 1 - 1e-4))
        here = logit(np.clip(rate, 1e-4, 1 - 1e-4))[self.person_] + self.skill_[:, None]  # (K, C)
        if self.n_agents_ * n_cells <= OWN_TABLES:
            flat = agent * n_cells + cell
            seen = np.bincount(flat, minlength=self.n_agents_ * n_cells).reshape(here.shape).astype(float)
            hits = np.bincount(flat, right, self.n_agents_ * n_cells).reshape(here.shape)
            back = 1 / (1 + np.exp(-here))
            here = logit(
                np.clip((hits + 2 * CELL_BACK_OFF * back) / (seen + 2 * CELL_BACK_OFF), 1e-4, 1 - 1e-4)
            )
        self.here_ = here.astype(np.float32)

    def _fit_wrong(
        self,
        agent: NDArray[np.int64],
        cell: NDArray[np.int64],
        answer: NDArray[np.int64],
        right: NDArray[np.float64],
        n_cells: int,
    ) -> None:
        """Which wrong answers are usual in a cell: by machine, and by people together."""
        n = self.n_labels_
        machines = np.flatnonzero(self.person_ == 0)
        if len(machines) * n_cells * n <= OWN_TABLES:
            self.owner_of_ = np.zeros(self.n_agents_, np.int32)
            self.owner_of_[machines] = 1 + np.arange(len(machines))
            owners = 1 + len(machines)
        else:
            self.owner_of_, owners = (1 - self.person_).astype(np.int32), 2
        owner = self.owner_of_[agent].astype(np.int64)
        missed = right == 0
        flat = (owner[missed] * n_cells + cell[missed]) * n + answer[missed]
        count = np.bincount(flat, minlength=owners * n_cells * n).reshape(owners, n_cells, n).astype(float)
        overall = count.sum(1) + 1.0
        overall /= overall.sum(1, keepdims=True)
        there = (count + WRONG_BACK_OFF * overall[:, None]) / (count.sum(2, keepdims=True) + WRONG_BACK_OFF)
        self.usual_ = (WRONG_TEMPER * np.log(there / overall[:, None])).astype(np.float32)
        pairs = np.stack([self.table_of_, self.owner_of_], axis=1)
        unique, pair_of = np.unique(pairs, axis=0, return_inverse=True)
        self.pair_of_ = pair_of.ravel().astype(np.int32)
        norm = np.stack([np.exp(self.usual_[o]) @ self.off_[t].T for t, o in unique.tolist()])
        self.tables_ = Tables(
            shift=self.shift_,
            wrong=np.log(np.maximum(self.off_, 1e-9)).astype(np.float32),
            usual=self.usual_,
            norm=np.log(np.maximum(norm, 1e-9)).astype(np.float32),
        )

    def sheet(self, history: History, cell: I32) -> Sheet:
        """Everything that the evidence of each answer row needs; an unseen agent takes the values of its kind."""
        a = history.answers
        where = cell[a.case]
        return Sheet(
            case=a.case,
            agent=a.agent,
            label=a.label,
            plain=self.plain_[a.agent].astype(np.float32),
            contextual=self.here_[a.agent, where],
            said=self.manner_.shift(history),
            table=self.table_of_[a.agent],
            owner=self.owner_of_[a.agent],
            pair=self.pair_of_[a.agent],
            cell=where,
            log_proba=np.log(np.maximum(a.proba, FLOOR)).astype(np.float32),
            proba_row=a.proba_row,
        )


def _back_off(own: NDArray[np.int64], base: NDArray[np.float64]) -> float:
    """How much agents of one kind borrow from their kind's table: the amount that foretells each answer best from
    the agent's other answers (leave-one-out likelihood of the Dirichlet-multinomial).
    """
    seen = own > 0
    if not seen.any():
        return BACK_OFFS[-1]
    count = own[seen].astype(float)
    total = np.broadcast_to(own.sum(2, keepdims=True), own.shape)[seen]
    prior = np.broadcast_to(base, own.shape)[seen]
    fit = [float((count * np.log((count - 1 + m * prior) / (total - 1 + m))).sum()) for m in BACK_OFFS]
    return BACK_OFFS[int(np.argmax(fit))]


def _skill_back_off(
    correct: NDArray[np.float64], count: NDArray[np.float64], expected: NDArray[np.float64]
) -> float:
    """How strongly skills of one kind are held together: the amount that foretells each answer's being right best
    from the agent's other answers (leave-one-out likelihood of the beta-binomial).
    """
    if len(count) < 2:
        return BACK_OFFS[-1]
    p = np.clip(expected / count, 1e-3, 1 - 1e-3)
    wrong = count - correct
    fit = [
        float(
            (correct * np.log((np.maximum(correct - 1, 0) + m * p) / (count - 1 + m))).sum()
            + (wrong * np.log((np.maximum(wrong - 1, 0) + m * (1 - p)) / (count - 1 + m))).sum()
        )
        for m in BACK_OFFS
    ]
    return BACK_OFFS[int(np.argmax(fit))]


def _chance(log_odds: NDArray[np.float64] | F32) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds.astype(np.float64))))


@numba.njit(cache=True, error_model="numpy")
def prepare(sheet, tables, r, known, line):  # type: ignore[no-untyped-def]
    """Fill `line` (4, L): log p(right) and log p(wrong), plain and contextual, by truth, for row r.

    `known` False: the row has not been asked; what it said, and how, stays unread.
    """
    t, u, c = sheet.table[r], sheet.pair[r], sheet.cell[r]
    told = np.float32(1.0 if known else 0.0)
    for y in range(line.shape[1]):
        plain = sheet.plain[r] + told * sheet.said[r, 0] + tables.shift[t, y]
        contextual = sheet.contextual[r] + told * sheet.said[r, 1] + tables.shift[t, y]
        line[0, y] = -np.log1p(np.exp(-plain))
        line[1, y] = line[0, y] - plain
        line[2, y] = -np.log1p(np.exp(-contextual))
        line[3, y] = line[2, y] - contextual - tables.norm[u, c, y]


@numba.njit(cache=True, error_model="numpy")
def plain_of(sheet, tables, r, line, y, answer):  # type: ignore[no-untyped-def]
    """Log p(answer | truth y) of row r without context."""
    return line[0, y] if y == answer else line[1, y] + tables.wrong[sheet.table[r], y, answer]


@numba.njit(cache=True, error_model="numpy")
def contextual_of(sheet, tables, r, line, y, answer):  # type: ignore[no-untyped-def]
    """Log p(answer | truth y) of row r in its cell."""
    if y == answer:
        return line[2, y]
    usual = tables.usual[sheet.owner[r], sheet.cell[r], answer]
    return line[3, y] + tables.wrong[sheet.table[r], y, answer] + usual


@numba.njit(cache=True, error_model="numpy")
def read(sheet, tables, r, line, plain, contextual):  # type: ignore[no-untyped-def]
    """Fill (L,) `plain` and `contextual` with what the known answer of row r says; `line` (4, L) is scratch."""
    answer = sheet.label[r]
    prepare(sheet, tables, r, known=True, line=line)
    p = sheet.proba_row[r]
    for y in range(plain.shape[0]):
        plain[y] = plain_of(sheet, tables, r, line, y, answer) if p < 0 else sheet.log_proba[p, y]
        contextual[y] = contextual_of(sheet, tables, r, line, y, answer)
