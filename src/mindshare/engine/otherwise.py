"""What would have been decided on a case, had somebody said something else or nothing: solved anew with today's model.

Taken in the engine's thread (`seen`), solved in any other: what is taken is never changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from msgspec import structs

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.live import OpenCases, verdict
from mindshare.core.questions import explain_open, next_question
from mindshare.core.records import Answer, Cost, Verdict
from mindshare.core.seat import person_of
from mindshare.engine.cases import CaseState, Heard
from mindshare.engine.engine import Engine
from mindshare.engine.incoming import Sight
from mindshare.engine.judging import Judge
from mindshare.engine.machine_events import Weight
from mindshare.engine.noted import Fixed, fixed, notes
from mindshare.engine.seeing import last_answers
from mindshare.engine.weighing import sentences

STANDS = (
    "It stands whatever is answered; only a person with the right to it changes that, or reopens the case."
)


class Seen(NamedTuple):
    """A case as it stands, taken out of the engine. `sight` None: its contents were erased."""

    id: str
    state: str
    at: float
    sight: Sight | None
    said: tuple[Heard, ...]  # all that came after the case
    people: frozenset[str]
    judge: Judge
    price: dict[str, float]
    fixed: Fixed | None  # a verdict that no answer changes
    notes: tuple[str, ...]  # what keeps it where it is, beside prices
    uses: dict[
        str, dict[str, float]
    ]  # machines that may be run for what they are worth -> what that is expected to use
    weighed: tuple[Weight, ...]  # why machines were run on it, or not

    @property
    def heard(self) -> list[Answer]:
        """What came after the case, and counts."""
        return last_answers(self.id, self.said)

    def opened(self, heard: Sequence[Answer], judge: Judge | None = None) -> OpenCases:
        """The case, had these answers come after it."""
        assert self.sight is not None
        own = judge or self.own_judge()
        return own.opened([self.sight], [heard])

    def priced(self, opened: OpenCases) -> OpenCases:
        """The same open case, in which machines that run here cost what they are expected to use."""
        uses = self.uses
        team = tuple(
            structs.replace(a, cost={r: Cost(fixed=x) for r, x in uses[a.id].items()}) if a.id in uses else a
            for a in opened.team
        )
        return replace(opened, team=team)

    def askable(self, opened: OpenCases) -> list[str]:
        """People, and machines that may be run for what they are worth."""
        return [a.id for a in opened.team if a.kind == "person" or a.id in self.uses]

    def why(self) -> str:
        """Why the case is where it is, what would change that, and why machines were run on it or not."""
        opened = self.priced(self.opened(self.heard))
        if self.fixed is not None:
            return f"{self.fixed.told} {STANDS} {_alone(verdict(opened))}"
        told = explain_open(opened, self.price, askable=self.askable(opened))
        return " ".join([told, *sentences(self.weighed), *self.notes])

    def own_judge(self) -> Judge:
        """A judge of the same model that the engine does not use."""
        return self.judge.of(self.judge.model)


def seen(case: CaseState, engine: Engine, *, erased: bool = False) -> Seen:
    """The case as it stands; NotThere where its contents were erased, unless `erased` ones are wanted too."""
    gone = erased and engine.seeing.content(case) is None
    return Seen(
        case.id,
        case.word(engine.now),
        case.at,
        None if gone else engine.seeing.sight(case),
        case.heard,
        frozenset(engine.state.people),
        engine.seeing.judges[case.kind],
        dict(engine.spending.told_price()),
        fixed(case, engine),
        () if gone else tuple(notes(case, engine)),
        {name: engine.machines.use(name) for name in engine.seeing.judges[case.kind].weighed},
        case.weighed,
    )


class Change(NamedTuple):
    """What is to be different. `nobody`: no person had been asked; `said`: agent -> another label (None: cannot tell)."""

    without: Sequence[str] = ()
    said: Mapping[str, str | None] = {}
    nobody: bool = False


def otherwise(case: Seen, change: Change) -> dict[str, Any]:
    """The verdict as the answers stand, the verdict after the change, and whom the rule would ask next then."""
    assert case.sight is not None
    spoke = [a.agent_id for a in (*case.sight.answers, *case.heard)]
    change = _seated(change, spoke)
    _checked(case, change, spoke)
    people = {a for a in spoke if person_of(a) in case.people}
    gone = set(change.without) | (people if change.nobody else set())
    sight = case.sight
    machines = _said(sight.answers, change, gone)
    changed = case._replace(sight=Sight(sight.case, machines, sight.askable, sight.excluded, sight.opted_out))
    new = [Answer(case_id=case.id, agent_id=a, label=y) for a, y in change.said.items() if a not in spoke]
    judge = case.own_judge()
    now, then = (
        case.opened(case.heard, judge),
        changed.opened([*_said(case.heard, change, gone), *new], judge),
    )
    if case.fixed is not None:
        stands = {"label": case.fixed.label, "belief": case.fixed.belief, "asked": []}
        says, changes, following = f"{case.fixed.told} {STANDS} {_alone(verdict(then))}", False, None
    else:
        stands, changes = told(now), verdict(now).label != verdict(then).label
        says = _said_of(verdict(now), verdict(then))
        following = question(case.priced(then), case.price, case.askable(then))
    return {
        "id": case.id,
        "state": case.state,
        "stands": stands,
        "otherwise": told(then),
        "changes": changes,
        "next": following,
        "says": says,
    }


def _alone(by_answers: Verdict) -> str:
    label = by_answers.label
    return f"By the answers alone it would be '{label}' (belief {by_answers.belief[label]:.3f})."


def _said_of(now: Verdict, then: Verdict) -> str:
    """Both verdicts in one sentence."""
    belief = f"(belief {then.belief[then.label]:.3f}, now {now.belief[then.label]:.3f})"
    if now.label == then.label:
        return f"The verdict would be '{then.label}' all the same {belief}."
    return f"The verdict would be '{then.label}' {belief}, and not '{now.label}'."


def _seated(change: Change, spoke: Sequence[str]) -> Change:
    """The change with the seats in which people spoke, in place of their names."""
    seat = {person_of(a): a for a in spoke}
    said = {seat.get(name, name): label for name, label in change.said.items()}
    return Change([seat.get(name, name) for name in change.without], said, change.nobody)


def told(opened: OpenCases) -> dict[str, Any]:
    """The verdict on an open case, and the belief behind it."""
    now = verdict(opened)
    return {"label": now.label, "belief": dict(now.belief), "asked": list(now.asked)}


def question(opened: OpenCases, price: Mapping[str, float], askable: Sequence[str]) -> dict[str, Any] | None:
    """Whom the rule would ask next at these prices, and what that is worth; None = nobody is worth it."""
    best = next_question(opened, price, askable=askable)
    return None if best.agent_id is None else {"agent": best.agent_id, "value": best.value, "net": best.net}


def _said(answers: Sequence[Answer], change: Change, gone: set[str]) -> list[Answer]:
    """The answers after the change. Another label is said as surely, and in the same time."""
    out = []
    for a in answers:
        if a.agent_id not in gone:
            other = a.agent_id in change.said
            out.append(structs.replace(a, label=change.said[a.agent_id], proba=None) if other else a)
    return out


def _checked(case: Seen, change: Change, spoke: Sequence[str]) -> None:
    labels = case.judge.labels
    for name in change.without:
        if name not in spoke:
            raise MindshareError(
                f"'{name}' has not answered case '{case.id}'; {listed(spoke) or 'nobody'} has.{nearest(name, spoke)}"
            )
    known = [*spoke, *case.people, *(a.id for a in case.judge.model.met)]
    for name, label in change.said.items():
        if name not in known:
            raise MindshareError(f"'{name}' is nobody here.{nearest(name, known)}")
        if label is not None and label not in labels:
            raise MindshareError(
                f"'{label}' is not one of the labels {listed(labels)}.{nearest(label, labels)}"
            )
        if name in change.without or (change.nobody and person_of(name) in case.people):
            raise MindshareError(f"'{name}' cannot both be left out and have said something.")
