"""What stands around a table (titles, names in two rows, totals, notes below) is no row of it, and is told."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from mindshare.core.errors import HistoryError
from mindshare.histories.init import total
from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.settings import Settings
from tests.histories.sources.books import Cell, book

PEOPLE = ("rater_1", "rater_2")
Rows = list[list[Cell]]


def wide() -> Rows:
    """40 cases, two annotators, the truth; no names."""
    chance = random.Random(0)
    return [[f"c{i}", *(chance.choice(("ok", "bad")) for _ in range(3))] for i in range(40)]


def long() -> Rows:
    """The same with a row per answer."""
    return [[row[0], who, row[k], row[3]] for row in wide() for k, who in enumerate(PEOPLE, 1)]


WIDE: Rows = [["id", *PEOPLE, "truth"]]
LONG: Rows = [["id", "rater", "label", "truth"]]


def written(folder: Path, rows: Rows, ending: str, between: str = ",") -> Path:
    path = folder / f"table{ending}"
    if ending == ".xlsx":
        return book(path, {"Page": rows})
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=between).writerows([["" if c is None else c for c in row] for row in rows])
    return path


def history_of(folder: Path, rows: Rows, ending: str, between: str = ",") -> Preview:
    return look([written(folder, rows, ending, between)], Settings())


def is_whole(preview: Preview) -> bool:
    """Whether all 80 answers and all 40 truths are those of `wide`."""
    said = set(preview.answers.select("case", "agent", "answer").rows())
    truth = set(preview.cases.select("case", "truth").rows())
    names = sorted({agent for _, agent, _ in said})
    return (
        not preview.open
        and said == {(r[0], names[k], r[k + 1]) for r in wide() for k in range(2)}
        and truth == {(r[0], r[3]) for r in wide()}
    )


def rows_left_out(preview: Preview) -> int:
    return sum(left.number for left in preview.left_out if left.what == "row")


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("between", [",", ";"])
@pytest.mark.parametrize("titles", [[["Checks, third quarter"]], [["Checks"], ["Made by", "Ann"], []]])
def test_lines_above_the_names_are_not_read_and_told(
    tmp_path: Path, titles: Rows, between: str, ending: str
) -> None:
    preview = history_of(tmp_path, [*titles, *WIDE, *wide()], ending, between)
    assert is_whole(preview)
    assert any("above the names of the columns" in s and "Checks" in s for s in preview.said)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_names_in_two_rows_are_put_together(tmp_path: Path, ending: str) -> None:
    header: Rows = [
        ["Fall", "Gutachter 1", None, "Gutachter 2", None, "Wahrheit"],
        [None, "Urteil", "Dauer (s)", "Urteil", "Dauer (s)", None],
    ]
    rows: Rows = [[c, a, 3, b, 4, t] for c, a, b, t in wide()]
    preview = history_of(tmp_path, [*header, *rows], ending)
    assert is_whole(preview) and preview.answers["seconds"].unique().sort().to_list() == [3, 4]
    assert {c.column for c in preview.choices} >= {"Fall", "Gutachter 1 Dauer (s)", "Wahrheit"}
    assert any("stand in two rows" in s for s in preview.said)


def test_a_row_below_the_names_that_only_explains_them_is_none_of_the_table(tmp_path: Path) -> None:
    explains: Rows = [[None, "Open-Ended Response", "Response", None]]
    preview = history_of(tmp_path, [*LONG, *explains, *long()], ".csv")
    assert is_whole(preview) and any("stand in two rows" in s for s in preview.said)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_column_without_a_name_is_told_and_left_out(tmp_path: Path, ending: str) -> None:
    rows: Rows = [[c, a, "a note", b, t, "seen" if i < 3 else None] for i, (c, a, b, t) in enumerate(wide())]
    preview = history_of(tmp_path, [["id", "rater_1", None, "rater_2", "truth", None], *rows], ending)
    assert is_whole(preview)
    assert {c.column for c in preview.choices if c.taken_as == "left out"} == {"(column 3)", "(column 6)"}


def test_an_index_of_ids_without_a_name_names_the_cases_and_one_that_counts_does_not(tmp_path: Path) -> None:
    names: Rows = [[None, *PEOPLE, "truth"]]
    assert is_whole(history_of(tmp_path, [*names, *wide()], ".csv"))
    counted: Rows = [[i, *row[1:]] for i, row in enumerate(wide())]
    preview = history_of(tmp_path, [*names, *counted], ".csv")
    assert preview.cases["case"].to_list()[:2] == ["1", "2"]
    assert any("rows are numbered" in s for s in preview.said)


@pytest.mark.parametrize("rows", [long(), [[r[1], r[2], r[3]] for r in wide()]])
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_table_without_names_is_refused_and_its_first_row_is_not_lost(
    tmp_path: Path, rows: Rows, ending: str
) -> None:
    with pytest.raises(HistoryError, match="is like all others, so no row names the columns"):
        history_of(tmp_path, rows, ending)


def test_annotators_called_as_the_labels_are_names_all_the_same(tmp_path: Path) -> None:
    rows: Rows = [[i, *("ABC"[(i * k) % 3] for k in (1, 2)), "ABC"[i % 3]] for i in range(40)]
    assert history_of(tmp_path, [["id", "A", "B", "truth"], *rows], ".csv").answers.height == 80


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_subtotals_within_a_table_are_no_answers_and_counted(tmp_path: Path, ending: str) -> None:
    rows = long()
    rows[40:40] = [["Subtotal", "rater_1", "40", None]]
    preview = history_of(tmp_path, [*LONG, *rows, ["Zwischensumme", "rater_2", "40", None]], ending)
    assert is_whole(preview) and rows_left_out(preview) == 2 and preview.files[0][2] == 82
    assert total(preview)[1].endswith("kept 80, left out 0; 2 other rows left out.")


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_figures_and_notes_below_an_empty_row_are_no_cases_and_counted(tmp_path: Path, ending: str) -> None:
    below: Rows = [[], ["Agreement", "0.7"], ["n ok", "20", "22", "21"], [], ["Filter: year is 2024"]]
    preview = history_of(tmp_path, [*WIDE, *wide(), *below], ending)
    assert is_whole(preview) and rows_left_out(preview) == 3


def test_empty_rows_between_cases_and_a_case_called_total_lose_nothing(tmp_path: Path) -> None:
    rows = wide()
    preview = history_of(tmp_path, [*WIDE, *rows[:36], [], [], *rows[36:]], ".csv")
    assert is_whole(preview) and rows_left_out(preview) == 0
    rows[5][0] = "total"
    assert "total" in history_of(tmp_path, [*WIDE, *rows], ".csv").cases["case"].to_list()


def test_names_that_come_again_are_counted_and_no_row(tmp_path: Path) -> None:
    preview = history_of(tmp_path, [*LONG, *long()[:30], *LONG, *long()[30:]], ".csv")
    assert is_whole(preview) and rows_left_out(preview) == 1


def test_a_page_of_a_workbook_without_a_table_is_named(tmp_path: Path) -> None:
    pages = {"Readme": [["Do not edit"], ["Made by a tool"]], "Answers": [*LONG, *long()]}
    preview = look([book(tmp_path / "b.xlsx", pages)], Settings())
    assert is_whole(preview) and "b.xlsx: 'Readme' holds no table and is not read." in preview.said


def test_rows_that_end_in_a_carriage_return_alone_are_rows(tmp_path: Path) -> None:
    text = "\r".join(",".join(map(str, row)) for row in [*LONG, *long()])
    (tmp_path / "mac.csv").write_bytes(text.encode())
    assert is_whole(look([tmp_path / "mac.csv"], Settings()))
