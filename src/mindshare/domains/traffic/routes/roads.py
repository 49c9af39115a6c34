"""A road network as roads and turns, and least times on it: a node is a road, an arc is a turn from one road into the next."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray
from mindshare.domains.traffic.signals.sumo import GRID, netgenerate, read_net
from mindshare.domains.traffic.speeds import Ints

FAST_MS = 22.2  # m/s, 80 km/h; elsewhere 50
TOWN = GRID.replace("--default.lanenumber 2", "--default.lanenumber 1")


@dataclass(frozen=True, slots=True)
class Roads:
    """R roads and T turns, sorted by the road that they leave.

    `metres`, `free_s` (R,): length, and seconds at the allowed speed; `before`, `after` (T,): the roads of a turn; `turn_s`
    (T,): seconds on the crossing itself.
    """

    names: tuple[str, ...]
    at: Mapping[str, int]
    metres: FloatArray
    free_s: FloatArray
    before: Ints
    after: Ints
    turn_s: FloatArray

    def least(self, seconds: FloatArray, origins: Sequence[int]) -> tuple[FloatArray, Ints]:
        """From the end of each of O origins to the end of each road: least seconds (O, R), and the road before on that way (O, R).

        `seconds` (R,): what each road takes. Where no way leads: inf, and a number below 0.
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        count = len(self.names)
        first = np.searchsorted(self.before, np.arange(count + 1))
        graph = csr_array((self.turn_s + seconds[self.after], self.after, first), shape=(count, count))
        least, before = dijkstra(graph, indices=np.asarray(origins), return_predecessors=True)
        return least, before

    def along(self, route: Sequence[int], seconds: FloatArray) -> float:
        """Seconds from the end of the first road of a route to the end of its last one, by `seconds` (R,)."""
        road = np.asarray(route)
        turn = np.searchsorted(
            self.before * len(self.names) + self.after, road[:-1] * len(self.names) + road[1:]
        )
        return float(seconds[road[1:]].sum() + self.turn_s[turn].sum())


def way(before: Ints, origin: int, end: int) -> tuple[int, ...]:
    """The roads from `origin` to `end`, both included; `before` (R,) is a row of `Roads.least`. Empty where no way leads."""
    found = [end]
    while found[-1] != origin:
        if before[found[-1]] < 0:
            return ()
        found.append(int(before[found[-1]]))
    return tuple(reversed(found))


def read_roads(net_file: Path) -> Roads:
    """All roads of a network that vehicles may use.

    Raises:
        MindshareError: SUMO is missing, or the network has no road.
    """
    net = read_net(net_file, withInternal=True)
    edges = [e for e in net.getEdges(withInternal=False) if e.allows("passenger")]
    if not edges:
        raise MindshareError(
            f"{net_file.name} has no road for vehicles. It needs edges that let SUMO's class passenger pass."
        )
    at = {e.getID(): k for k, e in enumerate(edges)}
    turns = sorted(
        (at[e.getID()], at[end.getID()], min(_crossing_s(net, c) for c in every))
        for e in edges
        for end, every in e.getOutgoing().items()
        if end.getID() in at
    )
    before, after, turn_s = (
        (np.array(each) for each in zip(*turns, strict=True)) if turns else (np.zeros(0),) * 3
    )
    metres = np.array([e.getLength() for e in edges])
    free_s = metres / np.array([e.getSpeed() for e in edges])
    return Roads(
        tuple(at), at, metres, free_s, before.astype(np.int64), after.astype(np.int64), turn_s.astype(float)
    )


def _crossing_s(net: Any, connection: Any) -> float:
    via = connection.getViaLaneID()
    if not via:
        return 0.0
    lane = net.getLane(via)
    return float(lane.getLength() / lane.getSpeed())


def town(out: Path) -> Path:
    """Writes a town: the crossings of `grid`, one lane a way between them, and the third street from the south fast (FAST_MS).

    Who breaks down on a road of it blocks it; there are ways round.
    """
    netgenerate(TOWN, out)
    tree = ET.parse(out)
    for edge in tree.getroot().iter("edge"):
        if re.match("[A-Z]2[A-Z]2", edge.get("id", "")):
            for lane in edge.iter("lane"):
                lane.set("speed", str(FAST_MS))
    tree.write(out)
    return out
