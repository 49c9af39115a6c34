"""JUDGE: what better allocation would have brought on a history of answers, out of fold, with intervals.

Each fold's cases are decided by policies that learnt on the other folds only: belief, channel, gate and prices.
Cases with one parent are never on both sides. With arrival times it is done once more in the order of time.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mindshare.core.belief.correction import ATTENTION
from mindshare.core.cost import check_limits, resources
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.kinds import cases_of_kinds
from mindshare.core.limits import More
from mindshare.histories.by_kind import by_kind, facts_of_kinds, is_enough
from mindshare.histories.cannot_tell import must_be_judged, not_held, not_judged
from mindshare.histories.carried import carried
from mindshare.histories.families import Family, fate, learner
from mindshare.histories.judge import FoldResult, judge
from mindshare.histories.more import in_all, more_told
from mindshare.histories.shares import checked, usual
from mindshare.histories.side import Task
from mindshare.histories.skills import agents
from mindshare.histories.tally import policies_at, tally

SCHEMA = "mindshare.backtest/1"
FOLDS = 5
LEAST_CASES = 50  # in the past, for a block of time to be decided by it
TIME_BLOCKS = 5
FEW = 60  # cases on which kernels are compiled
CUT = "All policies are cut by the same pacer: cases come one by one, at prices that follow what is left."
Progress = Callable[[float, str], None]


def backtest(
    history: History,
    *,
    limits: Mapping[str, float] | None = None,
    shares: Sequence[float] | None = None,
    seed: int = 0,
    belief: Family = "pool",
    progress: Progress | None = None,
    workers: int | None = None,
    more: More | None = None,
) -> dict[str, Any]:
    """The frontier of every policy on this history, as the JSON of docs/backtest.md.

    `shares`: human answers per case at which policies are compared, finite and >= 0, also above 1; 0 and 1 are always there.
    `limits`: resource -> amount for the whole history, respected exactly. `belief`: "pool", "auto" (answer attention is
    in the race too) or "attention" (taken whatever the race says); both need torch and time. `more` than
    a limit allows, for cases of some hours: `more` of the JSON tells of it. Same history, seed and versions: the same result
    outside `run`. Cases without a truth teach, but are not judged. Raises NotLearnable where no truth is known,
    MindshareError for a limit on what nobody uses and for a share that is negative or not finite.
    """
    started = time.perf_counter()
    must_be_judged(history)
    asked, limits = checked(usual(history) if shares is None else shares), dict(limits or {})
    check_limits(limits, resources(history))
    learner(belief, seed)  # refused before anything is learnt
    folds = split(history, FOLDS, seed)
    tasks = [Task(history, fit, test, asked, limits, seed, belief, more) for fit, test in folds]
    tasks = [task for task in tasks if len(task.told)]
    later = [Task(history, fit, test, asked, {}, seed, belief) for fit, test in _in_time(history)]
    results = _run(tasks + later, workers, progress)
    judged, in_time = results[: len(tasks)], results[len(tasks) :]
    out: dict[str, Any] = {"schema": SCHEMA, **_about(history)}
    out |= tally(history, judged, asked, in_all(limits, more), seed) | more_told(history, more, judged)
    out["kinds"] = by_kind(history, judged, asked, seed)
    out["belief"]["attention"] = _fate(belief, judged)
    out["time_order"] = _time_order(history, in_time, asked, seed)
    alone = out["policies"]["all_machines"]["points"][0]
    told = (not_judged(history), not_held(history, limits), carried(history, alone))
    out["not_learnable"] = [*history.not_learnable, *(sentence for part in told for sentence in part)]
    return out | {"run": _run_facts(started, seed, len(tasks))}


def _about(history: History) -> dict[str, Any]:
    """What is judged, and how."""
    return {
        "history": _facts(history),
        "cases": int((history.truth >= 0).sum()),
        "agents": agents(history),
        "replay": {"order": _order_in_words(history), "cut": CUT},
        "covered": _covered(history),
    }


def _fate(belief: Family, judged: Sequence[FoldResult]) -> str:
    told = [told for r in judged for told in r.belief.values()]
    return fate(belief, [t["family"] for t in told], raced=any(ATTENTION in t["race"] for t in told))


def _order_in_words(history: History) -> str:
    known = history.arrived is not None and not np.isnan(history.arrived).all()
    return "arrived" if known else "random, by the seed"


def _covered(history: History) -> dict[str, Any]:
    labelled = int((history.truth >= 0).sum())
    return {
        "cases": labelled,
        "share": labelled / len(history),
        "note": "Figures cover the cases whose truth is known.",
    }


def _run(tasks: list[Task], workers: int | None, progress: Progress | None) -> list[FoldResult]:
    """Judge all folds, side by side where there are cores; the order of results is that of the tasks."""
    workers = min(len(tasks), workers or len(os.sched_getaffinity(0)))
    tell = progress or (lambda _share, _what: None)
    tell(0.0, "learning")
    # one thread each: two workers whose linear algebra takes all cores spend more than half of their time waiting. One
    # worker too: sums split among threads are rounded otherwise, and the number of workers must change nothing
    with threadpool_limits(1):
        if workers <= 1:
            return _one_by_one(tasks, tell)
        tell(0.0, "compiling")
        judge(
            _small(tasks[0])
        )  # kernels are compiled, or read, once: forked workers share the program's memory
        tell(0.0, "learning")
        return _side_by_side(tasks, workers, tell)


def _one_by_one(tasks: list[Task], tell: Progress) -> list[FoldResult]:
    done = []
    for i, task in enumerate(tasks):
        done.append(judge(task))
        tell((i + 1) / len(tasks), f"fold {i + 1} of {len(tasks)}")
    return done


def _side_by_side(tasks: list[Task], workers: int, tell: Progress) -> list[FoldResult]:
    results: list[FoldResult | None] = [None] * len(tasks)
    # nothing has started a thread by now. Leaving the block, also on Ctrl-C, ends the workers at once
    with get_context("fork").Pool(workers, initializer=_leave_interrupts) as pool:
        for n, (i, result) in enumerate(pool.imap_unordered(_judged, enumerate(tasks))):
            results[i] = result
            tell((n + 1) / len(tasks), f"fold {n + 1} of {len(tasks)}")
    return [r for r in results if r is not None]


def _small(task: Task) -> Task:
    """The same task on a few cases of each kind."""
    kinds = cases_of_kinds(task.history)
    fit, test = (
        np.concatenate([part[np.isin(part, cases)][:FEW] for cases in kinds])
        for part in (task.fit, task.told)
    )
    return task._replace(fit=fit, test=test, family="pool")


def _judged(numbered: tuple[int, Task]) -> tuple[int, FoldResult]:
    return numbered[0], judge(numbered[1])


def _leave_interrupts() -> None:
    """Ctrl-C is for the program that waits, not for its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _in_time(history: History) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Blocks in the order of arrival, each decided by what was learnt before it; parents that straddle stay early."""
    if history.arrived is None or np.isnan(history.arrived).all():
        return []
    usable = np.flatnonzero(~np.isnan(history.arrived) & (history.truth >= 0))
    order = usable[np.argsort(history.arrived[usable], kind="stable")]
    edges = np.linspace(0, len(order), TIME_BLOCKS + 1).astype(int)
    out = []
    for b in range(1, TIME_BLOCKS):
        past, now = order[: edges[b]], order[edges[b] : edges[b + 1]]
        now = now[~np.isin(history.parent[now], history.parent[past])]
        if len(now) and is_enough(history, past, now, LEAST_CASES):
            out.append((past, now))
    return out


def _time_order(
    history: History, results: list[FoldResult], shares: tuple[float, ...], seed: int
) -> dict[str, Any] | None:
    if not results:
        return None
    return {
        "policies": policies_at(history, results, shares, seed),
        "cases": int(sum(len(r.cases) for r in results)),
        "note": "Learnt on the past only: each block of time is decided by what was known before it.",
    }


def _facts(history: History) -> dict[str, Any]:
    people = [name for name, person in zip(history.agent_id, history.is_person, strict=True) if person]
    return {
        "name": history.team.name,
        "cases": len(history),
        "labelled": int((history.truth >= 0).sum()),
        "labels": len(history.team.labels),
        **facts_of_kinds(history),
        "machines": int((~history.is_person).sum()),
        "people": len(people),
        "answers": len(history.answers),
        "utility": "accuracy" if history.team.is_accuracy else "matrix",
        "stakes": history.stakes is not None,
        "simulated_people": bool(people) and all(name.startswith("sim_") for name in people),
    }


def _run_facts(started: float, seed: int, folds: int) -> dict[str, Any]:
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "peak_mb": round(peak / 1024, 1),
        "seed": seed,
        "folds": folds,
        "versions": _versions(("numpy", "scipy", "sklearn", "numba", "polars")),
        "command": " ".join(sys.argv),
    }


def _versions(names: Iterable[str]) -> dict[str, str]:
    out = {"python": sys.version.split()[0]}
    for name in names:
        module = sys.modules.get(name)
        if module is not None:
            out[name] = str(getattr(module, "__version__", "unknown"))
    return out
