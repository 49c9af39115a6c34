"""What a service decides, as a function of what comes in: commands change the state by events, and nothing else does.

There is no thread, file or clock in here. Every command is given the time (`at`). What happened is closed in frames (`close_frame`):
whoever runs the engine writes them down before anybody hears of it (`actor.py`). The same inputs at the same times bring the same
events, to the bit (`replay.py`).
"""

from __future__ import annotations

import msgspec

from mindshare.core.seat import person_of
from mindshare.engine import events as ev
from mindshare.engine.bodies import Bodies
from mindshare.engine.ruled import filed
from mindshare.engine.settings import digest_of
from mindshare.engine.ticking import Ticking
from mindshare.histories.assumed import is_assumed
from mindshare.histories.written import team_tree


class Engine(Ticking):
    """All commands: of cases (`taking.py`), people (`attending.py`), those in charge (`steering.py`) and the clock (`ticking.py`)."""

    def at(self, now: float) -> None:
        """The time of the next commands; it never falls."""
        self.writing.at(now)

    def close_frame(self) -> tuple[list[ev.Event], Bodies]:
        """The events since the last frame, with the place of the pacer behind them, and their bodies."""
        paced = self.spending.paced(self.now)
        if paced is not None:
            self.writing.emit(paced)
        return self.writing.close()

    def start(self, build: str, models: dict[str, str]) -> None:
        """The service begins, or begins again: what waits is looked at anew, in the order of coming."""
        named = sorted({a.id for a in self.team.agents if a.kind == "person" and not set("*?[") & set(a.id)})
        met = [
            a.id
            for j in self.seeing.judges.values()
            for a in j.model.met
            if a.kind == "person" and not is_assumed(a.id)
        ]
        settings, digest = msgspec.json.encode(self.settings), digest_of(self.settings)
        if not self.state.began:
            self.spending.begin(self.now)
        is_new, keep = self.state.settings != digest, self.writing.bodies.keep
        self.writing.emit(
            ev.Started(
                at=self.now,
                build=build,
                models=models,
                people=list(dict.fromkeys(map(person_of, [*named, *met]))),
                settings=digest,
                limits={r: (told.limit, told.per_s) for r, told in self.settings.limits.items()},
                body=keep(settings, "settings", self.now) if is_new else None,
                team=digest_of(team_tree(self.team)),
                shifts={name: digest_of(told)[:16] for name, told in (self.settings.people or {}).items()},
                rules=filed(self.settings, self.seeing.judges),
            )
        )
        self.follow_rules()
        self.seeing.seat(list(self.state.people))
        self.desk.refill()
        self.broken_off()
