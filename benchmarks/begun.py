"""Is a model right that has learnt from a service's first days: machines answered every case, one person each the hardest eighth?

    MINDSHARE_DATA=... python benchmarks/begun.py [--sets vision16,...] [--sizes 60,125,250] [--draws 8]

From each set so many cases are drawn; of people's answers only those stay that a service would have asked for. On 800 other cases: per cent
right of the machines' answers together, with one person more, and with everybody; the mean over draws, and the worst draw with everybody.
"""

from __future__ import annotations

import argparse

import numpy as np
from smalls.worlds import answers_kept, load

from mindshare.core.history import History
from mindshare.core.learn import learn
from mindshare.core.model import Model

SETS = "vision16,vision3,cifar10h,nih-xray,davidson,ecg"
ASKED, NEW = 0.125, 800


def hardest(history: History, rng: np.random.Generator) -> History:
    """One person, drawn, on the cases about which machines agree least; nobody on the others."""
    a, n = history.answers, len(history)
    person = history.is_person[a.agent]
    spoke = ~person & (a.label >= 0)
    votes = np.zeros((n, len(history.team.labels)))
    np.add.at(votes, (a.case[spoke], a.label[spoke]), 1.0)
    agree = votes.max(axis=1) / np.maximum(votes.sum(axis=1), 1.0) + 1e-6 * rng.random(n)
    asked = np.zeros(n, bool)
    asked[np.argsort(agree)[: round(ASKED * n)]] = True
    mine = rng.permutation(np.flatnonzero(person))
    first = mine[np.unique(a.case[mine], return_index=True)[1]]
    rows = ~person
    rows[first[asked[a.case[first]]]] = True
    return answers_kept(history, rows)


def right(model: Model, new: History) -> tuple[float, float, float]:
    """Per cent right of machines, with one person more, with everybody."""
    stage, a = model.open(new), new.answers
    person = new.is_person[a.agent]
    one = np.flatnonzero(person)
    one = one[np.unique(a.case[one], return_index=True)[1]]
    more = ~person
    more[one] = True
    alone, one_more, all_ = (
        100 * float((model.verdicts(stage, heard) == new.truth).mean())
        for heard in (~person, more, np.ones(len(person), bool))
    )
    return alone, one_more, all_


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--sizes", default="60,125,250")
    parser.add_argument("--draws", type=int, default=8)
    given = parser.parse_args()
    print(
        "| set | cases | people asked | machines | one person more | everybody | worst draw |\n|---|---|---|---|---|---|---|"
    )
    for name in given.sets.split(","):
        history = load(name)
        told = np.flatnonzero(history.truth >= 0)
        for size in map(int, given.sizes.split(",")):
            rows = []
            for seed in range(given.draws):
                rng = np.random.default_rng([size, seed])
                order = rng.permutation(told)
                known, new = (
                    history.take(np.sort(part)) for part in (order[:size], order[size : size + NEW])
                )
                rows.append(right(learn(hardest(known, rng), seed=seed), new))
            mean, worst = np.mean(rows, axis=0), np.min(rows, axis=0)
            print(
                f"| {name} | {size} | {round(ASKED * size)} | {mean[0]:.1f} | {mean[1]:.1f} | {mean[2]:.1f} | {worst[2]:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
