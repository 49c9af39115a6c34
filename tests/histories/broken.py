"""Broken histories and the sentence that each gets. `python -m tests.histories.broken` rewrites docs/errors.md."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mindshare.core.errors import HistoryError
from mindshare.histories.read import read_history
from tests.small_history import ANSWERS, CASES, TEAM, write_small_history

DOC = Path(__file__).parents[2] / "docs" / "errors.md"
INTRO = """\
# What a broken history is told

Every mistake in a history gets one sentence with the file, the row and the column where it is, and what would be right.
Rows are counted as an editor counts lines: the header is row 1. The table is written by
`python -m tests.histories.broken`, and a test keeps it true.

| what is wrong | what Mindshare says |
|---|---|
"""


@dataclass(frozen=True)
class Broken:
    what: str
    says: str
    parts: dict[str, Any] = field(default_factory=dict)

    def sentence(self, directory: Path) -> str:
        """What reading this history says; the directory is called history/."""
        write_small_history(directory / "history", **self.parts)
        try:
            read_history(directory / "history")
        except HistoryError as e:
            return str(e).replace(str(directory / "history"), "history/")
        return "it was read without a word"


def _team(old: str, new: str) -> dict[str, str]:
    assert old in TEAM
    return {"team": TEAM.replace(old, new, 1)}


def _cases(old: str, new: str) -> dict[str, str]:
    assert old in CASES
    return {"cases": CASES.replace(old, new, 1)}


def _answers(old: str, new: str) -> dict[str, str]:
    assert old in ANSWERS
    return {"answers": ANSWERS.replace(old, new, 1)}


def _times(rows: str) -> dict[str, str]:
    return {"cases": "case,truth,arrived,deadline\n" + rows}


def _cost(cost: str) -> dict[str, str]:
    return _team("bot: {kind: machine}", f"bot: {{kind: machine, cost: {cost}}}")


BROKEN = [
    # files
    Broken(
        "no team.yaml",
        "history/: there is no team.yaml. Write one: name: ..., labels: [sick, well], agents: {bot: {kind: machine}, 'person_*': {kind: person}} (or let `mindshare init FILE` write it).",
        {"team": None},
    ),
    Broken(
        "no cases file",
        "history/: there is no cases.csv, cases.csv.gz or cases.parquet. Write one: one row a case, with the columns case and truth and whatever describes a case.",
        {"cases": None},
    ),
    Broken(
        "no answers file",
        "history/: there is no answers.csv, answers.csv.gz or answers.parquet. Write one: one row an answer, with the columns case, agent and answer.",
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
        _cases("c2,dog,2.5", 'c2,"dog,2.5'),
    ),
    Broken(
        "a row with too many fields",
        "answers.csv, row 3: the row has 8 fields and the header 7. Quote fields that hold commas, and keep empty ones.",
        _answers("c1,person_1,cat,4,,,", "c1,person_1,cat,4,,,,"),
    ),
    Broken(
        "a row with too few fields",
        "answers.csv, row 3: the row has 3 fields and the header 7. Quote fields that hold commas, and keep empty ones.",
        _answers("c1,person_1,cat,4,,,", "c1,person_1,cat"),
    ),
    Broken(
        "two columns of one name",
        "cases.csv, row 1, column 'truth': 2 columns have this name. Rename or remove all but one.",
        _cases("case,truth,size", "case,truth,truth"),
    ),
    Broken(
        "a column without a name",
        "cases.csv, row 1: a column has no name. Name it or remove it.",
        _cases("case,truth,size", "case,truth,"),
    ),
    Broken(
        "a csv that only calls itself gzip",
        "answers.csv.gz: this is not a whole gzip file. Pack it again.",
        {"end": ".csv.gz", "cases": CASES, "answers": b"RAW"},
    ),
    # cases
    Broken(
        "no column case",
        "cases.csv, row 1: there is no column 'case'; the columns are cases, truth, size. Rename 'cases' to 'case' if that is it.",
        _cases("case,truth", "cases,truth"),
    ),
    Broken(
        "no column truth",
        "cases.csv: there is no column 'truth', so nothing can be learnt or judged; the columns are case, label, size. Name the one that holds the truth 'truth'.",
        _cases("case,truth", "case,label"),
    ),
    Broken(
        "no truth anywhere",
        "cases.csv, column 'truth': the truth is empty for every case, so nothing can be learnt or judged. Fill it in where it is known.",
        {"cases": "case,truth\nc1,\nc2,\nc4,\n"},
    ),
    Broken(
        "a case without an id",
        "cases.csv, row 4, column 'case': the field is empty. Give every case an id of its own.",
        _cases("c3,,0.5", ",,0.5"),
    ),
    Broken(
        "a case twice",
        "cases.csv, row 5, column 'case': case 'c1' is already in row 2. Keep one row a case.",
        _cases("c4,cat", "c1,cat"),
    ),
    Broken(
        "a truth outside the labels",
        "cases.csv, row 3, column 'truth': 'dgo' is not one of the labels in team.yaml: cat, dog. Did you mean 'dog'?",
        _cases("c2,dog", "c2,dgo"),
    ),
    Broken(
        "a time that is none",
        "cases.csv, row 2, column 'arrived': 'yesterday' is not a time; write seconds or a timestamp such as 2024-05-31T08:30:00, or leave it empty.",
        _times("c1,cat,yesterday,\nc2,dog,,\nc4,cat,,\n"),
    ),
    Broken(
        "seconds here, timestamps there",
        "cases.csv, column 'deadline': arrived and deadline must be on one clock, both seconds or both timestamps.",
        _times("c1,cat,100,2024-05-31T08:00\nc2,dog,,\nc4,cat,,\n"),
    ),
    Broken(
        "a deadline before the arrival",
        "cases.csv, row 3, column 'deadline': the deadline 200 is before the arrival 300. Correct one of them.",
        _times("c1,cat,100,200\nc2,dog,300,200\nc4,cat,,\n"),
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
    # answers
    Broken(
        "no column agent",
        "answers.csv, row 1: there is no column 'agent'; the columns are case, annotator, answer, seconds, confidence, p:cat, p:dog.",
        _answers("case,agent", "case,annotator"),
    ),
    Broken(
        "an unknown column",
        "answers.csv, column 'confidense': this column has no meaning here; the columns are case, agent, answer, seconds, confidence and p:<label>. Did you mean 'confidence'? What describes the case belongs into the cases file.",
        _answers("confidence", "confidense"),
    ),
    Broken(
        "probabilities of an unknown label",
        "answers.csv, column 'p:dgo': 'dgo' is not one of the labels in team.yaml: cat, dog. Did you mean 'dog'?",
        _answers("p:dog", "p:dgo"),
    ),
    Broken(
        "probabilities of some labels only",
        "answers.csv: there is no column 'p:dog'; probabilities need one column for every label in team.yaml.",
        {"answers": "case,agent,answer,p:cat\nc1,bot,cat,0.9\n"},
    ),
    Broken(
        "an answer to an unknown case",
        "answers.csv, row 6, column 'case': case 'c5' is not in cases.csv. Add it there, or remove this answer.",
        _answers("c4,bot", "c5,bot"),
    ),
    Broken(
        "an answer without a case",
        "answers.csv, row 6, column 'case': the field is empty. Write the id of the case that was answered.",
        _answers("c4,bot", ",bot"),
    ),
    Broken(
        "an answer without an agent",
        "answers.csv, row 6, column 'agent': the field is empty. Write who gave this answer.",
        _answers("c4,bot", "c4,"),
    ),
    Broken(
        "an agent that no pattern names",
        "answers.csv, row 5, column 'agent': no agent in team.yaml has the id or pattern of 'persn_1'; it names bot, person_*. Did you mean 'person_*'?",
        _answers("c2,person_1", "c2,persn_1"),
    ),
    Broken(
        "an agent that answers a case twice",
        "answers.csv, row 4: 'bot' already answered case 'c1' in row 2. Keep one answer by an agent to a case.",
        _answers("c2,bot", "c1,bot"),
    ),
    Broken(
        "an answer outside the labels",
        "answers.csv, row 4, column 'answer': 'Cat' is not one of the labels in team.yaml: cat, dog. Did you mean 'cat'?",
        _answers("c2,bot,cat", "c2,bot,Cat"),
    ),
    Broken(
        "negative seconds",
        "answers.csv, row 5, column 'seconds': seconds must be >= 0. Got -8 instead.",
        _answers("dog,8", "dog,-8"),
    ),
    Broken(
        "seconds that are no number",
        "answers.csv, row 5, column 'seconds': '8s' is not a number; write seconds, or leave it empty.",
        _answers("dog,8", "dog,8s"),
    ),
    Broken(
        "infinite seconds",
        "answers.csv, row 5, column 'seconds': inf is not a finite number; write seconds, or leave it empty.",
        _answers("dog,8", "dog,inf"),
    ),
    Broken(
        "a confidence in percent",
        "answers.csv, row 4, column 'confidence': confidence must be >= 0 and <= 1. Got 60 instead.",
        _answers("0.6,0.6,0.4", "60,0.6,0.4"),
    ),
    Broken(
        "a negative probability",
        "answers.csv, row 4, column 'p:cat': p:cat must be >= 0 and <= 1. Got 1.4 instead.",
        _answers("0.6,0.4", "1.4,-0.4"),
    ),
    Broken(
        "probabilities that do not sum to 1",
        "answers.csv, row 4, column 'p:cat': the probabilities of all labels must sum to 1. They sum to 1.1.",
        _answers("0.6,0.4", "0.6,0.5"),
    ),
    Broken(
        "probabilities with a gap",
        "answers.csv, row 4, column 'p:cat': 1 of the 2 probabilities are empty. Fill in all of them, or none.",
        _answers("0.6,0.4", "0.6,"),
    ),
    # team
    Broken(
        "broken YAML",
        "team.yaml, row 3: this is not YAML: expected ',' or ']', but got ':' in what begins in row 2. Check the indentation, colons, brackets and quotes.",
        _team("labels: [cat, dog]", "labels: [cat, dog"),
    ),
    Broken(
        "YAML that is no mapping",
        "team.yaml: the file must hold name: ..., labels: [sick, well], agents: {bot: {kind: machine}, 'person_*': {kind: person}} (or let `mindshare init FILE` write it).",
        {"team": "cat, dog\n"},
    ),
    Broken(
        "no labels",
        "team.yaml: there is no key 'labels'. Write name: ..., labels: [sick, well], agents: {bot: {kind: machine}, 'person_*': {kind: person}} (or let `mindshare init FILE` write it).",
        _team("labels: [cat, dog]\n", ""),
    ),
    Broken(
        "labels that YAML reads as truth values",
        "team.yaml, row 2: labels: YAML reads yes, no, on, off, true and false as truth values. Quote them: ['no', 'yes'].",
        _team("[cat, dog]", "[yes, no]"),
    ),
    Broken(
        "one label",
        "team.yaml, row 2: labels must be a list of two or more, such as [sick, well].",
        _team("[cat, dog]", "[cat]"),
    ),
    Broken(
        "a label twice",
        "team.yaml, row 2: labels: 'cat' is listed twice. Keep one.",
        _team("[cat, dog]", "[cat, dog, cat]"),
    ),
    Broken(
        "an unknown key",
        "team.yaml, row 2: there is no key 'lables'; the keys are name, labels, utility, agents, limits. Did you mean 'labels'?",
        _team("labels", "lables"),
    ),
    Broken(
        "a key twice",
        "team.yaml, row 5: 'bot' is already written in row 4. Keep one.",
        _team("agents:\n", "agents:\n  bot: {kind: person}\n"),
    ),
    Broken(
        "nobody",
        "team.yaml, row 2: agents names nobody. Write {bot: {kind: machine}, 'person_*': {kind: person}}.",
        {"team": "labels: [cat, dog]\nagents: {}\n"},
    ),
    Broken(
        "no kind",
        "team.yaml, row 4: agent 'bot' has no kind. Write kind: machine or kind: person.",
        _team("bot: {kind: machine}", "bot: {}"),
    ),
    Broken(
        "a kind that is none",
        "team.yaml, row 4: agent 'bot' is a 'robot'. Write kind: machine or kind: person.",
        _team("kind: machine", "kind: robot"),
    ),
    Broken(
        "an unknown key of an agent",
        "team.yaml, row 4: agents.bot has no key 'costs'; the keys are kind, cost. Did you mean 'cost'?",
        _team("kind: machine", "kind: machine, costs: {cpu_s: 1}"),
    ),
    Broken(
        "a negative cost",
        "team.yaml, row 4: agents.bot.cost.cpu_s must be a number >= 0. Got -1 instead.",
        _cost("{cpu_s: -1}"),
    ),
    Broken(
        "a cost that is no number",
        "team.yaml, row 4: agents.bot.cost.cpu_s must be a finite number. Got 'cheap' instead.",
        _cost("{cpu_s: cheap}"),
    ),
    Broken(
        "an unknown key of a cost",
        "team.yaml, row 4: agents.bot.cost.cpu_s has no key 'fix'; the keys are fixed, per, of. Did you mean 'fixed'?",
        _cost("{cpu_s: {fix: 1}}"),
    ),
    Broken(
        "per without of",
        "team.yaml, row 4: agents.bot.cost.cpu_s: 'per' and 'of' go together: per is multiplied by the column that of names.",
        _cost("{cpu_s: {fixed: 1, per: 2}}"),
    ),
    Broken(
        "a cost that grows with no column",
        "team.yaml, row 4: the cost of 'bot' grows with 'sise', which is no numeric column of the cases; numeric are size. Did you mean 'size'?",
        _cost("{cpu_s: {per: 2, of: sise}}"),
    ),
    Broken(
        "a cost that grows with an empty field",
        "cases.csv, row 3, column 'size': the cost of 'bot' grows with this column, so it must be a number >= 0 in every row.",
        {**_cases("c2,dog,2.5", "c2,dog,"), **_cost("{cpu_s: {per: 2, of: size}}")},
    ),
    Broken(
        "a utility that is neither",
        "team.yaml, row 2: utility must be 'accuracy' or a mapping truth -> answer -> value. Got 'f1' instead.",
        _team("labels:", "utility: f1\nlabels:"),
    ),
    Broken(
        "a utility without a label",
        "team.yaml, row 2: utility has no value for label 'dog'. Give one for every label.",
        _team("labels:", "utility: {cat: {cat: 1, dog: 0}}\nlabels:"),
    ),
    Broken(
        "a utility with a gap",
        "team.yaml, row 2: utility.dog has no value for label 'cat'. Give one for every label.",
        _team("labels:", "utility: {cat: {cat: 1, dog: 0}, dog: {dog: 1}}\nlabels:"),
    ),
    Broken(
        "a utility of a label that is none",
        "team.yaml, row 2: utility has no key 'cow'; the keys are cat, dog.",
        _team("labels:", "utility: {cat: {cat: 1, dog: 0}, dog: {cat: 0, dog: 1}, cow: {}}\nlabels:"),
    ),
    Broken(
        "a utility that is no number",
        "team.yaml, row 2: utility.dog.cat must be a finite number. Got 'bad' instead.",
        _team("labels:", "utility: {cat: {cat: 1, dog: 0}, dog: {cat: bad, dog: 1}}\nlabels:"),
    ),
    Broken(
        "a negative limit",
        "team.yaml, row 2: limits.people.minutes must be a number >= 0. Got -1 instead.",
        _team("labels:", "limits: {people.minutes: -1}\nlabels:"),
    ),
    Broken(
        "a limit of what nobody uses",
        "team.yaml, row 2: limits.person.minutes limits what nobody uses; the resources are human_answers, people.minutes, person_1.minutes. Did you mean 'person_1.minutes'?",
        _team("labels:", "limits: {person.minutes: 10}\nlabels:"),
    ),
]


def table() -> str:
    """docs/errors.md as it must be."""
    return INTRO + "".join(f"| {b.what} | {b.says.replace('|', chr(92) + '|')} |\n" for b in BROKEN)


def _main() -> None:
    for broken in BROKEN:
        with tempfile.TemporaryDirectory() as directory:
            sys.stdout.write(f"{broken.what}\n    {broken.sentence(Path(directory))}\n")
    DOC.write_text(table(), encoding="utf-8")


if __name__ == "__main__":
    _main()
