"""Wide tables that are no column per annotator: names beside answers, several questions; and what counts as one label or agent."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.histories.init import total
from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.settings import Settings

CHANCE = random.Random(7)
TRUTHS = [CHANCE.choice(("good", "bad")) for _ in range(40)]
SAID = {
    who: [t if CHANCE.random() < 0.8 else ("good" if t == "bad" else "bad") for t in TRUTHS]
    for who in ("Ann", "Bob", "Cem")
}
CLEAR = {who: [CHANCE.choice(("yes", "no")) for _ in TRUTHS] for who in SAID}


def history_of(folder: Path, columns: list[str], rows: list[list[object]], **given: str) -> Preview:
    with (folder / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return look([folder / "table.csv"], Settings(set=given))


def two_of(i: int) -> tuple[str, str]:
    """Who answers the row: other two each time."""
    every = list(SAID)
    return every[i % 3], every[(i + 1) % 3]


def expected() -> list[tuple[str, ...]]:
    return sorted((str(i), who, SAID[who][i]) for i in range(40) for who in two_of(i))


def said(preview: Preview) -> list[tuple[str, ...]]:
    return sorted(preview.answers.select("case", "agent", "answer").rows())


@pytest.mark.parametrize(
    ("who", "what"),
    [
        ("reviewer_{}", "verdict_{}"),
        ("annotator_{}", "label_{}"),
        ("Annotator {} name", "Annotator {} label"),
        ("rater{}", "rating{}"),
        ("coder{}_id", "coder{}_label"),
        ("Prüfer {}", "Urteil {}"),
    ],
)
def test_names_beside_answers_are_pairs_of_their_row(tmp_path: Path, who: str, what: str) -> None:
    names = ["id", who.format(1), what.format(1), who.format(2), what.format(2), "truth"]
    rows: list[list[object]] = []
    for i in range(40):
        one, two = two_of(i)
        rows.append([i, one, SAID[one][i], two, SAID[two][i], TRUTHS[i]])
    preview = history_of(tmp_path, names, rows, machines="none")
    assert not preview.open
    assert said(preview) == expected()
    assert preview.cases["truth"].to_list() == TRUTHS


def test_seconds_of_a_pair_stay_with_it_and_an_empty_pair_is_nobody(tmp_path: Path) -> None:
    names = ["case", "reader_1", "verdict_1", "seconds_1", "reader_2", "verdict_2", "seconds_2", "truth"]
    rows: list[list[object]] = []
    for i in range(40):
        one, two = two_of(i)
        second = [two, SAID[two][i], 20 + i] if i % 4 else ["", "", ""]
        rows.append([i, one, SAID[one][i], 10 + i, *second, TRUTHS[i]])
    preview = history_of(tmp_path, names, rows, machines="none")
    assert preview.answers.height == 70
    seconds = {(c, a): s for c, a, s in preview.answers.select("case", "agent", "seconds").rows() if c == "5"}
    one, two = two_of(5)
    assert seconds == {("5", one): 15, ("5", two): 25}


def test_a_model_beside_pairs_answers_too(tmp_path: Path) -> None:
    names = ["id", "reviewer_1", "verdict_1", "reviewer_2", "verdict_2", "model", "truth"]
    rows: list[list[object]] = []
    for i in range(40):
        one, two = two_of(i)
        rows.append([i, one, SAID[one][i], two, SAID[two][i], TRUTHS[i], TRUTHS[i]])
    preview = history_of(tmp_path, names, rows)
    assert not preview.open
    assert preview.kinds["model"] == "machine"
    assert preview.answers.height == 120


@pytest.mark.parametrize("name", ["{who}_{question}", "{question}_{who}"])
def test_each_question_of_a_wide_table_is_a_kind_of_cases(tmp_path: Path, name: str) -> None:
    people = ("Ann", "Bob")
    columns = [name.format(who=w, question=q) for w in (*people, "gold") for q in ("quality", "clear")]
    rows: list[list[object]] = []
    for i in range(40):
        mine = [cell for w in people for cell in (SAID[w][i], CLEAR[w][i])]
        rows.append([i, *mine, TRUTHS[i], CLEAR["Cem"][i]])
    preview = history_of(tmp_path, ["item", *columns], rows)
    assert not preview.open
    assert sorted(preview.kinds) == ["Ann", "Bob"]
    assert sorted(preview.cases.columns) == ["case", "kind", "parent", "truth"]
    assert sorted(preview.cases["kind"].unique()) == ["clear", "quality"]
    every = [(f"{i}/quality", w, SAID[w][i]) for i in range(40) for w in people]
    every += [(f"{i}/clear", w, CLEAR[w][i]) for i in range(40) for w in people]
    assert said(preview) == sorted(every)


def test_answers_to_another_question_than_the_truths_are_never_features(tmp_path: Path) -> None:
    names = ["item", "ana_quality", "ana_clear", "ben_quality", "ben_clear", "truth"]
    rows: list[list[object]] = [
        [i, SAID["Ann"][i], CLEAR["Ann"][i], SAID["Bob"][i], CLEAR["Bob"][i], TRUTHS[i]] for i in range(40)
    ]
    preview = history_of(tmp_path, names, rows, machines="none")
    assert preview.cases.columns == ["case", "truth"]
    assert sorted(preview.kinds) == ["ana_quality", "ben_quality"]


def test_words_beside_a_long_table_are_features_and_no_questions(tmp_path: Path) -> None:
    names = ["id", "annotator", "label", "title_lang", "title_kind", "body_lang", "body_kind", "truth"]
    rows: list[list[object]] = [
        [i, w, SAID[w][i], *"de", *"ed", TRUTHS[i]] for i in range(40) for w in ("Ann", "Bob")
    ]
    assert said(history_of(tmp_path, names, rows)) == sorted(
        (str(i), w, SAID[w][i]) for i in range(40) for w in ("Ann", "Bob")
    )


def test_one_and_true_and_yes_are_one_label_and_it_is_said(tmp_path: Path) -> None:
    spelt = {"Ann": ("TRUE", "FALSE"), "Bob": ("yes", "no"), "truth": ("1", "0")}
    rows: list[list[object]] = [
        [i, *(spelt[w][SAID.get(w, TRUTHS)[i] == "good"] for w in spelt)] for i in range(40)
    ]
    preview = history_of(tmp_path, ["Item", *spelt], rows)
    assert not preview.open
    assert preview.labels == ("0", "1")
    assert any("'TRUE'" in sentence and "as '1'" in sentence for sentence in preview.said)
    assert said(preview) == sorted(
        (str(i), w, "10"[SAID[w][i] == "good"]) for i in range(40) for w in ("Ann", "Bob")
    )


def test_a_persons_name_in_two_spellings_is_one_agent_unless_both_answer_a_case(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [i, (w.upper() if i % 3 else w), SAID[w][i], TRUTHS[i]] for i in range(40) for w in ("Ann", "Bob")
    ]
    names = ["id", "rater", "rating", "gold"]
    preview = history_of(tmp_path, names, rows)
    assert sorted(preview.kinds) == ["ANN", "BOB"]
    assert any("--set names=keep" in sentence for sentence in preview.said)
    assert len(history_of(tmp_path, names, rows, names="keep").kinds) == 4
    rows.append([0, "ANN", "bad", TRUTHS[0]])
    assert [question.key for question in history_of(tmp_path, names, rows).open] == ["names"]


def test_a_person_called_like_a_machine_is_what_the_column_says_and_else_asked(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [i, w, SAID[s][i], TRUTHS[i]] for i in range(40) for w, s in (("Claude", "Ann"), ("Max", "Bob"))
    ]
    preview = history_of(tmp_path, ["Fall", "Bearbeiterin", "Urteil", "Wahrheit"], rows)
    assert not preview.open and set(preview.kinds.values()) == {"person"}
    preview = history_of(tmp_path, ["id", "agent", "answer", "truth"], rows)
    assert [question.key for question in preview.open] == ["machines"]


def test_a_german_prediction_is_a_machines_and_its_probability_is_its_confidence(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [i, TRUTHS[i], f"0.{60 + i % 40}", SAID["Ann"][i], TRUTHS[i]] for i in range(40)
    ]
    preview = history_of(
        tmp_path, ["Beleg-Nr.", "Vorhersage", "Wahrscheinlichkeit", "Prüferin", "Wahrheit"], rows
    )
    assert not preview.open
    assert preview.kinds == {"Vorhersage": "machine", "Prüferin": "person"}
    assert preview.cases.columns == ["case", "truth"] and preview.answers["confidence"].count() == 40


def test_texts_are_no_labels_whatever_is_open(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [i, w, f"I think {SAID[w][i]} since {i} and {w}", TRUTHS[i]] for i in range(40) for w in SAID
    ]
    with pytest.raises(MindshareError, match="these are texts, not labels"):
        history_of(tmp_path, ["id", "annotator", "answer", "gold"], rows)


def test_shares_of_those_who_answered_are_no_features(tmp_path: Path) -> None:
    names = ["id", "rater", "label", "pct_good", "bad_votes", "size", "gold"]
    rows: list[list[object]] = [
        [i, w, SAID[w][i], i % 3, i % 3, i % 7, TRUTHS[i]] for i in range(40) for w in ("Ann", "Bob")
    ]
    assert history_of(tmp_path, names, rows).cases.columns == ["case", "size", "truth"]


def test_what_a_tool_calls_an_answer_is_counted_as_one_where_it_is_left_out(tmp_path: Path) -> None:
    def responses(i: int) -> list[dict[str, object]]:
        status = ["submitted", "draft" if i % 5 == 0 else "submitted"]
        return [
            {"user_id": w, "value": SAID[w][i], "status": s}
            for w, s in zip(("Ann", "Bob"), status, strict=True)
        ]

    records = [
        {"id": str(i), "fields": {"text": f"t {i}"}, "responses": {"label": responses(i)}, "suggestions": {}}
        for i in range(40)
    ]
    (tmp_path / "records.json").write_text(json.dumps(records))
    preview = look([tmp_path / "records.json"], Settings())
    assert preview.found == 80 and preview.answers.height == 72
    assert total(preview)[1] == "In the files: 80 answers; kept 72, left out 8."


def test_ids_of_other_workers_in_each_file_are_asked_about(tmp_path: Path) -> None:
    chance = random.Random(3)
    for file, people in (("jan.csv", ("w1", "w2")), ("feb.csv", ("w3", "w4"))):
        truths = [chance.choice("ab") for _ in range(40)]
        rows = [f"{i},{w},{truths[i]}" for i in range(40) for w in people]
        (tmp_path / file).write_text("\n".join(["id,worker,answer", *rows]))
    preview = look([tmp_path / "jan.csv", tmp_path / "feb.csv"], Settings())
    assert [question.key for question in preview.open] == ["ids"]
    assert preview.cases.height == 80
