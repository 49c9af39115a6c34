"""STOP: while it is on, for all kinds or for some, no verdict is made by machines alone; what happens instead is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, get_args

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.core.guard.ruling import FREE, Action, Reason, Ruling, Safe
from mindshare.core.guard.situation import EVERY, Situation
from mindshare.core.guard.written import ANY, Names, keys_of, words_of

HOLD = Safe("hold")
PLAIN = tuple(action for action in get_args(Action) if action != "label")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """`safe`: kind -> what happens to a case of it that machines alone would have decided; without one it is held.

    A verdict that a person gave may stand all the while. Whether STOP is on is not written here: it is part of the situation.
    """

    name: ClassVar[str] = "stop"
    safe: Mapping[str, Safe] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def from_config(cls, written: Any, names: Names = ANY, where: str = f"guard.{name}") -> Stop:
        """`safe: {loan: deny, ticket: {label: other}, '*': hold}`, or one word for all kinds."""
        tree = keys_of(written, ("safe",), where).get("safe", {})
        place = f"{where}.safe"
        if isinstance(tree, str):
            tree = {EVERY: tree}
        if names.kinds is not None:
            tree = keys_of(tree, (*names.kinds, EVERY), place)
        if not isinstance(tree, Mapping):
            raise MindshareError(f"{place} must say what is safe for each kind. Got {tree!r} instead.")
        return cls(safe={str(kind): _safe(each, f"{place}.{kind}", names) for kind, each in tree.items()})

    def ruling(self, situation: Situation) -> Ruling:
        kind, on = situation.case.kind, situation.stopped
        if EVERY not in on and kind not in on:
            return FREE
        safe = self.safe.get(kind, self.safe.get(EVERY, HOLD))
        whose = "all cases" if EVERY in on else f"cases of kind '{kind}'"
        then = f"gets the label '{safe.label}'" if safe.action == "label" else DOES[safe.action]
        why = f"STOP is on for {whose}, so this one {then} unless a person has decided."
        return Ruling(
            people_needed=1 if safe.action == "escalate" else 0,
            machines_may_decide=False,
            labels=situation.labels_of_people(),
            safe=safe,
            reasons=(Reason(self.name, why),),
        )


DOES: Mapping[Action, str] = {"hold": "waits", "escalate": "goes to a person", "deny": "is refused"}


def _safe(written: Any, where: str, names: Names) -> Safe:
    if isinstance(written, Mapping):
        tree = keys_of(written, ("label",), where)
        if isinstance(tree.get("label"), str):
            return Safe("label", words_of(tree["label"], f"{where}.label", names.labels)[0])
    if written not in PLAIN:
        raise MindshareError(
            f"{where} must be {listed(PLAIN)} or {{label: WORD}}. Got {written!r} instead.{nearest(str(written), PLAIN)}"
        )
    action: Action = written
    return Safe(action)
