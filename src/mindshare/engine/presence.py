"""Whether a person may get a case now: shifts and breaks, what is enough for today, and whether the person has qualified."""

from __future__ import annotations

from mindshare.core.errors import counted
from mindshare.engine.cases import CaseState
from mindshare.engine.enough import Enough
from mindshare.engine.gold import Gold
from mindshare.engine.hours import Closed, Hours
from mindshare.engine.people_settings import read_people
from mindshare.engine.settings import Settings
from mindshare.engine.state import State
from mindshare.people.qualification import PassRule, Standing


class Presence:
    """Reads the state, changes nothing."""

    def __init__(self, settings: Settings, gold: Gold, state: State) -> None:
        rules = read_people(settings.people, settings.fairness, settings.exposure)
        self.settings, self._state, self.gold = settings, state, gold
        self.hours = Hours(rules.shifts, state)
        self.enough = Enough(rules, self.hours, state)
        self._steers = bool(rules.load or rules.caps)
        self._passes: dict[str, PassRule] = {}
        for kind in gold.probes:
            how = settings.kind(kind).probes
            if how is not None and how.pass_ is not None:
                self._passes[kind] = how.pass_.rule()

    @property
    def steers(self) -> bool:
        """Whether more than worth and price says who gets what."""
        return self._steers or self.hours.any

    # --- a person -------------------------------------------------------------------------------------------------------

    def closed(self, person: str, now: float) -> Closed | None:
        """Why the person gets no case at all now; None = nothing is against it."""
        return self.hours.closed(person, now)

    def standing(self, person: str, kind: str) -> Standing:
        """Whether the person has qualified for a kind; where that is not asked for, everybody has."""
        rule = self._passes.get(kind)
        if rule is None:
            return "qualified"
        right, count = self.probes(person, kind)
        return rule.standing(right, count)

    def probes(self, person: str, kind: str) -> tuple[int, int]:
        """How many probes of a kind the person had right, and answered."""
        mine = [
            p for p in self._state.people[person].probed.values() if p.kind == kind and p.right is not None
        ]
        return sum(bool(p.right) for p in mine), len(mine)

    def may(self, person: str, kind: str, tags: int, now: float) -> bool:
        """Whether the person may get a case of this kind, under these caps, now."""
        if self.closed(person, now) is not None or (
            kind in self._passes and self.standing(person, kind) != "qualified"
        ):
            return False
        return not tags or not tags & self.enough.barred(person, now)

    def no_kind(self, person: str, kinds: list[str]) -> str:
        """Why the person gets cases of no kind, where none is open to him or her; else nothing."""
        told = [self.standing(person, kind) for kind in kinds]
        if not told or "qualified" in told:
            return ""
        if "open" in told:
            return f"{person} has not qualified yet, and there are no more probes."
        return f"{person} has not qualified: too many probes were wrong."

    # --- all who are there ----------------------------------------------------------------------------------------------

    def over(self, now: float) -> dict[str, str]:
        """Who of those who wait for a case or have one carries more than a fair share, and why."""
        if not self.enough.fair:
            return {}
        people = self._state.people.values()
        here = [p.id for p in people if (p.leases or p.id in self._state.free) and not self.closed(p.id, now)]
        return self.enough.over(here, now)

    def others(self, person: str, now: float) -> list[str]:
        """To whom this person, who carries more than a fair share, leaves cases; nobody where the load is fair."""
        over = self.over(now)
        if person not in over:
            return []
        free = self._state.free
        return [p for p in self._state.people if p in free and p not in over and not self.closed(p, now)]

    def why_not(self, person: str, case: CaseState, tags: int, now: float) -> str:
        """Why this person does not get this case now, in one sentence; nothing where nothing is against it."""
        who = self._state.people[person]
        if not who.active or not who.on_shift:
            return f"{person} {'is off shift' if who.active else 'gets no cases at present'}."
        closed = self.closed(person, now)
        if closed is not None:
            return closed.why
        if case.kind in self._passes and self.standing(person, case.kind) != "qualified":
            right, count = self.probes(person, case.kind)
            return f"{person} has not qualified: {right} of {counted(count, 'probe')} right."
        reached = self.enough.reached(person, now) if tags else {}
        why = next((why for bit, why in reached.items() if bit & tags), "")
        return why or self.over(now).get(person, "")
