"""What would have been reached under other limits or prices (`supposed.py`), judged in a process of its own.

One at a time, on one thread, at low priority, within the CPU share of learning anew; it ends with the service.
Run as a process: `python -m mindshare.engine.what_if FOLDER OUT` reads `asked.json` in OUT and writes `told.json` there.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from mindshare.core.errors import Conflict, MindshareError
from mindshare.engine.beside import done_apart, within_share
from mindshare.engine.supposed import WhatIf, judged

ASKED, TOLD, HOW_FAR = "asked.json", "told.json", "progress.json"


class WhatIfs:
    """Runs what is asked, one at a time, for a service that runs in this folder."""

    def __init__(self, folder: Path, share: float) -> None:
        self._folder, self._share = folder, share
        self._lock, self._end = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None
        self._place: Path | None = None
        self._told: dict[str, Any] = {"state": "none"}

    def start(self, asked: WhatIf) -> dict[str, Any]:
        """Begins; Conflict while another one runs."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise Conflict("A what-if is running. Wait until it is done, or cancel it.")
            self._end, self._told = (
                threading.Event(),
                {"state": "running", "asked": msgspec.to_builtins(asked)},
            )
            self._thread = threading.Thread(target=self._run, args=(asked,), name="what-if", daemon=True)
            self._thread.start()
        return self.state()

    def state(self) -> dict[str, Any]:
        """none, running (with `progress`), done (with `result`), failed (with `problem`) or cancelled; and what was asked."""
        told, place = dict(self._told), self._place
        if told["state"] == "running" and place is not None:
            with suppress(OSError, msgspec.DecodeError):  # not there yet, or half written
                told["progress"] = msgspec.json.decode((place / HOW_FAR).read_bytes())[0]
        return told

    def close(self) -> None:
        """Ends what is running."""
        with self._lock:
            self._end.set()
            if self._thread is not None:
                self._thread.join()

    def _run(self, asked: WhatIf) -> None:
        about = {"asked": msgspec.to_builtins(asked)}
        try:
            with tempfile.TemporaryDirectory(prefix="mindshare-") as place:
                self._place = out = Path(place)
                (out / ASKED).write_bytes(msgspec.json.encode(asked))
                command = [sys.executable, "-m", "mindshare.engine.what_if", str(self._folder), place]
                if not within_share(command, self._share, self._end):
                    self._told = {"state": "cancelled", **about}
                    return
                result = msgspec.json.decode((out / TOLD).read_bytes())
            self._told = {"state": "done", "result": result, **about}
        except (MindshareError, OSError) as e:
            self._told = {"state": "failed", "problem": str(e), **about}
        finally:
            self._place = None


def answer(folder: Path, out: Path) -> None:
    """Answers what is asked in `out`, there."""
    asked = msgspec.json.decode((out / ASKED).read_bytes(), type=WhatIf)

    def tell(share: float, what: str) -> None:
        (out / HOW_FAR).write_bytes(msgspec.json.encode([share, what]))

    (out / TOLD).write_bytes(msgspec.json.encode(judged(folder, out, asked, tell)))


if __name__ == "__main__":
    sys.exit(done_apart(lambda: answer(*map(Path, sys.argv[1:]))))
