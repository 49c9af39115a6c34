"""Cases as numbers that a net can read: windows of series, images, texts; padded, with a mask, refused where they make no sense."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Reads = Literal["series", "image", "text"]
TOKENS = 8_192  # ids that words are hashed to; 0 is padding
WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Inputs:
    """`values`: series (N, T, C) or images (N, C, H, W) in float32, texts (N, T) in int64; `mask` (N, T): where there is something."""

    values: NDArray[Any]
    mask: NDArray[np.bool_] | None  # None: everywhere (images)

    def __len__(self) -> int:
        return len(self.values)

    def take(self, at: NDArray[np.int64]) -> Inputs:
        """The cases `at`, cut to the longest of them."""
        values, mask = self.values[at], None if self.mask is None else self.mask[at]
        if mask is not None and len(mask):
            longest = max(int(mask.sum(axis=1).max()), 1)
            values, mask = values[:, :longest], mask[:, :longest]
        return Inputs(values, mask)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(N,) steps, tokens or pixels of each case."""
        if self.mask is None:
            return np.full(len(self), int(np.prod(self.values.shape[2:])), np.int64)
        return self.mask.sum(axis=1)


def read_inputs(X: Any, reads: Reads, *, channels: int | None = None, most: int | None = None) -> Inputs:
    """Checks and pads what a person has: arrays or lists of arrays (series), (N, H, W) or (N, C, H, W) (images), strings (texts).

    `channels`: how many the net was made for. `most`: longer series and texts are refused (series) or cut (texts).
    """
    if reads == "text":
        return _texts(X, most or 128)
    if reads == "image":
        return _images(X, channels)
    return _series(X, channels)


def _series(X: Any, channels: int | None) -> Inputs:
    if isinstance(X, np.ndarray) and X.dtype.kind in "fiub" and X.ndim in (2, 3) and X.size:
        return _even(X, channels)
    rows = [_window(x, i) for i, x in enumerate(X)]
    if not rows:
        raise ValueError("There is no case: give at least one window.")
    width = channels or rows[0].shape[1]
    for i, row in enumerate(rows):
        if row.shape[1] != width:
            raise ValueError(f"Window {i} has {row.shape[1]} channels, not {width} like the others.")
        if not len(row):
            raise ValueError(f"Window {i} is empty; each needs at least one step.")
        if not np.isfinite(row).all():
            t, c = np.argwhere(~np.isfinite(row))[0]
            raise ValueError(
                f"Window {i} holds {row[t, c]} at step {t}, channel {c}; fill or drop what is missing first."
            )
    longest = max(len(row) for row in rows)
    values = np.zeros((len(rows), longest, width), np.float32)
    mask = np.zeros((len(rows), longest), np.bool_)
    for i, row in enumerate(rows):
        values[i, : len(row)], mask[i, : len(row)] = row, True
    return Inputs(values, mask)


def _even(X: NDArray[Any], channels: int | None) -> Inputs:
    """Windows of one length, checked and taken at once."""
    values = np.ascontiguousarray(X[:, :, None] if X.ndim == 2 else X, np.float32)
    if channels is not None and values.shape[2] != channels:
        raise ValueError(f"Window 0 has {values.shape[2]} channels, not {channels} like the others.")
    if not np.isfinite(values).all():
        i, t, c = np.argwhere(~np.isfinite(values))[0]
        raise ValueError(
            f"Window {i} holds {values[i, t, c]} at step {t}, channel {c}; fill or drop what is missing first."
        )
    return Inputs(values, np.ones(values.shape[:2], np.bool_))


def _window(x: Any, i: int) -> NDArray[np.float32]:
    try:
        row = np.asarray(x, np.float32)
    except (TypeError, ValueError) as wrong:
        raise ValueError(
            f"Window {i} is ragged or not of numbers: give (steps,) or (steps, channels)."
        ) from wrong
    if row.ndim not in (1, 2):
        raise ValueError(f"Window {i} has {row.ndim} dimensions; give (steps,) or (steps, channels).")
    return row[:, None] if row.ndim == 1 else row


def _images(X: Any, channels: int | None) -> Inputs:
    try:
        values = np.asarray(X, np.float32)
    except (TypeError, ValueError) as wrong:
        raise ValueError("Images must be numbers, and all of one size: (N, H, W) or (N, C, H, W).") from wrong
    if values.ndim == 3:
        values = values[:, None]
    if values.ndim != 4 or not values.size:
        raise ValueError(f"Images must be (N, H, W) or (N, C, H, W). Got {values.shape} instead.")
    if channels is not None and values.shape[1] != channels:
        raise ValueError(f"Images have {values.shape[1]} channels; the net was made for {channels}.")
    if not np.isfinite(values).all():
        raise ValueError(
            f"Image {np.argwhere(~np.isfinite(values))[0][0]} holds numbers that are not finite."
        )
    return Inputs(np.ascontiguousarray(values), None)


def moments(rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(C,) mean and spread of the columns of (N, C); the spread of a column that does not change is 1.

    In parts and in 64 bits: squares of very large and very small units leave 32 bits, and a copy of everything is dear.
    """
    mean = rows.mean(axis=0, dtype=np.float64)
    parts = np.array_split(rows, 1 + len(rows) // 65_536)
    spread_ = np.sqrt(sum(((part - mean) ** 2).sum(axis=0) for part in parts) / len(rows))
    still = spread_ <= 1e-6 * np.abs(mean)  # no more than rounding
    return mean, np.where(still, 1.0, spread_)


def tokens(text: str) -> list[int]:
    """Words and signs as ids 1..TOKENS - 1, the same on every machine."""
    return [1 + zlib.crc32(word.encode()) % (TOKENS - 1) for word in WORD.findall(text.lower())]


def _texts(X: Sequence[str], most: int) -> Inputs:
    rows = []
    for i, text in enumerate(X):
        if not isinstance(text, str):
            raise ValueError(f"Text {i} is {type(text).__name__}, not a string.")
        rows.append(tokens(text)[:most] or [0])
    if not rows:
        raise ValueError("There is no case: give at least one text.")
    longest = max(len(row) for row in rows)
    values, mask = np.zeros((len(rows), longest), np.int64), np.zeros((len(rows), longest), np.bool_)
    for i, row in enumerate(rows):
        values[i, : len(row)], mask[i, : len(row)] = row, True
    return Inputs(values, mask)


def spread(where: NDArray[np.float32], inputs: Inputs, i: int, stride: int) -> NDArray[np.float64]:
    """Weights of positions as weights of steps or pixels, which sum to 1."""
    if inputs.mask is None:
        h, w = inputs.values.shape[2:]
        rows, columns = (np.arange(h) * where.shape[0]) // h, (np.arange(w) * where.shape[1]) // w
        full = where[rows][:, columns].astype(np.float64)
    else:
        assert inputs.mask is not None
        full = np.repeat(where.astype(np.float64), stride)[: int(inputs.mask[i].sum())]
    return full / full.sum()
