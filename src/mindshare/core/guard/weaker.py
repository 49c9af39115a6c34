"""What other rules would no longer check: each rule of before that no rule of after covers, in words.

Errs to one side: what is called covered is covered; of rules that differ in more ways than are compared here it says that a check goes.
"""

from __future__ import annotations

from collections.abc import Sequence

from mindshare.core.errors import counted
from mindshare.core.guard.audit_share import AuditShare
from mindshare.core.guard.mandatory_review import MandatoryReview
from mindshare.core.guard.never_automate import NeverAutomate
from mindshare.core.guard.opt_out import OptOut
from mindshare.core.guard.ruling import Rule
from mindshare.core.guard.situation import EVERY
from mindshare.core.guard.stop import DOES, HOLD, Stop
from mindshare.core.guard.two_persons import TwoPersons
from mindshare.core.guard.when import ALWAYS

SAFETY = (
    "hold",
    "escalate",
)  # safest first; to refuse a case, or to label it without anybody, is less safe than either


def no_longer(before: Sequence[Rule], after: Sequence[Rule]) -> list[str]:
    """What `before` checks and `after` does not, a sentence each without its end; empty where nothing gets weaker."""
    gone = [rule for rule in before if not any(covers(other, rule) for other in after)]
    return list(dict.fromkeys(check_of(rule) for rule in gone))


def covers(new: Rule, old: Rule) -> bool:
    """Whether `new` holds wherever `old` holds, and is as strict there."""
    if isinstance(old, Stop):
        return isinstance(new, Stop) and _as_safe(new, old)
    if isinstance(old, OptOut):
        return isinstance(new, OptOut) and _as_opted_out(new, old)
    wanted = getattr(old, "when", ALWAYS)
    return _as_strict(new, old) and bool(getattr(new, "when", ALWAYS).covers(wanted))


def check_of(rule: Rule) -> str:
    """What a rule checks, in words: `where kind is loan, a person has to answer`."""
    when = getattr(rule, "when", None)
    where = "" if when is None or not when.conditions else f"where {when}, "
    if isinstance(rule, MandatoryReview):
        must = "has" if rule.people == 1 else "have"
        return f"{where}{counted(rule.people, 'person', 'people')} {must} to answer"
    if isinstance(rule, NeverAutomate):
        return f"{where}a person has to confirm the verdict"
    if isinstance(rule, TwoPersons):
        third = (
            "" if rule.adjudicators is None else f", else {' or '.join(sorted(rule.adjudicators))} decides"
        )
        return f"{where}two different people have to say the same{third}"
    if isinstance(rule, AuditShare):
        return f"{where}{100 * rule.share:.3g} % of the cases are drawn for a blind review"
    if isinstance(rule, OptOut):
        told = "the case is opted out" + ("" if not where else f", or {where.removeprefix('where ')[:-2]}")
        return f"where {told}, a person decides" + (
            "" if rule.machines_attend else " and no machine is asked"
        )
    return f"while STOP is on, {_safe_words(rule)}" if isinstance(rule, Stop) else rule.name


def _as_strict(new: Rule, old: Rule) -> bool:
    """Whether `new` asks for as much as `old`, where both hold."""
    if isinstance(old, MandatoryReview):
        people = {NeverAutomate: 1, TwoPersons: 2}.get(type(new), 0)
        return old.people <= (new.people if isinstance(new, MandatoryReview) else people)
    if isinstance(old, NeverAutomate):
        return isinstance(new, NeverAutomate | TwoPersons)
    if isinstance(old, TwoPersons):
        if not isinstance(new, TwoPersons):
            return False
        return old.adjudicators is None or (
            new.adjudicators is not None and new.adjudicators <= old.adjudicators
        )
    return isinstance(old, AuditShare) and isinstance(new, AuditShare) and new.share >= old.share


def _as_opted_out(new: OptOut, old: OptOut) -> bool:
    if new.machines_attend and not old.machines_attend:
        return False
    return old.when is None or (new.when is not None and new.when.covers(old.when))


def _as_safe(new: Stop, old: Stop) -> bool:
    """Whether what happens while STOP is on is as safe as before for each kind."""
    for kind in {*old.safe, *new.safe, EVERY}:
        was = old.safe.get(kind, old.safe.get(EVERY, HOLD))
        now = new.safe.get(kind, new.safe.get(EVERY, HOLD))
        if now == was or now.action == SAFETY[0] or (now.action in SAFETY and was.action not in SAFETY):
            continue
        return False
    return True


def _safe_words(rule: Stop) -> str:
    """What happens to cases while STOP is on."""
    told = {EVERY: HOLD, **rule.safe}
    words = [
        f"a case{'' if kind == EVERY else f' of kind {kind}'} "
        + (f"gets the label {safe.label}" if safe.action == "label" else DOES[safe.action])
        for kind, safe in sorted(told.items())
    ]
    return " and ".join(words)
