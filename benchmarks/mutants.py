"""Are mistakes in the core's kernels noticed? Small changes are made to them, one at a time, and the core's tests are run.

    python benchmarks/mutants.py [--count 200] [--seed 0] [--workers 1] [--only core/pacing] [--log mutants.jsonl]
                                 [--place DIRECTORY]

A mutant is one change in one kernel (`core/kernel.py`): a comparison or a sign turned, a number changed, least for most, a
statement left out. It is noticed where a test fails, or does not end.

Nothing is compiled for it: kernels run as plain Python (`mutating/plain.py`). Before anything is changed, every test runs
once so, and it is written down which kernels it calls. A mutant meets the tests that pass then and call its kernel, the
quickest first, as many as take TESTS_S together. Tests that fail or take long without compiling are left out, and so is
learning by tests that only need something learnt. So what is noticed is a lower bound.

Nothing is changed here: everything happens in a copy. --place keeps the copy and what was written down for the next run;
with --log a run goes on where it ended.

Some mutants change nothing that can be noticed (a cheaper order of the same sum, a tie broken otherwise); they count as
survivors too. On the other side an index out of bounds is an error in plain Python only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import numpy as np

from mindshare.core.score import wilson

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.mutating.changes import PACKAGE, Mutant, changed, kernel_files, mutants_of  # noqa: E402

PROMISED = 0.8
PATIENCE_S = 8.0  # of CPU, for one test that is not compiled
TESTS_S = 15.0  # for the tests of one mutant
LIMIT_S = 30.0  # of a run of tests, beside five times what they took: a mutant that never ends is noticed


@dataclass(frozen=True)
class Tested:
    """A test in the unchanged copy, without compiling."""

    test: str
    seconds: float
    passed: bool
    kernels: frozenset[str]  # that it calls: "core/asking/gate.py:passed"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", default="core")
    parser.add_argument("--log", type=Path, default=None)
    parser.add_argument("--place", type=Path, default=None)
    given = parser.parse_args()
    every = [m for file in kernel_files(given.only) for m in mutants_of(file)]
    chosen = random.Random(given.seed).sample(every, min(given.count, len(every)))
    told = f"{len(every):,} changes are possible in the kernels of {given.only}; {len(chosen)} are tried."
    print(told, flush=True)
    with tempfile.TemporaryDirectory(prefix="mindshare-mutants-") as temporary:
        trial = Trial(given.place or Path(temporary))
        noticed = try_all(chosen, trial, given.workers, given.log)
    return tell(chosen, noticed)


class Trial:
    """A copy of the sources and the tests of the core, and what each test calls in it."""

    def __init__(self, place: Path) -> None:
        self.place = place.resolve()
        self.whole, self.record = self.place / "whole", self.place / "kernels.jsonl"
        if not self.whole.exists():
            self._learn()
        if not self.record.exists():
            self._watch()
        self.tests = sorted(read(self.record), key=lambda t: t.seconds)
        left_out = [t.test for t in self.tests if not t.passed]
        print(f"{len(self.tests)} tests, {len(left_out)} left out without compiling:", flush=True)
        print("".join(f"    {name}\n" for name in left_out), end="", flush=True)

    def _learn(self) -> None:
        """Make the copy; its tests pass, and leave what they learn."""
        for part in ("src", "tests", "benchmarks/mutating"):
            shutil.copytree(ROOT / part, self.whole / part)
        shutil.copy(ROOT / "pyproject.toml", self.whole)
        (self.place / "learned").mkdir()
        if self.run(self.whole, 3600.0, plain=False) != 0:
            raise SystemExit("The tests of the core fail before anything is changed.")

    def _watch(self) -> None:
        """Write down what each test calls."""
        unfinished = self.place / "kernels.unfinished"
        unfinished.unlink(missing_ok=True)
        how = ("--record", str(unfinished), "--patience", str(PATIENCE_S))
        if self.run(self.whole, 7200.0, *how) not in (0, 1):  # some tests may fail, but all have their turn
            raise SystemExit("The tests of the core end before their time without compiling.")
        unfinished.rename(self.record)

    def is_noticed(self, mutant: Mutant, desk: Path) -> bool:
        """Whether a test that calls the changed kernel fails, or the tests do not end."""
        shutil.rmtree(desk, ignore_errors=True)
        shutil.copytree(self.whole, desk)
        (desk / PACKAGE / mutant.file).write_text(changed(mutant), encoding="utf-8")
        kernel = f"{mutant.file}:{mutant.kernel}"
        met = [t for t in self.tests if t.passed and kernel in t.kernels]
        total = np.cumsum([t.seconds for t in met])
        met = [t for t, s in zip(met, total, strict=True) if s <= TESTS_S]
        limit_s = LIMIT_S + 5 * sum(t.seconds for t in met)
        return bool(met) and self.run(desk, limit_s, chosen=met) != 0

    def run(
        self, at: Path, limit_s: float, *more: str, plain: bool = True, chosen: list[Tested] | None = None
    ) -> int:
        """The exit status of all tests, or of those chosen in their order; -1 where they do not end in time."""
        env = os.environ | {"PYTHONPATH": f"{at / 'src'}{os.pathsep}{at}", "PYTHONHASHSEED": "0"}
        env["NUMBA_DISABLE_JIT"] = "1" if plain else "0"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        command += ["-p", "benchmarks.mutating.plain", *more]
        command += ["--learned", str(self.place / "learned")]
        files = ["tests/core"]
        if chosen is not None:
            file = at / "chosen.json"
            file.write_text(json.dumps([t.test for t in chosen]), encoding="utf-8")
            files = sorted({t.test.split("::")[0] for t in chosen})
            command += ["-x", "--chosen", str(file)]
        try:
            done = subprocess.run(
                [*command, *files], cwd=at, env=env, capture_output=True, timeout=limit_s, check=False
            )
        except subprocess.TimeoutExpired:
            return -1
        return done.returncode


def read(record: Path) -> list[Tested]:
    told = (json.loads(line) for line in record.read_text(encoding="utf-8").splitlines())
    return [Tested(t["test"], t["seconds"], t["passed"], frozenset(t["kernels"])) for t in told]


def try_all(chosen: list[Mutant], trial: Trial, workers: int, log: Path | None) -> dict[Mutant, bool]:
    """Mutant -> whether it was noticed; those in the log are not tried again."""
    done = known(log)
    noticed = {m: done[key(m)] for m in chosen if key(m) in done}
    desks: Queue[Path] = Queue()
    for n in range(workers):
        desks.put(trial.place / f"mutant_{n}")

    def one(mutant: Mutant) -> tuple[Mutant, bool]:
        at = desks.get()
        try:
            return mutant, trial.is_noticed(mutant, at)
        finally:
            desks.put(at)

    left = [m for m in chosen if m not in noticed]
    with ThreadPoolExecutor(workers) as pool:
        for done_one in as_completed([pool.submit(one, mutant) for mutant in left]):
            mutant, found = done_one.result()
            noticed[mutant] = found
            print(
                f"{'noticed ' if found else 'SURVIVED'} {mutant.file}:{mutant.line} {mutant.what}", flush=True
            )
            if log is not None:
                with log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"mutant": key(mutant), "noticed": found}) + "\n")
    return noticed


def key(mutant: Mutant) -> str:
    return f"{mutant.file}:{mutant.line}:{mutant.number}:{mutant.what}"


def known(log: Path | None) -> dict[str, bool]:
    if log is None or not log.exists():
        return {}
    told = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    return {one["mutant"]: one["noticed"] for one in told}


def tell(chosen: list[Mutant], noticed: dict[Mutant, bool]) -> int:
    """The table by room, and whether the promise is kept."""
    print("| room | mutants | noticed |\n|---|---|---|")
    rooms = sorted({m.file.split("/")[1] for m in chosen})
    for room in [*rooms, "all"]:
        mine = np.array([noticed[m] for m in chosen if room in ("all", m.file.split("/")[1])])
        low, high = wilson(float(mine.sum()), len(mine))
        print(f"| {room} | {len(mine)} | {mine.mean():.0%} ({low:.0%} to {high:.0%}) |")
    share = float(np.mean([noticed[m] for m in chosen]))
    print(f"{share:.1%} noticed, promised {PROMISED:.0%}: {'kept' if share >= PROMISED else 'BROKEN'}")
    return 0 if share >= PROMISED else 1


if __name__ == "__main__":
    sys.exit(main())
