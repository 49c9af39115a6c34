"""General solvers on the same numbers: the relaxation in fractions of cases, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from batch.families import Ask, skills


def apart(job: Callable[..., None], *args: Any, patience: float) -> Any:
    """What a job puts out in a process of its own; None where it takes longer than `patience` seconds."""
    context = multiprocessing.get_context("spawn")
    given = context.Queue()
    process = context.Process(target=job, args=(*args, given))
    process.start()
    process.join(patience)
    if process.is_alive():
        process.kill()
        process.join()
        return None
    return given.get(timeout=5) if process.exitcode == 0 else f"ended with {process.exitcode}"


def relaxation(ask: Ask) -> tuple[Any, Any, Any]:
    """(values, one option a case, limits) as sparse matrices; entries in the order of cases."""
    import scipy.sparse

    n, k = ask.value.shape
    case = np.repeat(np.arange(n), k)
    option = np.tile(np.arange(k), n)
    entry = np.arange(n * k)
    each = scipy.sparse.csr_matrix((np.ones(n * k), (case, entry)))
    served = option > 0
    amounts = ask.minutes.ravel()[served].astype(np.float64)
    use = scipy.sparse.csr_matrix(
        (amounts, (option[served] % len(ask.limit), entry[served])), (len(ask.limit), n * k)
    )
    return ask.value.ravel().astype(np.float64), each, use


def by_highs(n: int, method: str, given: Any) -> None:
    import scipy.optimize

    ask = skills(n)
    value, each, use = relaxation(ask)
    start = time.process_time()
    found = scipy.optimize.linprog(
        -value,
        A_ub=use,
        b_ub=list(ask.limit.values()),
        A_eq=each,
        b_eq=np.ones(n),
        bounds=(0, 1),
        method=method,
    )
    given.put((time.process_time() - start, -found.fun))


def by_highspy(n: int, given: Any) -> None:
    """HiGHS called directly, without crossover to a corner: the fastest that it can be asked for."""
    import highspy
    import scipy.sparse

    ask = skills(n)
    value, each, use = relaxation(ask)
    start = time.process_time()
    matrix = scipy.sparse.vstack([each, use], format="csc")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(value), n + len(ask.limit)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -value, np.zeros(len(value)), np.ones(len(value))
    lp.row_lower_ = np.concatenate([np.ones(n), np.full(len(ask.limit), -highspy.kHighsInf)])
    lp.row_upper_ = np.concatenate([np.ones(n), list(ask.limit.values())])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solve = highspy.Highs()
    solve.silent()
    for name, wanted in (("solver", "ipm"), ("run_crossover", "off"), ("threads", 1)):
        solve.setOptionValue(name, wanted)
    solve.passModel(lp)
    solve.run()
    given.put((time.process_time() - start, -solve.getInfo().objective_function_value))


def by_ortools(n: int, solver: str, given: Any) -> None:
    import pandas as pd
    from ortools.linear_solver.python import model_builder

    ask = skills(n)
    value, each, use = relaxation(ask)
    start = time.process_time()
    model = model_builder.Model()
    x = model.new_var_series("x", pd.RangeIndex(len(value)), 0.0, 1.0, is_integral=False)
    names = x.to_numpy()
    for i in range(n):
        model.add(sum(names[each.indptr[i] : each.indptr[i + 1]]) == 1)
    for r, limit in enumerate(ask.limit.values()):
        row = slice(use.indptr[r], use.indptr[r + 1])
        model.add(
            model_builder.LinearExpr.weighted_sum(list(names[use.indices[row]]), list(use.data[row])) <= limit
        )
    model.maximize(model_builder.LinearExpr.weighted_sum(list(names), list(value)))
    solve = model_builder.Solver(solver)
    solve.solve(model)
    given.put((time.process_time() - start, solve.objective_value))


def by_flow(n: int, given: Any) -> None:
    """Minimum-cost flow where every answer takes one minute: the limits are whole numbers of cases."""
    from ortools.graph.python import min_cost_flow

    ask = skills(n)
    start = time.process_time()
    flow, (_, k), r = min_cost_flow.SimpleMinCostFlow(), ask.value.shape, len(ask.limit)
    cases, rows, sink = np.arange(n), n + np.arange(r), n + r
    for option in range(k):
        to = np.full(n, sink if option == 0 else rows[option % r])
        flow.add_arcs_with_capacity_and_unit_cost(
            cases, to, np.ones(n), (-1e6 * ask.value[:, option]).astype(np.int64)
        )
    flow.add_arcs_with_capacity_and_unit_cost(rows, np.full(r, sink), np.full(r, int(0.07 * n)), np.zeros(r))
    flow.set_nodes_supplies(np.append(cases, sink), np.append(np.ones(n), -n))
    flow.solve()
    given.put((time.process_time() - start, -flow.optimal_cost() / 1e6))


ANCHORS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "scipy HiGHS, interior point": (by_highs, ("highs-ipm",)),
    "scipy HiGHS, dual simplex": (by_highs, ("highs-ds",)),
    "highspy, interior point, no crossover": (by_highspy, ()),
    "OR-Tools PDLP": (by_ortools, ("pdlp",)),
    "OR-Tools GLOP": (by_ortools, ("glop",)),
    "OR-Tools min-cost flow, one minute each": (by_flow, ()),
}
