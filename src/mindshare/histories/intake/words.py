"""Which words are one label, and which words mean that there is no answer."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from mindshare.core.errors import MindshareError, counted, listed, nearest
from mindshare.histories.intake.notes import Notes
from mindshare.histories.intake.questions import Questions
from mindshare.histories.intake.settings import Settings

if TYPE_CHECKING:
    import polars as pl

HARD = frozenset(("nan", "#n/a", "<na>", "null", "nil", "nat", "undefined", "#value!", "#null!", "(null)"))
SOFT = frozenset(
    ("na", "n/a", "none", "missing")
)  # R and Python write them for nothing, and people mean them
MAYBE = frozenset(
    (
        "?",
        "-",
        "--",
        ".",
        "*",
        "-1",
        "-9",
        "-99",
        "-999",
        "n.a.",
        "k.a.",
        "no answer",
        "not answered",
        "skipped",
        "skip",
    )
)
YES = frozenset(
    ["yes", "ja", "oui", "si", "sí", "sì", "sim", "true", "wahr", "vrai", "verdadero", "vero", "waar"]
)
NO = frozenset(["no", "nein", "non", "nee", "não", "false", "falsch", "faux", "falso", "onwaar"])
# beside the long form a letter stands for it
LONG = {"y": "yes", "n": "no", "t": "true", "f": "false", "j": "ja"}
YES_OR_NO = frozenset(("yes", "no"))  # what words of either are compared as
BY_NUMBER = {"1": "yes", "0": "no"}
WHOLE = re.compile(r"([+-]?\d+)(?:\.0+|,0{1,2})")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
ENOUGH = 20  # truths without a word show that the word is no label


def one_word_each(
    answers: pl.Series, truth: pl.Series, settings: Settings, questions: Questions, notes: Notes
) -> tuple[pl.Series, pl.Series]:
    """Answers and truths with one spelling for each label, and nothing where a word means that there is no answer."""
    said, true = _counts(answers), _counts(truth)
    to = _whole_numbers({*said, *true})
    if to:
        notes.say(f"{_pairs(to)}: a whole number with and without a zero behind it is one label.")
    said, true = _through(said, to), _through(true, to)
    missing = _missing(said, true, settings, questions, notes)
    spelt = (
        {}
        if questions.setting("spellings") == "keep"
        else _spellings(_without(said, missing), _without(true, missing))
    )
    if spelt:
        notes.say(
            f"{_pairs(spelt)}: they differ in letter case or spaces, or mean yes or no alike; --set spellings=keep keeps them apart."
        )
    merge = {word: label for word, label in settings.merge.items() if word != label}
    whole = {}
    for word in {*_counts(answers), *_counts(truth)}:
        label = to.get(word, word)
        spellings = (word, label, spelt.get(label, label))
        merged = next((merge[w] for w in spellings if w in merge), spellings[-1])
        whole[word] = None if label in missing else merged
    return _replaced(answers, whole), _replaced(truth, whole)


def check_merge(answers: pl.Series, truth: pl.Series, settings: Settings) -> None:
    """Refuses to merge a word that is nowhere: a slip of the pen would silently stay a label of its own."""
    if not settings.merge:
        return
    words = {*_counts(answers), *_counts(truth)}
    words |= set(_whole_numbers(words).values())
    for word, label in settings.merge.items():
        if word != label and word not in words:
            there = listed(sorted(words), 12)
            raise MindshareError(
                f"--merge {label}={word}: no answer and no truth is '{word}'; there are {there}.{nearest(word, words)}"
            )


def compared(words: Iterable[str]) -> frozenset[str]:
    """Words as labels are compared: without letter case, 1.0 as 1, and yes and no alike in all languages; marks of nothing are gone."""
    folded = {" ".join(word.casefold().split()) for word in words}
    whole = {match[1] if (match := WHOLE.fullmatch(word)) else LONG.get(word, word) for word in folded}
    left = whole - HARD - MAYBE if "none" in whole else whole - HARD - SOFT - MAYBE
    return frozenset(_yes_or_no(word) for word in left)


def meant_alike(one: frozenset[str], other: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Two sets of compared words, with yes for 1 and no for 0 where the one says 0 and 1 and the other yes and no."""
    every = one | other
    if not (every & YES_OR_NO and every & BY_NUMBER.keys() and every <= YES_OR_NO | BY_NUMBER.keys()):
        return one, other
    mine, theirs = (frozenset(BY_NUMBER.get(word, word) for word in words) for words in (one, other))
    return mine, theirs


def _yes_or_no(word: str) -> str:
    return "yes" if word in YES else "no" if word in NO else word


def merge_example(labels: Iterable[str], words: Iterable[str]) -> str:
    """Such as `--merge yes=1`, which reads a word as the label that means the same; which word does stays open where nothing tells."""
    every, said = list(labels), list(words)
    meaning = {word: meant for word in (*every, *said) for meant in [_meaning(word)]}
    pairs = [(label, word) for label in every for word in said if meaning[label] == meaning[word]]
    pairs += [
        (label, near[0]) for label in every if (near := get_close_matches(label, said, n=1, cutoff=0.6))
    ]
    label, word = pairs[0] if pairs else (every[0], "WORD")
    open_ = "" if pairs else f", where WORD is what means '{label}'"
    return f"--merge {shlex.quote(f'{label}={word}')}{open_}"


def _meaning(word: str) -> str:
    """What a word is compared as, 1 and 0 being yes and no."""
    meant = next(iter(compared([word])), word)
    return BY_NUMBER.get(meant, meant)


def is_missing(word: str) -> bool:
    """Whether a word, in any column, is a mark of nothing."""
    return word.strip().casefold() in HARD | SOFT


def _counts(words: pl.Series) -> Counter[str]:
    counts = words.drop_nulls().value_counts()
    return Counter(dict(zip(counts.to_series(0).to_list(), counts.to_series(1).to_list(), strict=True)))


def _whole_numbers(words: Iterable[str]) -> dict[str, str]:
    """1.0 is 1 where all words are numbers, or where both are there."""
    words = {word for word in words if not is_missing(word)}
    numbers = all(NUMBER.fullmatch(word) for word in words)
    whole = {word: match[1] for word in words if (match := WHOLE.fullmatch(word))}
    return {word: to for word, to in whole.items() if numbers or to in words}


def _through(counts: Counter[str], to: Mapping[str, str]) -> Counter[str]:
    out: Counter[str] = Counter()
    for word, n in counts.items():
        out[to.get(word, word)] += n
    return out


def _without(counts: Counter[str], missing: set[str]) -> Counter[str]:
    return Counter({word: n for word, n in counts.items() if word not in missing})


def _missing(
    said: Counter[str], true: Counter[str], settings: Settings, questions: Questions, notes: Notes
) -> set[str]:
    """The words that mean no answer: those that are set, else known marks; doubtful ones by the truths, or asked about."""
    if settings.missing is not None:
        return set(settings.missing)
    known = sum(n for word, n in true.items() if not is_missing(word) and word.casefold() not in MAYBE)
    missing, doubtful = set(), []
    far = _far(said, true)
    for word in {*said, *true}:
        folded = word.casefold()
        if folded in HARD or (folded in SOFT | MAYBE and not said[word]):
            missing.add(word)
        elif (folded in SOFT | MAYBE or word in far) and not true[word]:
            missing.add(word) if known >= ENOUGH else doubtful.append(word)
        elif folded in SOFT and word not in ("none", "missing"):  # NA in answers and among the truths
            doubtful.append(word)
    if len(doubtful) == 1:
        text = f"Does '{doubtful[0]}' mean that there is no answer?"
        missing |= (
            set(doubtful)
            if questions.about("missing", text, ("yes", "no"), meanwhile="yes") == "yes"
            else set()
        )
    elif doubtful:
        text = f"Which of these words mean that there is no answer: {listed(sorted(doubtful), 20)}?"
        options = ("all of them", "none of them", *sorted(doubtful))
        reply = questions.about("missing", text, options, meanwhile="all of them", several=True)
        missing |= set(doubtful) if reply == "all of them" else set(reply.split(",")) & set(doubtful)
    found = [word for word in missing if said[word] + true[word]]
    if found:
        told = ", ".join(_how_often(word, said, true) for word in sorted(found, key=lambda w: (-said[w], w)))
        notes.say(f"No answer is meant by {told}; --missing says which words mean that.")
    return missing


def _how_often(word: str, said: Counter[str], true: Counter[str]) -> str:
    counts = [counted(n[word], what) for n, what in ((said, "answer"), (true, "truth")) if n[word]]
    return f"'{word}' ({', '.join(counts)})"


def _far(said: Counter[str], true: Counter[str]) -> set[str]:
    """Numbers such as 99 far above all others: ratings from 0 to 10 do not go on there."""
    values = {word: float(word) for word in {*said, *true} if word.isdecimal()}
    marks = {word for word in values if word in ("88", "98", "99", "888", "998", "999", "9999")}
    rest = [value for word, value in values.items() if word not in marks]
    return {word for word in marks if rest and values[word] > 2 * max(rest)}


def _spellings(said: Counter[str], true: Counter[str]) -> dict[str, str]:
    """Each word that differs from another in letter case or space only, or means yes or no as another does -> the spelling that
    truths, then answers, use most.
    """
    groups: dict[str, list[str]] = {}
    every = {_folded(word) for word in {*said, *true}}
    whole = {LONG.get(word, word) for word in every}
    letters_too = whole <= {*YES, *NO, *BY_NUMBER} and not whole <= {*BY_NUMBER}
    for word in {*said, *true}:
        folded = _folded(word)
        long = LONG.get(folded, folded)
        meant = BY_NUMBER.get(long, long) if letters_too else long if long in every else folded
        groups.setdefault(_yes_or_no(meant), []).append(word)
    out: dict[str, str] = {}
    for group in groups.values():
        if len(group) > 1:
            best = max(group, key=lambda w: (true[w], len(w) > 1, said[w], w))
            out |= {word: best for word in group if word != best}
    return out


def _folded(word: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", word).casefold().split())


def _pairs(to: Mapping[str, str]) -> str:
    """'JA' and 'ja' as 'Ja'."""
    under: dict[str, list[str]] = {}
    for word, label in sorted(to.items()):
        under.setdefault(label, []).append(word)
    told = [f"{listed([repr(w) for w in words], 4)} as '{label}'" for label, words in under.items()]
    more = f" and {counted(len(told) - 4, 'more label')}" if len(told) > 4 else ""
    return "Read " + "; ".join(told[:4]) + more


def _replaced(words: pl.Series, to: Mapping[str, str | None]) -> pl.Series:
    changed = {word: label for word, label in to.items() if word != label}
    if not changed:
        return words
    return words.replace_strict(list(changed), list(changed.values()), default=words)
