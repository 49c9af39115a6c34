"""How a service works: `service.yaml` in its folder, every mistake in one sentence. What is asked, and of whom, is in `team.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import yaml

from mindshare.core.errors import MindshareError, listed, nearest
from mindshare.engine.people_settings import read_people
from mindshare.engine.running.told import Machine, Runs, check_machines
from mindshare.people.qualification import PassRule

FILE = "service.yaml"
DAY = 86_400.0
KEPT = ("evidence",)  # classes of retention
SHOWN = ("never", "request", "after", "always", "learnt")  # when people see what machines say


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most that may be spent of a resource; it comes back whole after `per_s` seconds (None: never)."""

    limit: float
    per_s: float | None = DAY


class Pass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a person qualifies for a kind: `people/qualification.py`."""

    threshold: float
    error: float = 0.05
    least: int = 5
    most: int | None = None

    def rule(self) -> PassRule:
        """The same as a rule."""
        return PassRule(threshold=self.threshold, error=self.error, least=self.least, most=self.most)


class Probes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"pass_": "pass"}):
    """Gold probes of a kind: cases whose label is known, a `share` of all that a person gets. `pass`: who has to qualify first.
    `planted`: of the probes, the share on which machines are made to say a wrong label; people are told that this is done.
    """

    file: str  # in the service's folder: JSON lines, each a case as it is sent, with its label
    share: float = 0.05
    planted: float = 0.0
    pass_: Pass | None = None


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"as_": "as"}):
    """A part of what people see of a case: one of its features, or ("") what its `show` holds; in the order of the template."""

    feature: str = ""
    title: str = ""  # the name of the feature, where nothing is said
    as_: str = "value"
    unit: str = ""  # after a number


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How cases of one kind are handled."""

    guidelines: str = ""  # shown to people
    show: tuple[str, ...] = ()  # features that people see; none named = all
    keys: dict[str, str] = {}  # label -> the key that gives it at the desk; the others have 1 to 9
    template: tuple[Part, ...] = ()  # how people see a case; none = all its features below what it shows
    wait_s: float = 3_600.0  # a case waits for a person no longer than this, or than its deadline
    grace_s: float = 30.0  # a verdict is provisional for so long
    lease_s: float = 600.0  # a person has a case for so long without a sign of life
    late: float = 0.0  # what a verdict is worth after its deadline, as a part of its value
    timeout: str = "decide"  # when nobody came in time: decide, escalate, or a label
    shown: str = "never"  # when people see the machines' answers (`seating.py`): one of SHOWN
    tried: float = 0.1  # of the cases, unless never or always: on these it is drawn, half of them alone
    reveals: int | None = (
        None  # with request or after, a person is shown them so often a day; null = no limit
    )
    floor_s: float | None = None  # nobody has read a case in less; null = what the middle person takes tells
    lessons: float = 0.05  # of the cases that nobody would be asked about: attention that is left over is spent there (`whom.py`)
    probes: Probes | None = None


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the service is reached, and what it may reach."""

    hosts: tuple[str, ...] = ()  # names by which it is called, beside those of this machine
    per_s: float = 2_000.0  # requests of one token, or cases in bulk
    burst: float = 4_000.0  # so many of them at once
    session_s: float = 12 * 3_600.0  # a person is signed in for so long
    invitation_s: float = 7 * DAY  # an invitation can be accepted for so long
    reach: tuple[str, ...] = ()  # networks such as 10.0.0.0/8 that webhooks may reach though they are private


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`service.yaml`. `expect`: cases that come on a usual day. `cases`: how many come in all, where that is known."""

    name: str = "service"
    history: str | None = None  # the history that the first model was learnt from
    limits: dict[str, Limit] = {}
    expect: float = 1_000.0
    cases: float | None = None
    kinds: dict[str, Kind] = {}
    web: Web = Web()
    machines: dict[str, Machine] = {}  # that run here: docs/service.md
    guard: dict[str, Any] = {}  # rules that no price can buy: docs/guard.md
    people: dict[str, Any] = {}  # person, or default -> shifts, minutes, breaks: docs/people.md
    fairness: dict[str, Any] = {}
    exposure: list[Any] = []
    most_waiting: int = 100_000  # cases; above it new ones are refused for a while (429)
    learn: bool = True  # outcomes move counts, and weights are refitted
    learn_share: float = 0.5  # of one core, the most that learning anew may use
    keep: dict[str, float] = {}  # class of retention -> days; `evidence`: contents of cases and comments
    media_root: str | None = None  # a folder with files that cases may show, beside those that are brought
    sheets: dict[
        str, str
    ] = {}  # title -> file: pages and tables that people open in the browser (`sheets.py`)
    sheets_root: str | None = None  # the folder that they lie in, if not the service's folder
    stop_folder: str | None = None  # where STOP is kept, if not in the service's folder: on another disk, say
    trust_seconds: bool = (
        False  # the time that a person's program tells is charged, not that from shown to answered
    )
    seed: int = 0

    def kind(self, name: str) -> Kind:
        """The settings of a kind; those of `default`, or the usual ones, where it has none of its own."""
        return self.kinds.get(name) or self.kinds.get("default") or Kind()


def digest_of(told: object) -> str:
    """Of settings, of a part of them, or of a team as it is written."""
    return sha256(msgspec.json.encode(told)).hexdigest()


def read_settings(folder: Path) -> Settings:
    """The settings in this folder; the usual ones where there is no file."""
    file = folder / FILE
    if not file.is_file():
        return Settings()
    try:
        tree: Any = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise MindshareError(f"{file} is not YAML: {str(e).splitlines()[0]}.") from e
    return settings_of(tree, str(file))


def settings_of(tree: Any, where: str) -> Settings:
    """The settings that a mapping states."""
    try:
        made = msgspec.convert(tree, Settings)
    except msgspec.ValidationError as e:
        raise MindshareError(f"{where}: {_hint(str(e))}") from e
    for name, limit in made.limits.items():
        if not limit.limit >= 0:
            raise MindshareError(
                f"{where}: limits.{name} must be a number >= 0. Got {limit.limit:g} instead."
            )
        if limit.per_s is not None and not limit.per_s > 0:
            raise MindshareError(
                f"{where}: limits.{name}.per_s must be > 0, or null. Got {limit.per_s:g} instead."
            )
    for key in ("per_s", "burst", "session_s", "invitation_s"):
        if not getattr(made.web, key) > 0:
            raise MindshareError(f"{where}: web.{key} must be > 0. Got {getattr(made.web, key):g} instead.")
    for network in made.web.reach:
        try:
            ip_network(network)
        except ValueError as e:
            raise MindshareError(f"{where}: web.reach holds networks such as 10.0.0.0/8; {e}.") from e
    _check_keep(made.keep, where)
    try:
        read_people(made.people, made.fairness, made.exposure)
    except MindshareError as e:
        raise MindshareError(f"{where}: {e}") from e
    for name, kind in made.kinds.items():
        _check_people_of(kind, f"{where}: kinds.{name}")
        for key in ("wait_s", "grace_s", "lease_s"):
            if not getattr(kind, key) >= 0:
                raise MindshareError(f"{where}: kinds.{name}.{key} must be >= 0 seconds.")
        if not 0 <= kind.late <= 1:
            raise MindshareError(f"{where}: kinds.{name}.late must be between 0 and 1.")
    check_machines(made.machines, where)
    return made


def _check_keep(keep: dict[str, float], where: str) -> None:
    for name, days in keep.items():
        if name not in KEPT:
            raise MindshareError(
                f"{where}: keep.{name} is no class; there is {listed(KEPT)}.{nearest(name, KEPT)}"
            )
        if not days > 0:
            raise MindshareError(f"{where}: keep.{name} must be a number of days > 0. Got {days:g} instead.")


def with_calls(settings: Settings, names: Iterable[str]) -> Settings:
    """The settings, with machines of these names that are Python callables beside those of the file."""
    new = {name: Machine(Runs()) for name in names if name not in settings.machines}
    return msgspec.structs.replace(settings, machines=settings.machines | new) if new else settings


def _check_people_of(kind: Kind, where: str) -> None:
    """Raises MindshareError for what people of a kind cannot be shown or asked."""
    if kind.shown not in SHOWN:
        raise MindshareError(
            f"{where}.shown must be one of {listed(SHOWN)}. Got '{kind.shown}' instead.{nearest(kind.shown, SHOWN)}"
        )
    for key, least in (("reveals", kind.reveals), ("floor_s", kind.floor_s)):
        if least is not None and not least >= 0:
            raise MindshareError(f"{where}.{key} must be a number >= 0, or null. Got {least:g} instead.")
    for name, share in (("tried", kind.tried), ("lessons", kind.lessons)):
        if not 0 <= share <= 1:
            raise MindshareError(f"{where}.{name} must be between 0 and 1. Got {share:g} instead.")
    if kind.probes is None:
        return
    for name in ("share", "planted"):
        share = getattr(kind.probes, name)
        if not 0 <= share <= 1:
            raise MindshareError(f"{where}.probes.{name} must be between 0 and 1. Got {share:g} instead.")
    if kind.probes.planted and kind.shown == "never":
        raise MindshareError(
            f"{where}.probes.planted is advice, and shown is never: let people see some, or leave it out."
        )
    if kind.probes.pass_ is not None:
        try:
            kind.probes.pass_.rule()
        except ValueError as e:
            raise MindshareError(f"{where}.probes.pass: {e}") from e


def settings_text(settings: Settings) -> str:
    """The settings as they stand in a file."""
    return yaml.safe_dump(msgspec.to_builtins(settings), sort_keys=False)


def _hint(problem: str) -> str:
    """The sentence of the checker, with a near word where a name is not known."""
    known = [
        *Settings.__struct_fields__,
        *Kind.__struct_fields__,
        *Part.__struct_encode_fields__,
        *Limit.__struct_fields__,
        *Web.__struct_fields__,
        *Machine.__struct_fields__,
        *Runs.__struct_fields__,
        *Probes.__struct_encode_fields__,
        *Pass.__struct_fields__,
    ]
    name = problem.split("`")[1] if "unknown field" in problem and "`" in problem else ""
    return f"{problem}.{nearest(name, known) if name else ''}"
