"""`mindshare answer`: from a machine and a CSV to a report in two commands, with answers that the machine has not learnt from."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mindshare as ms
from mindshare.cli.start import run
from mindshare.machines import CNN, FitPlan, save_model

PAGE = Path(__file__).parents[2] / "docs" / "answer.md"
SAID = {
    "refund": ("money back please", "you charged me twice", "refund my order"),
    "password": ("cannot log in", "reset my password", "locked out of my account"),
    "delivery": ("parcel is late", "where is my package", "the box arrived broken"),
}
FILL = [
    "hello",
    "today",
    "really",
    "order",
    "thanks",
    "help",
    "urgent",
    "again",
    "monday",
    "blue",
    "brother",
    "very",
    "town",
    "yesterday",
    "app",
]
N, SEEN = 60, 20


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tickets.csv (two made-up people, a truth), bare.csv (a text and a label), open.csv and machine.npz."""
    place, rng = tmp_path_factory.mktemp("answer"), np.random.default_rng(0)
    rows = []
    for i in range(N):
        truth = str(rng.choice([*SAID]))
        told = truth if rng.random() < 0.8 else str(rng.choice([*SAID]))
        words = [*rng.choice(FILL, 5), str(rng.choice(SAID[told])), *rng.choice(FILL, 5)]
        people = [truth if rng.random() < right else str(rng.choice([*SAID])) for right in (0.95, 0.85)]
        rows.append([f"t{i}", " ".join(words), truth, *people])
    for name, head, columns in (
        ("tickets", ["id", "text", "truth", "ana", "ben"], [0, 1, 2, 3, 4]),
        ("bare", ["message", "label"], [1, 2]),
        ("open", ["id", "text"], [0, 1]),
        ("seen", ["text"], [1]),
    ):
        with (place / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            some = rows[:SEEN] if name == "seen" else rows
            csv.writer(file).writerows([head, *([row[c] for c in columns] for row in some)])
    texts, truths = [row[1] for row in rows[:SEEN]], [row[2] for row in rows[:SEEN]]
    save_model(CNN(reads="text", width=16).fit(texts, truths, plan=FitPlan(epochs=2)), place / "machine.npz")
    return place


@pytest.fixture
def here(tickets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with the same files."""
    for file in tickets.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_commands_lead_from_a_machine_and_a_csv_to_a_report(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    commands = [shlex.split(line) for line in re.findall(r"^    mindshare (.+)$", page, re.MULTILINE)][:2]
    assert [words[0] for words in commands] == ["answer", "backtest"]
    for words in commands:
        assert run(words) == 0
    out = capsys.readouterr().out
    assert "learns anew in 5 folds" in out
    assert re.search(
        rf"{N} answers by 'machine', [\d.]+\s% of them right; an answer costs [\d.e-]+ cpu_s", out
    )
    assert "ana" in (here / "report.html").read_text(encoding="utf-8")
    history = ms.read_history(here / "answered")
    machine = history.answers.agent == history.agent_id.index("machine")
    assert machine.sum() == N
    assert (history.answers.proba_row[machine] >= 0).all()
    assert history.team.agent("machine").cost["cpu_s"].fixed > 0  # type: ignore[union-attr]
    assert not list(here.glob("*.part"))


def test_a_table_that_nobody_answers_becomes_a_history_of_the_machine_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["answer", "bare.csv", "--model", "machine.npz", "--folds", "2", "-o", "alone"]) == 0
    assert "The truth is the column 'label'." in capsys.readouterr().out
    history = ms.read_history(here / "alone")
    assert history.agent_id == ("machine",)
    assert (history.truth >= 0).all()


def test_cases_that_the_machine_was_trained_on_are_left_out(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["answer", "tickets.csv", "--model", "machine.npz", "-o", "kept", "--trained-on"]
    assert run([*words, "seen.csv"]) == 0
    assert f"{SEEN} cases of {N} are among those of seen.csv" in capsys.readouterr().out
    assert len(ms.read_history(here / "kept")) == N - SEEN
    assert run(["answer", "tickets.csv", "--model", "machine.npz", "--trained-on", "none", "-o", "all"]) == 0
    assert len(ms.read_history(here / "all")) == N


def test_open_cases_are_answered_and_can_be_planned_for(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["answer", "tickets.csv", "--model", "machine.npz", "--trained-on", "none"]) == 0
    assert run(["answer", "open.csv", "--model", "machine.npz", "-o", "later"]) == 0
    assert "these are open cases" in capsys.readouterr().out
    told = pl.read_csv(here / "later" / "answers.csv")
    assert told.height == N
    assert told.columns == ["case", "agent", "answer", "p:delivery", "p:password", "p:refund"]
    opened = ms.read_open_cases(here / "later", ms.read_history(here / "answered"))
    assert len(opened.answers) == N


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--column", "txt"],
            "The cases have no column 'txt' that a machine may read; .* Did you mean 'text'",
        ),
        (["--folds", "3", "--trained-on", "none"], "Say --folds or --trained-on"),
        (["--name", "ana"], "'ana' has answered these cases already"),
        (["--model", "nowhere.npz"], "There is no model nowhere.npz"),
        (["--model", "old.pkl"], "old.pkl runs code when it is opened; write the model with skops"),
        (["--model", "graph.onnx"], "name them with --labels in the order of its outputs"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_and_leaves_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    (here / "old.pkl").write_bytes(b"x")
    (here / "graph.onnx").write_bytes(b"x")
    before = sorted(here.iterdir())
    given = words if "--model" in words else ["--model", "machine.npz", *words]
    assert run(["answer", "tickets.csv", *given, "-o", "new"]) == 2
    assert re.search(sentence, capsys.readouterr().err)
    assert sorted(here.iterdir()) == before


def test_labels_of_a_machine_that_are_not_those_of_the_cases_are_named_with_what_is_nearest(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (here / "tickets.csv").read_text(encoding="utf-8").replace(",refund", ",Refund")
    (here / "tickets.csv").write_text(text, encoding="utf-8")
    words = ["answer", "tickets.csv", "--model", "machine.npz", "--trained-on", "none"]
    assert run(words) == 2
    error = capsys.readouterr().err
    assert "tells 'refund', which is no label of the cases" in error
    assert "Did you mean 'Refund'? Say --merge 'Refund=refund'" in error
    assert run([*words, "--merge", "Refund=refund"]) == 0


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[str], dict[int, Callable[[], int]]]]:
    """(address, what it was asked, question -> what it does then and with which status it answers)."""
    asked: list[str] = []
    then: dict[int, Callable[[], int]] = {}

    class Says(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append(body["content"])
            status = then.get(len(asked), lambda: 200)()
            late = 0.8 if "parcel" in body["content"] else 0.2
            told = {"probabilities": {"delivery": late, "password": (1 - late) / 2, "refund": (1 - late) / 2}}
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Says)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/answer", asked, then
    server.shutdown()
    thread.join()
    server.server_close()


def test_ctrl_c_keeps_what_an_endpoint_answered_and_the_same_command_goes_on(
    here: Path,
    endpoint: tuple[str, list[str], dict[int, Callable[[], int]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, asked, then = endpoint

    def press() -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return 200

    then[31] = press
    words = ["answer", "tickets.csv", "--model", url, "--trained-on", "none", "--name", "far"]
    assert run(words) == 130
    error = capsys.readouterr().err
    assert "What was answered is kept in answered.part: the same command goes on from there." in error
    assert not (here / "answered").exists()
    assert run(words) == 0
    assert "30 answers had been kept" in capsys.readouterr().out
    assert len(asked) == N + 1
    assert (ms.read_history(here / "answered").answers.agent >= 0).sum() == 3 * N
    assert not (here / "answered.part").exists()


def test_a_question_that_an_endpoint_refuses_costs_one_case(
    here: Path,
    endpoint: tuple[str, list[str], dict[int, Callable[[], int]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, _, then = endpoint
    then[7] = lambda: 400
    words = ["answer", "tickets.csv", "--model", url, "--trained-on", "none", "--name", "far"]
    assert run(words) == 0
    out = capsys.readouterr().out
    assert "1 case got no answer:" in out
    assert f"{N - 1} answers by 'far'" in out
    cost = ms.read_history(here / "answered").team.agent("far").cost  # type: ignore[union-attr]
    assert cost["net_mb"].fixed > 0


def test_kept_answers_of_another_run_are_not_taken_for_these(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "answered.part").write_text('{"run": "another"}\n', encoding="utf-8")
    assert run(["answer", "tickets.csv", "--model", "machine.npz"]) == 2
    assert "keeps answers of another run" in capsys.readouterr().err
