"""What becomes of a table, whatever its spelling: the same answers, nothing lost without being counted, never a traceback."""

from __future__ import annotations

import csv
import io
import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.histories.init import init_history
from mindshare.histories.intake.look import Preview, look
from mindshare.histories.intake.settings import Settings
from mindshare.histories.read import read_history
from tests.histories.sources.crowd_examples import EXAMPLES as CROWDS
from tests.histories.sources.examples import EXAMPLES as TOOLS

TRIES = int(os.environ.get("MINDSHARE_FUZZ", "200"))  # files of each fuzzer; set, it tries others every time
FUZZ = settings(
    max_examples=TRIES,
    derandomize="MINDSHARE_FUZZ" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
FEW = settings(FUZZ, max_examples=min(TRIES, 40))
LABELS = ("billing", "bug", "refund")
Answers = dict[tuple[str, str], str]  # (case, agent) -> answer


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    (folder / name).write_text(text, encoding=encoding, newline="")
    return folder / name


def answers_of(preview: Preview) -> Answers:
    return {
        (case, agent): answer
        for case, agent, answer in preview.answers.select("case", "agent", "answer").rows()
    }


def truth_of(preview: Preview) -> dict[str, str | None]:
    return dict(preview.cases.select("case", "truth").rows())


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Answers, dict[str, str]]:
    """Answers of a model and of some people about 12 to 30 cases, and the truths."""
    chance = random.Random(draw(st.integers(0, 10_000)))
    truth = {f"T{i}": chance.choice(LABELS) for i in range(draw(st.integers(12, 30)))}
    agents = ["model", *draw(st.permutations(["rater_1", "rater_2", "ana@x.org"]))[: draw(st.integers(1, 3))]]
    said = {
        (case, agent): label if chance.random() < 0.7 else chance.choice(LABELS)
        for case, label in truth.items()
        for agent in agents
        if agent == "model" or chance.random() < 0.8
    }
    return said, truth


def wide(said: Answers, truth: dict[str, str], separator: str = ",") -> str:
    agents = list(dict.fromkeys(agent for _, agent in said))
    out = io.StringIO()
    table = csv.writer(out, delimiter=separator, lineterminator="\n")
    table.writerow(["ticket_id", *agents, "truth"])
    table.writerows(
        [case, *(said.get((case, a), "") for a in agents), label] for case, label in truth.items()
    )
    return out.getvalue()


def long(said: Answers, truth: dict[str, str], separator: str = ",") -> str:
    out = io.StringIO()
    table = csv.writer(out, delimiter=separator, lineterminator="\n")
    table.writerow(["ticket_id", "annotator", "label", "truth"])
    table.writerows([case, agent, answer, truth[case]] for (case, agent), answer in said.items())
    return out.getvalue()


@FEW
@given(
    worlds(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_separator_and_encoding_change_nothing(
    world: tuple[Answers, dict[str, str]], separator: str, encoding: str
) -> None:
    said, truth = world
    with tempfile.TemporaryDirectory() as folder:
        for text in (wide(said, truth, separator), long(said, truth, separator)):
            preview = look([write(Path(folder), "table.csv", text, encoding)], Settings())
            assert not preview.open
            assert answers_of(preview) == said
            assert truth_of(preview) == truth


@FEW
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_columns_and_rows_changes_nothing(
    world: tuple[Answers, dict[str, str]], chance: random.Random
) -> None:
    said, truth = world
    rows = list(csv.reader(io.StringIO(wide(said, truth))))
    order = list(range(len(rows[0])))
    chance.shuffle(order)
    below = rows[1:]
    chance.shuffle(below)
    text = "\n".join(",".join(row[i] for i in order) for row in [rows[0], *below]) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        preview = look([write(Path(folder), "table.csv", text)], Settings())
    assert answers_of(preview) == said and truth_of(preview) == truth


@FEW
@given(
    worlds(),
    st.sampled_from(["", "nan", "NA", "n/a", "None", "-", "?"]),
    st.sampled_from([str.upper, str.title, str]),
)
def test_marks_of_nothing_and_letter_case_change_nothing(
    world: tuple[Answers, dict[str, str]], mark: str, case: type[str]
) -> None:
    said, truth = world
    if len(truth) < 20:
        return  # too few truths to know that the mark is no label
    text = "\n".join(
        ",".join(case(cell) if cell in LABELS and i % 2 else cell or mark for cell in row)
        for i, row in enumerate(csv.reader(io.StringIO(wide(said, truth))))
    )
    with tempfile.TemporaryDirectory() as folder:
        preview = look([write(Path(folder), "table.csv", text)], Settings())
    folded = {key: answer.casefold() for key, answer in answers_of(preview).items()}
    assert folded == said and len(preview.labels) == len({*said.values(), *truth.values()})


@FEW
@given(worlds())
def test_a_file_of_answers_and_a_file_of_truths_are_the_table_of_both(
    world: tuple[Answers, dict[str, str]],
) -> None:
    said, truth = world
    answers = "task,worker,label\n" + "".join(f"{c},{a},{x}\n" for (c, a), x in said.items())
    gold = "task,label\n" + "".join(f"{c},{x}\n" for c, x in truth.items())
    with tempfile.TemporaryDirectory() as folder:
        files = [write(Path(folder), "crowd.csv", answers), write(Path(folder), "gold.csv", gold)]
        preview = look(files, Settings())
    assert answers_of(preview) == said and truth_of(preview) == truth


def adds_up(preview: Preview) -> None:
    gone = sum(left.answers for left in preview.left_out)
    assert preview.found == preview.answers.height + gone


NAMES = ["id", "case", "truth", "gold", "label", "annotator", "rater_1", "rater_2", "model", "model_score", "seconds", "time", "x", "",
         "confidence", "parent", "group", "kind", "arrived", "status", "p_a", "p_b", "start", "end", "class", "text", "Unnamed: 0"]  # fmt: skip
CELLS = ["", "a", "b", "A", "1", "1.0", "0", "nan", "-1", "?", "2025-03-01 10:00", "00:00:27", "87%", "0,5", "a|b", "['a']", "total", "{", "é",
         "yes", "no", "submitted", "draft", "1e400", "-5", "99"]  # fmt: skip


@FUZZ
@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=7), st.integers(0, 2**32), st.sampled_from(",;\t")
)
def test_any_table_ends_in_a_preview_that_adds_up_or_in_a_sentence(
    heads: list[str], seed: int, separator: str
) -> None:
    chance = random.Random(seed)
    few = chance.sample(CELLS, chance.randint(1, len(CELLS)))
    rows = [heads, *([chance.choice(few) for _ in heads] for _ in range(chance.randint(0, 25)))]
    text = "\n".join(separator.join(row) for row in rows)
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), "table.csv", text)
        previewed_or_refused(file, Path(folder) / "out")


BODIES = [(name, body) for files in (*TOOLS.values(), *CROWDS.values()) for name, body in files.items()]


@FUZZ
@given(st.sampled_from(BODIES), st.integers(0, 2**32))
def test_any_damaged_export_ends_in_a_preview_that_adds_up_or_in_a_sentence(
    file: tuple[str, bytes], seed: int
) -> None:
    (name, body), chance = file, random.Random(seed)
    damaged = bytearray(body)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(damaged))
        if chance.random() < 0.2:
            del damaged[at : at + chance.randint(1, 40)]
        else:
            damaged[at : at + 1] = chance.choice(
                [
                    b"\xff",
                    b'"',
                    b"[",
                    b"}",
                    b",",
                    b"\n",
                    b"0",
                    b"null",
                    b"\x00",
                    bytes([chance.randrange(256)]),
                ]
            )
        if not damaged:
            break
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(bytes(damaged))
        previewed_or_refused(path, Path(folder) / "out")


def previewed_or_refused(file: Path, out: Path) -> None:
    try:
        preview = look([file], Settings())
    except MindshareError as refused:
        assert str(refused).endswith((".", "?")), refused
        return
    adds_up(preview)
    if not preview.open:
        try:
            init_history([file], out)
        except MindshareError as refused:
            assert str(refused).endswith((".", "?")) and not out.exists(), refused
        else:
            assert len(read_history(out).answers) == preview.answers.height


# -- names of columns and what they hold ---------------------------------------------------------------------------------
def history_of(folder: Path, text: str, **given: str) -> Preview:
    return look([write(folder, "table.csv", text)], Settings(set=given))


def test_a_column_known_only_afterwards_is_left_out_where_each_case_has_one_answer(tmp_path: Path) -> None:
    rows = "".join(
        f"c{i},rater_{i % 3},{'ab'[i % 2]},{i % 5 > 0},{'pass' if i % 5 else 'fail'},{i % 7},{'ab'[i % 2]}\n"
        for i in range(60)
    )
    preview = history_of(tmp_path, "case_id,annotator,label,was_correct,qa_result,queue,gold\n" + rows)
    assert preview.cases.columns == ["case", "queue", "truth"]


def test_the_only_machines_probabilities_are_its_own(tmp_path: Path) -> None:
    rows = "".join(
        f"{i},{'yn'[i % 2]},{'yn'[i % 3 == 0]},{0.5 + i / 100},{0.5 - i / 100},{'yn'[i % 2]}\n"
        for i in range(40)
    )
    preview = history_of(tmp_path, "id,human,model,p_y,p_n,gold\n" + rows)
    assert {"p:y", "p:n"} <= {*preview.answers.columns} and preview.cases.columns == ["case", "truth"]


def test_a_score_beside_a_column_of_labels_is_that_agents_confidence(tmp_path: Path) -> None:
    rows = "".join(
        f"{i},{'ab'[i % 2]},{'ab'[i % 3 == 0]},0.{i + 10},{i + 3},{'ab'[i % 2]}\n" for i in range(40)
    )
    preview = history_of(tmp_path, "id,human_label,ai_label,ai_score,human_time_sec,gold\n" + rows)
    of = {row["agent"]: row for row in preview.answers.filter(preview.answers["case"] == "5").to_dicts()}
    assert (of["ai_label"]["confidence"], of["human_label"]["seconds"]) == (0.15, 8.0)


def test_files_of_one_person_each_are_called_after_their_files(tmp_path: Path) -> None:
    for who, step in (("anna", 2), ("ben", 3), ("bert", 5)):
        write(
            tmp_path, f"{who}.csv", "id,label\n" + "".join(f"c{i},{'ab'[i % step == 0]}\n" for i in range(30))
        )
    write(tmp_path, "gold.csv", "id,label\n" + "".join(f"c{i},{'ab'[i % 2 == 0]}\n" for i in range(30)))
    preview = look([tmp_path / f"{who}.csv" for who in ("anna", "ben", "bert", "gold")], Settings())
    assert preview.kinds == {"anna": "person", "ben": "person", "bert": "machine"} and not preview.open
    assert preview.cases["truth"].null_count() == 0


def test_totals_below_a_table_and_drafts_are_no_answers_and_are_counted(tmp_path: Path) -> None:
    rows = "".join(
        f"c{i // 2},r{i % 2},{'ab'[i % 3 == 0]},{'submitted' if i % 5 else 'draft'}\n" for i in range(60)
    )
    preview = history_of(tmp_path, "case,rater,label,status\n" + rows + "Total,,60,\n")
    assert (preview.answers.height, preview.labels) == (48, ("a", "b"))
    assert sorted(left.number for left in preview.left_out) == [1, 12]


def test_a_second_question_about_a_case_is_a_case_of_its_own(tmp_path: Path) -> None:
    rows = "".join(
        f"d{i // 4},{('toxic', 'insult')[i // 2 % 2]},{('anna', 'ben')[i % 2]},{'yn'[i % 3 == 0]}\n"
        for i in range(80)
    )
    preview = history_of(tmp_path, "doc_id,question,annotator,answer\n" + rows)
    assert (preview.cases.height, preview.answers.height) == (40, 80)
    assert {*preview.cases["kind"]} == {"toxic", "insult"} and preview.cases["parent"].n_unique() == 20


@pytest.mark.parametrize(
    ("name", "rows"),
    [("truth", 0), ("gold label", 0), ("Wahrheit", 0), ("etiqueta_final", 1), ("consensus", 1)],
)
def test_a_truth_is_known_by_its_name_or_asked_about_first(tmp_path: Path, name: str, rows: int) -> None:
    table = f"id,rater_1,rater_2,{name}\n" + "".join(
        f"{i},{'ab'[i % 2]},{'ab'[i % 3 == 0]},{'ab'[i % 2]}\n" for i in range(30)
    )
    preview = history_of(tmp_path, table)
    assert [question.key for question in preview.open] == ["truth"] * rows
    assert all(question.options[0] == name for question in preview.open)


def test_a_setting_that_names_no_column_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(
        MindshareError, match=r"there is no column 'truht'; the columns are .* Did you mean 'truth'\?"
    ):
        history_of(tmp_path, "id,rater_1,truth\n1,a,a\n2,b,b\n", truth="truht")
    with pytest.raises(MindshareError, match="no file is called so"):
        history_of(tmp_path, "id,rater_1,truth\n1,a,a\n2,b,b\n", **{"case:other.csv": "id"})


def test_the_same_answers_at_a_terminal_and_as_flags_give_the_same_bytes(tmp_path: Path) -> None:
    text = "item,rater,label,confidence,truth\n" + "".join(
        f"{i // 2},r_{i % 2},{'ab'[i % 3 == 0]},{i % 5 + 1},{'ab'[i // 2 % 2]}\n" for i in range(60)
    )
    file = write(tmp_path, "table.csv", text)
    init_history([file], tmp_path / "asked", ask=lambda question: question.options[0])
    init_history([file], tmp_path / "set", settings=Settings(set={"scale": "1 to 5"}))
    for name in ("cases.csv", "answers.csv"):
        assert (tmp_path / "asked" / name).read_bytes() == (tmp_path / "set" / name).read_bytes()


@pytest.mark.parametrize("quote", ['"', "'"], ids=["JSON", "Python"])
def test_lists_in_the_cells_of_a_table_are_choices_also_with_commas_in_labels(
    tmp_path: Path, quote: str
) -> None:
    every = [f"{quote}late, cold{quote}", f"{quote}rude{quote}"]
    cells = [f"[{', '.join(every[: i % 3])}]" for i in range(30)]
    rows = "".join(f"c{i}\tanna\t{cell}\n" for i, cell in enumerate(cells))
    (tmp_path / "table.tsv").write_text("case\tannotator\tlabel\n" + rows, encoding="utf-8")
    preview = look([tmp_path / "table.tsv"], Settings())
    assert {*preview.cases["kind"]} == {"late, cold", "rude"} and preview.cases.height == 60
    said = answers_of(preview)
    assert [said[f"c{i}/late, cold", "anna"] for i in range(3)] == ["no", "yes", "yes"]


def test_columns_called_as_the_truth_s_words_that_sum_to_one_are_a_machine_s_probabilities(
    tmp_path: Path,
) -> None:
    rows = "".join(
        f"{i}.png,{(0.8, 0.1)[i % 2]},{(0.2, 0.9)[i % 2]},{('cat', 'dog')[i % 3 == 0]}\n" for i in range(30)
    )
    preview = history_of(tmp_path, "image,Cat,Dog,truth\n" + rows)
    assert not preview.open and preview.kinds == {"model": "machine"}
    assert preview.answers["answer"].to_list()[:2] == ["cat", "dog"]
