"""How kernels are compiled: the one decorator that all of them bear."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba

Function = Callable[..., Any]


def kernel(function: Function | None = None, *, allocates: bool = False, inline: bool = False) -> Any:
    """A function that numba compiles and keeps compiled, until a kernel of the core changes.

    A kernel fills arrays that it is given and returns numbers; then numba need not count who holds an array, which took
    two thirds of the time of a belief and of a value. One that makes or returns arrays says that it `allocates`. `inline`: into
    whoever calls it. Dividing by zero gives inf or nan, as in numpy.
    """

    def compiled(function: Function) -> Any:
        made: Any = numba.njit(cache=True, error_model="numpy", _nrt=allocates, forceinline=inline)(function)
        if made is not function:  # as it is where NUMBA_DISABLE_JIT=1
            kept = made._cache._cache_file  # numba looks at the function's own file only
            kept._source_stamp = f"{kept._source_stamp} {_sources()}"
        return made

    return compiled if function is None else compiled(function)


@cache
def _sources() -> str:
    """One hash of all files of the core that have kernels: what is compiled keeps what it called as that was then."""
    files = (file.read_bytes() for file in sorted(Path(__file__).parent.rglob("*.py")))
    return sha256(b"".join(file for file in files if b"@kernel" in file)).hexdigest()
