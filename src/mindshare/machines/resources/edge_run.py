"""Answers cases with an exported ladder where there is little: one core, 512 MB, no torch; hard cases go upstream.

Run as ``python -m mindshare.machines.resources.edge_run LADDER CASES.npz --out OUT.json [--upstream URL] [--net-mb MB]``. `CASES.npz` holds
`values` and, for windows and texts, `mask`. Each case is answered by the first rung that is sure enough of it; those of which
none is sure are sent upstream, the least sure first, while `net_mb` lasts. Needs the extra `onnx`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.pacing.ledger import Ledger

LADDER, FORMAT = "ladder.json", "mindshare ladder 1"
BATCH = 64  # cases at once
WAIT_S = 10.0  # for upstream
ENOUGH_MB = 1e12  # where nobody limits the link
Floats = NDArray[np.float64]
Send = Callable[[bytes], bytes]


@dataclass(slots=True)
class Answered:
    """What became of the cases, and what it took."""

    proba: Floats  # (N, L)
    rung: NDArray[np.int64]  # (N,) which answered; as many as there are rungs: upstream
    classes: list[Any]
    rungs: list[str]
    spent: dict[str, float] = field(default_factory=dict)  # cpu_s, net_mb, mem_mb
    refused: int = 0  # hard cases that the limit on the link left here


class EdgeLadder:
    """The rungs of a directory that `export_ladder` wrote, small to large."""

    def __init__(self, place: str | Path) -> None:
        path = Path(place) / LADDER
        if not path.is_file():
            raise MindshareError(f"{place} holds no ladder ({LADDER}); export_ladder writes one.")
        told = json.loads(path.read_text(encoding="utf-8"))
        if told.get("format") != FORMAT:
            raise MindshareError(f"{path} says it is '{told.get('format')}'; this version reads '{FORMAT}'.")
        self.classes, self.most, self.rungs = told["classes"], told["most"], told["rungs"]
        self._place, self._sessions = Path(place), dict[str, Any]()

    def answer(
        self,
        values: NDArray[Any],
        mask: NDArray[np.bool_] | None,
        *,
        send: Send | None = None,
        net_mb: float = ENOUGH_MB,
    ) -> Answered:
        """All cases, each by the first rung that is sure of it; the rest upstream while `net_mb` lasts, else by the last rung."""
        start, n = time.process_time(), len(values)
        done = Answered(
            proba=np.zeros((n, len(self.classes))),
            rung=np.zeros(n, np.int64),
            classes=self.classes,
            rungs=[rung["name"] for rung in self.rungs],
        )
        at = np.arange(n)
        for i, rung in enumerate(self.rungs):
            done.proba[at], done.rung[at] = self._run(rung, values, mask, at), i
            at = at[done.proba[at].max(axis=1) < rung["sure"]]
        ledger = Ledger({"net_mb": net_mb})
        if send is not None:
            hardest = at[np.argsort(done.proba[at].max(axis=1), kind="stable")]
            done.refused = self._upstream(done, hardest, (values, mask), send, ledger)
        done.spent = {
            "cpu_s": time.process_time() - start,
            "net_mb": float(ledger.used[0]) + float(ledger.overrun[0]),
            "mem_mb": _peak_mb(),
        }
        return done

    def _run(
        self,
        rung: dict[str, Any],
        values: NDArray[Any],
        mask: NDArray[np.bool_] | None,
        at: NDArray[np.int64],
    ) -> Floats:
        """(len(at), L) probabilities."""
        if not len(at):
            return np.zeros((0, len(self.classes)))
        session, out = self._session(rung), []
        for start in range(0, len(at), BATCH):
            part = at[start : start + BATCH]
            feed = {"values": values[part]} if mask is None else {"values": values[part], "mask": mask[part]}
            out.append(session.run(None, feed)[0])
        score = np.concatenate(out).astype(np.float64)
        proba: Floats = np.exp(score - score.max(axis=1, keepdims=True))
        return proba / proba.sum(axis=1, keepdims=True)

    def _upstream(
        self,
        done: Answered,
        hard: NDArray[np.int64],
        cases: tuple[NDArray[Any], Any],
        send: Send,
        ledger: Ledger,
    ) -> int:
        """Sends one after the other; how many the limit left here."""
        values, mask = cases
        for k, i in enumerate(hard.tolist()):
            own = values[i] if mask is None else values[i][mask[i]]
            letter = json.dumps({"shape": own.shape, "type": str(own.dtype)}).encode() + b"\n" + own.tobytes()
            try:
                charge = ledger.charge({"net_mb": len(letter) / 2**20})
            except OverBudget:
                return len(hard) - k
            reply = send(letter)
            ledger.settle(charge, {"net_mb": (len(letter) + len(reply)) / 2**20})
            told = json.loads(reply)["proba"]
            if len(told) != len(self.classes):
                raise MindshareError(
                    f"Upstream answered with {len(told)} probabilities; the labels are {len(self.classes)}."
                )
            done.proba[i], done.rung[i] = told, len(self.rungs)
        return 0

    def _session(self, rung: dict[str, Any]) -> Any:
        if rung["file"] not in self._sessions:
            self._sessions[rung["file"]] = _open(self._place / rung["file"])
        return self._sessions[rung["file"]]


def _open(path: Path) -> Any:
    try:
        import onnxruntime
    except ModuleNotFoundError as missing:
        raise MindshareError(
            "Running a ladder needs the extra `onnx`: pip install 'mindshare[onnx]'."
        ) from missing
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # memory is what there is least of
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _peak_mb() -> float:
    """The highest resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():
        return float(status.read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) / 1024
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def post_to(url: str) -> Send:
    """Sends a case to an address and waits for its answer."""
    if not url.startswith(("http://", "https://")):
        raise MindshareError(f"--upstream {url}: give an address that begins with http:// or https://.")

    def send(letter: bytes) -> bytes:
        request = urllib.request.Request(
            url, data=letter, headers={"Content-Type": "application/octet-stream"}
        )
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as reply:
                return bytes(reply.read())
        except OSError as wrong:
            raise MindshareError(f"Upstream at {url} did not answer: {wrong}.") from wrong

    return send


def main() -> None:
    """The example runner."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ladder", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--upstream")
    parser.add_argument("--net-mb", type=float, default=ENOUGH_MB)
    asked = parser.parse_args()
    with np.load(asked.cases, allow_pickle=False) as file:
        values, mask = file["values"], file["mask"] if "mask" in file.files else None
    ladder = EdgeLadder(asked.ladder)
    start = time.process_time()
    done = ladder.answer(
        values, mask, send=post_to(asked.upstream) if asked.upstream else None, net_mb=asked.net_mb
    )
    told = {
        "answers": [done.classes[i] for i in done.proba.argmax(axis=1)],
        "proba": done.proba.tolist(),
        "rung": [[*done.rungs, "upstream"][i] for i in done.rung],
        "spent": done.spent,
        "cases_per_cpu_s": len(values) / max(time.process_time() - start, 1e-9),
        "left_here": done.refused,
        "torch": "torch" in sys.modules and sys.modules["torch"] is not None,
    }
    asked.out.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
