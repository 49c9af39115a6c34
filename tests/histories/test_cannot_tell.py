from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mindshare.histories.read import read_history
from tests.small_history import TEAM

N = 600


def sentences(
    make_history: Callable[..., Path],
    *,
    seed: int = 0,
    hard_only: bool = False,
    truth_where_asked: bool = False,
    known: float = 1.0,
    asked_share: float = 0.3,
    machines: int = 3,
    labels: str = "[cat, dog]",
    parent: bool = True,
) -> str:
    """What the history of a simulated team cannot tell; one case in three is hard for machines."""
    rng = np.random.default_rng(seed)
    hard = rng.random(N) < 1 / 3
    asked = hard & (rng.random(N) < 0.9) if hard_only else rng.random(N) < asked_share
    told = asked | (rng.random(N) < 0.05) if truth_where_asked else rng.random(N) < known
    truth = rng.choice(["cat", "dog"], N)
    other = np.where(truth == "cat", "dog", "cat")
    cases = ["case,truth,parent" if parent else "case,truth"]
    answers = ["case,agent,answer"]
    for i in range(N):
        cases.append(f"c{i},{truth[i] if told[i] else ''}" + (f",p{i // 2}" if parent else ""))
        for k in range(machines):
            right = rng.random() < (0.55 if hard[i] else 0.95)
            answers.append(f"c{i},bot_{k},{truth[i] if right else other[i]}")
        if asked[i]:
            answers.append(f"c{i},person_1,{truth[i] if rng.random() < 0.9 else other[i]}")
    team = TEAM.replace("bot:", "bot_*:").replace("[cat, dog]", labels)
    directory = make_history(team=team, cases="\n".join(cases) + "\n", answers="\n".join(answers) + "\n")
    return "\n".join(read_history(directory).not_learnable)


@pytest.mark.parametrize("seed", range(8))
def test_a_fair_history_has_nothing_to_confess(make_history: Callable[..., Path], seed: int) -> None:
    assert sentences(make_history, seed=seed) == ""


def test_people_asked_only_about_hard_cases_are_noticed(make_history: Callable[..., Path]) -> None:
    said = sentences(make_history, hard_only=True)
    assert (
        "People were asked about 164 of 600 cases, and about hard ones: machines are right in 57% of these"
        in said
    )


def test_hard_cases_are_noticed_by_disagreement_where_no_truth_is_known(
    make_history: Callable[..., Path],
) -> None:
    said = sentences(make_history, hard_only=True, truth_where_asked=True)
    assert "and about hard ones: machines agree in" in said


def test_truth_only_where_somebody_looked_is_noticed(make_history: Callable[..., Path]) -> None:
    said = sentences(make_history, truth_where_asked=True)
    assert "it is known where somebody looked (100% of the cases that people answered, " in said


def test_truth_missing_at_random_is_only_counted(make_history: Callable[..., Path]) -> None:
    said = sentences(make_history, known=0.7)
    assert said.startswith("The truth is known for 4")
    assert said.endswith("of 600 cases, and all figures cover only these.")


def test_agents_with_few_answers_are_named(make_history: Callable[..., Path]) -> None:
    assert "1 of 4 agents has fewer than 30 answers to cases with known truth" in sentences(
        make_history, asked_share=0.02
    )


def test_a_label_that_is_never_true_is_named(make_history: Callable[..., Path]) -> None:
    assert "The truth is never 'cow': who recognises that is not known." in sentences(
        make_history, labels="[cat, dog, cow]"
    )


def test_no_people_and_no_machines_are_told(make_history: Callable[..., Path]) -> None:
    assert "No person answered" in sentences(make_history, asked_share=0.0)
    assert "No machine answered" in sentences(make_history, machines=0)


def test_cases_without_common_parents_are_questioned(make_history: Callable[..., Path]) -> None:
    assert "No two cases share a parent" in sentences(make_history, parent=False)
