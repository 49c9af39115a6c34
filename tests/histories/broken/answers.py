"""Mistakes in the answers file."""

from __future__ import annotations

from tests.histories.broken.parts import Broken, answers_with

IN_ANSWERS = [
    Broken(
        "no column agent",
        "answers.csv, row 1: there is no column 'agent'; the columns are case, annotator, answer, seconds, confidence, p:cat, p:dog.",
        answers_with("case,agent", "case,annotator"),
    ),
    Broken(
        "an unknown column",
        "answers.csv, column 'confidense': this column has no meaning here; the columns are case, agent, answer, seconds, confidence and p:<label>. Did you mean 'confidence'? Columns that describe the case belong in the cases file.",
        answers_with("confidence", "confidense"),
    ),
    Broken(
        "probabilities of an unknown label",
        "answers.csv, column 'p:dgo': 'dgo' is not one of the labels in team.yaml: cat, dog. Did you mean 'dog'?",
        answers_with("p:dog", "p:dgo"),
    ),
    Broken(
        "probabilities of some labels only",
        "answers.csv: there is no column 'p:dog'; probabilities need one column for every label in team.yaml.",
        {"answers": "case,agent,answer,p:cat\nc1,bot,cat,0.9\n"},
    ),
    Broken(
        "an answer to an unknown case",
        "answers.csv, row 6, column 'case': case 'c5' is not in cases.csv. Add it there, or remove this answer.",
        answers_with("c4,bot", "c5,bot"),
    ),
    Broken(
        "an answer without a case",
        "answers.csv, row 6, column 'case': the field is empty. Write the id of the case that was answered.",
        answers_with("c4,bot", ",bot"),
    ),
    Broken(
        "an answer without an agent",
        "answers.csv, row 6, column 'agent': the field is empty. Write who gave this answer.",
        answers_with("c4,bot", "c4,"),
    ),
    Broken(
        "an agent that no pattern names",
        "answers.csv, row 5, column 'agent': no agent in team.yaml has the id or pattern of 'persn_1'; it names bot, person_*. Did you mean 'person_*'?",
        answers_with("c2,person_1", "c2,persn_1"),
    ),
    Broken(
        "an agent that answers a case twice",
        "answers.csv, row 4: 'bot' already answered case 'c1' in row 2. Keep one answer per agent and case.",
        answers_with("c2,bot", "c1,bot"),
    ),
    Broken(
        "an answer outside the labels",
        "answers.csv, row 4, column 'answer': 'Cat' is not one of the labels in team.yaml: cat, dog. Did you mean 'cat'?",
        answers_with("c2,bot,cat", "c2,bot,Cat"),
    ),
    Broken(
        "negative seconds",
        "answers.csv, row 5, column 'seconds': seconds must be >= 0 and <= 1,000,000,000. Got -8 instead.",
        answers_with("dog,8", "dog,-8"),
    ),
    Broken(
        "a time of day for seconds",
        "answers.csv, row 5, column 'seconds': seconds must be >= 0 and <= 1,000,000,000. Got 1700000000 instead. A time of day is not how long it took.",
        answers_with("dog,8", "dog,1700000000"),
    ),
    Broken(
        "seconds that are no number",
        "answers.csv, row 5, column 'seconds': '8s' is not a number; write seconds, or leave it empty.",
        answers_with("dog,8", "dog,8s"),
    ),
    Broken(
        "infinite seconds",
        "answers.csv, row 5, column 'seconds': inf is not a finite number; write seconds, or leave it empty.",
        answers_with("dog,8", "dog,inf"),
    ),
    Broken(
        "a confidence in percent",
        "answers.csv, row 4, column 'confidence': confidence must be >= 0 and <= 1. Got 60 instead.",
        answers_with("0.6,0.6,0.4", "60,0.6,0.4"),
    ),
    Broken(
        "a negative probability",
        "answers.csv, row 4, column 'p:cat': p:cat must be >= 0 and <= 1. Got 1.4 instead.",
        answers_with("0.6,0.4", "1.4,-0.4"),
    ),
    Broken(
        "probabilities that do not sum to 1",
        "answers.csv, row 4, column 'p:cat': the probabilities of all labels must sum to 1. They sum to 1.1.",
        answers_with("0.6,0.4", "0.6,0.5"),
    ),
    Broken(
        "probabilities with a gap",
        "answers.csv, row 4, column 'p:cat': 1 of the 2 probabilities are empty. Fill in all of them, or none.",
        answers_with("0.6,0.4", "0.6,"),
    ),
]
