"""`mindshare serve` in a process of its own: an address, an end that keeps everything, one service a folder; and the doctor."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import httpx
import pytest

from mindshare.cli.served import New, make_folder
from mindshare.cli.start import run
from mindshare.engine.folder import CONSOLE, DATABASE
from mindshare.engine.settings import FILE, read_settings
from mindshare.histories.intake.settings import Settings as Reading
from mindshare.histories.team import read_team

SERVE = [sys.executable, "-m", "mindshare", "serve"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a service that knows nothing but two labels and ana."""
    place = tmp_path_factory.mktemp("serve")
    team = "name: pets\nlabels: [cat, dog]\nagents: {ana: {kind: person}, 'bot_*': {kind: machine}}\n"
    (place / "team.yaml").write_text(team, encoding="utf-8")
    with serving(
        [str(place / "team.yaml"), "--folder", str(place / "service"), "--limit", "people.minutes=60/day"]
    ):
        pass
    return place / "service"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return copytree(made, tmp_path / "service")


def bearing(folder: Path) -> dict[str, str]:
    """The token of whoever sits at the machine."""
    return {"Authorization": f"Bearer {(folder / CONSOLE).read_text().strip()}"}


@contextmanager
def serving(words: list[str], end: int = signal.SIGINT) -> Iterator[str]:
    """A service in a process of its own; it ends with the block, with exit code 0 and nothing on stderr."""
    with subprocess.Popen(
        [*SERVE, *words, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        lines: list[str] = []
        try:
            for line in process.stdout:
                lines.append(line)
                if line.startswith("Stop") or "Ctrl-C" in line:
                    break
            address = next(line for line in lines if line.startswith("Address: "))
            yield address.removeprefix("Address: ").strip()
        finally:
            process.send_signal(end)
            told, wrong = process.communicate(timeout=60)
    assert (process.returncode, wrong) == (0, "")
    assert told == "Stopped. Everything that was acknowledged is kept.\n"


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_what_is_acknowledged_is_there_after_an_end_also_while_somebody_waits(folder: Path, end: int) -> None:
    words = ["--folder", str(folder)]
    with serving(words, end) as url, httpx.Client(base_url=url, timeout=40, headers=bearing(folder)) as http:
        for i in range(20):
            sent = {
                "id": f"c{i}",
                "answers": [{"agent": "bot_1", "label": "cat"}, {"agent": "bot_2", "label": "cat"}],
            }
            assert http.post("/v1/cases", content=json.dumps(sent)).status_code == 202
        waits = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import httpx; httpx.post('{url}/v1/next', json={{'person': 'ana', 'wait_s': 30}}, headers={bearing(folder)!r}, timeout=40)",
            ],
            stderr=subprocess.DEVNULL,
        )
        while not any(
            p["waits"] or p["has"] for p in http.get("/v1/agents").json()["agents"] if p["kind"] == "person"
        ):
            time.sleep(0.05)
        start = time.monotonic()
    assert time.monotonic() - start < 9  # nobody is waited for
    waits.wait(timeout=40)
    with serving(words) as url:
        assert httpx.get(f"{url}/v1/cases/c19", headers=bearing(folder)).json()["id"] == "c19"
    assert run(["audit", "verify", str(folder)]) == 0


def test_a_second_service_on_the_folder_is_refused_in_one_sentence(folder: Path) -> None:
    with serving(["--folder", str(folder)]):
        second = subprocess.run(
            [*SERVE, "--folder", str(folder), "--port", "0"], capture_output=True, text=True, check=False
        )
    assert second.returncode == 2 and second.stdout == ""
    assert second.stderr.startswith("mindshare: Another service (process ") and second.stderr.count("\n") == 1


def test_a_new_service_needs_no_configuration_and_says_what_it_is(made: Path) -> None:
    settings, team = read_settings(made), read_team(made / "team.yaml").team
    assert settings.name == team.name == "pets" and settings.history is None
    assert settings.limits["people.minutes"].limit == 60 and settings.limits["people.minutes"].per_s == 86_400


def test_what_cannot_be_served_is_refused_before_anything_is_made(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, there = ["--folder", str(tmp_path / "new")], ["--folder", str(folder)]
    for words, sentence in [
        (new, "There is no service in"),
        ([*new, "--labels", "one"], "two or more labels"),
        ([*new, "--labels", "a,b", "--limit", "human_answers=x"], "the amount must be a number"),
        ([*new, "--labels", "a,b", "--limit", "human_answers=5/year"], "write RESOURCE=AMOUNT"),
        ([*new, "--labels", "a,b", "--host", "0.0.0.0"], "can be reached from elsewhere"),
        ([*there, "--labels", "a,b"], "There is a service in"),
        ([*there, "--certificate", "c.pem"], "both --certificate and --key"),
    ]:
        assert run(["serve", *words]) == 2, words
        assert sentence in capsys.readouterr().err
        assert not (tmp_path / "new").exists()


def test_a_taken_port_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(["--folder", str(folder)]) as url:
        port = url.rpartition(":")[2]
        assert run(["serve", "--folder", str(folder), "--port", port]) == 2
        assert f"127.0.0.1:{port} cannot be listened to" in capsys.readouterr().err
        assert run(["doctor", str(folder), "--port", port]) == 2
    assert f"NO  Port: {port} cannot be listened to" in capsys.readouterr().out


def test_the_doctor_says_what_is_right_and_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", str(folder), "--port", "47811"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told] == [
        f"ok  {what}"
        for what in (
            "Python",
            "Packages",
            "Port",
            "Clock",
            "Folder",
            "Disk",
            "Keys",
            "Settings",
            "Models",
            "Log",
            "Start",
        )
    ]
    (folder / FILE).write_text("limit: {}\n", encoding="utf-8")
    for model in (folder / "models").glob("*.model"):
        model.write_bytes(b"?")
    data = bytearray((folder / DATABASE).read_bytes())
    at = data.index(b'"started"')
    data[at + 1 : at + 3] = b"ST"
    (folder / DATABASE).write_bytes(bytes(data))
    (folder / "keys").mkdir(exist_ok=True)
    (folder / "keys" / "checkpoints").write_bytes(b"k")
    os.chmod(folder / "keys" / "checkpoints", 0o644)
    assert run(["doctor", str(folder), "--port", "47811"]) == 2
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told if line.startswith("NO")] == [
        "NO  Keys", "NO  Settings", "NO  Models", "NO  Log",
    ]  # fmt: skip
    assert run(["audit", "verify", str(folder)]) == 2
    assert "is not what was written" in capsys.readouterr().err
    assert run(["doctor", str(folder.parent / "none"), "--port", "47811"]) == 0


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("limits: {foo: {limit: 3}}", "limits.foo limits nothing"),
        ("limits: {people.minuts: {limit: 3}}", "Did you mean 'people.minutes'?"),
        (
            "people: {anna: {zone: UTC, week: {mon: '09:00-17:00'}}}",
            "'anna' is not known; .* Did you mean 'ana'?",
        ),
        ("guard: {mandatory_review: {when: {kind: loan}}}", "there is one kind of cases only"),
        ("kinds: {loan: {grace_s: 1}}", "there is no kind 'loan'; there is one kind only"),
        ("machines: {net: {runs: {file: gone.onnx}}}", "Machine 'net': there is no file"),
    ],
)
def test_the_doctor_and_serve_refuse_the_same_in_the_same_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], wrong: str, why: str
) -> None:
    (folder / FILE).write_text(f"{wrong}\n", encoding="utf-8")
    assert run(["serve", "--folder", str(folder), "--port", "0"]) == 2
    refused = capsys.readouterr().err.splitlines()[-1].removeprefix("mindshare: ")
    assert re.search(why, refused), refused
    assert run(["doctor", str(folder), "--port", "47811"]) == 2
    assert f"NO  Start: mindshare serve would refuse: {refused}" in capsys.readouterr().out


def test_a_name_that_may_come_later_is_told_and_keeps_nothing_from_starting(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = "people: {zzz: {zone: UTC, week: {mon: '09:00-17:00'}}}\nlimits: {zzz.minutes: {limit: 3}}\n"
    (folder / FILE).write_text(told, encoding="utf-8")
    assert run(["doctor", str(folder), "--port", "47811"]) == 0
    assert "?   Settings: people.zzz: nobody called 'zzz' is here yet." in capsys.readouterr().out
    with serving(["--folder", str(folder)]):
        pass


def test_a_label_that_the_models_do_not_know_is_refused_with_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team = folder / "team.yaml"
    before = team.read_text(encoding="utf-8")
    assert before.count("- dog") == 1
    team.write_text(before.replace("- dog", "- dog\n- fox"), encoding="utf-8")
    assert run(["serve", "--folder", str(folder), "--port", "0"]) == 2
    assert "what is asked cannot change in a service that was made" in capsys.readouterr().err
    assert run(["doctor", str(folder), "--port", "47811"]) == 2
    team.write_text(before, encoding="utf-8")
    assert run(["doctor", str(folder), "--port", "47811"]) == 0


def test_a_limit_of_nothing_is_refused_before_a_folder_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["serve", "--labels", "yes,no", "--folder", str(tmp_path / "new"), "--limit", "people.minuts=3"]
    assert run(words) == 2
    assert "Did you mean 'people.minutes'?" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_replay_after_an_erasure_and_after_a_limit_was_added_says_what_it_compared_and_ends_well(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = read_settings(folder)
    text = (folder / FILE).read_text(encoding="utf-8")
    (folder / FILE).write_text(text.replace("kinds: {}", "kinds: {default: {grace_s: 0}}"), encoding="utf-8")
    words = ["--folder", str(folder)]

    def send(http: httpx.Client, name: str) -> None:
        answers = [{"agent": "bot_1", "label": "cat"}, {"agent": "bot_2", "label": "cat"}]
        assert http.post("/v1/cases", json={"id": name, "answers": answers}).status_code == 202

    with serving(words) as url, httpx.Client(base_url=url, headers=bearing(folder)) as http:
        for i in range(3):
            send(http, f"c{i}")
        if (
            http.get("/v1/cases/c1").json()["state"] == "waiting"
        ):  # for ana: her minutes are worth it at some hours
            assert http.post("/v1/cases/c1/cancel", json={}).status_code == 200
        assert http.post("/v1/cases/c1/erase", json={}).status_code == 200
    assert run(["audit", "replay", str(folder)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "on: the contents of case 'c1', which came then, were erased." in told
    assert "were compared, and follow from what came in" in told
    more = (folder / FILE).read_text(encoding="utf-8")
    assert "people.minutes" in settings.limits
    more = more.replace("limits:", "limits:\n  human_answers: {limit: 9.0}", 1)
    (folder / FILE).write_text(more, encoding="utf-8")
    with serving(words) as url, httpx.Client(base_url=url, headers=bearing(folder)) as http:
        send(http, "c9")
        assert http.get("/v1/limits").json()["limits"]["human_answers"]["limit"] == 9.0
    assert run(["audit", "replay", str(folder)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert re.search(r"those from \d+ to \d+, \d+ to \d+ were compared", told), told


def test_backup_and_restore_say_what_to_do_next(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["backup", str(folder), str(tmp_path / "b.zip")]) == 0
    assert run(["restore", str(tmp_path / "b.zip"), str(tmp_path / "again")]) == 0
    assert f"Next: mindshare serve --folder {tmp_path / 'again'}" in capsys.readouterr().out


def test_of_whom_no_times_are_known_is_said_at_the_first_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"T{i},{'cat' if i % 3 else 'dog'},{'cat' if i % 2 else 'dog'},cat" for i in range(40)]
    (tmp_path / "own.csv").write_text("\n".join(["id,annotator_ana,model,truth", *rows]), encoding="utf-8")
    new = New(tmp_path / "own.csv", None, ["people.minutes=60/day"], None, Reading())
    make_folder(tmp_path / "service", new)
    told = capsys.readouterr().out
    assert "Nobody recorded how long annotator_ana took" in told and "the limit holds" in told
