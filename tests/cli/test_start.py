"""How the program starts, and what it says to a mistake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mindshare.cli.app import app
from mindshare.cli.start import run
from mindshare.cli.words import limits_of, settings_of, shares_of
from mindshare.core.errors import MindshareError
from mindshare.histories.places import write_whole
from tests.small_history import CASES, write_small_history

HEAVY = ("numpy", "scipy", "sklearn", "numba", "polars", "matplotlib", "torch", "yaml")
ROOT = Path(__file__).parents[2]


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


# -- start ---------------------------------------------------------------------------------------------------------
def test_help_reads_no_heavy_library() -> None:
    assert (
        heavy_after("from mindshare.cli.start import run\nrun(['--help'])\nrun(['backtest', '--help'])")
        == "heavy:"
    )


def test_the_first_table_of_a_backtest_waits_for_no_library_that_learns(tmp_path: Path) -> None:
    write_small_history(tmp_path, cases=CASES.replace("c3,,", "c3,dog,"))
    told = heavy_after(
        "from pathlib import Path\n"
        "from mindshare.cli.shown import show_first\n"
        "from mindshare.histories.read import read_history\n"
        f"show_first(read_history(Path({str(tmp_path)!r})))"
    )
    assert not {"scipy", "sklearn", "numba", "torch"} & set(told.split())


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


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("mindshare ba", ["backtest", "backup"]),
        ("mindshare data c", ["convert"]),
        ("mindshare plan --li", ["--limit"]),
    ],
)
def test_a_shell_completes_commands_and_options(typed: str, offered: list[str]) -> None:
    asked = {
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
        "_MINDSHARE_COMPLETE": "complete_bash",
    }
    done = python("import sys\nfrom mindshare.cli import main\nsys.argv = ['mindshare']\nmain()", **asked)
    assert (done.returncode, done.stderr, done.stdout.split()) == (0, "", offered)


def test_what_a_shell_needs_for_completion_is_printed() -> None:
    code = "import sys\nfrom mindshare.cli import main\nsys.argv = ['mindshare', '--show-completion', 'bash']\nmain()"
    done = python(code, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode == 0 and "complete -o default -F _mindshare_completion mindshare" in done.stdout


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
        (
            ["backtest", "x", "--share", "0,-2"],
            "--share 0,-2: write human answers per case, numbers >= 0 with commas between, such as --share 0,0.05,0.2,1,3.",
        ),
        (["backtest", "x", "--share", "inf"], "write human answers per case, numbers >= 0"),
        (["backtest", "x", "--share", "nan"], "write human answers per case, numbers >= 0"),
        (["backtest", "x", "--share", "many"], "write human answers per case, numbers >= 0"),
        (["backtest", "x", "--json", "no/such/out.json"], "there is no directory no/such. Make it first."),
        (["backtset", "x"], "Did you mean 'backtest'? See `mindshare --help`."),
        (["backtest"], "Missing argument 'HISTORY'. See `mindshare backtest --help`."),
        (["data", "get", "nothing"], "There is no public set 'nothing'. There are: vision16"),
        (
            ["demo", "nothing"],
            "There is no demo 'nothing'; there are digits, manufacturing, tickets, city, medicine, traffic.",
        ),
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
    assert shares_of("3,0.5") == (0.5, 3.0)
    assert shares_of(None) is None
    told = settings_of(
        ["truth=gold", "agent:b.csv=who"], ["status=done,sent"], ["yes=Y,Yes"], "-1, ?", ["size"]
    )
    assert told.set == {"truth": "gold", "agent:b.csv": "who"}
    assert told.where == {"status": ("done", "sent")} and told.merge == {"Y": "yes", "Yes": "yes"}
    assert told.missing == ("-1", "?") and told.features == ("size",)


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
