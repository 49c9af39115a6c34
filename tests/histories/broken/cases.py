"""Mistakes in the cases file."""

from __future__ import annotations

from tests.histories.broken.parts import Broken, cases_at, cases_with, team_with

KINDS = "kinds: {pet: {labels: [cat, dog]}, farm: {labels: [cat, cow]}}"
OF_KINDS = "case,truth,kind\nc1,dog,pet\nc2,cow,farm\n"

IN_CASES = [
    Broken(
        "no column case",
        "cases.csv, row 1: there is no column 'case'; the columns are cases, truth, size. Rename 'cases' to 'case' if that is it.",
        cases_with("case,truth", "cases,truth"),
    ),
    Broken(
        "no column truth",
        "cases.csv: there is no column 'truth'; the columns are case, label, size. Name the one that holds the truth 'truth', or add an empty one if no truth is known.",
        cases_with("case,truth", "case,label"),
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
        "kinds in the team, none in the cases",
        "cases.csv: there is no column 'kind', and team.yaml names kinds of cases: pet, farm. Add it.",
        team_with("labels: [cat, dog]", KINDS),
    ),
    Broken(
        "a kind that the team does not have",
        "cases.csv, row 3, column 'kind': 'pt' is not one of the kinds in team.yaml: pet, farm. Did you mean 'pet'?",
        {**team_with("labels: [cat, dog]", KINDS), "cases": OF_KINDS.replace("c2,cow,farm", "c2,cow,pt")},
    ),
    Broken(
        "a case without a kind",
        "cases.csv, row 3, column 'kind': the field is empty. Write one of the kinds: pet, farm.",
        {**team_with("labels: [cat, dog]", KINDS), "cases": OF_KINDS.replace("c2,cow,farm", "c2,cow,")},
    ),
    Broken(
        "a truth of another kind",
        "cases.csv, row 3, column 'truth': 'dog' is not one of the labels of kind 'farm' in team.yaml: cat, cow.",
        {**team_with("labels: [cat, dog]", KINDS), "cases": OF_KINDS.replace("c2,cow,farm", "c2,dog,farm")},
    ),
    Broken(
        "an answer of another kind",
        "answers.csv, row 3, column 'answer': 'dog' is not one of the labels of kind 'farm' in team.yaml: cat, cow.",
        {
            **team_with("labels: [cat, dog]", KINDS),
            "cases": OF_KINDS,
            "answers": "case,agent,answer\nc1,bot,dog\nc2,bot,dog\n",
        },
    ),
    Broken(
        "a probability of another kind",
        "answers.csv, row 3, column 'p:dog': this is no label of kind 'farm', which the case is of. Leave the field empty.",
        {
            **team_with("labels: [cat, dog]", KINDS),
            "cases": OF_KINDS,
            "answers": "case,agent,answer,p:cat,p:dog,p:cow\nc1,bot,dog,0.2,0.8,\nc2,bot,cow,0.2,0.1,0.7\n",
        },
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
