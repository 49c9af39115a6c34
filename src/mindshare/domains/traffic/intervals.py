"""How far a forecast may be off: half widths that cover a stated share of what comes (split conformal, Vovk et al. 2005), by level.

Errors come from a part of the past from which the machine had not learnt. The share holds where days come like those days; measure it.
"""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray

COVERED, LEVELS = 0.9, 10  # the share to cover; levels of the forecast with widths of their own


def half_widths(
    forecast: FloatArray, truth: FloatArray, new: FloatArray, covered: float = COVERED
) -> FloatArray:
    """(len(new),) so that truth lies within forecast - width and forecast + width in that share; all in one unit.

    `forecast` and `truth` (M,) are of the past part. Levels are tenths of its forecasts: a jam is harder to foretell than a free road.
    """
    edges = np.quantile(forecast, np.linspace(0.0, 1.0, LEVELS + 1)[1:-1])
    level, error = np.searchsorted(edges, forecast), np.abs(truth - forecast)
    width = np.array([_conformal(error[level == k], covered) for k in range(LEVELS)])
    return width[np.searchsorted(edges, new)]


def _conformal(error: FloatArray, covered: float) -> float:
    """The ceil((m + 1) * covered)-th smallest of m errors; without bound where there are too few."""
    place = int(np.ceil((len(error) + 1) * covered))
    return float(np.sort(error)[place - 1]) if place <= len(error) else float("inf")
