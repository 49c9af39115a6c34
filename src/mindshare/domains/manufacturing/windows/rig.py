"""A SIMULATED test rig: a pump with four sensors, windows of different lengths, three kinds of fault. Never evidence.

Every run has a working point of its own. A fault is drawn into a window with a strength that is often too small to be
seen at once, and shows better the longer the window is. The same seed gives the same windows on every machine.
"""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.manufacturing.windows.windows import SOUND, Windows

CHANNELS = ("vibration", "current", "pressure", "flow")
LABELS = (SOUND, "imbalance", "leak", "cavitation")
LENGTHS = (32, 64, 128, 256)  # readings a channel
SHARES = (0.64, 0.12, 0.12, 0.12)  # of the labels
RUNS, PER_RUN = 30, 30
LEVEL = (1.0, 8.0, 3.0, 20.0)  # of each channel
NOISE = (0.25, 0.4, 0.15, 0.8)
DRIFT = 0.5  # of the noise: how far a run's working point is from the level


def read_rig(*, seed: int = 0, runs: int = RUNS, per_run: int = PER_RUN) -> Windows:
    """`runs * per_run` SIMULATED windows; the parent is the run."""
    rng = np.random.default_rng(seed)
    values, truth, parent = [], [], []
    for run in range(runs):
        level = np.array(LEVEL) + DRIFT * np.array(NOISE) * rng.standard_normal(len(CHANNELS))
        for _ in range(per_run):
            label = LABELS[int(rng.choice(len(LABELS), p=SHARES))]
            values.append(_window(label, level, int(rng.choice(LENGTHS)), rng))
            truth.append(label)
            parent.append(f"run_{run:02d}")
    return Windows(
        values=tuple(values),
        truth=np.array(truth),
        parent=np.array(parent),
        labels=LABELS,
        channels=CHANNELS,
    )


def _window(label: str, level: FloatArray, steps: int, rng: np.random.Generator) -> FloatArray:
    """(steps, 4) readings: the working point, noise with a memory, and the fault."""
    noise = rng.standard_normal((steps, len(CHANNELS)))
    noise[1:] = 0.9 * noise[1:] + 0.44 * noise[:-1]
    strength = rng.lognormal(0.3, 0.4)
    shape = np.zeros((steps, len(CHANNELS))) if label == SOUND else FAULTS[label](steps, rng)
    return np.round(level + np.array(NOISE) * (noise + strength * shape), 4)


def _imbalance(steps: int, rng: np.random.Generator) -> FloatArray:
    """A tone in the vibration, and a weak one in the current."""
    tone = np.sin(2 * np.pi * (np.arange(steps) / 6.0 + rng.random()))
    return np.stack([tone, 0.3 * tone, 0 * tone, 0 * tone], axis=1)


def _leak(steps: int, rng: np.random.Generator) -> FloatArray:
    """From some moment on pressure and flow sink slowly."""
    sinking = -_since(steps, rng, 0.0, 0.4) * 1.6
    return np.stack([0 * sinking, 0 * sinking, sinking, 0.7 * sinking], axis=1)


def _cavitation(steps: int, rng: np.random.Generator) -> FloatArray:
    """Short bursts of vibration, with dips of the pressure."""
    burst = np.zeros(steps)
    for at in rng.integers(0, steps - 6, max(1, steps // 48)):
        burst[at : at + 6] = np.hanning(8)[1:-1] * 2.5
    return np.stack([burst, 0 * burst, -0.5 * burst, 0 * burst], axis=1)


def _since(steps: int, rng: np.random.Generator, low: float, high: float) -> FloatArray:
    """0 up to a moment between `low` and `high` of the window, then rising to 1 at its end."""
    start = rng.uniform(low, high)
    return np.clip((np.linspace(0.0, 1.0, steps) - start) / (1.0 - start), 0.0, 1.0)


FAULTS = {"imbalance": _imbalance, "leak": _leak, "cavitation": _cavitation}
