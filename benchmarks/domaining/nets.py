"""Rows of traffic's nets: the window on which they were chosen, then judged beside trees over three seeds, and what an answer costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from domaining.traffic import BLOCK, FIFTH, OPPONENT, compared
from mindshare.domains.traffic import forecasts, nets, tables, volumes
from mindshare.domains.traffic.columns import columns
from mindshare.domains.traffic.los import read_los
from mindshare.domains.traffic.metro import read_metro
from mindshare.domains.traffic.speeds import DAY

Array = NDArray[Any]
Row = tuple[str, str]
SEEDS = 3
WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)  # of the net in a mean with trees, among which one is chosen
ANSWERS = 24  # steps that are answered one after the other, to see what one costs


def nets_of_traffic(data: Path) -> Iterator[Row]:
    """All rows; settings and weights were chosen by the last two, and nothing by the first two."""
    for part in (speeds_judged, volumes_judged, speeds_chosen, volumes_chosen):
        yield from part(data)


def speeds_chosen(data: Path) -> Iterator[Row]:
    speeds = read_los(data)
    taught, at = np.arange(4 * DAY), np.arange(4 * DAY, 5 * DAY - max(forecasts.AHEAD))
    truth = _truth(speeds.speed, at)
    trees, net = forecasts.trees(speeds, taught, at), nets.gru_speeds(speeds, taught, at)
    yield "los, day 5 from days 1 to 4 (chosen on), 15/30/60 min", f"{len(at):,} steps"
    alone = nets.net_of_speeds(speeds, taught, cpu_s=nets.SPEEDS_S, seed=0, most=0)
    every = {"trees": trees, "net": net, "net without neighbours": nets.speeds_by(alone, speeds, at, taught)}
    for name, told in {**every, **_means(trees, net)}.items():
        error = np.abs(told - truth).mean(axis=(0, 1))
        yield f"    {name}", " / ".join(f"{x:.3f}" for x in error)


def volumes_chosen(data: Path) -> Iterator[Row]:
    hours = read_metro(data)
    taught, at = tables.parts(hours, 0.64, 0.8)
    both, net = volumes.both(hours, taught, at), nets.gru_volumes(hours, taught, at)
    yield "metro, 64 to 80 % of the hours (chosen on)", f"{len(at):,} hours"
    for name, told in {"both": both, "net": net, **_means(both, net)}.items():
        yield f"    {name}", f"{np.abs(told - hours.volume[at]).mean():.1f}"


def speeds_judged(data: Path) -> Iterator[Row]:
    """The last fifth; `net` and `trees and net`: the mean error of SEEDS of them."""
    speeds = read_los(data)
    begin = round(FIFTH * len(speeds))
    taught, at = np.arange(begin), np.arange(begin, len(speeds) - max(forecasts.AHEAD))
    machines = forecasts.boosted(speeds, taught, taught)
    told = {
        OPPONENT: [forecasts.plain_trees(speeds, taught, at)],
        "trees": [forecasts.told_by(machines, speeds, at, taught)],
    }
    learnt = [nets.net_of_speeds(speeds, taught, cpu_s=nets.SPEEDS_S, seed=seed) for seed in range(SEEDS)]
    told["net"] = [nets.speeds_by(net, speeds, at, taught) for net in learnt]
    truth = _truth(speeds.speed, at)
    error = _errors(told, nets.OF_NET, truth)
    for k, ahead in enumerate(forecasts.AHEAD):
        yield f"los, the last fifth, with a net: MAE {5 * ahead} min ahead, mph", f"{len(at):,} steps"
        yield from _against(
            {name: each.mean(axis=1)[:, k] for name, each in error.items()}, at // BLOCK, "trees"
        )
        seeds = " ".join(f"{np.abs(each - truth)[:, :, k].mean():.3f}" for each in told["net"])
        yield "    net, seed by seed", seeds
    yield "    a net learns", f"{np.mean([net.spent_.cpu_s for net in learnt]):.0f} CPU s"
    for name, (read, answer) in {
        "trees": (
            lambda step: columns(speeds, step, taught),
            lambda known: [each.predict(known) for each in machines],
        ),
        "net": (lambda step: nets.last_hour(speeds, step, taught), learnt[0].predict),
    }.items():
        yield f"    CPU of {name}, one step of {len(speeds.sensors)} sensors", _cost(read, answer, at)


def volumes_judged(data: Path) -> Iterator[Row]:
    hours = read_metro(data)
    taught, at = tables.parts(hours, FIFTH)
    told = {OPPONENT: [volumes.plain_trees(hours, taught, at)], "both": [volumes.both(hours, taught, at)]}
    told["net"] = [nets.gru_volumes(hours, taught, at, seed=seed) for seed in range(SEEDS)]
    yield "metro, the last fifth, with a net: MAE, vehicles an hour", f"{len(at):,} hours"
    error = _errors(told, nets.OF_NET_VOLUMES, hours.volume[at])
    yield from _against(error, at // 24, "both")
    seeds = " ".join(f"{np.abs(each - hours.volume[at]).mean():.1f}" for each in told["net"])
    yield "    net, seed by seed", seeds


# -- parts ---------------------------------------------------------------------------------------------------------
def _truth(speed: Array, at: Array) -> Array:
    return np.stack([speed[at + ahead] for ahead in forecasts.AHEAD], axis=-1)


def _means(trees: Array, net: Array) -> dict[str, Array]:
    return {f"mean, {share:.0%} of it the net": (1.0 - share) * trees + share * net for share in WEIGHTS}


def _errors(told: Mapping[str, list[Array]], share: float, truth: Array) -> dict[str, Array]:
    """Absolute errors of each machine, of its mean with one net, and of what three nets say together; means over seeds."""
    _, trees, net = told  # in the order of the table
    together = np.mean(told[net], axis=0)
    every = {
        **told,
        f"{trees} and net": [(1.0 - share) * told[trees][0] + share * each for each in told[net]],
        "mean of three nets": [together],
        f"{trees} and three nets": [(1.0 - share) * told[trees][0] + share * together],
    }
    return {name: np.mean([np.abs(each - truth) for each in some], axis=0) for name, some in every.items()}


def _against(error: Mapping[str, Array], block: Array, trees: str) -> Iterator[Row]:
    """Beside the opponent, then, without it, beside our own trees."""
    yield from compared(error, block, OPPONENT)
    yield from compared({name: each for name, each in error.items() if name != OPPONENT}, block, trees)


def _cost(read: Callable[[Array], Any], answer: Callable[[Any], Any], at: Array) -> str:
    """Milliseconds of CPU of a step, one after the other: to read it, and to answer."""
    steps = [np.array([step]) for step in at[:: max(1, len(at) // ANSWERS)][:ANSWERS]]
    with threadpool_limits(1):
        answer(read(steps[0]))  # the first one warms up
        began = time.process_time()
        known = [read(step) for step in steps]
        between = time.process_time()
        for each in known:
            answer(each)
        ended = time.process_time()
    reads, answers = (1e3 * x / len(steps) for x in (between - began, ended - between))
    return f"{reads:.1f} ms to read, {answers:.1f} ms to answer"
