"""A table of answers as people keep it: wide (a column per annotator) or long (a row per answer)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mindshare.core.errors import counted
from mindshare.histories.answers import COLUMNS
from mindshare.histories.gathered import MACHINE, PERSON, Gathered, Questions, split
from mindshare.histories.tables import read_table

if TYPE_CHECKING:
    import polars as pl

THING = r"(case|item|task|sample|image|img|document|doc|row|question|unit|record|instance)"
CASE = re.compile(rf"^({THING}[_ ]?(id|no|number|key|name)?|id|key|uid|uuid|index)$", re.I)
TRUTH = re.compile(
    r"^(truth|gold|gt|ground[_ ]?truth|(true|gold)[_ ]?label|target|expected|correct|y|y_true)$", re.I
)
WHO = r"(agent|annotator|rater|reader|worker|coder|user|label+er|reviewer|completed_by|model)"
AGENT = re.compile(rf"^{WHO}([_ ]?(id|name))?$", re.I)
ANSWER = re.compile(
    r"^(answer|label|response|annotation|rating|choice|verdict|vote|decision|class|value|judge?ment)$", re.I
)
SECONDS = re.compile(r"^(seconds?|secs?|lead_time|duration(_s)?|time(_s)?|rt|response_time)$", re.I)
MILLISECONDS = re.compile(r"^(ms|milliseconds|time_ms|rt_ms|duration_ms)$", re.I)
CONFIDENCE = re.compile(r"^(confidence|conf|certainty|score|prob|probability)$", re.I)
MOST_LABELS = 1000


def gather_table(path: Path, questions: Questions) -> Gathered:
    """The file as cases and answers; asks for the layout only where the columns do not tell it."""
    frame = read_table(path, required=(), named=False).strings()
    if (
        "layout" in questions.given
        or (_find(frame, AGENT) and _find(frame, ANSWER))
        or not _annotators(frame, questions)
    ):
        layout = "long" if _find(frame, AGENT) and _find(frame, ANSWER) else ""
        if not layout or "layout" in questions.given:
            question = f"Is {path.name} wide (a column per annotator), long (a row per answer), or are these the cases only?"
            layout = questions.about("layout", question, ["wide", "long", "cases"])
    else:
        layout = "wide"
    if layout == "long":
        return _long(path, frame, questions)
    return _wide(path, frame, questions, only_cases=layout == "cases")


def _find(frame: pl.DataFrame, name: re.Pattern[str]) -> str:
    """The first column of such a name that is filled somewhere, or nothing."""
    return next((c for c in frame.columns if name.match(c) and frame[c].null_count() < frame.height), "")


def _long(path: Path, frame: pl.DataFrame, questions: Questions) -> Gathered:
    import polars as pl

    columns = frame.columns
    agent = _find(frame, AGENT) if "agent" not in questions.given else ""
    agent = agent or questions.about("agent", "Which column says who answered?", columns)
    answer = _find(frame, ANSWER) if "answer" not in questions.given else ""
    answer = answer or questions.about("answer", "Which column holds the answer?", columns)
    ids = [
        c
        for c in columns
        if CASE.match(c) and frame[c].n_unique() < frame.height and c not in (agent, answer)
    ]
    case = (
        ids[0]
        if ids and "case" not in questions.given
        else questions.about("case", "Which column names the case?", columns)
    )
    roles = {agent, answer, case}
    seconds, confidence = _seconds(frame, roles), _confidence(frame, roles)
    answers = pl.DataFrame(
        {
            "case": frame[case],
            "agent": frame[agent],
            "answer": frame[answer],
            "seconds": seconds[1],
            "confidence": confidence[1],
        }
    ).drop_nulls(["case", "agent"])
    kept = answers.unique(["case", "agent"], keep="last", maintain_order=True)
    decided = [f"{path.name}: a row per answer; case = '{case}', agent = '{agent}', answer = '{answer}'."]
    if kept.height < answers.height:
        decided.append(
            f"{counted(answers.height - kept.height, 'answer')} by an agent to a case already answered: the last one counts."
        )
    roles |= {seconds[0], confidence[0]}
    cases, left_out = _one_row_a_case(frame, case, [c for c in columns if c not in roles], questions)
    if left_out:
        decided.append(f"Left out, because they differ within a case: {', '.join(left_out)}.")
    return Gathered(cases=cases, answers=kept, decided=tuple(decided))


def _one_row_a_case(
    frame: pl.DataFrame, case: str, columns: list[str], questions: Questions
) -> tuple[pl.DataFrame, list[str]]:
    """What is the same in all rows of a case describes it; the rest belongs to the answer and is left out."""
    import polars as pl

    grouped = frame.drop_nulls(case).group_by(case, maintain_order=True)
    distinct = grouped.agg(pl.col(columns).drop_nulls().n_unique())
    left_out = [c for c in columns if (distinct[c] > 1).any()]
    kept = [c for c in columns if c not in left_out]
    cases = grouped.agg(pl.col(kept).drop_nulls().first()).rename({case: "case"})
    return named_truth(cases, questions), left_out


def _wide(path: Path, frame: pl.DataFrame, questions: Questions, *, only_cases: bool) -> Gathered:
    import polars as pl

    annotators = [] if only_cases else _annotators(frame, questions)
    name, case = _case_of_rows(frame, annotators, questions)
    roles, parts = {*annotators, name}, []
    for annotator in annotators:
        columns, part = _answers_of(frame, case, annotator, roles)
        roles |= columns
        parts.append(part)
    answers = pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    cases = frame.select(c for c in frame.columns if c not in roles)
    if "case" in cases.columns:  # the file's own word for something else
        cases = cases.rename({"case": "case_"})
    named = f"'{name}'" if name else "the number of the row"
    columns_said = f"a column per annotator ({', '.join(annotators)})" if annotators else "only cases"
    return Gathered(
        cases=named_truth(pl.DataFrame([case, *cases]), questions),
        answers=answers.drop_nulls("answer"),
        decided=(f"{path.name}: {columns_said}; case = {named}.",),
    )


def _case_of_rows(frame: pl.DataFrame, annotators: list[str], questions: Questions) -> tuple[str, pl.Series]:
    """The column that names the row, or nothing, and the names; without a column rows are numbered."""
    import polars as pl

    if "case" in questions.given:
        name = questions.about("case", "Which column names the case?", frame.columns)
        return name, frame[name].alias("case")
    for name in (c for c in frame.columns if CASE.match(c) and c not in annotators):
        if frame[name].null_count() == 0 and frame[name].n_unique() == frame.height:
            return name, frame[name].alias("case")
    return "", pl.int_range(1, frame.height + 1, eager=True).cast(pl.String).alias("case")


def _answers_of(
    frame: pl.DataFrame, case: pl.Series, annotator: str, taken: set[str]
) -> tuple[set[str], pl.DataFrame]:
    """The annotator's answers, with the seconds and confidences in columns that begin with the same name."""
    import polars as pl

    own = {
        c[len(annotator) :].lstrip("_ .:-"): c
        for c in frame.columns
        if c.startswith(annotator) and c not in taken
    }
    mine = pl.DataFrame({short: frame[c] for short, c in own.items()} | {"": frame[annotator]})
    seconds, confidence = _seconds(mine, set()), _confidence(mine, set())
    answers = pl.DataFrame(
        {"case": case, "agent": [annotator] * frame.height, "answer": frame[annotator]}
        | {"seconds": seconds[1], "confidence": confidence[1]}
    )
    return {own[name] for name in (seconds[0], confidence[0]) if name}, answers


def named_truth(cases: pl.DataFrame, questions: Questions) -> pl.DataFrame:
    """The cases with the column that is set or named as the truth called so, where there is one."""
    named = questions.given.get("truth", "")
    truth = named if named in cases.columns else _find(cases.drop("case"), TRUTH)
    return cases.rename({truth: "truth"}) if truth and truth != "truth" else cases


def _annotators(frame: pl.DataFrame, questions: Questions) -> list[str]:
    """Columns whose values are the same few words: by their names and the truth if these tell, else asks."""
    if "annotators" in questions.given:
        return split(
            questions.about("annotators", "Which columns are annotators?", frame.columns, several=True)
        )
    truth = questions.given.get("truth", "") or _find(frame, TRUTH)
    words = {}
    for column in frame.columns:
        values = set(frame[column].drop_nulls().unique().to_list())
        if (
            0 < len(values) <= min(MOST_LABELS, frame.height / 2 + 1)
            and column != truth
            and not CASE.match(column)
        ):
            words[column] = values
    groups = [
        [d for d in words if len(words[c] & words[d]) >= 0.5 * min(len(words[c]), len(words[d]))]
        for c in words
    ]
    group = max(groups, key=len, default=[])
    labels = set(frame[truth].drop_nulls().unique().to_list()) if truth in frame.columns else set()
    if labels:  # who answers says what can be true
        group = [c for c in words if words[c] <= labels or len(words[c] & labels) >= 0.5 * len(words[c])]
    named = [c for c in group if MACHINE.search(c) or PERSON.search(c)]
    if named and (len(named) == len(group) or len(named) >= 2):
        return named
    if len(group) < 2:
        return []
    if labels and not all(_is_number(word) for word in labels):
        return group
    question = f"Which columns are annotators? {', '.join(group)} hold the same few values."
    return split(
        questions.about("annotators", question, [c for c in frame.columns if c != truth], several=True)
    )


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+(\.\d*)?", word.strip()))


def _seconds(frame: pl.DataFrame, taken: set[str]) -> tuple[str, pl.Series]:
    """The column of seconds and its values; milliseconds are converted."""
    import polars as pl

    rest = frame.drop(taken)
    if name := _find(rest, SECONDS):
        return name, rest[name]
    if name := _find(rest, MILLISECONDS):
        return name, (rest[name].cast(pl.Float64, strict=False) / 1000.0).cast(pl.String)
    return "", pl.Series([None] * frame.height, dtype=pl.String)


def _confidence(frame: pl.DataFrame, taken: set[str]) -> tuple[str, pl.Series]:
    """The column of confidences from 0 to 1 and its values; per cent are converted, other scales are none."""
    import polars as pl

    rest = frame.drop(taken)
    name = _find(rest, CONFIDENCE)
    values = rest[name].cast(pl.Float64, strict=False) if name else pl.Series([], dtype=pl.Float64)
    most, least = values.max(), values.min()
    if not isinstance(most, float) or not isinstance(least, float) or least < 0 or most > 100:
        return "", pl.Series([None] * frame.height, dtype=pl.String)
    return name, ((values / 100.0).cast(pl.String) if most > 1 else rest[name])
