"""Mindshare decides who attends to each case, machine or person, and spends attention where it is worth most.

Names arrive when they are first used: `import mindshare` reads no library.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own takes a moment in which Ctrl-C would be a traceback

if TYPE_CHECKING:
    from mindshare.core.across_kinds import learn_kinds, shared_demand
    from mindshare.core.allocation.allocate import Plan, allocate
    from mindshare.core.errors import (
        HistoryError,
        Infeasible,
        MindshareError,
        ModelError,
        NotLearnable,
        OverBudget,
        StoreError,
    )
    from mindshare.core.history import History, Question, Team
    from mindshare.core.join_kinds import join_kinds
    from mindshare.core.learn import learn
    from mindshare.core.live import (
        OpenCases,
        hear,
        open_cases,
        verdict,
        verdicts,
    )
    from mindshare.core.model import Model
    from mindshare.core.pacing.arrivals import Clocked, Counted
    from mindshare.core.pacing.decision import Decision
    from mindshare.core.pacing.pacer import Pacer
    from mindshare.core.plan import Policy
    from mindshare.core.questions import (
        ask_all_within,
        ask_within,
        explain_open,
        next_question,
        next_questions,
    )
    from mindshare.core.records import Agent, Allocation, Answer, Budget, Case, Cost, Outcome, Verdict
    from mindshare.core.update import after
    from mindshare.histories.answering.answers_of import answers_of
    from mindshare.histories.answering.by_kind import answers_by_kind
    from mindshare.histories.read import read_history, read_open_cases
    from mindshare.store.model_file import load_model, save_model
    from mindshare.web.client import AsyncClient, Client

__all__ = [
    "Agent",
    "Allocation",
    "Answer",
    "AsyncClient",
    "Budget",
    "Case",
    "Client",
    "Clocked",
    "Cost",
    "Counted",
    "Decision",
    "History",
    "HistoryError",
    "Infeasible",
    "MindshareError",
    "Model",
    "ModelError",
    "NotLearnable",
    "OpenCases",
    "Outcome",
    "OverBudget",
    "Pacer",
    "Plan",
    "Policy",
    "Question",
    "StoreError",
    "Team",
    "Verdict",
    "after",
    "allocate",
    "answers_by_kind",
    "answers_of",
    "ask_all_within",
    "ask_within",
    "explain_open",
    "hear",
    "join_kinds",
    "learn",
    "learn_kinds",
    "load_model",
    "next_question",
    "next_questions",
    "open_cases",
    "read_history",
    "read_open_cases",
    "save_model",
    "shared_demand",
    "verdict",
    "verdicts",
]

_HOME = {
    "core.allocation.allocate": ("Plan", "allocate"),
    "core.errors": (
        "HistoryError",
        "Infeasible",
        "MindshareError",
        "ModelError",
        "NotLearnable",
        "OverBudget",
        "StoreError",
    ),
    "core.history": ("History", "Question", "Team"),
    "core.join_kinds": ("join_kinds",),
    "core.across_kinds": ("learn_kinds", "shared_demand"),
    "core.learn": ("learn",),
    "core.live": (
        "OpenCases",
        "hear",
        "open_cases",
        "verdict",
        "verdicts",
    ),
    "core.model": ("Model",),
    "core.questions": ("ask_all_within", "ask_within", "explain_open", "next_question", "next_questions"),
    "core.update": ("after",),
    "store.model_file": ("load_model", "save_model"),
    "core.pacing.arrivals": ("Clocked", "Counted"),
    "core.pacing.decision": ("Decision",),
    "core.pacing.pacer": ("Pacer",),
    "core.plan": ("Policy",),
    "core.records": ("Agent", "Allocation", "Answer", "Budget", "Case", "Cost", "Outcome", "Verdict"),
    "histories.answering.answers_of": ("answers_of",),
    "histories.answering.by_kind": ("answers_by_kind",),
    "histories.read": ("read_history", "read_open_cases"),
    "web.client": ("AsyncClient", "Client"),
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("mindshare")
    for module, names in _HOME.items():
        if name in names:
            from importlib import import_module

            found: object = getattr(import_module(f"mindshare.{module}"), name)
            globals()[name] = found  # asked for once
            return found
    raise AttributeError(f"module 'mindshare' has no attribute '{name}'. It has: {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
