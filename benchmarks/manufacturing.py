"""Manufacturing on real windows: the machine alone, people beside it, and a kind of fault that nobody has seen.

    python benchmarks/manufacturing.py [--parts skab,joint,cwru] [--seeds 1] [--plot OUT.png]

Needs MINDSHARE_DATA, but for --plot. Folds never split an experiment or a recording; intervals are clustered by them. Technicians are
SIMULATED, so the joint figures say how the allocation behaves and are no evidence about people.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mindshare.cli.sizes import by_size
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.learn import learn_held_out
from mindshare.core.policies.known import traces
from mindshare.core.score import Bootstrap, interval
from mindshare.domains.answers import answers_with
from mindshare.domains.manufacturing.domain import Manufacturing
from mindshare.domains.manufacturing.history import cases_of, ids_of, write_manufacturing
from mindshare.domains.manufacturing.machines.faults import Finder, linear, probabilities, trees
from mindshare.domains.manufacturing.machines.pump import DEVELOPMENT, PumpEnsemble, both
from mindshare.domains.manufacturing.team import team_of
from mindshare.domains.manufacturing.windows.bearings import SIZES, read_bearings
from mindshare.domains.manufacturing.windows.pump import read_pump
from mindshare.domains.manufacturing.windows.windows import Windows, folds_by_parent, spectra, statistics
from mindshare.histories.judge import under_limits
from mindshare.histories.read import read_history
from mindshare.histories.side import Task
from mindshare.histories.write import write_history
from mindshare.machines.agents.wary import Wary
from mindshare.people.simulated import Habits, SimulatedPeople, simulate

FOLDS = 10
SHARES = (0.05, 0.1, 0.2, 0.4)
PRICE = 0.1  # of a right verdict, for a human answer
HABITS = Habits(people=3, wrong=0.12, wrong_with_machines=0.35)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", default="skab,joint,cwru")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument(
        "--plot", type=Path, help="draw who is asked about windows of each length (simulated rig)"
    )
    asked = parser.parse_args()
    if asked.plot:
        with tempfile.TemporaryDirectory() as place:
            draw_lengths(read_history(write_manufacturing(Path(place) / "rig").path), asked.plot)
    if "MINDSHARE_DATA" not in os.environ:
        print("skipped: set MINDSHARE_DATA to the folder of the public sets")
        return 0
    data = Path(os.environ["MINDSHARE_DATA"])
    parts = asked.parts.split(",")
    if "skab" in parts or "joint" in parts:
        windows, pool = skab(data, asked.seeds)
        if "joint" in parts:
            joint(windows, pool)
    if "cwru" in parts:
        cwru(data)
    return 0


def clustered(right: np.ndarray, parent: np.ndarray) -> str:
    """Share right with its 95 % interval, parents drawn anew together."""
    code = np.unique(parent, return_inverse=True)[1]
    low, high = interval(Bootstrap(code, 0).means(right.astype(np.float32)[:, None])[:, 0])
    return f"{100 * right.mean():.1f} % ({100 * low:.1f} to {100 * high:.1f})"


# -- the simulated rig: who is asked about long and short windows ------------------------------------------------------
def draw_lengths(history: History, out: Path) -> None:
    """Share of windows of each length that each machine and the technicians are asked about, limits as they are."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    learn, answer = split(history, 2, 0)[0]
    task = Task(history, learn, answer, (), history.team.limits, 0)
    run = under_limits(task, {"all": history.team.limits})["all"]
    shares = by_size(history, run, Manufacturing().terms(None))
    figure, axes = plt.subplots(figsize=(7, 3.8), constrained_layout=True)
    for name, marker in zip(next(iter(shares.values())), "osd^v", strict=False):
        told = [100 * share[name] for share in shares.values()]
        print(name, [round(x, 1) for x in told])
        axes.plot(range(len(shares)), told, marker=marker, label=name)
    axes.set_xticks(range(len(shares)), [length.removesuffix(" readings") for length in shares])
    axes.set_xlabel("readings in the window")
    axes.set_ylabel("% of windows asked about")
    axes.set_ylim(0, 105)
    axes.set_title("Four limits at once: long windows stay at the sensor (SIMULATED rig)", fontsize=10)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(out, dpi=110)


# -- SKAB: the machine alone -------------------------------------------------------------------------------------------
def skab(data: Path, seeds: int) -> tuple[Windows, np.ndarray]:
    """Members and their mean, out of fold by experiment; returns the windows and the mean of seed 0."""
    read, relative = read_pump(data, relative=False), read_pump(data)
    windows = Windows(
        values=both(read.values, relative.values),
        truth=read.truth,
        parent=read.parent,
        labels=read.labels,
        channels=(*read.channels, *(f"{name} since start" for name in read.channels)),
    )
    names = np.unique(windows.parent)
    develop = np.isin(windows.parent, names[DEVELOPMENT])
    first = np.zeros((len(windows), 2))
    print(f"SKAB: {len(windows):,} windows, {len(names)} experiments, {FOLDS} folds by experiment")
    print("machine | all (95 % by experiment) | development experiments | the other ones")
    for seed in range(seeds):
        start, given = time.process_time(), dict[str, np.ndarray]()
        for learn, answer in folds_by_parent(windows, FOLDS, seed):
            past, new = windows.take(learn), windows.take(answer)
            for name, proba in PumpEnsemble(seed).fit(past.values, past.truth).each(new.values).items():
                given.setdefault(name, np.zeros((len(windows), 2)))[answer] = proba[:, ::-1]
        # scikit-learn and we sort labels by name: faulty before sound
        given["mean of all"] = np.mean(list(given.values()), axis=0)
        if seed == 0:
            first = given["mean of all"]
        for name, proba in given.items():
            right = proba.argmax(axis=1) == windows.code
            print(
                f"seed {seed} {name} | {clustered(right, windows.parent)} |"
                f" {100 * right[develop].mean():.1f} % | {100 * right[~develop].mean():.1f} %"
            )
        print(f"seed {seed}: {time.process_time() - start:.0f} cpu_s")
    return relative, first


# -- SKAB: people beside it --------------------------------------------------------------------------------------------
def joint(windows: Windows, pool: np.ndarray) -> None:
    """Frontiers of policies on the ensemble's answers and SIMULATED technicians, all free but for the human answers."""
    people = simulate(windows.code.astype(np.int32), pool, HABITS, np.random.default_rng(0))
    history = with_people(windows, {"trees": pool}, people, context=True)
    found = {
        name: np.zeros((len(history), len(SHARES)), np.float32)
        for name in ("mindshare", "threshold", "all_machines")
    }
    for learn, answer in split(history, 5, 0):
        learned = learn_held_out(history.take(learn))
        stage = learned.model.open(history.take(answer))
        for name, trace in traces(learned, stage, 0, list(found)).items():
            for i, share in enumerate(SHARES):
                verdict = trace.verdicts(trace.first(int(share * len(answer))))
                found[name][answer, i] = verdict == stage.history.truth
    boot = Bootstrap(history.parent, 0)
    print("\nSKAB with SIMULATED technicians: right by human answers per case, and Mindshare less threshold")
    for i, share in enumerate(SHARES):
        difference = found["mindshare"][:, i] - found["threshold"][:, i]
        low, high = interval(boot.means(difference[:, None])[:, 0])
        told = ", ".join(f"{name} {100 * right[:, i].mean():.1f} %" for name, right in found.items())
        print(
            f"{share:.2f}: {told}; {100 * difference.mean():+.2f} ({100 * low:+.2f} to {100 * high:+.2f}) points"
        )


# -- CWRU: a fault of a size that nobody has seen ----------------------------------------------------------------------
def cwru(data: Path) -> None:
    """For each held-out size: how far machines fall, and who is asked at the same price, seen sizes against unseen."""
    windows, sizes = read_bearings(data)
    n = len(windows)
    print(f"\nCWRU: {n:,} windows, {len(np.unique(windows.parent))} recordings")
    given = {name: np.zeros((2, n, len(windows.labels))) for name in finders()}
    wary = {name: np.zeros_like(proba) for name, proba in given.items()}
    rounds = [(0, learn, answer) for learn, answer in folds_by_parent(windows, 4, 0)]
    rounds += [(1, np.flatnonzero(sizes != size), np.flatnonzero(sizes == size)) for size in SIZES]
    for side, learn, answer in rounds:
        past, new = windows.take(learn), windows.take(answer)
        for name, make in finders().items():
            machine = Wary(make(), features_32).fit(past.values, past.truth, past.parent)
            given[name][side, answer] = probabilities(machine.machine, new)
            wary[name][side, answer] = probabilities(machine, new)
    print("held-out size | machine | size seen, recording not | size unseen")
    for size in SIZES:
        at = sizes == size
        for name, proba in given.items():
            told = [clustered((p.argmax(axis=1) == windows.code)[at], windows.parent[at]) for p in proba]
            print(f"{size} mil | {name} | {told[0]} | {told[1]}")
    shares(windows, sizes, given, wary)


def finders() -> dict[str, Callable[[], Finder]]:
    """Three machines that fail in different ways: trees and a linear model on levels and spectra, trees on shapes only."""
    return {"trees": lambda: trees(0), "linear": lambda: linear(0), "shapes": Shapes}


class Shapes:
    """Trees that see windows scaled to one spread: how strong a vibration is tells them nothing."""

    def fit(self, X: Sequence[np.ndarray], y: np.ndarray) -> Shapes:
        self.model_ = trees(0).fit(scaled(X), y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X: Sequence[np.ndarray]) -> np.ndarray:
        return self.model_.predict_proba(scaled(X))


def scaled(X: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [window / np.maximum(window.std(axis=0), 1e-9) for window in X]


def features_32(X: Sequence[np.ndarray]) -> np.ndarray:
    """(N, F) statistics and spectra in finer bands than the machines read."""
    return np.concatenate([statistics(X), spectra(X, 32)], axis=1)


def shares(
    windows: Windows, sizes: np.ndarray, given: dict[str, np.ndarray], wary: dict[str, np.ndarray]
) -> None:
    """Human answers per window at one price. The belief learns on two sizes, each answered once by machines that knew the
    size and once by machines that did not; then it decides the third, answered by either."""
    n = len(windows)
    twice = windows.take(np.tile(np.arange(n), 2))
    pool = np.mean(list(given.values()), axis=(0, 1))
    people = simulate(windows.code.astype(np.int32), pool, HABITS, np.random.default_rng(0))
    people = replace(people, label=np.tile(people.label, (2, 1)), seconds=np.tile(people.seconds, (2, 1)))
    stacked, warily = ({name: np.concatenate(p) for name, p in all_.items()} for all_ in (given, wary))
    ways = (
        ("the trees alone", {"trees": stacked["trees"]}),
        ("three machines", stacked),
        ("the trees, wary", {"trees": warily["trees"]}),
        ("three machines, wary", warily),
    )
    for words, machines in ways:
        history = with_people(twice, machines, people, context=False)
        print(f"At the price of {PRICE}, {words}:")
        print(
            "held-out size | human answers per window: seen | unseen | more | right without people: seen | unseen | with: seen | unseen"
        )
        for size in SIZES:
            learned = learn_held_out(history.take(np.flatnonzero(np.tile(sizes, 2) != size)))
            at = np.flatnonzero(sizes == size)
            counts, alone, joined = [], [], []
            for side in (0, 1):
                stage = learned.model.open(history.take(at + side * n))
                trace = traces(learned, stage, 0, ["mindshare"])["mindshare"]
                bought = trace.price >= PRICE
                counts.append(np.bincount(trace.case[bought], minlength=len(at)).astype(float))
                alone.append(f"{100 * (trace.start == stage.history.truth).mean():.1f} %")
                joined.append(f"{100 * (trace.verdicts(bought) == stage.history.truth).mean():.1f} %")
            told = [clustered_mean(count, windows.parent[at]) for count in (*counts, counts[1] - counts[0])]
            print(f"{size} mil | " + " | ".join([*told, *alone, *joined]))


def with_people(
    windows: Windows, given: dict[str, np.ndarray], people: SimulatedPeople, *, context: bool
) -> History:
    """A history in which right is right and machines are free. `context`: with how restless a window is."""
    ids = ids_of(windows, "w")
    team = team_of(windows, tuple(given), people.agent_id)
    team["utility"], team["limits"] = "accuracy", {}
    for agent in team["agents"].values():
        agent["cost"] = {"people.minutes": 0.5} if agent["kind"] == "person" else {}
    cases = cases_of(windows, ids).drop("steps", *(() if context else ("restless",)))
    with tempfile.TemporaryDirectory() as place:
        path = write_history(
            Path(place) / "history", team, cases, answers_with(ids, given, people, windows.labels)
        )
        return read_history(path)


def clustered_mean(count: np.ndarray, parent: np.ndarray) -> str:
    code = np.unique(parent, return_inverse=True)[1]
    low, high = interval(Bootstrap(code, 0).means(count.astype(np.float32)[:, None])[:, 0])
    return f"{count.mean():.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    sys.exit(main())
