"""A ladder of machines against its own rungs: accuracy at equal CPU, on digits and on SKAB pump windows.

    python benchmarks/ladder.py [--sets digits,skab] [--seeds 10] [--share 0.25,0.38] [--json OUT]

Rungs on digits: five questions on pixels, a linear model, a small CNN, the exits of a larger CNN, an ensemble of CNNs (the largest
model). On SKAB: two questions on means and spreads, a linear model, boosting, the mean of the five pump machines. Each seed draws its
own test part (digits: a third of the images; SKAB: five folds by experiment file, one seed of folds for every five seeds asked for);
rungs, pools and value curves see the rest only, and the price is set on the rest so that a case is expected to use at most `--share`
of the CPU of the largest model. CPU is measured on the test cases (`process_time`, one thread, the least of 5 runs), all of a fold at
once. Intervals: 95 %, paired; digits over seeds, SKAB a bootstrap over files. SKAB needs MINDSHARE_DATA.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mindshare.domains.manufacturing.machines.pump import CHANNELS, PumpExits, both
from mindshare.domains.manufacturing.windows.pump import read_pump
from mindshare.machines.agents.estimator import Estimator
from mindshare.machines.ladder.ensemble import Ensemble
from mindshare.machines.ladder.ladder import Ladder
from mindshare.machines.learn.plan import FitPlan
from mindshare.machines.nets.cnn import CNN
from mindshare.machines.nets.exits import ExitsCNN

TIMES, DRAWS, AT_ONCE = 5, 2_000, 512
LARGEST_SHARE, LOSS = 0.40, 0.005  # promised: at most so much of the largest model's CPU, and of its accuracy


class Planned:
    """A net with its plan of learning."""

    def __new__(cls, model: Any, **plan: Any) -> Any:
        learn = model.fit
        model.fit = lambda X, y: learn(X, y, plan=FitPlan(**plan))
        return model


def flat(X: Any) -> Any:
    return np.asarray(X).reshape(len(X), -1)


def summary(X: Any) -> Any:
    """Of each channel mean, spread, slope and largest step."""
    x = np.asarray(X)
    half = x.shape[1] // 2
    slope = x[:, half:].mean(axis=1) - x[:, :half].mean(axis=1)
    return np.concatenate(
        [x.mean(axis=1), x.std(axis=1), slope, np.abs(np.diff(x, axis=1)).max(axis=1)], axis=1
    )


def digits_rungs(seed: int) -> dict[str, Callable[[], Any]]:
    def cnn(width: int, depth: int, at: int) -> Any:
        return Planned(CNN(reads="image", width=width, depth=depth, seed=at), epochs=10, batch=64, rate=5e-3)

    return {
        "rule": lambda: Estimator(
            make_pipeline(FunctionTransformer(flat), DecisionTreeClassifier(max_depth=5, random_state=seed))
        ),
        "linear": lambda: Estimator(
            make_pipeline(
                FunctionTransformer(flat), StandardScaler(), LogisticRegression(C=0.1, max_iter=300)
            )
        ),
        "small net": lambda: cnn(8, 2, seed),
        "net": lambda: Planned(
            ExitsCNN(reads="image", width=16, depth=3, seed=seed), epochs=10, batch=64, rate=5e-3
        ),
        "ensemble": lambda: Ensemble([lambda k=k: cnn(16, 3, 100 * seed + k) for k in range(3)]),
    }


def changes(X: Any) -> Any:
    """Of the readings relative to the start of the experiment."""
    return np.asarray(X)[:, :, CHANNELS:]


def two(X: Any) -> Any:
    """Of each channel mean and spread."""
    return np.concatenate([changes(X).mean(axis=1), changes(X).std(axis=1)], axis=1)


def skab_rungs(seed: int) -> dict[str, Callable[[], Any]]:
    return {
        "rule": lambda: Estimator(
            make_pipeline(FunctionTransformer(two), DecisionTreeClassifier(max_depth=2, random_state=seed))
        ),
        "linear": lambda: Estimator(
            make_pipeline(
                FunctionTransformer(lambda X: summary(changes(X))),
                StandardScaler(),
                LogisticRegression(C=0.1, max_iter=500),
            )
        ),
        "pump": lambda: PumpExits(seed),  # exit 1: boosting, exit 2: the mean of five machines
    }


class Part(NamedTuple):
    """One split: what is learnt from, what is judged on; groups of both."""

    X: Any
    y: NDArray[Any]
    groups: NDArray[Any] | None
    new: Any
    truth: NDArray[Any]
    cluster: NDArray[Any]


def digits(seed: int) -> Iterator[Part]:
    from sklearn.datasets import load_digits

    found = load_digits()
    X, y = found.images.astype(np.float32), found.target
    a, b = train_test_split(np.arange(len(y)), test_size=1 / 3, random_state=seed, stratify=y)
    yield Part(X[a], y[a], None, X[b], y[b], np.full(len(b), seed))


def skab(seed: int) -> Iterator[Part]:
    """Windows of 30 seconds, stride 15, faulty when any second is; as read, and relative to the start of their experiment."""
    data = os.environ["MINDSHARE_DATA"]
    read, relative = read_pump(data, relative=False), read_pump(data)
    X, y, files = np.stack(both(read.values, relative.values)), read.truth, read.parent
    for a, b in GroupKFold(5, shuffle=True, random_state=seed).split(X, y, files):
        yield Part(X[a], y[a], files[a], X[b], y[b], files[b])


SETS = {"digits": (digits, digits_rungs), "skab": (skab, skab_rungs)}


def timed(run: Callable[[], Any], cases: int) -> tuple[Any, float]:
    """What it gives, and CPU seconds a case."""
    best, out = float("inf"), run()
    for _ in range(TIMES):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return out, best / cases


def judge(part: Part, rungs: dict[str, Callable[[], Any]], shares: list[float], seed: int) -> dict[str, Any]:
    """Of each rung alone and of the ladder at each share: who was right (n,), CPU a case."""
    ladder = Ladder(rungs, at_once=AT_ONCE, folds=2 if part.groups is None else 3, seed=seed).fit(
        part.X, part.y, part.groups
    )
    out: dict[str, Any] = {"cluster": part.cluster, "who": {}}
    n = len(part.truth)

    def take(who: str, run: Callable[[Any], Any]) -> None:
        proba, cpu = timed(lambda: run(part.new), n)
        out["who"][who] = (ladder.classes_[proba.argmax(axis=1)] == part.truth, cpu)

    for name, rung in zip(ladder.rungs_, ladder.ladder_, strict=True):
        take(name, lambda X, rung=rung: rung.answer(X, None)[0])  # of an exit: all blocks up to it
    largest = out["who"][ladder.rungs_[-1]][1]
    for share in shares:
        price = ladder.price_within("cpu_s", share * largest)
        take(f"ladder {share:g}", lambda X, price=price: ladder.answer(X, price).proba)
        told = ladder.answer(part.new, price)
        used = ladder.course(price).rungs
        out.setdefault("reach", {})[f"ladder {share:g}"] = [
            float((told.rung >= k).mean()) if k in used else 0.0 for k in range(len(ladder.rungs_))
        ]
    out["foreseen"] = {
        f"{s:g}": ladder.course(ladder.price_within("cpu_s", s * largest)).accuracy for s in shares
    }
    return out


def report(name: str, found: list[dict[str, Any]], shares: list[float]) -> dict[str, Any]:
    """Prints and returns the table: accuracy and CPU of everyone, and the ladder against the largest and the best at equal CPU."""
    cluster = np.concatenate([f["cluster"] for f in found])
    right = {w: np.concatenate([f["who"][w][0] for f in found]).astype(float) for w in found[0]["who"]}
    cpu = {w: float(np.mean([f["who"][w][1] for f in found])) for w in right}
    largest = [w for w in right if not w.startswith("ladder")][-1]
    print(f"\n{name}: {len(cluster):,} answers judged in {len(set(cluster))} clusters")
    print(f"{'who':14} {'right %':>8} {'us per case':>10} {'of largest %':>13}")
    for w, mine in right.items():
        print(f"{w:14} {100 * mine.mean():8.2f} {1e6 * cpu[w]:10.1f} {100 * cpu[w] / cpu[largest]:13.1f}")
    out = {"right": {w: right[w].mean() for w in right}, "cpu_s": cpu, "against": {}}
    singles = [w for w in right if not w.startswith("ladder")]
    for share in shares:
        w = f"ladder {share:g}"
        equal = max(
            (s for s in singles if cpu[s] <= cpu[w]), key=lambda s: right[s].mean(), default=singles[0]
        )
        told = {}
        for word, other in (("largest", right[largest]), (f"best single at its CPU ({equal})", right[equal])):
            low, high = interval(right[w] - other, cluster)
            told[word] = [100 * float((right[w] - other).mean()), low, high]
            print(f"  {w} minus {word}: {told[word][0]:+.2f} [{low:+.2f}, {high:+.2f}] points")
        hull = mixed(singles, right, cpu, cpu[w])
        low, high = interval(right[w] - hull, cluster)
        told["best mixture of singles"] = [100 * float((right[w] - hull).mean()), low, high]
        print(
            f"  {w} minus best mixture of two singles: {told['best mixture of singles'][0]:+.2f} [{low:+.2f}, {high:+.2f}]"
        )
        kept = cpu[w] <= LARGEST_SHARE * cpu[largest] and told["largest"][0] >= -100 * LOSS - 1e-9
        print(
            f"  {w}: {'kept' if kept else 'BROKEN'} (within {100 * LOSS:g} point at <= {100 * LARGEST_SHARE:g} % of CPU)"
        )
        reach = np.mean([f["reach"][w] for f in found], axis=0)
        print(f"  reach: {', '.join(f'{s} {100 * r:.0f} %' for s, r in zip(singles, reach, strict=True))}")
        out["against"][w] = told
    return out


def mixed(singles: list[str], right: dict[str, Any], cpu: dict[str, float], budget: float) -> Any:
    """What the best of all mixtures of two singles gets with the same CPU: a part of the cases to each, drawn by chance."""
    best = np.zeros(len(right[singles[0]]))
    for a in singles:
        for b in singles:
            if cpu[a] <= budget:
                part = 1.0 if cpu[b] <= budget else (budget - cpu[a]) / (cpu[b] - cpu[a])
                both = (1 - part) * right[a] + part * right[b]
                best = both if both.mean() > best.mean() else best
    return best


def interval(difference: Any, cluster: Any) -> tuple[float, float]:
    """95 %, in points: whole clusters drawn again."""
    names, at = np.unique(cluster, return_inverse=True)
    total, count = np.bincount(at, difference), np.bincount(at)
    drawn = np.random.default_rng(0).integers(0, len(names), (DRAWS, len(names)))
    means = 100 * total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default="digits,skab")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--share", default="0.25,0.38")
    parser.add_argument("--json")
    args = parser.parse_args()
    shares, out = [float(s) for s in args.share.split(",")], {}
    for name in args.sets.split(","):
        if name == "skab" and "MINDSHARE_DATA" not in os.environ:
            print("skab: skipped, MINDSHARE_DATA does not name the folder of the public sets")
            continue
        parts, rungs = SETS[name]
        seeds = args.seeds if name == "digits" else max(1, args.seeds // 5)
        found = []
        try:
            for seed in range(seeds):
                for part in parts(seed):
                    start = time.process_time()
                    found.append(judge(part, rungs(seed), shares, seed))
                    who = {w: f"{100 * r.mean():.1f}" for w, (r, _) in found[-1]["who"].items()}
                    print(
                        f"{name} seed {seed}: {time.process_time() - start:.0f} s",
                        who,
                        file=sys.stderr,
                        flush=True,
                    )
        except KeyboardInterrupt:
            print(f"{name}: stopped after {len(found)} parts; this is what they show")
        out[name] = report(name, found, shares)
    if args.json:
        Path(args.json).write_text(json.dumps(out, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
