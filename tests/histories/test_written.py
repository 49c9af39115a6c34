"""A history in memory, written to a directory, is read back as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mindshare as ms
from mindshare.histories.write import write_history
from mindshare.histories.written import write_history_of
from mindshare.testing.made import made_history
from tests.tickets import write_tickets


@pytest.mark.parametrize("name", ["made", "history", "both"])
def test_what_is_written_is_read_back(name: str, tmp_path: Path) -> None:
    write_tickets(tmp_path)
    before = (
        made_history(proba=True, asked=0.5, empty=0.1) if name == "made" else ms.read_history(tmp_path / name)
    )
    write_history_of(before, tmp_path / "again")
    after = ms.read_history(tmp_path / "again")
    assert after.case_id == before.case_id and after.agent_id == before.agent_id
    assert after.team.labels == before.team.labels and after.team.agents == before.team.agents
    assert np.array_equal(after.team.utility_matrix(), before.team.utility_matrix())
    assert np.array_equal(after.truth, before.truth)
    for column in ("indptr", "case", "agent", "label", "seconds", "confidence", "proba_row"):
        old, new = (np.asarray(getattr(h.answers, column), float) for h in (before, after))
        assert np.array_equal(old, new, equal_nan=True), column
    assert np.allclose(after.answers.proba, before.answers.proba, atol=1e-6)
    for number, values in before.features.numeric.items():
        assert np.array_equal(after.features.numeric[number], values, equal_nan=True)


def test_a_team_in_types_of_numpy_is_written_as_plain_values(tmp_path: Path) -> None:
    cases, answers = pl.DataFrame({"case_id": ["a"]}), pl.DataFrame({"case_id": ["a"], "agent_id": ["m"]})
    plain = {"labels": ["no", "yes"], "limits": {"cpu_s": 0.5, "people": 3}, "question": "Is it?"}
    same = {
        "labels": np.array(["no", "yes"]),
        "limits": {np.str_("cpu_s"): np.float64(0.5), "people": np.int64(3)},
        "question": np.str_("Is it?"),
    }
    for name, team in (("plain", plain), ("numpy", same)):
        write_history(tmp_path / name, team, cases, answers)
    assert (tmp_path / "numpy" / "team.yaml").read_bytes() == (tmp_path / "plain" / "team.yaml").read_bytes()


def test_a_team_that_yaml_cannot_say_is_one_sentence_and_nothing_is_written(tmp_path: Path) -> None:
    empty = pl.DataFrame({"case_id": ["a"]})
    with pytest.raises(ms.MindshareError, match="neither a number, a string, a list nor a mapping"):
        write_history(tmp_path / "new", {"labels": {"no", 1j}}, empty, empty)
    assert not (tmp_path / "new").exists()
