"""What the demos show of P, and who is asked about long and about short windows of the manufacturing one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from mindshare.cli.terminal import console, say
from mindshare.core.history import History
from mindshare.domains.windows import SOUND
from mindshare.reports.words import percent

if TYPE_CHECKING:
    from mindshare.histories.judge import Limited

LENGTH = "steps"  # the column of the cases that tells how long a window is


def rows_of_p(history: History, runs: Sequence[Limited]) -> list[list[str]]:
    """Rows of the table of halves: right verdicts, or where mistakes differ utility, then right, missed and false ones."""
    right = [percent(float((run.point.verdict == history.truth[run.cases]).mean())) for run in runs]
    if isinstance(history.team.utility, str):
        return [["P, right verdicts", *right]]
    utility, sound = history.team.utility_matrix(), history.team.labels.index(SOUND)
    worth, missed, alarms = ["P, utility a case"], ["missed faults"], ["false alarms"]
    for run in runs:
        truth, verdict = history.truth[run.cases], run.point.verdict
        worth.append(f"{utility[truth, verdict].mean():.3f}")
        missed.append(percent(float((verdict[truth != sound] == sound).mean())))
        alarms.append(percent(float((verdict[truth == sound] != sound).mean())))
    return [worth, ["right verdicts", *right], missed, alarms]


def by_length(history: History, run: Limited) -> dict[int, dict[str, float]]:
    """Length -> agent (people together as `technicians`) -> share of its windows that they were asked about."""
    steps = history.features.numeric[LENGTH].astype(int)
    names = [
        "technicians" if person else name
        for name, person in zip(history.agent_id, history.is_person, strict=True)
    ]
    out: dict[int, dict[str, float]] = {}
    for length in np.unique(steps[run.cases]).tolist():
        mine = run.cases[steps[run.cases] == length]
        asked = run.questions[np.isin(run.questions[:, 0], mine)]
        out[length] = {
            name: len(
                np.unique(asked[np.isin(asked[:, 1], [k for k, n in enumerate(names) if n == name]), 0])
            )
            / len(mine)
            for name in dict.fromkeys(names)
        }
    return out


def show_lengths(history: History, run: Limited) -> None:
    """The table of lengths; nothing where all windows are equally long."""
    shares = by_length(history, run)
    if len(shares) < 2:
        return
    say(
        "The allocation follows the length of a window (longer ones cost more to compute, send, keep and read):",
        "",
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("share of windows of", no_wrap=True)
    for length in shares:
        table.add_column(f"{length} readings", justify="right", no_wrap=True)
    for name in next(iter(shares.values())):
        table.add_row(f"asked {name}", *(percent(share[name]) for share in shares.values()))
    console().print(table)
    say("")
