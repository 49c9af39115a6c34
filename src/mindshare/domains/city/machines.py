"""Who says how likely a critical violation is: a rule, a linear model of what the file says, one of what earlier visits showed.

Each learns from visits before the window and scores every visit; scores are only compared. `chances` makes probabilities of them.
`everything` also sees who came last: it orders the whole city better, but in part by who will visit, which the order cannot change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.domains.city.features import Columns
from mindshare.domains.city.visits import RESULTS, YEAR, Ints, Visits

HISTORY = (
    *(f"last_{name}" for name in RESULTS),
    "log_years_open",
    "new_place",
    "old_place",
    "earlier_critical",
    "earlier_held_back",
    "earlier_minor",
    "earlier_serious",
    "earlier_visits",
    "near_critical",
    "near_held_back",
    "near_minor",
    "wide_critical",
)
PLACE = (
    *(f"last_{name}" for name in RESULTS),
    "never_visited",
    "years_since",
    "years_open",
    "heat_0",
    "heat_1",
    "heat_2",
)
# Chosen on visits from July 2012 to June 2013, seen anew on July 2013 to April 2014; the pilot was not looked at.
SERIOUS, HELD_BACK = (
    0.25,
    0.3,
)  # what a serious violation (two count) and a place that did not pass teach, a critical one being 1
STRONG, WEAK = 3_000.0, 1.0  # how far weights are held to 0
RECENT = 2 * YEAR  # days after which an example of `everything` counts half
Scorer = Callable[[Visits, Columns, Ints], FloatArray]


def rule(visits: Visits, columns: Columns, fit: Ints) -> FloatArray:
    """Critical violations at the last visit, then serious ones, then minor ones: nothing is learnt."""
    del visits, fit
    return columns["last_critical"] + 0.1 * columns["last_serious"] + 0.005 * columns["last_minor"]


def line(visits: Visits, columns: Columns, fit: Ints) -> FloatArray:
    """Logistic regression of what the file says of the place: the opponent."""
    return _logistic(_matrix(columns, (*PLACE, *visits.licence_names)), visits.found, fit)


def line_with_inspectors(visits: Visits, columns: Columns, fit: Ints) -> FloatArray:
    """The same, and which group of inspectors goes there."""
    table = _matrix(columns, (*PLACE, *visits.licence_names))
    return _logistic(np.hstack([table, np.eye(len(visits.groups))[visits.group]]), visits.found, fit)


def history(visits: Visits, columns: Columns, fit: Ints) -> FloatArray:
    """What earlier visits to the place and to its neighbourhood showed, compared within each group of inspectors.

    Learns from serious violations and from places that did not pass too: critical ones alone are few (1 visit in 7).
    """
    from sklearn.linear_model import Ridge

    table = _standard(_matrix(columns, (*HISTORY, visits.licence_names[0])), fit)
    taught = visits.found + SERIOUS * np.minimum(visits.result[:, 2], 2.0) + HELD_BACK * (1.0 - visits.passed)
    seen, said = table[fit], taught[fit].astype(np.float64)
    for g in range(len(visits.groups)):
        mine = visits.group[fit] == g
        if mine.any():
            seen[mine] -= seen[mine].mean(axis=0)
            said[mine] = (said[mine] - said[mine].mean()) / (said[mine].std() + 0.05)
    return np.asarray(Ridge(alpha=STRONG).fit(seen, said).predict(table))


def everything(visits: Visits, columns: Columns, fit: Ints) -> FloatArray:
    """All columns, those about who came last too; later examples count more."""
    from sklearn.linear_model import Ridge

    table = _standard(_matrix(columns, tuple(columns)), fit)
    weight = 0.5 ** ((visits.day[fit].max() - visits.day[fit]) / RECENT)
    return np.asarray(
        Ridge(alpha=STRONG).fit(table[fit], visits.found[fit], sample_weight=weight).predict(table)
    )


MACHINES: Mapping[str, Scorer] = {"rule": rule, "line": line, "history": history}


def chances(score: FloatArray, visits: Visits, fit: Ints) -> FloatArray:
    """(N, G) how likely a visit of each group finds a critical violation, by a score and who goes there."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    spread = score[fit].std() or 1.0
    scaled = (score - score[fit].mean()) / spread
    groups = np.eye(len(visits.groups))
    seen = np.column_stack(
        [scaled[fit], 3.0 * groups[visits.group[fit]]]
    )  # larger columns are held back less
    with threadpool_limits(1):  # sums in one order: the same bytes however many cores there are
        model = LogisticRegression(max_iter=1_000).fit(seen, visits.found[fit])
        told = [
            model.predict_proba(np.column_stack([scaled, np.tile(3.0 * group, (len(scaled), 1))]))[:, 1]
            for group in groups
        ]
    return np.stack(told, axis=1)


def by_inspectors(visits: Visits, fit: Ints) -> FloatArray:
    """(N,) how often the group that goes there has found anything: an order that knows nothing of places."""
    rate = [visits.found[fit[visits.group[fit] == g]].sum() for g in range(len(visits.groups))]
    count = np.bincount(visits.group[fit], minlength=len(visits.groups))
    return np.asarray(rate / np.maximum(count, 1))[visits.group]


# -- parts ---------------------------------------------------------------------------------------------------------
def _matrix(columns: Columns, names: tuple[str, ...]) -> FloatArray:
    return np.stack([columns[name] for name in names], axis=1)


def _standard(table: FloatArray, fit: Ints) -> FloatArray:
    spread = table[fit].std(axis=0)
    return (table - table[fit].mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _logistic(table: FloatArray, found: Ints, fit: Ints) -> FloatArray:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    table = _standard(table, fit)
    with threadpool_limits(1):  # sums in one order: the same bytes however many cores there are
        model = LogisticRegression(C=WEAK, max_iter=1_000).fit(table[fit], found[fit])
        return np.asarray(model.decision_function(table))
