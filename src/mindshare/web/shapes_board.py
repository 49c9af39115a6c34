"""The shape of the board: what each figure is, with its unit."""

from __future__ import annotations

from pydantic import Field

from mindshare.web.shapes import Known, Limit, Out
from mindshare.web.shapes_explained import LearningOut


class Share(Out):
    """`hits` of `count`, and their share with its interval of 95 %; null where there are none."""

    count: int
    hits: int
    share: float | None
    ci95: tuple[float, float] | None


class Quality(Out):
    """Verdicts that fit their outcome, among those whose outcome is known: by who stood behind them."""

    all: Share
    machines: Share
    people: Share
    overruled: Share


class Agreement(Share):
    """Of two people's answers to one case, each given alone, how many are the same; `by_chance`: how many would be if what each says had
    nothing to do with the case; `beyond`: what was reached of the rest (Scott's pi).
    """

    by_chance: float | None
    beyond: float | None


class CasesNow(Out):
    """Cases by state, and events counted since the service began. `runs` of machines; `escalated`: of those that wait, for the lead."""

    arrived: int
    received: int
    waiting: int
    escalated: int
    leased: int
    provisional: int
    final: int
    cancelled: int
    verdicts: int
    answers: int
    outcomes: int
    runs: int


class Oldest(Out):
    """Who waits the longest."""

    case: str
    waits_s: float


class QueueNow(Out):
    """Cases that wait for a person, by when that ends and they are decided without one; `must`: a rule wants somebody, however long it
    takes (`no_end`); `median_s`: how long the case in the middle waits by now.
    """

    waiting: int
    must: int
    over: int
    in_1_min: int
    in_5_min: int
    in_1_h: int
    later: int
    no_end: int
    oldest: Oldest | None
    median_s: float | None


class LimitNow(Limit):
    """A limit, with what is spent of it in this period of `per_s` seconds (null: for ever)."""

    spent: float
    per_s: float | None


class ModelNow(Out):
    """The model of a kind: learnt from cases whose truth was known; `assumed`: those were made, and are no evidence."""

    kind: str
    digest: str
    family: str
    assumed: bool
    learnt_from: int
    changed_at: float | None


class MachineNow(Out):
    """A machine; `here`: the service runs it; `uses`: what one run has used on average; `skill`: right ones of its answers whose truth
    the models know.
    """

    id: str
    here: bool
    has: int
    answers: int
    failures: int
    aside_until: float | None
    uses: dict[str, float]
    skill: Share


class PersonNow(Out):
    """A person: cases in hand, answers, minutes in all and today; `skill`: of all kinds together, alone; `agreement`: with others."""

    id: str
    active: bool
    on_shift: bool
    waits: bool
    has: int
    answers: int
    asked: int
    minutes: float
    today: float
    why_not: str | None
    agreement: Share
    skill: Known


class Group(Out):
    """Cases about one group: how many, for how many of them a person answered, in how many minutes, and how many verdicts were right."""

    group: str
    cases: int
    attended: Share
    answers: int
    minutes: float
    right: Share


class Groups(Out):
    """The groups with the most cases; `more`: how many there are beside these."""

    more: int
    groups: list[Group]


class RuleNow(Out):
    """Cases for which a rule of the guard wanted a person, and their share of all."""

    cases: int
    share: float


class BoardOut(Out):
    """All of it, at one moment (`at`, seconds since 1970). Dictionaries are by resource, kind, or rule."""

    at: float
    place: str = Field(description="What the events say before this id is in it.")
    kinds: list[str]
    cases: CasesNow
    queue: QueueNow
    limits: dict[str, LimitNow]
    models: list[ModelNow]
    learning: LearningOut
    machines: list[MachineNow]
    people: list[PersonNow]
    quality: Quality
    kinds_quality: dict[str, Quality]
    agreement: dict[str, Agreement]
    groups: Groups
    rules: dict[str, RuleNow]
    stopped: dict[str, str]
