"""What the demos show of P, and who is asked about large and about small cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mindshare.cli.tables import Table, figures, words
from mindshare.cli.terminal import say, show
from mindshare.core.history import History
from mindshare.domains.domain import Size, Terms
from mindshare.reports.words import amount, percent

if TYPE_CHECKING:
    from mindshare.histories.judge import Limited

MOST = 6  # sizes are shown one by one; of more sizes, quarters of the cases


def rows_of_p(history: History, runs: Sequence[Limited], terms: Terms) -> list[list[str]]:
    """Rows of the table of halves: right verdicts, or where mistakes differ utility, then right, missed and false ones."""
    right = [percent(float((run.point.verdict == history.truth[run.cases]).mean())) for run in runs]
    if history.team.is_accuracy:
        return [["P, right verdicts", *right]]
    utility = history.team.utility_matrix()
    worth = [f"{utility[history.truth[run.cases], run.point.verdict].mean():.3f}" for run in runs]
    rows = [["P, utility per case", *worth], ["right verdicts", *right]]
    if terms.normal is None:
        return rows
    normal = history.team.labels.index(terms.normal)
    missed, alarms = [terms.misses], ["false alarms"]
    for run in runs:
        truth, verdict = history.truth[run.cases], run.point.verdict
        missed.append(percent(float((verdict[truth != normal] == normal).mean())))
        alarms.append(percent(float((verdict[truth == normal] != normal).mean())))
    return [*rows, missed, alarms]


def by_size(history: History, run: Limited, terms: Terms) -> dict[str, dict[str, float]]:
    """Size in words -> agent (people together) -> share of the cases of this size about which they were asked."""
    if terms.size is None:
        return {}
    sizes = history.numeric(terms.size.column)[run.cases]
    names = [
        terms.people if person else name
        for name, person in zip(history.agent_id, history.is_person, strict=True)
    ]
    out: dict[str, dict[str, float]] = {}
    for told, mine in _groups(sizes, terms.size):
        asked = run.questions[np.isin(run.questions[:, 0], run.cases[mine])]
        out[told] = {
            name: len(
                np.unique(asked[np.isin(asked[:, 1], [k for k, n in enumerate(names) if n == name]), 0])
            )
            / mine.sum()
            for name in dict.fromkeys(names)
        }
    return out


def _groups(sizes: NDArray[np.float64], size: Size) -> list[tuple[str, NDArray[np.bool_]]]:
    """(in words, which cases), small ones first: each size, or quarters of the cases where there are many sizes."""
    known = np.unique(sizes[~np.isnan(sizes)])
    if len(known) <= MOST:
        return [(f"{amount(x)} {size.unit}", sizes == x) for x in known.tolist()]
    edges = np.unique(np.quantile(sizes[~np.isnan(sizes)], [0.25, 0.5, 0.75], method="lower"))
    quarter = np.searchsorted(edges, sizes)
    out = []
    for q in range(len(edges) + 1):
        mine = (quarter == q) & ~np.isnan(sizes)
        if mine.any():
            low, high = amount(sizes[mine].min()), amount(sizes[mine].max())
            out.append((f"{low} to {high} {size.unit}", mine))
    return out


def show_sizes(history: History, run: Limited, terms: Terms) -> None:
    """The table of sizes; nothing where all cases are equally large."""
    shares = by_size(history, run, terms)
    if terms.size is None or len(shares) < 2:
        return
    say(f"The allocation follows {terms.size.called} ({terms.size.why}):", "")
    table = Table([words("share of cases of"), *figures(*shares)])
    for name in next(iter(shares.values())):
        table.add(f"asked {name}", *(percent(share[name]) for share in shares.values()))
    show(table)
    say("")
