"""Mandatory review: people have to answer, however sure the machines are; the verdict may still weigh all answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mindshare.core.errors import counted
from mindshare.core.guard.ruling import FREE, Reason, Ruling
from mindshare.core.guard.situation import Situation
from mindshare.core.guard.when import ALWAYS, When, read_when
from mindshare.core.guard.written import ANY, Names, count_of, keys_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MandatoryReview:
    """So many different people have to have answered before a verdict may stand."""

    name: ClassVar[str] = "mandatory_review"
    when: When = ALWAYS
    people: int = 1

    @classmethod
    def from_config(cls, written: Any, names: Names = ANY, where: str = f"guard.{name}") -> MandatoryReview:
        tree = keys_of(written, ("when", "people"), where)
        return cls(
            when=read_when(tree.get("when"), f"{where}.when", names),
            people=count_of(tree.get("people", 1), f"{where}.people", 1),
        )

    def ruling(self, situation: Situation) -> Ruling:
        if not self.when.holds(situation):
            return FREE
        must = "has" if self.people == 1 else "have"
        why = f"{counted(self.people, 'person', 'people')} {must} to answer{self.when.why(situation)}."
        return Ruling(people_needed=self.people, machines_may_decide=False, reasons=(Reason(self.name, why),))
