"""Costs that differ by case are read where the caller keeps them: a copy would cost more memory than all the rest.

Kernels get their addresses. Whoever makes an `Arrays` keeps the columns alive beside it (`Problem.columns`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import carray
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from mindshare.core.kernel import kernel


def addresses(columns: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """(M,) where the columns lie; each contiguous, all of one type."""
    return np.array([column.ctypes.data for column in columns], np.int64)


@intrinsic
def _pointer(typing_context, address, like):  # type: ignore[no-untyped-def]  # noqa: ARG001  (numba's signature)
    """The address as a pointer to what `like` holds."""
    target = types.CPointer(like.dtype)  # type: ignore[attr-defined]

    def generate(context, builder, signature, given):  # type: ignore[no-untyped-def]  # noqa: ARG001
        return builder.inttoptr(given[0], context.get_value_type(target))

    return target(types.int64, like), generate


@kernel(allocates=True)
def whole(address, like, n):  # type: ignore[no-untyped-def]
    """The column of n numbers at the address."""
    return carray(_pointer(address, like), (n,))


@kernel(allocates=True)
def one(address, like, i):  # type: ignore[no-untyped-def]
    """Number i of the column at the address."""
    return carray(_pointer(address, like), (i + 1,))[i]
