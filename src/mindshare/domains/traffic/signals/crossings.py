"""The signals of a road network: what each may show, which lane each movement leaves, and who has to wait for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mindshare.domains.traffic.onsets import Flags
from mindshare.domains.traffic.signals.sumo import read_net
from mindshare.domains.traffic.speeds import Ints

RED, MINOR, MAJOR = 0, 1, 2
SHOWS = {"g": MINOR, "G": MAJOR}


@dataclass(frozen=True, slots=True)
class Crossing:
    """One signal with P phases and L links; a link leads from one lane to another.

    `shows` (P, L): RED, MINOR (must wait for oncoming) or MAJOR. `lane` (L,): the lane that a link leaves, counted from 0.
    `foes` (L, L): whether the first must wait for the second while both are green. `place`: metres east and north. `out` (L,): the lane
    that a link leads to; `inside` (L,): the lanes within the crossing on the way there.
    """

    name: str
    states: tuple[str, ...]
    shows: Ints
    lane: Ints
    foes: Flags
    place: tuple[float, float]
    out: tuple[str, ...]
    inside: tuple[tuple[str, ...], ...]

    def between(self, old: int, new: int) -> str:
        """What it shows while it changes: what is green before and after stays, what ends is yellow."""
        return "".join(
            b if a == b else "y" if a in "Gg" and b not in "Gg" else a if a in "Gg" else "r"
            for a, b in zip(self.states[old], self.states[new], strict=True)
        )


class Table(NamedTuple):
    """C crossings as arrays, filled up with zeros.

    `first` (C + 1,): where the lanes of each begin; `shows` (C, P, L); `phases` (C,): how many of the P it has; `foes` (C, L, L).
    """

    first: Ints
    shows: Ints
    phases: Ints
    foes: Flags


def table(every: Sequence[Crossing]) -> Table:
    """The crossings in their order."""
    phases, links = (max((c.shows.shape[axis] for c in every), default=0) for axis in (0, 1))
    shows = np.zeros((len(every), phases, links), np.int64)
    foes = np.zeros((len(every), links, links), bool)
    for k, c in enumerate(every):
        p, n = c.shows.shape
        shows[k, :p, :n], foes[k, :n, :n] = c.shows, c.foes
    lanes = [int(c.lane.max()) + 1 for c in every]
    return Table(np.cumsum([0, *lanes]), shows, np.array([len(c.states) for c in every], np.int64), foes)


def crossings(net_file: Path) -> list[Crossing]:
    """All signals of a network that have at least two phases to choose from."""
    net = read_net(net_file, withPrograms=True, withInternal=True)
    found = [_crossing(net, signal) for signal in net.getTrafficLights()]
    return [each for each in found if len(each.states) > 1]


def _crossing(net: Any, signal: Any) -> Crossing:
    links: dict[int, Any] = {}
    for start, end, index in signal.getConnections():
        links.setdefault(index, (start, end))
    program = next(iter(signal.getPrograms().values()))
    states = tuple(dict.fromkeys(p.state for p in program.getPhases() if _is_green(p.state)))
    ends = [links.get(k) for k in range(len(states[0]) if states else 0)]
    shows = np.array([[SHOWS.get(c, RED) for c in state] for state in states], np.int64)
    lanes = _numbers([None if e is None else e[0].getID() for e in ends])
    out = tuple("" if e is None else e[1].getID() for e in ends)
    inside = tuple(() if e is None else _inside(net, *e) for e in ends)
    shows = shows.reshape(len(states), -1)
    return Crossing(signal.getID(), states, shows, lanes, _foes(ends), _place(ends), out, inside)


def _place(ends: Sequence[Any]) -> tuple[float, float]:
    at = [e[0].getEdge().getToNode().getCoord() for e in ends if e is not None]
    x, y = np.mean(at, axis=0)[:2].tolist()
    return x, y


def _is_green(state: str) -> bool:
    return "y" not in state and any(c in "Gg" for c in state)


def _numbers(names: Sequence[object]) -> Ints:
    known = {name: k for k, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], np.int64)


def _foes(ends: Sequence[Any]) -> Flags:
    """Whom each link must let pass, by the right of way of the network."""
    found = np.zeros((len(ends), len(ends)), bool)
    for i, a in enumerate(ends):
        for j, b in enumerate(ends):
            if i == j or a is None or b is None:
                continue
            node = a[0].getEdge().getToNode()
            found[i, j] = b[0].getEdge().getToNode() is node and node.forbids(_link(*b), _link(*a))
    return found


def _link(start: Any, end: Any) -> Any:
    return next(link for link in start.getOutgoing() if link.getToLane() is end)


def _inside(net: Any, start: Any, end: Any) -> tuple[str, ...]:
    """One lane, or two where vehicles wait in the middle."""
    found, lane = [], _link(start, end).getViaLaneID()
    while lane:
        found.append(lane)
        lane = next((link.getViaLaneID() for link in net.getLane(lane).getOutgoing()), "")
    return tuple(found)
