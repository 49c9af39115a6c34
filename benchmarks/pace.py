"""A stream decided case by case, against the best that could have been done knowing all of it.

    python benchmarks/pace.py [--cases 10000,100000] [--seeds 3] [--plot docs/pace.png]

Loss: of the value that no plan within the limits could pass, had all cases been known (`allocate`'s bound). `knowable`: against
what can be known. Of a load that changes: the bound of each part, with an even part of the limits. Of values and times that
are only expected: what the best plan on what is expected brings, all cases known. `counted`: cases are counted, no clock is
read. Prices start from 3,000 old cases of the same kind. `fixed` keeps the old prices; `greedy` takes what is worth most while
it lasts. The ledger is hard for all. 20 options, 10 limits; made-up numbers, no people. One thread.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from batch.families import Belief, beliefs
from numpy.typing import NDArray

from mindshare.core.allocation.allocate import Plan, allocate
from mindshare.core.pacing.arrivals import Clocked
from mindshare.core.pacing.decision import Decision
from mindshare.core.pacing.pacer import Pacer

OPTIONS, ROWS, OLD, PERIODS, LATE = 20, 10, 3_000, 10, 50
PROMISED_US = 50.0
REAL = ("vision16", "vision3", "convabuse")
F64 = NDArray[np.float64]


class Stream(NamedTuple):
    """`value`, `minutes` (T, K); option k > 0 spends its minutes of resource k % R. `told`, `foreseen`: as known when deciding."""

    value: F64
    minutes: F64
    told: F64
    foreseen: F64
    at: F64  # (T,) arrivals in parts of the whole
    limit: dict[str, float]  # of a period
    periods: int = 1
    doubles: bool = False

    def plan(self, part: Any = slice(None), share: float = 1.0) -> Plan:
        cost: dict[str, dict[int, F64]] = {name: {} for name in self.limit}
        for k in range(1, OPTIONS):
            cost[f"r{k % ROWS}"][k] = np.ascontiguousarray(self.minutes[part, k])
        limit = {name: share * amount for name, amount in self.limit.items()}
        return allocate(np.asfortranarray(self.value[part]), cost, limit)

    def hindsight(self) -> float:
        """The value that no plan could pass."""
        parts = np.floor(self.at * self.periods).astype(int)
        return sum(self.plan(parts == p).bound for p in range(self.periods))

    def knowable(self) -> float | None:
        """What could be won at most, or is won, with what can be known: a change when it comes, values and times as expected."""
        if self.told is not self.value or self.foreseen is not self.minutes:
            choice = self._replace(value=self.told, minutes=self.foreseen).plan().choice
            return float(self.value[np.arange(len(choice)), choice].sum())
        if self.doubles:
            return sum(self.plan((self.at >= 0.5) == late, 0.5).bound for late in (False, True))
        return None


# -- streams ---------------------------------------------------------------------------------------------------------
def made(n: int, seed: int, drift: float = 0.0, cases: int | None = None, family: str = "skills") -> Stream:
    """Cases get harder and longer by `drift` on the way; limits are for `cases` of them."""
    people = np.random.default_rng(0)
    skill, slow = people.normal(0, 0.7, OPTIONS), 0.5 + people.random(OPTIONS)
    rng, on = np.random.default_rng(1_000 + seed), drift * np.arange(n) / n
    hard, long = rng.normal(0, 1, n) + on, rng.lognormal(0, 0.5, n) * (1 + 0.5 * on)
    value = 1 / (1 + np.exp(hard[:, None] - skill - 0.7 * rng.standard_normal((n, OPTIONS))))
    minutes = long[:, None] * np.exp(0.4 * rng.standard_normal((n, OPTIONS))) * slow
    each = 0.0385
    if family == "ties":
        value, minutes, each = np.round(value, 1), np.ones_like(minutes), 0.03
    if family == "sparse":  # each person may see 5 % of the cases
        value, each = np.where(rng.random(value.shape) < 0.05, value, -1.0), 0.2 * each
    value[:, 0], minutes[:, 0] = 0.0, 0.0
    limit = {f"r{r}": each * (n if cases is None else cases) for r in range(ROWS)}
    return Stream(value, minutes, value, minutes, np.sort(rng.random(n)), limit)


def doubling(n: int, seed: int) -> Stream:
    """From half-way on twice as many cases come, and nobody says so."""
    rng = np.random.default_rng(seed)
    at = np.sort(np.concatenate([0.5 * rng.random(n // 2), 0.5 + 0.5 * rng.random(n)]))
    return made(len(at), seed, cases=n)._replace(at=at, doubles=True)


def estimated(n: int, seed: int) -> Stream:
    """Values are known with an error of a third of their spread."""
    stream, rng = made(n, seed), np.random.default_rng(seed)
    told = stream.value + 0.08 * rng.standard_normal(stream.value.shape)
    told[:, 0] = 0.0
    return stream._replace(told=told)


def late(n: int, seed: int) -> Stream:
    """What an answer takes is known 50 cases later; expected was the mean."""
    stream, rng = made(n, seed), np.random.default_rng(seed)
    return stream._replace(
        minutes=stream.minutes * rng.lognormal(-0.125, 0.5, stream.minutes.shape), foreseen=stream.minutes
    )


def refilled(n: int, seed: int) -> Stream:
    """Limits come back ten times on the way."""
    stream = made(n, seed)
    return stream._replace(
        limit={name: amount / PERIODS for name, amount in stream.limit.items()}, periods=PERIODS
    )


STREAMS: dict[str, tuple[Callable[[int, int], Stream], dict[int, float]]] = {
    "stationary": (made, {10_000: 0.6, 100_000: 0.3}),
    "slowly drifting": (lambda n, seed: made(n, seed, 0.5), {10_000: 0.6, 100_000: 0.3}),
    "drifting the other way": (lambda n, seed: made(n, seed, -0.5), {10_000: 0.6, 100_000: 0.3}),
    "everything ties": (lambda n, seed: made(n, seed, family="ties"), {}),
    "sparse eligibility": (lambda n, seed: made(n, seed, family="sparse"), {}),
    "load doubles half-way, untold": (doubling, {10_000: 1.5, 100_000: 1.5}),
    "values estimated": (estimated, {}),
    "answers late, times uncertain": (late, {}),
    "limits come back ten times": (refilled, {}),
}


# -- deciding --------------------------------------------------------------------------------------------------------
class Ran(NamedTuple):
    value: float
    took: F64  # CPU seconds of every decision
    over: float  # worst relative excess of a limit
    price: F64  # (T, R)


def ours(stream: Stream, old: dict[str, float], cases: Any) -> Ran:
    """The `Pacer`, told what is expected; what an answer took is settled when it is in."""
    period = dict.fromkeys(stream.limit, 1.0 / stream.periods) if stream.periods > 1 else None
    pacer = Pacer(stream.limit, cases, old, period_s=period)
    row, options, use = np.arange(OPTIONS) % ROWS, np.arange(OPTIONS), np.zeros((OPTIONS, ROWS))
    names, waiting = tuple(stream.limit), list[tuple[Decision, float]]()
    certain = stream.foreseen is stream.minutes
    won, took, prices = 0.0, np.empty(len(stream.at)), np.empty((len(stream.at), ROWS))
    spent, rest = np.zeros((stream.periods, ROWS)), 0
    for i, (told, foreseen, now) in enumerate(
        zip(stream.told, stream.foreseen, stream.at.tolist(), strict=True)
    ):
        use[options, row] = foreseen
        start = time.thread_time_ns()
        pacer.arrive(now=now)
        done = pacer.decide(told, use)
        took[i] = time.thread_time_ns() - start
        prices[i] = done.price
        k = done.option
        won += stream.value[i, k]
        spent[int(now * stream.periods), k % ROWS] += 0.0 if certain else stream.minutes[i, k]
        spent[int(now * stream.periods)] += done.use if certain else 0.0
        if not certain and k:
            waiting.append((done, stream.minutes[i, k]))
            if len(waiting) - rest > LATE:
                which, minutes = waiting[rest]
                pacer.settle(which, {names[which.option % ROWS]: minutes})
                rest += 1
    over = float((spent / list(stream.limit.values())).max() - 1) if certain else float("nan")
    return Ran(won, took / 1e9, over, prices)


def fixed(stream: Stream, price: F64) -> float:
    """Value won by old prices for ever; prices of zero are greedy."""
    most = np.array(list(stream.limit.values()))
    left, period, won, row = most.copy(), 0, 0.0, np.arange(OPTIONS) % ROWS
    for i in range(len(stream.at)):
        if int(stream.at[i] * stream.periods) > period:
            period, left = int(stream.at[i] * stream.periods), most.copy()
        use = stream.foreseen[i]
        net = np.where(use <= left[row], stream.told[i] - use * price[row], -np.inf)
        k = int(net.argmax())
        left[k % ROWS] -= min(stream.minutes[i, k], left[k % ROWS])
        won += stream.value[i, k]
    return won


def told_of(name: str, seeds: int) -> str:
    """The values that `mindshare plan` reckons for a public history: a third teaches the prices, the rest comes one by one."""
    belief = beliefs(name)
    n, k = belief.value.shape
    names, uses = tuple(belief.limit), np.zeros((n, k, len(belief.limit)))
    for r, resource in enumerate(names):
        for option, amount in belief.cost.get(resource, {}).items():
            uses[:, option, r] = np.where(belief.allowed[:, option], amount, 0.0)
    value = np.where(belief.allowed, belief.value, -1.0).astype(np.float64)
    value[:, 0], uses[:, 0] = belief.value[:, 0], 0.0
    losses, greedy, took = [], [], []
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(n)
        old, new = order[: n // 3], order[n // 3 :]
        price = _part(belief, old, len(old) / n).price
        plan = _part(belief, new, len(new) / n)
        limit = {r: amount * len(new) / n for r, amount in belief.limit.items()}
        for start, lost in ((price, losses), ({}, greedy)):
            pacer, won = Pacer(limit, len(new), start), 0.0
            for i in new:
                begin = time.thread_time_ns()
                pacer.arrive()
                won += pacer.decide(value[i], uses[i]).value
                took.append(time.thread_time_ns() - begin)
            lost.append(100 * (1 - won / plan.bound))
    p50, p99 = np.quantile(np.array(took) / 1e3, (0.5, 0.99))
    return (
        f"| {name} | {len(new):,} x {k} x {len(names)} | {np.mean(losses):.2f} % | {np.mean(greedy):.2f} % |"
        f" {100 * plan.gap:.2f} % | {p50:.0f} us | {p99:.0f} us |"
    )


def _part(belief: Belief, at: Any, share: float) -> Plan:
    cost = {
        r: {k: amount if np.ndim(amount) == 0 else np.asarray(amount)[at] for k, amount in columns.items()}
        for r, columns in belief.cost.items()
    }
    limit = {r: amount * share for r, amount in belief.limit.items()}
    return allocate(np.asfortranarray(belief.value[at]), cost, limit, np.asfortranarray(belief.allowed[at]))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", default="10000,100000")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--plot", help="a file for the picture")
    asked = parser.parse_args()
    ours(made(500, 0), {}, 500)  # compiles
    print(
        "| stream | cases | loss | worst | promised | knowable | counted | fixed prices | greedy | p50 | p99 of a decision |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    shown: dict[str, Any] = {}
    for n in map(int, asked.cases.split(",")):
        for what, (make, promised) in STREAMS.items():
            losses, took, over, known = [], [], [0.0], list[float]()
            for seed in range(asked.seeds):
                stream = make(n, 10 + seed)
                family = "ties" if "ties" in what else "sparse" if "sparse" in what else "skills"
                old = dict(made(OLD, 50 + seed, family=family).plan().price)
                best, price = stream.hindsight(), np.array([old[r] for r in stream.limit])
                end = 1.0 if stream.periods == 1 else None
                clock = Clocked([n / stream.periods], 1.0 / stream.periods, end=end or 1.0)
                ran = ours(stream, old, clock)
                took.append(ran.took)
                over.append(ran.over)
                won = [ran.value, ours(stream, old, n).value if stream.periods == 1 else np.nan]
                won += [fixed(stream, price), fixed(stream, 0 * price)]
                losses.append([1 - x / best for x in won])
                if (could := stream.knowable()) is not None:
                    known.append(100 * (1 - ran.value / could))
            loss, counted, steady, greedy = 100 * np.mean(losses, axis=0)
            p50, p99 = 1e6 * np.quantile(np.concatenate(took), (0.5, 0.99))
            goal = promised.get(n)
            kept = "" if goal is None else f"{goal:g} %: {'kept' if loss <= goal else 'BROKEN'}"
            fast = "kept" if p99 <= PROMISED_US else "BROKEN"
            shown[what] = (loss, steady, greedy, stream, ran)
            print(
                f"| {what} | {len(stream.at):,} | {loss:.2f} % | {100 * np.max(losses, axis=0)[0]:.2f} % | {kept} |"
                f" {f'{np.mean(known):.2f} %' if known else ''} | {'' if np.isnan(counted) else f'{counted:.2f} %'} |"
                f" {steady:.2f} % | {greedy:.1f} % | {p50:.0f} us | {p99:.0f} us (50: {fast}) |",
                flush=True,
            )
            assert np.nanmax(over) <= 1e-12, "a limit was passed"
    if asked.plot:
        draw(shown, asked.plot)
    if "MINDSHARE_DATA" not in os.environ:
        print("\nNot measured: beliefs of public histories (MINDSHARE_DATA is not set).")
        return 0
    print(
        "\n| beliefs of | cases x options x limits | loss, old prices | no prices | of it whole cases | p50 | p99 |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in REAL:
        print(told_of(name, asked.seeds), flush=True)
    return 0


def draw(shown: dict[str, Any], to: str) -> None:
    """Losses side by side, and a price on its way."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.6), width_ratios=(1.1, 1), layout="constrained")
    names = list(shown)[::-1]
    for i, (word, mark, tone) in enumerate(
        (("Pacer", "o", "#1b6ca8"), ("old prices for ever", "s", "#e08e0b"), ("greedy", "^", "#999999"))
    ):
        left.plot(
            [max(shown[name][i], 1e-2) for name in names], range(len(names)), mark, color=tone, label=word
        )
    left.set_xscale("log")
    left.set_yticks(range(len(names)), names)
    left.set_xlabel("loss against hindsight, % of the value (log scale)")
    left.grid(axis="x", alpha=0.3)
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    for what, tone in (("slowly drifting", "#2a9d5c"), ("load doubles half-way, untold", "#b3261e")):
        _, _, _, stream, ran = shown[what]
        some = slice(None, None, max(1, len(stream.at) // 2_000))
        right.plot(stream.at[some], ran.price[some, 0], color=tone, lw=1, label=what)
        right.axhline(stream.plan().price["r0"], color=tone, ls="--", lw=1)
    right.set_xlabel("time, part of the whole (dashed: the one price of hindsight)")
    right.set_ylabel("price of resource r0, value per unit")
    right.legend(frameon=False)
    right.grid(alpha=0.3)
    fig.savefig(to, dpi=110)


if __name__ == "__main__":
    sys.exit(main())
