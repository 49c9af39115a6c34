"""The rules of a service, as written under `guard`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mindshare.core.errors import MindshareError
from mindshare.core.guard.audit_share import AuditShare
from mindshare.core.guard.mandatory_review import MandatoryReview
from mindshare.core.guard.never_automate import NeverAutomate
from mindshare.core.guard.opt_out import OptOut
from mindshare.core.guard.ruling import Rule
from mindshare.core.guard.stop import Stop
from mindshare.core.guard.two_persons import TwoPersons
from mindshare.core.guard.written import ANY, Names, keys_of

ALWAYS_THERE = (OptOut, Stop)  # nobody has to write them down to be able to opt out or to press STOP
ONCE = (Stop.name,)


def read_guard(
    written: Any, audit_key: bytes = b"", names: Names = ANY, where: str = "guard"
) -> tuple[Rule, ...]:
    """The rules: name of a rule -> how it is set, or a list of such, one for each time that it holds.

    `audit_key`: the secret of the audit share. Raises MindshareError, one sentence, for whatever is not understood.
    """
    readers: dict[str, Callable[[Any, str], Rule]] = {
        MandatoryReview.name: lambda each, place: MandatoryReview.from_config(each, names, place),
        NeverAutomate.name: lambda each, place: NeverAutomate.from_config(each, names, place),
        TwoPersons.name: lambda each, place: TwoPersons.from_config(each, names, place),
        OptOut.name: lambda each, place: OptOut.from_config(each, names, place),
        AuditShare.name: lambda each, place: AuditShare.from_config(each, audit_key, names, place),
        Stop.name: lambda each, place: Stop.from_config(each, names, place),
    }
    out: list[Rule] = []
    for name, body in keys_of(written, tuple(readers), where).items():
        several = isinstance(body, list)
        if several and name in ONCE:
            raise MindshareError(
                f"{where}.{name} is there once for all kinds. Write keys and values, no list."
            )
        for i, each in enumerate(body if several else [body]):
            out.append(readers[name](each, f"{where}.{name}[{i}]" if several else f"{where}.{name}"))
    there = {rule.name for rule in out}
    return (*out, *(each() for each in ALWAYS_THERE if each.name not in there))
