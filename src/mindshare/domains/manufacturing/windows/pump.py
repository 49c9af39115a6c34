"""SKAB: a water pump with eight sensors, one reading a second, 34 experiments (Katser & Kozitsin 2020).

A window is 30 readings, one every 15; it is faulty when any of its seconds is. Each experiment begins sound, so a window
is told relative to the first two minutes of its own experiment: no later reading and no label goes into that.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import FloatArray
from mindshare.domains.manufacturing.windows.windows import FAULTY, SOUND, Windows, cut

FOLDER, FILE = "skab-sensors", "skab.csv.gz"
CHANNELS = (
    "Accelerometer1RMS",
    "Accelerometer2RMS",
    "Current",
    "Pressure",
    "Temperature",
    "Thermocouple",
    "Voltage",
    "Volume Flow RateRMS",
)
LABELS = (SOUND, FAULTY)
STEPS, STRIDE = 30, 15  # seconds
REFERENCE = 120  # seconds, the first of each experiment


def read_pump(data: str | Path, *, relative: bool = True) -> Windows:
    """All windows of SKAB under the folder of the public sets; `relative` to the start of the experiment, else as read."""
    series = read_experiments(data)
    values, truth, parent = [], [], []
    for name, (readings, faulty) in series.items():
        for at, window in cut(readings, STEPS, STRIDE):
            values.append(_relative(readings, at, window) if relative else window)
            truth.append(FAULTY if faulty[at : at + STEPS].any() else SOUND)
            parent.append(name)
    return Windows(
        values=tuple(values),
        truth=np.array(truth),
        parent=np.array(parent),
        labels=LABELS,
        channels=CHANNELS,
    )


def _relative(readings: FloatArray, at: int, window: FloatArray) -> FloatArray:
    """Above or below the median of the first two minutes, as far as they have passed."""
    return window - np.median(readings[: min(REFERENCE, at + STEPS)], axis=0)


def pump_file(data: str | Path) -> Path:
    """Where SKAB is under the folder of the public sets; raises where it is not."""
    path = Path(data) / FOLDER / FILE
    if not path.is_file():
        raise MindshareError(
            f"There is no {FOLDER}/{FILE} in {data}. Name the folder of the public sets (SKAB: github.com/waico/SKAB)."
        )
    return path


def read_experiments(data: str | Path) -> dict[str, tuple[FloatArray, np.ndarray]]:
    """Experiment -> (readings (T, 8), faulty (T,)), in the order of the file."""
    import polars as pl

    path = pump_file(data)
    try:
        table = pl.read_csv(path)
    except pl.exceptions.PolarsError as wrong:
        raise MindshareError(
            f"{path} is ragged or no table: {str(wrong).splitlines()[0]}. Get the file anew."
        ) from wrong
    missing = [name for name in (*CHANNELS, "anomaly", "file") if name not in table.columns]
    if missing:
        raise MindshareError(f"{path} has no column {listed(missing)}.")
    words = [name for name in (*CHANNELS, "anomaly") if not table.schema[name].is_numeric()]
    if words:
        raise MindshareError(f"{path}: the column '{words[0]}' holds words; readings are numbers.")
    out = {}
    for (name,), part in table.group_by("file", maintain_order=True):
        out[str(name)] = (part.select(CHANNELS).to_numpy(), part["anomaly"].to_numpy() > 0)
    return out
