"""A library that only some installations have, or one sentence that says how to get it."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from mindshare.core.errors import MindshareError


def extra(module: str, name: str) -> ModuleType:
    """The module, which the extra `name` installs."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] != module.split(".", maxsplit=1)[0]:
            raise
        raise MindshareError(
            f"'{module}' is not installed; the extra brings it: pip install 'mindshare[{name}]'."
        ) from missing
