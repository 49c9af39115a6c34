"""What was answered so far, in a file beside the result: work that is stopped goes on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError
from mindshare.machines.task import Floats

I64 = NDArray[np.int64]


class Kept:
    """``proba`` (N, L), NaN = not answered yet, and what an answer costs. Each `add` is on the disk before it returns.

    `path` None: nothing is written. Refused where the file holds the answers of another run (`key`).
    """

    def __init__(self, path: Path | None, key: str, shape: tuple[int, int]) -> None:
        self.path, self.key = path, key
        self.proba: Floats = np.full(shape, np.nan)
        self.cost: dict[str, float] = {}
        self.before = 0
        if path is not None and path.is_file():
            self._read(path)
            self.before = int(self.answered.sum())

    @property
    def answered(self) -> NDArray[np.bool_]:
        """(N,) whether there is an answer."""
        found: NDArray[np.bool_] = ~np.isnan(self.proba[:, 0])
        return found

    def add(self, at: I64, proba: Floats) -> None:
        """Answers to the cases `at`."""
        self.proba[at] = proba
        self._write({"at": at.tolist(), "proba": proba.tolist()})

    def charge(self, cost: Mapping[str, float]) -> None:
        """What an answer was measured to cost."""
        self.cost = dict(cost)
        self._write({"cost": self.cost})

    def _write(self, record: Mapping[str, object]) -> None:
        if self.path is None:
            return
        new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            if new:
                file.write(json.dumps({"run": self.key}) + "\n")
            file.write(json.dumps(record) + "\n")

    def _read(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]  # the end may be missing where the power went
        try:
            records = [json.loads(line) for line in whole.splitlines()]
            same = not records or records[0]["run"] == self.key
        except (ValueError, KeyError, TypeError) as wrong:
            raise MindshareError(
                f"{path} is no file of answers that were kept. Remove it, or name another --out."
            ) from wrong
        if not same:
            raise MindshareError(
                f"{path} keeps answers of another run (another machine, other cases or other options). Remove it, or name another"
                " --out."
            )
        for record in records[1:]:
            if "at" in record:
                self.proba[record["at"]] = record["proba"]
            else:
                self.cost = record["cost"]
        if len(whole) < len(text) or not records:
            path.write_text(whole, encoding="utf-8", newline="\n")
            if not records:
                path.unlink()
