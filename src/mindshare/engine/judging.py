"""What the model of a kind says of open cases: the verdict as it stands, and what each person's answer would be worth.

Any number of cases at once; the numbers are those of one case alone, to the bit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindshare.core.history import Team
from mindshare.core.live import OpenCases, open_cases, verdicts
from mindshare.core.model import Model
from mindshare.core.questions import cost_of, values_of
from mindshare.core.records import MINUTES, PEOPLE_MINUTES, Agent, Answer, Kind, Outcome, Verdict
from mindshare.core.seat import is_shown, person_of
from mindshare.core.update import after
from mindshare.engine.incoming import Sight
from mindshare.engine.running.told import Machine
from mindshare.engine.weighing import weighed_by
from mindshare.histories.assumed import is_assumed

F64 = NDArray[np.float64]


class Look(NamedTuple):
    """A case as the model sees it: the verdict that stands, and (S,) what asking from each seat is worth; 0 = not to be asked.

    `machines`: of those that run here and are weighed, what an answer is worth.
    """

    verdict: Verdict
    worth: F64
    machines: Mapping[str, float] = MappingProxyType({})


class Judge:
    """Judges cases of one kind. `people`: (S,) seats, in the order of all values; `resources`: what a person's answer may use.

    `shown`: people may be shown what machines say of such cases; else nobody in such a seat is to be counted on.
    `machines`: those of the kind that run here.
    """

    def __init__(
        self,
        model: Model,
        team: Team,
        people: Sequence[str],
        resources: Sequence[str],
        machines: Mapping[str, Machine] = MappingProxyType({}),
        *,
        shown: bool = False,
    ) -> None:
        self.model, self.team, self.people, self.resources = model, team, tuple(people), tuple(resources)
        self.machines, self.weighed, self.shown = machines, weighed_by(model, machines), shown
        real = tuple(a for a in model.met if not is_assumed(a.id) and (shown or not is_shown(a.id)))
        self.met = met = frozenset(a.id for a in real)
        new = [
            Agent(id=p, kind="person") if team.agent(p) is None else team.agent(p)
            for p in people
            if p not in met and (shown or not is_shown(p))
        ]
        new += [Agent(id=name, kind="machine") for name in self.weighed if name not in met]
        self._seats: tuple[Agent, ...] = (*real, *(a for a in new if a is not None))
        self._met = tuple(model.met)
        self._place = {a.id: k for k, a in enumerate(self._seats)}
        self.sized = any(c.of for a in self._seats if a.kind == "person" for c in a.cost.values())
        self._use: F64 | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order of the belief."""
        return self.model.pool.reading.labels

    @cached_property
    def answers_of_people(self) -> float:
        """That the model has counted on cases whose truth is known."""
        reading = self.model.pool.reading
        return float(reading.counts.agent[0, reading.agents.is_person].sum())

    def opened(self, sights: Sequence[Sight], heard: Sequence[Sequence[Answer]]) -> OpenCases:
        """These cases, about which the same people may be asked, with all that was said of them."""
        answers = [a for s, h in zip(sights, heard, strict=True) for a in (*s.answers, *h)]
        self._seat(answers)
        askable = sights[0].askable
        team: tuple[Agent, ...] | None = None
        if askable is not None:  # who may never be asked is nobody to count on for a second answer
            spoke = {a.agent_id for a in answers}
            team = tuple(
                a for a in self._seats if a.kind == "machine" or person_of(a.id) in askable or a.id in spoke
            )
        elif self._seats != self._met:
            team = self._seats
        return open_cases(self.model, [s.case for s in sights], answers, team)

    def look(
        self, sights: Sequence[Sight], heard: Sequence[Sequence[Answer]], only: Collection[str] = ()
    ) -> list[Look]:
        """A look at each case; `heard` are the answers that came after those that came with it.

        `only`: seats whose worth is wanted, the others have 0, where no machine is weighed; none = all.
        """
        alike: dict[frozenset[str] | None, list[int]] = {}
        for i, sight in enumerate(sights):
            alike.setdefault(sight.askable, []).append(i)
        out: dict[int, Look] = {}
        for at in alike.values():
            looks = self._look([sights[i] for i in at], [heard[i] for i in at], only)
            out.update(zip(at, looks, strict=True))
        return [out[i] for i in range(len(sights))]

    def _look(
        self, sights: Sequence[Sight], heard: Sequence[Sequence[Answer]], only: Collection[str]
    ) -> list[Look]:
        opened, askable = self.opened(sights, heard), sights[0].askable
        n, k = len(sights), len(opened.team)
        asked = opened.seats.is_person
        if askable is not None:
            asked = np.array([a.kind == "person" and person_of(a.id) in askable for a in opened.team], bool)
        if only and not self.weighed:
            asked = asked & np.array([a.id in only for a in opened.team], bool)
        if self.weighed:
            asked = asked | np.array([a.id in self.weighed for a in opened.team], bool)
        rows = np.flatnonzero((~opened.known.reshape(n, k) & asked).ravel())
        worth = np.zeros(n * k + 1)  # the last one is that of whoever has no seat
        if len(rows):
            worth[rows] = values_of(opened, rows)
        at = np.array([opened.seats.place.get(p, -1) for p in self.people], np.int64)
        here = np.where(at >= 0, np.arange(n)[:, None] * k + at, n * k)
        looks = [Look(v, w) for v, w in zip(verdicts(opened), worth[here], strict=True)]
        if not self.weighed:
            return looks
        places = {name: opened.seats.place[name] for name in self.weighed}
        return [
            look._replace(machines={name: float(worth[i * k + at]) for name, at in places.items()})
            for i, look in enumerate(looks)
        ]

    def use(self, sight: Sight) -> F64:
        """(S, R) what an answer from each seat on this case is expected to use."""
        if self._use is None or self.sized:
            opened = open_cases(self.model, [sight.case], (), self._seats)
            self._use = np.zeros((len(self.people), len(self.resources)))
            for p, name in enumerate(self.people):
                if name not in self._place:
                    continue
                seat = self._seats[self._place[name]]
                cost = cost_of(opened, 0, seat)
                if not seat.cost:  # a service times every answer, also of people whom the history never timed
                    minutes = self.seconds(name) / 60.0
                    cost = {PEOPLE_MINUTES: minutes, person_of(name) + MINUTES: minutes} | cost
                self._use[p] = [cost.get(r, 0.0) for r in self.resources]
        return self._use

    def seconds(self, person: str) -> float:
        """That an answer from this seat is expected to take: what all take where this person was never timed, a minute where nobody was."""
        minutes = (self.model.minutes_of(person), self.model.speed.mean, 1.0)
        return 60.0 * next(m for m in minutes if not np.isnan(m))

    def learnt(
        self,
        sights: Sequence[Sight],
        heard: Sequence[Sequence[Answer]],
        labels: Sequence[str],
        before: Sequence[str] = (),
    ) -> Judge:
        """The judge once the outcomes of these cases are known; `before`: what it was told of them, "" = nothing yet."""
        answers = [a for s, h in zip(sights, heard, strict=True) for a in (*s.answers, *h)]
        self._seat(answers)
        opened = open_cases(self.model, [s.case for s in sights], answers, self._seats)
        outcomes = [Outcome(case_id=s.case.id, label=y) for s, y in zip(sights, labels, strict=True)]
        instead_of = {s.case.id: y for s, y in zip(sights, before, strict=False) if y}
        made = self.of(after(self.model, opened, outcomes, instead_of))
        made._use = self._use
        return made

    def of(self, model: Model) -> Judge:
        """The same judge of another model."""
        return Judge(model, self.team, self.people, self.resources, self.machines, shown=self.shown)

    def _seat(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            if answer.agent_id not in self._place:
                known = self.team.agent(answer.agent_id)
                kind: Kind = "person" if is_shown(answer.agent_id) else "machine"
                agent = known or Agent(id=answer.agent_id, kind=kind)
                self._place[agent.id] = len(self._seats)
                self._seats = (*self._seats, agent)
