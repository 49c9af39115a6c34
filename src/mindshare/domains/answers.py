"""The agents of a domain as its team lists them, and what they said of its cases, as rows of a history's table of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mindshare.core.history import FloatArray
from mindshare.core.records import PEOPLE_MINUTES
from mindshare.domains.rounded import rounded

if TYPE_CHECKING:
    import polars as pl

    from mindshare.people.simulated import SimulatedPeople


def agents_with(
    machines: Mapping[str, Mapping[str, Any]], people: Sequence[str], minutes: object = None
) -> dict[str, dict[str, Any]]:
    """`agents` of team.yaml: machines (agent -> cost by resource), and people who all take `minutes`; None: not stated."""
    person = {"kind": "person"} | ({} if minutes is None else {"cost": {PEOPLE_MINUTES: minutes}})
    return {
        **{name: {"kind": "machine", "cost": dict(cost)} for name, cost in machines.items()},
        **{name: dict(person) for name in people},
    }


def answers_with(
    ids: Sequence[str],
    machines: Mapping[str, FloatArray],
    people: SimulatedPeople,
    labels: tuple[str, ...],
) -> pl.DataFrame:
    """What machines (agent -> (N, L) probabilities) and people said of every case, a row per answer."""
    import polars as pl

    parts = [answer_rows(ids, agent, proba, labels) for agent, proba in machines.items()]
    for k, agent in enumerate(people.agent_id):
        parts.append(answer_rows(ids, agent, np.eye(len(labels))[people.label[:, k]], labels))
    return pl.concat(parts)


def answer_rows(ids: Sequence[str], agent: str, proba: FloatArray, labels: tuple[str, ...]) -> pl.DataFrame:
    """Rows of answers; who says 0 or 1 of everything (a rule, a person) has no probabilities. The same chance for all
    labels is no answer, and has no row.
    """
    import polars as pl

    told = np.flatnonzero(np.ptp(proba, axis=1) > 0)
    ids, proba = [ids[int(i)] for i in told], proba[told]

    sure = bool(np.isin(proba, (0.0, 1.0)).all())
    columns = dict(zip(labels, rounded(proba).T, strict=True))
    return pl.DataFrame(
        {
            "case": ids,
            "agent": [agent] * len(ids),
            "answer": [labels[y] for y in proba.argmax(axis=1)],
            **{f"p:{label}": [None] * len(ids) if sure else column for label, column in columns.items()},
        },
        schema_overrides={f"p:{label}": pl.Float64 for label in labels},
    )
