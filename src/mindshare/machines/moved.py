"""Names that have moved: the old place still gives them for one version, and says where they are now."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType


def warning(home: ModuleType, old: str) -> Callable[[str], object]:
    """The `__getattr__` of a module whose names are in `home` now."""

    def find(name: str) -> object:
        if name.startswith("__") or not hasattr(home, name):
            raise AttributeError(f"module '{old}' has no attribute '{name}'.")
        warnings.warn(f"{old}.{name} has moved to {home.__name__}.{name}.", DeprecationWarning, stacklevel=2)
        found: object = getattr(home, name)
        return found

    return find
