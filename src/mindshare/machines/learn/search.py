"""Rate, width and batch searched inside the budget of the fit: many candidates a little, the better half more, the best one the rest.

Successive halving (Jamieson & Talwalkar 2016). Every candidate runs its whole one-cycle course within its part of the budget, so
what is compared are short fits, not beginnings of long ones. What the search spends is taken from the same budget.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike

from mindshare.core.records import Budget
from mindshare.machines.learn.learner import Learner, M
from mindshare.machines.learn.meter import Meter
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.settings import check_names

SHARE = 0.4  # of the budget, for searching
TIMED = ("cpu_s", "wall_s")
MOST = 8  # candidates; of more, so many are drawn


@dataclass(frozen=True, slots=True)
class Trial:
    """One short fit: what was tried, its part of the budget, and its best validation loss."""

    params: Mapping[str, Any]
    budget: Mapping[str, float]
    loss: float


class _Needed(TypedDict):
    validation: tuple[Any, ArrayLike]  # (X, y) that candidates are judged by


class SearchSettings(_Needed, total=False):
    """What a search may be told. `share` of the budget is for searching."""

    plan: FitPlan | None
    share: float
    progress: Callable[[float, str], None] | None


def search(
    model: M,
    X: Any,
    y: ArrayLike,
    over: Mapping[str, Sequence[Any]],
    *,
    budget: Budget,
    **settings: Unpack[SearchSettings],
) -> tuple[M, list[Trial]]:
    """(`model` fitted with the best of `over`, what was tried). `over`: a parameter of the model or plan -> what to try.

    `settings`: `validation`, and where wanted `plan`, `share`, `progress`. Raises ValueError where neither the model nor the
    plan has such a parameter, or no time is limited.
    """
    check_names(settings, SearchSettings, "search")
    plan = settings.get("plan") or FitPlan()
    _check(model, plan, over, budget)
    meter, halving = Meter(budget), _Halving(model, plan, (X, y, settings["validation"]), budget)
    best = halving.run(
        _candidates(over, model.seed), settings.get("share", SHARE), settings.get("progress") or _silent
    )
    spent = meter.total()
    rest = {r: x - spent[r] if r in TIMED else x for r, x in budget.limit.items()}
    return halving.fitted(best, rest), halving.trials


def _silent(_share: float, _sentence: str) -> None:
    """Nobody asked."""


def _check(model: Learner, plan: FitPlan, over: Mapping[str, Sequence[Any]], budget: Budget) -> None:
    if not any(r in TIMED for r in budget.limit):
        raise ValueError("A search needs a budget of cpu_s or wall_s: it is what candidates share.")
    for name, values in over.items():
        if not len(values):
            raise ValueError(f"There is nothing to try for '{name}'; give at least one value.")
        if name not in model.get_params() and not hasattr(plan, name):
            raise ValueError(
                f"Neither {type(model).__name__} nor FitPlan has a parameter '{name}' to search over."
            )


class _Halving(Generic[M]):
    """Rounds of short fits; the better half of each goes on."""

    def __init__(
        self, model: M, plan: FitPlan, cases: tuple[Any, ArrayLike, tuple[Any, ArrayLike]], budget: Budget
    ) -> None:
        self.model, self.plan, self.cases, self.budget = model, plan, cases, budget
        self.trials = list[Trial]()

    def run(
        self, left: list[dict[str, Any]], share: float, progress: Callable[[float, str], None]
    ) -> dict[str, Any]:
        """The candidate that is left."""
        rounds = math.ceil(math.log2(len(left)))
        for turn in range(rounds):
            part = {r: share * x / rounds / len(left) for r, x in self.budget.limit.items() if r in TIMED}
            losses = list[float]()
            for i, params in enumerate(left):
                short = self.fitted(params, {**self.budget.limit, **part})
                losses.append(float(short.report_.best_loss))
                self.trials.append(Trial(params, part, losses[-1]))
                progress(share * (turn + (i + 1) / len(left)) / rounds, f"{params}: loss {losses[-1]:.4f}")
            order = np.argsort(losses, kind="stable")
            left = [left[i] for i in order[: max(1, len(left) // 2)]]
        return left[0]

    def fitted(self, params: Mapping[str, Any], limit: Mapping[str, float]) -> M:
        """A model with these parameters, fitted within these limits."""
        X, y, validation = self.cases
        own = self.model.get_params()
        mine = {name: x for name, x in params.items() if name in own}
        plan = replace(self.plan, **{name: x for name, x in params.items() if name not in own})
        made = type(self.model)(**{**own, **mine})
        return made.fit(X, y, budget=Budget(limit=limit), plan=plan, validation=validation)


def _candidates(over: Mapping[str, Sequence[Any]], seed: int) -> list[dict[str, Any]]:
    every = [dict(zip(over, values, strict=True)) for values in itertools.product(*over.values())]
    if len(every) <= MOST:
        return every
    drawn = np.random.default_rng(seed).choice(len(every), MOST, replace=False)
    return [every[i] for i in np.sort(drawn)]
