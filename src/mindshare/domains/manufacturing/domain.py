"""Manufacturing as a `Domain`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mindshare.core.errors import MindshareError
from mindshare.core.records import Budget
from mindshare.domains.domain import Live, Made, Progress, Size, Terms, Trained
from mindshare.domains.manufacturing.history import write_manufacturing
from mindshare.domains.manufacturing.machines.faults import without
from mindshare.domains.manufacturing.team import NAME, utility_of
from mindshare.domains.manufacturing.training import train
from mindshare.domains.manufacturing.windows import pump, rig
from mindshare.domains.manufacturing.windows.windows import SOUND

ABOUT_RIG = (
    "{count} windows of a SIMULATED rig, 32 to 256 readings long, three kinds of fault; a missed fault costs three times a"
    " false alarm; machines trained on the spot; three SIMULATED technicians, so nothing here is evidence about people"
)
ABOUT_PUMP = (
    "2,444 windows of SKAB's water pump, real readings; machines trained on other experiments; three SIMULATED"
    " technicians, so nothing here is evidence about people"
)
LENGTH = Size(
    column="steps",
    unit="readings",
    called="the length of a window",
    why="longer ones cost more to compute, send, keep and read",
)
LIVE = Live(
    guidelines=(
        "Is the machine sound in this window, or is there a fault? To miss a fault costs more than a false alarm. X says that nobody"
        " could tell."
    ),
    limits={"people.minutes": 60.0},
    template=({},),  # the readings say it all
)


@dataclass(frozen=True, slots=True)
class CNNTraining:
    """A CNN with attention, on windows of the pump or of the simulated rig."""

    def preflight(self, data: Path | None) -> None:
        """PyTorch is needed, and with `data` the pump's file."""
        if without():
            raise MindshareError("Training a CNN needs PyTorch: pip install 'mindshare[deep]'.")
        if data is not None:
            pump.pump_file(data)

    def train(
        self, *, data: Path | None, budget: Budget, hard: bool, seed: int, progress: Progress | None
    ) -> Trained:
        """Learns within the budget on four fifths of the recordings."""
        return train(data=data, budget=budget, hard=hard, seed=seed, progress=progress)


@dataclass(frozen=True, slots=True)
class Manufacturing:
    """Whether a window of sensor readings shows a fault; without data `runs * per_run` windows of a SIMULATED rig."""

    name: str = NAME
    cases: str = "windows"
    runs: int = rig.RUNS
    per_run: int = rig.PER_RUN
    training: CNNTraining = field(default_factory=CNNTraining)

    def preflight(self, data: Path | None) -> tuple[str, ...]:
        """With `data` the pump's file is needed; without PyTorch there is no CNN."""
        if data is not None:
            pump.pump_file(data)
        missing = without()
        return (missing,) if missing else ()

    def terms(self, data: Path | None) -> Terms:
        """Sound or a fault; a missed fault is the dearest mistake; windows of the rig differ in length."""
        labels = rig.LABELS if data is None else pump.LABELS
        return Terms(
            about=ABOUT_RIG.format(count=f"{self.runs * self.per_run:,}") if data is None else ABOUT_PUMP,
            question="Is the machine sound in this window, or which fault does it show?",
            labels=labels,
            utility=utility_of(labels),
            features=("steps", "restless"),
            normal=SOUND,
            misses="missed faults",
            people="technicians",
            size=LENGTH if data is None else None,
            live=LIVE,
        )

    def write(self, out: Path, *, data: Path | None, seed: int) -> Made:
        """The pump's windows under `data`, else the rig's."""
        self.preflight(data)
        return write_manufacturing(out, data=data, seed=seed, runs=self.runs, per_run=self.per_run)
