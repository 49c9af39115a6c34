"""The shapes of responses, as they stand in the OpenAPI; what they tell is made in `telling.py`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from mindshare.web.asked import RoleName, State


class Out(BaseModel):
    """What is told."""


class Error(Out):
    """Why a request was not done."""

    class Told(Out):
        """A code for programs, a sentence for people."""

        model_config = ConfigDict(extra="allow")
        code: str
        message: str

    error: Told


class Verdict(Out):
    """A verdict: provisional until `final_at`; it `stands` unless the case is open again."""

    label: str
    version: int
    belief: dict[str, float]
    by: str
    final_at: float
    stands: bool


class CaseOut(Out):
    """A case as it stands."""

    id: str
    state: State
    kind: str
    at: float
    outcome: str | None
    verdict: Verdict | None


class Heard(Out):
    """What a person is told of a case that he or she answered: nothing that others said. `undo_until`: seconds since 1970."""

    id: str
    state: State
    undo_until: float | None


class CasesOut(Out):
    """A page of cases, in the order of their coming; `next`: what to give as `after` for more, null at the end."""

    cases: list[CaseOut]
    next: int | None


class Leased(Out):
    """A case as a person sees it. `token` comes back with the answer. `advice`: what machines say is there for the asking, on `request` or
    `after` an own answer; `planted`: some practice cases of the kind come with advice that is wrong on purpose.
    """

    case: str
    kind: str
    token: int
    until: float
    labels: list[str]
    guidelines: str
    features: dict[str, Any]
    show: Any
    deadline: float | None
    why: str
    answers: list[dict[str, Any]] = []  # of machines, where the person is shown them
    advice: str = ""
    planted: bool = False
    ahead: bool = False  # kept for the person, and not shown yet
    template: list[dict[str, str]] = []  # how the case is laid out, where the kind says so
    keys: dict[str, str] = {}  # label -> the key that gives it, where the kind says so
    blur: bool = False  # it is blurred until the person wants to look


class Limit(Out):
    """`left`: what may still be spent, below 0 where more than the limit is spent already; `price`: what one more unit would bring, in
    utility, at the last decision. `told`: the limit that was set, where a lower one is in force, and `why`.
    """

    limit: float
    left: float
    price: float
    told: float | None = None
    why: str | None = None


class LimitsOut(Out):
    """Of each resource that is limited."""

    limits: dict[str, Limit]


class Known(Out):
    """How good and how fast a person is on one kind in one manner, by outcomes and gold probes; each with an interval of 95 %."""

    right: int
    wrong: int
    accuracy: float
    accuracy_95: tuple[float, float]
    seconds: float
    seconds_95: tuple[float, float]


class Skill(Known):
    """The same of a person who answers alone; `shown`: of the same person who is shown what machines say. In either manner: `probes`,
    and `learnt`, answers that the model itself has counted, the history that it began with included (`learnt_right` of them were right).
    """

    probes: int
    learnt: int
    learnt_right: int
    standing: Literal["open", "qualified", "not_qualified"]
    shown: Known | None = None


class Agent(Out):
    """A machine, or a person. `waits`: asked for a case and has none yet; `has`: cases in hand; `today`: minutes of attention
    today; `why_not`: why no case is given now; `skills`: of each kind.
    """

    id: str
    kind: Literal["machine", "person"]
    active: bool
    on_shift: bool | None = None
    waits: bool | None = None
    has: int | None = None
    answers: int | None = None
    minutes: float | None = None
    today: float | None = None
    why_not: str | None = None
    skills: dict[str, Skill] | None = None


class AgentsOut(Out):
    """All of the team."""

    agents: list[Agent]


class ErasedOut(Out):
    """Cases about the subject that were erased, and those that are open: cancel them, or wait until they are final, and ask again."""

    erased: list[str]
    open: list[str]


class ForgottenOut(Out):
    """How many comments and reasons of a person were erased."""

    erased: int


class StopsOut(Out):
    """Kind ("" = all) -> the account that stopped it."""

    stopped: dict[str, str]


class ResumeOut(Out):
    """Whether the stop is over, or whose confirmation it still needs."""

    resumed: bool
    needs: str | None


class EventsOut(Out):
    """Events in their order, each with an `id`; `next`: what to give as `after` for more."""

    events: list[dict[str, Any]]
    next: str


class Account(Out):
    """An account; `password`: whether it has one."""

    id: str
    name: str
    role: RoleName
    active: bool
    password: bool
    made: float


class AccountsOut(Out):
    """All accounts."""

    accounts: list[Account]


class Token(Out):
    """What is known of a token; never the token itself."""

    id: int
    account: str
    name: str
    role: RoleName
    session: bool
    made: float
    expires: float | None


class TokensOut(Out):
    """Tokens that are good."""

    tokens: list[Token]


class TokenOut(Out):
    """A new token; it is told this once."""

    id: int
    token: str
    account: str
    role: RoleName
    expires: float | None


class InvitationOut(Out):
    """An invitation; its code is told this once."""

    code: str
    account: str
    role: RoleName
    expires: float


class Hook(Out):
    """A webhook; `failing`: attempts in a row that did not arrive; `after`: the last event that did."""

    id: int
    url: str
    events: list[str]
    by: str
    made: float
    after: str
    failing: int


class NewHookOut(Hook):
    """A new webhook, with the secret that its deliveries are signed with; it is told this once."""

    secret: str


class HooksOut(Out):
    """All webhooks."""

    webhooks: list[Hook]


class Delivery(Out):
    """One attempt: its first and last event, what came back."""

    first: str
    last: str
    at: float
    attempt: int
    status: int | None
    problem: str
    seconds: float


class DeliveriesOut(Out):
    """The last attempts, newest first."""

    deliveries: list[Delivery]


class Health(Out):
    """Whether the service takes anything, and if not why."""

    well: bool
    problem: str | None


class Done(Out):
    """That it was done."""

    done: bool
