"""Networks and trips for SUMO, made by its own tools; the extra `sim` brings them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax import SAXException

import numpy as np

from mindshare.core.errors import MindshareError

MISSING = "Signals run in SUMO, which is not installed: python -m pip install 'mindshare[sim]'."
# four by four crossings, 200 m apart, two lanes a way, and one more to turn left on the last 50 m
GRID = (
    "--grid --grid.number 4 --grid.length 200 --grid.attach-length 200 --default.lanenumber 2 --turn-lanes 1"
    " --turn-lanes.length 50 --default-junction-type traffic_light --no-turnarounds true --seed 1"
)
KINDS = ("static", "actuated", "delay_based")
LEAST_S, MOST_S = (
    "5",
    "50",
)  # seconds of green where SUMO runs a signal and the network states none: its own defaults
BROKEN_S = 900.0  # how long a broken-down vehicle stands


def has_sumo() -> bool:
    """Whether the extra `sim` is installed."""
    return all(importlib.util.find_spec(name) for name in ("sumo", "libsumo", "sumolib"))


def need_sumo() -> None:
    """Raises MindshareError where SUMO is missing."""
    if not has_sumo():
        raise MindshareError(MISSING)


def read_net(net_file: Path, **asked: bool) -> Any:
    """The network as sumolib reads it; `asked`: what else it is to read, in sumolib's words.

    Raises:
        MindshareError: SUMO is missing, or the file is none of its networks.
    """
    need_sumo()
    import sumolib

    if not Path(net_file).is_file():
        raise MindshareError(f"There is no file {net_file}; a network of SUMO is expected there.")
    try:
        return sumolib.net.readNet(str(net_file), **asked)
    except (SAXException, KeyError, ValueError) as error:
        raise MindshareError(
            f"{net_file} is no network that SUMO can read. It has to be a .net.xml, as netconvert and netgenerate write it."
        ) from error


def drawn(name: str, share: float) -> bool:
    """Whether a name is among this share of all names: the same in every run, and for a larger share, too."""
    return zlib.crc32(name.encode()) < share * 2**32


def grid(out: Path) -> Path:
    """Writes the network of GRID; the same command gives the same network."""
    return netgenerate(GRID, out)


def netgenerate(options: str, out: Path) -> Path:
    """Writes the network that SUMO's netgenerate makes by these options."""
    need_sumo()
    tool = Path(sys.executable).with_name("netgenerate")
    told = subprocess.run(
        [str(tool), *options.split(), "--output-file", str(out)], capture_output=True, text=True, check=False
    )
    if told.returncode or not out.exists():
        raise MindshareError(
            f"SUMO's netgenerate made no network: {told.stderr.strip() or told.stdout.strip()}"
        )
    return out


def run_by(net: Path, kind: str, out: Path) -> Path:
    """Writes the same network with all signals run by SUMO itself: at fixed times, actuated, or by delay (KINDS)."""
    if kind not in KINDS:
        raise MindshareError(f"SUMO runs signals as {', '.join(KINDS)}. Got {kind!r}.")
    tree = ET.parse(net)
    for program in tree.getroot().iter("tlLogic"):
        program.set("type", kind)
        for phase in program.iter("phase"):
            if not set(phase.get("state", "")) & {
                "y"
            }:  # SUMO never lengthens or shortens a phase that does not say how far
                phase.set("minDur", phase.get("minDur", LEAST_S))
                phase.set("maxDur", phase.get("maxDur", MOST_S))
    tree.write(out)
    return out


@dataclass(frozen=True, slots=True)
class Demand:
    """Trips from edge to edge of a network, Poisson: `an_hour` vehicles in all, until `until_s`.

    `priority`: share of emergency vehicles. `broken`: in the middle of the network a vehicle stands on a lane for BROKEN_S seconds, from
    a quarter of the time on.
    """

    an_hour: float
    until_s: float
    seed: int
    priority: float = 0.0
    broken: bool = False


def write_trips(net: Path, out: Path, demand: Demand) -> Path:
    """Writes the trips; the same demand gives the same bytes."""
    roads = read_net(net).getEdges()
    ins = [e for e in roads if not e.getIncoming()]
    outs = [e for e in roads if not e.getOutgoing()]
    rng = np.random.default_rng(demand.seed)
    at = np.cumsum(
        rng.exponential(3600.0 / demand.an_hour, int(demand.until_s / 3600.0 * demand.an_hour * 1.5) + 100)
    )
    lines = ["<routes>", '<vType id="ambulance" vClass="emergency" speedFactor="1.2"/>']
    stopped = _broken(roads, demand.until_s / 4) if demand.broken else []
    for k, second in enumerate(at[at < demand.until_s]):
        start = ins[rng.integers(len(ins))]
        ends = [e for e in outs if e.getToNode() is not start.getFromNode()]
        end, kind = (
            ends[rng.integers(len(ends))],
            ' type="ambulance"' if rng.random() < demand.priority else "",
        )
        if stopped and second > demand.until_s / 4:
            lines, stopped = lines + stopped, []
        lines.append(
            f'<trip id="{k}"{kind} depart="{second:.1f}" from="{start.getID()}" to="{end.getID()}"'
            ' departLane="best" departSpeed="max"/>'
        )
    out.write_text("\n".join([*lines, "</routes>\n"]))
    return out


def _broken(roads: Sequence[Any], second: float) -> list[str]:
    """One vehicle that stands in the middle of the longest road nearest to the middle of the network."""
    inner = [e for e in roads if e.getIncoming() and e.getOutgoing()]
    longest = max(e.getLength() for e in inner)
    long = [e for e in inner if e.getLength() > 0.9 * longest]
    middle = np.mean([e.getShape()[0] for e in long], axis=0)
    road = min(long, key=lambda e: float(np.hypot(*(np.mean(e.getShape(), axis=0)[:2] - middle[:2]))))
    lane = road.getLanes()[-1].getID()
    stop = f'<stop lane="{lane}" endPos="{road.getLength() / 2:.0f}" duration="{BROKEN_S:.0f}"/>'
    return [
        f'<vehicle id="broken" depart="{second:.1f}" departPos="0"><route edges="{road.getID()}"/>{stop}</vehicle>'
    ]
