"""What was set on the command line, or by the caller of the library, for reading files that are no history yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mindshare.histories.sources.source import ROLES

QUESTIONS = (  # what `set` may say beside roles
    "annotators",
    "machines",
    "people",
    "layout",
    "format",
    "field",
    "scale",
    "unit",
    "status",
    "repeats",
    "ids",
    "spellings",
    "names",
    "missing",
    "rejected",
    "several",
    "tainted",
    "label",
    "utility",
)
KEYS: tuple[str, ...] = (*(role for role in ROLES if role != "feature"), *QUESTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`set` answers questions: role or question -> column, word or words with commas between; `agent:answers.csv` for one file.

    `where` keeps only rows with one of these values in a column; `merge` reads other words as one label; `missing` are
    words that mean that there is no answer; `features` describe the case whatever a check says.
    """

    set: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    merge: Mapping[str, str] = field(default_factory=dict)  # word -> label
    missing: tuple[str, ...] | None = None  # None = marks that are known, () = none
    features: tuple[str, ...] = ()
