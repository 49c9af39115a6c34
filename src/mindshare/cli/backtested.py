"""`mindshare backtest`: read, play again, print, write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindshare.cli.shown import show_backtest, show_first
from mindshare.cli.terminal import check_place, progress, say, write_whole
from mindshare.cli.words import all_limits, limits_of, shares_of

if TYPE_CHECKING:
    from mindshare.histories.families import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where the result goes, beside the terminal."""

    json: Path | None
    report: Path | None


def run_backtest(
    place: Path,
    limit: Iterable[str],
    share: str | None,
    seed: int,
    written: Written,
    belief: Family = "pool",
) -> None:
    """Prints what `backtest` finds; limits of the command line go before those of team.yaml."""
    limits, shares = limits_of(limit), shares_of(share)
    check_place(written.json)
    check_place(written.report)
    from mindshare.histories.backtest import backtest
    from mindshare.histories.read import read_history

    history = read_history(place)
    limits = all_limits(limits, history)
    show_first(history)
    with progress("Backtest") as tell:
        result = backtest(history, limits=limits, shares=shares, seed=seed, belief=belief, progress=tell)
    show_backtest(result)
    if written.json is not None:
        text = as_json(result)
        write_whole(written.json, lambda path: path.write_text(text, encoding="utf-8", newline="\n"))
        say(f"JSON: {written.json}")
    if written.report is not None:
        write_report_to(written.report, result)
        say(f"Report: {written.report}")
    else:
        say(f"With plots: mindshare backtest {place} --report report.html")


def as_json(result: Mapping[str, Any]) -> str:
    """The result as it is written: the same result gives the same bytes."""
    return json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_report_to(path: Path, result: dict[str, Any]) -> None:
    """The report, whole or not at all."""
    from mindshare.reports.report import write_report

    write_whole(path, lambda part: write_report(result, part))
