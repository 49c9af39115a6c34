"""A race finds out within its budget which machines are worth their place, and is then a machine as others are."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError, OverBudget
from mindshare.core.records import Budget
from mindshare.machines.learn.meter import Meter
from mindshare.machines.parts.folds import left_out
from mindshare.machines.race import entrants, within
from mindshare.machines.race.cases import Cases
from mindshare.machines.race.race import Race
from mindshare.machines.saving import load_model, save_model
from mindshare.machines.simple.tables import Line
from mindshare.testing import check_machine
from tests.machines.conftest import texts, windows


def spent(**limit: float) -> Budget:
    return Budget(limit=limit)


def table(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two columns tell the label together, which a line cannot see."""
    rng = np.random.default_rng(seed)
    X = rng.normal(0, 1, (n, 4))
    return X, np.where(X[:, 0] * X[:, 1] > 0, "same", "other")


@pytest.fixture(scope="module")
def run() -> tuple[Race, Any, Any]:
    X, y = texts(90, 0)
    return Race("text", seed=1).fit(X, y, budget=spent(cpu_s=6.0)), *texts(60, 1)


def test_a_race_keeps_its_budget_and_answers_new_cases(run: tuple[Race, Any, Any]) -> None:
    race, new, truth = run
    assert race.report_.total["cpu_s"] <= 6.0
    assert race.score(new, truth) > 0.9
    assert race.cost(new)["cpu_s"].min() > 0
    assert np.allclose(race.predict_proba(new).sum(axis=1), 1.0)


def test_its_report_tells_who_raced_and_who_is_in_the_ladder(run: tuple[Race, Any, Any]) -> None:
    told = run[0].report_
    assert {e.name for e in told.entrants} == {"WordCounts", "CNN"}
    assert [e.right for e in told.entrants] == sorted((e.right for e in told.entrants), reverse=True)
    assert {e.name for e in told.entrants if e.kept} == set(run[0].ladder_.models_)
    assert all(e.taught == told.judged == 90 and e.fit_cpu_s > 0 for e in told.entrants)


def test_a_race_from_a_file_answers_as_before(run: tuple[Race, Any, Any], tmp_path: Path) -> None:
    race, new, _ = run
    again = load_model(save_model(race, tmp_path / "race.npz"))
    assert again.get_params() == race.get_params()
    assert np.allclose(again.predict_proba(new), race.predict_proba(new))


def test_a_race_keeps_the_promises_of_a_machine() -> None:
    X, y = table(60, 0)
    check_machine(lambda: Race("table", limit={"cpu_s": 60.0}), X, y, table(10, 1)[0])


def test_what_loses_is_left_out_of_the_ladder() -> None:
    X, y = table(300, 0)
    race = Race("table").fit(X, y, budget=spent(cpu_s=20.0))
    told = {e.name: e for e in race.report_.entrants}
    assert told["Boosting"].right > 0.85 > 0.7 > told["Line"].right
    assert told["Boosting"].kept
    assert race.score(*table(300, 1)) > 0.85


def test_a_dear_rung_has_to_be_worth_its_price() -> None:
    X, y = table(200, 0)
    race = Race("table", price={"cpu_s": 1e6}).fit(X, y, budget=spent(cpu_s=20.0))
    cheapest = min(race.report_.entrants, key=lambda e: e.answer_cpu_s)
    assert list(race.ladder_.models_) == [cheapest.name]


def test_a_rung_that_has_no_time_for_all_cases_learns_from_some() -> None:
    """Twice the cases take twice the time here; a share of the budget lets about a third of them teach."""

    class Slow(Line):
        def fit(self, X: Any, y: Any, groups: Any = None) -> Slow:
            end = time.process_time() + len(X) / 2_000
            super().fit(X, y, groups)
            while time.process_time() < end:
                pass
            return self

    X, y = table(2_000, 0)
    cases = Cases(X, y, (y == "same").astype(np.int64), np.unique(y), None)
    meter = Meter(spent(cpu_s=1.0))
    learnt = within.learn_within(Slow, cases, meter, 0.8, 0)
    assert learnt is not None and 40 <= len(learnt.taught) < 2_000
    assert meter.fraction() < 1.0
    assert within.learn_within(Slow, cases, meter, 0.0, 0) is None


@given(st.integers(4, 60), st.integers(2, 5), st.integers(0, 9), st.booleans())
def test_cases_of_one_group_never_teach_and_judge_at_once_and_every_label_teaches(
    n: int, labels: int, seed: int, grouped: bool
) -> None:
    rng = np.random.default_rng(seed)
    code = np.concatenate([np.arange(labels), rng.integers(0, labels, n)])
    of = rng.integers(0, 8, len(code)) if grouped else np.arange(len(code))
    of = np.unique(of, return_inverse=True)[1]
    cases = Cases(code[:, None], code, code, np.arange(labels), of if grouped else None)
    for kept, away in left_out(code, cases.groups, 3, seed):
        assert not set(of[kept]) & set(of[away])
        assert set(code[kept]) == set(range(labels))
    order = cases.shuffled(seed)
    assert sorted(order.tolist()) == list(range(len(code)))
    first = order[: np.flatnonzero(np.cumsum(np.diff(of[order], prepend=-1) != 0) <= 2 * labels)[-1] + 1]
    assert set(code[first]) == set(range(labels)) or grouped


def test_groups_keep_their_cases_together_in_a_race() -> None:
    """Each group has its own truth, which its cases give away; of a new group nothing is known."""
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(40), 6)
    y = rng.integers(0, 2, 40)[group]
    X = np.column_stack([group, rng.normal(0, 1, (240, 2))]).astype(float)
    X[:, 0] = rng.permutation(40)[group]
    race = Race("table").fit(X, y, group, budget=spent(cpu_s=20.0))
    alone = Race("table").fit(X, y, budget=spent(cpu_s=20.0))
    assert race.report_.right < 0.75 < alone.report_.right


def test_without_torch_only_simple_rungs_race(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrants, "find_spec", lambda name: None)
    X, y = windows(60, 0)
    race = Race("series").fit(X, y, budget=spent(cpu_s=20.0))
    assert "CNN" not in {e.name for e in race.report_.entrants}


def test_what_makes_no_sense_is_refused_in_one_sentence() -> None:
    X, y = table(40, 0)
    with pytest.raises(ValueError, match="All cases are of one class, 'same'"):
        Race().fit(X, ["same"] * 40)
    with pytest.raises(ValueError, match=r"groups must be \(40,\), one for each case"):
        Race().fit(X, y, [1, 2])
    with pytest.raises(MindshareError, match="A race is limited in cpu_s or wall_s, not in mem_mb"):
        Race().fit(X, y, budget=spent(mem_mb=500.0))
    with pytest.raises(OverBudget, match="too small for any machine to learn"):
        Race().fit(X, y, budget=spent(cpu_s=0.0))
    with pytest.raises(MindshareError, match="This Race has not learnt yet"):
        Race().predict(X)
