"""Never automate: machines may advise, but only a label that a person gave may become the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mindshare.core.guard.ruling import FREE, Reason, Ruling
from mindshare.core.guard.situation import Situation
from mindshare.core.guard.when import ALWAYS, When, read_when
from mindshare.core.guard.written import ANY, Names, keys_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverAutomate:
    """A person has to confirm the verdict."""

    name: ClassVar[str] = "never_automate"
    when: When = ALWAYS

    @classmethod
    def from_config(cls, written: Any, names: Names = ANY, where: str = f"guard.{name}") -> NeverAutomate:
        tree = keys_of(written, ("when",), where)
        return cls(when=read_when(tree.get("when"), f"{where}.when", names))

    def ruling(self, situation: Situation) -> Ruling:
        if not self.when.holds(situation):
            return FREE
        why = f"the verdict has to be confirmed by a person{self.when.why(situation)}."
        return Ruling(
            people_needed=1,
            machines_may_decide=False,
            labels=situation.labels_of_people(),
            reasons=(Reason(self.name, why),),
        )
