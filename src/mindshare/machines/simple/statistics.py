"""What a window does, in numbers: each channel as a whole and in quarters, its frequencies, and how channels move together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mindshare.machines.parts.inputs import Inputs

PARTS, BANDS = 4, 8  # quarters of a window; bands of frequencies, each twice as high as the last one
LAGS = (1, 2, 4, 8)  # steps after which a channel is compared with itself


def statistics(inputs: Inputs) -> NDArray[np.float64]:
    """(N, F) numbers; F depends on the channels only, so windows may have any length."""
    sizes = inputs.sizes
    found: NDArray[np.float64] | None = None
    for size in np.unique(sizes):  # all windows of one length at once
        at = np.flatnonzero(sizes == size)
        told = _of_one_length(inputs.values[at, :size].astype(np.float64).transpose(0, 2, 1))
        if found is None:
            found = np.zeros((len(sizes), told.shape[1] + 1))
        found[at, :-1], found[at, -1] = told, size
    assert found is not None, "read_inputs refuses to read nothing"
    return found


def _of_one_length(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, F) of (N, C, T)."""
    steps = x.shape[2]
    edges = np.linspace(0, steps, PARTS + 1).astype(int)
    parts = [x[:, :, min(a, steps - 1) : max(b, a + 1)] for a, b in pairwise(edges.tolist())]
    told = [_course(part) for part in (x, *parts)]
    told += [_quantiles(x), _frequencies(x), _echoes(x)]
    rows = np.concatenate(told, axis=2).reshape(len(x), -1)
    return np.concatenate([rows, _together(x)], axis=1)


def _course(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Level, spread, extremes and where they are, slope, size of steps, how often the middle is crossed."""
    steps = x.shape[2]
    time = np.linspace(-1, 1, steps) if steps > 1 else np.zeros(1)
    mean = x.mean(axis=2)
    moved = np.abs(np.diff(x, axis=2)) if steps > 1 else np.zeros((*x.shape[:2], 1))
    crossed = np.diff(x > mean[:, :, None], axis=2).sum(axis=2) / steps
    slope = (x * time).sum(axis=2) / max(float((time**2).sum()), 1e-12)
    places = [x.argmax(axis=2) / steps, x.argmin(axis=2) / steps]
    sizes = [mean, x.std(axis=2), x.max(axis=2), x.min(axis=2), slope, moved.mean(axis=2), moved.max(axis=2)]
    return np.stack([*sizes, *places, crossed], axis=2)


def _quantiles(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.moveaxis(np.quantile(x, (0.05, 0.25, 0.5, 0.75, 0.95), axis=2), 0, 2)


def _frequencies(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log power of each band, the loudest frequency, and the mean one."""
    power = np.abs(np.fft.rfft(x - x.mean(axis=2, keepdims=True), axis=2)) ** 2 / x.shape[2]
    at = np.linspace(0, 0.5, power.shape[2])
    bounds = np.concatenate([[0.0], 0.5 ** np.arange(BANDS, 0, -1)])
    bands = [power[:, :, (at > a) & (at <= b)].sum(axis=2) for a, b in pairwise(bounds)]
    whole = np.maximum(power.sum(axis=2), 1e-12)
    loudest, middle = at[power.argmax(axis=2)], (power * at).sum(axis=2) / whole
    return np.stack([*(np.log(band + 1e-9) for band in bands), loudest, middle], axis=2)


def _echoes(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """How alike a channel is to itself some steps later."""
    centred = x - x.mean(axis=2, keepdims=True)
    whole = np.maximum((centred**2).sum(axis=2), 1e-12)
    far = [lag for lag in LAGS if lag < x.shape[2]]
    alike = {lag: (centred[:, :, lag:] * centred[:, :, :-lag]).sum(axis=2) / whole for lag in far}
    return np.stack([alike.get(lag, np.zeros(whole.shape)) for lag in LAGS], axis=2)


def _together(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """How each pair of channels moves together, (N, C (C - 1) / 2)."""
    centred = x - x.mean(axis=2, keepdims=True)
    spread = np.sqrt(np.maximum((centred**2).sum(axis=2), 1e-12))
    alike = np.einsum("nct,ndt->ncd", centred, centred) / (spread[:, :, None] * spread[:, None, :])
    a, b = np.triu_indices(x.shape[1], 1)
    return alike[:, a, b]
