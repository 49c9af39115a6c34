"""CWRU: vibration of bearings with a drilled fault, 12,000 readings a second at the drive and the fan end.

Three kinds of fault (ball, inner race, outer race) in three sizes (7, 14 and 21 mil) at four motor loads. Recordings of
one load differ little from another's, so the honest question is a fault of a size that nobody has seen.
(Case Western Reserve University Bearing Data Center.)
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.domains.manufacturing.windows.windows import Windows, cut

FOLDER, FILE = "cwru-bearing", "cwru12k_de_fe.npz"
CHANNELS = ("drive end", "fan end")
KINDS = {"B": "ball", "IR": "inner race", "OR@6": "outer race"}
SIZES = (7, 14, 21)  # mil, thousandths of an inch
STEPS, STRIDE = 2048, 4096  # readings: a sixth of a second, every third of a second


def read_bearings(data: str | Path) -> tuple[Windows, NDArray[np.int64]]:
    """Windows with a fault, and the size (mil) of each; the parent is the recording. Sound bearings are left out:
    only one recording of them is here, so that folds could not tell bearing from recording.
    """
    path = Path(data) / FOLDER / FILE
    if not path.is_file():
        raise MindshareError(
            f"There is no {FOLDER}/{FILE} in {data}. Name the folder of the public sets (CWRU Bearing Data Center)."
        )
    values, truth, parent, sizes = [], [], [], []
    try:
        with np.load(path, allow_pickle=False) as recordings:
            for name in sorted(recordings.files):
                if name.endswith("Normal"):
                    continue
                kind, size = _kind(name)
                for _, window in cut(recordings[name].T.astype(np.float64), STEPS, STRIDE):
                    values.append(window)
                    truth.append(kind)
                    parent.append(name)
                    sizes.append(size)
    except (zipfile.BadZipFile, ValueError, EOFError) as wrong:
        raise MindshareError(f"{path} is no file of recordings: {wrong}. Get the file anew.") from wrong
    windows = Windows(
        values=tuple(values),
        truth=np.array(truth),
        parent=np.array(parent),
        labels=tuple(KINDS.values()),
        channels=CHANNELS,
    )
    return windows, np.array(sizes, np.int64)


def _kind(name: str) -> tuple[str, int]:
    """'1730_OR@6_21' -> ('outer race', 21)."""
    parts = name.split("_")
    if len(parts) != 3 or parts[1] not in KINDS or not parts[2].isdecimal():
        raise MindshareError(
            f"{FILE} holds a recording '{name}'; names are RPM_KIND_SIZE, the kind one of {', '.join(KINDS)}."
        )
    return KINDS[parts[1]], int(parts[2])
