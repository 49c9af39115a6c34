"""`mindshare backtest`: read, play again, print, write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindshare.cli.shown import show_backtest
from mindshare.cli.terminal import check_place, progress, say, write_whole
from mindshare.cli.words import all_limits, limits_of, shares_of

if TYPE_CHECKING:
    from mindshare.histories.families import Family


def run_backtest(
    place: Path,
    limit: Iterable[str],
    share: str | None,
    seed: int,
    json_out: Path | None,
    report: Path | None,
    belief: Family = "pool",
) -> None:
    """Prints what `backtest` finds; limits of the command line go before those of team.yaml."""
    limits, shares = limits_of(limit), shares_of(share)
    check_place(json_out)
    check_place(report)
    from mindshare.histories.backtest import backtest
    from mindshare.histories.read import read_history

    history = read_history(place)
    limits = all_limits(limits, history)
    with progress("Backtest") as tell:
        result = backtest(history, limits=limits, shares=shares, seed=seed, belief=belief, progress=tell)
    show_backtest(result)
    if json_out is not None:
        write_whole(json_out, lambda path: path.write_text(as_json(result), encoding="utf-8", newline="\n"))
        say(f"JSON: {json_out}")
    if report is not None:
        write_report_to(report, result)
        say(f"Report: {report}")
    else:
        say(f"With plots: mindshare backtest {place} --report report.html")


def as_json(result: Mapping[str, Any]) -> str:
    """The result as it is written: the same result gives the same bytes."""
    return json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_report_to(path: Path, result: dict[str, Any]) -> None:
    """The report, whole or not at all."""
    from mindshare.reports.report import write_report

    write_whole(path, lambda part: write_report(result, part))
