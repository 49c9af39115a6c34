"""The default belief: a weighted log-opinion pool of the answers that are in.

    score(y) = prior(y | context) + sum over answers r of (w[r] + u[kind, how many spoke]) . evidence[r](y)

`w` depends on the agent and on the context, so that agents that err together do not count twice and a machine that
is lost in fog is not listened to there. Weights are fitted to the log-loss on cross-fitted evidence under random
subsets of answers, so that every subset is a valid input. (Dawid-Skene evidence; logarithmic opinion pool, Genest
and Zidek 1986; weights by penalised maximum likelihood with L-BFGS.)
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.agreement import Agreement
from mindshare.core.belief.attention import Net, attend
from mindshare.core.belief.columns import Columns, Schema
from mindshare.core.belief.context import Context, cell_of
from mindshare.core.belief.counts import Counts, Size
from mindshare.core.belief.design import Design, describe, width_of
from mindshare.core.belief.evidence import BackOff, Tables, log_proba_of, log_right
from mindshare.core.belief.response import Response, respond
from mindshare.core.belief.rows import Agents, Rows, rows_of
from mindshare.core.belief.state import Opened, Shared, scores_of
from mindshare.core.belief.text import TextPrior, ngrams, told_by_text
from mindshare.core.belief.trees import Trees, shift
from mindshare.core.belief.weights import Parts, Shape, base_weight, common_weight
from mindshare.core.history import History
from mindshare.core.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Reading(NamedTuple):
    """How cases and answers are read: everything that is learnt before the answers are weighed."""

    labels: tuple[str, ...]
    agents: Agents
    schema: Schema
    context: Context
    agreement: Agreement
    size: Size
    counts: Counts
    back_off: BackOff
    tables: Tables
    response: Response
    text: TextPrior | None
    truths: F64  # (L,) how often each label was true
    heard: Mask  # (K,) agents that are listened to
    own: I64  # (K,) number of the machine's own weights of the context, -1 = it shares those of its kind

    @property
    def log_prior(self) -> F64:
        """(L,) log p(truth) before anything is known of a case."""
        return np.asarray(np.log((self.truths + 0.5) / (self.truths.sum() + 0.5 * len(self.labels))))

    @property
    def width(self) -> int:
        """Columns of the design."""
        return width_of(self.context, self.agreement)

    @property
    def shape(self) -> Shape:
        """Of the weights."""
        return Shape(
            len(self.agents.is_person), self.width, int(self.own.max(initial=-1)) + 1, len(self.labels)
        )

    def rows(self, history: History) -> Rows:
        """The answers of any history, with our numbers of agents and labels."""
        return rows_of(history, self.agents, self.labels)

    def design(self, columns: Columns, rows: Rows) -> Design:
        """What the weights depend on: the context and, once all machines have spoken, their agreement."""
        return describe(self.context, self.agreement, columns, rows, len(self.labels))


class Learnt(NamedTuple):
    """What a pool has learnt: plain arrays, and all of it that is saved."""

    machines_always: bool  # all machines have spoken before anybody is asked
    reading: Reading
    theta: F64  # the weights, in one row
    temperature: F64  # (SPOKE + 1,) what scores are multiplied by, by how many people spoke
    trees: Trees | None = None  # what corrects the scores, learnt on held-out cases
    net: Net | None = None  # answer attention, which corrects them instead


class Pool(Learnt):
    """A belief that has learnt: `open` prepares cases, `scores` believes. Nothing in it changes."""

    @property
    def family(self) -> str:
        """Told in reports."""
        return "attention" if self.net is not None else "pool"

    @cached_property
    def parts(self) -> Parts:
        """The weights by meaning."""
        return self.reading.shape.split(self.theta)

    @cached_property
    def log_prior(self) -> F64:
        """(L,) log p(truth) before anything is known of a case."""
        return self.reading.log_prior

    @cached_property
    def shared(self) -> Shared:
        """What all cases that the pool opens share."""
        reading, parts = self.reading, self.parts
        return Shared(
            reading.tables,
            reading.heard,
            parts.spoke,
            reading.own,
            parts.own_spoke,
            parts.votes,
            self.temperature,
            log_right(reading.tables),
        )

    @cached_property
    def not_tempered(self) -> Shared:
        """The same, where scores stay as they are: what trees look at."""
        return self.shared._replace(temperature=np.ones_like(self.temperature))

    def open(self, history: History) -> Opened:
        """Prepare the cases of a history: everything that does not depend on which answers are in."""
        return self.open_rows(self.reading.schema.read(history), self.reading.rows(history))

    def open_rows(self, columns: Columns, rows: Rows) -> Opened:
        """The same for cases that come as arrays."""
        reading, design = self.reading, self.reading.design(columns, rows)
        opened = self._weighed(columns, rows, design)
        if self.net is not None:
            return opened._replace(attention=attend(self.net, design, rows, opened.prior))
        if self.trees is None:
            return opened
        scores = scores_of(opened._replace(shared=self.not_tempered), rows.person == 0)
        assert reading.width >= self.trees.columns
        return opened._replace(prior=opened.prior + shift(self.trees, opened, scores, design))

    def _weighed(self, columns: Columns, rows: Rows, design: Design) -> Opened:
        reading, parts = self.reading, self.parts
        prior, weight, said, cell = _open(
            reading.context,
            reading.response,
            parts,
            reading.own,
            self.log_prior,
            columns.level,
            rows,
            design,
        )
        if reading.text is not None and columns.text is not None:
            prior += parts.text[0] * told_by_text(reading.text, ngrams(columns.text))
        return Opened(rows, cell, prior, weight, said, log_proba_of(rows.proba), design, self.shared)

    def scores(self, opened: Opened, known: Mask) -> F64:
        """(N, L) log belief up to a constant, given the rows that are known."""
        return scores_of(opened, known)

    def at_temperature(self, temperature: F64) -> Pool:
        """The same pool at another temperature (SPOKE + 1,)."""
        return self._replace(temperature=temperature)


def manners(response: Response, rows: Rows, changed: I64, said: NDArray[np.float32]) -> NDArray[np.float32]:
    """(M, 2) what the manner of each answer adds, where only the answers of the rows `changed` are other than before."""
    return _manners(response, rows, changed.astype(np.int64), said)


@kernel(allocates=True)
def _manners(response, rows, changed, said):  # type: ignore[no-untyped-def]
    out, manner = said.copy(), np.zeros(2)
    for r in changed:
        respond(response, rows, r, manner)
        out[r, 0], out[r, 1] = manner[0], manner[1]
    return out


@kernel(allocates=True)
def _open(context, response, parts, own, log_prior, level, rows, design):  # type: ignore[no-untyped-def]
    """(N, L) prior, (M, 2) weight, (M, 2) said, (N,) cell."""
    n, n_labels, m = len(level), len(log_prior), len(rows.agent)
    prior, cell = np.empty((n, n_labels)), np.zeros(n, np.int32)
    weight, said = np.empty((m, 2)), np.empty((m, 2), np.float32)
    common, manner = np.zeros((2, 2)), np.zeros(2)
    for i in range(n):
        columns = design.of[design.at[i] : design.at[i + 1]]
        cell[i] = cell_of(context, level[i])
        for y in range(n_labels):
            prior[i, y] = log_prior[y]
            for c in columns:
                prior[i, y] += parts.bias[c, y]
        common_weight(parts, columns, common)
        for r in range(rows.indptr[i], rows.indptr[i + 1]):
            k = rows.agent[r]
            base_weight(parts, columns, own[k], k, rows.person[r], common, weight[r])
            respond(response, rows, r, manner)
            said[r, 0], said[r, 1] = manner[0], manner[1]
    return prior, weight, said, cell
