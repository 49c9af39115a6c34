"""Until a log has outcomes enough, what limits would bring is told of the history that the service began with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine.create import create_service
from mindshare.engine.service import Service
from mindshare.engine.settings import DAY, Limit, Settings
from mindshare.engine.supposed import WhatIf, judged
from mindshare.histories.read import read_history
from tests.tickets import write_tickets


def started(folder: Path) -> None:
    """The log begins with the first start."""
    service = Service(folder)
    service.close()


def test_a_new_service_tells_what_limits_would_bring_by_its_history(tmp_path: Path) -> None:
    write_tickets(tmp_path)
    history = read_history(tmp_path / "history").take(np.arange(200))
    limits = {"people.minutes": Limit(10.0, DAY)}
    create_service(tmp_path / "service", history, Settings(limits=limits, expect=100.0))
    started(tmp_path / "service")
    (out := tmp_path / "out").mkdir()
    told = judged(tmp_path / "service", out, WhatIf(shares=[0.0, 0.5]))
    assert told["cases"] == 200
    first = "The log has 0 cases with an outcome, too few. So 200 of the history that the service began with are judged, as if 100 came a day."
    assert told["not_learnable"][0] == first
    assert told["a_case"] == pytest.approx({"people.minutes": 0.1})  # 10 a day, 100 cases a day
    minutes = told["frontiers"]["people.minutes"]
    assert [p["spent"] for p in minutes] == sorted(p["spent"] for p in minutes) and minutes[0]["spent"] == 0
    assert minutes[-1]["accuracy"] > minutes[0]["accuracy"]
    assert [p["accuracy"] for p in told["frontiers"]["human_answers"]] == [
        p["accuracy"] for p in told["points"]
    ]


def test_with_few_cases_in_the_history_too_it_says_that_there_are_too_few(tmp_path: Path) -> None:
    write_tickets(tmp_path)
    create_service(tmp_path / "service", read_history(tmp_path / "history").take(np.arange(40)), Settings())
    started(tmp_path / "service")
    (out := tmp_path / "out").mkdir()
    with pytest.raises(MindshareError, match="0 cases with an outcome; a what-if needs 50"):
        judged(tmp_path / "service", out, WhatIf())
