"""Opt-out of automation: a case, or whoever it is about, that machines must not decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mindshare.core.guard.ruling import FREE, Reason, Ruling
from mindshare.core.guard.situation import Situation
from mindshare.core.guard.when import PROPOSED, When, read_when
from mindshare.core.guard.written import ANY, Names, keys_of, yes_or_no


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A person decides; with `machines_attend` False, as by default, no machine is even asked.

    Holds for what the engine was told (`Situation.opted_out`) and, beside that, for cases that say so themselves (`when`).
    """

    name: ClassVar[str] = "opt_out"
    when: When | None = None
    machines_attend: bool = False

    @classmethod
    def from_config(cls, written: Any, names: Names = ANY, where: str = f"guard.{name}") -> OptOut:
        tree = keys_of(written, ("when", "machines_attend"), where)
        when = read_when(tree.get("when"), f"{where}.when", names, but=PROPOSED)
        return cls(
            when=when if when.conditions else None,
            machines_attend=yes_or_no(tree.get("machines_attend", False), f"{where}.machines_attend"),
        )

    def ruling(self, situation: Situation) -> Ruling:
        told = situation.opted_out
        if not told and (self.when is None or not self.when.holds(situation)):
            return FREE
        because = "" if told or self.when is None else self.when.why(situation)
        why = f"this case is opted out of automation, so a person has to decide it{because}."
        return Ruling(
            people_needed=1,
            machines_may_attend=self.machines_attend,
            machines_may_decide=False,
            labels=situation.labels_of_people(),
            reasons=(Reason(self.name, why),),
        )
