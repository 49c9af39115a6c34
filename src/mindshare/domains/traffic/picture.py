"""Draws the network at one step, without outside tiles: a dot for each sensor, coloured by speed, rings where a look is worth most."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.layout import layout
from mindshare.domains.traffic.speeds import Ints, Speeds, moment

MAP = "map.svg"
WIDE, HIGH, EDGE, TOP, BOTTOM = 960, 720, 40, 80, 90
JOINED = 0.4  # sensors nearer than this are joined by a line
# up to so many mph; colours that people who see no red or green can tell apart (Okabe and Ito 2008)
LEVELS = ((25.0, "#d55e00"), (45.0, "#e69f00"), (58.0, "#56b4e9"), (np.inf, "#0072b2"))
WORDS = ("below 25 mph", "25 to 45", "45 to 58", "58 and more")


class Dot(NamedTuple):
    """A sensor on the picture."""

    x: float
    y: float
    colour: str
    name: str
    mph: int
    place: int  # of the look in its order; 0 for none


def draw(speeds: Speeds, step: int, looks: Ints) -> str:
    """The picture as SVG; `looks` are sensors, the most worthwhile first."""
    from jinja2 import Environment, FileSystemLoader

    places = layout(speeds.near)
    x = np.round(EDGE + (WIDE - 2 * EDGE) * places[:, 0], 1)
    y = np.round(TOP + (HIGH - TOP - BOTTOM) * places[:, 1], 1)
    made = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    order = {int(sensor): k + 1 for k, sensor in enumerate(looks)}
    dots = [
        Dot(x[s], y[s], colour(mph), name, round(mph), order.get(s, 0))
        for s, (name, mph) in enumerate(zip(speeds.sensors, speeds.speed[step].tolist(), strict=True))
    ]
    return made.get_template(MAP).render(
        wide=WIDE,
        high=HIGH,
        title=f"Speeds at {moment(step)}",
        note=f"{len(dots)} sensors, {sum(dot.mph < LEVELS[0][0] for dot in dots)} of them below 25 mph",
        roads=[(x[a], y[a], x[b], y[b]) for a, b in _roads(speeds.near)],
        dots=dots,
        legend=[(each, words) for (_, each), words in zip(LEVELS, WORDS, strict=True)],
        source=speeds.source,
    )


def around(speeds: Speeds, places: FloatArray, step: int, sensor: int) -> dict[str, object]:
    """The same as the desk draws it (`points` of a `show`), with one sensor ringed; `places` as `layout` gives them."""
    at = np.round(places * [WIDE / HIGH, 1.0], 3)
    return {
        "title": f"Speeds at {moment(step)}, this sensor ringed; only who lies near whom means something",
        "points": {
            "at": at.tolist(),
            "level": [_level(mph) for mph in speeds.speed[step].tolist()],
            "levels": list(WORDS),
            "lines": [list(road) for road in _roads(speeds.near)],
            "ringed": [sensor],
        },
    }


def colour(mph: float) -> str:
    """By LEVELS."""
    return LEVELS[_level(mph)][1]


def _level(mph: float) -> int:
    return next(k for k, (most, _) in enumerate(LEVELS) if mph < most)


def _roads(near: FloatArray) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in np.argwhere(np.triu(near > JOINED, 1))]
