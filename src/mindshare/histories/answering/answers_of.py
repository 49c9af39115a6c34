"""A machine answers cases: out of fold where it can learn anew, else only those that it has not seen."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from mindshare.core.errors import MindshareError, counted, listed
from mindshare.core.folds import split
from mindshare.core.history import History
from mindshare.core.records import Budget
from mindshare.histories.answering.answered import Answered
from mindshare.histories.answering.decided import I64, How, folds_of, joined, left_out, name_of
from mindshare.histories.answering.kept import Kept
from mindshare.histories.answering.labels import places_of
from mindshare.histories.answering.near import near
from mindshare.histories.answering.reads import Inputs, inputs_of
from mindshare.histories.answering.trained_on import NONE, seen_in
from mindshare.machines.agents.measured import cost_entries, rounded, sizes_of, timed
from mindshare.machines.ladder.rungs import some
from mindshare.machines.opened import Opened, must_tell_labels, opened
from mindshare.machines.parts.cut import counting
from mindshare.machines.settings import check_names
from mindshare.machines.task import Floats

AT_ONCE = 256  # cases that are answered before they are kept
MOST_LETTERS = 300  # of what a machine raises
IN_A_ROW = 3  # questions that fail one after the other: the machine cannot be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is to be answered, and where the answers go."""

    cases: History
    machine: Opened
    inputs: Inputs
    kept: Kept
    how: How
    cut: Counter[str] = field(default_factory=Counter)  # what is longer than what is read -> how many cases

    def tell(self, what: str) -> None:
        if (told := self.how.get("progress")) is not None:
            told(float(self.kept.answered.mean()), what)


def answers_of(model: Any, cases: History, **how: Unpack[How]) -> Answered:
    """The answers of a machine to cases, with probabilities and what an answer costs as measured here; `.history` holds them.

    `cases`: a history, or open cases. `model`: a file of `save_model`, skops or ONNX, a Hugging Face folder, an http address, or an
    object with `predict_proba`. Where it can learn and truths are known, it learns anew for each fold; cases of one parent and
    near-duplicates are never learnt from and answered at once. Else it answers as it is, and `trained_on` says which cases it has
    seen: these are left out.
    """
    check_names(how, How, "answers_of")
    if len(cases.team.questions) > 1:
        raise MindshareError(
            f"The cases are of several kinds ({', '.join(cases.team.kinds)}), and a machine answers one question: say which with"
            " --model KIND=MODEL, once for each kind that is to be answered."
        )
    machine = opened(model, how.get("labels"), how.get("trusts", ()))
    must_tell_labels(machine)
    name = name_of(machine, cases, how.get("name"))
    inputs = inputs_of(cases, machine, how.get("column", ()), how.get("images"))
    groups = near(inputs.marks or inputs.X, cases.parent.astype(np.int64))
    folds, said = folds_of(machine, cases, how)
    said += [*inputs.said, *joined(cases, groups)]
    asked, kept_rows = replace(cases, parent=groups.astype(np.int32)), np.arange(len(cases))
    trained_on = how.get("trained_on")
    if trained_on not in (None, NONE):
        assert trained_on is not None
        seen = seen_in(trained_on, cases, inputs, groups)
        kept_rows = np.flatnonzero(~seen)
        said += left_out(machine, int(seen.sum()), len(cases), trained_on)
    asked, inputs = asked.take(kept_rows), inputs.take(kept_rows)
    kept = Kept(how.get("keep"), _key(machine, asked, inputs, how), (len(asked), len(cases.team.labels)))
    if kept.before:
        said.append(f"{counted(kept.before, 'answer')} had been kept when the work was stopped.")
    work = _Work(cases=asked, machine=machine, inputs=inputs, kept=kept, how=how)
    said += _out_of_fold(work, folds) if folds else _as_it_is(work)
    said += [f"{many:,} {what}; what comes after that is not read." for what, many in work.cut.items()]
    return Answered(agent=name, cases=asked, proba=kept.proba, cost=kept.cost, said=tuple(said))


def _out_of_fold(work: _Work, folds: int) -> list[str]:
    """Each fold is answered by a machine that learnt from the others."""
    cases, labels = work.cases, np.array(work.cases.team.labels)
    parts = split(cases, folds, work.how.get("seed", 0))
    if len(parts) < 2:
        raise MindshareError(
            "All cases are nearly the same or of one parent, so that no fold is left to learn from."
        )
    for k, (others, test) in enumerate(parts):
        left, fit = test[~work.kept.answered[test]], others[cases.truth[others] >= 0]
        if not len(left):
            continue
        if len(np.unique(cases.truth[fit])) < 2:
            raise MindshareError(
                f"Fold {k + 1} leaves cases of fewer than two labels to learn from; name fewer --folds, or more truths."
            )
        work.tell(f"learning, fold {k + 1} of {len(parts)}")
        with _in_a_sentence(work), counting(Counter()):  # what is cut is counted where it is answered
            limit = work.how.get("limit", {})
            within: dict[str, Any] = {"budget": Budget(limit=limit)} if limit else {}
            if work.machine.grouped:  # where it judges itself, those too keep cases of one parent together
                within |= {"groups": cases.parent[fit]}
            machine = work.machine.model.fit(some(work.inputs.X, fit), labels[cases.truth[fit]], **within)
        _ask(work, machine, left, f"fold {k + 1} of {len(parts)}", {})
        if not work.kept.cost:
            work.kept.charge(cost_entries(machine, some(work.inputs.X, left)))  # timed as it learnt
    return [] if len(parts) == folds else [f"{len(parts)} folds, for there are no more parents."]


def _as_it_is(work: _Work) -> list[str]:
    """All cases are answered by the machine as it came."""
    left = np.flatnonzero(~work.kept.answered)
    machine, merge = work.machine.model, work.how.get("merge", {})
    failed = _ask(work, machine, left, "answering", merge) if len(left) else []
    if not work.kept.cost:
        work.kept.charge(_measured(work, machine))
    silent = [
        label
        for label in work.cases.team.labels
        if label not in {merge.get(w, w) for w in work.machine.labels}
    ]
    said = (
        [f"'{work.machine.name}' never says {', '.join(silent)}, which it did not learn."] if silent else []
    )
    if failed:
        said.append(f"{counted(len(failed), 'case')} got no answer: {failed[0]}")
    return said


@contextmanager
def _in_a_sentence(work: _Work) -> Iterator[None]:
    """What a machine raises, as one sentence with the columns that it was handed."""
    try:
        yield
    except (MindshareError, MemoryError):
        raise
    except Exception as wrong:
        raise MindshareError(
            f"The machine '{work.machine.name}', handed {listed(work.inputs.columns, 20)} of each case, raised"
            f" {type(wrong).__name__}: {' '.join(str(wrong).split())[:MOST_LETTERS]}"
        ) from wrong


def _measured(work: _Work, machine: Any) -> dict[str, float]:
    """What an answer costs: of questions that are paid for, as those that were asked did; of all else, timed now."""
    X = work.inputs.X
    if work.machine.one_by_one:
        return cost_entries(machine, X)
    with counting(Counter()):
        found = timed(machine.predict_proba, X).expected(sizes_of(X))
    return {resource: rounded(float(np.mean(used))) for resource, used in found.items()}


def _ask(work: _Work, machine: Any, left: I64, what: str, merge: Mapping[str, str]) -> list[str]:
    """Asks about the cases `left`, part by part, and keeps each part; what single questions failed of is returned."""
    words = [str(label) for label in np.asarray(machine.classes_).tolist()]
    places = places_of(words, work.cases.team.labels, merge, work.machine.name)
    step, failed, row = 1 if work.machine.one_by_one else AT_ONCE, list[str](), 0
    for at in range(0, len(left), step):
        part = left[at : at + step]
        work.tell(what)
        try:
            with _in_a_sentence(work), counting(work.cut):
                told: Floats = machine.predict_proba(some(work.inputs.X, part))
        except MindshareError as wrong:
            failed, row = [*failed, str(wrong)], row + 1
            if not work.machine.one_by_one or row == IN_A_ROW:
                raise
            continue
        row, proba = 0, np.zeros((len(part), len(work.cases.team.labels)))
        proba[:, places] = told
        work.kept.add(part, proba)
    return failed


def _key(machine: Opened, cases: History, inputs: Inputs, how: How) -> str:
    """Which run this is: the machine, the cases, what it reads and how it learns."""
    told, path = hashlib.sha256(machine.source.encode()), Path(machine.source)
    if machine.source and path.exists():
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            told.update(hashlib.sha256(file.read_bytes()).digest())
    named = [machine.name, *(str(how.get(name)) for name in ("folds", "labels", "limit", "merge", "seed"))]
    told.update(
        repr((cases.case_id, cases.truth.tolist(), cases.team.labels, inputs.columns, named)).encode()
    )
    return told.hexdigest()
