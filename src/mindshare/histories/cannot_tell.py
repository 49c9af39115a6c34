"""What a history cannot tell, one plain sentence each, so that no figure claims more than it covers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mindshare.core.cost import unstated, untimed
from mindshare.core.errors import NotLearnable, listed
from mindshare.core.history import FloatArray, History
from mindshare.core.kinds import cases_of_kinds, kind_at
from mindshare.core.records import MINUTES, PEOPLE_MINUTES
from mindshare.core.score import FEW
from mindshare.core.seat import person_of

FEW_ANSWERS = 30  # with fewer, an agent's accuracy is known to +-15 points at best
CLEAR = 0.05  # differences of shares below this change no conclusion, however certain
CERTAIN = 1e-3  # p-value: of a thousand histories without the bias, one is accused
Bools = NDArray[np.bool_]


def cannot_tell(history: History) -> tuple[str, ...]:
    """Sentences about what is missing or was seen for a chosen part of the cases only."""
    return tuple(
        sentence
        for judge in (
            _who_is_missing,
            _truth_for_some,
            _people_on_hard_cases,
            _few_answers,
            _unseen_labels,
            _no_parent,
        )
        if (sentence := judge(history))
    )


def must_be_judged(history: History) -> None:
    """Raises NotLearnable where no truth is known."""
    if not (history.truth >= 0).any():
        raise NotLearnable(
            "No case of this history has a known truth, so a backtest can judge nothing. `mindshare backtest HISTORY "
            "--truth-next 30` names the cases to find it out for; write it into the column 'truth' of the cases."
        )


def not_judged(history: History) -> tuple[str, ...]:
    """Sentences about what a backtest cannot judge because too few truths are known, or none of a kind of case."""
    known = history.truth >= 0
    judged = {kind_at(history, int(i[0])): int(known[i].sum()) for i in cases_of_kinds(history) if len(i)}
    out = [
        f"Of kind '{kind}' no truth is known: it is left out of all figures."
        for kind, count in judged.items()
        if not count
    ]
    if known.sum() < FEW:
        missing = "" if known.all() else "; `--truth-next` names the cases whose truth would narrow them most"
        out.append(
            f"The truth is known for fewer than {FEW} cases, so intervals are wide: they hold all that so few cases leave"
            f" possible{missing}."
        )
    return tuple(out)


def not_held(history: History, limits: Iterable[str]) -> tuple[str, ...]:
    """Sentences about answers of people that limits on minutes cannot hold, because nobody recorded their seconds."""
    limits = list(limits)
    held = _held(history, limits) & ~untimed(history)
    said = _no_minutes(never_timed(history, limits)), _median_minutes(history, held)
    return tuple(s for s in said if s)


def never_timed(history: History, limits: Iterable[str]) -> list[str]:
    """People whose minutes are limited, and whose answers never have seconds."""
    never = _held(history, limits) & untimed(history)
    return [history.agent_id[k] for k in np.flatnonzero(never)]


def _held(history: History, limits: Iterable[str]) -> Bools:
    """(K,) people whom a limit on minutes is meant for."""
    limited = set(limits)
    meant = [not {PEOPLE_MINUTES, person_of(i) + MINUTES}.isdisjoint(limited) for i in history.agent_id]
    return unstated(history) & np.array(meant, np.bool_)


def _no_minutes(names: list[str]) -> str:
    if not names:
        return ""
    return (
        f"Nobody recorded how long {listed(names, 5)} took: their answers use no minutes, so the limit on {PEOPLE_MINUTES} does"
        " not hold them. Limit human_answers too, or state their cost in team.yaml."
    )


def _median_minutes(history: History, people: Bools) -> str:
    a = history.answers
    rows = people[a.agent]
    missing = int(np.isnan(a.seconds[rows]).sum())
    if not missing:
        return ""
    have = "has" if missing == 1 else "have"
    return (
        f"{missing:,} of {rows.sum():,} answers whose minutes are limited {have} no recorded seconds: each counts as the median"
        " of that person, so the limit holds them only as far as that is right."
    )


def _who_is_missing(history: History) -> str:
    answered = np.bincount(history.answers.agent, minlength=len(history.agent_id)) > 0
    if not (answered & history.is_person).any():
        return "No person answered: nothing can be said about what people would add."
    if not (answered & ~history.is_person).any():
        return "No machine answered: nothing can be said about what machines would add."
    return ""


def _truth_for_some(history: History) -> str:
    known = history.truth >= 0
    if known.all():
        return ""
    if not known.any():
        return (
            "No truth is known: what is learnt is learnt from how answers agree, and nothing can be judged."
        )
    start = (
        f"The truth is known for {known.sum():,} of {len(history):,} cases, and all figures cover only these"
    )
    looked = _asked(history, people=True)
    if _shares_differ(known, looked) and known[looked].mean() > known[~looked].mean():
        return (
            f"{start}; it is known where somebody looked ({known[looked].mean():.0%} of the cases that people answered,"
            f" {known[~looked].mean():.0%} of the others): what people were not asked about may be different."
        )
    return f"{start}."


def _people_on_hard_cases(history: History) -> str:
    asked = _asked(history, people=True)
    for called, ease in (
        ("machines are right in", _right(history)),
        ("machines agree in", _agreement(history)),
    ):
        told = ~np.isnan(ease)
        inside, outside = ease[asked & told], ease[~asked & told]
        if min(len(inside), len(outside)) < FEW_ANSWERS or _spread(inside, outside) == 0.0:
            continue
        if outside.mean() - inside.mean() >= CLEAR and _means_differ(inside, outside):
            return (
                f"People were asked about {asked.sum():,} of {len(history):,} cases, and about hard ones: {called}"
                f" {inside.mean():.0%} of these and in {outside.mean():.0%} of the others. How people do on the easy"
                " ones is not known."
            )
        return ""
    return ""


def _few_answers(history: History) -> str:
    a = history.answers
    told = (a.label >= 0) & (history.truth[a.case] >= 0)
    counts = np.bincount(a.agent[told], minlength=len(history.agent_id))
    few = np.flatnonzero(counts < FEW_ANSWERS)
    if not len(few) or not told.any():
        return ""
    names = [f"{history.agent_id[k]} ({counts[k]})" for k in few[:5]]
    more = f" and {len(few) - 5:,} more" if len(few) > 5 else ""
    have = "has" if len(few) == 1 else "have"
    return (
        f"{len(few):,} of {len(history.agent_id):,} agents {have} fewer than {FEW_ANSWERS} answers to cases with known truth,"
        f" too few to judge one by one: {', '.join(names)}{more}."
    )


def _unseen_labels(history: History) -> str:
    labels = history.team.labels
    seen = np.bincount(history.truth[history.truth >= 0], minlength=len(labels))
    unseen = [labels[j] for j in np.flatnonzero(seen == 0)]
    if not unseen or not seen.any():
        return ""
    shown = ", ".join(f"'{label}'" for label in unseen[:5]) + (
        f" and {len(unseen) - 5:,} more" if len(unseen) > 5 else ""
    )
    return f"The truth is never {shown}: who recognises that is not known."


def _no_parent(history: History) -> str:
    if len(np.unique(history.parent)) < len(history):
        return ""
    return (
        "No two cases share a parent: if some come from one source (a patient, a conversation, a machine), name it in a"
        " column 'parent', else figures are too good."
    )


def _asked(history: History, *, people: bool) -> Bools:
    """(N,) whether any person (or machine) answered the case."""
    a = history.answers
    asked = np.zeros(len(history), np.bool_)
    asked[a.case[history.is_person[a.agent] == people]] = True
    return asked


def _means_differ(a: FloatArray, b: FloatArray) -> bool:
    from scipy import stats  # takes a second, so only where it is needed

    return bool(stats.ttest_ind(a, b, equal_var=False).pvalue < CERTAIN)


def _shares_differ(flag: Bools, part: Bools) -> bool:
    if min(part.sum(), (~part).sum()) == 0 or abs(flag[part].mean() - flag[~part].mean()) < CLEAR:
        return False
    from scipy import stats

    table = [[np.sum(flag & part), np.sum(~flag & part)], [np.sum(flag & ~part), np.sum(~flag & ~part)]]
    return bool(stats.fisher_exact(table).pvalue < CERTAIN)


def _right(history: History) -> FloatArray:
    """(N,) the share of the machines' answers that are right, NaN where it cannot be said."""
    a = history.answers
    rows = ~history.is_person[a.agent] & (a.label >= 0) & (history.truth[a.case] >= 0)
    case = a.case[rows]
    right = a.label[rows] == history.truth[case]
    n = np.bincount(case, minlength=len(history))
    return np.where(n > 0, np.bincount(case, right, minlength=len(history)) / np.maximum(n, 1), np.nan)


def _agreement(history: History) -> FloatArray:
    """(N,) the share of the machines' answers that say what most of them say, NaN below two answers."""
    a = history.answers
    rows = ~history.is_person[a.agent] & (a.label >= 0)
    case = a.case[rows]
    said, votes = np.unique(
        case.astype(np.int64) * len(history.team.labels) + a.label[rows], return_counts=True
    )
    most, n = np.zeros(len(history)), np.bincount(case, minlength=len(history))
    np.maximum.at(most, said // len(history.team.labels), votes)
    return np.where(n > 1, most / np.maximum(n, 1), np.nan)


def _spread(a: FloatArray, b: FloatArray) -> float:
    return float(np.ptp(np.concatenate([a, b])))
