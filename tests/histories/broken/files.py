"""Files that are missing, or that are no tables."""

from __future__ import annotations

from tests.histories.broken.parts import Broken, answers_with, cases_with
from tests.small_history import CASES

IN_FILES = [
    Broken(
        "no team.yaml",
        "history/: there is no team.yaml. Write one: name: ..., labels: [sick, well], agents: {bot: {kind: machine}, 'person_*': {kind: person}} (or let `mindshare init FILE` write it).",
        {"team": None},
    ),
    Broken(
        "no cases file",
        "history/: there is no cases.csv, cases.csv.gz or cases.parquet. Write one: one row per case, with the columns case and truth and whatever describes a case.",
        {"cases": None},
    ),
    Broken(
        "no answers file",
        "history/: there is no answers.csv, answers.csv.gz or answers.parquet. Write one: one row per answer, with the columns case, agent and answer.",
        {"answers": None},
    ),
    Broken("an empty file", "cases.csv: the file is empty. Its first line names the columns.", {"cases": ""}),
    Broken(
        "a header without rows",
        "cases.csv: there is a header, but no row below it.",
        {"cases": "case,truth\n"},
    ),
    Broken(
        "columns separated by semicolons",
        "cases.csv, row 1: there is no column 'case'; the columns are case;truth;size. Separate the columns with commas.",
        {"cases": CASES.replace(",", ";")},
    ),
    Broken(
        "not UTF-8",
        "cases.csv, row 3: byte 5 is not UTF-8. Save the file as UTF-8.",
        {"cases": CASES.replace("dog", "d\xf6g").encode("latin-1")},
    ),
    Broken(
        "an Excel or UTF-16 file",
        "cases.csv, row 1: the file is not UTF-8. Save the file as UTF-8.",
        {"cases": CASES.encode("utf-16")},
    ),
    Broken(
        "a quotation mark that never closes",
        "cases.csv, row 3: a quotation mark opens here and never closes. Close it.",
        cases_with("c2,dog,2.5", 'c2,"dog,2.5'),
    ),
    Broken(
        "a quotation mark that opens with the last character, in a column of numbers",
        "answers.csv, row 3: a quotation mark opens here and never closes. Close it.",
        {"answers": 'case,agent,answer,seconds\nc1,bot,cat,\nc1,person_1,cat,"'},
    ),
    Broken(
        "a row with too many fields",
        "answers.csv, row 3: the row has 8 fields and the header 7. Quote fields that hold commas, and keep empty ones.",
        answers_with("c1,person_1,cat,4,,,", "c1,person_1,cat,4,,,,"),
    ),
    Broken(
        "a row with too few fields",
        "answers.csv, row 3: the row has 3 fields and the header 7. Quote fields that hold commas, and keep empty ones.",
        answers_with("c1,person_1,cat,4,,,", "c1,person_1,cat"),
    ),
    Broken(
        "two columns of one name",
        "cases.csv, row 1, column 'truth': 2 columns have this name. Rename or remove all but one.",
        cases_with("case,truth,size", "case,truth,truth"),
    ),
    Broken(
        "a column without a name",
        "cases.csv, row 1: a column has no name. Name it or remove it.",
        cases_with("case,truth,size", "case,truth,"),
    ),
    Broken(
        "a csv that only calls itself gzip",
        "answers.csv.gz: this is not a whole gzip file. Pack it again.",
        {"end": ".csv.gz", "cases": CASES, "answers": b"RAW"},
    ),
]
