"""Rows that are answers though no column has a known name, rows that sum up others, and columns that are known too late."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mindshare.histories.intake.agents import by_name
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings

PEOPLE = ("Ann", "Bob", "Cem")
N = 30


def written(folder: Path, header: str, rows: list[str], encoding: str = "utf-8") -> Path:
    (folder / "table.csv").write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return folder / "table.csv"


def said(case: int, who: str) -> str:
    return random.Random(f"{case}{who}").choice(("oak", "elm", "ash"))


@pytest.mark.parametrize("case", ["leaf", "photo", "essay", "X-ray", "part"])
@pytest.mark.parametrize("who", ["annotator", "rater", "reader", "reviewer", "inspector", "actor"])
@pytest.mark.parametrize("gold", [False, True])
def test_a_rows_column_called_like_a_role_names_who_answers_whatever_the_others_are_called(
    tmp_path: Path, case: str, who: str, gold: bool
) -> None:
    rows = [f"{i},{name},{said(i, name)}" + f",{said(i, 'gold')}" * gold for i in range(N) for name in PEOPLE]
    preview = look([written(tmp_path, f"{case},{who},species" + ",gold" * gold, rows)], Settings())
    assert not preview.open and set(preview.kinds) == {*PEOPLE} and preview.labels == ("ash", "elm", "oak")
    assert (preview.cases.height, preview.answers.height) == (N, 3 * N)
    assert preview.cases["truth"].null_count() == (0 if gold else N)


def test_so_it_is_where_the_case_is_set_and_with_a_criterion_each(tmp_path: Path) -> None:
    rows = [f"{i},{name},{said(i, name)}" for i in range(N) for name in PEOPLE]
    file = written(tmp_path, "leaf,rater,species", rows)
    assert look([file], Settings(set={"case": "leaf"})).cases.height == N
    rows = [
        f"{i},{name},{what},{said(i, name + what)}"
        for i in range(N)
        for name in PEOPLE
        for what in ("tree", "bush")
    ]
    preview = look([written(tmp_path, "leaf,rater,criterion,species", rows)], Settings())
    assert not preview.open and (preview.cases.height, preview.answers.height) == (2 * N, 6 * N)
    assert set(preview.cases["kind"]) == {"tree", "bush"}


def test_a_role_s_column_that_holds_labels_is_an_annotators(tmp_path: Path) -> None:
    rows = [f"s{i},{i % 9},{said(i, 'a')},{said(i, 'b')}" for i in range(N)]
    preview = look([written(tmp_path, "sku,shelf,reviewer,gold", rows)], Settings())
    assert set(preview.kinds) == {"reviewer"} and preview.cases.height == N
    preview = look(
        [written(tmp_path, "id,shelf,model", [row.rpartition(",")[0] for row in rows])], Settings()
    )
    assert set(preview.kinds) == {"model"} and preview.cases.height == N


@pytest.mark.parametrize("true", ["true", "correct", "actual"])
@pytest.mark.parametrize("sign", ["_", " "])
def test_a_truth_of_each_question_is_no_person(tmp_path: Path, true: str, sign: str) -> None:
    who = [*PEOPLE, true]
    header = ",".join(["item", *(f"{name}{sign}{what}" for what in ("tree", "soil") for name in who)])
    rows = [
        ",".join(
            [
                str(i),
                *(said(i, name) for name in who),
                *("wet" if said(i, name) == "oak" else "dry" for name in who),
            ]
        )
        for i in range(N)
    ]
    preview = look([written(tmp_path, header, rows)], Settings())
    assert set(preview.kinds) == {*PEOPLE} and preview.answers.height == 6 * N
    assert preview.cases["truth"].null_count() == 0 and not preview.open


@pytest.mark.parametrize(
    "sums",
    [
        ["Grand Total,90,,", "", "Cohen kappa,0.61,,"],
        ["Zwischensumme,,90,", 'Ø,,"0,85",'],
        [",Total,90,"],
        ["Accuracy,,94%,", "Count,90,90,90"],
        ["weekly,90,,"],
    ],
)
def test_rows_that_sum_up_are_left_out_and_counted_wherever_they_stand(
    tmp_path: Path, sums: list[str]
) -> None:
    rows = [f"{i},{name},{said(i, name)},{said(i, 'gold')}" for name in PEOPLE for i in range(N)]
    middle = ["Ann Total,30,,"]
    preview = look(
        [written(tmp_path, "unit,inspector,verdict,truth", rows[:N] + middle + rows[N:] + sums)], Settings()
    )
    assert set(preview.kinds) == {*PEOPLE} and (preview.cases.height, preview.answers.height) == (N, 3 * N)
    assert sum(left.number for left in preview.left_out) == 1 + sum(map(bool, sums))


@pytest.mark.parametrize(
    "sums", ["Übereinstimmung;77 %;;", "Accuracy;94%;84%;", "Errors;3;8;", "Count;30;30;30"]
)
def test_measures_below_a_column_per_annotator_are_no_answers(tmp_path: Path, sums: str) -> None:
    rows = [f"{i};{said(i, 'Ann')};{said(i, 'Bob')};{said(i, 'gold')}" for i in range(N)]
    preview = look([written(tmp_path, "unit;rater 1;rater 2;truth", [*rows, sums])], Settings())
    assert preview.labels == ("ash", "elm", "oak") and preview.answers.height == 2 * N
    assert [left.number for left in preview.left_out] == [1]


def test_a_label_or_a_case_called_like_a_total_is_kept(tmp_path: Path) -> None:
    rows = [f"c{i},{('total', 'partial')[i % 2]},{('total', 'partial')[i % 3 > 0]},total" for i in range(N)]
    rows += ["total loss 7,total,partial,total"]
    preview = look([written(tmp_path, "claim,rater 1,rater 2,truth", rows)], Settings())
    assert preview.cases.height == N + 1 and not preview.left_out


@pytest.mark.parametrize("late", ["disposition", "length_of_stay_h", "LOS days", "paid", "appealed"])
def test_what_is_known_only_afterwards_is_no_feature(tmp_path: Path, late: str) -> None:
    rows = [f"{i},{said(i, 'Ann')},{said(i, 'gold')},{i % 2}" for i in range(N)]
    preview = look([written(tmp_path, f"id,rater,gold,{late}", rows)], Settings())
    assert late not in preview.cases.columns
    assert [c.taken_as for c in preview.choices if c.column == late] == ["left out"]


@pytest.mark.parametrize("patient", ["mrn", "Medical record number", "pat_nr"])
def test_a_patients_number_that_comes_again_is_the_parent(tmp_path: Path, patient: str) -> None:
    rows = [f"e{i},p{i // 2},{name},{said(i, name)}" for i in range(2 * N) for name in PEOPLE]
    preview = look([written(tmp_path, f"encounter_id,{patient},rater,label", rows)], Settings())
    assert preview.cases["parent"].n_unique() == N and preview.cases.height == 2 * N


def test_a_machines_name_within_a_column_of_people_is_said(tmp_path: Path) -> None:
    rows = [f"{i},{name},{said(i, name)}" for i in range(N) for name in (*PEOPLE, "TriageAI")]
    preview = look([written(tmp_path, "id,triage_nurse,label", rows)], Settings())
    assert any("TriageAI" in sentence and "--set people" in sentence for sentence in preview.said)
    assert by_name("A2X3AI") == by_name("Kim") == by_name("Kai") == ""
