"""What the values of a sheet tell where names do not: that a row is an answer, and who gave it."""

from __future__ import annotations

from mindshare.histories.intake import names
from mindshare.histories.intake.annotators import is_named, words_of
from mindshare.histories.intake.roles import Columns

AGAIN = 0.6  # so few ids to a row that several rows are about one case
ONCE = 0.98  # of the rows are the only one of their agent about their case
LEAST_ITEMS = 3
LEAST_ROWS = 20  # in fewer, that no pair comes twice may be chance
DIFFER = (
    0.1  # of the ids have several truths: then a row is a case, and the id is what its cases have in common
)


def ids_again(columns: Columns) -> list[str]:
    """Columns called like an id whose values come again and again, where no other such column names the row."""
    frame = columns.frame
    ids = list(dict.fromkeys((*columns.named(names.CASE), *columns.named(names.ANY_ID))))
    ids = [
        c
        for c in ids
        if not names.OF_AN_ANSWER.search(names.plain_name(c)) and not names.AGENT.search(names.plain_name(c))
    ]
    if columns.named(names.STARTED) and columns.named(
        names.FINISHED
    ):  # a row of a form is numbered, and is no case
        ids = [c for c in ids if not names.BARE_ID.search(names.plain_name(c))]
    if any(columns.distinct(c) == frame.height for c in ids):
        return []
    return [c for c in ids if 1 < columns.distinct(c) <= AGAIN * frame.height]


def case_in_turn(columns: Columns) -> str:
    """The column whose values come again with another agent each time, as a column called like a role (`rater`) says; or nothing.

    The agents' names are no labels, and something differs within a case, which is the answer. It is looked for where no
    column is called like an id that comes again, or where it is set.
    """
    frame, set_ = columns.frame, columns.of("case")
    agent = columns.of("agent") or next(iter(called_agents(columns)), "")
    ids = [c for p in (names.CASE, names.ANY_ID) for c in columns.named(p) if c != agent]
    rows_named = any(columns.distinct(c) == frame.height for c in ids)
    if not agent or frame.height < LEAST_ROWS or (not set_ and (rows_named or ids_again(columns))):
        return ""
    who = words_of(columns, agent)
    if len(who) < 2 or any(_alike(who, words_of(columns, c)) for c in columns.free if c != agent):
        return ""
    found = [set_] if set_ else sorted(columns.free, key=columns.distinct, reverse=True)
    return next((c for c in found if c != agent and _is_in_turn(columns, c, agent)), "")


def _is_in_turn(columns: Columns, case: str, agent: str) -> bool:
    frame, name = columns.frame, names.plain_name(case)
    if not 1 < columns.distinct(case) <= AGAIN * frame.height or frame[case].null_count():
        return False
    if names.OF_AN_ANSWER.search(name) or names.unit_of(case) is not None or frame[agent].null_count():
        return False
    pairs = frame.select(case, agent).n_unique()
    if pairs < min(2 * columns.distinct(case), ONCE * frame.height):
        return False
    answers = answers_by_shape(columns, case)
    asked = [c for c in answers if c != agent and tells_apart(columns, case, agent, c)]
    return {*answers} - {agent, *asked} != set() and (pairs >= ONCE * frame.height or bool(asked))


def tells_apart(columns: Columns, case: str, agent: str, column: str) -> bool:
    """Whether the column tells apart what an agent was asked about one case, as a criterion does."""
    frame = columns.frame
    return frame.select(case, agent).n_unique() < frame.height == frame.select(case, agent, column).n_unique()


def called_agents(columns: Columns) -> list[str]:
    """Free columns called like who answers; an agent beside an evaluator is who is judged, and answers nothing."""
    found, judges = columns.named(names.AGENT), columns.named(names.JUDGE)
    judged = any(names.JUDGED.search(names.plain_name(column)) for column in found)
    return judges + [c for c in found if c not in judges] if judges and judged else found


def rows_are_cases(columns: Columns) -> bool:
    """Whether a row is a case although an id comes again: several annotators have a column each, or one beside an outcome of each row."""
    import polars as pl

    frame = columns.frame
    words = {c: w for c in columns.frame.columns if (w := words_of(columns, c))}
    outcomes = [
        c for p in (names.TRUTH, names.MAYBE_TRUTH, names.EXPERT, names.OUTCOME) for c in columns.named(p)
    ]
    called = [c for c in words if is_named(c) and c not in outcomes]
    annotators = [
        c
        for c in called
        if any(_alike(words[c], words[d]) for d in words if d != c and d in (*called, *outcomes))
    ]
    if columns.of("agent") or any(c not in annotators for c in columns.named(names.AGENT)):
        return False
    if len(annotators) > 1 or not annotators:
        return bool(annotators)
    ids, met = (
        ids_again(columns),
        [c for c in outcomes if c in words and _alike(words[annotators[0]], words[c])],
    )
    differ = [frame.group_by(i).agg(pl.col(c).n_unique() > 1)[c] for i in ids for c in met]
    return any(int(several.sum()) > DIFFER * len(several) for several in differ)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= 0.5 * min(len(one), len(other))


def agents_by_shape(columns: Columns, case: str) -> list[str]:
    """Free columns with a few values each of which answers a case once: who could have answered."""
    frame = columns.frame
    out = []
    for column in columns.free:
        name = names.plain_name(column)
        if (
            column == case
            or frame[column].null_count()
            or names.unit_of(column) is not None
            or names.TIMESTAMP.search(name)
        ):
            continue
        few = 2 <= columns.distinct(column) <= frame.height / 2
        if few and frame.select(case, column).n_unique() >= ONCE * frame.height:
            out.append(column)
    return sorted(out, key=lambda c: names.AGENT_LIKE.search(names.plain_name(c)) is None)


def answers_by_shape(columns: Columns, case: str) -> list[str]:
    """Free columns with few words that differ within cases: what could have been answered, fewest words first."""
    import polars as pl

    frame = columns.frame
    free = [c for c in columns.free if c != case and names.unit_of(c) is None]
    free = [
        c
        for c in free
        if not any(p.search(names.plain_name(c)) for p in (names.STARTED, names.FINISHED, names.TIMESTAMP))
    ]
    if not free:
        return []
    distinct = frame.group_by(case).agg(pl.col(free).drop_nulls().n_unique())
    words = {c: frame[c].drop_nulls().n_unique() for c in free if (distinct[c] > 1).any()}
    fits = [c for c, n in words.items() if 2 <= n <= frame.height / 2]
    return sorted(fits, key=lambda c: (names.ANSWER_LIKE.search(names.plain_name(c)) is None, words[c]))
