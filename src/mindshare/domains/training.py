"""Deprecated: `mindshare.domains.manufacturing` holds `sides`, `train` and `Trained`. Gone in version 0.2."""

from __future__ import annotations

import warnings

from mindshare.domains.domain import Trained
from mindshare.domains.manufacturing.training import sides, train

__all__ = ["Trained", "sides", "train"]

warnings.warn(
    "mindshare.domains.training has moved: import sides and train from mindshare.domains.manufacturing."
    " The old name goes in version 0.2.",
    DeprecationWarning,
    stacklevel=2,
)
