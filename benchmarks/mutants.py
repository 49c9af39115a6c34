"""Are mistakes in the core's kernels noticed? Small changes are made to them, one at a time, and the core's tests are run.

    python benchmarks/mutants.py [--count 200] [--seed 0] [--workers 1] [--only core/pacing] [--log mutants.jsonl]
                                 [--place DIRECTORY] [--compiled]

A mutant is one change in one kernel (`numba.njit`): a comparison or a sign turned, a number changed, least for most, a
statement left out. It is noticed where a test fails, or does not end.

Nothing is compiled for it: kernels run as plain Python (`mutating/plain.py`). Before anything is changed, every test runs
once so, and it is written down which kernels it calls. A mutant meets the tests that pass then and call its kernel, the
quickest first. Tests that fail or take long without compiling (some seconds become minutes) are left out. With
--compiled whoever survives meets these too, compiled: as many minutes as there are mutants.

Nothing is changed here: everything happens in a copy. --place keeps the copy and what was written down for the next run;
with --log a run goes on where it ended.

Some mutants change nothing that can be noticed (a cheaper order of the same sum, a tie broken otherwise); they count as
survivors here, so the figure is a lower bound. On the other side an index out of bounds is an error in plain Python only.
"""

from __future__ import annotations

import argparse
import ast
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
COMPILED_LIMIT_S = 900.0


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
    parser.add_argument("--compiled", action="store_true")
    given = parser.parse_args()
    every = [m for file in kernel_files(given.only) for m in mutants_of(file)]
    chosen = random.Random(given.seed).sample(every, min(given.count, len(every)))
    told = f"{len(every):,} changes are possible in the kernels of {given.only}; {len(chosen)} are tried."
    print(told, flush=True)
    with tempfile.TemporaryDirectory(prefix="mindshare-mutants-") as temporary:
        trial = Trial(given.place or Path(temporary), compiled=given.compiled)
        noticed = try_all(chosen, trial, given.workers, given.log)
    return tell(chosen, noticed)


class Trial:
    """A copy of the sources and the tests of the core, and what each test calls in it."""

    def __init__(self, place: Path, *, compiled: bool) -> None:
        self.place, self.compiled = place.resolve(), compiled
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
        if not self.passes(self.whole, 3600.0, plain=False):
            raise SystemExit("The tests of the core fail before anything is changed.")

    def _watch(self) -> None:
        """Write down what each test calls."""
        unfinished = self.place / "kernels.unfinished"
        unfinished.unlink(missing_ok=True)
        self.passes(self.whole, 7200.0, "--record", str(unfinished), "--patience", str(PATIENCE_S))
        unfinished.rename(self.record)

    def is_noticed(self, mutant: Mutant, desk: Path) -> bool:
        """Whether a test that calls the changed kernel fails, or the tests do not end."""
        shutil.rmtree(desk, ignore_errors=True)
        shutil.copytree(self.whole, desk)
        (desk / PACKAGE / mutant.file).write_text(changed(mutant), encoding="utf-8")
        met = [t for t in self.tests if f"{mutant.file}:{mutant.kernel}" in t.kernels]
        plain = [t for t in met if t.passed]
        total = np.cumsum([t.seconds for t in plain])
        plain = [t for t, s in zip(plain, total, strict=True) if s <= TESTS_S]
        limit_s = LIMIT_S + 5 * sum(t.seconds for t in plain)
        if plain and not self.passes(desk, limit_s, chosen=plain):
            return True
        if not (self.compiled and met):
            return False
        forget(desk, mutant.file)
        return not self.passes(desk, COMPILED_LIMIT_S, plain=False, chosen=met)

    def passes(
        self, at: Path, limit_s: float, *more: str, plain: bool = True, chosen: list[Tested] | None = None
    ) -> bool:
        """Whether all tests, or those chosen in their order, pass in time."""
        env = os.environ | {"PYTHONPATH": f"{at / 'src'}{os.pathsep}{at}", "PYTHONHASHSEED": "0"}
        env["NUMBA_DISABLE_JIT"] = "1" if plain else "0"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        command += ["-p", "benchmarks.mutating.plain", *more]
        if (
            plain or chosen is None
        ):  # the folder is filled by the whole run; compiled mutants learn themselves
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
            return False
        return done.returncode == 0


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


def forget(place: Path, file: str) -> None:
    """Remove what was compiled of a file and of all that import it, by whatever way."""
    imports = {f: imported(place / PACKAGE / f) for f in kernel_and_other_files(place)}
    stale, before = {file}, set[str]()
    while stale != before:
        before = set(stale)
        stale |= {f for f, names in imports.items() if names & stale}
    for name in stale:
        path = place / PACKAGE / name
        for part in (path.parent / "__pycache__").glob(f"{path.stem}.*.nb[ci]"):
            part.unlink()


def kernel_and_other_files(place: Path) -> list[str]:
    return [p.relative_to(place / PACKAGE).as_posix() for p in (place / PACKAGE).rglob("*.py")]


def imported(path: Path) -> set[str]:
    """Files of the package that a file imports."""
    out = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mindshare."):
            name = (node.module or "").removeprefix("mindshare.").replace(".", "/")
            out |= {f"{name}.py", *(f"{name}/{a.name}.py" for a in node.names)}
    return out


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
