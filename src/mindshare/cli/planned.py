"""`mindshare plan`: learn from the history, decide the open cases within limits, write who does what."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from mindshare.cli.shown import asked_in_words
from mindshare.cli.terminal import check_place, console, progress, say, write_whole
from mindshare.cli.words import known_limits, limits_of
from mindshare.core.errors import MindshareError
from mindshare.reports.words import amount

if TYPE_CHECKING:
    from mindshare.core.records import Allocation

COLUMNS = ("case", "agent", "order", "value", "price", "net", "why")


def run_plan(place: Path, open_place: Path, limit: Iterable[str], out: Path) -> None:
    """Writes the plan to `out` and prints usage against limits and what one more unit would bring."""
    limits = limits_of(limit)
    check_place(out)
    from mindshare.core.plan import Policy
    from mindshare.core.records import Budget
    from mindshare.histories.read import read_history, read_open_cases

    history = read_history(place)
    limits = known_limits(limits, history) or dict(history.team.limits)
    if not limits:
        raise MindshareError("A plan needs at least one --limit, such as --limit people.minutes=120.")
    opened = read_open_cases(open_place, history)
    with progress("Plan") as tell:
        if tell is not None:
            tell(0.1, "learning from the history")
        policy = Policy(history.team).fit(history)
        if tell is not None:
            tell(0.8, "deciding the open cases")
        plan = policy.plan(opened, Budget(limit=limits))
    bought = [allocation for allocation in plan.allocations if allocation.agent_id is not None]
    why = [plan.explain(i) for i in range(len(plan.allocations))]
    write_whole(out, lambda path: _write(path, plan.allocations, why))
    _show(len(opened), bought, limits, plan.usage, plan.price)
    say(f"Plan: {out}")


def _write(path: Path, allocations: Iterable[Allocation], why: Iterable[str]) -> None:
    """One row an allocation, in the order of doing; a case on which nobody is asked has no agent."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for order, (a, reason) in enumerate(zip(allocations, why, strict=True), start=1):
            price = sum(a.price.get(r, 0.0) * used for r, used in a.cost.items())
            rows.writerow(
                [a.case_id, a.agent_id or "", order, *(f"{x:.6g}" for x in (a.value, price, a.net)), reason]
            )


def _show(
    cases: int,
    bought: list[Allocation],
    limits: Mapping[str, float],
    usage: Mapping[str, float],
    price: Mapping[str, float],
) -> None:
    from mindshare.histories.words import price_in_words

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("resource", "R_max", "R planned", "price", "in words"):
        table.add_column(name, justify="left" if name in ("resource", "in words") else "right")
    for resource, limit in limits.items():
        used, one = usage.get(resource, 0.0), price.get(resource, 0.0)
        table.add_row(
            resource, amount(limit), amount(used), amount(one), price_in_words(resource, one, used, limit)
        )
    console().print(table, "")
    attended = len({a.case_id for a in bought})
    say(
        f"Asked: {asked_in_words(Counter(a.agent_id for a in bought if a.agent_id))}.",
        f"Of {cases:,} open cases {attended:,} get attention; the other {cases - attended:,} are left to the belief alone.",
    )
