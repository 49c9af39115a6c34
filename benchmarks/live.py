"""Old cases streamed through a live service over HTTP, with the model frozen: is it what a replay decides, to the bit?

    MINDSHARE_DATA=... python benchmarks/live.py [--set vision16] [--orders 5] [--cases 200] [--share 0.1] [--learn]

The model is learnt from half of the cases; of the others so many are streamed in each order, at that many answers of people per
case. `--learn` instead starts from what is assumed, learns while the first 2,000 cases come, and is frozen for the others: which
part of the gain of a backtest over a plain vote does it reach there?
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np

import mindshare as ms
from mindshare.cli.simulated import Played, make_service, run_simulate
from mindshare.core.pacing.replay import Rows, replay_limits
from mindshare.engine import events as ev
from mindshare.engine.folder import DATABASE
from mindshare.engine.rebuild import events_of
from mindshare.engine.settings import FILE, read_settings, settings_text
from mindshare.engine.shelf import Shelf
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


def frozen(place: Path, history: ms.History, orders: int, cases: int, share: float, within: Path) -> None:
    new, first = parted(history, KNOWN)[1], None
    for seed in range(orders):
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
            copied(within / "frozen-0", folder)
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
    from shutil import copytree, ignore_patterns

    copytree(service, folder, ignore=ignore_patterns("*.db*"))


def learning(place: Path, history: ms.History, orders: int, cases: int, share: float, within: Path) -> None:
    for seed in range(orders):
        folder, limit = within / f"learns-{seed}", round(share * min(cases, len(history)))
        how = Played(order=str(seed), outcomes="now", cases=cases, limits=[f"human_answers={limit}"])
        make_service(
            folder,
            history.take(np.zeros(0, np.int64)),
            script_of(history, order_of(history, str(seed))[:cases]),
            how,
        )
        run_simulate(place, None, folder, how._replace(cases=min(LEARNT, cases)))
        settings = msgspec.structs.replace(read_settings(folder), learn=False)
        (folder / FILE).write_text(settings_text(settings), encoding="utf-8")
        run_simulate(place, None, folder, how)  # the first ones are there already
        at = {name: i for i, name in enumerate(history.case_id)}
        labels = {e.case: e.label for e in events(folder) if isinstance(e, ev.Decided)}
        rest = [history.case_id[i] for i in order_of(history, str(seed))[LEARNT:cases]]
        right = [labels.get(name) == history.team.labels[history.truth[at[name]]] for name in rest]
        if right:
            print(
                f"order {seed}: frozen after {LEARNT:,}, {100 * np.mean(right):.1f} % right on {len(right):,} others"
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", default="vision16")
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--learn", action="store_true")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as within:
        place = Path(convert(told.set, None, Path(within) / told.set).path)
        history = ms.read_history(place)
        (learning if told.learn else frozen)(
            place, history, told.orders, told.cases, told.share, Path(within)
        )


if __name__ == "__main__":
    main()
