"""What a stream is held against: the vote of the machines, and what that vote is worth."""

from __future__ import annotations

import numpy as np
import pytest

from mindshare.cli.simulated import show_played
from mindshare.core.history import Question, Team
from mindshare.histories.streamed import Scripted
from mindshare.web.playing import Decided

LABELS = ("sound", "faulty")
MISSED = np.array([[1.0, 0.5], [-1.0, 1.0]])


def played(utility: np.ndarray | None) -> tuple[Team, list[Scripted], list[Decided]]:
    """Four cases: machines miss one fault of two; we call one sound case faulty, and miss none."""
    question = Question(labels=LABELS) if utility is None else Question(labels=LABELS, utility=utility)
    truth, vote = (
        ("sound", "sound", "faulty", "faulty"),
        ("sound", "sound", "sound", "faulty"),
    )
    verdict = ("sound", "faulty", "faulty", "faulty")
    script = [
        Scripted({"id": f"c{i}", "answers": [{"agent": "bot", "label": vote[i]}]}, {}, truth[i], None)
        for i in range(4)
    ]
    told = [Decided(f"c{i}", verdict[i], truth[i], ()) for i in range(4)]
    return Team(name="windows", agents=(), questions=(question,)), script, told


def test_the_vote_of_machines_is_told_by_what_it_is_worth_too_where_a_mistake_costs_more_than_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_played(*played(MISSED))
    out = capsys.readouterr().out.replace("\u00a0", " ")
    last = next(line for line in out.splitlines() if line.startswith("all")).split()
    # both are right in three of four; a needless alarm is worth 0.5, a missed fault -1
    assert [x for x in last if x != "%"] == ["all", "75.0", "0.875", "0.00", "75.0", "0.500"]


def test_where_a_verdict_is_worth_one_or_nothing_its_share_says_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_played(*played(None))
    assert "utility of that vote" not in capsys.readouterr().out
