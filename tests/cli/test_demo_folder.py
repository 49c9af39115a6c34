"""Promises of the folder of a live demo: made of any domain that says what its desk shows, and gone on with as it is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from mindshare.cli.demo_folder import FILE, coming_to
from mindshare.cli.demonstrated import Wanted, run_demonstration
from mindshare.cli.served import New, Place
from mindshare.core.errors import MindshareError
from mindshare.domains.city.domain import City
from mindshare.domains.digits.domain import Digits
from mindshare.domains.known import DOMAINS
from mindshare.domains.manufacturing.domain import Manufacturing
from mindshare.domains.tickets.domain import Tickets
from mindshare.engine.folder import HISTORY
from mindshare.engine.settings import read_settings
from mindshare.engine.sheets import read_sheet
from mindshare.histories.intake.settings import Settings as Reading
from mindshare.histories.read import read_history
from mindshare.people.simulated import PREFIX

QUIET = """
from dataclasses import replace
from mindshare.domains.digits.domain import Digits
class Quiet(Digits):
    def terms(self, data): return replace(super().terms(data), live=None)
QUIET = Quiet(name="quiet")
"""
SMALL = Tickets(taught=120, new=120)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folder of a small demo of city, and the history that it was made of."""
    place, small = tmp_path_factory.mktemp("city"), City(places=400)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mindshare.domains.known.DOMAINS", (small,))
        coming_to(place / "service", "city", None)
    return place / "service", small.write(place / "history", data=None, seed=0).path


def test_a_demo_has_the_sheets_that_its_domain_laid_beside_the_history(city: tuple[Path, Path]) -> None:
    folder, history = city
    settings = read_settings(folder)
    assert settings.sheets == {"Lists of today": "today.html", "Lists of today as a table": "today.csv"}
    for title, name in settings.sheets.items():
        assert read_sheet(settings, folder, title).data == (history / name).read_bytes()


def test_people_of_a_demo_answer_so_many_times_as_fast_as_its_domain_says(city: tuple[Path, Path]) -> None:
    folder, history = city
    slow, fast = read_history(history), read_history(folder / HISTORY)
    person = fast.team.agent("sim_1")
    assert person is not None and person.cost["people.minutes"].fixed == pytest.approx(40 / 60)
    assert person.cost["people.minutes"].per == pytest.approx(15 / 60)
    assert max(fast.cost()["people.minutes"]) < 2 < 40 <= max(slow.cost()["people.minutes"])
    for case in coming_to(folder, None, None).cases:
        licences = case.sent["features"]["licences"]
        for said in case.people.values():
            assert said.seconds == pytest.approx(40 + 15 * licences)
    for one, two in zip(fast.team.agents, slow.team.agents, strict=True):
        assert one.kind == "person" or one == two


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small demo of tickets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mindshare.domains.known.DOMAINS", (Digits(), SMALL))
        folder = tmp_path_factory.mktemp("demo") / "tickets"
        coming_to(folder, "tickets", None)
    return folder


def test_the_desk_works_by_the_words_of_the_domain(tickets: Path) -> None:
    live = SMALL.terms(None).live
    kind, limits = read_settings(tickets).kind("default"), read_settings(tickets).limits
    assert live is not None and kind.guidelines == live.guidelines and kind.keys == live.keys
    assert [part.feature for part in kind.template] == ["message"]
    assert {r: (x.limit, x.per_s) for r, x in limits.items()} == {"people.minutes": (60.0, 3_600.0)}


def test_a_demo_goes_on_with_the_cases_that_it_had(tickets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = coming_to(tickets, None, None), coming_to(tickets, "tickets", None)
    assert one == two and one.name == "tickets" and 60 <= len(one.cases) <= 84
    assert "Demo 'tickets' goes on" in capsys.readouterr().out
    for case in one.cases:
        assert all(name.startswith(PREFIX) for name in case.people) and len(case.people) == 4
        assert len(case.sent["answers"]) == 3 and case.truth is not None


def test_whose_seconds_nobody_recorded_takes_the_minutes_that_the_team_states(tickets: Path) -> None:
    for case in coming_to(tickets, None, None).cases[:10]:
        letters = case.sent["features"]["letters"]
        for said in case.people.values():
            assert said.seconds == pytest.approx(60 * (0.05 + 0.001 * letters), rel=1e-4)


def test_people_see_the_readings_of_a_window(tmp_path: Path) -> None:
    made = Manufacturing(runs=9, per_run=20).write(tmp_path / "history", data=None, seed=0)
    assert made.show is not None
    steps = read_history(made.path).numeric("steps")
    shown: Any = made.show("rig_0003")
    assert set(shown["window"]["channels"]) == {"vibration", "current", "pressure", "flow"}
    assert {len(readings) for readings in shown["window"]["channels"].values()} == {int(steps[3])}


def test_people_see_the_picture_of_a_digit(tmp_path: Path) -> None:
    made = Digits().write(tmp_path / "history", data=None, seed=0)
    assert made.show is not None
    shown: Any = made.show("digits_0003")
    assert len(shown["pixels"]) == 8 and {len(row) for row in shown["pixels"]} == {8}
    assert all(0 <= grey <= 16 for row in shown["pixels"] for grey in row)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        (
            "quiet.py:QUIET",
            "The demo 'quiet' cannot be served: it does not say what people at a desk are told",
        ),
        ("nothing", "There is no demo 'nothing'"),
        ("no.py", "There is no file no.py"),
    ],
)
def test_what_cannot_be_served_is_one_sentence_and_nothing_is_made(
    word: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("quiet.py").write_text(QUIET, encoding="utf-8")
    with pytest.raises(MindshareError, match=told) as wrong:
        coming_to(tmp_path / "demo", word, None)
    assert "\n" not in str(wrong.value) and not (tmp_path / "demo").exists()


def test_the_folder_of_another_demo_or_service_is_left_alone(tickets: Path, tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match="holds the demo 'tickets', not 'digits'"):
        coming_to(tickets, "digits", None)
    kept = (tickets / FILE).read_bytes()
    try:
        (tickets / FILE).write_bytes(kept[:100])
        with pytest.raises(MindshareError, match="is damaged"):
            coming_to(tickets, None, None)
        (tickets / FILE).unlink()
        with pytest.raises(MindshareError, match="it is no demo"):
            coming_to(tickets, None, None)
    finally:
        (tickets / FILE).write_bytes(kept)


def test_a_demo_brings_its_own_limits() -> None:
    new = New(None, None, ("people.minutes=3",), None, Reading())
    with pytest.raises(MindshareError, match="brings its own cases, labels and limits"):
        run_demonstration(Wanted("tickets"), new, Place("127.0.0.1", 0))


def test_a_demo_in_the_list_says_whether_it_is_live() -> None:
    assert {domain.name for domain in DOMAINS if domain.terms(None).live} >= {
        "digits",
        "manufacturing",
        "tickets",
    }
