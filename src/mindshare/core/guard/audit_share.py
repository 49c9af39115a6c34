"""Audit share: a permanent random share of cases is reviewed by a person, blind, however sure the machines are.

Without it outcomes are known mostly of cases that somebody chose to look at, and every estimate made from them is skewed.
A case is drawn by a keyed hash of its id: the same case is always drawn again, and without the key nobody can tell which
cases will be. The chance is recorded with every case that the rule holds for, so that estimates can weigh a drawn case by
1 / chance (Horvitz and Thompson 1952). All rules of a service share one key: draws are nested, and of several the largest
share counts, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from mindshare.core.errors import MindshareError
from mindshare.core.guard.draw import is_drawn
from mindshare.core.guard.ruling import FREE, Reason, Ruling
from mindshare.core.guard.situation import Situation
from mindshare.core.guard.when import ALWAYS, PROPOSED, When, read_when
from mindshare.core.guard.written import ANY, Names, keys_of, number_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditShare:
    """The review is done once a person has answered who was not shown what others said."""

    name: ClassVar[str] = "audit_share"
    share: float  # 0..1 of the cases that it holds for
    key: bytes = field(repr=False)  # secret
    when: When = ALWAYS

    @classmethod
    def from_config(
        cls, written: Any, key: bytes, names: Names = ANY, where: str = f"guard.{name}"
    ) -> AuditShare:
        """`when` may only name what is fixed when the case comes: else what is proposed would choose what is audited."""
        tree = keys_of(written, ("when", "share"), where)
        share = number_of(tree.get("share"), f"{where}.share", 0.0, 1.0)
        if share == 0:
            raise MindshareError(
                f"{where}.share is 0, so nothing would be audited. Leave the rule out instead."
            )
        if not key:
            raise MindshareError(f"{where} needs a secret key, without which audits could be foreseen.")
        when = read_when(tree.get("when"), f"{where}.when", names, but=(*PROPOSED, "waited"))
        return cls(share=share, key=key, when=when)

    def ruling(self, situation: Situation) -> Ruling:
        if not self.when.holds(situation):
            return FREE
        if not is_drawn(self.key, f"audit:{situation.case.id}", self.share):
            return Ruling(audit_chance=self.share)
        people = situation.people()
        done = any(not heard.shown for heard in people)
        why = f"this case is drawn for review by a person, as one in {1 / self.share:,.3g} is{self.when.why(situation)}."
        return Ruling(
            people_needed=1 if done else len(people) + 1,
            machines_may_decide=False,
            blind=not done,
            audited=True,
            audit_chance=self.share,
            reasons=(Reason(self.name, why),),
        )
