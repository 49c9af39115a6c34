"""A column that describes an answer, or what it led to, never becomes a feature; an honest one stays, however strong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import HistoryError
from mindshare.core.history import Codes, Features, History
from mindshare.histories.leaks import Leak, leaks, without_leaks
from mindshare.histories.read import read_history, read_open_cases
from mindshare.testing import made_history

MakeHistory = Callable[..., Path]


def words(*values: object) -> Codes:
    """A column of words, None = empty."""
    names = tuple(sorted({str(v) for v in values if v is not None}))
    return Codes(
        code=np.array([-1 if v is None else names.index(str(v)) for v in values], np.int32), names=names
    )


def found(history: History, column: Codes | np.ndarray) -> Leak | None:
    """What this column of the cases gives away."""
    features = (
        Features(categorical={"column": column})
        if isinstance(column, Codes)
        else Features(numeric={"column": column.astype(float)})
    )
    return leaks(replace(history, features=features)).get("column")


def label(history: History, agent: str) -> np.ndarray:
    """(N,) what the agent answered, -1 where it did not."""
    a, out = history.answers, np.full(len(history), -1)
    rows = a.agent == history.agent_id.index(agent)
    out[a.case[rows]] = a.label[rows]
    return out


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    n=st.integers(30, 1_000),
    levels=st.integers(2, 1_000),
    seed=st.integers(0, 10_000),
    empty=st.sampled_from([0.0, 0.3, 0.9]),
    people=st.integers(0, 3),
    labels=st.integers(2, 6),
)
def test_a_column_that_has_nothing_to_do_with_the_cases_is_no_leak(
    n: int, levels: int, seed: int, empty: float, people: int, labels: int
) -> None:
    rng = np.random.default_rng(seed)
    history = made_history(n, machines=2, people=people, labels=labels, seed=seed, asked=0.6)
    hole = rng.random(n) < empty
    code = np.where(hole, -1, rng.integers(0, levels, n)).astype(np.int32)
    assert found(history, Codes(code=code, names=tuple(map(str, range(levels))))) is None
    assert found(history, np.where(hole, np.nan, code)) is None
    assert found(history, np.where(hole, np.nan, rng.normal(size=n))) is None


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    n=st.integers(40, 1_000),
    labels=st.integers(2, 6),
    seed=st.integers(0, 10_000),
    filled=st.sampled_from([1.0, 0.8]),
    as_number=st.booleans(),
)
def test_the_truth_in_other_words_or_codes_is_always_a_leak(
    n: int, labels: int, seed: int, filled: float, as_number: bool
) -> None:
    rng = np.random.default_rng(seed)
    history = made_history(n, machines=1, people=1, labels=labels, seed=seed)
    other = rng.permutation(labels)[history.truth].astype(np.int32)
    hole = rng.random(n) >= filled
    column = (
        np.where(hole, np.nan, 7.0 + other)
        if as_number
        else Codes(code=np.where(hole, -1, other).astype(np.int32), names=tuple("abcdef"))
    )
    leak = found(history, column)
    assert leak is not None
    assert not leak.doubtful
    assert leak.what.startswith("gives away the truth (each of its ")


def test_a_number_that_a_cut_per_label_takes_apart_is_a_leak() -> None:
    history = made_history(400, machines=1, people=1, labels=3)
    leak = found(history, 10.0 * history.truth + np.random.default_rng(0).random(400))
    assert leak == Leak("gives away the truth (cut into 3 ranges it tells it on 400 of 400 cases)")


def test_many_words_that_each_go_with_one_truth_are_a_leak() -> None:
    history = made_history(600, machines=1, people=1, labels=2)
    kind = np.random.default_rng(0).integers(0, 40, 600)
    leak = found(history, words(*[f"{t}-{k}" for t, k in zip(history.truth, kind, strict=True)]))
    assert leak is not None
    assert not leak.doubtful


def test_a_column_that_is_filled_for_one_truth_only_is_a_leak() -> None:
    history = made_history(200, machines=1, people=1, labels=2)
    why = np.random.default_rng(0).integers(0, 2, 200)
    assert (
        found(
            history, words(*[f"defect {w}" if t else None for t, w in zip(history.truth, why, strict=True)])
        )
        is not None
    )


@pytest.mark.parametrize("right", [0.90, 0.95, 0.97])
def test_a_sensor_that_tells_the_truth_in_97_percent_stays(right: float) -> None:
    for seed in range(20):
        history = made_history(500, machines=1, people=1, labels=2, seed=seed)
        sure = np.random.default_rng(seed).random(500) < right
        reading = np.where(sure, history.truth, 1 - history.truth)
        noise = np.random.default_rng(seed + 100).random(500) / 2
        for column in (words(*reading), reading, reading + noise):
            leak = found(history, column)
            assert leak is None or leak.doubtful


def test_a_column_that_is_no_better_than_the_best_agent_is_not_even_doubted() -> None:
    history = made_history(500, machines=1, people=1, labels=2)
    a = history.answers
    perfect = replace(a, label=np.where(a.agent == 0, history.truth[a.case], a.label).astype(np.int32))
    nearly = history.truth.copy()
    nearly[:4] = 1 - nearly[:4]
    assert found(replace(history, answers=perfect), words(*nearly)) is None


@pytest.mark.parametrize("who", ["bot_1", "person_1"])
def test_whether_an_agent_was_right_is_a_leak_also_where_it_is_filled_for_its_answers_only(who: str) -> None:
    history = made_history(400, machines=1, people=2, labels=3, asked=0.5)
    said = label(history, who)
    passed = [None if y < 0 else int(y == t) for y, t in zip(said, history.truth, strict=True)]
    leak = found(history, words(*passed))
    assert leak is not None
    assert leak.what.startswith(f"gives away whether {who} was right (")


def one_person_each(people: int) -> History:
    """Every case has the answer of a machine and of one of many people."""
    whole = made_history(400, machines=1, people=people, labels=2)
    a = whole.answers
    kept = (a.agent == 0) | (a.agent == 1 + a.case % people)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(a.case[kept], minlength=400))]).astype(np.int64)
    rows = {name: getattr(a, name)[kept] for name in ("case", "agent", "label", "seconds", "confidence")}
    return replace(whole, answers=replace(a, indptr=indptr, proba_row=a.proba_row[kept], **rows))


@pytest.mark.parametrize("people", [2, 40])
def test_whether_the_person_who_answered_was_right_is_a_leak_whoever_that_was(people: int) -> None:
    history = one_person_each(people)
    said = np.full(400, -1)
    a = history.answers
    said[a.case[a.agent > 0]] = a.label[a.agent > 0]
    verdict = words(*np.where(said == history.truth, "upheld", "overturned"))
    leak = found(history, verdict)
    assert leak == Leak(
        "gives away whether the person who answered was right (its values tell it on 400 of 400 cases)"
    )
    agreed = words(*np.where(said == label(history, "bot_1"), "upheld", "overturned"))
    leak = found(history, agreed)
    assert leak is not None
    assert "whether the person who answered agreed with bot_1" in leak.what


def test_what_a_person_answered_is_a_leak_but_a_machine_may_follow_a_column() -> None:
    """A machine that is a rule over a column is honest; of a person who is one nobody has heard."""
    history = made_history(300, machines=1, people=1, labels=3)
    copy = found(history, words(*label(history, "person_1")))
    assert copy is not None
    assert copy.what.startswith("gives away what person_1 answered (")
    assert found(history, words(*label(history, "bot_1"))) is None


def test_a_column_that_is_filled_where_a_person_answered_describes_the_answer() -> None:
    history = made_history(300, machines=1, people=2, labels=3, asked=0.5)
    asked, rng = label(history, "person_2") >= 0, np.random.default_rng(0)
    note = [f"note {k}" if one else None for one, k in zip(asked, rng.integers(0, 5, 300), strict=True)]
    leak = found(history, words(*note))
    assert leak == Leak(
        "describes what person_2 answered, and not the case (it is filled where person_2 answered and empty elsewhere, on"
        " 300 of 300 cases)"
    )


def test_cases_of_one_parent_are_no_evidence_for_each_other() -> None:
    """Four patients, each with one truth: that the patient tells it says nothing of others."""
    history = made_history(200, machines=1, people=1, labels=2)
    patient = np.arange(200) % 4
    history = replace(history, parent=patient.astype(np.int32), truth=(patient % 2).astype(np.int32))
    assert found(history, words(*patient)) is None


def test_a_leak_is_left_out_with_a_sentence_and_used_if_it_is_wanted() -> None:
    history = made_history(300, labels=3)
    features = Features(
        categorical={**history.features.categorical, "code": words(*history.truth)},
        numeric=history.features.numeric,
    )
    history = replace(history, features=features)
    without, told = without_leaks(history, "cases.csv")
    assert set(without.features.categorical) == {"fog"}
    assert set(without.features.numeric) == {"size"}
    start = "The column 'code' of cases.csv gives away the truth (each of its 3 values goes with one truth, on 300 of 300 cases)"
    assert told == (f"{start}: it is not used; --feature code uses it.",)
    wanted, told = without_leaks(history, "cases.csv", ["code"])
    assert wanted is history
    assert told == (f"{start}: it is used, because --feature names it.",)


TRUTHS = ["cat", "dog"] * 30
CASES = "case,truth,size,code\n" + "".join(
    f"c{i},{t},{i % 7}.5,{int(t == 'dog')}\n" for i, t in enumerate(TRUTHS)
)
ANSWERS = "case,agent,answer\n" + "".join(f"c{i},bot,{TRUTHS[i // 2]}\n" for i in range(60))


def test_reading_leaves_a_leak_out_unless_it_is_named(make_history: MakeHistory) -> None:
    place = make_history(cases=CASES, answers=ANSWERS)
    history = read_history(place)
    assert list(history.features.numeric) == ["size"]
    assert any("'code' of cases.csv gives away the truth" in s for s in history.not_learnable)
    assert list(read_history(place, features=("code",)).features.numeric) == ["size", "code"]


def test_open_cases_need_no_column_that_the_history_left_out(make_history: MakeHistory) -> None:
    history = read_history(make_history(cases=CASES, answers=ANSWERS))
    opened = read_open_cases(make_history(cases="case,size\nnew,1.5\n", answers=None), history)
    assert list(opened.features.numeric) == ["size"]


def test_an_unknown_feature_is_refused_with_the_nearest(make_history: MakeHistory) -> None:
    place = make_history(cases=CASES, answers=ANSWERS)
    with pytest.raises(HistoryError) as told:
        read_history(place, features=("cod",))
    assert str(told.value) == (
        "cases.csv: there is no column 'cod' that could be a feature; those that could are size, code. Did you mean 'code'?"
    )
    with pytest.raises(HistoryError, match="no column 'truth' that could be a feature"):
        read_history(place, features=("truth",))


def test_an_id_is_used_where_it_is_named(make_history: MakeHistory) -> None:
    cases = "case,truth,row\n" + "".join(f"c{i},{t},{i}\n" for i, t in enumerate(TRUTHS))
    place = make_history(cases=cases, answers=ANSWERS)
    assert not read_history(place).features.numeric
    history = read_history(place, features=("row",))
    assert list(history.features.numeric) == ["row"]
    assert not any("'row'" in s for s in history.not_learnable)
