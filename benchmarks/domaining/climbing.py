"""A ladder of a domain's machines against the largest of them: who is right, what verdicts are worth, and CPU to answer a case.

CPU is `process_time`, the least of TIMES: of one case alone, as cases come, and of all new cases of a split together. What the
ladder itself takes to decide is in it. The price is set on what teaches: a case is expected to use a share of the largest's CPU, and
we ask for less than what is allowed, for the ladder's own time is not foreseen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mindshare.core.score import Bootstrap, interval
from mindshare.machines.ladder.ladder import Ladder
from mindshare.machines.ladder.rungs import some

Array = NDArray[Any]
Row = tuple[str, str]
SHARES = {"40 %": 0.33, "25 %": 0.2}  # allowed -> asked for
NEEDED = 1.02  # times what the cheapest rung alone uses: less cannot be asked for
TIMES, ALONE, DRAWS = 3, 120, 2_000


class Part(NamedTuple):
    """One split. The ladder's last rung is the largest; the new cases taught nobody."""

    ladder: Ladder
    new: Any
    truth: Array  # (N,) places in the ladder's classes
    cluster: Array  # (N,) cases of one number are drawn together


class Told(NamedTuple):
    """What one machine or ladder said of one split's cases, and CPU seconds a case."""

    right: Array
    worth: Array
    alone_s: float
    together_s: float


def rows(heading: str, parts: Iterable[Part], utility: Mapping[str, Mapping[str, float]]) -> Iterator[Row]:
    """`utility`: truth -> verdict -> value, its keys in the order of the labels."""
    worth = np.array([[values[verdict] for verdict in utility] for values in utility.values()])
    found, cluster, stops = [], [], []
    with threadpool_limits(1):
        for part in parts:
            found.append(_judged(part, worth))
            stops.append(_stops(part))
            cluster.append(part.cluster)
    names = part.ladder.rungs_
    yield f"ladder, {heading}", f"{sum(map(len, cluster)):,} answers in {len(found)} splits"
    for name in found[0]:
        yield f"    {name}", _of_one([each[name] for each in found], [each[names[-1]] for each in found])
    draw = Bootstrap(np.unique(np.concatenate(cluster), return_inverse=True)[1].astype(np.int32), 0, DRAWS)
    for allowed in SHARES:
        mine, largest = ([each[who] for each in found] for who in (f"ladder {allowed}", names[-1]))
        yield f"    ladder {allowed} less {names[-1]}", _less(mine, largest, draw)
        share = np.mean([stop[allowed] for stop in stops], axis=0)
        yield (
            f"    ladder {allowed}: cases that stop at",
            ", ".join(f"{n} {s:.1%}" for n, s in zip(names, share, strict=True)),
        )


def _judged(part: Part, worth: Array) -> dict[str, Told]:
    ladder = part.ladder
    who: dict[str, Callable[[Any], Array]] = {
        name: lambda X, rung=rung: rung.answer(X, None)[0]
        for name, rung in zip(ladder.rungs_, ladder.ladder_, strict=True)
    }
    for allowed, price in _prices(ladder).items():
        who[f"ladder {allowed}"] = lambda X, price=price: ladder.answer(X, price).proba
    out = {}
    for name, answer in who.items():
        proba = answer(part.new)
        verdict = (proba @ worth).argmax(axis=1)
        right = (proba.argmax(axis=1) == part.truth).astype(float)
        together = _least(lambda answer=answer: answer(part.new)) / len(part.truth)
        out[name] = Told(right, worth[part.truth, verdict], _alone(answer, part.new), together)
    return out


def _prices(ladder: Ladder) -> dict[str, dict[str, float]]:
    """Allowed share -> the price at which a case alone is expected to use at most what is asked for."""
    uses = [cost.each(1)["cpu_s"] for cost in ladder.cost_]
    return {
        allowed: ladder.price_within("cpu_s", max(asked * uses[-1], NEEDED * min(uses)))
        for allowed, asked in SHARES.items()
    }


def _stops(part: Part) -> dict[str, Array]:
    """(K,) shares of the new cases that stop at each rung."""
    count = len(part.ladder.rungs_)
    return {
        allowed: np.bincount(part.ladder.answer(part.new, price).rung, minlength=count) / len(part.truth)
        for allowed, price in _prices(part.ladder).items()
    }


def _alone(answer: Callable[[Any], Array], new: Any) -> float:
    """Mean CPU seconds of one case after another, of some at even distances."""
    at = np.unique(np.linspace(0, len(new) - 1, ALONE).astype(int))
    cases = [some(new, np.array([i])) for i in at.tolist()]
    return float(np.mean([_least(lambda one=one: answer(one)) for one in cases]))


def _least(run: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(TIMES):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def _of_one(mine: list[Told], largest: list[Told]) -> str:
    told = f"right {100 * _joined(mine, 'right').mean():.2f} %, worth {_joined(mine, 'worth').mean():.4f}"
    for manner in ("alone_s", "together_s"):
        cpu, most = (np.array([getattr(each, manner) for each in told]) for told in (mine, largest))
        share = 100 * cpu / most
        told += (
            f"; {manner.removesuffix('_s')} {1e6 * cpu.mean():.1f} us,"
            f" {100 * cpu.mean() / most.mean():.1f} % ({share.min():.1f} to {share.max():.1f})"
        )
    return told


def _less(mine: list[Told], largest: list[Told], draw: Bootstrap) -> str:
    """Paired, 95 %; then the splits one by one."""
    parts = []
    for what, unit in (("right", 100.0), ("worth", 1.0)):
        by_split = [
            unit * (a - b).mean() for a, b in zip(_each(mine, what), _each(largest, what), strict=True)
        ]
        off = unit * (_joined(mine, what) - _joined(largest, what))
        low, high = interval(draw.means(off[:, None])[:, 0])
        parts.append(
            f"{what} {off.mean():+.4g} [{low:+.4g}, {high:+.4g}], splits {min(by_split):+.3g} to {max(by_split):+.3g}"
        )
    return "; ".join(parts)


def _each(told: list[Told], what: str) -> list[Array]:
    return [getattr(each, what) for each in told]


def _joined(told: list[Told], what: str) -> Array:
    return np.concatenate(_each(told, what))
