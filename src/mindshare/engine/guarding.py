"""What the guard says of a case as it stands, before its verdict may stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mindshare.core.guard.ruling import FREE, Rule, Ruling, rule_on
from mindshare.core.guard.situation import EVERY, Heard, Situation
from mindshare.engine.cases import CaseState
from mindshare.engine.incoming import Sight
from mindshare.engine.judging import Look
from mindshare.engine.state import State

ALWAYS = ("opt_out", "stop")  # rules that say nothing unless somebody opted out or pressed STOP


class Ruled(NamedTuple):
    """`label`: the verdict that may stand; None = a person has to answer first, for the reason `why`."""

    label: str | None
    why: str
    ruling: Ruling


class Guarding:
    """`rules` in any order; `people`: whose answers are those of people."""

    def __init__(self, rules: Sequence[Rule], state: State) -> None:
        self._state = state
        self.follow(rules)

    def follow(self, rules: Sequence[Rule]) -> None:
        """These rules hold from now on."""
        self.rules = tuple(rules)
        self._quiet = all(rule.name in ALWAYS and getattr(rule, "when", None) is None for rule in rules)

    def ruled(self, case: CaseState, sight: Sight, look: Look, now: float) -> Ruled:
        """What may be decided on this case now."""
        label = look.verdict.label
        if self._quiet and not self._state.stopped and not sight.opted_out and not sight.excluded:
            return Ruled(label, "", FREE)
        situation = self._situation(case, sight, look, label, now)
        ruling = rule_on(self.rules, situation)
        if ruling.may_stand(situation):
            return Ruled(label, "", ruling)
        # a label that a person gave may stand where that of the belief may not
        for other in sorted(ruling.labels or (), key=lambda y: -look.verdict.belief.get(y, 0.0)):
            said = self._situation(case, sight, look, other, now)
            if rule_on(self.rules, said).may_stand(said):
                return Ruled(other, "", ruling)
        return Ruled(None, str(ruling.reasons[0]) if ruling.reasons else "a rule", ruling)

    def _situation(self, case: CaseState, sight: Sight, look: Look, label: str, now: float) -> Situation:
        people = self._state.people
        said = [Heard(a.agent_id, "machine", a.label, a.confidence) for a in sight.answers]
        said += [
            Heard(h.agent, "person" if h.agent in people else "machine", h.label, h.confidence, h.shown)
            for h in case.heard
            if h.counts and not h.undone
        ]
        return Situation(
            case=sight.case,
            at=now,
            heard=tuple(said),
            label=label,
            belief=look.verdict.belief.get(label),
            excluded=sight.excluded,
            opted_out=sight.opted_out,
            stopped=frozenset(kind or EVERY for kind in self._state.stopped),
        )
