"""Every command that writes finds out before its work that it cannot, and says so in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindshare.cli.start import run

COMMANDS = {
    "backtest --json": ("backtest", "HISTORY", "--json", "OUT"),
    "backtest --report": ("backtest", "HISTORY", "--report", "OUT"),
    "backtest --truth-next --out": ("backtest", "HISTORY", "--truth-next", "3", "--out", "OUT"),
    "plan --out": ("plan", "HISTORY", "HISTORY", "--limit", "human_answers=3", "--out", "OUT"),
    "demo --out": ("demo", "digits", "--report", "REPORT", "--out", "OUT"),
    "demo --report": ("demo", "digits", "--report", "OUT"),
    "data get": ("data", "get", "convabuse", "--into", "OUT"),
    "data convert": ("data", "convert", "convabuse", "--source", "HISTORY", "--out", "OUT"),
    "profile --out": ("profile", "none.npz", "--device", "edge", "--out", "OUT"),
    "profile --json": ("profile", "none.npz", "--json", "OUT"),
    "profile --plot": ("profile", "none.npz", "--plot", "OUT"),
    "train --out": ("train", "manufacturing", "--limit", "cpu_s=1", "--out", "OUT"),
}


@pytest.mark.parametrize("name", ["below a file", "too long"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_place_that_cannot_be_written_to_is_found_out_before_the_work(
    command: str, name: str, history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if command.startswith("train"):
        pytest.importorskip("torch", reason="the extra `deep` is not installed")
    (tmp_path / "file").write_text("here before")
    place = tmp_path / "file" / "out" if name == "below a file" else tmp_path / ("x" * 300)
    words = {"HISTORY": str(history), "OUT": str(place), "REPORT": str(tmp_path / "report.html")}
    assert run([words.get(word, word) for word in COMMANDS[command]]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1 and str(place) in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_the_machine_denies_is_a_sentence_with_the_place(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "cases.csv")

    monkeypatch.setattr("mindshare.cli.backtested.run_backtest", denied)
    assert run(["backtest", "x"]) == 2
    assert capsys.readouterr().err == "mindshare: cases.csv: Permission denied.\n"
