"""How long each road will take: what vehicles needed lately there, moving back to what is usual."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.routes.roads import Roads

STEP_S = 5  # seconds between two looks at the roads
HALF_S = 30.0  # after so many seconds a look counts half
STOP_S = 10.0  # at a signal it is usual to wait so long
PRIOR_S = 10.0  # vehicle seconds at the usual speed, beside those that were seen


@dataclass(slots=True)
class Forecast:
    """Seconds of each road, from how many vehicles were on it lately and how fast they were."""

    roads: Roads
    half_s: float = HALF_S
    usual_s: FloatArray = field(init=False)
    _vehicle_s: FloatArray = field(init=False)
    _vehicle_m: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.usual_s = self.roads.free_s + STOP_S
        self._vehicle_s, self._vehicle_m = np.zeros((2, len(self.roads.names)))

    def look(self, simulation: Any) -> None:
        """Notes how many are on each road now, and their speed; to be called every STEP_S."""
        edge = simulation.edge
        count = np.array([edge.getLastStepVehicleNumber(name) for name in self.roads.names], float)
        on = np.flatnonzero(count)
        speed = np.zeros(len(count))
        speed[on] = [edge.getLastStepMeanSpeed(self.roads.names[k]) for k in on]
        keep = 0.5 ** (STEP_S / self.half_s)
        self._vehicle_s = keep * self._vehicle_s + STEP_S * count
        self._vehicle_m = keep * self._vehicle_m + STEP_S * count * speed

    def seconds(self) -> FloatArray:
        """(R,) seconds of each road by the last minutes: vehicle seconds per vehicle metre (Edie 1963), times its length."""
        usual = self.roads.metres / self.usual_s
        pace = (self._vehicle_s + PRIOR_S) / (self._vehicle_m + PRIOR_S * usual)
        return self.roads.metres * pace
