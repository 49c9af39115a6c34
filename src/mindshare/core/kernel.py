"""How kernels are compiled that only other kernels call.

numba writes for each kernel what lets Python call it, and for many arrays that takes longer than the kernel itself. A step is
a kernel without that, so that it compiles sooner. Never call one from Python: that ends the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

Kernel = Callable[..., Any]


def step(function: Kernel) -> Kernel:
    """A kernel that only kernels call."""
    return _compiled(function, inlined=False)


def inlined(function: Kernel) -> Kernel:
    """The same, written out where it is called: for what is called so often that handing over its arrays takes longest."""
    return _compiled(function, inlined=True)


def _compiled(function: Kernel, *, inlined: bool) -> Kernel:
    made: Kernel = numba.njit(
        cache=True, error_model="numpy", forceinline=inlined, no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)
    return made
