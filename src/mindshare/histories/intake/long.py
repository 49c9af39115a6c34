"""A sheet with a row per answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import HistoryError
from mindshare.histories.intake import names
from mindshare.histories.intake.agents import by_name
from mindshare.histories.intake.annotators import is_named, words_of
from mindshare.histories.intake.ids import check_ids
from mindshare.histories.intake.measures import find_confidence, find_seconds
from mindshare.histories.intake.of_cases import about_cases, claim_of_cases, roles_of_cases
from mindshare.histories.intake.part import OF_A_CELL, Part
from mindshare.histories.intake.probabilities import find_probabilities
from mindshare.histories.intake.roles import Columns
from mindshare.histories.intake.shape import (
    agents_by_shape,
    answers_by_shape,
    called_agents,
    case_in_turn,
    ids_again,
    rows_are_cases,
    tells_apart,
)
from mindshare.histories.sources.source import Role
from mindshare.histories.sources.stamps import stamps

if TYPE_CHECKING:
    import polars as pl

TWO_SIDES = 2  # the left and the right eye name no case where another id does


def is_long(columns: Columns) -> bool:
    """Whether a row is an answer: an id comes again and again and names no row; or one column says who, another one what.

    Where no id comes again and both hold the same words as another column, they are annotators' answers to one case.
    """
    if ids_again(columns):
        return not rows_are_cases(columns)
    agent = columns.of("agent") or next(iter(called_agents(columns)), "")
    answer = columns.of("answer") or next(iter(columns.named(names.ANSWER)), "")
    if not agent or not answer or agent == answer:
        return bool(case_in_turn(columns))
    who, said = words_of(columns, agent), words_of(columns, answer)
    if len(who) == 1 and sum(is_named(c) and bool(words_of(columns, c) & said) for c in columns.free) > 1:
        return False  # the version of a model beside columns of annotators
    others = [words_of(columns, c) for c in columns.frame.columns if c != agent]
    return all(len(who & words) < 0.5 * min(len(who), len(words)) for words in others if who and words)


class Who(NamedTuple):
    """The columns that say who answered what about which case; nothing where a question is open."""

    case: str
    agent: str
    answer: str


def claim_answers(columns: Columns) -> Who:
    """Claims the three columns without which no row is an answer: by names, else by their values; asks for the rest."""
    case = columns.of("case") or _case_in_turn(columns) or _case(columns)
    agent = columns.of("agent") or _named(columns, "agent")
    agents = [] if agent or not case else agents_by_shape(columns, case)
    agent = agent or _by_shape(columns, "agent", agents, "each of its values comes once with a case")
    answer = columns.of("answer") or _named(columns, "answer")
    answers = [] if answer or not case else answers_by_shape(columns, case)
    if len(answers) > 1 and agent:
        answers = [c for c in answers if not tells_apart(columns, case, agent, c)] or answers
    if answers and names.ANSWER_LIKE.search(names.plain_name(answers[0])):
        answers = answers[:1]
    answer = answer or _by_shape(columns, "answer", answers, "it differs within a case")
    case = case or columns.ask("case", "Which column names the case?")
    agent = agent or columns.ask("agent", "Which column says who answered?", next(iter(agents), ""))
    answer = answer or columns.ask("answer", "Which column holds the answer?", _likely_answer(columns))
    if case and agent:
        check_ids(columns, case, agent)
    return Who(case, agent, answer)


def _by_shape(columns: Columns, role: Role, fits: list[str], why: str) -> str:
    """The only column that fits, or nothing."""
    if len(fits) != 1 and not (
        role == "agent" and fits and names.AGENT_LIKE.search(names.plain_name(fits[0]))
    ):
        return ""
    columns.claim(fits[0], role, f"by its values: {why}")
    return fits[0]


def read_long(columns: Columns, who: Who) -> Part:
    """The sheet's answers, and its rows as what may describe the cases."""
    import polars as pl

    frame = columns.frame
    case, agent, answer = who
    claim_of_cases(columns)
    kinds = _kinds(columns, agent)
    seconds = find_seconds(columns)
    began = _began(columns)
    confidence = find_confidence(columns)
    probabilities = find_probabilities(columns)
    nobody = pl.Series([None] * frame.height, dtype=pl.String)
    told = pl.DataFrame(
        {
            "case": frame[case] if case else nobody,
            "agent": frame[agent] if agent else nobody,
            "answer": frame[answer] if answer else nobody,
            "seconds": seconds,
            "confidence": confidence,
            **probabilities,
            OF_A_CELL: pl.repeat(value=False, n=frame.height, eager=True),
        }
    )
    nowhere, kept = _kept(columns, who, told)
    return Part(
        file=columns.sheet.file,
        answers=told.filter(kept),
        about=about_cases(columns, told["case"], told["agent"]).filter(~nowhere),
        roles=roles_of_cases(columns),
        kinds={**kinds, **columns.sheet.kinds},
        likely=by_name(agent),
        began=None if began is None else began.filter(~nowhere),
    )


def _kinds(columns: Columns, agent: str) -> dict[str, str]:
    """Agent -> machine or person, where a column says so of everybody: `rater_type` with human and model."""
    frame = columns.frame
    for column in columns.free if agent else []:
        words = {
            str(w).casefold() for w in frame[column].drop_nulls().unique().head(len(names.KINDS)).to_list()
        }
        if len(words) < 2 or not words <= names.KINDS.keys():
            continue
        pairs = frame.select(agent, column).drop_nulls().unique()
        if pairs[agent].n_unique() == pairs.height:
            columns.claim(column, "kind of agent", "machine or person, the same in all rows of an agent")
            return {str(a): names.KINDS[str(kind).casefold()] for a, kind in pairs.rows()}
    return {}


def _kept(columns: Columns, who: Who, told: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """(rows,) which name no case, and which are answers; those that are neither are counted."""
    file, notes = columns.sheet.file, columns.notes
    nowhere = told["case"].is_null()
    if who.case and len(nowhere) and nowhere.all():
        raise HistoryError("no row names a case.", file=file, column=who.case)
    unsigned = ~nowhere & told["agent"].is_null() & told["answer"].is_not_null()
    if who.case and who.agent:
        notes.leave_out(int(nowhere.sum()), "row", f"{file}: no case is named ('{who.case}' is empty)")
        why = f"{file}: nobody is named who gave it ('{who.agent}' is empty)"
        notes.leave_out(int(unsigned.sum()), "answer", why)
        notes.leave_out(_bare(told), "row", f"{file}: neither who answered nor what is told")
    return nowhere, ~nowhere & told["agent"].is_not_null()


def _bare(told: pl.DataFrame) -> int:
    """How many rows tell neither an agent nor an answer, of cases that other rows answer."""
    import polars as pl

    answered = told.filter(pl.col("agent").is_not_null())["case"].unique()
    nothing = pl.col("agent").is_null() & pl.col("answer").is_null()
    return told.filter(nothing & pl.col("case").is_in(answered.to_list())).height


def _likely_answer(columns: Columns) -> str:
    """The free column with the fewest words, of those that hold more than one."""
    free = [c for c in columns.free if not names.TIMESTAMP.search(names.plain_name(c))]
    words = {c: columns.frame[c].drop_nulls().n_unique() for c in free}
    return min((c for c in words if words[c] > 1), key=lambda c: words[c], default="")


def _began(columns: Columns) -> pl.Series | None:
    """(rows,) when the answers began, or were given, in seconds since 1970; None where no column tells."""
    name = columns.of("start") or columns.of("started") or columns.of("end") or columns.of("finished")
    return stamps(columns.frame[name]) if name else None


def _named(columns: Columns, role: Role) -> str:
    """The first column of such a name; what numbers the responses (`Respondent ID`) tells of nobody who answers again."""
    found = called_agents(columns) if role == "agent" else columns.named(names.ANSWER)
    if role == "agent":
        found = [
            c
            for c in found
            if not (
                names.OF_AN_ANSWER.search(names.plain_name(c)) and columns.distinct(c) == columns.frame.height
            )
        ]
    column = next(iter(found), "")
    if column:
        columns.claim(column, role, "by its name")
    return column


def _case(columns: Columns) -> str:
    """A column with such a name: one whose values come again, since several answer one case; else one that never does.

    A text that is the only name of a case stays a feature too.
    """
    frame = columns.frame
    named = columns.named(names.CASE)
    named += [
        c
        for c in columns.named(names.ANY_ID)
        if c not in named and not names.OF_AN_ANSWER.search(names.plain_name(c))
    ]
    named = [c for c in named if frame[c].null_count() < 0.5 * frame.height]
    ids = [c for c in named if not names.PROSE.search(names.plain_name(c))]
    ids = [c for c in ids if columns.distinct(c) > 1] or ids
    again = [c for c in ids if columns.distinct(c) < frame.height]
    again = [c for c in again if columns.distinct(c) > TWO_SIDES] or again
    column = next(iter(again or ids or named), "")
    if column and ids:
        columns.claim(column, "case", "by its name" + (", and its values come again" if again else ""))
    elif column:
        columns.notes.say(
            f"{columns.sheet.file}: '{column}' names the case, since no other column does, and describes it too."
        )
    return column


def _case_in_turn(columns: Columns) -> str:
    column = case_in_turn(columns)
    if column:
        columns.claim(column, "case", "its values come again, each time with another one who answers")
    return column
