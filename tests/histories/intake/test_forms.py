"""Tables as forms, surveys and spreadsheets write them: times of start and completion, merged cells, ids that tell nothing."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.settings import Settings

PEOPLE = ("ana@x.org", "ben@x.org")


def answers() -> list[tuple[str, str, str]]:
    """Case, person, answer: 40 cases, two people."""
    chance = random.Random(0)
    return [(f"T{i}", who, chance.choice(("good", "bad"))) for i in range(40) for who in PEOPLE]


def history_of(folder: Path, names: list[str], rows: list[list[object]], **given: str) -> Preview:
    with (folder / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return look([folder / "table.csv"], Settings(set=given))


def said(preview: Preview) -> list[tuple[str, ...]]:
    return sorted(preview.answers.select("case", "agent", "answer").rows())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("Start time", "Completion time"),
        ("Start Date", "End Date"),
        ("startdate", "submitdate"),
        ("Startzeit", "Fertigstellungszeit"),
        ("Heure de début", "Heure de fin"),
        ("Hora de inicio", "Hora de finalización"),
        ("date_started", "submission_time"),
    ],
)
def test_a_start_and_a_completion_become_seconds(tmp_path: Path, start: str, end: str) -> None:
    rows: list[list[object]] = [
        [
            case,
            who,
            label,
            f"6/{1 + i % 12}/24 11:59:{i % 40:02d} PM",
            f"6/{2 + i % 12}/24 12:00:{i % 40:02d} AM",
        ]
        for i, (case, who, label) in enumerate(answers())
    ]
    preview = history_of(tmp_path, ["id", "worker", "label", start, end], rows)
    assert not preview.open and preview.answers["seconds"].unique().to_list() == [60]


@pytest.mark.parametrize("number", ["ID", "Respondent ID"])
@pytest.mark.parametrize(("who", "case"), [("Name", "Case number"), ("Email Address", "Which case?")])
def test_a_form_s_row_is_an_answer_though_it_has_a_number_of_its_own(
    tmp_path: Path, number: str, who: str, case: str
) -> None:
    names = [number, "Start time", "Completion time", who, case, "Your verdict"]
    rows: list[list[object]] = [
        [i, f"6/13/24 10:{i % 60:02d}:00", f"6/13/24 10:{i % 60:02d}:30", agent, what, label]
        for i, (what, agent, label) in enumerate(answers())
    ]
    preview = history_of(tmp_path, names, rows)
    assert not preview.open and said(preview) == sorted(answers())


@pytest.mark.parametrize("merged", ["item", "rater"])
def test_cells_merged_over_several_rows_are_filled_down_and_told(tmp_path: Path, merged: str) -> None:
    told = answers() if merged == "item" else sorted(answers(), key=lambda answer: answer[1])
    at = ("item", "rater").index(merged)
    rows: list[list[object]] = []
    for i, answer in enumerate(told):
        again = i > 0 and told[i - 1][at] == answer[at]
        row: list[object] = [*answer, "good" if not again or merged == "rater" else None]
        row[at] = None if again else answer[at]
        rows.append(row)
    preview = history_of(tmp_path, ["item", "rater", "label", "gold"], rows)
    assert not preview.open and said(preview) == sorted(answers())
    assert preview.cases["truth"].to_list() == ["good"] * 40
    n = 40 if merged == "item" else 78
    assert any(f"'{merged}' stands once and is empty in {n} rows below" in s for s in preview.said)


def test_an_id_that_a_person_forgot_is_left_out_and_no_merged_cell(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [None if i in (7, 31) else case, who, a] for i, (case, who, a) in enumerate(answers())
    ]
    preview = history_of(tmp_path, ["item", "rater", "label"], rows)
    assert preview.answers.height == 78 and sum(left.number for left in preview.left_out) == 2


def test_rows_that_all_have_one_id_are_refused_with_the_reason(tmp_path: Path) -> None:
    rows: list[list[object]] = [["7", *answer[1:]] for answer in answers()]
    with pytest.raises(
        HistoryError, match=r"'job' tells no cases apart: all 80 rows have '7'\. Say with --set case="
    ):
        history_of(tmp_path, ["job", "rater", "label"], rows, case="job")
    rows = [["4.91235E+11", *answer[1:]] for answer in answers()]
    with pytest.raises(HistoryError, match=r"has shortened long numbers\. Export the ids as text"):
        history_of(tmp_path, ["ticket_id", "rater", "label"], rows)


def test_an_id_that_is_the_same_everywhere_gives_way_to_one_that_is_not(tmp_path: Path) -> None:
    rows: list[list[object]] = [["7", *answer] for answer in answers()]
    assert said(history_of(tmp_path, ["task_id", "frame", "rater", "label"], rows)) == sorted(answers())


def grid(questions: tuple[str, ...], who: list[str]) -> tuple[list[str], list[list[object]]]:
    """A row for each of 30 respondents, who answer each question about 12 pictures."""
    chance = random.Random(0)
    names = [f"{question} [Image {i}]" for question in questions for i in range(12)]
    rows: list[list[object]] = [
        [
            f"2024/05/01 3:{i:02d}:00 PM",
            *(f"user{i}@x.org" for _ in who),
            *(chance.choice(("Cat", "Dog")) for _ in names),
        ]
        for i in range(30)
    ]
    return ["Timestamp", *who, *names], rows


@pytest.mark.parametrize("who", ["Username", "Email Address", "Dirección de correo electrónico"])
def test_a_grid_of_a_form_has_a_case_per_column(tmp_path: Path, who: str) -> None:
    preview = history_of(tmp_path, *grid(("What is shown?",), [who]))
    assert not preview.open and preview.answers.height == preview.found == 360
    assert preview.cases["case"].to_list() == [f"Image {i}" for i in range(12)]
    assert set(preview.kinds) == {f"user{i}@x.org" for i in range(30)} and preview.labels == ("Cat", "Dog")
    assert any("each column of What is shown? is about the case in its brackets" in s for s in preview.said)


def test_a_grid_that_names_nobody_numbers_its_respondents(tmp_path: Path) -> None:
    preview = history_of(tmp_path, *grid(("What is shown?",), []), people="all")
    assert preview.answers.height == 360 and "respondent 30" in preview.kinds


def test_grids_of_two_questions_have_a_case_for_each_about_one_parent(tmp_path: Path) -> None:
    preview = history_of(tmp_path, *grid(("What is shown?", "What is behind it?"), ["Username"]))
    assert preview.answers.height == 720 and preview.cases.height == 24
    assert preview.cases["parent"].n_unique() == 12 and preview.cases["kind"].n_unique() == 2


def test_a_row_per_case_with_annotators_in_brackets_is_no_grid(tmp_path: Path) -> None:
    rows: list[list[object]] = [[f"T{i}", *("ab"[(i + k) % 2] for k in range(3))] for i in range(30)]
    preview = history_of(tmp_path, ["id", *(f"label [rater {k}]" for k in range(3))], rows)
    assert preview.answers.height == 90 and len(preview.kinds) == 3
