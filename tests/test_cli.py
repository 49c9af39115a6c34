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

import numpy as np
import polars as pl
import pytest

from mindshare.cli.app import app
from mindshare.cli.shown import show_backtest
from mindshare.cli.start import run
from mindshare.cli.terminal import write_whole
from mindshare.cli.words import limits_of, roles_of, shares_of
from mindshare.core.errors import MindshareError
from mindshare.histories.write import write_history

HEAVY = ("numpy", "scipy", "sklearn", "numba", "polars", "matplotlib", "torch", "yaml")
ROOT = Path(__file__).parents[1]
WIDE = "item_id,gold,annotator_a,annotator_b,bert_model\nq1,yes,yes,yes,no\nq2,no,no,yes,no\nq3,yes,yes,no,yes\nq4,no,no,no,no\n"


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def heavy_after(code: str) -> str:
    return python(
        f"import sys\n{code}\nprint('heavy:', *[m for m in {HEAVY} if m in sys.modules])"
    ).stdout.splitlines()[-1]


@pytest.fixture(scope="module")
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


# -- start ---------------------------------------------------------------------------------------------------------
def test_help_reads_no_heavy_library() -> None:
    assert (
        heavy_after("from mindshare.cli.start import run\nrun(['--help'])\nrun(['backtest', '--help'])")
        == "heavy:"
    )


def test_importing_mindshare_reads_no_heavy_library_and_no_command_line() -> None:
    assert heavy_after("import mindshare\nassert 'typer' not in sys.modules") == "heavy:"


def test_what_the_package_promises_is_there() -> None:
    import mindshare as ms

    for name in ms.__all__:
        assert getattr(ms, name) is not None
    assert ms.__version__
    with pytest.raises(AttributeError, match="no attribute 'read_histroy'"):
        _ = ms.read_histroy  # type: ignore[attr-defined]


def test_the_version_is_printed_and_no_words_are_a_call_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("mindshare ")
    assert run([]) == 0
    assert "backtest" in capsys.readouterr().out


def test_every_command_and_option_is_in_the_documentation() -> None:
    import typer

    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    root = typer.main.get_command(app)
    commands = (
        {"": root} | root.commands | {f"data {n}": c for n, c in root.commands["data"].commands.items()}
    )  # type: ignore[attr-defined]
    for name, command in commands.items():
        assert f"mindshare {name}".strip() in text
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--"):
                    assert f"`{option}" in text, f"mindshare {name}: {option} is not in docs/cli.md"


# -- errors --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["backtest", "no-such-place"], "mindshare: no-such-place: there is no such directory."),
        (
            ["backtest", "x", "--limit", "cpu_s"],
            "write --limit RESOURCE=AMOUNT, such as --limit people.minutes=120.",
        ),
        (["backtest", "x", "--limit", "cpu_s=much"], "the amount must be a number >= 0"),
        (["backtest", "x", "--limit", "cpu_s=-1"], "the amount must be a number >= 0"),
        (
            ["backtest", "x", "--limit", "cpu_s=1", "--limit", "cpu_s=2"],
            "--limit cpu_s is given twice. Keep one.",
        ),
        (["backtest", "x", "--share", "0,2"], "human answers a case from 0 to 1"),
        (["backtest", "x", "--json", "no/such/out.json"], "there is no directory no/such. Make it first."),
        (["backtset", "x"], "Did you mean 'backtest'? See `mindshare --help`."),
        (["backtest"], "Missing argument 'HISTORY'. See `mindshare backtest --help`."),
        (["data", "get", "nothing"], "There is no public set 'nothing'. There are: vision16"),
        (["demo", "nothing"], "There is no demo 'nothing'. There is: digits."),
        (["init", "x.csv", "--set", "thruth=gold"], "Did you mean 'truth'?"),
    ],
)
def test_a_mistake_gets_one_sentence_and_exit_code_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1 and told.out == ""


def test_errors_are_one_json_object_where_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, make_history: Callable[..., Path]
) -> None:
    broken = make_history(cases="case,truth\nc1,cat\nc1,dog\n")
    assert run(["backtest", str(broken), "--json-errors"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "history" and (error["file"], error["row"], error["column"]) == (
        "cases.csv",
        3,
        "case",
    )
    monkeypatch.setenv("MINDSHARE_JSON_ERRORS", "1")
    assert run(["backtest"]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "usage"


def test_an_unknown_resource_is_told_which_there_are(
    history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["backtest", str(history), "--limit", "people.minuts=3"]) == 2
    told = capsys.readouterr().err
    assert "the resources are cpu_s, human_answers, people.minutes, sim_1.minutes, sim_2.minutes." in told
    assert "Did you mean 'people.minutes'?" in told


def test_ctrl_c_ends_with_one_line_and_exit_code_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mindshare.cli.backtested.run_backtest", interrupted)
    assert run(["backtest", "x"]) == 130
    assert capsys.readouterr().err == "mindshare: Stopped. No file was left half written.\n"


def test_a_crash_is_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mindshare.cli.backtested.run_backtest", broken)
    with pytest.raises(ZeroDivisionError):
        run(["backtest", "x"])


# -- words ---------------------------------------------------------------------------------------------------------
def test_words_become_limits_shares_and_roles() -> None:
    assert limits_of(["people.minutes=120", "cpu_s = 1e3"]) == {"people.minutes": 120.0, "cpu_s": 1000.0}
    assert shares_of("0.2, 0,1,0.2") == (0.0, 0.2, 1.0)
    assert shares_of(None) is None
    assert roles_of(["truth=gold", "annotators=a,b"]) == {"truth": "gold", "annotators": "a,b"}


# -- files ---------------------------------------------------------------------------------------------------------
def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    write_whole(out, lambda path: path.write_text("first"))

    def breaks(path: Path) -> None:
        path.write_text("half")
        raise MindshareError("no more")

    with pytest.raises(MindshareError, match="no more"):
        write_whole(out, breaks)
    assert out.read_text() == "first"
    assert list(tmp_path.iterdir()) == [out]


# -- commands ------------------------------------------------------------------------------------------------------
def test_backtest_prints_tables_without_escapes_and_writes_json(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    words = ["backtest", str(history), "--limit", "people.minutes=2", "--limit", "human_answers=7"]
    assert run([*words, "--share", "0,0.1,1", "--json", str(out)]) == 0
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
    assert [row["limit"] for row in result["limits"]["table"]] == [2.0, 7.0]
    show_backtest(result)
    assert capsys.readouterr().out.strip() in told.out


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
    words = ["plan", str(history), str(opened), "--limit", "people.minutes=0.3", "--out", str(out)]
    assert run(words) == 0
    told = capsys.readouterr().out
    assert "people.minutes" in told and f"Plan: {out}" in told and "Of 20 open cases" in told
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["case", "agent", "order", "value", "price", "net", "why"]
    assert sorted(row["case"] for row in rows) == sorted(f"n{i}" for i in range(20))
    people = [row for row in rows if row["agent"].startswith("sim_")]
    assert people and all(row["why"] for row in rows)
    assert all(float(row["net"]) >= -1e-9 for row in people)


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
    assert run(["init", str(tmp_path / "wide.csv"), "--out", str(tmp_path / "history")]) == 0
    assert f"Next: mindshare backtest {tmp_path / 'history'}" in capsys.readouterr().out
    assert (tmp_path / "history" / "team.yaml").is_file()


def test_init_names_the_missing_set_where_nobody_can_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    (tmp_path / "wide.csv").write_text(WIDE.replace("gold", "what"), encoding="utf-8")
    assert run(["init", str(tmp_path / "wide.csv"), "--out", str(tmp_path / "history")]) == 2
    assert "--set truth=" in capsys.readouterr().err
    words = ["init", str(tmp_path / "wide.csv"), "--out", str(tmp_path / "history"), "--set", "truth=what"]
    assert run(words) == 0


def test_init_asks_at_a_terminal_and_takes_numbers_and_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("nonsense\n1\n"))
    (tmp_path / "wide.csv").write_text(WIDE.replace("gold", "what"), encoding="utf-8")
    assert run(["init", str(tmp_path / "wide.csv"), "--out", str(tmp_path / "history")]) == 0
    told = capsys.readouterr()
    assert "'nonsense' is none of them." in told.err and "Which one does?" in told.err
    assert "The truth is the column 'what'." in told.out


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
