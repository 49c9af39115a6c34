"""The folder of a new service: from a history, from a team, from labels; whole or not at all, and learnt once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import mindshare as ms
from mindshare.core.errors import MindshareError
from mindshare.engine import create as module
from mindshare.engine.create import create_service, team_of_labels
from mindshare.engine.folder import HISTORY, is_service
from mindshare.engine.service import Service
from mindshare.engine.settings import Settings, read_settings
from mindshare.engine.shelf import Shelf
from mindshare.histories.assumed import Assumed, assumed_history, is_assumed
from mindshare.testing.made import made_history

QUIET = Settings(learn=False)


def test_it_holds_all_and_is_opened_again_without_learning(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("learnt again")

    assert is_service(folder) and read_settings(folder).history == HISTORY
    assert len(ms.read_history(folder / HISTORY)) == 90
    monkeypatch.setattr(module, "learn_kinds", never)
    monkeypatch.setattr(module, "learn", never)
    for _ in range(2):
        service = Service(folder)
        assert sorted(service.actor.engine.state.people) == ["ana", "ben", "cem"]
        service.close()


def test_whatever_goes_wrong_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> str:
        raise MindshareError("no model today")

    monkeypatch.setattr(Shelf, "keep", fails)
    with pytest.raises(MindshareError, match="no model today"):
        create_service(tmp_path / "service", made_history(60), QUIET)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(MindshareError, match="is not empty"):
        create_service(tmp_path, team_of_labels(["a", "b"]), QUIET)


def test_two_labels_at_least(tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match="two or more labels"):
        team_of_labels(["same", "same "])


def test_a_service_that_knows_nothing_asks_nobody_whom_nobody_has_met(tmp_path: Path) -> None:
    create_service(tmp_path / "service", team_of_labels(["yes", "no"]), QUIET, assumed=Assumed(cases=200))
    service = Service(tmp_path / "service")
    agree = {"id": "c1", "answers": [{"agent": "m1", "label": "no"}, {"agent": "m2", "label": "no"}]}
    [case] = service.actor.ask(lambda e: e.submit([json.dumps(agree).encode()]))
    people = list(service.actor.engine.state.people)
    service.close()
    assert people == [] and case.label == "no" and case.belief[1] > 0.8


@pytest.mark.parametrize("labels", [2, 5])
def test_an_assumed_history_is_as_it_is_stated(labels: int) -> None:
    team = team_of_labels([f"l{y}" for y in range(labels)])
    how = Assumed(cases=20_000)
    history = assumed_history(team, team.questions[0], how)
    a = history.answers
    right = a.label == history.truth[a.case]
    person = history.is_person[a.agent]
    assert abs(right[~person].mean() - (0.65 * how.machine + 0.35 * how.machine_hard)) < 0.01
    assert abs(right[person].mean() - (0.65 * how.person + 0.35 * how.person_hard)) < 0.01
    assert abs(person.mean() / (1 - person.mean()) - how.asked) < 0.02
    assert np.allclose(np.bincount(history.truth) / len(history), 1 / labels, atol=0.02)
    assert all(is_assumed(name) for name in (*history.agent_id, *history.case_id))
    assert np.array_equal(a.label, assumed_history(team, team.questions[0], how).answers.label)
