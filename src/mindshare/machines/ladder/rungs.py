"""The rungs of a ladder: whole machines, or one exit after the other of a net that has several; and what a batch at each costs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mindshare.machines.task import Floats, TaskModel

LEAST = 1e-4  # of a probability: a rule that is always sure is not believed more than that
TIMES = 5  # each timing; the least counts, the rest waited for somebody
MANY = 256  # cases of a large batch


class Kept(Protocol):
    """What a rung leaves for the next one."""

    def take(self, at: NDArray[np.int64]) -> Kept:
        """Of the cases `at` only."""
        ...


@runtime_checkable
class Resumes(Protocol):
    """A machine that can answer several times, going on from what it has computed."""

    exits: int

    def resume(self, X: Any, exit_at: int, carried: Any) -> tuple[Floats, Any]:
        """(N, L) probabilities of one exit, and what the next one starts from."""
        ...

    def explain_exit(self, X: Any, exit_at: int) -> list[Floats]:
        """Where that exit looked."""
        ...


class Rung(NamedTuple):
    """One step of the ladder: a machine, and which exit of it (-1: it has one answer only)."""

    name: str
    model: TaskModel
    exit_at: int

    def answer(self, X: Any, kept: Any) -> tuple[Floats, Any]:
        """(N, L) probabilities, and what a later exit may go on from; `kept` is what an earlier exit of the same net left."""
        if self.exit_at < 0:
            return self.model.predict_proba(X), None
        return cast(Resumes, self.model).resume(X, self.exit_at, kept)

    def follows(self, other: Rung | None) -> bool:
        """Whether it goes on from what `other` has computed."""
        return other is not None and self.exit_at > 0 and other.model is self.model

    def explain(self, X: Any) -> list[Floats]:
        """Where it looked."""
        if self.exit_at < 0:
            return self.model.explain(X)
        return cast(Resumes, self.model).explain_exit(X, self.exit_at)


class BatchCost(NamedTuple):
    """What a batch uses: resource -> fixed + per * cases."""

    fixed: Mapping[str, float]
    per: Mapping[str, float]

    def of(self, cases: float) -> dict[str, float]:
        """Of the whole batch."""
        return {r: self.fixed.get(r, 0.0) + per * cases for r, per in self.per.items()}

    def and_then(self, other: BatchCost) -> BatchCost:
        """Of both, one after the other."""
        return BatchCost(_sum(self.fixed, other.fixed), _sum(self.per, other.per))

    def each(self, cases: float) -> dict[str, float]:
        """Of each case of such a batch; of less than one case as of one."""
        return {r: x / max(cases, 1.0) for r, x in self.of(max(cases, 1.0)).items()}


def _sum(a: Mapping[str, float], b: Mapping[str, float]) -> dict[str, float]:
    return {r: a.get(r, 0.0) + b.get(r, 0.0) for r in {**a, **b}}


def rungs_of(models: Mapping[str, TaskModel]) -> list[Rung]:
    """The machines in their order; one with exits gives a rung for each."""
    found = []
    for name, model in models.items():
        if isinstance(model, Resumes):
            found += [Rung(f"{name} exit {at + 1}", model, at) for at in range(model.exits)]
        else:
            found.append(Rung(name, model, -1))
    return found


def some(X: Any, at: NDArray[np.int64]) -> Any:
    """The cases `at` of an array, a table (a data frame, a sparse matrix) or a list."""
    if hasattr(X, "iloc"):
        return X.iloc[at]
    return X[at] if hasattr(X, "shape") else [X[i] for i in at.tolist()]


def aligned(model: TaskModel, proba: Floats, classes: NDArray[Any]) -> Floats:
    """Log probabilities in the order of `classes`: a label that the machine never saw has the least probability."""
    mine = np.asarray(model.classes_)  # type: ignore[attr-defined]
    full = np.full((len(proba), len(classes)), LEAST)
    full[:, np.searchsorted(classes, mine)] = np.maximum(proba, LEAST)
    return cast(Floats, np.log(full / full.sum(axis=1, keepdims=True)))


def is_paid(model: TaskModel) -> bool:
    """Whether each of its answers is paid for, and it learns nothing: then nothing is asked only to time it."""
    return bool(getattr(model, "paid", False))


def climb_all(rungs: Sequence[Rung], X: Any, classes: NDArray[Any]) -> Floats:
    """(K, N, L) log probabilities of every rung."""
    out, kept, before = [], None, None
    for rung in rungs:
        proba, kept = rung.answer(X, kept if rung.follows(before) else None)
        before = rung
        out.append(aligned(rung.model, proba, classes))
    return np.stack(out)


def measured(rungs: Sequence[Rung], X: Any) -> list[BatchCost]:
    """CPU seconds of a batch at each rung, timed on one case and on many; what else a rung's machine says that it uses. All of it
    as it says where its answers are paid for.
    """
    took = []
    for cases in (1, min(MANY, len(X))):
        part, mine = some(X, np.arange(cases)), list[float]()
        kept: Any = None
        for at, rung in enumerate(rungs):
            if is_paid(rung.model):
                mine.append(0.0)
                continue
            best, from_ = float("inf"), kept if rung.follows(rungs[at - 1] if at else None) else None
            for _ in range(TIMES):
                start = time.process_time()
                _, kept = rung.answer(part, from_)
                best = min(best, time.process_time() - start)
            mine.append(best)
        took.append(mine)
    many = min(MANY, len(X))
    costs = []
    for rung, one, all_of_them in zip(rungs, *took, strict=True):
        per = (all_of_them - one) / (many - 1) if many > 1 else one
        per = min(max(per, 0.0), all_of_them / many)
        fixed, pers = {"cpu_s": max(one - per, 0.0)}, {"cpu_s": per}
        if is_paid(rung.model):
            told = rung.model.cost(some(X, np.arange(many)))
            fixed, pers = {}, {"cpu_s": 0.0} | {r: float(np.mean(x)) for r, x in told.items()}
        elif rung.exit_at <= 0:
            told = rung.model.cost(some(X, np.arange(many)))
            pers |= {r: float(np.mean(x)) for r, x in told.items() if r != "cpu_s"}
        costs.append(BatchCost(fixed, pers))
    return costs
