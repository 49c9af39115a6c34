"""Two persons: two different people have to say the same; where they differ, a third decides (adjudication)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mindshare.core.guard.ruling import FREE, Reason, Ruling
from mindshare.core.guard.situation import Heard, Situation
from mindshare.core.guard.when import ALWAYS, When, read_when
from mindshare.core.guard.written import ANY, Names, keys_of, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPersons:
    """The second person does not see what the first one said; the third one sees both.

    Late answers change nothing once two agree or a third has decided. `adjudicators`: who may be the third; None = anybody.
    """

    name: ClassVar[str] = "two_persons"
    when: When = ALWAYS
    adjudicators: frozenset[str] | None = None

    @classmethod
    def from_config(cls, written: Any, names: Names = ANY, where: str = f"guard.{name}") -> TwoPersons:
        tree = keys_of(written, ("when", "adjudicators"), where)
        third = tree.get("adjudicators")
        named = None if third is None else words_of(third, f"{where}.adjudicators", names.agents)
        return cls(
            when=read_when(tree.get("when"), f"{where}.when", names),
            adjudicators=None if named is None else frozenset(named),
        )

    def ruling(self, situation: Situation) -> Ruling:
        if not self.when.holds(situation):
            return FREE
        people = situation.people()
        why, end = "two different people have to say the same", f"{self.when.why(situation)}."
        if len(people) < 2:
            return self._ruling(2, frozenset(), f"{why}{end}", blind=True)
        first, second = people[:2]
        if first.label == second.label:
            return self._ruling(
                2, _label(first), f"{why}, and {first.agent_id} and {second.agent_id} do{end}"
            )
        why = f"{first.agent_id} and {second.agent_id} differ, and a third person "
        for place, third in enumerate(people[2:], 3):
            if self.adjudicators is None or third.agent_id in self.adjudicators:
                return self._ruling(place, _label(third), f"{why}decided, {third.agent_id}{end}")
        return self._ruling(len(people) + 1, frozenset(), f"{why}decides{end}", only=self.adjudicators)

    def _ruling(
        self,
        needed: int,
        labels: frozenset[str],
        why: str,
        *,
        blind: bool = False,
        only: frozenset[str] | None = None,
    ) -> Ruling:
        return Ruling(
            people_needed=needed,
            machines_may_decide=False,
            labels=labels,
            blind=blind,
            only=only,
            reasons=(Reason(self.name, why),),
        )


def _label(heard: Heard) -> frozenset[str]:
    return frozenset() if heard.label is None else frozenset({heard.label})
