"""`mindshare backtest`: read, play again, print, write."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindshare.cli.reading import Origin, history_of
from mindshare.cli.shown import show_backtest, show_first
from mindshare.cli.tables import Table, figures, words
from mindshare.cli.terminal import progress, say, show
from mindshare.cli.words import all_limits, limits_of, shares_of
from mindshare.histories.places import check_file, write_whole

if TYPE_CHECKING:
    from mindshare.histories.families import Family
    from mindshare.histories.truth_next import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where the result goes, beside the terminal."""

    json: Path | None
    report: Path | None


def run_backtest(
    origin: Origin,
    limit: Iterable[str],
    share: str | None,
    seed: int,
    written: Written,
    belief: Family = "pool",
) -> None:
    """Prints what `backtest` finds; limits of the command line go before those of team.yaml."""
    limits, shares = limits_of(limit), shares_of(share)
    check_file(written.json)
    check_file(written.report)
    from mindshare.histories.cannot_tell import must_be_judged

    history = history_of(origin)
    must_be_judged(history)  # before anything is printed
    limits = all_limits(limits, history)
    show_first(history)
    with progress("Backtest") as tell:
        from mindshare.histories.backtest import backtest  # takes a second: the first table does not wait

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
        say(f"With plots: mindshare backtest {origin} --report report.html")


def run_truth_next(origin: Origin, count: int, seed: int, out: Path | None) -> None:
    """Prints, and writes to `out`, the cases whose truth is wanted most."""
    check_file(out)
    from mindshare.histories.truth_next import truth_next

    wanted = truth_next(history_of(origin), count, seed)
    if not wanted:
        say("The truth of every case is known.")
        return
    table = Table([words("case"), words("before"), words("after"), *figures("spread", "weight")])
    for one in wanted:
        table.add(one.case_id, one.before, one.after, f"{one.spread:.3f}", f"{one.weight:.1f}")
    show(table)
    say(
        "",
        "before, after: the verdict of the machines alone and of everybody. spread: how far the gain of asking is open, in"
        " utility. weight: how many cases it stands for.",
        "Cases that asking may change are drawn more often than others, so these alone are no picture of all: weigh each by its"
        " weight.",
    )
    if out is not None:
        write_whole(out, lambda path: _write_wanted(path, wanted))
        say(f"Cases: {out}")
    say(
        "Next: write what turned out into the column 'truth' of the cases, then mindshare backtest "
        + str(origin)
    )


def _write_wanted(path: Path, wanted: Iterable[Wanted]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("case", "before", "after", "spread", "weight"))
        rows.writerows((*one[:3], f"{one.spread:.6g}", f"{one.weight:.6g}") for one in wanted)


def as_json(result: Mapping[str, Any]) -> str:
    """The result as it is written: the same result gives the same bytes."""
    return json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_report_to(path: Path, result: dict[str, Any]) -> None:
    """The report, whole or not at all."""
    from mindshare.reports.report import write_report

    write_whole(path, lambda part: write_report(result, part))
