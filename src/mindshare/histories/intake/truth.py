"""What turned out to be true: a column that says so, or one that somebody names, or the majority, or nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mindshare.core.errors import MindshareError, listed
from mindshare.histories.intake.names import (
    AFTER,
    BARE_CORRECT,
    EXPERT,
    LABEL,
    MAYBE_TRUTH,
    OUTCOME,
    plain_name,
)
from mindshare.histories.intake.notes import AS_SET, LEFT_OUT, Notes
from mindshare.histories.intake.plain_truth import ALONE, plain_truth
from mindshare.histories.intake.questions import Questions
from mindshare.histories.intake.roles import MAJORITY, NONE, VOTES
from mindshare.histories.intake.words import ENOUGH, compared, meant_alike, merge_example

if TYPE_CHECKING:
    import polars as pl

Every = Callable[[], Sequence[str]]  # the columns of all files: looked at only where one of them is asked for
FEW = 10  # words of an outcome
ASK = (
    "Which column holds the truth, if any? No name says it for sure. Or shall the majority of the annotators count as"
    " true (every annotator is then part of the truth that it is judged by)? Or is none known?"
)


class Candidates(NamedTuple):
    """Columns that hold answered words; those called like a truth, which come first; those called like an outcome, which may hold
    it in words that are never answered; those taken for annotators by their words only; and the one that is called the truth,
    where nobody ever says its words.
    """

    likely: Sequence[str]
    like: Sequence[str]
    outcomes: Sequence[str]
    by_words: Sequence[str]
    strange: pl.Series | None


def settle_majority(questions: Questions, columns: Collection[str]) -> None:
    """Where `--set truth=majority` is said and no column is called so, the votes are counted; else the column is the truth."""
    if questions.setting("truth") == MAJORITY and MAJORITY not in columns:
        questions.given = {**questions.given, "truth": VOTES}


def with_truth(
    cases: pl.DataFrame, answers: pl.DataFrame, every: Every, questions: Questions, notes: Notes
) -> tuple[pl.DataFrame, str]:
    """The cases with a column truth (null = not known), and a sentence about where it comes from if no column is called so.

    `every()` are the columns of the files, any of which may be it. The majority is taken later, once words are labels.
    """
    chosen, strange = questions.setting("truth"), None
    if "truth" in cases.columns and chosen not in (VOTES, NONE):
        if chosen is not None or _meets(cases["truth"], answers["answer"]):
            return _without_others(cases, _late(cases, notes), notes), ""
        strange, cases = cases["truth"].rename(_without_strange(cases["truth"], notes)), cases.drop("truth")
    like = [c for c in cases.columns if c != "truth" and _is_like_a_truth(c)]
    outcomes = [c for c in _outcomes(cases, notes) if c not in like]
    late = [c for c in _late(cases, notes) if c not in (*like, *outcomes)]
    likely, why = _likely(cases, answers), AS_SET
    labels = [c for c in likely if LABEL.search(plain_name(c)) and c in _not_set(cases, notes)]
    if chosen is None and strange is None and (chosen := plain_truth(cases, answers, likely, notes)):
        why = ALONE
    if chosen is None:
        may_be = Candidates(likely, like, outcomes, notes.by_words, strange)
        chosen = _asked(cases, answers, every(), may_be, questions)
    others = [c for c in dict.fromkeys((*like, *outcomes, *late, *labels)) if c != chosen]
    cases = _without_others(cases, others, notes)
    empty = cases.drop("truth", strict=False).with_columns(truth=cases["case"].clear(cases.height))
    if chosen == NONE:
        return empty, (
            "No truth is known: skills are learnt from how answers agree; --set truth=COLUMN names one, --set truth=majority takes"
            " what most people answered."
        )
    if chosen == VOTES:
        return empty, (
            "The truth is what most people (machines where there are none) answered, empty where they are even: each of them is"
            " part of the truth that it is judged by, so their accuracy is too high."
        )
    return _from_column(cases, answers, chosen, why, notes)


def _from_column(
    cases: pl.DataFrame, answers: pl.DataFrame, chosen: str, why: str, notes: Notes
) -> tuple[pl.DataFrame, str]:
    """The cases with the column as their truth, and the sentence that says so."""
    if chosen not in cases.columns:
        raise MindshareError(
            f"--set truth={chosen}: no column that tells the truth of a case and no agent is called so; the agents are"
            f" {listed(_words(answers['agent']), 20)}."
        )
    for choice in [c for c in notes.choices if c.column == chosen and c.taken_as in ("feature", LEFT_OUT)]:
        notes.take(choice.file, chosen, "truth", why)
    sentence = f"The truth is the column '{chosen}'" + (f": {why}." if why == ALONE else ".")
    return cases.drop("truth", strict=False).rename({chosen: "truth"}), sentence


def _asked(
    cases: pl.DataFrame,
    answers: pl.DataFrame,
    every: Sequence[str],
    may_be: Candidates,
    questions: Questions,
) -> str:
    """The column that somebody says is the truth; not asked where no column may be it."""
    said = _words(answers["answer"])
    likely = sorted(may_be.likely, key=lambda c: c not in may_be.like)
    likely += may_be.by_words[::-1]  # a truth mostly stands behind the answers
    text = ASK
    if {"parent", "kind"} <= set(every) and set(said) <= {"no", "yes"}:
        return NONE  # a case per label: what came out is in other words, and its column told of the whole
    if may_be.strange is not None and len(_words(may_be.strange)) <= FEW:
        likely = [may_be.strange.name, *likely]
        text = _ask_outcome(may_be.strange, said)
    elif not likely:
        called = [*(c for c in may_be.like if not BARE_CORRECT.search(plain_name(c))), *may_be.outcomes]
        likely = [c for c in called if c in every and _few(cases[c])]
        text = _ask_outcome(cases[likely[0]], said) if likely else ""
    votes = VOTES if MAJORITY in cases.columns else MAJORITY
    options = dict.fromkeys((*likely, *every, votes, NONE))
    return questions.about("truth", text, tuple(options), meanwhile=NONE) if likely else NONE


def _likely(cases: pl.DataFrame, answers: pl.DataFrame) -> list[str]:
    """The columns that hold words which are answered, and hardly any others."""
    said = compared(_words(answers["answer"]))
    rest = [c for c in cases.columns if c not in ("case", "truth")]
    return [c for c in rest if _mostly(compared(_words(cases[c])), said)]


def _ask_outcome(column: pl.Series, said: Sequence[str]) -> str:
    words = _words(column)
    merge = merge_example(words, said)
    return (
        f"No column holds the truth in the words of the answers ({listed(said, 5)}), but '{column.name}' ({listed(words, 5)}) is called"
        f" like what came out. Is it the truth? Then say too which answers mean which of its words, such as {merge}."
        " Or is none known?"
    )


def check_met(truth: pl.Series, answers: pl.Series, questions: Questions) -> None:
    """Refuses a truth that was set and that no answer could ever meet: its words are others than those of the answers."""
    chosen = questions.setting("truth")
    if chosen in (None, VOTES, NONE) or _meets(truth, answers):
        return
    words, said = _words(truth), _words(answers)
    merge = merge_example(words, said)
    raise MindshareError(
        f"--set truth={chosen}: it holds {listed(words, 5)}, and nobody ever answers so, but {listed(said, 5)}. Say which answers mean"
        f" which of its words, such as {merge}."
    )


def check_words(truth: pl.Series, answers: pl.DataFrame) -> None:
    """Refuses an agent that has several words, none of which is ever true or said by anybody else: it would never be right."""
    import polars as pl

    true = truth.drop_nulls().unique()
    said = answers.select("agent", "answer").drop_nulls().group_by("agent", "answer").len()
    alone = pl.len().over("answer") == 1
    own = said.with_columns(own=alone & ~pl.col("answer").is_in(true.to_list()))
    told = own.group_by("agent").agg(pl.col("len").sum(), pl.col("answer").n_unique(), pl.col("own").all())
    strange = told.filter(pl.col("own") & (pl.col("answer") > 1) & (pl.col("len") >= ENOUGH)).sort("agent")
    if not len(true) or not strange.height or told.height == 1:
        return
    agent = strange["agent"][0]
    words = _words(said.filter(agent=agent)["answer"])
    merge = merge_example(_words(true), words)
    raise MindshareError(
        f"'{agent}' answers {listed(words, 5)}, which is never the truth ({listed(_words(true), 5)}), and nobody else says so. Say which"
        f" words mean the same, such as {merge}."
    )


def _outcomes(cases: pl.DataFrame, notes: Notes) -> list[str]:
    """Columns called like what came out, with few words or known only afterwards."""
    called = [c for c in _not_set(cases, notes) if OUTCOME.search(plain_name(c))]
    return [c for c in called if _few(cases[c]) or AFTER.search(plain_name(c))]


def _late(cases: pl.DataFrame, notes: Notes) -> list[str]:
    """Columns that were kept only because they could be the truth: no feature is called so."""
    return [c for c in _not_set(cases, notes) if AFTER.search(plain_name(c)) or EXPERT.search(plain_name(c))]


def _not_set(cases: pl.DataFrame, notes: Notes) -> list[str]:
    """Columns that may describe a case, but for those that are set to be features."""
    set_ = {c.column for c in notes.choices if (c.taken_as, c.why) == ("feature", AS_SET)}
    return [c for c in cases.columns if c not in ("case", "truth", *set_)]


def _few(words: pl.Series) -> bool:
    """Whether a column could be a truth in words of its own: it holds few, in most cases."""
    known = words.drop_nulls()
    return 2 <= known.n_unique() <= min(FEW, len(known) / 2) and len(known) >= 0.5 * len(words)


def _without_strange(truth: pl.Series, notes: Notes) -> str:
    """The name of the column that was taken for the truth, which nobody ever answers: it is noted as left out."""
    choice = next(c for c in notes.choices if c.taken_as == "truth")
    why = f"named like the truth, but it holds {listed(_words(truth), 3)}, and nobody ever answers so"
    notes.take(choice.file, choice.column, LEFT_OUT, why)
    return choice.column


def _is_like_a_truth(column: str) -> bool:
    name = plain_name(column)
    return any(pattern.search(name) for pattern in (MAYBE_TRUTH, EXPERT, BARE_CORRECT))


def _without_others(cases: pl.DataFrame, like: Sequence[str], notes: Notes) -> pl.DataFrame:
    """The cases without the columns that are called like a truth and are not it."""
    for column in like:
        for choice in [c for c in notes.choices if c.column == column and c.taken_as == "feature"]:
            notes.take(
                choice.file,
                column,
                LEFT_OUT,
                f"named like a truth; --set truth={shlex.quote(column)} takes it",
            )
    return cases.drop(like)


def _words(cells: pl.Series) -> list[str]:
    return sorted(cells.drop_nulls().unique().to_list())


def could_be(cells: pl.Series) -> bool:
    """Whether a column of a file could be the truth: its words come again, and are no measured numbers."""
    known = len(cells) - cells.null_count()
    words = cells.unique().drop_nulls()
    measured = r"^-?\d*[.,]\d*[1-9]\d*$"
    return 2 <= len(words) <= 0.5 * known and not words.str.contains(measured).any()


def _mostly(words: Collection[str], said: frozenset[str]) -> bool:
    """Whether a column may be the truth: it holds words that are answered, and hardly any others."""
    return len(said.intersection(words)) > 0.5 * len(words)


def _meets(truth: pl.Series, answers: pl.Series) -> bool:
    """Whether some answer is ever a truth, in some spelling."""
    words, said = meant_alike(compared(_words(truth)), compared(_words(answers)))
    return not words or not said or not words.isdisjoint(said)


def majority(cases: pl.DataFrame, answers: pl.DataFrame, kinds: Mapping[str, str]) -> pl.DataFrame:
    """The cases with what most people (else machines) answered as the truth; null where they are even."""
    import polars as pl

    who = "person" if "person" in kinds.values() else "machine"
    voters = [agent for agent, kind in kinds.items() if kind == who]
    votes = (
        answers.filter(pl.col("agent").is_in(voters)).drop_nulls("answer").group_by("case", "answer").len()
    )
    most = votes.filter(pl.col("len") == pl.col("len").max().over("case"))
    alone = most.filter(pl.len().over("case") == 1).select("case", truth="answer")
    return cases.drop("truth").join(alone, on="case", how="left", maintain_order="left")
