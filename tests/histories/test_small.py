"""What holds on small histories, on average over draws: asking does no harm, useless people bring nothing, truths narrow what is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mindshare.core.history import History
from mindshare.histories.backtest import backtest
from mindshare.testing import made_history

DRAWS, CASES = 6, 100
ASIDE = ("oracle",)  # it knows the truth
SHARES = (0.1, 0.3, 1.0)


def gains(histories: list[History]) -> dict[str, np.ndarray]:
    """(draws, shares) accuracy less that of all machines, by policy."""
    told = [backtest(h, shares=SHARES, seed=k, workers=1)["policies"] for k, h in enumerate(histories)]
    return {
        name: np.array([[p["minus_all_machines"]["value"] for p in one[name]["points"][1:]] for one in told])
        for name in told[0]
    }


def error(x: np.ndarray) -> np.ndarray:
    """Standard error of the mean over draws."""
    return np.asarray(np.std(x, axis=0, ddof=1) / np.sqrt(len(x)))


def test_no_policy_gains_on_shuffled_people_and_ours_loses_nothing() -> None:
    found = gains([made_history(CASES, seed=k, shuffled_people=True) for k in range(DRAWS)])
    for name, gain in found.items():
        if name not in ASIDE:
            assert (gain.mean(0) <= 2 * error(gain) + 1e-9).all(), name
    ours = found["mindshare"]
    assert (ours.mean(0) >= -np.maximum(0.002, 2 * error(ours))).all()


def test_asking_people_who_help_is_never_worse_than_asking_nobody() -> None:
    ours = gains([made_history(CASES, seed=k) for k in range(DRAWS)])["mindshare"]
    assert (ours.mean(0) >= -np.maximum(0.002, 2 * error(ours))).all()
    assert ours.mean() > 0


@pytest.mark.parametrize("seed", range(2))
def test_more_truths_never_widen_what_is_told_of_the_gain(seed: int) -> None:
    history = made_history(240, people=3, seed=seed)
    widths = []
    for known in (15, 60, 240):
        truth = np.where(np.arange(240) < known, history.truth, -1).astype(np.int32)
        told = backtest(replace(history, truth=truth), shares=SHARES, seed=0, workers=1)
        points = told["policies"]["mindshare"]["points"][1:]
        low, high = np.array([p["minus_all_machines"]["ci95"] for p in points]).T
        widths.append((high - low).mean())
    assert widths[0] >= widths[1] >= widths[2]
