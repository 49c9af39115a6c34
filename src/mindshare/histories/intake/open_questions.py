"""Open cases where the history asks several questions about each thing: its cases are called CASE/QUESTION, and so are these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from mindshare.core.errors import HistoryError, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.asked import case_of_row
from mindshare.histories.intake.long import is_long
from mindshare.histories.intake.roles import Columns
from mindshare.histories.sources.source import Role, Sheet

if TYPE_CHECKING:
    import polars as pl

    from mindshare.core.history import History


def questions_of(history: History) -> tuple[str, ...]:
    """The questions that a history's cases are called after, CASE/QUESTION; none where they are not."""
    kind = history.kind
    if kind is None or not len(history) or (kind.code < 0).any():
        return ()
    pairs = zip(history.case_id, kind.code.tolist(), strict=True)
    return kind.names if all(case.endswith(f"/{kind.names[code]}") for case, code in pairs) else ()


def a_case_per_question(columns: Columns, agents: Sequence[str], questions: Sequence[str]) -> list[Sheet]:
    """The sheet with a row for each thing and question, and the answers in columns called after both (`ana_quality`).

    The sheet as it is where it tells the question itself, or holds answers in another form.
    """
    import polars as pl

    sheet, frame = columns.sheet, columns.frame
    if sheet.layout is not None or {"kind", *agents} & {*frame.columns} or is_long(columns):
        return [sheet]
    case = case_of_row(columns)
    name = pl.col(case) if case else pl.format("{}", pl.int_range(1, pl.len() + 1))
    called = {
        names.plain_name(f"{a}_{b}"): pair
        for pair in product(agents, questions)
        for a, b in (pair, pair[::-1])
    }
    cells = {c: called[plain] for c in frame.columns if (plain := names.plain_name(c)) in called}
    rest = [c for c in frame.columns if c not in (case, *cells, "case", "parent")]

    def about(question: str) -> pl.Expr:
        return pl.format("{}/{}", name, pl.lit(question)).alias("case")

    of_each = [
        frame.select(about(q), name.alias("parent"), pl.lit(q).alias("kind"), *rest) for q in questions
    ]
    told = [
        frame.select(about(question), pl.lit(agent).alias("agent"), pl.col(column).alias("answer"))
        for column, (agent, question) in cells.items()
    ]
    roles: dict[str, Role] = {"case": "case", "parent": "parent", "kind": "kind"}
    out = [replace(sheet, frame=pl.concat(of_each), layout="cases", roles=roles)]
    if told and (answers := pl.concat(told).drop_nulls()).height:
        roles = {"case": "case", "agent": "agent", "answer": "answer"}
        out.append(replace(sheet, frame=answers, layout="long", roles=roles))
    return out


def check_questions(cases: pl.DataFrame, questions: Sequence[str], file: str) -> None:
    """Refuses open cases that tell no question where the history's cases have one."""
    if questions and "kind" not in cases.columns:
        raise HistoryError(
            f"the history's cases are called CASE/QUESTION, of the questions {listed(questions)}, and nothing here says which"
            " question is answered. Call a column of answers after its agent and its question (such as"
            f" 'ANNOTATOR_{questions[0]}'), or leave the answers out.",
            file=file,
        )
