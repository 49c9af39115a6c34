"""Cases that are nearly the same: whoever learnt from one of them has seen the others.

Texts: shingles of letters, MinHash (Broder 1997) in bands; what shares a band counts as near if at least 0.8 of its shingles are the
other's too. Digits, signs and addresses do not count. Rows of many numbers: those that are equal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
LETTERS, MOST = 5, 5_000  # of a shingle; of a text that are looked at
BANDS, ROWS = 8, 4
NEAR = 0.8
FEW_NUMBERS = 4  # rows of fewer are equal by chance
NOISE = re.compile(r"https?://\S+|@\w+|[\W\d_]+")


def near(X: Sequence[Any], own: I64) -> I64:
    """(N,) group of each case: those of one number in `own` stay together, and cases that are nearly the same come to them."""
    join = _Join(own)
    if len(X) > 0 and isinstance(X[0], dict):
        X = [case["input"] for case in X]
    if len(X) > 0 and isinstance(X[0], str):
        _join_texts(X, join)
    else:
        _join_equal(X, join)
    return np.array([join.root(i) for i in range(len(X))], np.int64)


class _Join:
    """Sets that grow together."""

    def __init__(self, own: I64) -> None:
        _, first = np.unique(own, return_index=True)
        of = dict(zip(own[first].tolist(), first.tolist(), strict=True))
        self.up = [of[x] for x in own.tolist()]

    def root(self, i: int) -> int:
        while self.up[i] != i:
            self.up[i] = self.up[self.up[i]]
            i = self.up[i]
        return i

    def both(self, i: int, j: int) -> None:
        a, b = sorted((self.root(i), self.root(j)))
        self.up[b] = a


def _join_texts(texts: Sequence[str], join: _Join) -> None:
    rng = np.random.default_rng(0)
    by = rng.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
    shingles: list[U64] = []
    first: dict[object, int] = {}
    for i, text in enumerate(texts):
        plain = NOISE.sub(" ", text.lower()).strip()
        mine = _shingles(plain[:MOST])
        shingles.append(mine)
        if not len(mine):
            if plain:
                join.both(first.setdefault(plain, i), i)
            continue
        least = np.array([(mine * b).min() for b in by])
        for band in range(BANDS):
            key = (band, least[band * ROWS : (band + 1) * ROWS].tobytes())
            other = first.setdefault(key, i)
            if other != i and join.root(other) != join.root(i) and _alike(shingles[other], mine):
                join.both(other, i)


def _shingles(plain: str) -> U64:
    """The different runs of LETTERS letters, as numbers."""
    code = np.frombuffer(plain.encode("utf-32-le"), np.uint32).astype(np.uint64)
    if len(code) < LETTERS:
        return np.zeros(0, np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(code, LETTERS)
    out = np.zeros(len(runs), np.uint64)
    for k in range(LETTERS):
        out = (out ^ runs[:, k]) * np.uint64(0x9E3779B97F4A7C15)
        out ^= out >> np.uint64(29)
    return np.unique(out)


def _alike(a: U64, b: U64) -> bool:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both >= NEAR * (len(a) + len(b) - both)


def _join_equal(X: Sequence[Any], join: _Join) -> None:
    first: dict[object, int] = {}
    for i, row in enumerate(X):
        if isinstance(row, dict):
            key: object = repr(sorted(row.items(), key=lambda item: str(item[0])))
        elif np.size(row) < FEW_NUMBERS:
            continue
        else:
            key = repr(row) if isinstance(row, tuple) else np.asarray(row).tobytes()
        join.both(first.setdefault(key, i), i)
