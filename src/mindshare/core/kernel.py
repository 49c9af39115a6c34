"""How kernels are compiled: the one decorator that all of them bear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

Function = Callable[..., Any]


def kernel(function: Function | None = None, *, allocates: bool = False, inline: bool = False) -> Any:
    """A function that numba compiles and keeps compiled.

    A kernel fills arrays that it is given and returns numbers; then numba need not count who holds an array, which took
    two thirds of the time of a decision. One that makes or returns arrays says that it `allocates`. `inline`: into
    whoever calls it. Dividing by zero gives inf or nan, as in numpy.
    """
    compiled = numba.njit(cache=True, error_model="numpy", _nrt=allocates, forceinline=inline)
    return compiled if function is None else compiled(function)
