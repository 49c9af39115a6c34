"""Is Mindshare right where nobody knows the truth? All crowd sets, with truths hidden from learning and used to judge only.

    python benchmarks/no_truth.py [--sets crowd-cf,...] [--crowd-kit PYTHON] [--draws 8] [--first 0] [--parts all,equal,thirty]

Needs MINDSHARE_DATA. Three tables: with all answers, our belief and the aggregators of crowd-kit; at 1, 2 and 3 answers per case,
answers that our policy chose and ours and theirs on as many drawn at random (both also know all answers of the other four fifths
of the cases); with 30 truths drawn at random, less with none.

crowd-kit is no dependency: --crowd-kit names a Python that has it. Else it is installed into a folder that is thrown away; where that
cannot be done, its columns are left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from smalls.worlds import SETS, load

from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.learn import learn
from mindshare.core.model import Model

THEIRS = Path(__file__).parent / "aggregating" / "theirs.py"
CROWDS = tuple(name for name in SETS if name.startswith("crowd-"))
VOTES = ("MajorityVote", "Wawa", "ZeroBasedSkill")
QUICK = (*VOTES, "DawidSkene", "OneCoinDawidSkene")
EVERY = (*QUICK, "GLAD", "MMSR")
ANSWERS, FOLDS, TRUTHS, ORDERS = (1, 2, 3), 5, 30, 3


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sets", default=",".join(CROWDS))
    parser.add_argument("--crowd-kit", type=Path)
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--first", type=int, default=0, help="seed of the first draw of truths")
    parser.add_argument("--parts", default="all,equal,thirty")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        python = given.crowd_kit or installed(place)
        histories = {name: load(name) for name in given.sets.split(",")}
        if "all" in given.parts:
            with_all_answers(histories, python)
        if "equal" in given.parts:
            at_equal_numbers(histories, python)
        if "thirty" in given.parts:
            with_few_truths(histories, range(given.first, given.first + given.draws))
    return 0


def installed(place: Path) -> Path | None:
    """A Python with crowd-kit in a folder of its own, None where it cannot be installed."""
    subprocess.run([sys.executable, "-m", "venv", str(place / "theirs")], check=True)
    python = place / "theirs" / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "crowd-kit", "pandas<3", "scikit-learn<1.6"]
    if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0:
        return python
    print("crowd-kit cannot be installed here: its columns are left out.")
    return None


def hidden(history: History, known: np.ndarray | None = None) -> History:
    """The history with the truth of the `known` cases only."""
    truth = np.full(len(history), -1, np.int32)
    if known is not None:
        truth[known] = history.truth[known]
    return replace(history, truth=truth)


def verdicts(model: Model, history: History, known: np.ndarray) -> np.ndarray:
    return model.verdicts(model.open(hidden(history)), known)


def theirs(
    python: Path | None, history: History, parts: list[np.ndarray], names: tuple[str, ...]
) -> list[dict[str, np.ndarray]]:
    """For each of `parts`, rows of answers: (N,) how often each aggregator is right on each case; failures are left out.

    Ties of votes fall by the order of the labels, and two orders can be 2 points apart: the mean over ORDERS of them.
    """
    if python is None:
        return [{} for _ in parts]
    a, n = history.answers, len(history.team.labels)
    places = [np.random.default_rng(seed).permutation(n) for seed in range(ORDERS)]
    problems = []
    for part in parts:
        rows = part[a.label[part] >= 0]
        for seed, place in enumerate(places):
            told = np.stack([a.case[rows], a.agent[rows], place[a.label[rows]]], axis=1).tolist()
            problems.append({"rows": told, "names": [m for m in names if seed == 0 or m in VOTES]})
    command = [str(python), str(THEIRS)]
    run = subprocess.run(command, input=json.dumps(problems), capture_output=True, text=True, check=True)
    out: list[dict[str, np.ndarray]] = [{} for _ in parts]
    for j, told in enumerate(json.loads(run.stdout)):
        right, back = out[j // ORDERS], np.argsort(places[j % ORDERS])
        for name, said in told.items():
            if isinstance(said, str):
                continue
            verdict = np.full(len(history), -1)
            verdict[[int(case) for case in said]] = back[list(said.values())]
            times = ORDERS if name in VOTES else 1
            right[name] = right.get(name, np.zeros(len(history))) + (verdict == history.truth) / times
    return out


def with_all_answers(histories: dict[str, History], python: Path | None) -> None:
    print("\n## With all answers and no truth: right, %\n")
    names = EVERY if python else ()
    print(f"| set | Mindshare | {' | '.join(names)} | minus the best of theirs [95 %] | log-loss | s |")
    print("|---|" + "---|" * (len(names) + 4))
    for set_, history in histories.items():
        started = time.process_time()
        model = learn(hidden(history))
        spent = time.process_time() - started
        every = np.ones(len(history.answers), bool)
        judged = history.truth >= 0
        ours = (verdicts(model, history, every) == history.truth)[judged]
        others = theirs(python, history, [np.arange(len(every))], names)[0]
        right = {n: v[judged] for n, v in others.items()}
        cells = [f"{100 * right[n].mean():.2f}" if n in right else "failed" for n in names]
        best = max(right.values(), key=lambda r: r.mean()) if right else None
        print(
            f"| {set_} | {100 * ours.mean():.2f} | {' | '.join(cells)} | {apart(ours, best)} |"
            f" {log_loss(model, history):.3f} | {spent:.1f} |",
            flush=True,
        )


def log_loss(model: Model, history: History) -> float:
    stage, judged = model.open(hidden(history)), history.truth >= 0
    scores = stage.belief.scores(stage.opened, np.ones(len(history.answers), bool))
    log_belief = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
    return float(-log_belief[judged, history.truth[judged]].mean())


def apart(ours: np.ndarray, best: np.ndarray | None) -> str:
    """Points by which we are above, with the paired 95 % interval."""
    if best is None:
        return ""
    d = 100 * (ours.astype(float) - best)
    half = 1.96 * d.std() / np.sqrt(len(d))
    return f"{d.mean():+.2f} [{d.mean() - half:+.2f}, {d.mean() + half:+.2f}]"


def at_equal_numbers(histories: dict[str, History], python: Path | None) -> None:
    print("\n## At equal numbers of answers: right, %\n")
    names = QUICK if python else ()
    print(
        f"| set | answers a case | asked by us | Mindshare, chosen | Mindshare, random | {' | '.join(names)} |"
        " chosen minus the best of theirs [95 %] |"
    )
    print("|---|" + "---|" * (len(names) + 5))
    for set_, history in histories.items():
        folds = split(history, FOLDS, seed=0)
        told = [_fold(history, fit, test) for fit, test in folds]
        others = theirs(python, history, [rows for fold in told for rows in fold.drawn], names)
        for j, most in enumerate(ANSWERS):
            judged = [test[history.truth[test] >= 0] for _, test in folds]
            chosen, random = (
                np.concatenate([fold.right[way][j] for fold in told]) for way in ("chosen", "random")
            )
            right = {
                n: np.concatenate([others[f * len(ANSWERS) + j][n][i] for f, i in enumerate(judged)])
                for n in others[0]
            }
            best = max(right.values(), key=lambda r: r.mean()) if right else None
            asked = sum(fold.asked[j] for fold in told) / len(history)
            cells = [f"{100 * right[n].mean():.2f}" if n in right else "failed" for n in names]
            print(
                f"| {set_} | {most} | {asked:.2f} | {100 * chosen.mean():.2f} | {100 * random.mean():.2f} |"
                f" {' | '.join(cells)} | {apart(chosen, best)} |",
                flush=True,
            )


class Fold(NamedTuple):
    """By the number of answers a case: how many we asked, rows that aggregators know, whether our verdicts are right."""

    asked: list[int]
    drawn: list[np.ndarray]
    right: dict[str, list[np.ndarray]]


def _fold(history: History, fit: np.ndarray, test: np.ndarray) -> Fold:
    new, a = history.take(test), history.answers
    judged = new.truth >= 0
    model = learn(hidden(history.take(fit)))
    stage = model.open(hidden(new))
    trace = model.path(stage, np.ones(len(new.answers)))
    order = np.lexsort((np.random.default_rng(0).random(len(new.answers)), new.answers.case))
    turn = np.empty(len(order), np.int64)
    turn[order] = np.arange(len(order)) - new.answers.indptr[new.answers.case[order]]
    others = np.flatnonzero(np.isin(a.case, fit))
    mine = np.concatenate([np.arange(a.indptr[i], a.indptr[i + 1]) for i in test])
    out = Fold([], [], {"chosen": [], "random": []})
    for most in ANSWERS:
        chosen = stage.machines()
        chosen[trace.row[: most * len(new)]] = True
        drawn = turn < most
        out.asked.append(int(chosen.sum()))
        out.drawn.append(np.concatenate([others, mine[drawn]]))
        for way, known in (("chosen", chosen), ("random", drawn)):
            out.right[way].append((model.verdicts(stage, known) == new.truth)[judged].astype(float))
    return out


def with_few_truths(histories: dict[str, History], seeds: range) -> None:
    print(
        f"\n## With {TRUTHS} truths, less with none: points on the cases whose truth is not given (draws {seeds[0]} to {seeds[-1]})\n"
    )
    print("| set | none | less with none [95 %] | least | most |")
    print("|---|---|---|---|---|")
    for set_, history in histories.items():
        every, judged = np.ones(len(history.answers), bool), np.flatnonzero(history.truth >= 0)
        none = verdicts(learn(hidden(history)), history, every) == history.truth
        gains = []
        for seed in seeds:
            known = np.random.default_rng(seed).choice(judged, TRUTHS, replace=False)
            rest = np.setdiff1d(judged, known)
            few = verdicts(learn(hidden(history, known)), history, every) == history.truth
            gains.append(100 * (few[rest].mean() - none[rest].mean()))
        half = 1.96 * np.std(gains, ddof=1) / np.sqrt(len(seeds))
        print(
            f"| {set_} | {100 * none[judged].mean():.2f} | {np.mean(gains):+.2f} [{np.mean(gains) - half:+.2f},"
            f" {np.mean(gains) + half:+.2f}] | {min(gains):+.2f} | {max(gains):+.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
