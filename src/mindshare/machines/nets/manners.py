"""scikit-learn's manners: ``__init__`` stores what it is given, `get_params` tells it, `set_params` changes it."""

from __future__ import annotations

import inspect
from typing import Any, Self


class Manners:
    """For classes whose ``__init__`` stores each parameter under its own name."""

    @classmethod
    def _names(cls) -> list[str]:
        return list(inspect.signature(cls).parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - scikit-learn's signature
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Self:
        for name, given in params.items():
            if name not in self._names():
                raise ValueError(
                    f"{type(self).__name__} has no parameter '{name}'. It has: {', '.join(self._names())}."
                )
            setattr(self, name, given)
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_params().items())})"
