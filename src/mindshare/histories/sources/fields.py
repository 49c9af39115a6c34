"""What readers of tables share: which field is the answer, and which rows are left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mindshare.core.errors import HistoryError, MindshareError
from mindshare.histories.sources.source import LeftOut
from mindshare.histories.sources.stamps import order_of, stamps

if TYPE_CHECKING:
    import polars as pl

    from mindshare.histories.intake.questions import Questions
    from mindshare.histories.sources.raw import Raw

FEW = 50  # labels; a field with more values than these is rather a text or a number
SECONDS = "seconds per answer"  # a new column: the name of no column of an export
SHARED = "Several answers were given on one page, with one start and one end: its time is shared equally among them."


def columns(raw: Raw) -> frozenset[str]:
    """The names of a table's columns; none where it is none or is damaged, which the reader of plain tables says."""
    try:
        return frozenset(raw.columns)
    except HistoryError:
        return frozenset()


def table(raw: Raw) -> pl.DataFrame:
    """The table, where the format is one. Raises HistoryError where the file is JSON."""
    if raw.is_json:
        raise HistoryError(
            "this is JSON, and the format that is set is a table. Export it as CSV.", file=raw.file
        )
    return raw.frame


def under(prefix: str, names: Collection[str]) -> list[str]:
    """The names that begin so."""
    return [name for name in names if name.startswith(prefix)]


def pick(fields: Mapping[str, int], raw: Raw, questions: Questions, what: str = "field") -> str:
    """The field whose values are the answers: the only one, else the answer to the question `field`.

    `fields`: name -> what speaks for it, such as the number of its answers; the most is likely. `what` it is called in its
    format.
    """
    names = list(fields)
    if len(names) == 1 and questions.setting("field", raw.file) is None:
        return names[0]
    likely = max(names, key=lambda name: fields[name])
    text = f"The file holds answers to several questions. Which {what} is the answer?"
    return questions.about("field", text, names, meanwhile=likely, file=raw.file)


def like_labels(values: pl.Series) -> int:
    """How many rows of the column hold labels: 0 where there are too many different values for that, or only one."""
    filled = values.drop_nulls()
    few = 2 <= filled.n_unique() <= min(FEW, max(2, len(filled) // 2))
    return len(filled) if few else 0


def kept(key: str, raw: Raw, questions: Questions) -> bool:
    """Whether `--set KEY=keep` was given, for answers that are otherwise left out.

    Raises MindshareError where it is set to something other than keep or leave-out.
    """
    answer = questions.setting(key, raw.file) or "leave-out"
    if answer not in ("keep", "leave-out"):
        raise MindshareError(f"'{answer}' is no setting of {key}: it is keep or leave-out.")
    return answer == "keep"


def leave_out(frame: pl.DataFrame, why: pl.Series, counted: list[LeftOut]) -> pl.DataFrame:
    """The frame without the rows where `why` is filled; their number is noted with each reason."""
    if why.null_count() == len(why):
        return frame
    reasons = why.unique(maintain_order=True).drop_nulls()
    counted.extend(LeftOut(int((why == reason).sum()), "answer", reason) for reason in reasons)
    return frame.filter(why.is_null())


def because(where: pl.Series, why: str) -> pl.Series:
    """The reason in the rows where it is true, null in the others; for `leave_out`."""
    import polars as pl

    return pl.select(pl.when(where.fill_null(value=False)).then(pl.lit(why))).to_series()


def unnamed(frame: pl.DataFrame, case: str, agent: str, answer: str) -> pl.Series:
    """Why a row is no answer of anybody and no case; for `leave_out`."""
    import polars as pl

    nameless = pl.when(pl.col(case).is_null()).then(pl.lit(f"their column {case} is empty"))
    nobody = pl.col(agent).is_null() & pl.col(answer).is_not_null()
    return frame.select(nameless.when(nobody).then(pl.lit(f"their column {agent} is empty"))).to_series()


def rename_without(prefix: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns without this prefix, where no other column is called so."""
    taken = set(frame.columns)
    short = {name: name.removeprefix(prefix).strip() for name in under(prefix, frame.columns)}
    return frame.rename({name: new for name, new in short.items() if new and new not in taken})


def named(record: Mapping[str, Any]) -> dict[str, Any]:
    """What of an object can be columns: names that are empty are none."""
    return {name: value for name, value in record.items() if name.strip()}


def on_pages(
    frame: pl.DataFrame, page: Sequence[str], when: tuple[str, str], said: list[str]
) -> pl.DataFrame:
    """With the seconds of each answer, where a page of several answers has one start and one end.

    Rows with the same values in the columns `page` are one page; `when`: the columns of its start and its end. The frame as it
    is where each answer has a page of its own: its start and end say all.
    """
    import polars as pl

    timed = frame[when[0]].is_not_null() & frame[when[1]].is_not_null()
    number = frame.select(pl.len().over(page)).to_series()
    if not bool(((number > 1) & timed).any()):
        return frame
    said.append(SHARED)
    start, end = frame[when[0]], frame[when[1]]
    order = order_of(start, end)
    seconds = (stamps(end, order) - stamps(start, order)) / number
    return frame.with_columns(seconds.round(3).cast(pl.String).alias(SECONDS))
