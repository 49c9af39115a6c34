"""An allocation as one checkable sentence, and its counterfactual: what would have had to be different.

Counterfactuals are obtained by re-solving the case, never by reading off a slope: at the flipping price and just
below it, and with the asked person saying something else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.asking.path import Trace
from mindshare.core.belief.holdout import Stage
from mindshare.core.cost import human_answers
from mindshare.core.history import History
from mindshare.core.model import Model
from mindshare.core.pacing.replay import Replayed

F64 = NDArray[np.float64]
SHARE = 0.1  # answers per case: the samples are told of what was done at this share
JUST = 1e-9
LEAST = 1e-12  # a price of nothing, in words


def samples(model: Model, stage: Stage, ours: Trace, cut: Replayed, most: int = 6) -> list[dict[str, Any]]:
    """A few telling cases: verdicts put right, left, spoilt, and cases on which nobody was worth asking.

    `cut`: what was done with the cases when they came one by one; each is told at the price of that moment.
    """
    truth, n = stage.history.truth, len(stage.history)
    price = np.maximum(cut.price, LEAST)
    after, count = ours.verdicts(cut.heard), np.bincount(ours.case[cut.bought], minlength=n)
    asked = count > 0
    first = np.full(n, -np.inf)
    np.maximum.at(first, ours.case, ours.price)
    # a case whose price moved between its questions, or whose limit was gone, is not told by one price
    alike = count == np.bincount(ours.case[ours.price > price[ours.case]], minlength=n)
    kinds = (
        (asked & (ours.start != truth) & (after == truth), 2),
        (asked & (ours.start == truth) & (after != truth), 1),
        (asked & (ours.start == after), 1),
        (~asked & np.isfinite(first), 1),
        (~asked & ~np.isfinite(first), 1),
    )
    out: list[dict[str, Any]] = []
    for mask, wanted in kinds:
        chosen = np.flatnonzero(mask & alike)
        order = np.argsort(-first[chosen], kind="stable")
        out += [explain(model, stage, int(i), float(price[i])) for i in chosen[order[:wanted]]]
    return out[:most]


def explain(model: Model, stage: Stage, case: int, price: float) -> dict[str, Any]:
    """What was done with one case at this price of an answer, why, and what would have changed it."""
    history = stage.history.take(np.array([case]))
    labels = history.team.labels
    trace, bought = _solve(model, history, price)
    verdict = int(trace.verdicts(trace.first(bought))[0])
    truth = int(history.truth[0])
    answers = history.answers
    asked = [
        {
            "agent": history.agent_id[answers.agent[row]],
            "answer": labels[answers.label[row]] if answers.label[row] >= 0 else None,
            "value": float(trace.promised[q]),
            "cost": {"human_answers": 1.0},
            "net": float(trace.promised[q] - price),
        }
        for q, row in enumerate(trace.row[:bought])
    ]
    return {
        "case": history.case_id[0],
        "truth": labels[truth] if truth >= 0 else None,
        "before": labels[int(trace.start[0])],
        "verdict": labels[verdict],
        "right": verdict == truth if truth >= 0 else None,
        "asked": asked,
        "price": price,
        "why": _why(history, trace, bought, price, labels),
        "counterfactual": _counterfactual(model, history, trace, bought, price),
    }


def _solve(model: Model, history: History, price: float) -> tuple[Trace, int]:
    stage = model.open(history)
    trace = model.path(stage, human_answers(history))
    return trace, int((trace.price > price).sum())


def _why(history: History, trace: Trace, bought: int, price: float, labels: tuple[str, ...]) -> str:
    start = labels[int(trace.start[0])]
    if not bought:
        if not len(trace.price):
            return f"Nobody was asked: no answer could be shown to improve on '{start}'."
        return (
            f"Nobody was asked: the best answer is worth {trace.promised[0]:.3f} and costs {price:.3f}, "
            f"so '{start}' stands."
        )
    agent = history.agent_id[history.answers.agent[trace.row[0]]]
    who = f"{agent} and {bought - 1} more were" if bought > 1 else f"{agent} was"
    at = f" at a price of {price:.3f}, a net of {trace.promised[0] - price:+.3f}"
    return (
        f"The machines together point to '{start}'. {who} asked: the first answer was worth {trace.promised[0]:.3f}"
        f"{at if price > LEAST else ', and attention was not scarce at that moment'}. "
        f"The verdict became '{labels[int(trace.verdicts(trace.first(bought))[0])]}'."
    )


def _counterfactual(model: Model, history: History, trace: Trace, bought: int, price: float) -> str:
    labels = history.team.labels
    if not bought:
        if not len(trace.price):
            return "No price above zero would have had anybody asked."
        flip = float(trace.price[0])
        assert _solve(model, history, flip * (1 - JUST))[1] > 0
        return f"At a price below {flip:.3f} {_name(history, trace, 0)} would have been asked."
    flip = float(trace.price[0])
    again, none = _solve(model, history, flip)
    assert none == 0
    sentence = f"At a price of {flip:.3f} or more nobody would have been asked and '{labels[int(again.start[0])]}' would stand."
    other = _other_answer(model, history, trace, bought, price)
    return sentence if other is None else f"{sentence} {other}"


def _other_answer(model: Model, history: History, trace: Trace, bought: int, price: float) -> str | None:
    """The first other answer of the last person asked that changes the verdict, re-solved."""
    labels = history.team.labels
    row = int(trace.row[bought - 1])
    verdict = int(trace.verdicts(trace.first(bought))[0])
    said = int(history.answers.label[row])
    for other in [int(trace.start[0]), *range(min(len(labels), 20))]:
        if other == said:
            continue
        label = history.answers.label.copy()
        label[row] = other
        changed = replace(history, answers=replace(history.answers, label=label))
        new, count = _solve(model, changed, price)
        now = int(new.verdicts(new.first(count))[0])
        if now != verdict:
            return f"Had {_name(history, trace, bought - 1)} said '{labels[other]}', the verdict would be '{labels[now]}'."
    return None


def _name(history: History, trace: Trace, q: int) -> str:
    return history.agent_id[history.answers.agent[trace.row[q]]]
