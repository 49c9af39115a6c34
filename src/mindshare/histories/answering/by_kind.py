"""Several kinds of cases: those of each kind are answered by the machine that was named for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mindshare.core.errors import MindshareError, counted, listed
from mindshare.core.history import History
from mindshare.core.kinds import Part, parts
from mindshare.histories.answering.answered import Answered
from mindshare.histories.answering.answers_of import answers_of
from mindshare.histories.answering.decided import I64, How
from mindshare.machines.opened import opened


class AnsweredKinds(NamedTuple):
    """`history`: all cases with all answers, also those of kinds without a machine; `of`: what each kind's machine said; `said`."""

    history: History
    of: dict[str, Answered]
    said: tuple[str, ...]


def answers_by_kind(models: Mapping[str, Any], cases: History, **how: Unpack[How]) -> AnsweredKinds:
    """`models`: kind -> machine, as for `answers_of`, which is asked about the cases of that kind; so is `how`.

    Kinds without a machine keep the answers that they have. Refused for a kind that there is not, and where two machines, or a machine
    and somebody of the history, would be called the same. `keep` is the beginning of the name of a file for each kind.
    """
    kinds = cases.team.kinds
    if len(kinds) == 1:
        raise MindshareError("The cases are all of one kind: name one machine, without a kind.")
    if unknown := [kind for kind in models if kind not in kinds]:
        raise MindshareError(
            f"There is no kind '{unknown[0]}'; the cases are of {listed(kinds, 20)}: say --model KIND=MODEL for one of them."
        )
    if how.get("name"):
        raise MindshareError("A name is for one machine; those of several kinds are called as their files.")
    machines = {
        kind: opened(model, how.get("labels"), how.get("trusts", ())) for kind, model in models.items()
    }
    taken = list(cases.agent_id)
    for machine in machines.values():
        if machine.name in taken:
            raise MindshareError(
                f"'{machine.name}' is taken in this history: call the file of the machine otherwise."
            )
        taken.append(machine.name)
    whole, of, said = cases, dict[str, Answered](), list[str]()
    for part in parts(cases):
        if part.kind not in machines:
            said.append(
                f"{counted(len(part.cases), 'case')} of '{part.kind}' {'is' if len(part.cases) == 1 else 'are'} not answered."
            )
            continue
        told = answers_of(machines[part.kind], part.history, **_for_kind(how, kinds.index(part.kind)))
        of[part.kind] = told
        said += [f"{part.kind}: {sentence}" for sentence in told.said]
        whole = _put_back(whole, part, told)
    return AnsweredKinds(whole, of, tuple(said))


def _for_kind(how: How, number: int) -> How:
    keep = how.get("keep")
    return how if keep is None else {**how, "keep": Path(f"{keep}.{number + 1}")}


def _put_back(whole: History, part: Part, told: Answered) -> History:
    """The whole with these answers, without the cases that were left out, and with parents that keep near-duplicates together."""
    at = {case: i for i, case in enumerate(whole.case_id)}
    kept: I64 = np.array([at[case] for case in told.cases.case_id], np.int64)
    mine: I64 = np.array([at[case] for case in part.history.case_id], np.int64)
    proba = np.full((len(whole), len(whole.team.labels)), np.nan)
    proba[kept, part.first : part.first + told.proba.shape[1]] = told.proba
    joined = replace(whole, parent=_joined(whole.parent, told.cases.parent, kept))
    left_out = np.setdiff1d(mine, kept)
    stay = np.setdiff1d(np.arange(len(whole)), left_out)
    return replace(told, cases=joined.take(stay), proba=proba[stay]).history


def _joined(parent: NDArray[np.int32], groups: NDArray[np.int32], kept: I64) -> NDArray[np.int32]:
    """(N,) parents, where those of cases of one group have become the least of them."""
    pairs, size = np.unique(np.stack([groups, parent[kept]], axis=1), axis=0), int(parent.max()) + 1
    _, first, of = np.unique(pairs[:, 0], return_index=True, return_inverse=True)
    together = coo_array((np.ones(len(pairs)), (pairs[first[of], 1], pairs[:, 1])), (size, size))
    count, part = connected_components(together, directed=False)
    least = np.full(count, size)
    np.minimum.at(least, part, np.arange(size))
    return least[part[parent]].astype(np.int32)
