"""What is learnt of each kind of cases, and what all kinds spend together: models, demand and questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mindshare.core.asking.path import Trace
from mindshare.core.cost import learn_speed
from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import History
from mindshare.core.kinds import Part, parts
from mindshare.core.learn import learn
from mindshare.core.model import Model
from mindshare.core.pacing.demand import Demand


def learn_kinds(history: History, start: Mapping[str, Model] | None = None, **how: Any) -> dict[str, Model]:
    """A model for each kind that has cases, by its name; `how` as `learn` takes it.

    `start`: models of an earlier state of the same history, by kind, from which learning goes on. Minutes of a person are
    learnt from all kinds together.
    """
    known, speed = start or {}, learn_speed(history)
    return {
        p.kind: replace(learn(p.history, start=known.get(p.kind), **how), speed=speed) for p in parts(history)
    }


def shared_demand(demands: Mapping[str, Demand], cases: Mapping[str, float]) -> Demand:
    """What cases of several kinds would buy together, when so many cases of each (kind -> number) are to come."""
    for kind in cases:
        if kind not in demands:
            raise MindshareError(
                f"There is no demand of kind '{kind}'; kinds are {listed(demands) or 'none'}."
            )
    return joined_demand([demands[kind] for kind in cases], list(cases.values()))


def joined_demand(demands: Sequence[Demand], cases: Sequence[float]) -> Demand:
    """One sample of all, in which kinds stand as `cases` says; samples that are too large are cut down evenly."""
    if len(demands) == 1:
        return demands[0]
    known = [(d, n) for d, n in zip(demands, cases, strict=True) if d.cases and n > 0]
    if not known:
        return demands[0]
    share = [n / d.cases for d, n in known]  # a sampled case stands for so many
    thin = [_thinned(d, s / max(share)) for (d, _), s in zip(known, share, strict=True)]
    before = np.concatenate([[0], np.cumsum([int(d.case.max(initial=-1)) + 1 for d in thin])])
    paths = np.concatenate([[0], np.cumsum([int(d.path.max(initial=-1)) + 1 for d in thin])])
    return Demand.of(
        thin[0].resources,
        sum(d.cases for d in thin),
        np.concatenate([b + d.case for b, d in zip(before, thin, strict=False)]),
        np.concatenate([d.use for d in thin]),
        np.concatenate([d.worth for d in thin]),
        np.concatenate([b + d.path for b, d in zip(paths, thin, strict=False)]),
    )


def _thinned(demand: Demand, part: float) -> Demand:
    """About that part of its cases, evenly."""
    kept = np.floor((demand.case + 1) * part + 1e-9) > np.floor(demand.case * part + 1e-9)
    case, path, use, worth = (column[kept] for column in (demand.case, demand.path, demand.use, demand.worth))
    return Demand(demand.resources, max(1, round(demand.cases * part)), case, path, use, worth)


def together(cases: int, traces: Sequence[tuple[Part, Trace]]) -> Trace:
    """The traces of all kinds as one, on `cases` cases in all; the questions in the order in which a falling price buys them."""
    if len(traces) == 1 and traces[0][0].first == 0:
        return traces[0][1]
    start = np.zeros(cases, np.int32)
    for part, trace in traces:
        start[part.cases] = trace.start + part.first
    case = np.concatenate([part.cases[t.case] for part, t in traces])
    row = np.concatenate([part.rows[t.row] for part, t in traces])
    verdict = np.concatenate([t.verdict + part.first for part, t in traces]).astype(np.int32)
    price, promised, spoke = (
        np.concatenate([getattr(t, name) for _, t in traces]) for name in ("price", "promised", "spoke")
    )
    order = np.lexsort((spoke, case, -price))
    return Trace(start, case[order], row[order], price[order], promised[order], verdict[order], spoke[order])
