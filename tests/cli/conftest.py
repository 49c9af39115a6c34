"""What the tests of the command line share: a history that is quick to play again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mindshare.histories.write import write_history


@pytest.fixture(autouse=True)
def _no_terminal_says_how_wide_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 cases, a machine that is right on 70 %, two simulated people that are right on 90 %."""
    rng, n = np.random.default_rng(0), 120
    truth = rng.integers(0, 2, n)
    words = np.array(["cat", "dog"])
    answers = []
    for agent, right in (("bot", 0.7), ("sim_1", 0.9), ("sim_2", 0.9)):
        said = np.where(rng.random(n) < right, truth, 1 - truth)
        seconds = None if agent == "bot" else np.round(rng.lognormal(1, 0.3, n), 1)
        frame = {"case": [f"c{i}" for i in range(n)], "agent": [agent] * n, "answer": words[said]}
        answers.append(
            pl.DataFrame(frame).with_columns(
                pl.Series("seconds", seconds, dtype=pl.Float64)
                if seconds is not None
                else pl.lit(None, pl.Float64).alias("seconds")
            )
        )
    team = {
        "name": "pets with simulated people",
        "labels": ["cat", "dog"],
        "agents": {"bot": {"kind": "machine", "cost": {"cpu_s": 0.1}}, "sim_*": {"kind": "person"}},
    }
    cases = pl.DataFrame({"case": [f"c{i}" for i in range(n)], "truth": words[truth], "size": rng.random(n)})
    return write_history(tmp_path_factory.mktemp("cli") / "pets", team, cases, pl.concat(answers))
