"""Weights of a net as `where` of an answer, which the desk draws: a grid over a picture, or parts of a series or a text."""

from __future__ import annotations

import numpy as np

from mindshare.machines.parts.words import spans
from mindshare.machines.task import Floats

MOST_SIDE = 64  # rows and columns of a grid that a service takes
MOST_PARTS = 1_000  # of a series or a text
DIGITS = 6  # behind the point


def places(weight: Floats, text: str = "") -> list[list[float]]:
    """`model.explain(X)[i]` as a grid (an image) or as [from, to, weight] in steps (a series) or in characters of the `text`. What lies
    in a cell or a part is summed, so that all weights sum to 1 as before; equal neighbours of a series are one part. A grid is at most
    64 by 64, parts are at most 1,000: of a longer text the words that weigh most.
    """
    if text:
        return _of_words(weight, text)
    if weight.ndim == 2:
        rows, columns = (_edges(n, MOST_SIDE) for n in weight.shape)
        cells = np.add.reduceat(np.add.reduceat(weight, rows[:-1], axis=0), columns[:-1], axis=1)
        return [[round(float(w), DIGITS) for w in row] for row in cells]
    if weight.ndim != 1:
        raise ValueError(
            f"weight must be one of each step or pixel. Got an array of shape {weight.shape} instead."
        )
    edges = np.flatnonzero(np.diff(weight, prepend=np.nan, append=np.nan))
    if len(edges) > MOST_PARTS + 1:
        edges = _edges(len(weight), MOST_PARTS)
    sums = np.add.reduceat(weight, edges[:-1])
    return [
        [int(a), int(b), round(float(w), DIGITS)] for a, b, w in zip(edges, edges[1:], sums, strict=False)
    ]


def _of_words(weight: Floats, text: str) -> list[list[float]]:
    parts = [
        [start, end, round(float(w), DIGITS)] for (start, end), w in zip(spans(text), weight, strict=False)
    ]
    most = sorted(parts, key=lambda part: -part[2])[:MOST_PARTS]
    return sorted(most)


def _edges(n: int, most: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Where `n` things are cut into at most `most` parts of nearly the same size, both ends among them."""
    k = min(n, most)
    return np.array([n * i // k for i in range(k + 1)], np.intp)
