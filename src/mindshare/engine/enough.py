"""Who has had enough for today: caps on cases that weigh on people, and loads above a fair share (`people/fairness.py`)."""

from __future__ import annotations

from collections.abc import Iterable

from mindshare.core.guard.situation import Situation
from mindshare.engine.hours import Hours
from mindshare.engine.incoming import Sight
from mindshare.engine.people_settings import PeopleRules
from mindshare.engine.state import State

WORKING_DAY = 480.0  # minutes that somebody gives of whom no shifts are written


class Enough:
    """Caps are bits of a number, in the order in which they are written."""

    def __init__(self, rules: PeopleRules, hours: Hours, state: State) -> None:
        self._load, self._caps, self._hours, self._state = rules.load, rules.caps, hours, state
        self.fair = rules.load is not None
        self.blurs = any(cap.blur for cap in rules.caps)

    def tags(self, sight: Sight, now: float) -> int:
        """The caps that a case falls under, as bits."""
        if not self._caps:
            return 0
        situation = Situation(case=sight.case, at=now)
        return sum(1 << i for i, cap in enumerate(self._caps) if cap.when.holds(situation))

    def blurred(self, sight: Sight, now: float) -> bool:
        """Whether a case is blurred until somebody wants to look."""
        tags = self.tags(sight, now)
        return any(cap.blur for i, cap in enumerate(self._caps) if tags >> i & 1)

    def words(self, tags: int) -> list[str]:
        """Their tags."""
        return [cap.tag for i, cap in enumerate(self._caps) if tags >> i & 1]

    def reached(self, person: str, now: float) -> dict[int, str]:
        """Caps that the person has reached today, each as its bit, and why."""
        out: dict[int, str] = {}
        if not self._caps:
            return out
        exposed, since = self._state.people[person].exposed, self._hours.began(person, now)
        for i, cap in enumerate(self._caps):
            count = sum(at >= since for at in exposed.get(cap.tag, ()))
            why = cap.over({person: count}, [person])
            if why:
                out[1 << i] = why[person]
        return out

    def barred(self, person: str, now: float) -> int:
        """The same as bits."""
        return sum(self.reached(person, now))

    def over(self, people: Iterable[str], now: float) -> dict[str, str]:
        """Who of these people, who are there, carries more than a fair share, and why."""
        if self._load is None:
            return {}
        here = list(people)
        load = {p: self._hours.carried(p, now) for p in here}
        return self._load.over(load, {p: self._hours.gives(p, now, WORKING_DAY) for p in here})
