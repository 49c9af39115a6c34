"""Who does what today: the rule on an unfinished pile, as one allocation within hard limits, with its certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from mindshare.core.across_kinds import learn_kinds
from mindshare.core.allocation.allocate import Plan, allocate
from mindshare.core.belief.holdout import Learner
from mindshare.core.cost import check_limits, resources
from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import Answers, History, Team
from mindshare.core.kinds import cases_of_kinds, kind_at, parts
from mindshare.core.records import Allocation, Budget

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
BLOCK_ROWS = 400_000  # possible questions held at a time
ROUNDED = 1e-6  # of a value, which has seven digits


class Policy:
    """The rule, learnt from one history: ``Policy(team).fit(history)``, then ``plan(open_cases, budget)``.

    `machines_always`: all machines have answered an open case before people are planned for it (their answers are in
    the open pile); False also learns what a case is worth before its machines have spoken; None: where machines use no
    limited resource. `attention` learns a second family of belief, which is in the race
    (`machines.belief.answer_attention.AnswerAttention`).
    Learned: `models_` (kind -> `Model`; of one kind the name is ""), `resources_` (what a budget may limit).
    """

    def __init__(
        self,
        team: Team,
        seed: int = 0,
        machines_always: bool | None = None,
        attention: Learner | None = None,
    ) -> None:
        self.team, self.seed, self.machines_always, self.attention = team, seed, machines_always, attention

    def fit(self, history: History) -> Policy:
        """Learn from the cases whose truth is known."""
        self.models_ = learn_kinds(
            history, seed=self.seed, machines_always=self.machines_always, attention=self.attention
        )
        self.resources_ = resources(history)
        self.agent_id_ = history.agent_id
        self.is_person_ = history.is_person
        self.active_of_ = {
            part.kind: np.unique(history.answers.agent[part.rows]).astype(np.int64) for part in parts(history)
        }
        self.active_ = np.unique(np.concatenate(list(self.active_of_.values())))
        return self

    def plan(self, open_cases: History, budget: Budget) -> OpenPlan:
        """One question (or none) a case, worth most together within every limit of `budget`.

        An agent may be planned for any case of a kind that it has answered before, but not for a case that it has
        answered; costs are expected ones. Raises MindshareError for a limit on what nobody uses and for a kind of case
        that the history has none of, and Infeasible as `allocate` does.
        """
        check_limits(budget.limit, self.resources_)
        table = _Table.blank(len(open_cases), 1 + len(self.active_))
        for cases in self._blocks(open_cases):
            self._fill(table, open_cases, cases)
        if "human_answers" in budget.limit:
            people = np.flatnonzero(self.is_person_[self.active_])
            table.cost["human_answers"] = {int(1 + k): 1.0 for k in people}
        cost = _scalars(table.cost, table.allowed)
        plan = allocate(table.value, cost, dict(budget.limit), allowed=table.allowed)
        return OpenPlan(self, open_cases, plan, table.value, cost, table.start, budget)

    def _blocks(self, open_cases: History) -> Iterator[I64]:
        """Cases of one kind, so many at a time that their possible questions fit into memory."""
        for cases in cases_of_kinds(open_cases):
            step = max(1, BLOCK_ROWS // max(len(self.active_), 1))
            for low in range(0, len(cases), step):
                yield cases[low : low + step]

    def _fill(self, table: _Table, open_cases: History, cases: I64) -> None:
        """Values, vetoes and expected costs of every agent on these cases, which are of one kind."""
        block = open_cases.take(cases)
        kind = kind_at(block, 0)
        if kind not in self.models_:
            raise MindshareError(
                f"Case '{block.case_id[0]}' is of kind '{kind}', of which the history has no case; it has "
                f"{listed(self.models_)}."
            )
        asked, known = possible(block, self.active_of_[kind])
        model, part = self.models_[kind], parts(asked)[0]
        stage = model.open(part.history)
        rows = np.flatnonzero(~known)
        case = cases[stage.opened.case[rows]]
        column = 1 + np.searchsorted(self.active_, asked.answers.agent[rows])
        worth = model.worth(stage, known, rows)
        table.value[case, column] = worth
        # what is worth nothing is not bought, even at price zero
        table.allowed[case, column] = worth > 0
        table.start[cases] = model.verdicts(stage, known) + part.first
        for resource, spent in model.speed.expected(part.history).items():
            table.charge(resource, case, column, spent[rows])


class _Table(NamedTuple):
    """What `allocate` is asked about; option 0 is the stop, option 1 + k the k-th agent that may be asked."""

    value: NDArray[np.float32]  # (N, options)
    allowed: Mask
    cost: dict[str, dict[int, float | F64]]
    start: NDArray[np.int32]  # (N,) verdict if nobody is asked

    @staticmethod
    def blank(n: int, options: int) -> _Table:
        """Nobody may be asked yet."""
        allowed = np.zeros((n, options), bool, order="F")
        allowed[:, 0] = True
        return _Table(np.zeros((n, options), np.float32, order="F"), allowed, {}, np.zeros(n, np.int32))

    def charge(self, resource: str, case: I64, column: I64, spent: F64) -> None:
        """Write what these questions are expected to use."""
        for k in np.unique(column[spent > 0]):
            mine = column == k
            whole = self.cost.setdefault(resource, {}).setdefault(int(k), np.zeros(len(self.value)))
            assert isinstance(whole, np.ndarray)
            whole[case[mine]] = spent[mine]


def possible(history: History, agents: NDArray[np.int64]) -> tuple[History, Mask]:
    """The same cases with a row for every one of `agents` (sorted), answered or not, and which rows are known."""
    a, n, k = history.answers, len(history), len(agents)
    place = np.full(len(history.agent_id), -1, np.int64)
    place[agents] = np.arange(k)
    source = np.flatnonzero(place[a.agent] >= 0)
    target = a.case[source].astype(np.int64) * k + place[a.agent[source]]

    def spread(column: NDArray[np.generic], empty: float) -> NDArray[np.generic]:
        out = np.full(n * k, empty, column.dtype)
        out[target] = column[source]
        return out

    known = np.zeros(n * k, bool)
    known[target] = True
    answers = Answers(
        indptr=np.arange(n + 1, dtype=np.int64) * k,
        case=np.repeat(np.arange(n, dtype=np.int32), k),
        agent=np.tile(agents.astype(np.int32), n),
        label=spread(a.label, -1),  # type: ignore[arg-type]
        seconds=spread(a.seconds, np.nan),  # type: ignore[arg-type]
        confidence=spread(a.confidence, np.nan),  # type: ignore[arg-type]
        proba_row=spread(a.proba_row, -1),  # type: ignore[arg-type]
        proba=a.proba,
    )
    return replace(history, answers=answers), known


def _scalars(cost: dict[str, dict[int, float | F64]], allowed: Mask) -> dict[str, dict[int, float | F64]]:
    """A cost that is the same wherever the agent may be asked is one number."""
    out: dict[str, dict[int, float | F64]] = {}
    for resource, columns in cost.items():
        out[resource] = {}
        for option, amount in columns.items():
            if isinstance(amount, float):
                out[resource][option] = amount
                continue
            used = np.unique(amount[allowed[:, option]])
            out[resource][option] = float(used[0]) if len(used) == 1 else amount
    return out


@dataclass(frozen=True)
class OpenPlan:
    """A plan for open cases: the certificate of `allocate`, and every allocation with its numbers and its reason."""

    policy: Policy
    cases: History
    certificate: Plan
    values: NDArray[np.float32]  # (N, 1 + agents): 0 = stop
    costs: Mapping[str, Mapping[int, float | F64]]
    start: NDArray[np.int32]  # (N,) verdict if nobody is asked
    budget: Budget

    choice = property(lambda self: self.certificate.choice)
    price = property(lambda self: self.certificate.price)
    value = property(lambda self: self.certificate.value)
    bound = property(lambda self: self.certificate.bound)
    gap = property(lambda self: self.certificate.gap)
    usage = property(lambda self: self.certificate.usage)
    violation = property(lambda self: self.certificate.violation)

    @property
    def allocations(self) -> Sequence[Allocation]:
        """(N,) allocations in the order of doing: the largest net first, then the cases that are left alone."""
        return _Allocations(self)

    def explain(self, i: int) -> str:
        """Why the i-th of `allocations` is what it is, in one sentence with its numbers."""
        case = int(self.order[i])
        allocation = self.allocation(case, float(self.net[case]))
        if allocation.agent_id is not None:
            paid = ", ".join(f"{amount:.3g} {r}" for r, amount in allocation.cost.items()) or "nothing"
            scarce = any(allocation.price.get(r, 0.0) > 0 for r in allocation.cost)
            at = " at today's prices" if scarce else ", as nothing that it uses is scarce"
            return (
                f"{allocation.agent_id}'s answer is worth {allocation.value:.3f} and uses {paid}: "
                f"net {round(allocation.net, 3) + 0.0:+.3f}{at}."  # never -0.000
            )
        verdict = self.cases.team.labels[self.start[case]]
        best = float(self.values[case].max())
        if best <= 0:
            return f"No answer could be shown to improve on '{verdict}'."
        if self.crowded_out(np.array([case]))[0]:
            return f"The best answer is worth {best:.3f}, but does not fit into what is left; '{verdict}' stands."
        return f"The best answer is worth {best:.3f}, less than it costs today; '{verdict}' stands."

    def used_up(self, resource: str) -> bool:
        """Whether no more is left of a limit than the dearest answer uses; only then does its price say what more would bring."""
        dearest = 0.0
        for option, amount in self.costs.get(resource, {}).items():
            used = np.broadcast_to(amount, len(self.values))[self.values[:, option] > 0]
            dearest = max(dearest, float(used.max(initial=0.0)))
        return self.budget.limit[resource] - self.usage.get(resource, 0.0) <= dearest

    def crowded_out(self, cases: I64) -> Mask:
        """(n,) which of these cases, left alone, have an answer that is worth its price and does not fit."""
        net = self.values[cases].astype(np.float64)
        for resource, columns in self.costs.items():
            for option, amount in columns.items():
                used = amount if isinstance(amount, float) else np.asarray(amount)[cases]
                net[:, option] -= self.price.get(resource, 0.0) * used
        return np.asarray(net.max(axis=1) > ROUNDED)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """(N,) case numbers in the order of doing."""
        return np.lexsort((-self.net, self.choice == 0))

    @cached_property
    def net(self) -> F64:
        """(N,) value less price times cost of each case's choice."""
        rows = np.arange(len(self.choice))
        net = self.values[rows, self.choice].astype(np.float64)
        for resource, columns in self.costs.items():
            price = self.price.get(resource, 0.0)
            if price > 0:
                for option, amount in columns.items():
                    mine = self.choice == option
                    net[mine] -= price * (amount if isinstance(amount, float) else np.asarray(amount)[mine])
        return np.where(np.abs(net) <= ROUNDED, 0.0, net)

    def allocation(self, case: int, net: float) -> Allocation:
        """The allocation of one case."""
        option = int(self.choice[case])
        cost = {
            r: float(a if isinstance(a := columns[option], float) else np.asarray(a)[case])
            for r, columns in self.costs.items()
            if option in columns
        }
        agent = None if option == 0 else self.policy.agent_id_[self.policy.active_[option - 1]]
        return Allocation(
            case_id=self.cases.case_id[case],
            agent_id=agent,
            value=float(self.values[case, option]),
            cost=cost,
            price={r: float(self.price.get(r, 0.0)) for r in self.budget.limit},
            net=net,
        )


class _Allocations(Sequence[Allocation]):
    """Built one at a time: a million records are not held at once."""

    def __init__(self, plan: OpenPlan) -> None:
        self._plan = plan

    def __len__(self) -> int:
        return len(self._plan.order)

    @overload
    def __getitem__(self, i: int) -> Allocation: ...
    @overload
    def __getitem__(self, i: slice) -> list[Allocation]: ...
    def __getitem__(self, i: int | slice) -> Allocation | list[Allocation]:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        case = int(self._plan.order[i])
        return self._plan.allocation(case, float(self._plan.net[case]))
