"""Cases as numbers that a net can read: windows of series, images, texts; padded, with a mask, refused where they make no sense."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mindshare.machines.parts.cut import Cut
from mindshare.machines.parts.words import tokens

Reads = Literal["series", "image", "text"]
Moments = tuple[NDArray[np.float64], NDArray[np.float64]]
PART = 2**18  # numbers that are looked at together: a copy of them is small
SHORT, LONG = 128, 512  # words of a text: so many are read whatever was learnt from, and no more


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

    def choose(self, at: NDArray[np.int64]) -> Chosen:
        """The cases `at`, without a copy of them."""
        return Chosen(self, at)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some of the cases: only those that are taken are copied."""

    of: Inputs
    at: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at)

    def take(self, at: NDArray[np.int64]) -> Inputs:
        """The cases `at` of these, cut to the longest of them."""
        return self.of.take(self.at[at])

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(N,) steps, tokens or pixels of each case."""
        return self.of.sizes[self.at]

    def choose(self, at: NDArray[np.int64]) -> Chosen:
        """Some of these."""
        return Chosen(self.of, self.at[at])


def read_inputs(X: Any, reads: Reads, *, channels: int | None = None, most: int | None = None) -> Inputs:
    """Checks and pads what a person has: arrays or lists of arrays (series), (N, H, W), (N, C, H, W) or (N, H, W, C) (images), strings
    (texts).

    `channels`: how many the net was made for. `most`: words of the longest text that was learnt from (None: these are); longer ones are
    cut, with a warning.
    """
    X = _plain(X)
    if reads == "text":
        return _texts(X, LONG if most is None else min(max(most, SHORT), LONG))
    if reads == "image":
        return _images(X, channels)
    return _series(X, channels)


def copies_mb(X: Any, reads: Reads) -> float:
    """MB of what `read_inputs` makes of X: nothing of an array that is as it has to be, nor of what it will refuse."""
    if isinstance(X, np.ndarray):
        same = X.dtype == np.float32 and X.flags.c_contiguous
        return 0.0 if same else 4.0 * X.size / 2**20
    if reads == "image" or not isinstance(X, Sequence):
        return 0.0
    try:
        sizes = [len(x) if isinstance(x, str) else np.size(x) for x in X]
    except ValueError:  # rows of unlike length, which are refused where they are read
        return 0.0
    longest = max(sizes, default=0)
    if reads == "text":  # places of words, and a mask
        return 9.0 * len(X) * min(longest, LONG) / 2**20
    return 4.0 * (sum(sizes) + len(X) * longest) / 2**20  # each as numbers, and all of one length


def _plain(X: Any) -> Any:
    """Tables and other things that become an array (pandas, polars, xarray) as one; refused where they hold no plain numbers."""
    if not isinstance(X, np.ndarray) and hasattr(X, "__array__"):
        X = np.asarray(X)
    if hasattr(X, "toarray"):
        raise TypeError("Sparse input is not read; hand in X.toarray().")
    if isinstance(X, np.ndarray) and X.dtype.kind == "c":
        raise ValueError("Complex data not supported; hand in real numbers, such as their sizes.")
    return X


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
    if not _finite(values):
        i, t, c = np.argwhere(~np.isfinite(values))[0]
        raise ValueError(
            f"Window {i} holds {values[i, t, c]} at step {t}, channel {c}; fill or drop what is missing first."
        )
    return Inputs(values, np.ones(values.shape[:2], np.bool_))


def _finite(values: NDArray[np.float32]) -> bool:
    """Whether all are; looked at in parts, which takes no memory."""
    parts = np.array_split(values, 1 + values.size // PART)
    return all(np.isfinite(part).all() for part in parts)


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
        raise ValueError(
            f"Images must be (N, H, W), (N, C, H, W) or (N, H, W, C). Got {values.shape} instead."
        )
    if _channels_last(values.shape[1:], channels):
        values = values.transpose(0, 3, 1, 2)
    if channels is not None and values.shape[1] != channels:
        raise ValueError(f"Images have {values.shape[1]} channels; the net was made for {channels}.")
    if not _finite(values):
        raise ValueError(
            f"Image {np.argwhere(~np.isfinite(values))[0][0]} holds numbers that are not finite."
        )
    return Inputs(np.ascontiguousarray(values), None)


def _channels_last(shape: tuple[int, ...], channels: int | None) -> bool:
    """Whether (a, b, c) is rows, columns, channels: by what the net knows, by a square, or by the smallest number."""
    first, middle, last = shape
    if channels in (first, last):
        return channels != first
    if len({first, middle, last}) == 2 and middle in (first, last):
        return middle == first
    if first <= min(middle, last) or last < min(first, middle):
        return first > last
    raise ValueError(
        f"Images of {shape} may have their channels first or last; hand in (N, C, H, W) with fewer channels than rows and columns."
    )


def moments(rows: NDArray[Any], mask: NDArray[np.bool_] | None = None) -> Moments:
    """(C,) mean and spread of the last axis of (..., C), of rows that `mask` (...) says; the spread of what does not change is 1.

    In parts and in 64 bits: squares of very large and very small units leave 32 bits, and a copy of everything is dear.
    """
    count = 1 + rows.size // PART
    every = list(
        zip(
            np.array_split(rows, count),
            [None] * count if mask is None else np.array_split(mask, count),
            strict=True,
        )
    )

    def parts() -> Iterator[NDArray[Any]]:
        for part, told in every:
            yield part.reshape(-1, part.shape[-1]) if told is None else part[told]

    n = sum(len(part) for part in parts())
    mean = sum(part.sum(axis=0, dtype=np.float64) for part in parts()) / n
    spread_ = np.sqrt(sum(((part - mean) ** 2).sum(axis=0) for part in parts()) / n)
    still = spread_ <= 1e-6 * np.abs(mean)  # no more than rounding
    return mean, np.where(still, 1.0, spread_)


def _texts(X: Sequence[str], most: int) -> Inputs:
    rows = []
    for i, text in enumerate(X):
        if not isinstance(text, str):
            raise ValueError(f"Text {i} is {type(text).__name__}, not a string.")
        rows.append(tokens(text) or [0])
    if not rows:
        raise ValueError("There is no case: give at least one text.")
    if many := sum(len(row) > most for row in rows):
        warnings.warn(Cut(many, len(rows), f"texts are longer than {most} words and signs"), stacklevel=3)
        rows = [row[:most] for row in rows]
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
