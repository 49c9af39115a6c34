"""The command line: parse, call, print. Libraries are read only by the command that needs them.

This file reads nothing but what hears Ctrl-C: from here on, Ctrl-C at any moment ends the program with exit code 130 and
one sentence at most. Only what Python itself reads before is out of its hands.
"""

import atexit
import os
import signal
import sys

from mindshare.cli.codes import STOPPED

__all__ = ["main"]


def main() -> None:
    """The entry of `mindshare` and of `python -m mindshare`; ends the process with the exit code."""
    # while libraries are read, nothing has to be tidied up, and an exception could get lost inside of one of them
    signal.signal(signal.SIGINT, _leave)
    code = 0

    def last() -> None:
        # an interrupt within exec(text), as named tuples are made by, has marked the process as killed: say 130 all the same
        if code == STOPPED:
            _leave()

    atexit.register(last)  # first to come, last to run
    import gc

    from mindshare.cli.start import run

    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run(sys.argv[1:])
        signal.signal(signal.SIGINT, _leave)
    except KeyboardInterrupt:  # pressed again while the first one was being told
        code = STOPPED
    gc.freeze()  # a process that ends gives everything back at once: looking for what is still used takes half a second
    sys.exit(code)


def _leave(*_: object) -> None:
    os._exit(STOPPED)
