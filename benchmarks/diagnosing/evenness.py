"""Evenness over age and sex of ecg: how attention and errors fall on groups, and what a floor of readings costs.

nih-xray tells neither age nor sex of a patient, so nothing can be said of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import History
from mindshare.core.score import Bootstrap, interval
from mindshare.domains.medicine.readers import NO, YES, Read, with_floor

Array = NDArray[Any]
Row = tuple[str, str]
AGES = {"under 40": (0, 40), "40 to 64": (40, 65), "65 and more": (65, 200)}
WORST = "age 65 and more"  # the group whose verdicts are worst by machines
FLOORS = (1, 2)  # readings a case
DRAWS = 2_000


def evenness(history: History, machines: Sequence[Read], ours: Sequence[Read]) -> Iterator[Row]:
    """Of each group beside all others; `machines`, `ours`: a read for each seed. Intervals draw whole exams."""
    groups = _groups(history)
    for name, at in groups.items():
        yield f"ecg, {name}: {at.sum():,} cases, {(history.truth[at] == YES).sum()} with an abnormality", ""
        share = sum(r.readings[at].sum() for r in ours) / sum(r.readings.sum() for r in ours)
        asked = 100.0 * np.mean([r.readings for r in ours], axis=0)
        yield (
            "    attention",
            f"{at.mean():.1%} of cases, {share:.1%} of answers; answers in 100 cases {_beside(history, asked, at, at | ~at)}",
        )
        for way, reads in (("machines", machines), ("with people", ours)):
            yield from _errors(history, way, reads, at)
    for least in FLOORS:
        floored = [with_floor(history, read, groups[WORST], least, seed) for seed, read in enumerate(ours)]
        more = np.mean([(f.readings - r.readings).sum() for f, r in zip(floored, ours, strict=True)])
        yield f"ecg, floor: {least} of {WORST} for each case: {more:.0f} more readings", ""
        yield from _errors(history, "with the floor", floored, groups[WORST])
        gain = np.mean(
            [
                100.0 * ((f.verdict == history.truth) * 1.0 - (r.verdict == history.truth))
                for f, r in zip(floored, ours, strict=True)
            ],
            axis=0,
        )[groups[WORST]]
        draws = Bootstrap(history.parent[groups[WORST]], 0, DRAWS).means(gain[:, None])[:, 0]
        yield "    right, points on no floor", f"{gain.mean():+.3f} {_told(draws)}"


# -- parts ---------------------------------------------------------------------------------------------------------
def _groups(history: History) -> Mapping[str, Array]:
    age, sex = history.numeric("age"), history.features.categorical["sex"]
    groups = {f"age {name}": (age >= low) & (age < high) for name, (low, high) in AGES.items()}
    return groups | {f"sex {name}": sex.code == k for k, name in enumerate(sex.names)}


def _errors(history: History, way: str, reads: Sequence[Read], at: Array) -> Iterator[Row]:
    wrong = 100.0 * np.mean([read.verdict != history.truth for read in reads], axis=0)
    every, yes, no = np.ones(len(at), bool), history.truth == YES, history.truth == NO
    parts = {"wrong": every, "missed, of those with one": yes, "false alarms, of those without": no}
    yield (
        f"    {way}, %",
        "; ".join(f"{name} {_beside(history, wrong, at, part)}" for name, part in parts.items()),
    )


def _beside(history: History, told: Array, at: Array, part: Array) -> str:
    """Of the cases `part`: the mean of those `at`, and its difference to all others."""
    both = (at & part, ~at & part)
    m = Bootstrap(history.parent, 0, DRAWS).means(
        np.column_stack([told * each for each in both] + list(both))
    )
    change = m[:, 0] / np.maximum(m[:, 2], 1e-12) - m[:, 1] / np.maximum(m[:, 3], 1e-12)
    mean, other = (told[each].mean() for each in both)
    return f"{mean:.2f} beside {other:.2f}, {mean - other:+.2f} {_told(change)}"


def _told(draws: Array) -> str:
    low, high = interval(draws)
    return f"[{low:.2f}, {high:.2f}]"
