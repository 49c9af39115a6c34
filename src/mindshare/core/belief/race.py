"""Held-out log-loss chooses between ways to pool: tight or loose weights, the best machine alone, with free text.

Where most cases have no truth, a pool that learns from these too is one of the ways, and the only one until there are FEW truths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.belief.counted import FEW, mostly_unknown
from mindshare.core.belief.holdout import stage_of
from mindshare.core.belief.pooling import Pooling, Weighed, gather, weigh
from mindshare.core.history import History

F64 = NDArray[np.float64]
TIGHT = 10.0
AGREEMENT = "pool + agreement"  # cases without a truth teach too
HELD = 1e6  # ridge that leaves weights where they begin, as long as there are FEW truths
LOOSE = 6_000  # cases up to which looser weights are tried too


class Raced(NamedTuple):
    """Log-loss of each way to pool, and the way that won, with the pool that it gave."""

    log_loss: dict[str, float]
    how: Pooling
    weighed: Weighed


def ways(history: History, how: Pooling) -> dict[str, Pooling]:
    """Name -> how to pool, of all that is worth trying on such a history."""
    loose = len(history) <= LOOSE
    ridges = {"pool_tight": TIGHT, "pool": 1.0} | ({"pool_loose": 0.1, "pool_looser": 0.01} if loose else {})
    out = {name: replace(how, ridge=ridge) for name, ridge in ridges.items()}
    best = _best_single(history)
    # who listens to the best machine alone would never hear a cheaper one, where each has to be bought
    if best is not None and how.machines_always:
        out["best_machine"] = replace(how, only=best)
    if history.features.text:
        out["pool + text"] = replace(how, ridge=0.1 if loose else 1.0, text=True)
    if mostly_unknown(history):
        out[AGREEMENT] = replace(how, ridge=TIGHT, unlabelled=True)
    return out


def without_race(history: History, how: Pooling) -> Pooling | None:
    """How to pool where most truths are unknown and so few are known that a race would be luck, else None."""
    if mostly_unknown(history) and (history.truth >= 0).sum() < FEW:
        return replace(how, ridge=HELD, unlabelled=True)
    return None


def race(fit: History, told: History, ways: Mapping[str, Pooling]) -> Raced:
    """Log-loss of each way on the cases of `told`, half before any person has spoken, half after all; the best way.

    Ways that differ in their ridge only share all that is counted, and each begins where the one before ended. From tight to
    loose, the loss falls, then rises: where it has risen by more than chance, looser ones are not tried.
    """
    loss: dict[str, float] = {}
    won: tuple[F64, Pooling, Weighed] | None = None
    gathered, last, weighed, risen = None, None, None, False
    for name, how in ways.items():
        if last is None or replace(how, ridge=last.ridge) != last:
            gathered, weighed, risen = gather(how, fit), None, False
        elif risen:
            continue
        assert gathered is not None
        last, weighed = how, weigh(how, *gathered, weighed)
        losses = stage_of(weighed.pool, told).losses()
        loss[name] = float(losses.mean())
        if won is None or loss[name] < won[0].mean():
            won = losses, how, weighed
        more = losses - won[0]
        risen = more.mean() > 2 * more.std() / np.sqrt(max(len(more), 1))
    assert won is not None, "a race without a way"
    return Raced(loss, won[1], won[2])


def _best_single(history: History) -> int | None:
    """The machine that is right most often among those that answer often, None where there are fewer than two."""
    a = history.answers
    rows = np.flatnonzero((a.label >= 0) & (history.truth[a.case] >= 0) & ~history.is_person[a.agent])
    seen = np.bincount(a.agent[rows], minlength=len(history.agent_id))
    if (seen > 0).sum() < 2:
        return None
    right = np.bincount(a.agent[rows], a.label[rows] == history.truth[a.case[rows]], len(seen))
    return int(np.argmax(np.where(seen >= 0.5 * seen.max(), right / np.maximum(seen, 1), -1.0)))
