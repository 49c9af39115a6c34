"""What a service would have reached under other limits or prices: a backtest of its own log, and what the log cannot judge.

Both what is and what is supposed are replayed on the same cases, those whose outcome is known; so their difference is that of the limits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mindshare.core.cost import check_limits, resources
from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.history import History
from mindshare.core.records import MINUTES, PEOPLE_MINUTES
from mindshare.engine.export import Exported, known_log
from mindshare.engine.folder import HISTORY
from mindshare.engine.settings import Limit, read_settings
from mindshare.engine.supposed_words import Compared, cannot_judge, sentences
from mindshare.histories.backtest import backtest
from mindshare.histories.read import read_history
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.histories.write import write_history

FEWEST = 50  # cases with an outcome: with fewer, folds tell nothing
Tell = Callable[[float, str], None]
Result = dict[str, Any]


class WhatIf(msgspec.Struct, frozen=True):
    """What is supposed: limits in the place of those that are (a number: for all cases of the log together; those that are not named
    stay), prices (utility a unit), and shares (human answers per case) to compare at.
    """

    limits: dict[str, float | Limit] = {}
    shares: list[float] | None = None
    prices: dict[str, float] = {}


class Log(NamedTuple):
    """The cases that can be judged, as a history; all cases, and how long they took to come."""

    history: History
    told: Exported

    def amount(self, limit: float | Limit) -> float:
        """What a limit is for the cases that are judged: as often as it came back, their part of all cases."""
        most, per_s = (limit.limit, limit.per_s) if isinstance(limit, Limit) else (limit, None)
        first, last = self.told.span
        times = 1 if per_s is None else int(last // per_s) - int(first // per_s) + 1
        return most * times * len(self.history) / self.told.arrived


def judged(folder: Path, out: Path, asked: WhatIf, tell: Tell = lambda *_: None) -> Result:
    """The answer for the service in this folder, whether it runs or not; the history that is judged is written to `out`."""
    log = _log(folder, out)
    known = resources(log.history)
    check_limits({r: log.amount(x) for r, x in asked.limits.items()}, known)
    _must_be_priced(asked.prices, known)
    now, left_out = _stated(folder, log.told, known)
    then: dict[str, float | Limit] = {**now, **asked.limits}
    limits = {r: log.amount(x) for r, x in then.items()}
    runs = 1 if then == now else 2
    done = backtest(
        log.history,
        limits=limits,
        shares=asked.shares,
        workers=1,
        progress=lambda x, what: tell(x / runs, what),
    )
    before = done
    if runs == 2:
        before = backtest(
            log.history,
            limits={r: log.amount(x) for r, x in now.items()},
            shares=(0.0,),
            workers=1,
            progress=lambda x, what: tell((1 + x) / 2, what),
        )
    prices = {r: _at_price(done, r, price) for r, price in asked.prices.items()}
    compared = Compared(before, done, now, then, prices)
    return {
        "cases": done["cases"],
        "points": done["policies"]["mindshare"]["points"],
        "limits": done["limits"],
        "now": before["limits"],
        "prices": prices,
        "says": sentences(compared, log.history.team),
        "not_learnable": [*cannot_judge(compared, log.told, left_out), *done["not_learnable"]],
    }


def _log(folder: Path, out: Path) -> Log:
    team = read_team(folder / TEAM).team
    told = known_log(folder, team)
    if told.cases.height < FEWEST:
        raise MindshareError(
            f"The log has {told.cases.height} cases with an outcome; a what-if needs {FEWEST} at least."
        )
    write_history(out / HISTORY, told.team | {"name": team.name}, told.cases, told.answers)
    return Log(read_history(out / HISTORY), told)


def _stated(folder: Path, told: Exported, known: Collection[str]) -> tuple[dict[str, Limit], list[str]]:
    """The limits of the service as they are, and resources with a limit that no answer in the log uses."""
    limits = {
        r: msgspec.structs.replace(x, limit=told.stated.get(r, x.limit))
        for r, x in read_settings(folder).limits.items()
    }
    return {r: x for r, x in limits.items() if r in known}, [r for r in limits if r not in known]


def _must_be_priced(prices: Iterable[str], known: Iterable[str]) -> None:
    """Raises MindshareError for a resource of which a backtest does not tell what each amount brings."""
    can = [r for r in known if r == PEOPLE_MINUTES or not r.endswith(MINUTES)]
    for resource in prices:
        if resource not in can:
            raise MindshareError(
                f"'{resource}' cannot be given a price here; {listed(can)} can.{nearest(resource, can)}"
            )


def _at_price(result: Result, resource: str, price: float) -> Result:
    """What is worth its price: of all that could be spent, that of the most utility less what it costs."""
    points: Mapping[str, Any] = {r: frontier["mindshare"] for r, frontier in result["frontiers"].items()}
    answers = result["policies"]["mindshare"]["points"]
    points = {**points, "human_answers": [p | {"spent": p["human_share"]} for p in answers]}
    if resource not in points:
        raise MindshareError(
            f"What each amount of '{resource}' brings is not known, so it has no price here."
        )
    best = max(points[resource], key=lambda p: p["utility"] - price * p["spent"])
    return {"price": price} | {key: best[key] for key in ("spent", "accuracy", "utility")}
