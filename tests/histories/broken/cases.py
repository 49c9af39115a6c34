"""Mistakes in the cases file."""

from __future__ import annotations

from tests.histories.broken.parts import Broken, cases_at, cases_with

IN_CASES = [
    Broken(
        "no column case",
        "cases.csv, row 1: there is no column 'case'; the columns are cases, truth, size. Rename 'cases' to 'case' if that is it.",
        cases_with("case,truth", "cases,truth"),
    ),
    Broken(
        "no column truth",
        "cases.csv: there is no column 'truth', so nothing can be learnt or judged; the columns are case, label, size. Name the one that holds the truth 'truth'.",
        cases_with("case,truth", "case,label"),
    ),
    Broken(
        "no truth anywhere",
        "cases.csv, column 'truth': the truth is empty for every case, so nothing can be learnt or judged. Fill it in where it is known.",
        {"cases": "case,truth\nc1,\nc2,\nc4,\n"},
    ),
    Broken(
        "a case without an id",
        "cases.csv, row 4, column 'case': the field is empty. Give every case an id of its own.",
        cases_with("c3,,0.5", ",,0.5"),
    ),
    Broken(
        "a case twice",
        "cases.csv, row 5, column 'case': case 'c1' is already in row 2. Keep one row per case.",
        cases_with("c4,cat", "c1,cat"),
    ),
    Broken(
        "a truth outside the labels",
        "cases.csv, row 3, column 'truth': 'dgo' is not one of the labels in team.yaml: cat, dog. Did you mean 'dog'?",
        cases_with("c2,dog", "c2,dgo"),
    ),
    Broken(
        "a time that is none",
        "cases.csv, row 2, column 'arrived': 'yesterday' is not a time; write seconds or a timestamp such as 2024-05-31T08:30:00, or leave it empty.",
        cases_at("c1,cat,yesterday,\nc2,dog,,\nc4,cat,,\n"),
    ),
    Broken(
        "seconds here, timestamps there",
        "cases.csv, column 'deadline': arrived and deadline must be on one clock, both seconds or both timestamps.",
        cases_at("c1,cat,100,2024-05-31T08:00\nc2,dog,,\nc4,cat,,\n"),
    ),
    Broken(
        "a deadline before the arrival",
        "cases.csv, row 3, column 'deadline': the deadline 200 is before the arrival 300. Correct one of them.",
        cases_at("c1,cat,100,200\nc2,dog,300,200\nc4,cat,,\n"),
    ),
    Broken(
        "stakes of zero",
        "cases.csv, row 3, column 'stakes': stakes must be > 0, they multiply what a verdict is worth. Got 0 instead.",
        {"cases": "case,truth,stakes\nc1,cat,1\nc2,dog,0\nc4,cat,\n"},
    ),
    Broken(
        "stakes that are no number",
        "cases.csv, row 3, column 'stakes': 'high' is not a number; write how many times the usual is at stake, or leave it empty.",
        {"cases": "case,truth,stakes\nc1,cat,1\nc2,dog,high\nc4,cat,\n"},
    ),
]
