"""Deprecated: `mindshare.domains.manufacturing` holds `Windows` and `folds_by_parent`. Gone in version 0.2."""

from __future__ import annotations

import warnings

from mindshare.domains.manufacturing.windows.windows import Windows, folds_by_parent

__all__ = ["Windows", "folds_by_parent"]

warnings.warn(
    "mindshare.domains.windows has moved: import Windows and folds_by_parent from mindshare.domains.manufacturing."
    " The old name goes in version 0.2.",
    DeprecationWarning,
    stacklevel=2,
)
