"""What a client hears from a service, as types: those of replies, and the errors."""

from __future__ import annotations

from typing import Any

import msgspec

from mindshare.core.errors import (
    Conflict,
    Halted,
    MindshareError,
    NotAllowed,
    NotNow,
    NotSignedIn,
    NotThere,
    Overloaded,
    TooOften,
    Weaker,
)

ERRORS = {
    e.code: e
    for e in (NotThere, Conflict, NotNow, Weaker, Overloaded, NotAllowed, NotSignedIn, TooOften, Halted)
}


class LiveVerdict(msgspec.Struct, frozen=True):
    """The joint decision on a case as it stands; `final_at`: seconds since 1970 until which it may still change."""

    label: str
    version: int
    belief: dict[str, float]
    by: str
    final_at: float
    stands: bool = True


class LiveCase(msgspec.Struct, frozen=True):
    """A case as it stands: received, waiting, leased, provisional, final, reopened, escalated or cancelled.

    In seconds since 1970: `at`, when it came, and `undo_until`, told to a person who answered.
    """

    id: str
    state: str
    verdict: LiveVerdict | None = None
    kind: str = ""
    outcome: str | None = None
    undo_until: float | None = None
    at: float | None = None


class LiveCases(msgspec.Struct, frozen=True):
    """A page of cases; `next`: what to give as `after` for more, None at the end."""

    cases: list[LiveCase]
    next: int | None


class Lease(msgspec.Struct, frozen=True):
    """A case that a person has, until then, and what the person sees of it."""

    case: str
    token: int
    until: float
    labels: list[str]
    kind: str = ""
    guidelines: str = ""
    features: dict[str, Any] = {}
    show: Any = None
    deadline: float | None = None
    why: str = ""
    answers: list[dict[str, Any]] = []  # of machines, where the person is shown them
    advice: str = ""  # request or after: what machines say is there for the asking, `reveal`
    planted: bool = False  # some practice cases of the kind come with advice that is wrong on purpose
    ahead: bool = False  # asked for ahead, and not shown yet
    template: list[dict[str, str]] = []  # how the case is laid out, where the kind says so
    keys: dict[str, str] = {}  # label -> the key that gives it, where the kind says so
    blur: bool = False  # it is blurred until the person wants to look


class LiveKnown(msgspec.Struct, frozen=True):
    """How good and how fast (seconds) a person is on one kind in one manner, each with its 95 % interval."""

    right: int
    wrong: int
    accuracy: float
    accuracy_95: tuple[float, float]
    seconds: float
    seconds_95: tuple[float, float]


class LiveSkill(LiveKnown, frozen=True):
    """The same of a person who answers alone; `shown`: of the same person who is shown what machines say. In either manner: `probes`,
    and `learnt`, answers that the model has counted, the history that it began with included, of which `learnt_right` were right.
    """

    standing: str = ""
    shown: LiveKnown | None = None
    probes: int = 0
    learnt: int = 0
    learnt_right: int = 0


class LivePerson(msgspec.Struct, frozen=True):
    """A person; `waits`: asked for a case and has none yet; `has`: cases in hand; `answers`, `minutes`: given and spent so far; `today`:
    minutes of attention today; `why_not`: why no case is given now; `skills`: of each kind.
    """

    id: str
    active: bool
    waits: bool = False
    has: int = 0
    kind: str = "person"
    on_shift: bool = True
    answers: int = 0
    minutes: float = 0.0
    today: float = 0.0
    why_not: str | None = None
    skills: dict[str, LiveSkill] = {}


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer. `label` None: cannot tell."""

    label: str | None
    confidence: float | None = None
    seconds: float | None = None
    reason: str = ""
    comment: str = ""


class LiveBelief(msgspec.Struct, frozen=True):
    """A verdict as a model has it, the belief behind it, and who was heard."""

    label: str
    belief: dict[str, float]
    asked: list[str]


class LiveOtherwise(msgspec.Struct, frozen=True):
    """The verdict as it `stands` and after a change, both by today's model; `next`: whom the rule would ask then;
    `says`: the same in sentences. A verdict of a person with the right to it stands whatever is changed.
    """

    id: str
    state: str
    stands: LiveBelief
    otherwise: LiveBelief
    changes: bool
    next: dict[str, Any] | None
    says: str = ""


class LiveStory(msgspec.Struct, frozen=True):
    """Steps of a case in order; `next`: what to give as `after` for more, None at the end."""

    id: str
    state: str
    steps: list[dict[str, Any]]
    next: int | None


class LiveLimit(msgspec.Struct, frozen=True):
    """A limit, what is left of it, and its price: what one more unit would bring, in utility. `told`: the limit that was set, where a
    lower one is in force, and `why`.
    """

    limit: float
    left: float
    price: float
    told: float | None = None
    why: str | None = None


class Resumed(msgspec.Struct, frozen=True):
    """Whether a stop is over, or who has to say so too."""

    resumed: bool
    needs: str | None


class Gone(msgspec.Struct, frozen=True):
    """Cases that were erased, and those that are still open: cancel them, or wait until they are final, and ask again."""

    erased: list[str]
    open: list[str]


class LiveEvents(msgspec.Struct, frozen=True):
    """A page of events; `next`: what to give as `after` for more. An empty page may have more behind it, while `next` moves."""

    events: list[dict[str, Any]]
    next: str


class LiveLearning(msgspec.Struct, frozen=True):
    """`outcomes` that are known; the models have `learnt` from so many, and learn anew at `next` (None: no more); `is_due`: they learn now,
    or are about to.
    """

    outcomes: int
    learnt: int
    next: int | None
    is_due: bool


class LiveShare(msgspec.Struct, frozen=True):
    """So often `yes`, `of` so many; the mean of its posterior, with an interval of 95 %."""

    yes: int
    of: int
    mean: float
    mean_95: tuple[float, float]


class LivePersonReliance(msgspec.Struct, frozen=True):
    """How far a person follows advice; `looks_like`: fast, follower, ignorer, careful or open (docs/advice.md)."""

    id: str
    looks_like: str
    simulated: bool
    answers: int
    planted: int
    follows_wrong: LiveShare
    follows_right: LiveShare
    put_right: LiveShare
    kept_right: LiveShare
    changes: LiveShare
    misled: LiveShare
    right_alone: LiveShare
    right_shown: LiveShare
    too_fast: LiveShare
    hasty: LiveShare


class LiveReliance(msgspec.Struct, frozen=True):
    """Of all people; of all `answers`, those given with advice in sight, and those with planted advice."""

    people: list[LivePersonReliance]
    answers: int
    with_advice: int
    planted: int


class LiveWhatIf(msgspec.Struct, frozen=True):
    """none, running (`progress`: 0 to 1), done (`result`), failed (`problem`) or cancelled; `asked`: what is supposed."""

    state: str
    asked: dict[str, Any] | None = None
    progress: float | None = None
    result: dict[str, Any] | None = None
    problem: str | None = None


class LiveBoard(msgspec.Struct, frozen=True):
    """What the board shows, as docs/board.md says; `place`: an event id, all before which is in it."""

    at: float
    place: str
    kinds: list[str]
    cases: dict[str, int]
    queue: dict[str, Any]
    limits: dict[str, dict[str, Any]]
    models: list[dict[str, Any]]
    learning: dict[str, Any]
    machines: list[dict[str, Any]]
    people: list[dict[str, Any]]
    quality: dict[str, Any]
    kinds_quality: dict[str, Any]
    agreement: dict[str, Any]
    groups: dict[str, Any]
    rules: dict[str, Any]
    stopped: dict[str, str]


class Invitation(msgspec.Struct, frozen=True):
    """The code by which an account gets its password; `expires`: seconds since 1970."""

    code: str
    account: str
    role: str
    expires: float


def refused(content: bytes, status: int) -> MindshareError:
    """The error that a reply tells."""
    try:
        told = msgspec.json.decode(content)["error"]
        error = ERRORS.get(told["code"], MindshareError)(told["message"])
        if isinstance(error, NotNow):
            error.until = told.get("until")
        if isinstance(error, Weaker):
            error.no_longer, error.waits = list(told.get("no_longer", ())), int(told.get("waits", 0))
        return error
    except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError):
        return MindshareError(f"The service refused the request ({status}) and did not say why.")
