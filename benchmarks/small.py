"""Is Mindshare right on the histories that people begin with? Draws of 100 to 1,000 cases, against the best simple policy.

    python benchmarks/small.py [--sets vision16,...] [--sizes 100,300,1000] [--draws 16] [--history DIRECTORY ...]
                               [--reviewed DIRECTORY ...] [--old SRC] [--workers 2] [--json OUT]

Needs MINDSHARE_DATA, or histories of your own (--history). For every set, size and share: utility per case of Mindshare less that
of the best fixed policy, in points. Which policy is best is chosen on the other draws, so its luck is not counted.
`oracle` takes no part. --old judges the same draws with the code in another `src` too, a table each.

`reviewed` are made worlds: one model with a useful confidence, one person 4 to 10 points better, both on all cases. They are simulated.
--reviewed adds histories like them to their sum, each as one world: the mean over its draws.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress
from smalls.draws import SHARES
from smalls.worlds import REVIEWED, SETS, VARIANTS

ROOT = Path(__file__).parents[1]
OURS = "mindshare"
ASIDE = (OURS, "oracle")
GOALS = {100: (-0.2, None), 300: (0.0, -0.4), 1000: (0.5, -0.1)}  # mean, worst set
CROWD = 5  # people per case, from which on the whole crowd is a goal
Row = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sets", default=",".join((*SETS, *VARIANTS, REVIEWED)))
    parser.add_argument("--sizes", default="100,300,1000")
    parser.add_argument("--draws", type=int, default=16)
    parser.add_argument("--history", nargs="*", default=[])
    parser.add_argument("--reviewed", nargs="*", default=[])
    parser.add_argument("--old", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    names = [n for n in given.sets.split(",") if n] + given.history + given.reviewed
    if "MINDSHARE_DATA" not in os.environ:
        names = [n for n in names if n == REVIEWED or Path(n).is_dir()]
        print("Public sets are skipped: set MINDSHARE_DATA to the folder of the public sets.")
    sources = {"": ROOT / "src"} | ({"old code": given.old.resolve()} if given.old else {})
    sizes = [int(s) for s in given.sizes.split(",")]
    rows = judged_all(names, sizes, given.draws, sources, given.workers)
    if given.json:
        given.json.write_text(json.dumps(rows))
    for size in sizes:
        for label in sources:
            mine = [r for r in rows if r["size"] == size and r["code"] == label]
            show(mine, size, label)
            show_reviewed(
                [r for r in mine if r["name"] in (REVIEWED, *given.reviewed) and "refused" not in r]
            )
    return 0


def judged_all(
    names: list[str], sizes: list[int], draws: int, sources: dict[str, Path], workers: int
) -> list[Row]:
    """All draws, a job for each set, size and code."""
    jobs = [(n, s, label) for n in names for s in sizes for label in sources]
    with (
        Progress(console=Console(stderr=True)) as progress,
        ThreadPoolExecutor(workers) as pool,
    ):
        bar = progress.add_task("draws", total=len(jobs) * draws)

        def job(name: str, size: int, label: str) -> list[Row]:
            path = os.pathsep.join((str(sources[label]), str(ROOT / "benchmarks")))
            command = [sys.executable, "-m", "smalls.draws", name, str(size), str(draws)]
            out = []
            with subprocess.Popen(
                command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
            ) as run:
                assert run.stdout is not None
                for line in run.stdout:
                    out.append({**json.loads(line), "code": label})
                    progress.advance(bar)
            if run.returncode:
                raise SystemExit(f"{' '.join(command)} ended with {run.returncode}.")
            return out

        told = list(pool.map(lambda j: job(*j), jobs))
    return [row for rows in told for row in rows]


def show(rows: list[Row], size: int, label: str) -> None:
    """The table of one size, and what the goals say of it."""
    print(f"\n## {size:,} cases{', ' + label if label else ''}\n")
    for row in rows:
        if "refused" in row:
            print(f"{row['name']}, draw {row['draw']}: {row['refused']}")
    shares = " | ".join(f"{s:g}" for s in SHARES)
    print(
        f"| set | {shares} | mean (SE) | no limit minus everybody (SE) | answers, of all | best at .2 | s |"
    )
    print("|---|" + "---|" * (len(SHARES) + 5))
    means = {}
    for name in dict.fromkeys(r["name"] for r in rows):
        mine = [r for r in rows if r["name"] == name and "refused" not in r]
        if len(mine) < 2:
            continue
        by_share, best = against_best(mine)
        each = by_share.mean(axis=1)
        crowd, of_all = with_everybody(mine)
        told = " | ".join(f"{x:+.2f}" for x in by_share.mean(axis=0))
        several = f"{crowd.mean():+.2f} ({error(crowd):.2f})" if mine[0]["people"] >= CROWD else ""
        seconds = np.median([r["seconds"] for r in mine])
        print(
            f"| {name} | {told} | {each.mean():+.2f} ({error(each):.2f}) | {several} | {of_all:.2f} | {best[2]} | {seconds:.1f} |"
        )
        if name != REVIEWED:
            means[name] = (each.mean(), error(each))
    if means:
        whole = np.array(list(means.values()))
        worst = min(means, key=lambda n: means[n][0])
        goal, least = GOALS.get(size, (None, None))
        print(
            f"\nMean over sets and shares {whole[:, 0].mean():+.2f} (SE over draws {np.sqrt((whole[:, 1] ** 2).sum()) / len(whole):.2f}"
            + (f", goal {goal:+.1f}" if goal is not None else "")
            + f"); lowest set {worst} {means[worst][0]:+.2f}"
            + (f" (goal {least:+.1f})" if least is not None else "")
        )


def against_best(rows: list[Row]) -> tuple[np.ndarray, list[str]]:
    """(draws, shares) ours less the policy that is best on the other draws, in points; by share the best of all draws."""
    rivals = [p for p in rows[0]["policies"] if p not in ASIDE]
    theirs = np.array(
        [[[r["policies"][p][i + 1][0] for p in rivals] for i in range(len(SHARES))] for r in rows]
    )
    ours = np.array([[r["policies"][OURS][i + 1][0] for i in range(len(SHARES))] for r in rows])
    others = theirs.sum(axis=0) - theirs  # of the other draws
    best = np.take_along_axis(theirs, others.argmax(axis=2)[..., None], axis=2)[..., 0]
    return 100 * (ours - best), [rivals[k] for k in theirs.sum(axis=0).argmax(axis=1)]


def with_everybody(rows: list[Row]) -> tuple[np.ndarray, float]:
    """(draws,) the rule without a limit less its own belief that has heard everybody, in points; its part of all answers."""
    ours = np.array([r["policies"][OURS][-1] for r in rows])
    theirs = np.array([r["policies"]["everybody"][-1] for r in rows])
    return 100 * (ours[:, 0] - theirs[:, 0]), float(ours[:, 1].sum() / max(theirs[:, 1].sum(), 1e-9))


def show_reviewed(rows: list[Row]) -> None:
    """Worlds in which always asking pays: how much of that is taken, and whether `posthoc` is better.

    A made world is one draw; a history given by --reviewed is one world too, the mean over its draws.
    """
    if not rows:
        return
    worlds: dict[Any, list[Row]] = {}
    for r in rows:
        worlds.setdefault(r["draw"] if r["name"] == REVIEWED else r["name"], []).append(r)
    at = {share: i + 1 for i, share in enumerate(SHARES)}
    value = {
        p: np.array(
            [
                np.mean([[cell[0] for cell in r["policies"][p]] for r in mine], axis=0)
                for mine in worlds.values()
            ]
        )
        for p in (OURS, "posthoc", "one_person", "all_machines")
    }
    gain = (value["one_person"] - value["all_machines"])[:, at[1.0]].sum()
    mine = (value[OURS] - value["all_machines"])[:, at[1.0]].sum()
    print(
        f"Worlds with a reviewer ({len(worlds)}, made ones are simulated): {100 * mine / gain:.0f} % of the gain of always asking (goal 90)"
    )
    for share in (0.1, 0.2):
        less = 100 * (value[OURS] - value["posthoc"])[:, at[share]]
        print(f"  minus posthoc at {share:g}: {less.mean():+.2f} (SE {error(less):.2f}, goal 0)")


def error(x: np.ndarray) -> float:
    """Standard error of the mean."""
    return float(np.std(x, ddof=1) / np.sqrt(len(x)))


if __name__ == "__main__":
    sys.exit(main())
