"""`mindshare plan`: learn from the history, decide the open cases within limits, write who does what."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mindshare.cli.reading import Origin, history_of, open_cases_of
from mindshare.cli.shown import asked_in_words
from mindshare.cli.tables import Table, figures, words
from mindshare.cli.terminal import progress, say, show
from mindshare.cli.words import all_limits, limits_of
from mindshare.core.errors import MindshareError, counted
from mindshare.histories.places import check_file, write_whole
from mindshare.histories.words import gain_of, gained, price_in_words
from mindshare.reports.words import amount

if TYPE_CHECKING:
    from mindshare.core.plan import OpenPlan

COLUMNS = ("case", "agent", "order", "value", "price", "net", "why")


def run_plan(origin: Origin, open_place: Path, limit: Iterable[str], out: Path) -> None:
    """Writes the plan to `out`, prints usage against limits; those of the command line go before those of team.yaml."""
    limits = limits_of(limit)
    check_file(out)
    from mindshare.core.plan import Policy
    from mindshare.core.records import Budget

    history = history_of(origin)
    limits = all_limits(limits, history)
    if not limits:
        raise MindshareError("A plan needs at least one --limit, such as --limit people.minutes=120.")
    opened = open_cases_of(open_place, history, origin.settings)
    with progress("Plan") as tell:
        if tell is not None:
            tell(0.1, "learning from the history")
        policy = Policy(history.team).fit(history)
        if tell is not None:
            tell(0.8, "deciding the open cases")
        plan = policy.plan(opened, Budget(limit=limits))
    asked: Counter[str] = Counter()
    write_whole(out, lambda path: _write(path, plan, asked))
    _show(plan, limits, asked)
    say(f"Plan: {out}")


def _write(path: Path, plan: OpenPlan, asked: Counter[str]) -> None:
    """One row an allocation, in the order of doing, counted in `asked`; a case left alone has no agent."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for i, a in enumerate(plan.allocations):
            if a.agent_id is not None:
                asked[a.agent_id] += 1
            price = sum(a.price.get(r, 0.0) * used for r, used in a.cost.items())
            numbers = (f"{number:.6g}" for number in (a.value, price, a.net))
            rows.writerow([a.case_id, a.agent_id or "", i + 1, *numbers, plan.explain(i)])


def _show(plan: OpenPlan, limits: Mapping[str, float], asked: Counter[str]) -> None:
    """Usage against limits, who is asked, and what the limits leave undone."""
    gain = gain_of(plan.cases.team)
    table = Table([words("resource"), *figures("R_max", "R planned", "price"), words("in words")])
    for resource, limit in limits.items():
        used = plan.usage.get(resource, 0.0)
        one = plan.price.get(resource, 0.0) if plan.used_up(resource) else 0.0
        told = price_in_words(resource, one, used, limit, gain)
        table.add(resource, amount(limit), amount(used), amount(one), told)
    show(table)
    say("")
    say(f"Asked: {asked_in_words(asked)}.", *_undone(plan, asked.total()))
    say(
        f"These allocations are expected to bring {gained(f'{plan.value:.4g}', gain)}; no other within the limits brings more than"
        f" {plan.bound:.4g}."
    )


def _undone(plan: OpenPlan, asked: int) -> list[str]:
    """How many cases get an answer, and why the others get none."""
    waiting = np.flatnonzero((plan.choice == 0) & (plan.values.max(axis=1) > 0))
    crowded = int(plan.crowded_out(waiting).sum()) if len(waiting) else 0
    dear, alone = len(waiting) - crowded, len(plan.cases) - asked - len(waiting)
    told = [
        f"Of {counted(len(plan.cases), 'open case')} {asked:,} {'gets' if asked == 1 else 'get'} an answer"
    ]
    if dear:
        told.append(f"{dear:,} would gain from one that is not worth its price today")
    if crowded:
        told.append(f"{crowded:,} would gain from one that does not fit into what is left")
    if alone:
        told.append(f"for {alone:,} no answer could be shown to help")
    return ["; ".join(told) + "."]
