"""Are mistakes in the core's kernels noticed? Small changes are made to them, one at a time, and the core's tests are run.

    python benchmarks/mutants.py [--count 200] [--seed 0] [--workers 2] [--only core/pacing] [--log mutants.jsonl]

A mutant is one change in one kernel (`numba.njit`): a comparison or a sign turned, a number changed, least for most, a
statement left out. It is noticed where a test fails, or does not end. Tests of the mutant's room run first; whoever
survives meets all tests of the core. Kernels are compiled anew wherever the changed file is imported, since a compiled
caller keeps what it has inlined. Nothing is changed here: each worker has a copy. With --log a run goes on where it ended.

Some mutants change nothing that can be noticed (a cheaper order of the same sum, a tie broken otherwise); they count as
survivors here, so the figure is a lower bound.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import numpy as np

from mindshare.core.score import wilson

ROOT = Path(__file__).parents[1]
PACKAGE = Path("src/mindshare")
PROMISED = 0.8
LIMIT_S = 600.0  # of a run of tests: a mutant that never ends is noticed
ROOMS = {
    "allocation": ("allocation",),
    "asking": ("asking", "belief"),
    "belief": ("belief", "asking"),
    "pacing": ("pacing", "test_limits.py"),
}
TURNED: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
SWAPPED = {"min": "max", "max": "min", "argmin": "argmax", "argmax": "argmin"}


@dataclass(frozen=True)
class Mutant:
    """One change: in this file, at the n-th place where one can be made."""

    file: str  # under src/mindshare
    number: int
    line: int
    what: str


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", default="core")
    parser.add_argument("--log", type=Path, default=None)
    given = parser.parse_args()
    every = [m for file in kernel_files(given.only) for m in mutants_of(file)]
    chosen = random.Random(given.seed).sample(every, min(given.count, len(every)))
    print(
        f"{len(every):,} changes are possible in the kernels of {given.only}; {len(chosen)} are tried.",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="mindshare-mutants-") as place:
        noticed = try_all(chosen, Path(place), given.workers, given.log)
    return tell(chosen, noticed)


def kernel_files(only: str) -> list[str]:
    """Files with a kernel, as paths under src/mindshare."""
    files = sorted((ROOT / PACKAGE / only).rglob("*.py"))
    return [
        f.relative_to(ROOT / PACKAGE).as_posix() for f in files if "njit" in f.read_text(encoding="utf-8")
    ]


def mutants_of(file: str) -> list[Mutant]:
    """All changes that can be made in the kernels of a file."""
    tree = ast.parse((ROOT / PACKAGE / file).read_text(encoding="utf-8"))
    return [Mutant(file, n, getattr(node, "lineno", 0), what) for n, (node, what) in enumerate(places(tree))]


def places(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """(node, change) of everything in kernels that can be changed, always in the same order."""
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        if not any("njit" in ast.unparse(d) for d in function.decorator_list):
            continue
        for statement in function.body:
            for node in ast.walk(statement):
                yield from ((node, what) for what in changes(node))


def changes(node: ast.AST) -> list[str]:
    """What can be done to a node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED:
        return ["compare"]
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in TURNED:
        return ["sign"] if isinstance(node, ast.BinOp) else ["sign", "left out"]
    if isinstance(node, ast.BoolOp):
        return ["and, or"]
    if isinstance(node, ast.Call) and name_of(node) in SWAPPED:
        return ["least, most"]
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return ["number"]
    if isinstance(node, ast.Break | ast.Continue):
        return ["left out"]
    return []


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def changed(mutant: Mutant) -> str:
    """The file's text with the change made."""
    tree = ast.parse((ROOT / PACKAGE / mutant.file).read_text(encoding="utf-8"))
    node, what = list(places(tree))[mutant.number]
    if what == "left out":
        return ast.unparse(ast.fix_missing_locations(Without(node).visit(tree)))
    change(node)
    return ast.unparse(ast.fix_missing_locations(tree))


def change(node: ast.AST) -> None:
    """Turn an operator or a number in place."""
    if isinstance(node, ast.Compare):
        node.ops[0] = TURNED[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        node.op = TURNED[type(node.op)]()
    elif isinstance(node, ast.Call):
        name = SWAPPED[name_of(node)]
        node.func = (
            ast.Attribute(node.func.value, name, ast.Load())
            if isinstance(node.func, ast.Attribute)
            else ast.Name(name, ast.Load())
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        node.value = node.value + 1 if isinstance(node.value, int) else node.value * 1.5 + 0.1


class Without(ast.NodeTransformer):
    """The tree with one statement replaced by `pass`."""

    def __init__(self, left_out: ast.AST) -> None:
        self.left_out = left_out

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.Pass() if node is self.left_out else self.generic_visit(node)


def try_all(chosen: list[Mutant], place: Path, workers: int, log: Path | None) -> dict[Mutant, bool]:
    """Mutant -> whether it was noticed; those in the log are not tried again."""
    done = known(log)
    noticed = {m: done[key(m)] for m in chosen if key(m) in done}
    whole = whole_copy(place / "whole")
    desks: Queue[Path] = Queue()
    for n in range(workers):
        desks.put(place / f"mutant_{n}")

    def one(mutant: Mutant) -> tuple[Mutant, bool]:
        at = desks.get()
        try:
            return mutant, is_noticed(mutant, whole, at)
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


def whole_copy(place: Path) -> Path:
    """A copy of the sources and the tests of the core, with every kernel compiled, in which the tests pass."""
    for part in ("src", "tests"):
        shutil.copytree(ROOT / part, place / part)
    shutil.copy(ROOT / "pyproject.toml", place)
    if run(place, ["tests/core"], limit_s=3600.0):
        raise SystemExit("The tests of the core fail before anything is changed.")
    return place


def is_noticed(mutant: Mutant, whole: Path, place: Path) -> bool:
    """Whether a test fails: those of the room, then all of the core."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(whole, place)
    (place / PACKAGE / mutant.file).write_text(changed(mutant), encoding="utf-8")
    forget(place, mutant.file)
    room = mutant.file.split("/")[1]
    first = [f"tests/core/{name}" for name in ROOMS.get(room, ())]
    return (bool(first) and run(place, first)) or run(place, ["tests/core"])


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


def run(place: Path, tests: list[str], limit_s: float = LIMIT_S) -> bool:
    """Whether a test fails, or they do not end."""
    env = copy.copy(dict(os.environ)) | {"PYTHONPATH": f"{place / 'src'}{os.pathsep}{place}"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=place, env=env, capture_output=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


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
