"""What an outcome teaches at once: counts move, and with them the tables; weights and gates wait for the next learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.counts import Said, count, less
from mindshare.core.belief.evidence import make_tables
from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.live import OpenCases
from mindshare.core.model import Model
from mindshare.core.records import Outcome

I64 = NDArray[np.int64]


def after(
    model: Model,
    seen: OpenCases,
    outcomes: Sequence[Outcome],
    instead_of: Mapping[str, str] | None = None,
) -> Model:
    """The model once these outcomes of opened cases are known: the answers that were heard count in the tables.

    The model counts each case once: give an outcome once, with all answers that were heard by then. Agents that it has
    never met are not counted; `learn` meets them. Time: that of the tables, not of the history.

    `instead_of`: case id -> the label that the model was told before, of outcomes that correct one. Give them with the answers that were
    heard then: the model is what it would be had it been told the new label in the first place.
    """
    reading = model.pool.reading
    truth = _truth(seen, outcomes, reading.labels)
    counts = count(reading.size, _said(seen, truth), reading.counts)
    labels = _each(truth, len(reading.labels))
    if instead_of:
        told = [Outcome(case_id=name, label=label) for name, label in instead_of.items()]
        before = np.where(truth >= 0, _truth(seen, told, reading.labels), -1)
        counts = less(counts, count(reading.size, _said(seen, before)))
        labels -= _each(before, len(reading.labels))
    moved = reading._replace(
        counts=counts,
        tables=make_tables(counts, reading.size, reading.back_off, reading.agents.alone()),
        truths=np.maximum(reading.truths + labels, 0.0),
    )
    return replace(model, pool=model.pool._replace(reading=moved))


def _truth(seen: OpenCases, outcomes: Sequence[Outcome], labels: Sequence[str]) -> I64:
    """(N,) the place of the label of each opened case; -1 = nobody has told it."""
    place = {case.id: i for i, case in enumerate(seen.cases)}
    of_label = {name: y for y, name in enumerate(labels)}
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
    return truth


def _each(truth: I64, labels: int) -> NDArray[np.float64]:
    """(L,) how often each label is true."""
    return np.bincount(truth[truth >= 0], minlength=labels).astype(np.float64)


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
