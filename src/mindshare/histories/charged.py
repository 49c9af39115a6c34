"""Which recorded times are not charged in full, one plain sentence each."""

from __future__ import annotations

import numpy as np

from mindshare.core.charge import with_most_seconds
from mindshare.core.cost import unstated
from mindshare.core.errors import counted
from mindshare.core.history import History

SHOWN = 3


def charged(history: History) -> History:
    """The history whose answers are charged at most what their person works on one."""
    return with_most_seconds(history, unstated(history))


def charges_in_words(history: History) -> tuple[str, ...]:
    """Sentences that name the answers that are charged less than was recorded, and count those that took no time."""
    return tuple(sentence for sentence in (_too_long(history), _no_time(history)) if sentence)


def _too_long(history: History) -> str:
    a, charge = history.answers, history.charged_seconds()
    rows = np.flatnonzero(charge < a.seconds)
    if not len(rows):
        return ""
    rows = rows[np.argsort(charge[rows] - a.seconds[rows], kind="stable")]
    named = [
        f"{history.agent_id[a.agent[r]]}'s {_seconds(a.seconds[r])} on case {history.case_id[a.case[r]]} as"
        f" {_seconds(charge[r])}"
        for r in rows[:SHOWN]
    ]
    more = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
    is_ = "is" if len(rows) == 1 else "are"
    return (
        f"{len(rows):,} of {_timed(history)} took far longer than the same person's others and {is_} charged less:"
        f" {', '.join(named)}{more}."
    )


def _no_time(history: History) -> str:
    a = history.answers
    none = int((unstated(history)[a.agent] & (a.seconds == 0)).sum())
    if not none:
        return ""
    is_ = "is" if none == 1 else "are"
    return (
        f"{none:,} of {_timed(history)} took 0 seconds and {is_} charged nothing. Leave the field empty where the time was"
        " not recorded."
    )


def _timed(history: History) -> str:
    a = history.answers
    return counted(int((unstated(history)[a.agent] & ~np.isnan(a.seconds)).sum()), "timed answer")


def _seconds(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds >= 10 else f"{seconds:.2g} s"
