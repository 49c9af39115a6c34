"""What a service would have reached under other limits or prices: a backtest of its own log, and what the log cannot judge.

Both what is and what is supposed are replayed on the same cases, those whose outcome is known; so their difference is that of the limits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from mindshare.core.cost import check_limits, resources
from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.history import History
from mindshare.core.limits import More
from mindshare.core.records import MINUTES, PEOPLE_MINUTES
from mindshare.engine.export import Exported, known_log
from mindshare.engine.folder import HISTORY
from mindshare.engine.settings import DAY, Limit, read_settings
from mindshare.engine.supposed_words import Compared, MorePeople, cannot_judge, sentences
from mindshare.histories.backtest import backtest
from mindshare.histories.read import read_history
from mindshare.histories.team import FILE as TEAM
from mindshare.histories.team import read_team
from mindshare.histories.write import write_history
from mindshare.people.written_shifts import read_shifts

HUMAN_ANSWERS = "human_answers"
FEWEST = 50  # cases with an outcome: with fewer, folds tell nothing
Tell = Callable[[float, str], None]
Result = dict[str, Any]


class WhatIf(msgspec.Struct, frozen=True):
    """What is supposed: limits in the place of those that are (a number: for all cases of the log together; those that are not named
    stay), prices (utility a unit), shares (human answers per case) to compare at, and more people at some hours.
    """

    limits: dict[str, float | Limit] = {}
    shares: list[float] | None = None
    prices: dict[str, float] = {}
    more: MorePeople | None = None


class Log(NamedTuple):
    """The cases that can be judged, as a history; all cases, and how long they took to come. `instead`: why it is not the log itself."""

    history: History
    told: Exported
    instead: tuple[str, ...] = ()

    def amount(self, limit: float | Limit) -> float:
        """What a limit is for the cases that are judged: as often as it came back, their part of all cases."""
        most, per_s = (limit.limit, limit.per_s) if isinstance(limit, Limit) else (limit, None)
        first, last = self.told.span
        times = 1 if per_s is None else int(last // per_s) - int(first // per_s) + 1
        return most * times * len(self.history) / self.told.arrived

    def more(self, asked: MorePeople, limits: Collection[str]) -> More:
        """What more people are for the cases that are judged: their minutes within the time of the log. MindshareError where that
        cannot be said.
        """
        if self.instead:
            raise MindshareError(f"More people at some hours need a log to be judged on. {self.instead[0]}")
        if PEOPLE_MINUTES not in limits:
            raise MindshareError(
                f"More people bring more minutes, and there is no limit on {PEOPLE_MINUTES} here: they would change nothing."
            )
        if not 0 <= asked.people < math.inf:
            raise MindshareError(f"more.people must be a number >= 0. Got {asked.people!r} instead.")
        hours = {"zone": asked.tz, "week": {"mon-sun": f"{asked.start}-{asked.to}"}}
        shifts, (first, last) = read_shifts(hours, "more"), self.told.span
        spans = np.array([(turn.start, turn.end) for turn in shifts.turns(first, last)]).reshape(-1, 2)
        minutes = asked.people * shifts.minutes_between(first, last)
        return More(PEOPLE_MINUTES, minutes * len(self.history) / self.told.arrived, spans)

    def a_case(self, limit: float | Limit) -> float:
        """What a limit leaves for one case."""
        return self.amount(limit) / len(self.history)


def judged(folder: Path, out: Path, asked: WhatIf, tell: Tell = lambda *_: None) -> Result:
    """The answer for the service in this folder, whether it runs or not; the history that is judged is written to `out`."""
    log = _log(folder, out)
    known = resources(log.history)
    check_limits({r: log.amount(x) for r, x in asked.limits.items()}, known)
    _must_be_priced(asked.prices, known)
    now, left_out = _stated(folder, log.told, known)
    then: dict[str, float | Limit] = {**now, **asked.limits}
    more = None if asked.more is None else log.more(asked.more, then)
    done, before = _replayed(log, Supposed(now, then, more, asked.shares), tell)
    prices = {r: _at_price(done, r, price) for r, price in asked.prices.items()}
    compared = Compared(before, done, now, then, prices, asked.more)
    return {
        "cases": done["cases"],
        "points": done["policies"]["mindshare"]["points"],
        "frontiers": _frontiers(done),
        "policies": _beside(done),
        "a_case": {r: log.a_case(x) for r, x in now.items()},
        "limits": done["limits"],
        "now": before["limits"],
        "prices": prices,
        "more": done.get("more"),
        "says": sentences(compared, log.history.team),
        "not_learnable": [*log.instead, *cannot_judge(compared, log.told, left_out), *done["not_learnable"]],
    }


class Supposed(NamedTuple):
    """Limits as they are and as they are supposed, more of one at some hours, and shares to compare at."""

    now: Mapping[str, Limit]
    then: Mapping[str, float | Limit]
    more: More | None
    shares: list[float] | None


def _replayed(log: Log, s: Supposed, tell: Tell) -> tuple[Result, Result]:
    """As it is supposed, and as it is; both by the same means, so where hours are told, nobody more then is a limit too."""
    runs = 1 if s.then == s.now and s.more is None else 2
    done = backtest(
        log.history,
        limits={r: log.amount(x) for r, x in s.then.items()},
        shares=s.shares,
        workers=1,
        progress=lambda x, what: tell(x / runs, what),
        more=s.more,
    )
    if runs == 1:
        return done, done
    before = backtest(
        log.history,
        limits={r: log.amount(x) for r, x in s.now.items()},
        shares=(0.0,),
        workers=1,
        progress=lambda x, what: tell((1 + x) / 2, what),
        more=None if s.more is None else s.more._replace(amount=0.0),
    )
    return done, before


def _log(folder: Path, out: Path) -> Log:
    team = read_team(folder / TEAM).team
    told = known_log(folder, team)
    if told.cases.height < FEWEST:
        return _begun_with(folder, told)
    write_history(out / HISTORY, told.team | {"name": team.name}, told.cases, told.answers)
    return Log(read_history(out / HISTORY), told)


def _begun_with(folder: Path, told: Exported) -> Log:
    """The history that the service began with, as if its cases came as fast as the settings expect; MindshareError where there is none."""
    import polars as pl

    settings, few = read_settings(folder), f"The log has {told.cases.height} cases with an outcome"
    history = None if settings.history is None else read_history(folder / settings.history)
    known = np.zeros(0, np.int64) if history is None else np.flatnonzero(history.truth >= 0)
    if history is None or len(known) < FEWEST:
        raise MindshareError(f"{few}; a what-if needs {FEWEST} at least.")
    n = len(known)
    pace = f"as if {settings.expect:,.0f} came a day"
    instead = f"{few}, too few. So {n:,} of the history that the service began with are judged, {pace}."
    cases = pl.DataFrame({"case": [history.case_id[i] for i in known]})
    span = 0.0, max(n / settings.expect * DAY - 1.0, 0.0)
    return Log(history.take(known), told._replace(cases=cases, arrived=n, span=span), (instead,))


def _frontiers(done: Result) -> dict[str, list[Result]]:
    """Resource -> what each amount of it a case would bring: `spent`, `accuracy`, `utility`."""
    answers = [p | {"spent": p["human_share"]} for p in done["policies"]["mindshare"]["points"]]
    told = {r: group["mindshare"] for r, group in done["frontiers"].items()} | {HUMAN_ANSWERS: answers}
    return {
        r: [{key: p[key] for key in ("spent", "accuracy", "utility")} for p in points]
        for r, points in told.items()
    }


def _beside(done: Result) -> dict[str, list[Result]]:
    """Policy -> what it would have brought at each share of human answers: the service beside its baselines, on its own cases."""
    return {
        name: [{"share": p["human_share"], "accuracy": p["accuracy"]} for p in policy["points"]]
        for name, policy in done["policies"].items()
    }


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
    points: Mapping[str, Any] = _frontiers(result)
    if resource not in points:
        raise MindshareError(
            f"What each amount of '{resource}' brings is not known, so it has no price here."
        )
    best = max(points[resource], key=lambda p: p["utility"] - price * p["spent"])
    return {"price": price} | {key: best[key] for key in ("spent", "accuracy", "utility")}
