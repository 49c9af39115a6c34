"""Signals in a demo: a short run of a made-up network under six controls, as a table and as a picture of where rollouts were worth it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from mindshare.domains.traffic.signals import rules
from mindshare.domains.traffic.signals.control import (
    Control,
    Pressure,
    Rollouts,
    Studied,
    learnt_from,
    picked,
)
from mindshare.domains.traffic.signals.crossings import Crossing, crossings
from mindshare.domains.traffic.signals.rollouts import STEP_S
from mindshare.domains.traffic.signals.simulate import Setting, Waited, simulate
from mindshare.domains.traffic.signals.sumo import Demand, grid, run_by, write_trips

TABLE, PICTURE = "signals.csv", "signals.svg"
AN_HOUR, SPAN_S = 5000.0, 600
SHARE = 0.25
ROLLOUT_S = 3e-5  # CPU seconds that a rollout is charged: about what it takes; stated, so that the same seed gives the same run
WIDE, SIDE, EDGE, BAR = 960, 480, 60, 300
LEAST, MOST = 6.0, 26.0  # radius of a crossing without rollouts and with most


class Bar(NamedTuple):
    """A control on the picture."""

    name: str
    delay_s: float
    long: float
    y: int


class Run(NamedTuple):
    """What a control came to."""

    name: str
    waited: Waited
    share: float  # of the decisions with a rollout


def write_signals(out: Path, *, seed: int, span_s: int = SPAN_S) -> None:
    """Writes signals.csv and signals.svg below `out`. Needs SUMO."""
    with tempfile.TemporaryDirectory() as folder:
        net = grid(Path(folder) / "grid.net.xml")
        every = crossings(net)
        runs, rolled = _runs(Path(folder), net, len(every), seed, span_s)
    lines = ["control,mean_delay_s,not_arrived,longest_stand_s,rollouts"]
    for name, waited, share in runs:
        lines.append(f"{name},{waited.mean_s:.1f},{waited.unfinished},{waited.longest_s:.0f},{share:.3f}")
    (out / TABLE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (out / PICTURE).write_text(_drawn(every, runs, rolled), encoding="utf-8")


def _runs(folder: Path, net: Path, count: int, seed: int, span_s: int) -> tuple[list[Run], dict[int, int]]:
    study = write_trips(net, folder / "study.xml", Demand(AN_HOUR, span_s, seed + 1))
    studied = Studied(seed=seed)
    simulate(net, study, studied, Setting(0, span_s, seed + 1))
    worth, foretold, _ = learnt_from([studied])
    some = picked(worth, foretold, ROLLOUT_S, share=SHARE, steps=span_s // STEP_S, crossings=count)
    trips = write_trips(net, folder / "trips.xml", Demand(AN_HOUR, span_s, seed))
    controls: dict[str, Control | None] = {
        "fixed times": None,
        "actuated": None,
        "max-pressure": Pressure(rules.ALL_S),
        "rule: who can go now": Pressure(),
        "rollouts where worth it": some,
        "rollouts everywhere": Rollouts(),
    }
    told = []
    for name, control in controls.items():
        own = run_by(net, "actuated", folder / "actuated.net.xml") if name == "actuated" else net
        waited = simulate(own, trips, control, Setting(0, span_s, seed))
        told.append(Run(name, waited, control.spent.share if control else 0.0))
    return told, dict(some.rolled)


def _drawn(every: list[Crossing], runs: list[Run], rolled: dict[int, int]) -> str:
    from jinja2 import Environment, FileSystemLoader

    most = max(rolled.values(), default=1)
    x, y = ([c.place[axis] for c in every] for axis in (0, 1))
    span = max(max(x) - min(x), max(y) - min(y), 1.0)
    dots = [
        (
            round(EDGE + (SIDE - 2 * EDGE) * (c.place[0] - min(x)) / span, 1),
            round(SIDE - EDGE - (SIDE - 2 * EDGE) * (c.place[1] - min(y)) / span + EDGE, 1),
            round(LEAST + (MOST - LEAST) * rolled.get(k, 0) / most, 1),
            rolled.get(k, 0),
        )
        for k, c in enumerate(every)
    ]
    longest = max(run.waited.mean_s for run in runs)
    bars = [
        Bar(run.name, run.waited.mean_s, round(BAR * run.waited.mean_s / longest, 1), 110 + 56 * k)
        for k, run in enumerate(runs)
    ]
    made = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return made.get_template(PICTURE).render(
        wide=WIDE, high=SIDE + EDGE, dots=dots, bars=bars, left=SIDE + EDGE, share=SHARE
    )
