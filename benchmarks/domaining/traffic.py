"""Rows of traffic: volumes and speeds foretold, and falls of the speed caught by one to five looks in five minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.score import Bootstrap, interval
from mindshare.domains.traffic import alarms, forecasts, tables, volumes
from mindshare.domains.traffic.intervals import half_widths
from mindshare.domains.traffic.los import read_los
from mindshare.domains.traffic.metro import Hours, read_metro
from mindshare.domains.traffic.onsets import AFTER, BEFORE, caught, onsets
from mindshare.domains.traffic.room import MUTE, looks
from mindshare.domains.traffic.speeds import DAY, Speeds

Array = NDArray[Any]
Row = tuple[str, str]
OPPONENT = "plain_trees"
BLOCK = 36  # steps of speeds that are drawn together: three hours
FIFTH = 0.8  # of all steps or hours teach
DRAWS = 2_000


def traffic(data: Path) -> Iterator[Row]:
    """All rows; nothing is learnt or chosen on what is judged. Those of nets are in `nets.py`: they take longest."""
    for part in PARTS:
        yield from part(data)


def alarms_caught(data: Path) -> Iterator[Row]:
    yield from _alarms(read_los(data))


def volumes_tuned(data: Path) -> Iterator[Row]:
    yield from _volumes("metro, tuned on 64 to 80 % of the hours", read_metro(data), 0.64, 0.8)


def speeds_tuned(data: Path) -> Iterator[Row]:
    yield from _speeds("los, day 5 from days 1 to 4 (tuned on)", read_los(data), [(4 * DAY, 5 * DAY)])


def volumes_last_fifth(data: Path) -> Iterator[Row]:
    yield from _volumes("metro, the last fifth", read_metro(data), FIFTH, 1.0)


def speeds_last_fifth(data: Path) -> Iterator[Row]:
    speeds = read_los(data)
    yield from _speeds(
        "los, the last fifth", speeds, [(round(FIFTH * len(speeds)), len(speeds))], covered=True
    )


def speeds_rolling(data: Path) -> Iterator[Row]:
    days = [(day * DAY, (day + 1) * DAY) for day in (5, 6)]
    yield from _speeds("los, days 6 and 7, each from all days before", read_los(data), days)


# -- forecasts -----------------------------------------------------------------------------------------------------
def _volumes(heading: str, hours: Hours, share: float, until: float) -> Iterator[Row]:
    taught, at = tables.parts(hours, share, until)
    truth = hours.volume[at]
    told = {name: machine(hours, taught, at) for name, machine in volumes.MACHINES.items()}
    told["both"] = (1.0 - volumes.OF_RIDGE) * told["trees"] + volumes.OF_RIDGE * told["ridge"]
    yield f"{heading}: MAE, vehicles an hour", f"{len(at):,} hours"
    yield from compared({name: np.abs(each - truth) for name, each in told.items()}, at // 24, OPPONENT)
    past = taught[: int(len(taught) * tables.TAUGHT)]
    held = taught[len(past) :]
    width = half_widths(volumes.trees(hours, past, held), hours.volume[held], told["trees"])
    error = np.abs(told["trees"] - truth)
    yield (
        "    interval of trees, 90 %",
        f"covers {np.mean(error <= width):.1%}, half width {width.mean():.0f}",
    )


def _speeds(
    heading: str, speeds: Speeds, spans: Sequence[tuple[int, int]], *, covered: bool = False
) -> Iterator[Row]:
    parts: list[dict[str, Array]] = []
    steps, within = [], []
    for begin, end in spans:
        taught, at = np.arange(begin), np.arange(begin, end - max(forecasts.AHEAD))
        truth = np.stack([speeds.speed[at + ahead] for ahead in forecasts.AHEAD], axis=-1)
        told = {name: machine(speeds, taught, at) for name, machine in forecasts.MACHINES.items()}
        if covered:
            within.append(_covered(speeds, begin, told["trees"], truth))
        parts.append({name: np.abs(each - truth).mean(axis=1) for name, each in told.items()})
        steps.append(at)
    for k, ahead in enumerate(forecasts.AHEAD):
        yield f"{heading}: MAE {5 * ahead} min ahead, mph", f"{sum(map(len, steps)):,} steps"
        error = {name: np.concatenate([part[name][:, k] for part in parts]) for name in parts[0]}
        yield from compared(error, np.concatenate(steps) // BLOCK, OPPONENT)
    for told_of in within:
        yield "    interval of trees, 90 %, 15/30/60 min", told_of


def _covered(speeds: Speeds, begin: int, told: Array, truth: Array) -> str:
    """Widths from the last day that teaches, foretold by what the days before it taught."""
    held = np.arange(begin - DAY, begin - max(forecasts.AHEAD))
    before, parts = forecasts.trees(speeds, np.arange(begin - DAY), held), []
    for k, ahead in enumerate(forecasts.AHEAD):
        known = before[:, :, k].ravel(), speeds.speed[held + ahead].ravel()
        width = half_widths(*known, told[:, :, k].ravel())
        parts.append(
            f"{np.mean(np.abs(told - truth)[:, :, k].ravel() <= width):.1%} (half width {width.mean():.1f})"
        )
    return ", ".join(parts)


# -- the control room ----------------------------------------------------------------------------------------------
def _alarms(speeds: Speeds) -> Iterator[Row]:
    """Days 6 and 7, learnt from the first five."""
    taught, at = np.arange(speeds.new_from), np.arange(speeds.new_from, len(speeds))
    onset = onsets(speeds)[at]
    when = np.nonzero(onset)[0] // BLOCK
    yield "alarms, days 6 and 7 from days 1 to 5", f"{onset.sum()} onsets"
    after = {each.__name__: each(speeds, taught, at) for each in AFTER_RULES}
    before = {each.__name__: each(speeds, taught, at) for each in BEFORE_RULES}
    for worth, is_before, rules in (
        (after, False, ("rule_after",)),
        (before, True, ("rule_before", "rule_after")),
    ):
        for minutes in (1, 3, 5):
            got = {
                name: caught(onset, looks(each, minutes), before=is_before).astype(float)
                for name, each in worth.items()
            }
            best = max(rules, key=lambda name: got[name].mean())
            most = _most(onset, minutes, BEFORE if is_before else (-AFTER, 0))
            yield (
                f"  {'before' if is_before else 'after'} the fall, {minutes} looks: share caught",
                f"at most {most:.2f}",
            )
            yield from compared(got, when, best, digits=3)


def _most(onset: Array, minutes: int, window: tuple[int, int]) -> float:
    """What somebody who knows all onsets would catch: the earliest end first; a sensor's falls are farther apart than it is mute."""
    due = sorted((t - window[0], t - window[1], s) for t, s in zip(*np.nonzero(onset), strict=True))
    left, got, muted = list(due), 0, np.full(onset.shape[1], -MUTE)
    for t in range(len(onset)):
        left = [each for each in left if each[0] >= t]
        open_now = [each for each in left if each[1] <= t and muted[each[2]] + MUTE <= t][:minutes]
        for each in open_now:
            left.remove(each)
            muted[each[2]] = t
        got += len(open_now)
    return got / max(len(due), 1)


AFTER_RULES = (alarms.plain_rule_after, alarms.rule_after, alarms.trees_after)
BEFORE_RULES = (alarms.rule_before, alarms.rule_after, alarms.trees_before)
PARTS = (
    alarms_caught,
    volumes_tuned,
    speeds_tuned,
    volumes_last_fifth,
    speeds_last_fifth,
    speeds_rolling,
)


# -- parts ---------------------------------------------------------------------------------------------------------
def compared(told: Mapping[str, Array], block: Array, opponent: str, *, digits: int = 2) -> Iterator[Row]:
    """Each mean with its interval, and its paired difference to the opponent; whole blocks are drawn."""
    columns = np.stack(list(told.values()), axis=1)
    draws, mean = Bootstrap(block.astype(np.int32), 0, DRAWS).means(columns), columns.mean(axis=0)
    at = list(told).index(opponent)
    for k, name in enumerate(told):
        against = (
            f"   {mean[k] - mean[at]:+.{digits}f} {_told(draws[:, k] - draws[:, at], digits)} on {opponent}"
        )
        yield (
            f"    {name}",
            f"{mean[k]:.{digits}f} {_told(draws[:, k], digits)}" + (against if k != at else ""),
        )


def _told(draws: Array, digits: int) -> str:
    low, high = interval(draws)
    return f"[{low:.{digits}f}, {high:.{digits}f}]"
