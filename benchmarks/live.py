"""Old cases streamed through a live service over HTTP, with the model frozen: is it what a replay decides, to the bit?

    MINDSHARE_DATA=... python benchmarks/live.py [--set vision16] [--orders 5] [--first 0] [--cases 200] [--share 0.1] [--learn]

The model is learnt from half of the cases; of the others so many are streamed in each order, at that many answers of people per
case. `--learn` instead starts from what is assumed and learns while the first 2,000 cases come; for the others one copy of the service is
frozen and one learns on: which part of the gain of a backtest over a plain vote do they reach there?
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import msgspec
import numpy as np

import mindshare as ms
from mindshare.cli.simulated import Played, make_service, plain_vote, run_simulate
from mindshare.core.pacing.replay import Rows, replay_limits
from mindshare.engine import events as ev
from mindshare.engine.folder import DATABASE
from mindshare.engine.rebuild import events_of
from mindshare.engine.settings import FILE, read_settings, settings_text
from mindshare.engine.shelf import Shelf
from mindshare.histories.backtest import backtest
from mindshare.histories.public import convert
from mindshare.histories.streamed import order_of, parted, script_of
from mindshare.store.sqlite import open_to_read

KNOWN, LEARNT = 0.5, 2_000


class Noted(ms.Pacer):
    """Keeps what was bought, at which value, net and prices."""

    def decide(self, *given, **more):
        told = super().decide(*given, **more)
        if told.option:
            self.__dict__.setdefault("bought", []).append((told.value, told.net, told.price.tolist()))
        return told


def events(folder: Path) -> list[ev.AnyEvent]:
    store = open_to_read(folder / DATABASE)
    try:
        return list(events_of(store.frames()))
    finally:
        store.close()


def replayed(new: ms.History, model: ms.Model, order: np.ndarray, limit: float):
    """(who was asked, what was bought, verdicts) of a replay of this order."""
    stage, a = model.open(new), new.answers
    person = new.is_person[a.agent]
    pacer, use = (
        Noted({"human_answers": limit}, len(order), demand=model.demand),
        person.astype(float)[:, None],
    )
    rows = Rows(a.indptr, person.copy(), use, use)
    spent = replay_limits(rows, ~person, lambda k, r: model.worth(stage, k, r), pacer, order)
    asked = [(new.case_id[a.case[r]], new.agent_id[a.agent[r]]) for r in spent.row]
    verdicts = model.verdicts(stage, spent.known)
    return asked, pacer.__dict__.get("bought", []), [new.team.labels[verdicts[i]] for i in order]


def frozen(place: Path, history: ms.History, orders: range, cases: int, share: float, within: Path) -> None:
    new, first = parted(history, KNOWN)[1], None
    for seed in orders:
        order, folder = order_of(new, str(seed))[:cases], within / f"frozen-{seed}"
        limit = round(share * len(order))
        how = Played(
            KNOWN,
            order=str(seed),
            outcomes="none",
            cases=cases,
            limits=[f"human_answers={limit}"],
            frozen=True,
        )
        if first is None:
            make_service(folder, parted(history, KNOWN)[0], script_of(new, order), how)
            first = Shelf(folder)
        else:
            copied(within / f"frozen-{orders[0]}", folder)
        begin = time.perf_counter()
        run_simulate(place, None, folder, how)
        took = time.perf_counter() - begin
        model = first.load("", first.first(history.team)[""])
        asked, bought, verdicts = replayed(new, model, order, limit)
        told = events(folder)
        leased = [e for e in told if isinstance(e, ev.Leased)]
        same = {
            "asked": [(e.case, e.agent) for e in leased] == asked,
            "values and prices": [(e.value, e.net, list(e.price.values())) for e in leased] == bought,
            "verdicts": [e.label for e in told if isinstance(e, ev.Decided)] == verdicts,
        }
        print(
            f"order {seed}: {len(order):,} cases, {len(leased):,} asked, {1e3 * took / len(order):.0f} ms per case;",
            same,
        )


def copied(service: Path, folder: Path) -> None:
    """The same service before its first case."""
    copytree(service, folder, ignore=ignore_patterns("*.db*"))


def learning(place: Path, history: ms.History, orders: range, cases: int, share: float, within: Path) -> None:
    told = backtest(history, shares=(share,))["policies"]
    best, vote = (p_at(told[name], share) for name in ("mindshare", "all_machines"))
    print(
        f"backtest at {share:g}: {best:.2f} % right; a plain vote of machines, all cases: {voted(history, range(len(history))):.2f} %,"
        f" their belief {vote:.2f} %",
        flush=True,
    )
    gain = best - voted(history, range(len(history)))
    for seed in orders:
        order = order_of(history, str(seed))[:cases]
        script, limit = script_of(history, order), round(share * len(order))
        how = Played(order=str(seed), outcomes="now", cases=cases, limits=[f"human_answers={limit}"])
        folders = [within / f"{word}-{seed}" for word in ("frozen", "learns")]
        make_service(folders[0], history.take(np.zeros(0, np.int64)), script, how)
        run_simulate(place, None, folders[0], how._replace(cases=min(LEARNT, cases)))
        copytree(folders[0], folders[1])
        settings = msgspec.structs.replace(read_settings(folders[0]), learn=False)
        (folders[0] / FILE).write_text(settings_text(settings), encoding="utf-8")
        rest = order[LEARNT:]
        plain = voted(history, rest)
        for word, folder in zip(("frozen", "learning on"), folders, strict=True):
            begin = time.perf_counter()
            run_simulate(place, None, folder, how)  # the first ones are there already
            took = 1e3 * (time.perf_counter() - begin) / max(len(rest), 1)
            labels = {e.case: e.label for e in events(folder) if isinstance(e, ev.Decided)}
            on_rest, on_all = right(history, labels, rest), right(history, labels, order)
            print(
                f"order {seed}: {word} after {LEARNT:,}: {on_rest:.2f} % right on {len(rest):,} others, plain vote {plain:.2f} %,"
                f" {100 * (on_rest - plain) / gain:.0f} % of the backtest's gain; {on_all:.2f} % on all; {took:.0f} ms per case",
                flush=True,
            )


def p_at(policy: dict[str, Any], share: float) -> float:
    """Percent right of a policy at this share of answers, or at the nearest that it has."""
    point = min(policy["points"], key=lambda p: abs(p["share"] - share))
    return 100 * float(point["accuracy"])


def voted(history: ms.History, order: Iterable[int]) -> float:
    """Percent right of what most machines say."""
    script = script_of(history, np.asarray(list(order)))
    return 100 * float(np.mean([plain_vote(s) == s.truth for s in script]))


def right(history: ms.History, labels: dict[str, str], order: Iterable[int]) -> float:
    """Percent right of these verdicts."""
    truth = history.truth
    return 100 * float(
        np.mean([labels.get(history.case_id[i]) == history.team.labels[truth[i]] for i in order])
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", default="vision16")
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="seed of the first order")
    parser.add_argument("--cases", type=int, default=None, help="200; with --learn all")
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--learn", action="store_true")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as within:
        place = Path(convert(told.set, None, Path(within) / told.set).path)
        history = ms.read_history(place)
        do, many = (learning, len(history)) if told.learn else (frozen, 200)
        do(
            place,
            history,
            range(told.first, told.first + told.orders),
            told.cases or many,
            told.share,
            Path(within),
        )


if __name__ == "__main__":
    main()
