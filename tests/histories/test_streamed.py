"""A history as it is sent to a service, case by case."""

from __future__ import annotations

from dataclasses import replace

from mindshare.histories.streamed import script_of
from tests.engine.world import tickets


def test_kinds_that_share_a_question_are_not_sent_since_a_service_has_one_kind_for_them() -> None:
    history, _ = tickets()
    told = replace(history, kind=history.features.categorical["by"])
    assert told.team.kinds == ("",)
    assert script_of(told, [0, 1]) == script_of(history, [0, 1])
    assert "kind" not in script_of(told, [0])[0].sent
