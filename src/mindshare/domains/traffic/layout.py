"""Where sensors lie on a picture: the set has no coordinates, so they are laid out by road distance (classical scaling, Torgerson 1952)."""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.traffic.speeds import Ints

APART = 1.2  # of the longest way: how far sensors are taken to be that no road of the set joins


def layout(near: FloatArray) -> FloatArray:
    """(S, 2) places from 0 to 1, left to right and top to bottom; `near` (S, S) is exp(-distance^2) as in `Speeds`.

    Distances are by the shortest way through the network. North is not known: only who lies near whom means something.
    """
    way = distances(near)
    middle = np.eye(len(way)) - 1.0 / len(way)
    values, vectors = np.linalg.eigh(-0.5 * middle @ way**2 @ middle)
    places = vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0.0))
    farthest = places[np.abs(places).argmax(axis=0), [0, 1]]
    places *= np.where(farthest < 0, -1.0, 1.0)  # an axis has no direction: the farthest is positive
    low, span = places.min(axis=0), np.ptp(places, axis=0)
    return (places - low) / np.where(span > 0, span, 1.0)


def distances(near: FloatArray) -> FloatArray:
    """(S, S) length of the shortest way by road, in units of the scale of `near`."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import shortest_path

    joined = (near > 0) & (near < 1)
    length = np.where(joined, np.sqrt(-np.log(np.where(joined, near, 0.5))), 0.0)
    way = shortest_path(csr_array(length), directed=False)
    return np.where(np.isfinite(way), way, APART * way[np.isfinite(way)].max(initial=1.0))


def areas(places: FloatArray) -> Ints:
    """(S,) 0 to 3: quarters of the picture, by the middle sensor in each direction."""
    right, low = (places > np.median(places, axis=0)).T
    return (2 * low + right).astype(np.int64)
