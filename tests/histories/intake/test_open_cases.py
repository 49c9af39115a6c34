"""A pile of open cases beside a history that was read from files: the same columns and the same questions."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mindshare.cli.reading import open_cases_of
from mindshare.core.errors import HistoryError
from mindshare.core.history import History
from mindshare.histories.init import understood, write_preview
from mindshare.histories.intake.look import look
from mindshare.histories.intake.settings import Settings

WORDS = {"quality": ("bad", "good"), "clear": ("no", "yes")}
GIVEN = Settings(set={"machines": "none"})


def several_questions(
    folder: Path, *, truth: str = "gold_{}", who: str = "{}_{}", also: tuple[str, ...] = ()
) -> Path:
    """Two people answer two questions about 40 texts, of which the truth is known."""
    chance = random.Random(0)
    people = {who.format(a, q): q for q in WORDS for a in ("ana", "ben")}
    rows = [",".join(["item", "lang", *people, *map(truth.format, WORDS), *also])]
    for i in range(40):
        true = {q: chance.choice(words) for q, words in WORDS.items()}
        said = [true[q] if chance.random() < 0.8 else chance.choice(WORDS[q]) for q in people.values()]
        rows.append(
            ",".join([f"i{i}", chance.choice(("de", "fr")), *said, *true.values(), *("9" for _ in also)])
        )
    file = folder / "asked.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def history_of(file: Path, folder: Path, settings: Settings = GIVEN) -> History:
    return write_preview(understood([file], settings)[0], folder / "history")


def opened(folder: Path, text: str, history: History) -> History:
    file = folder / "open.csv"
    file.write_text(text, encoding="utf-8")
    return open_cases_of(file, history, GIVEN)


def test_open_cases_that_all_have_one_value_in_a_column_keep_it(tmp_path: Path) -> None:
    history = history_of(several_questions(tmp_path), tmp_path)
    lang = opened(tmp_path, "item,lang\nn0,de\nn1,de\n", history).features.categorical["lang"]
    assert [lang.names[code] for code in lang.code] == ["de"] * 4


def test_a_column_that_open_cases_lack_is_missed_in_the_file_that_was_named(tmp_path: Path) -> None:
    history = history_of(several_questions(tmp_path), tmp_path)
    with pytest.raises(HistoryError, match=r"^open\.csv: there is no column 'lang'"):
        opened(tmp_path, "item,words\nn0,3\nn1,4\n", history)


@pytest.mark.parametrize("columns", ["", ",ana_quality,ana_clear,ben_quality,ben_clear"])
def test_each_open_case_is_asked_every_question_of_the_history(tmp_path: Path, columns: str) -> None:
    history = history_of(several_questions(tmp_path), tmp_path)
    cases = opened(tmp_path, f"item,lang{columns}\nn0,de{',' * columns.count(',')}\n", history)
    assert cases.case_id == ("n0/quality", "n0/clear")
    assert cases.kind is not None
    assert [history.team.questions[code].labels for code in cases.kind.code] == [
        ("bad", "good"),
        ("no", "yes"),
    ]


def test_answers_given_so_far_are_to_the_question_that_their_column_names(tmp_path: Path) -> None:
    history = history_of(several_questions(tmp_path), tmp_path)
    cases = opened(tmp_path, "item,lang,ana_clear\nn0,de,yes\nn1,de,\n", history)
    said = [
        (cases.case_id[i], cases.agent_id[k])
        for i, k in zip(cases.answers.case, cases.answers.agent, strict=True)
    ]
    assert said == [("n0/clear", "ana")]


def test_answers_to_no_question_are_refused_where_the_history_has_several(tmp_path: Path) -> None:
    history = history_of(several_questions(tmp_path), tmp_path)
    with pytest.raises(HistoryError, match="which question is answered"):
        opened(tmp_path, "item,lang,ana\nn0,de,yes\n", history)


@pytest.mark.parametrize(("truth", "who"), [("{}_gold", "{0}_{1}"), ("gold_{}", "{1}_{0}")])
def test_each_question_has_its_truth_whichever_way_round_columns_are_called(
    tmp_path: Path, truth: str, who: str
) -> None:
    preview = look([several_questions(tmp_path, truth=truth, who=who)], GIVEN)
    assert not preview.open
    assert preview.cases["truth"].null_count() == 0
    assert preview.asked == WORDS


def test_answers_to_a_question_without_a_truth_are_counted_as_left_out(tmp_path: Path) -> None:
    file = several_questions(tmp_path, truth="note_{}", also=("seconds_ana",))
    file.write_text(file.read_text().replace("note_quality", "truth").replace("note_clear", "topic"))
    preview = look([file], GIVEN)
    assert preview.found == 160
    assert preview.answers.height == 80
    assert "seconds_ana" not in preview.cases.columns
