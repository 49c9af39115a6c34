"""A million cases and ten agents: read, validated, learnt from and planned, within 8 GB.

    python benchmarks/million.py [--cases 1000000] [--open 200000] [--plan 1000000] [--format csv] [--proba]

Writes a made history to a temporary folder: 5 machines, 5 people, 4 labels; its last `--open` cases have no truth and
no answer of a person yet; with `--proba` machines state probabilities. Then runs `mindshare plan` on its last `--plan`
cases, with the machines' answers, in a process of its own, under a limit of people.minutes, and stops it at once where
its resident memory passes 8 GB. Memory is read as Linux tells it.
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil
import yaml

from mindshare.core.history import History
from mindshare.testing import made_history

PROMISED_GB = 8.0
PEOPLE, MACHINES, LABELS = 5, 5, 4
MINUTES_A_CASE = 0.005  # the limit: at a few seconds an answer about one case in ten gets one
LOOK_S = 0.1  # seconds between two looks at the memory
CLOCKED = (  # what is clocked inside the command
    ("mindshare.histories.read", "read_history", "reading and validating the history"),
    ("mindshare.histories.read", "read_open_cases", "reading and validating the open cases"),
    ("mindshare.core.plan", "Policy.fit", "learning"),
    ("mindshare.core.plan", "Policy.plan", "planning"),
    ("mindshare.cli.planned", "_write", "writing the plan"),
)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=200_000)
    parser.add_argument("--plan", type=int, default=1_000_000)
    parser.add_argument("--format", choices=("parquet", "csv"), default="csv")
    parser.add_argument("--proba", action="store_true")
    parser.add_argument("--clocked", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.clocked:
        return clocked(asked.clocked)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        start = time.perf_counter()
        answers = write(place, made(asked.cases, asked.proba), asked.open, asked.plan, asked.format)
        size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
        print(
            f"{asked.cases:,} cases x {MACHINES + PEOPLE} agents, {answers:,} answers, {asked.open:,} cases without a truth;"
            f" {asked.plan:,} to plan. Made in {time.perf_counter() - start:.0f} s, {size / 1e6:,.0f} MB of {asked.format}.",
            flush=True,
        )
        return run(place, MINUTES_A_CASE * asked.plan)


def made(cases: int, proba: bool) -> History:
    return made_history(cases, MACHINES, PEOPLE, LABELS, seed=1, proba=proba)


def write(place: Path, history: History, without_truth: int, planned: int, form: str) -> int:
    """Writes `history` and `open`; returns how many answers the history has."""
    a, cases, truth = history.answers, _cases(history), len(history) - without_truth
    by_person, first = history.is_person[a.agent], len(history) - planned
    (place / "history").mkdir()
    (place / "open").mkdir()
    team = {
        "labels": list(history.team.labels),
        "agents": {"bot_*": {"kind": "machine"}, "person_*": {"kind": "person"}},
    }
    (place / "history" / "team.yaml").write_text(yaml.safe_dump(team), encoding="utf-8")
    known = pl.when(pl.col("case") < truth).then("truth")
    _write(cases.with_columns(truth=known), place / "history" / "cases", form)
    _write(cases[first:].drop("truth"), place / "open" / "cases", form)
    rows = _answers(history)
    kept = rows.filter(pl.Series((a.case < truth) | ~by_person))
    _write(kept, place / "history" / "answers", form)
    _write(rows.filter(pl.Series((a.case >= first) & ~by_person)), place / "open" / "answers", form)
    return len(kept)


def _cases(history: History) -> pl.DataFrame:
    number, fog = np.arange(len(history)), history.features.categorical["fog"]
    return pl.DataFrame(
        {
            "case": number,
            "truth": pl.Series(history.team.labels)[history.truth],
            "parent": number // 3,  # three cases come from one place
            "size": np.round(history.features.numeric["size"], 4),
            "fog": pl.Series(fog.names)[fog.code],
        }
    )


def _answers(history: History) -> pl.DataFrame:
    a, labels = history.answers, history.team.labels
    columns = {
        "case": a.case,
        "agent": pl.Series(history.agent_id)[a.agent],
        "answer": pl.Series(labels)[a.label],
        "seconds": pl.Series(a.seconds).fill_nan(None).round(1),
    }
    if len(a.proba):
        said = np.where(a.proba_row[:, None] >= 0, a.proba[a.proba_row], np.nan)
        columns |= {f"p:{y}": pl.Series(said[:, j]).fill_nan(None) for j, y in enumerate(labels)}
    return pl.DataFrame(columns)


def _write(frame: pl.DataFrame, stem: Path, form: str) -> None:
    frame = frame.with_columns(case=pl.format("c{}", "case"))
    if form == "parquet":
        frame.write_parquet(f"{stem}.parquet")
    else:
        frame.write_csv(f"{stem}.csv")


def run(place: Path, minutes: float) -> int:
    """Runs the command, looking at its memory; prints what it took."""
    command = ["plan", "history", "open", "--limit", f"people.minutes={minutes:g}", "--out", "plan.csv"]
    print("$ mindshare " + " ".join(command), flush=True)
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), "--clocked", *command],
        cwd=place,
        stderr=subprocess.PIPE,
    )
    peak = watch(child)
    told = child.stderr.read().decode() if child.stderr else ""
    seconds = time.perf_counter() - start
    if child.returncode:
        print(f"BROKEN after {seconds:.0f} s, peak {peak:.2f} GB: {told[-2000:]}")
        return 1
    took: dict[str, Any] = json.loads(told.splitlines()[-1])
    for what, s in took["seconds"].items():
        print(f"{what:40s} {s['s']:7.1f} s   peak by then {s['gb']:.2f} GB")
    print(f"{'all':40s} {seconds:7.1f} s")
    rows = sum(1 for _ in (place / "plan.csv").open(encoding="utf-8")) - 1
    peak = max(peak, took["peak_gb"])
    kept = peak <= PROMISED_GB
    print(
        f"plan.csv has {rows:,} rows; peak resident memory {peak:.2f} GB, promised {PROMISED_GB:g} GB:"
        f" {'kept' if kept else 'BROKEN'}"
    )
    return 0 if kept else 1


def watch(child: subprocess.Popen[bytes]) -> float:
    """The largest memory (GB) of the process and its children, shared pages counted once; over the limit it is killed."""
    peak = 0.0
    while child.poll() is None:
        try:
            process = psutil.Process(child.pid)
            tree = [process, *process.children(recursive=True)]
            now = sum(p.memory_full_info().pss for p in tree) / 1e9
        except psutil.Error:  # a process ended while it was looked at
            continue
        peak = max(peak, now)
        if now > PROMISED_GB:
            child.kill()
        time.sleep(LOOK_S)
    return peak


def clocked(command: list[str]) -> int:
    """The command itself, with a clock at its phases; their seconds are the last line on stderr."""
    import importlib
    import resource

    from mindshare.cli.start import run as run_command

    def peak_gb() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9

    took: dict[str, dict[str, float]] = {}

    def timed(call: Callable[..., Any], what: str) -> Callable[..., Any]:
        @functools.wraps(call)
        def inner(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            out = call(*args, **kwargs)
            took[what] = {"s": time.perf_counter() - start, "gb": peak_gb()}
            return out

        return inner

    for module, name, what in CLOCKED:
        owner: Any = importlib.import_module(module)
        *path, last = name.split(".")
        for part in path:
            owner = getattr(owner, part)
        setattr(owner, last, timed(getattr(owner, last), what))
    code = run_command(command)
    sys.stdout.flush()
    print(json.dumps({"seconds": took, "peak_gb": peak_gb()}), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
