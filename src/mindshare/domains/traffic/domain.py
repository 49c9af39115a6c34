"""Traffic as a `Domain`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mindshare.domains.domain import Live, Made, Size, Terms
from mindshare.domains.traffic.history import LABELS, NAME, UTILITY, write_traffic
from mindshare.domains.traffic.los import los_files
from mindshare.domains.traffic.made import ALONG
from mindshare.domains.traffic.metro import metro_file
from mindshare.domains.traffic.signals.shown import SPAN_S
from mindshare.domains.traffic.signals.sumo import MISSING, has_sumo
from mindshare.domains.traffic.watch import LISTED

PEOPLE = "three SIMULATED operators, so nothing here is evidence about people"
ABOUT_MADE = (
    "sensors of a MADE-UP road network over two days; machines that learnt from the five days before; "
    + PEOPLE
)
ABOUT_LOS = (
    "207 loop detectors of Los Angeles over two days, real speeds; machines that learnt from the five days before; "
    + PEOPLE
)
NEAR = Size(
    column="near",
    unit="sensors near",
    called="how many sensors lie near",
    why="there are more roads to look at",
)
LIVE = Live(
    guidelines=(
        "Has the speed begun to fall here, or will it within 40 minutes? A fall is more than 20 mph within a quarter of an hour and lasts."
        " To miss one costs more than a needless alarm. X says that nobody could tell."
    ),
    limits={"people.minutes": 60.0},
    template=(
        {"feature": "where", "title": "Where"},
        {"feature": "when", "title": "When"},
        {"feature": "speed", "title": "Speed now", "as": "number", "unit": "mph"},
        {},
    ),
)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Which sensors of a road network an operator looks at; without data a MADE-UP network, `along` sensors on each road."""

    name: str = NAME
    cases: str = "looks"
    training: None = None
    along: int = ALONG
    listed: int = LISTED
    signals_s: int = SPAN_S  # seconds that signals run in SUMO, where it is installed; 0: not at all

    def preflight(self, data: Path | None) -> tuple[str, ...]:
        """With `data` the files of los-loop-speed and metro-traffic are needed. Without SUMO signals are left out."""
        if data is not None:
            los_files(data)
            metro_file(data)
        return (MISSING,) if self.signals_s and not has_sumo() else ()

    def terms(self, data: Path | None) -> Terms:
        """A fall that nobody sees is the dearest mistake; a needless alarm costs half of a right verdict."""
        return Terms(
            about=ABOUT_MADE if data is None else ABOUT_LOS,
            question="Does the speed fall here, now or within 40 minutes?",
            labels=LABELS,
            utility=UTILITY,
            features=("hour", "area", "near", "speed", "fallen", "when", "where"),
            normal="steady",
            misses="missed falls",
            people="operators",
            size=NEAR,
            live=LIVE,
        )

    def write(self, out: Path, *, data: Path | None, seed: int) -> Made:
        """The detectors of Los Angeles under `data`, else a made-up network; map.svg and forecasts.csv beside them,
        and where SUMO is installed signals.csv and signals.svg.
        """
        self.preflight(data)
        signals_s = self.signals_s if has_sumo() else 0
        return write_traffic(
            out, data=data, seed=seed, along=self.along, listed=self.listed, signals_s=signals_s
        )
