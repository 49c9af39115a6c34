"""An explanation is checkable: its numbers are those of the decision, its counterfactual comes true when re-solved."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from mindshare.core.belief.holdout import Stage
from mindshare.core.cost import human_answers
from mindshare.core.explain import explain, samples
from mindshare.core.learn import Learned
from mindshare.core.policies.cutting import Cutter
from mindshare.testing import with_answers


def questions(
    learned: Learned, stage: Stage, case: int, price: float, said: dict[int, int] | None = None
) -> tuple[int, str]:
    """Questions bought on one case at this price, and the verdict; `said` replaces what rows of the case say."""
    history = stage.history.take(np.array([case]))
    label = history.answers.label.copy()
    for row, answer in (said or {}).items():
        label[row] = answer
    alone = learned.model.open(with_answers(history, label=label))
    trace = learned.model.path(alone, human_answers(alone.history))
    bought = int((trace.price > price).sum())
    return bought, history.team.labels[int(trace.verdicts(trace.first(bought))[0])]


def prices(sentence: str) -> list[float]:
    return [float(word) for word in re.findall(r"price (?:of|below) (\d+\.\d+)", sentence)]


@pytest.fixture(scope="module")
def told(useful: tuple[Learned, Stage]) -> list[tuple[int, dict]]:
    learned, stage = useful
    return [
        (case, explain(learned.model, stage, case, price)) for case in range(60) for price in (0.02, 0.15)
    ]


def test_the_sentence_holds_the_numbers_of_the_first_question(told: list[tuple[int, dict]]) -> None:
    asked = [e for _, e in told if e["asked"]]
    assert len(asked) > 5
    for e in asked:
        first = e["asked"][0]
        for part in (
            first["agent"],
            f"{first['value']:.3f}",
            f"{e['price']:.3f}",
            f"{first['net']:+.3f}",
            e["verdict"],
            e["before"],
        ):
            assert part in e["why"], e["why"]
        assert first["net"] == pytest.approx(first["value"] - e["price"])
        assert all(q["value"] >= 0 for q in e["asked"])


def test_where_attention_is_not_scarce_no_price_is_told(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    whys = [
        told["why"] for case in range(60) if (told := explain(learned.model, stage, case, 1e-12))["asked"]
    ]
    assert len(whys) > 5
    assert all("and attention was not scarce at that moment." in why and "price" not in why for why in whys)


def test_nobody_is_asked_where_the_best_answer_promises_less_than_it_costs(
    told: list[tuple[int, dict]],
) -> None:
    alone = [e for _, e in told if not e["asked"]]
    assert any("is worth" in e["why"] for e in alone)
    assert any("no answer could be shown" in e["why"] for e in alone)
    for e in alone:
        assert e["verdict"] == e["before"]
        assert f"'{e['before']}'" in e["why"]


def test_at_the_flipping_price_the_decision_flips(
    useful: tuple[Learned, Stage], told: list[tuple[int, dict]]
) -> None:
    learned, stage = useful
    looked_at = 0
    for case, e in told:
        for price in prices(e["counterfactual"]):
            looked_at += 1
            below, above = (
                questions(learned, stage, case, price - 6e-4)[0],
                questions(learned, stage, case, price + 6e-4)[0],
            )
            assert below > 0
            assert above == 0
            assert (e["price"] > price - 6e-4) == (not e["asked"]) or abs(e["price"] - price) < 6e-4
    assert looked_at > 10


def test_had_the_person_said_otherwise_the_verdict_would_be_as_told(
    useful: tuple[Learned, Stage], told: list[tuple[int, dict]]
) -> None:
    learned, stage = useful
    labels, looked_at = stage.history.team.labels, 0
    for case, e in told:
        found = re.search(r"Had (\S+) said '(\S+)', the verdict would be '(\S+)'\.", e["counterfactual"])
        if found is None:
            continue
        looked_at += 1
        agent, answer, verdict = found.groups()
        history = stage.history.take(np.array([case]))
        row = int(np.flatnonzero(history.answers.agent == history.agent_id.index(agent))[0])
        now = questions(learned, stage, case, e["price"], {row: labels.index(answer)})[1]
        assert now == verdict != e["verdict"]
    assert looked_at > 3


def test_samples_are_cases_with_a_story_each_once(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    ours = learned.model.path(stage, human_answers(stage.history))
    one = np.ones(len(ours.row))
    cutter = Cutter(learned.model.demand, np.zeros(0), np.zeros(0))
    cut = cutter.cut(ours, 0.1 * len(stage.history), np.arange(len(stage.history)), one, one)
    found = samples(learned.model, stage, ours, cut)
    assert 3 <= len(found) <= 6
    assert len({s["case"] for s in found}) == len(found)
    assert any(s["right"] and s["before"] != s["truth"] for s in found)
    after = ours.verdicts(cut.heard)
    for s in found:
        case = stage.history.case_id.index(s["case"])
        assert s["verdict"] == stage.history.team.labels[after[case]], "it is told as it was done"
        assert len(s["asked"]) == cut.bought[ours.case == case].sum()
        assert s["right"] == (s["verdict"] == s["truth"])


def test_a_case_without_a_truth_is_explained_too(useful: tuple[Learned, Stage]) -> None:
    learned, stage = useful
    blind = stage._replace(history=replace(stage.history, truth=np.full(len(stage.history), -1, np.int32)))
    seen, unseen = (explain(learned.model, s, 3, 0.02) for s in (stage, blind))
    assert unseen["truth"] is None
    assert unseen["right"] is None
    assert seen["why"] == unseen["why"]
