"""How long one decision takes, the whole way: from a raw dict to belief, value, gate, price and ledger, or the verdict.

    python benchmarks/decision.py [--cases 4000] [--machines 16] [--people 16] [--labels 10] [--times 1024]

Learns from a made history (with trees, which are grown even where they win nothing). Then new cases come as dicts, as JSON
would give them: features, and the machines' answers with their probabilities. One process, warm, CPU time of the
process, taken over WINDOW cases together: the clock itself takes up to half a millisecond on some machines.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np

from mindshare.core.belief.correction import part_of
from mindshare.core.belief.trees import grow
from mindshare.core.history import History
from mindshare.core.learn import learn_held_out
from mindshare.core.live import open_cases, verdicts
from mindshare.core.model import Model
from mindshare.core.pacing.pacer import Pacer
from mindshare.core.questions import Asked, ask_all_within
from mindshare.core.records import Answer, Case, Outcome
from mindshare.core.update import after
from mindshare.testing import made_history

PROMISED_MS = {1: 0.3, 4: 0.2, 64: 0.15}  # CPU per case, by the size of the batch
OUTCOME_MS = 1.0
WARM = 64  # decisions before the clock counts
SHARE = 0.2  # human answers per case
WINDOW = 64  # cases between two looks at the clock


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=4_000)
    parser.add_argument("--machines", type=int, default=16)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--labels", type=int, default=10)
    parser.add_argument("--times", type=int, default=1_024)
    asked = parser.parse_args()
    whole = made_history(
        asked.cases + WARM + asked.times, asked.machines, asked.people, asked.labels, proba=True, seed=1
    )
    model = with_trees(whole.take(np.arange(asked.cases)))
    raw = [raw_case(whole, i) for i in range(asked.cases, len(whole))]
    print(
        f"{asked.machines} machines, {asked.people} people, {asked.labels} labels, learnt from {asked.cases:,} cases,"
        f" {len(model.pool.trees.root) if model.pool.trees else 0} trees"
    )
    print("| cases at once | CPU ms per case, median | largest | promised | asks | |")
    print("|---|---|---|---|---|---|")
    for size, promised in PROMISED_MS.items():
        took, asks = measure(model, raw, size)
        kept = "kept" if np.median(took) <= promised else "BROKEN"
        p50, most = np.median(took), took.max()
        print(f"| {size} | {p50:.3f} | {most:.3f} | {promised:g} | {100 * asks:.0f} % | {kept} |", flush=True)
    outcome = outcome_ms(model, raw)
    print(
        f"an outcome moves the counts in {outcome:.3f} ms of CPU (mean), promised {OUTCOME_MS:g}: "
        f"{'kept' if outcome <= OUTCOME_MS else 'BROKEN'}"
    )
    return 0


def with_trees(history: History) -> Model:
    """A model whose belief trees correct, whether or not they won."""
    learned = learn_held_out(history)
    if learned.model.pool.trees is not None:
        return learned.model
    reading = learned.model.pool.reading
    machines = int((~history.is_person).sum())
    trees = grow([part_of(s, reading) for s in learned.holdout], machines, len(reading.context.how), 0)
    return replace(learned.model, pool=learned.model.pool._replace(trees=trees, net=None))


def raw_case(history: History, i: int) -> dict[str, Any]:
    """A case as JSON would give it, with what the machines say."""
    a, labels = history.answers, history.team.labels
    rows = range(a.indptr[i], a.indptr[i + 1])
    fog = history.features.categorical["fog"]
    return {
        "id": history.case_id[i],
        "truth": labels[history.truth[i]],
        "features": {
            "size": float(history.features.numeric["size"][i]),
            "fog": fog.names[fog.code[i]],
        },
        "answers": [
            {
                "agent": history.agent_id[a.agent[r]],
                "label": labels[a.label[r]],
                "proba": dict(zip(labels, a.proba[a.proba_row[r]].tolist(), strict=True)),
            }
            for r in rows
            if not history.is_person[a.agent[r]]
        ],
    }


def decide(model: Model, pacer: Pacer, raw: list[dict[str, Any]]) -> list[Asked]:
    """The decisions on these cases, and the verdict where nobody is asked."""
    cases = [Case(id=r["id"], features=r["features"]) for r in raw]
    answers = [
        Answer(case_id=r["id"], agent_id=a["agent"], label=a["label"], proba=a["proba"])
        for r in raw
        for a in r["answers"]
    ]
    opened = open_cases(model, cases, answers)
    asked = ask_all_within(opened, pacer, [pacer.arrive() for _ in cases])
    stopped = [i for i, a in enumerate(asked) if a.allocation.agent_id is None]
    if stopped:
        verdicts(opened, stopped)
    return asked


def measure(model: Model, raw: list[dict[str, Any]], size: int) -> tuple[np.ndarray, float]:
    """(B,) CPU ms per case of each window of WINDOW cases, and how often somebody is asked."""
    pacer = Pacer({"human_answers": SHARE * len(raw)}, len(raw), demand=model.demand)
    took, asks, told = [], 0, 0
    for window in range(0, len(raw) - WINDOW + 1, WINDOW):
        start, asked = time.process_time_ns(), list[Asked]()
        for low in range(window, window + WINDOW, size):
            asked += decide(model, pacer, raw[low : low + size])
        if window >= WARM:
            took.append((time.process_time_ns() - start) / 1e6 / WINDOW)
            asks += sum(a.allocation.agent_id is not None for a in asked)
            told += WINDOW
    return np.array(took), asks / max(told, 1)


def outcome_ms(model: Model, raw: list[dict[str, Any]]) -> float:
    """CPU ms that an outcome of one case with all its machines takes, the mean of WINDOW."""
    seen = []
    for r in raw[:WINDOW]:
        answers = [Answer(case_id=r["id"], agent_id=a["agent"], label=a["label"]) for a in r["answers"]]
        opened = open_cases(model, [Case(id=r["id"], features=r["features"])], answers)
        seen.append((opened, [Outcome(case_id=r["id"], label=r["truth"])]))
    after(model, *seen[0])
    start = time.process_time_ns()
    for opened, told in seen:
        after(model, opened, told)
    return (time.process_time_ns() - start) / 1e6 / WINDOW


if __name__ == "__main__":
    sys.exit(main())
