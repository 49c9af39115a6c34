"""Rate, width and batch searched inside the budget of the fit: many candidates a little, the better half more, the best one the rest.

Successive halving (Jamieson & Talwalkar 2016). Every candidate runs its whole one-cycle course within its part of the budget, so
what is compared are short fits, not beginnings of long ones. What the search spends is taken from the same budget.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.records import Budget
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.net import NetModel

SHARE = 0.4  # of the budget, for searching
MOST = 8  # candidates; of more, so many are drawn


@dataclass(frozen=True, slots=True)
class Trial:
    """One short fit: what was tried, its part of the budget, and its best validation loss."""

    params: Mapping[str, Any]
    budget: Mapping[str, float]
    loss: float


def search(
    model: NetModel,
    X: Any,
    y: ArrayLike,
    over: Mapping[str, Sequence[Any]],
    *,
    budget: Budget,
    validation: tuple[Any, ArrayLike],
    plan: FitPlan | None = None,
    share: float = SHARE,
    progress: Callable[[float, str], None] | None = None,
) -> tuple[NetModel, list[Trial]]:
    """(`model` fitted with the best of `over`, what was tried). `over`: a parameter of the model or plan -> what to try.

    Raises ValueError where neither has that parameter, or no time is limited.
    """
    plan, timed = plan or FitPlan(), {r: x for r, x in budget.limit.items() if r in ("cpu_s", "wall_s")}
    if not timed:
        raise ValueError("A search needs a budget of cpu_s or wall_s: it is what candidates share.")
    for name, values in over.items():
        if not len(values):
            raise ValueError(f"There is nothing to try for '{name}'; give at least one value.")
        if name not in model.get_params() and not hasattr(plan, name):
            raise ValueError(
                f"Neither {type(model).__name__} nor FitPlan has a parameter '{name}' to search over."
            )
    meter, trials = Meter(budget), list[Trial]()
    left = _candidates(over, model.seed)
    rounds = max(1, math.ceil(math.log2(len(left)))) if len(left) > 1 else 0
    for turn in range(rounds):
        part = {r: share * x / rounds / len(left) for r, x in timed.items()}
        told = []
        for i, params in enumerate(left):
            loss = _short(model, plan, params, (X, y, validation), {**budget.limit, **part})
            trials.append(Trial(params, part, loss))
            told.append(loss)
            if progress is not None:
                progress(share * (turn + (i + 1) / len(left)) / rounds, f"{params}: loss {loss:.4f}")
        order = np.argsort(told, kind="stable")
        left = [left[i] for i in order[: max(1, len(left) // 2)]]
    spent = meter.total()
    rest = {r: x - spent[r] if r in timed else x for r, x in budget.limit.items()}
    best = _with(model, plan, left[0])
    fitted = best[0].fit(X, y, budget=Budget(limit=rest), plan=best[1], validation=validation)
    return fitted, trials


def _candidates(over: Mapping[str, Sequence[Any]], seed: int) -> list[dict[str, Any]]:
    every = [dict(zip(over, values, strict=True)) for values in itertools.product(*over.values())]
    if len(every) <= MOST:
        return every
    drawn = np.random.default_rng(seed).choice(len(every), MOST, replace=False)
    return [every[i] for i in np.sort(drawn)]


def _with(model: NetModel, plan: FitPlan, params: Mapping[str, Any]) -> tuple[NetModel, FitPlan]:
    own = model.get_params()
    mine = {name: x for name, x in params.items() if name in own}
    return type(model)(**{**own, **mine}), replace(plan, **{n: x for n, x in params.items() if n not in own})


def _short(
    model: NetModel,
    plan: FitPlan,
    params: Mapping[str, Any],
    data: tuple[Any, ArrayLike, Any],
    limit: Mapping[str, float],
) -> float:
    X, y, validation = data
    candidate, how = _with(model, plan, params)
    return float(
        candidate.fit(X, y, budget=Budget(limit=limit), plan=how, validation=validation).report_.best_loss
    )
