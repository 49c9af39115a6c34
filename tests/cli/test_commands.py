"""What each command prints and writes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mindshare.cli.shown import show_backtest
from mindshare.cli.start import run
from mindshare.reports.pairing import telling

WIDE = "item_id,gold,annotator_a,annotator_b,bert_model\nq1,yes,yes,yes,no\nq2,no,no,yes,no\nq3,yes,yes,no,yes\nq4,no,no,no,no\n"


def test_backtest_prints_tables_without_escapes_and_writes_json(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    words = ["backtest", str(history), "--limit", "people.minutes=2", "--limit", "human_answers=7"]
    assert run([*words, "--share", "0.1,2", "--json", str(out)]) == 0
    told = capsys.readouterr()
    assert told.err == "" and "\x1b" not in told.out
    lines = told.out.splitlines()
    assert "SIMULATED" in told.out and "pets with simulated people: 120 cases." in told.out
    policies = [
        line.split()[0]
        for line in lines[lines.index(next(x for x in lines if x.startswith("policy "))) + 1 :][:12]
    ]
    assert policies[0] == "mindshare" and "posthoc" in policies
    assert "people.minutes" in told.out and f"JSON: {out}" in told.out
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["schema"] == "mindshare.backtest/1"
    assert [p["share"] for p in result["policies"]["mindshare"]["points"]] == [0, 0.1, 1, 2]
    assert re.search(r"^policy +0 +0\.1 +1 +2$", told.out, re.MULTILINE)
    assert [row["limit"] for row in result["limits"]["table"]] == [2.0, 7.0]
    show_backtest(result)
    assert capsys.readouterr().out.strip() in told.out


@pytest.mark.parametrize("most", [4, 8, 10, 15, 20])
def test_a_table_shows_as_many_shares_as_fit_and_always_those_that_matter(most: int) -> None:
    shares = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 51.0]
    shown = [shares[i] for i in telling(shares, most)]
    assert len(shown) == min(most, len(shares)) and shown == sorted(shown)
    assert {0.0, 0.1, 1.0, 51.0} <= set(shown)


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """20 open cases, each answered by the machine."""
    place = tmp_path / "open"
    place.mkdir()
    cases = "".join(f"n{i},0.5\n" for i in range(20))
    (place / "cases.csv").write_text(f"case,size\n{cases}", encoding="utf-8")
    answers = "".join(f"n{i},bot,{'cat' if i % 2 else 'dog'}\n" for i in range(20))
    (place / "answers.csv").write_text(f"case,agent,answer\n{answers}", encoding="utf-8")
    return place


def test_plan_writes_who_does_what_within_the_limits(
    history: Path, opened: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan.csv"
    words = ["plan", str(history), str(opened), "--limit", "people.minutes=0.3", "-o", str(out)]
    assert run(words) == 0
    told = capsys.readouterr().out
    assert "people.minutes" in told and f"Plan: {out}" in told and "Of 20 open cases" in told
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["case", "agent", "order", "value", "price", "net", "why"]
    assert sorted(row["case"] for row in rows) == sorted(f"n{i}" for i in range(20))
    people = [row for row in rows if row["agent"].startswith("sim_")]
    assert people and all(row["why"] for row in rows)
    assert all(float(row["net"]) >= 0 and "-0.000" not in row["why"] for row in people)


def test_a_plan_may_limit_the_number_of_human_answers_and_says_what_one_more_brings(
    history: Path, opened: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan.csv"
    assert run(["plan", str(history), str(opened), "--limit", "human_answers=3", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert re.search(r"^human_answers +3 +3 .* one more answer of the people brings ", told, re.MULTILINE)
    assert "Of 20 open cases 3 get an answer" in told


def test_limits_of_the_command_line_win_and_those_of_team_yaml_hold_too(
    history: Path, opened: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limited = tmp_path / "limited"
    shutil.copytree(history, limited)
    with (limited / "team.yaml").open("a", encoding="utf-8") as team:
        team.write("limits: {people.minutes: 0.2, human_answers: 9}\n")
    words = ["plan", str(limited), str(opened), "--limit", "human_answers=3"]
    assert run([*words, "--out", str(tmp_path / "plan.csv")]) == 0
    told = capsys.readouterr().out
    assert re.search(r"^people.minutes +0.2 ", told, re.MULTILINE)
    assert re.search(r"^human_answers +3 ", told, re.MULTILINE)


def test_plan_needs_a_limit(history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(history), str(history), "--out", str(tmp_path / "plan.csv")]) == 2
    assert "at least one --limit" in capsys.readouterr().err


def test_init_writes_a_history_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wide.csv").write_text(WIDE, encoding="utf-8")
    words = ["init", str(tmp_path / "wide.csv"), "--out", str(tmp_path / "history")]
    assert run(words) == 0
    assert "Nothing is written yet. This writes it: mindshare init " in capsys.readouterr().out
    assert not (tmp_path / "history").exists()
    assert run([*words, "--yes"]) == 0
    assert f"Next: mindshare backtest {tmp_path / 'history'}" in capsys.readouterr().out
    assert (tmp_path / "history" / "team.yaml").is_file()


def test_init_names_the_missing_set_where_nobody_can_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    (tmp_path / "wide.csv").write_text(WIDE.replace("gold", "what"), encoding="utf-8")
    assert run(["init", str(tmp_path / "wide.csv"), "--out", str(tmp_path / "history")]) == 2
    told = capsys.readouterr()
    assert "1 question is open, and nothing was written. Answer with --set truth=..." in told.err
    assert "  --set truth=...: what, annotator_a, annotator_b, bert_model, majority, none" in told.out
    assert not (tmp_path / "history").exists()
    words = ["init", str(tmp_path / "wide.csv"), "--out", str(tmp_path / "history"), "--set", "truth=what"]
    assert run(words) == 0


def test_init_asks_at_a_terminal_and_takes_numbers_and_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("nonsense\n1\n\n"))
    (tmp_path / "wide.csv").write_text(WIDE.replace("gold", "what"), encoding="utf-8")
    assert run(["init", str(tmp_path / "wide.csv"), "--out", str(tmp_path / "history")]) == 0
    told = capsys.readouterr()
    assert "'nonsense' is none of them." in told.err and "Which column holds the truth" in told.err
    assert re.search(r"^what +truth +as set$", told.out, re.MULTILINE)


def test_data_list_names_every_set(capsys: pytest.CaptureFixture[str]) -> None:
    from mindshare.histories.public import list_sets

    assert run(["data", "list"]) == 0
    told = capsys.readouterr().out
    assert all(public.name in told for public in list_sets())


def test_a_pipe_that_closes_early_is_no_traceback() -> None:
    code = "import sys\nfrom mindshare.cli.start import run\nsys.exit(run(['data', 'list']))"
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1 and done.stderr == b""


@pytest.fixture
def truths(history: Path, tmp_path: Path) -> Callable[[int], Path]:
    """The same history with so many truths left."""

    def left(known: int) -> Path:
        place = tmp_path / f"known_{known}"
        shutil.copytree(history, place)
        lines = (place / "cases.csv").read_text(encoding="utf-8").splitlines()
        rows = [line.split(",") for line in lines[1:]]
        told = [",".join([r[0], r[1] if i < known else "", *r[2:]]) for i, r in enumerate(rows)]
        (place / "cases.csv").write_text("\n".join([lines[0], *told]) + "\n", encoding="utf-8")
        return place

    return left


def test_a_backtest_of_five_truths_prints_intervals_and_says_what_it_cannot_judge(
    truths: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "few.html"
    assert run(["backtest", str(truths(5)), "--report", str(page)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "5 cases." in told and "The truth is known for 5 of 120 cases" in told
    assert "fewer than 50 cases, so intervals are wide" in told and page.exists()


def test_a_backtest_without_a_truth_says_what_to_do_and_names_the_cases(
    truths: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, out = truths(0), tmp_path / "next.csv"
    assert run(["backtest", str(place)]) == 2
    told = capsys.readouterr()
    assert told.out == "" and "can judge nothing" in told.err and "--truth-next 30" in told.err
    assert run(["backtest", str(place), "--truth-next", "7", "--out", str(out)]) == 0
    told_next = capsys.readouterr().out
    assert f"Cases: {out}" in told_next and "weigh each by its weight" in " ".join(told_next.split())
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["case", "before", "after", "spread", "weight"] and len(rows) == 7


def test_a_plan_needs_no_truth(
    truths: Callable[[int], Path], opened: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan.csv"
    assert run(["plan", str(truths(0)), str(opened), "--limit", "human_answers=4", "--out", str(out)]) == 0
    assert "human_answers" in capsys.readouterr().out
    with out.open(encoding="utf-8", newline="") as file:
        assert sum(row["agent"].startswith("sim_") for row in csv.DictReader(file)) == 4
