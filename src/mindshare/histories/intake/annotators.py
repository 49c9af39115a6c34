"""Which columns of a sheet with a row per case hold somebody's answers: by their names, and by the words that they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mindshare.core.errors import counted, listed
from mindshare.histories.intake import names
from mindshare.histories.intake.belongs import ASIDE, belongs_to
from mindshare.histories.intake.questions import split
from mindshare.histories.intake.roles import Columns
from mindshare.histories.intake.words import NUMBER, YES_OR_NO, compared, meant_alike

MOST_LABELS = 1000
NONE = "none"
FEW = 10  # words that may be labels though they are not those of the others
Words = Mapping[str, frozenset[str]]


def find_annotators(columns: Columns, others: frozenset[str] = frozenset()) -> dict[str, str]:
    """The columns of answers, and why each is one; none where nobody answers in this sheet.

    A column that is called like an annotator is one, unless its words are no labels, which is said. One that holds the
    truth's words only is one too, where the labels are words; numbers may as well count something, so these are asked about.
    `others`: the labels that other files tell.
    """
    file = columns.sheet.file
    set_ = columns.questions.setting("annotators", file)
    if set_ is not None and (
        set_ == NONE
        or columns.questions.is_of(file, "annotators")
        or set(split(set_, columns.frame.columns)) & {*columns.frame.columns}
    ):
        return ask_annotators(columns)
    truth = columns.of("truth")
    told = bool(truth or others)
    words = {c: words_of(columns, c) for c in columns.free if not _is_aside(columns, c, told=told)}
    words = {c: found for c, found in words.items() if found}
    labels = words_of(columns, truth) if truth else others
    named = [c for c in words if is_named(c) and not belongs_to(c, [d for d in words if d != c])]
    words, labels = _with_yes_for_one(words, labels, named)
    if not any(labels & mine for mine in words.values()):
        labels = frozenset()  # a truth in words of its own tells nothing of the answers
        if truth and columns.questions.setting("truth", file) != truth:
            words = {c: words[c] for c in named}
    found = _by_the_truth(columns, words, labels, named) if labels else _by_each_other(columns, words, named)
    found = _with_doubtful(columns, words, found, named)
    _say_features(columns, labels or frozenset[str]().union(*(words[c] for c in found)))
    like_truth = "it holds the truth's words" if labels else "it holds the same words as the others"
    return {c: "called like an annotator or a model" if c in named else like_truth for c in found}


def _with_doubtful(columns: Columns, words: Words, found: list[str], named: list[str]) -> list[str]:
    """The annotators, and of the columns called as they are that hold a few other words those that somebody says are too."""
    like = {_numberless(column) for column in found if _numberless(column) != names.plain_name(column)}
    doubtful = [
        c
        for c in words
        if c not in found
        and (c in named or _numberless(c) in like)
        and len(words[c]) <= FEW
        and (len(words[c]) > 1 or (c in named and columns.frame[c].null_count()))  # `x` or nothing
        and not _is_measured(words[c])
        and not belongs_to(c, found)
    ]
    if (
        not found
        or not doubtful
        or any(question.key.startswith("annotators") for question in columns.questions.open)
    ):
        return found
    theirs = frozenset[str]().union(*(words[c] for c in found))
    is_are, says = ("is", "says") if len(doubtful) == 1 else ("are", "say")
    text = (
        f"{listed(doubtful, 6)} {is_are} called like an annotator, but {says} {listed(sorted(words[doubtful[0]]), 4)} and not"
        f" {listed(sorted(theirs), 4)}. Which columns are annotators? Then --merge says which words mean the same."
    )
    return _ask(columns, text, found)


def _with_yes_for_one(
    words: dict[str, frozenset[str]], labels: frozenset[str], named: list[str]
) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """The words of each column and the labels, with yes for 1 and no for 0 of annotators, where others say yes and no."""
    if labels and any(meant_alike(labels, mine)[0] != labels for mine in words.values()):
        told = {c: meant_alike(w, YES_OR_NO)[0] if c in named else w for c, w in words.items()}
        return told, meant_alike(labels, YES_OR_NO)[0]
    if (labels or frozenset[str]().union(*(words[c] for c in named))) & YES_OR_NO:
        answering = [c for c in named if not _is_flag(c)]
        return {c: meant_alike(w, YES_OR_NO)[0] if c in answering else w for c, w in words.items()}, labels
    return words, labels


def _is_flag(column: str) -> bool:
    """Whether the column is called like a fact of the row, which 1 and 0 mostly are: `needs_review`."""
    return re.match(r"(is|was|has|had|needs?|for|to|flag(ged)?|in)_", names.plain_name(column)) is not None


def _numberless(column: str) -> str:
    """The column's plain name without its numbers: `r1` and `r2` are called alike."""
    return re.sub(r"\d+", "#", names.plain_name(column))


def _say_features(columns: Columns, labels: frozenset[str]) -> None:
    """An annotator that is set to be a feature is no annotator, which is said."""
    for column in columns.settings.features:
        if column in columns.frame.columns and is_named(column) and words_of(columns, column) & labels:
            columns.say_feature(column, "is called like an annotator or a model, and holds its words")


def ask_annotators(columns: Columns) -> dict[str, str]:
    """The columns that somebody says hold answers, of a sheet that is said to have a column per annotator."""
    return dict.fromkeys(_ask(columns, "Which columns are annotators?"), "as set")


def _ask(columns: Columns, text: str, meanwhile: Sequence[str] = ()) -> list[str]:
    """The columns that somebody says are annotators; `meanwhile`, as long as nobody does."""
    every = columns.frame.columns
    reply = columns.questions.about(
        "annotators",
        text,
        (NONE, *every),
        meanwhile=",".join(meanwhile) or NONE,
        several=True,
        file=columns.sheet.file,
    )
    return [] if reply == NONE else split(reply, every)


def is_named(column: str) -> bool:
    """Whether the column is called like an annotator or a model, and not like something that describes an answer."""
    called = (names.MACHINE.search(column) or names.PERSON.search(column)) is not None
    return called and not ASIDE.search(names.plain_name(column))


def checks(column: str) -> bool:
    """Whether the column is called like a person or a model that checks, and not like a truth: `human_final`, `QA reviewer`."""
    name = names.plain_name(column)
    rest = names.CHECK.sub("", name).strip("_")
    if rest == name or not rest or not is_named(rest):
        return False
    return not any(p.search(rest) for p in (names.MAYBE_TRUTH, names.AFTER, names.TRUTH))


def _is_aside(columns: Columns, column: str, *, told: bool) -> bool:
    """Whether the column names the row, is like a truth or known only afterwards, or is empty. `told`: a truth is there."""
    name = names.plain_name(column)
    if names.CASE.search(name) and not 2 <= columns.distinct(column) <= FEW < columns.frame.height / 4:
        return True  # `Doc` with a few words in many rows is a doctor, and no document
    if told and checks(column):
        return columns.frame[column].null_count() == columns.frame.height
    patterns = (names.ANY_ID, names.MAYBE_TRUTH, names.AFTER, names.BARE_CORRECT)
    if not told and names.EXPERT.search(name):
        return True
    return any(p.search(name) for p in patterns) or columns.frame[column].null_count() == columns.frame.height


def words_of(columns: Columns, column: str) -> frozenset[str]:
    """The column's words as labels are compared; none where there are too many."""
    if columns.distinct(column) > MOST_LABELS + 1:  # empty counts there as a value too
        return frozenset()
    found = columns.words(column)
    return frozenset() if len(found) > MOST_LABELS else compared(found)


def _by_the_truth(columns: Columns, words: Words, labels: frozenset[str], named: list[str]) -> list[str]:
    fits = [c for c in words if len(words[c] & labels) >= 0.5 * min(len(words[c]), len(labels))]
    fits = [c for c in fits if not belongs_to(c, [d for d in (*fits, *named) if d != c])]
    told = [c for c in named if c in fits]
    for column in named:
        if column not in fits:
            _say_no(columns, column, words[column], labels)
    rest = [c for c in fits if c not in told and words[c] <= labels]
    if not rest:
        return told
    if not all(NUMBER.fullmatch(label) for label in labels):
        return [c for c in words if c in (*told, *rest)]
    return _with_others(columns, told, rest) if len(told) >= 2 else _asked(columns, rest, told)


def _with_others(columns: Columns, told: list[str], others: list[str]) -> list[str]:
    """Annotators that are called so; that others hold the same words is said."""
    if others:
        holds = "holds" if len(others) == 1 else "hold"
        columns.notes.say(
            f"{columns.sheet.file}: {listed(others)} {holds} the same words as {listed(told, 3)}, but no annotator is called so;"
            f" --set annotators={','.join((*told, *others))} takes all."
        )
    return told


def _by_each_other(columns: Columns, words: Words, named: list[str]) -> list[str]:
    """Without a truth: those that hold the same few words."""
    few = {
        c: w
        for c, w in words.items()
        if len(w) <= max(2, columns.frame.height / 2 + 1) and not ASIDE.search(names.plain_name(c))
    }
    alike = [[d for d in few if len(few[c] & few[d]) >= 0.5 * min(len(few[c]), len(few[d]))] for c in few]
    group = max(alike, key=len, default=[])
    told = [c for c in named if c in group or len(named) == 1]
    if told and not set(told) & set(group):
        return told  # what is alike is something else
    rest = [c for c in group if c not in told]
    plainly = [
        c for c in rest if not any(p.search(names.plain_name(c)) for p in (names.ANSWER, names.OUTCOME))
    ]
    if told or len(plainly) >= 2:
        rest = plainly  # `label` or `biopsy` beside annotators may be the truth
    if not rest or len(told) >= 2:
        return _with_others(columns, told, rest if len(group) >= 2 else [])
    if len(group) >= 2 and not all(NUMBER.fullmatch(word) for c in group for word in words[c]):
        every = [c for c in columns.frame.columns if c in (*told, *rest)]
        columns.notes.by_words += rest
        columns.notes.say(
            f"{columns.sheet.file}: {listed(every, 12)} hold the same words, so they are taken for annotators; --set annotators=... says"
            " otherwise."
        )
        return every
    return _asked(columns, rest, told) if len(group) >= 2 else []


def _asked(columns: Columns, doubtful: list[str], told: list[str]) -> list[str]:
    """Those that are known, and of the doubtful ones those that somebody says."""
    every = [c for c in columns.frame.columns if c in (*doubtful, *told)]
    also = f" beside {listed(told, 12)}" if told else ""
    text = f"Which columns are annotators? {listed(doubtful, 12)} {'holds' if len(doubtful) == 1 else 'hold'} the same few values{also}."
    return _ask(columns, text, told or every)


def _is_measured(words: frozenset[str]) -> bool:
    """Whether there are numbers with decimals among the words."""
    return any(NUMBER.fullmatch(word) and "." in word for word in words)


def _say_no(columns: Columns, column: str, words: frozenset[str], labels: frozenset[str]) -> None:
    """A column that is called like an annotator is never passed over without a word, unless it holds measured numbers."""
    if _is_measured(words):
        return
    found = listed(sorted(words), 3)
    columns.notes.say(
        f"{columns.sheet.file}: '{column}' is called like an annotator, but {counted(len(words), 'value')} ({found}) are not the truth's"
        f" ({listed(sorted(labels), 3)}): it is not taken for answers; --set annotators=... takes it."
    )
