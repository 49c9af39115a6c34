"""What `service.yaml` says of people: `people` (shifts), `fairness`, `exposure`; every mistake in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mindshare.core.errors import MindshareError
from mindshare.core.guard.when import read_when
from mindshare.core.guard.written import ANY, Names, count_of, keys_of, number_of
from mindshare.people.fairness import ExposureCap, FairLoad
from mindshare.people.shifts import Shifts
from mindshare.people.written_shifts import read_shifts

DEFAULT = "default"
MOST_CAPS = 60  # each is a bit of a number


class PeopleRules(NamedTuple):
    """`shifts`: person -> shifts; those of `default` are for whoever is not named. Without any, everybody may work always."""

    shifts: Mapping[str, Shifts]
    load: FairLoad | None
    caps: tuple[ExposureCap, ...]


def read_people(people: Any, fairness: Any, exposure: Any, names: Names = ANY) -> PeopleRules:
    """What is written under these three keys."""
    if people is not None and not isinstance(people, Mapping):
        raise MindshareError(
            f"people must name people, or default, each with shifts. Got {people!r} instead."
        )
    shifts = {str(name): read_shifts(told, f"people.{name}") for name, told in (people or {}).items()}
    return PeopleRules(shifts, _load(fairness), _caps(exposure, names))


def _load(written: Any) -> FairLoad | None:
    if not written:
        return None
    tree = keys_of(written, ("most", "least"), "fairness")
    usual = FairLoad()
    return FairLoad(
        most=number_of(tree.get("most", usual.most), "fairness.most", 1.0),
        least=number_of(tree.get("least", usual.least), "fairness.least", 0.0),
    )


def _caps(written: Any, names: Names) -> tuple[ExposureCap, ...]:
    every = written if isinstance(written, list | tuple) else [written] if written else []
    if len(every) > MOST_CAPS:
        raise MindshareError(f"exposure holds {MOST_CAPS} caps at most. Got {len(every)} instead.")
    caps = []
    for i, each in enumerate(every):
        where = f"exposure[{i}]"
        tree = keys_of(each, ("tag", "when", "per_day", "blur"), where)
        tag = tree.get("tag")
        if not isinstance(tag, str) or not tag:
            raise MindshareError(f"{where}.tag must be a word such as distressing. Got {tag!r} instead.")
        when = read_when(tree.get("when"), f"{where}.when", names, but=("label", "belief", "waited"))
        blur = tree.get("blur", False)
        if not isinstance(blur, bool):
            raise MindshareError(f"{where}.blur must be true or false. Got {blur!r} instead.")
        free = blur and "per_day" not in tree  # blurred, and as many as there are
        most = None if free else count_of(tree.get("per_day"), f"{where}.per_day", 0)
        caps.append(ExposureCap(tag=tag, when=when, per_day=most, blur=blur))
    tags = [cap.tag for cap in caps]
    if len(set(tags)) < len(tags):
        raise MindshareError("exposure has a tag twice; give each cap one of its own.")
    return tuple(caps)
