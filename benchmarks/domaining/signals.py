"""Signals in SUMO: fixed, actuated, delay-based, max-pressure, a rule, and rollouts everywhere or where they are worth their CPU.

Mean delay of all vehicles in seconds, with what they waited before they got onto the road, and with those who never arrived. What a rollout
is worth is learnt on runs of the grid that are not judged. Intervals (t) over seeds, paired: the same trips for all.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mindshare.domains.traffic.signals import rules
from mindshare.domains.traffic.signals.control import (
    Control,
    Pressure,
    Rollouts,
    Spent,
    Studied,
    learnt_from,
    picked,
)
from mindshare.domains.traffic.signals.crossings import crossings
from mindshare.domains.traffic.signals.rollouts import STEP_S
from mindshare.domains.traffic.signals.simulate import Guard, Setting, Waited, simulate
from mindshare.domains.traffic.signals.sumo import Demand, grid, has_sumo, run_by, write_trips
from mindshare.domains.traffic.signals.worth import Worth

Array = NDArray[Any]
Row = tuple[str, str]
LEVELS = (3000, 4500, 6000, 9000)  # vehicles an hour
SPAN_S, SEEDS = 1800, (11, 12, 13, 14, 15)
STUDY_S, STUDIED = 900, ((3000, 101), (5000, 102), (7000, 103), (9000, 104))
SHARES = {"rollouts at 12.5 %": 0.125, "rollouts at 25 %": 0.25}
BY_SUMO = {"fixed": "static", "actuated": "actuated", "delay-based": "delay_based"}
OTHERS, PRESSURE, RULE, EVERYWHERE = (
    ("actuated", "max-pressure"),
    "max-pressure",
    "rule",
    "rollouts everywhere",
)
NAMES = (*BY_SUMO, PRESSURE, RULE, *SHARES, EVERYWHERE)
REAL = {"cologne3": (25200, 28800), "ingolstadt7": (57600, 61200)}  # seconds of the day


class Known(NamedTuple):
    """What a rollout is worth, what it was foretold to save, and what it takes."""

    worth: Worth
    foretold: Array
    rollout_s: float


@dataclass(frozen=True)
class Job:
    """One run."""

    net: Path
    trips: Path
    name: str
    setting: Setting
    known: Known | None = None


class Ran(NamedTuple):
    """How long everybody waited, and what the decisions took."""

    waited: Waited
    spent: Spent


def signals(data: Path) -> Iterator[Row]:
    """The grid at four levels of demand; then what disturbs it; then two real networks."""
    if not has_sumo():
        yield "skipped: SUMO is missing", "python -m pip install 'mindshare[sim]'"
        return
    with tempfile.TemporaryDirectory() as folder, _pool() as pool:
        at = Path(folder)
        net = grid(at / "grid.net.xml")
        known = _studied(pool, at, net)
        yield "a rollout takes, microseconds", f"{1e6 * known.rollout_s:.0f}"
        for level in LEVELS:
            yield from _compared(f"grid, {level} veh/h", _ran(pool, _grid_jobs(at, net, level, known)))
        yield from _disturbed(pool, at, net, known)
        for name, span in REAL.items():
            source = data / f"resco-{name}"
            if not source.is_dir():
                yield f"{name}: skipped", f"resco-{name} is missing in the data folder"
                continue
            yield from _compared(name, _ran(pool, _real_jobs(at, source, name, span, known)))


def _pool() -> Pool:
    return get_context("spawn").Pool(os.cpu_count(), maxtasksperchild=20)


def _control(job: Job) -> Control | None:
    if job.name in BY_SUMO:
        return None
    if job.name in SHARES:
        assert job.known is not None
        count = len(crossings(job.net))
        steps = (job.setting.end_s - job.setting.begin_s) // STEP_S
        return picked(*job.known, share=SHARES[job.name], steps=steps, crossings=count)
    return {PRESSURE: Pressure(rules.ALL_S), RULE: Pressure(), EVERYWHERE: Rollouts()}[job.name]


def run(job: Job) -> Ran:
    """In a process of its own: SUMO runs once in each at a time."""
    control = _control(job)
    if isinstance(control, Rollouts):  # what is compiled once is not counted
        control.next(*_empty(job.net))
        control.spent = Spent()
    return Ran(simulate(job.net, job.trips, control, job.setting), control.spent if control else Spent())


def _empty(net: Path) -> tuple[Any, ...]:
    from mindshare.domains.traffic.signals.crossings import table
    from mindshare.domains.traffic.signals.seen import Seen

    known = table(crossings(net))
    nobody, ends = np.zeros(0), np.zeros(known.first[-1], np.int64)
    seen = Seen(nobody, nobody.astype(np.int64), ends, ends, [], nobody, nobody.astype(bool))
    return seen, known, np.zeros(len(known.phases), np.int64)


def study(job: Job) -> Studied:
    """One run that is learnt from."""
    control = Studied(seed=job.setting.seed)
    control.next(*_empty(job.net))
    control.features.clear()
    control.saved.clear()
    control.spent.rollouts, control.spent.rollout_s = 0, 0.0
    simulate(job.net, job.trips, control, job.setting)
    return control


def _studied(pool: Pool, at: Path, net: Path) -> Known:
    jobs = []
    for level, seed in STUDIED:
        trips = write_trips(net, at / f"study-{seed}.xml", Demand(level, STUDY_S, seed))
        jobs.append(Job(net, trips, "study", Setting(0, STUDY_S, seed)))
    return Known(*learnt_from(pool.imap(study, jobs)))


def _grid_jobs(at: Path, net: Path, level: int, known: Known, **trips: Any) -> list[Job]:
    jobs = []
    for seed in SEEDS:
        told = "-".join(map(str, trips))
        routes = write_trips(net, at / f"{level}-{seed}-{told}.xml", Demand(level, SPAN_S, seed, **trips))
        jobs += _all(at, net, routes, Setting(0, SPAN_S, seed), known)
    return jobs


def _real_jobs(at: Path, source: Path, name: str, span: tuple[int, int], known: Known) -> list[Job]:
    routes = at / f"{name}.rou.xml"
    with gzip.open(source / f"{name}.rou.xml.gz") as packed, routes.open("wb") as out:
        shutil.copyfileobj(packed, out)
    net = source / f"{name}.net.xml"
    return [job for seed in SEEDS for job in _all(at, net, routes, Setting(*span, seed), known)]


def _all(at: Path, net: Path, routes: Path, setting: Setting, known: Known) -> list[Job]:
    jobs = []
    for name in NAMES:
        own = net if name not in BY_SUMO else at / f"{net.stem}-{name}.xml"
        if name in BY_SUMO and not own.exists():
            run_by(net, BY_SUMO[name], own)
        jobs.append(Job(own, routes, name, setting, known))
    return jobs


def _ran(pool: Pool, jobs: Sequence[Job]) -> dict[str, list[Ran]]:
    found: dict[str, list[Ran]] = {}
    for job, ran in zip(jobs, pool.imap(run, jobs), strict=True):
        found.setdefault(job.name, []).append(ran)
    return found


def _compared(heading: str, ran: dict[str, list[Ran]]) -> Iterator[Row]:
    """Each control's delay; ours beside the better of actuated and max-pressure, and the share of the whole gain."""
    yield f"{heading}: mean delay, s", ""
    delay = {name: np.array([each.waited.mean_s for each in runs]) for name, runs in ran.items()}
    other = min(OTHERS, key=lambda name: delay[name].mean())
    for name, runs in ran.items():
        more = ""
        if name in (RULE, *SHARES, EVERYWHERE):
            kept = (delay[other].mean() - delay[name].mean()) / (
                delay[other].mean() - delay[EVERYWHERE].mean()
            )
            less = 100.0 * (delay[name] / delay[other] - 1.0)
            more = f"; {_told(less, '+.1f')} % on {other}, {100 * kept:.0f} % of the gain"
        yield f"    {name}", f"{_told(delay[name], '.1f')}{more}; {_counted(runs)}"
    for name in SHARES:
        yield (
            f"    {name} less rollouts everywhere, and less the rule",
            f"{_told(delay[name] - delay[EVERYWHERE], '+.2f')} s, {_told(delay[name] - delay[RULE], '+.2f')} s",
        )


def _counted(runs: Sequence[Ran]) -> str:
    waited = [each.waited for each in runs]
    late, never = np.mean([w.unfinished for w in waited]), np.mean([w.undeparted for w in waited])
    told = f"not arrived {late:.0f} ({never:.0f} not begun), longest stand {max(w.longest_s for w in waited):.0f} s"
    spent = [each.spent for each in runs]
    if not spent[0].decisions:
        return told
    each = np.median([s.each_us for s in spent])
    return f"{told}, rollouts {100 * np.mean([s.share for s in spent]):.1f} %, {each:.0f} us a decision"


def _disturbed(pool: Pool, at: Path, net: Path, known: Known) -> Iterator[Row]:
    """A vehicle that breaks down, half of the vehicles unseen, emergency vehicles."""
    level = 6000
    yield from _compared(
        f"grid, {level} veh/h, one lane blocked for 15 minutes",
        _ran(pool, _grid_jobs(at, net, level, known, broken=True)),
    )
    kept = (PRESSURE, RULE, "rollouts at 25 %", EVERYWHERE)
    plain = [job for job in _grid_jobs(at, net, level, known) if job.name in kept]
    for guarded in (True, False):
        guard = Guard() if guarded else Guard(longest_s=np.inf, blind_s=np.inf)
        half = [replace(job, setting=replace(job.setting, unseen=0.5, guard=guard)) for job in plain]
        for name, runs in _ran(pool, half).items():
            delay = np.array([each.waited.mean_s for each in runs])
            heading = f"half unseen, {'with' if guarded else 'without'} guard: {name}"
            yield heading, f"{_told(delay, '.1f')}; {_counted(runs)}"
    urgent = [job for job in _grid_jobs(at, net, level, known, priority=0.01) if job.name in kept]
    for guarded in (True, False):
        jobs = [replace(j, setting=replace(j.setting, guard=Guard(priority=guarded))) for j in urgent]
        for name, runs in _ran(pool, jobs).items():
            first = np.array([_of(each.waited, "ambulance") for each in runs])
            rest = np.array([_of(each.waited, "DEFAULT_VEHTYPE") for each in runs])
            heading = f"1 % emergency, {'with' if guarded else 'without'} priority: {name}"
            yield heading, f"emergency {_told(first, '.1f')}, others {_told(rest, '.1f')}"


def _of(waited: Waited, kind: str) -> float:
    return float(waited.delay_s[np.array(waited.kinds) == kind].mean())


def _told(values: Array, form: str) -> str:
    """The mean and its 95 % interval over seeds."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():{form}} [{values.mean() - half:{form}}, {values.mean() + half:{form}}]"
