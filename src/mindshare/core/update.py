"""What an outcome teaches at once: counts move, and with them the tables; weights and gates wait for the next learning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.counts import Said, count
from mindshare.core.belief.evidence import make_tables
from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.live import OpenCases
from mindshare.core.model import Model
from mindshare.core.records import Outcome

I64 = NDArray[np.int64]


def after(model: Model, seen: OpenCases, outcomes: Sequence[Outcome]) -> Model:
    """The model once these outcomes of opened cases are known: the answers that were heard count in the tables.

    The model counts each case once: give an outcome once, with all answers that were heard by then. Agents that it has
    never met are not counted; `learn` meets them. Time: that of the tables, not of the history.
    """
    reading, place = model.pool.reading, {case.id: i for i, case in enumerate(seen.cases)}
    of_label = {name: y for y, name in enumerate(reading.labels)}
    truth = np.full(len(seen.cases), -1, np.int64)
    for outcome in outcomes:
        if outcome.case_id not in place:
            raise MindshareError(
                f"The outcome is of case '{outcome.case_id}', which is not among the opened ones: "
                f"{listed(place)}.{nearest(outcome.case_id, place)}"
            )
        if outcome.label not in of_label:
            raise MindshareError(
                f"The outcome '{outcome.label}' of case '{outcome.case_id}' is not one of the model's labels: "
                f"{listed(of_label)}.{nearest(outcome.label, of_label)}"
            )
        i = place[outcome.case_id]
        if truth[i] >= 0:
            raise MindshareError(f"Case '{outcome.case_id}' has two outcomes; a case counts once.")
        truth[i] = of_label[outcome.label]
    counts = count(reading.size, _said(seen, truth), reading.counts)
    labels = np.bincount(truth[truth >= 0], minlength=len(of_label)).astype(np.float64)
    moved = reading._replace(
        counts=counts,
        tables=make_tables(counts, reading.size, reading.back_off, reading.agents.alone()),
        truths=reading.truths + labels,
    )
    return replace(model, pool=model.pool._replace(reading=moved))


def _said(seen: OpenCases, truth: I64) -> Said:
    """Who said what when what was true, of the answers that were heard on cases whose truth is known."""
    rows, met = seen.opened.rows, np.tile(seen.seats.met, len(seen.cases))
    told = np.flatnonzero(seen.known & (rows.label >= 0) & (truth[rows.case] >= 0) & met)
    case = rows.case[told]
    return Said(
        rows.agent[told].astype(np.int64),
        seen.opened.cell[case].astype(np.int64),
        truth[case],
        rows.label[told].astype(np.int64),
    )
