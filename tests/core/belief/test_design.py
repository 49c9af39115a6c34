"""Promises of the design: every column holds where it says, cases of the same levels share a cell, unknown levels are cell 0."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.core.belief.agreement import Agreement, learn_agreement
from mindshare.core.belief.columns import Columns
from mindshare.core.belief.context import ABOVE, LEVEL, Context, cells_of, learn_context
from mindshare.core.belief.design import Design, describe, summed
from mindshare.core.belief.pooling import Pooling, gather
from mindshare.core.belief.rows import Rows
from mindshare.testing import made_history

LABELS = 3


class Described(NamedTuple):
    context: Context
    agreement: Agreement
    columns: Columns
    rows: Rows

    def holds(self) -> np.ndarray:
        """(N, D) which columns of the design hold."""
        design = describe(*self, LABELS)
        out = np.zeros((len(self.columns.level), self.width), bool)
        for i in range(len(out)):
            of = design.of[design.at[i] : design.at[i + 1]]
            assert np.all(np.diff(of) > 0), "each once, in order"
            out[i, of] = True
        return out

    @property
    def width(self) -> int:
        return len(self.context.how) + len(self.agreement.agreement) + len(self.agreement.confidence)


def problem(*, proba: bool = True, empty: float = 0.4) -> Described:
    history = made_history(200, machines=4, proba=proba, empty=empty, seed=3)
    reading, _ = gather(Pooling(), history)
    columns, rows = reading.schema.read(history), reading.rows(history)
    columns.number[::7] = np.nan
    columns.level[::11] = -1
    return Described(learn_context(columns, reading.schema), learn_agreement(rows, LABELS), columns, rows)


def stated(rows: Rows, r: int) -> float:
    if not np.isnan(rows.confidence[r]):
        return float(rows.confidence[r])
    return float(rows.proba[rows.proba_row[r], rows.label[r]]) if rows.proba_row[r] >= 0 else np.nan


def agreed(rows: Rows, i: int) -> tuple[float, float]:
    """Share of the machines of case i that give the commonest label, and their mean confidence."""
    mine = [r for r in range(rows.indptr[i], rows.indptr[i + 1]) if not rows.person[r] and rows.label[r] >= 0]
    sure = [s for s in (stated(rows, r) for r in mine) if not np.isnan(s)]
    agree = np.bincount(rows.label[mine]).max() / len(mine) if len(mine) > 1 else np.nan
    return float(agree), float(np.mean(sure)) if sure else np.nan


@pytest.mark.parametrize("proba", [True, False])
def test_a_column_holds_where_the_machines_agree_or_are_sure_beyond_its_cut(proba: bool) -> None:
    told = problem(proba=proba)
    cuts = told.agreement
    both = np.array([agreed(told.rows, i) for i in range(len(told.columns.level))])
    assert len(cuts.agreement) > 1
    assert np.isnan(both[:, 0]).any(), "where one machine or none has spoken nobody agrees"
    holds = told.holds()[:, len(told.context.how) :]
    beyond = np.concatenate([both[:, :1] > cuts.agreement, both[:, 1:] > cuts.confidence], axis=1)
    near = np.isclose(
        np.concatenate([both[:, :1] - cuts.agreement, both[:, 1:] - cuts.confidence], axis=1), 0.0
    )
    np.testing.assert_array_equal(holds | near, beyond | near)


def test_a_column_of_the_context_holds_for_its_level_above_its_cut_or_where_nothing_is_known() -> None:
    told = problem()
    context, (number, level) = told.context, (told.columns.number, told.columns.level)
    holds = told.holds()
    assert {LEVEL, ABOVE} < set(context.how.tolist())
    for d, (how, j, at) in enumerate(zip(context.how, context.column, context.at, strict=True)):
        expected = (
            level[:, j] == at
            if how == LEVEL
            else number[:, j] > at
            if how == ABOVE
            else np.isnan(number[:, j])
        )
        np.testing.assert_array_equal(holds[:, d], expected)


def test_where_machines_are_asked_one_by_one_no_column_tells_whether_they_agree() -> None:
    told = problem()._replace(agreement=Agreement.nothing())
    assert told.holds().shape[1] == len(told.context.how)


def test_cases_share_a_cell_if_they_share_all_levels_and_a_combination_never_met_is_cell_0() -> None:
    crossed, base = np.array([1, 0, 2]), np.array([4, 3, 5])
    rng = np.random.default_rng(0)
    level = np.stack([rng.integers(-1, 2, 60), rng.integers(-1, 3, 60), rng.integers(-1, 4, 60)], 1).astype(
        np.int32
    )
    key = ((level[:, 1] + 1) * 3 + level[:, 0] + 1) * 5 + level[:, 2] + 1
    keys = np.unique(key)
    none = np.zeros(0, np.int64)
    context = Context(none, none, np.zeros(0), crossed, base, keys[1::2])
    cell = cells_of(context, level)
    np.testing.assert_array_equal(cell > 0, np.isin(key, keys[1::2]))
    for a in range(60):
        for b in range(a):
            if cell[a] and cell[b]:
                assert (cell[a] == cell[b]) == (level[a] == level[b]).all()
    assert cell.max() == len(keys[1::2]) == context.n_cells - 1
    assert not cells_of(context._replace(crossed=none, base=none), level).any()


def test_a_sum_over_the_columns_that_hold_is_that_of_the_matrix() -> None:
    told = problem()
    matrix = np.random.default_rng(1).normal(size=(told.width, 4))
    np.testing.assert_allclose(summed(describe(*told, LABELS), matrix), told.holds() @ matrix, atol=1e-12)


@given(st.lists(st.lists(st.integers(0, 5), max_size=4, unique=True), min_size=1, max_size=8), st.data())
def test_the_design_of_some_cases_is_that_part_of_the_whole(
    columns: list[list[int]], data: st.DataObject
) -> None:
    at = np.concatenate([[0], np.cumsum([len(c) for c in columns])]).astype(np.int64)
    whole = Design(at, np.array([d for c in columns for d in c], np.int64))
    cases = np.array(data.draw(st.lists(st.integers(0, len(columns) - 1), max_size=10)), np.int64)
    part = whole.take(cases)
    assert np.array_equal(part.matrix(6).toarray(), whole.matrix(6)[cases].toarray())
