"""--feature: a column that gives something away is used only where it is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from mindshare.cli.start import run


@pytest.fixture
def leaking(history: Path, tmp_path: Path) -> Path:
    """The same history with a column that is the truth in other words."""
    place = tmp_path / "leaking"
    shutil.copytree(history, place)
    (cases,) = place.glob("cases.*")
    frame = pl.read_csv(cases)
    frame.with_columns(code=(frame["truth"] == "dog").cast(pl.Int8)).write_csv(cases)
    return place


def test_a_backtest_leaves_a_leak_out_and_uses_it_where_it_is_named(
    leaking: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["backtest", str(leaking), "--share", "0.1"]
    assert run(words) == 0
    out = capsys.readouterr().out
    assert "The column 'code' of cases.csv gives away the truth" in out
    assert "it is not used; --feature code uses it." in out
    assert "brings the rest" not in out
    assert run([*words, "--feature", "code"]) == 0
    out = capsys.readouterr().out
    assert "it is used, because --feature names it." in out
    assert "what describes the cases brings the rest, most of it 'code'." in out
    assert f"With plots: mindshare backtest {leaking} --feature code --report report.html" in out


@pytest.mark.parametrize("command", ["backtest", "plan"])
def test_a_feature_that_no_column_is_named_like_is_refused(
    leaking: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    where = [str(leaking)] if command == "backtest" else [str(leaking), str(leaking / "cases.csv")]
    assert run([command, *where, "--limit", "human_answers=3", "--feature", "coed"]) != 0
    assert (
        "there is no column 'coed' that could be a feature; those that could are" in capsys.readouterr().err
    )


def test_a_plan_uses_a_leak_only_where_it_is_named(
    leaking: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = tmp_path / "open.csv"
    opened.write_text("case,size\nnew,0.5\n", encoding="utf-8")
    words = [
        "plan",
        str(leaking),
        str(opened),
        "--limit",
        "human_answers=3",
        "--out",
        str(tmp_path / "plan.csv"),
    ]
    assert run(words) == 0
    assert run([*words, "--feature", "code"]) != 0
    assert "there is no column 'code', which the history's cases have" in capsys.readouterr().err
