"""Promises of what asking is worth: the gates of the kind pass it; the edge counts only for a first person, and what a machine that
speaks first brings only while nobody has spoken."""

from __future__ import annotations

import itertools

import numpy as np

from mindshare.core.asking.gate import open_gate, passed
from mindshare.core.asking.worth import _gated
from mindshare.core.belief.rows import Rows


def test_the_edge_counts_for_a_first_person_and_what_a_first_machine_brings_while_nobody_has_spoken() -> None:
    none, person = np.full(8, np.nan, np.float32), np.array([0, 0, 1, 1] * 2)
    case, agent = np.repeat([0, 1], 4).astype(np.int32), np.tile(np.arange(4, dtype=np.int32), 2)
    proba = np.full(8, -1, np.int32), np.zeros((0, 3), np.float32)
    rows = Rows(np.array([0, 4, 8]), case, agent, person, np.zeros(8, np.int32), none, none, *proba)
    people, machines = open_gate(), open_gate()._replace(gained=0.5 * open_gate().gained)
    first, unit, stakes = np.array([0.2, -0.1, 9.0, 9.0]), 2.0, np.array([1.0, 3.0])
    value, edge, weight, every = np.linspace(0.1, 0.8, 8), np.linspace(0.9, 0.2, 8), 0.3, np.arange(8)
    for spoken in itertools.product([False, True], repeat=4):
        known = np.array([*spoken, *spoken[::-1]])
        worth = _gated(people, machines, first, unit, value, edge, weight, rows, known, every, stakes)
        for r in range(8):
            heard = [int(known[case == case[r]][person[:4] == g].sum()) for g in range(2)]
            stacked = (1 - weight) * value[r] + weight * edge[r] if person[r] and not heard[1] else value[r]
            more = first[agent[r]] if not person[r] and not sum(heard) else 0.0
            promised = max(stacked / unit + more, 0.0)
            gate, spoke = (people if person[r] else machines), np.array([heard[person[r]]])
            gained = passed(gate, np.array([promised]), spoke)[0]
            assert np.isclose(worth[r], gained * unit * stakes[case[r]])
