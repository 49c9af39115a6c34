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

AGAIN_S = 0.02  # until a Ctrl-C that was lost in a call from native code is pressed again: by then the call has ended


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

    press = _Press()
    try:
        press.listen()
        code = run(sys.argv[1:], press)
        signal.signal(signal.SIGINT, _leave)
    except KeyboardInterrupt:  # pressed again while the first one was being told
        code = STOPPED
    gc.freeze()  # a process that ends gives everything back at once: looking for what is still used takes half a second
    sys.exit(code)


class _Press:
    """Ctrl-C while a command works. True once it was pressed: native code that reads a module may turn it into an error of its own."""

    def __init__(self) -> None:
        self._pressed = False

    def __bool__(self) -> bool:
        return self._pressed

    def listen(self) -> None:
        signal.signal(signal.SIGINT, self._stop)
        sys.unraisablehook = self._lost

    def _stop(self, *_: object) -> None:
        self._pressed = True
        raise KeyboardInterrupt

    def _lost(self, lost: "sys.UnraisableHookArgs") -> None:
        """Presses again when Ctrl-C fell into a call from native code, out of which no exception comes."""
        if lost.exc_type is not KeyboardInterrupt:
            sys.__unraisablehook__(lost)
            return
        import _thread
        from threading import Timer

        Timer(AGAIN_S, _thread.interrupt_main).start()


def _leave(*_: object) -> None:
    os._exit(STOPPED)
