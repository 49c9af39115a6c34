"""A history as arrays, and what is counted of it: who says what when what is true, known or guessed from agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.columns import Columns, Schema
from mindshare.core.belief.context import Context, cells_of, learn_context
from mindshare.core.belief.counts import Counts, Said, Size, count
from mindshare.core.belief.evidence import BackOff, Tables, chances, learn_back_off, make_tables
from mindshare.core.belief.latent_truth import latent_truth
from mindshare.core.belief.response import Response, learn_response
from mindshare.core.belief.rows import Agents, Rows, rows_of
from mindshare.core.history import History

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
FEW = 100  # known truths below which nothing but skill is learnt from them, and a race would be luck


@dataclass(frozen=True, slots=True)
class Cases:
    """A history as arrays."""

    labels: tuple[str, ...]
    agents: Agents
    schema: Schema
    columns: Columns
    rows: Rows
    truth: I32
    context: Context
    cell: I32
    unlabelled: bool  # cases without a truth teach too
    few: bool  # too few truths are known to tell who takes what for what

    @staticmethod
    def of(history: History, *, text: bool, unlabelled: bool) -> Cases:
        agents, schema = Agents.of(history), Schema.of(history)
        if not text:
            schema = schema._replace(text=())
        columns = schema.read(history)
        context = learn_context(columns, schema)
        rows = rows_of(history, agents, history.team.labels)
        cell = cells_of(context, columns.level)
        truth, labels = history.truth, history.team.labels
        guess = unlabelled and bool((truth < 0).any())
        few = int((truth >= 0).sum()) < FEW
        return Cases(labels, agents, schema, columns, rows, truth, context, cell, guess, few)

    @property
    def size(self) -> Size:
        return Size(self.agents.is_person.astype(np.int64), self.context.n_cells, len(self.labels))

    def told(self, labelled: Mask) -> tuple[I64, Said]:
        """The answers of these cases, and who said what when what was true."""
        rows = self.rows
        told = np.flatnonzero(labelled[rows.case] & (rows.label >= 0))
        case = rows.case[told]
        return told, Said(
            rows.agent[told].astype(np.int64),
            self.cell[case].astype(np.int64),
            self.truth[case].astype(np.int64),
            rows.label[told].astype(np.int64),
        )


class Counted(NamedTuple):
    """What cases teach before answers are weighed."""

    counts: Counts
    back_off: BackOff
    tables: Tables
    response: Response
    truths: F64  # (L,)


def count_cases(cases: Cases, among: Mask) -> Counted:
    """The tables that these cases give, how answers were given there, and how often each label was true."""
    labelled = among & (cases.truth >= 0)
    told, said = cases.told(labelled)
    counts, right = count(cases.size, said), (said.answer == said.truth).astype(np.float64)
    truths = np.bincount(cases.truth[labelled], minlength=cases.size.labels).astype(float)
    if cases.unlabelled:
        chosen = np.flatnonzero(among)
        latent = latent_truth(cases.rows, cases.cell, cases.truth, chosen, cases.size, counts)
        told, right, truths = latent.row, latent.right, latent.belief.sum(0)
        agreed = latent.counts
        if not cases.few:
            agreed = agreed._replace(own=counts.own, kind=counts.kind, wrong=counts.wrong)
        counts = agreed
    agent, cell = (of.astype(np.int64) for of in (cases.rows.agent[told], cases.cell[cases.rows.case[told]]))
    back_off = learn_back_off(counts, cases.size)
    tables = make_tables(counts, cases.size, back_off, cases.agents.alone())
    expected = chances(tables, agent, cell)
    response = learn_response(cases.rows, told, right, expected, len(cases.size.person))
    return Counted(counts, back_off, tables, response, truths)


def mostly_unknown(history: History) -> bool:
    """Whether at least as many cases lack a truth as have one: then those without may teach too."""
    return bool((history.truth < 0).sum() >= max((history.truth >= 0).sum(), 1))
