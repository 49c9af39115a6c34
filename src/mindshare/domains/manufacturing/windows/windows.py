"""Windows of sensor readings: what they hold, where they come from, and how they are split so that nothing leaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import FloatArray

SOUND = "sound"  # the label of a window without a fault
FAULTY = "faulty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """N windows with what they turned out to be; those of one `parent` (experiment, recording) never straddle folds."""

    values: tuple[FloatArray, ...]  # (N,) each (steps, channels)
    truth: NDArray[np.str_]  # (N,)
    parent: NDArray[np.str_]  # (N,)
    labels: tuple[str, ...]
    channels: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.values)
        if not n:
            raise MindshareError("There is no window: each recording is shorter than one.")
        if not len(self.truth) == len(self.parent) == n:
            raise MindshareError(
                f"There are {n} windows, {len(self.truth)} truths and {len(self.parent)} parents; give one of each a window."
            )
        for i, window in enumerate(self.values):
            _check(window, i, self.channels, self.parent[i])
        strange = sorted(set(self.truth.tolist()) - set(self.labels))
        if strange:
            raise MindshareError(f"'{strange[0]}' is no label; the labels are {listed(self.labels)}.")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def steps(self) -> NDArray[np.int64]:
        """(N,) readings a channel."""
        return np.array([len(window) for window in self.values], np.int64)

    @property
    def code(self) -> NDArray[np.int64]:
        """(N,) truth as positions in `labels`."""
        return np.array([self.labels.index(label) for label in self.truth.tolist()], np.int64)

    def take(self, at: Iterable[int]) -> Windows:
        """The windows `at`, in that order."""
        rows = np.fromiter(at, np.int64)
        return Windows(
            values=tuple(self.values[i] for i in rows.tolist()),
            truth=self.truth[rows],
            parent=self.parent[rows],
            labels=self.labels,
            channels=self.channels,
        )


def _check(window: FloatArray, i: int, channels: Sequence[str], parent: str) -> None:
    if window.ndim != 2 or window.shape[1] != len(channels):
        raise MindshareError(
            f"Window {i} ('{parent}') has the shape {window.shape}; it must be (steps, {len(channels)}): {listed(channels)}."
        )
    if not np.isfinite(window).all():
        step, channel = np.argwhere(~np.isfinite(window))[0]
        raise MindshareError(
            f"Window {i} ('{parent}') holds {window[step, channel]} at step {step} of '{channels[channel]}';"
            " fill or drop what is missing first."
        )


def folds_by_parent(
    windows: Windows, folds: int, seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(learn from, answer) positions, `folds` times; no parent on both sides, and all labels in what is learnt from."""
    names = np.unique(windows.parent)
    if len(names) < folds:
        raise MindshareError(f"There are {len(names)} recordings; {folds} folds need at least as many.")
    place = dict(zip(np.random.default_rng(seed).permutation(names).tolist(), range(len(names)), strict=True))
    fold = np.array([place[name] % folds for name in windows.parent.tolist()])
    out = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]
    for learn, answer in out:
        unseen = sorted(set(windows.truth[answer].tolist()) - set(windows.truth[learn].tolist()))
        if unseen:
            raise MindshareError(
                f"Label '{unseen[0]}' is in one fold only ({listed(sorted(set(windows.parent[answer].tolist())))}),"
                " so nothing can learn it for that fold; take fewer folds or more recordings."
            )
    return out


def cut(series: FloatArray, steps: int, stride: int) -> list[tuple[int, FloatArray]]:
    """(start, window) of `steps` readings each, every `stride`; a rest that is too short is left out."""
    return [(at, series[at : at + steps]) for at in range(0, len(series) - steps + 1, stride)]


def statistics(values: Sequence[FloatArray]) -> FloatArray:
    """(N, 7 C): mean, spread, least, largest, median, slope and roughness of each channel, whatever the length."""
    lengths = np.array([len(window) for window in values])
    out = np.empty((len(values), 7 * values[0].shape[1]))
    for length in np.unique(lengths).tolist():
        at = np.flatnonzero(lengths == length)
        out[at] = _statistics(np.stack([values[i] for i in at.tolist()]))
    return out


def _statistics(windows: FloatArray) -> FloatArray:
    """Of (n, steps, C) windows of one length."""
    x = np.ascontiguousarray(windows.transpose(0, 2, 1))
    steps, ranked = x.shape[2], np.sort(x, axis=2)
    rough = np.abs(np.diff(x, axis=2)).mean(axis=2) if steps > 1 else np.zeros(x.shape[:2])
    parts = (
        x.mean(axis=2),
        x.std(axis=2),
        ranked[..., 0],
        ranked[..., -1],
        (ranked[..., (steps - 1) // 2] + ranked[..., steps // 2]) / 2,
        x @ np.linspace(-1.0, 1.0, steps) / steps,
        rough,
    )
    return np.concatenate(parts, axis=1)


def spectra(values: Sequence[FloatArray], bands: int = 32) -> FloatArray:
    """(N, bands * C) logarithms of the power in equal bands from 0 to half the sampling rate, mean of 1 Hann window."""
    return np.stack([_spectrum(window, bands) for window in values])


def _spectrum(window: FloatArray, bands: int) -> FloatArray:
    tapered = (window - window.mean(axis=0)) * np.hanning(len(window))[:, None]
    power = np.abs(np.fft.rfft(tapered, axis=0)) ** 2 / len(window)
    edges = np.linspace(0, len(power), bands + 1)
    parts = []
    for low, high in pairwise(edges.tolist()):
        first = min(
            int(low), len(power) - 1
        )  # a short window has fewer lines than bands: neighbours share one
        parts.append(power[first : max(int(high), first + 1)].mean(axis=0))
    return np.log(np.stack(parts) + 1e-12).ravel()
