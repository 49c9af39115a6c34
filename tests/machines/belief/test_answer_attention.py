"""Answer attention keeps the promises of a belief, and is taken only where it wins."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from mindshare.core.belief.correction import ATTENTION
from mindshare.core.belief.holdout import Seen, stage_of
from mindshare.core.belief.pooling import Pooling
from mindshare.core.belief.state import scores_of
from mindshare.core.errors import MindshareError
from mindshare.core.learn import learn_held_out
from mindshare.histories.families import fate, learner
from mindshare.machines.belief.answer_attention import AnswerAttention, AttentivePooling, _Corrector
from mindshare.machines.belief.answer_draws import drawn
from mindshare.testing import check_belief, made_history


@pytest.mark.parametrize("machines_always", [True, False], ids=["all machines first", "machines one by one"])
def test_answer_attention_keeps_the_promises_of_a_belief(machines_always: bool) -> None:
    check_belief(lambda: AttentivePooling(machines_always=machines_always, learner=AnswerAttention(epochs=2)))


def test_what_runs_without_torch_computes_what_torch_learnt() -> None:
    import torch

    history = made_history(200, proba=True, empty=0.1, seed=1)
    pool = Pooling().fit(history.take(np.arange(100)))
    new = history.take(np.arange(100, 200))
    seen = Seen.of(stage_of(pool, new), pool.reading)
    corrector = _Corrector(seen.is_person, seen.width, 3, torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in corrector.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)) * 0.3)
    rng = np.random.default_rng(0)
    batch = drawn([seen], 0, rng).batch(np.arange(100))
    theirs = corrector.eval()(batch, torch.Generator()).detach().numpy()
    opened = seen.opened
    known = np.zeros(len(opened.person), bool)
    rows = {(int(d), int(k)) for d, k in zip(batch.draw, batch.agent, strict=True)}
    for r in range(len(known)):
        known[r] = (int(opened.case[r]), int(opened.rows.agent[r])) in rows and opened.label[r] >= 0
    from mindshare.core.belief.attention import attend

    attention = attend(corrector.net(), seen.design, opened.rows, opened.prior)
    ours = scores_of(opened._replace(attention=attention), known)
    assert np.abs(ours - opened._replace(attention=None).prior).max() > 0.1
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_attention_is_not_taken_where_few_cases_show_no_gain() -> None:
    learned = learn_held_out(
        how=Pooling(ridge=1.0), attention=AnswerAttention(epochs=2), history=made_history(300, seed=2)
    )
    assert not learned.model.about.family.endswith("attention")
    assert ATTENTION not in learned.model.about.race, "below a thousand held-out cases it is not tried"


def test_attention_that_is_asked_for_is_taken_and_decides() -> None:
    history = made_history(300, seed=3)
    learned = learn_held_out(
        how=Pooling(ridge=1.0), attention=AnswerAttention(always=True, epochs=2), history=history
    )
    assert learned.model.about.family == f"{ATTENTION}"
    stage = learned.model.open(history)
    plain = learned.model.pool._replace(net=None).open(history)
    assert not np.allclose(scores_of(plain, stage.machines()), scores_of(stage.opened, stage.machines()))
    assert (learned.model.verdicts(stage, stage.machines()) == history.truth).mean() > 0.6


def test_an_agent_never_met_counts_as_one_of_its_kind() -> None:
    history = made_history(300, people=3, seed=4)
    rows = history.answers.agent != 5  # person_3 is on the list and has never answered
    from dataclasses import replace

    a = history.answers
    fewer = replace(
        history,
        answers=replace(
            a,
            indptr=np.concatenate([[0], np.cumsum(np.bincount(a.case[rows], minlength=300))]),
            **{
                n: getattr(a, n)[rows]
                for n in ("case", "agent", "label", "seconds", "confidence", "proba_row")
            },
        ),
    )
    belief = AttentivePooling(learner=AnswerAttention(epochs=2)).fit(fewer)
    scores = belief.scores(belief.open(history), np.ones(len(a), bool))
    assert np.isfinite(scores).all()
    assert belief.net is not None
    assert np.abs(belief.net.agent[5] - belief.net.agent[3]).max() < 0.5


def test_without_torch_the_race_runs_without_attention_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("mindshare.histories.families.find_spec", lambda name: None)
    assert learner("auto", 0) is None
    assert "torch is not installed" in fate("auto", ["pool"], raced=False)
    with pytest.raises(MindshareError, match="mindshare\\[deep\\]"):
        learner("attention", 0)
    assert learner("pool", 0) is None
