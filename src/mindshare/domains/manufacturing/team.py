"""What answers and errors cost, and the limits of a shift.

A missed fault costs more than a false alarm. Beside the sensors stands a small computer (the article's 4 cores); a thin
link leads to the plant room. Who attends to a window is limited in four resources at once:
    cpu_s           of the small computer: rule, linear model and CNN run there; the CNN takes 200 ms and 0.2 ms per reading
    net_mb          which windows are sent in full: to the trees in the plant room, and to a technician's screen
    disk_mb         which windows are kept: those that a technician has judged, for whoever learns from them later
    people.minutes  of technicians, who read a longer window for longer
A backtest counts what is kept over the run as spent: nothing is deleted while it runs, so held and spent are the same.
"""

from __future__ import annotations

from typing import Any

from mindshare.domains.manufacturing.windows.windows import SOUND, Windows
from mindshare.people.simulated import team_name

NAME = "manufacturing"
NUMBER_MB = 4e-6  # a reading is sent and kept in four bytes
RIGHT, FALSE_ALARM, WRONG_FAULT, MISSED = 1.0, 0.0, 0.5, -2.0  # what a verdict is worth
LOOK_MIN = 0.2  # minutes of a technician to open a window
READ_MIN = 0.002  # minutes of a technician for each reading of a channel
# Of the answers to all windows, what the limits pay for. cpu_s: 40 windows come a second, and the article's 4 cores
# have 4 seconds of processor for them.
CORES, WINDOWS_A_SECOND = 4.0, 40.0
SENT, KEPT, MINUTES_A_WINDOW = 0.4, 0.08, 0.05  # of all readings; of all readings; of technicians


def costs(channels: int) -> dict[str, dict[str, Any]]:
    """Agent or pattern -> resource -> cost of an answer; `steps` is the length of the window."""
    full = {"fixed": 0.0, "per": NUMBER_MB * channels, "of": "steps"}
    return {
        "rule": {"cpu_s": 0.001},
        "linear": {"cpu_s": 0.004},
        "trees": {"net_mb": full},
        "cnn": {"cpu_s": {"fixed": 0.2, "per": 0.0002, "of": "steps"}},
        "person": {
            "people.minutes": {"fixed": LOOK_MIN, "per": READ_MIN, "of": "steps"},
            "net_mb": full,
            "disk_mb": full,
        },
    }


def limits_of_shift(windows: Windows) -> dict[str, float]:
    """The limits for all windows together."""
    readings_mb = NUMBER_MB * len(windows.channels) * float(windows.steps.sum())
    return {
        "cpu_s": round(CORES * len(windows) / WINDOWS_A_SECOND, 1),
        "net_mb": round(SENT * readings_mb, 3),
        "disk_mb": round(KEPT * readings_mb, 3),
        "people.minutes": round(MINUTES_A_WINDOW * len(windows), 1),
    }


def utility_of(labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Truth -> verdict -> value: a missed fault is the dearest mistake, a false alarm a walk to the machine."""

    def worth(truth: str, verdict: str) -> float:
        if truth == verdict:
            return RIGHT
        if truth == SOUND:
            return FALSE_ALARM
        return MISSED if verdict == SOUND else WRONG_FAULT

    return {truth: {verdict: worth(truth, verdict) for verdict in labels} for truth in labels}


def team_of(windows: Windows, agents: tuple[str, ...], people: tuple[str, ...]) -> dict[str, Any]:
    """team.yaml: machines, technicians, what a verdict is worth, the limits of the shift."""
    cost = costs(len(windows.channels))
    machine = {name: {"kind": "machine", "cost": cost.get(name, {})} for name in agents}
    person = {name: {"kind": "person", "cost": cost["person"]} for name in people}
    return {
        "name": team_name(NAME) if people else NAME,
        "labels": list(windows.labels),
        "utility": utility_of(windows.labels),
        "agents": {**machine, **person},
        "limits": limits_of_shift(windows),
    }
