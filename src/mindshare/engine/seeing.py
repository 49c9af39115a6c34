"""Cases as the models see them: contents are read when they are needed, and kept while a case is open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError, NotThere, listed, nearest
from mindshare.core.history import Team
from mindshare.core.model import Model
from mindshare.core.records import Answer
from mindshare.core.seat import person_of, shown_seat
from mindshare.engine.cases import CANCELLED, DECIDED, CaseState, Heard, last_of_each
from mindshare.engine.incoming import Sight, read_case, sight_of
from mindshare.engine.judging import Judge, Look
from mindshare.engine.settings import Settings
from mindshare.engine.writing import Writing

F64 = NDArray[np.float64]


class Seeing:
    """`contents`: key -> the bytes of a body that is stored. `person`: id -> the place of a person alone in all values.

    `seats` (S,): whom all values are of: all people, and after them the same people shown what machines say, where a kind shows it.
    """

    def __init__(
        self,
        writing: Writing,
        team: Team,
        models: Mapping[str, Model],
        resources: Sequence[str],
        contents: Callable[[int], bytes | None],
        settings: Settings,
    ) -> None:
        self._writing, self._team, self._resources, self._contents = writing, team, tuple(resources), contents
        self._sights: dict[str, Sight] = {}
        self._machines = settings.machines
        self._shown = {kind: settings.kind(kind).shown != "never" for kind in models}
        self.judges = {kind: self._judge(kind, model, ()) for kind, model in models.items()}
        self.number = dict.fromkeys(models, 0)  # how often the judge of a kind changed
        self.people: tuple[str, ...] = ()
        self.person: dict[str, int] = {}
        self.seats: tuple[str, ...] = ()
        self.away = np.zeros(0, bool)  # (S,) who gets no cases at present
        self.seat(list(writing.state.people))

    def seat(self, people: Sequence[str]) -> None:
        """These people, in this order, have a place in all values from now on."""
        self.people, self.person = tuple(people), {name: p for p, name in enumerate(people)}
        shown = [shown_seat(name) for name in people] if any(self._shown.values()) else []
        self.seats, state = (*people, *shown), self._writing.state
        self.away = np.array([not state.people[person_of(name)].active for name in self.seats], bool)
        for kind, judge in self.judges.items():
            self.judges[kind] = self._judge(kind, judge.model, self.seats)
            self.number[kind] += 1

    def places(self, person: str) -> list[int]:
        """The places of a person's seats in all values, alone first; none of whoever has no seat."""
        p = self.person.get(person)
        return [] if p is None else list(range(p, len(self.seats), len(self.people)))

    def place(self, person: str, *, shown: bool) -> int:
        """The place of one seat of a person."""
        return self.places(person)[-1 if shown else 0]

    def kind_of(self, kind: str, case_id: str) -> str:
        """The kind under which a case is judged; MindshareError where there is none such."""
        if kind in self.judges:
            return kind
        there = [name for name in self.judges if name]
        right = (
            f"kinds are {listed(there)}."
            if there
            else "there is one kind only, without a name: leave 'kind' out."
        )
        raise MindshareError(f"Case '{case_id}': there is no kind '{kind}'; {right}{nearest(kind, there)}")

    def keep(self, case_id: str, sight: Sight) -> None:
        """Remembers what a case looks like."""
        self._sights[case_id] = sight

    def forget(self, case_id: str) -> None:
        """Its contents are read again if they are needed."""
        self._sights.pop(case_id, None)

    def stored(self, key: int) -> bytes | None:
        """The bytes of a body; None where they were erased."""
        return self._contents(key)

    def content(self, case: CaseState) -> bytes | None:
        """The case as it was sent; None where that was erased."""
        if case.erased:
            return None
        return self._writing.bodies.get(case.body.key) or self._contents(case.body.key)

    def sight(self, case: CaseState) -> Sight:
        """What is known of a case beside its state; NotThere where its contents were erased."""
        sight = self._sights.get(case.id)
        if sight is None:
            data = self.content(case)
            if data is None:
                raise NotThere(f"The contents of case '{case.id}' were erased.")
            sight = sight_of(read_case(data), case.at)
            if case.status not in (DECIDED, CANCELLED) or case.id in self._writing.state.graced:
                self._sights[case.id] = sight
        return sight

    def looks(self, cases: Sequence[CaseState], only: Collection[str] = ()) -> list[Look]:
        """A look at each of these cases as they stand; `only`: seats whose worth is wanted (`Judge.look`)."""
        by_kind: dict[str, list[int]] = {}
        for i, case in enumerate(cases):
            by_kind.setdefault(case.kind, []).append(i)
        out: dict[int, Look] = {}
        for kind, at in by_kind.items():
            sights, heard = [self.sight(cases[i]) for i in at], [answers_of(cases[i]) for i in at]
            out.update(zip(at, self.judges[kind].look(sights, heard, only), strict=True))
        return [out[i] for i in range(len(cases))]

    def first_looks(self, kind: str, sights: list[Sight]) -> list[Look | MindshareError]:
        """Looks at new cases; one that makes no sense is an error, and the others are looked at all the same."""
        try:
            return list(self.judges[kind].look(sights, [()] * len(sights)))
        except MindshareError as e:
            if len(sights) == 1:
                return [e]
        return [look for sight in sights for look in self.first_looks(kind, [sight])]

    def use(self, case: CaseState) -> F64:
        """(S, R) what an answer from each seat on this case is expected to use."""
        return self.judges[case.kind].use(self.sight(case))

    def change(self, kind: str, model: Model) -> None:
        """Another model judges cases of this kind from now on."""
        self.judges[kind] = self._judge(kind, model, self.seats)
        self.number[kind] += 1

    def _judge(self, kind: str, model: Model, seats: Sequence[str]) -> Judge:
        mine = {name: m for name, m in self._machines.items() if not m.kinds or kind in m.kinds}
        return Judge(model, self._team, seats, self._resources, mine, shown=self._shown[kind])

    def teach(
        self,
        kind: str,
        sights: Sequence[Sight],
        heard: Sequence[Sequence[Answer]],
        labels: Sequence[str],
        before: Sequence[str] = (),
    ) -> None:
        """The model of a kind hears outcomes, or corrections of those `before`; who waits is looked at anew before being given out."""
        if sights:
            self.judges[kind] = self.judges[kind].learnt(sights, heard, labels, before)
            self.number[kind] += 1

    def must_be_label(self, kind: str, label: str | None) -> None:
        """Raises MindshareError for a word that is no label of the kind."""
        labels = self.judges[kind].labels
        if label is not None and label not in labels:
            raise MindshareError(
                f"'{label}' is not one of the labels {listed(labels)}.{nearest(label, labels)}"
            )


def answers_of(case: CaseState) -> list[Answer]:
    """The answers that came after those that came with the case, and count."""
    return last_answers(case.id, case.heard)


def last_answers(case_id: str, heard: Sequence[Heard]) -> list[Answer]:
    """The answers that count, the last one of each."""
    return [answer_of(case_id, heard[i]) for i in last_of_each(heard)]


def taught_of(case: CaseState) -> list[Answer]:
    """Those of them that the model has learnt from, with the outcome of the case."""
    return [answer_of(case.id, case.heard[i]) for i in case.taught]


def answer_of(case_id: str, heard: Heard) -> Answer:
    """The record of an answer that came after its case; whoever was shown what machines say is another agent than the person alone."""
    return Answer(
        case_id=case_id,
        agent_id=shown_seat(heard.agent) if heard.shown else heard.agent,
        label=heard.label,
        confidence=heard.confidence,
        seconds=heard.seconds,
        proba=heard.proba,
    )
