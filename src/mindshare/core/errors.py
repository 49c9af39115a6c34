"""Everything Mindshare refuses to do, in one file.

MindshareError
├── HistoryError      a history (or a file of one) that cannot be read as it stands
├── ModelError        a saved model that is damaged, newer than this program, or of another team
├── Infeasible        limits that the hard constraints of an allocation do not fit into
├── OverBudget        a spend that would pass its limit
├── StoreError        something that cannot be kept, or read back, as it stands
├── NotLearnable      a request for something the history cannot tell
├── NotThere          a case, a person or a lease that a service does not know
├── Conflict          a request that does not fit what has happened by now
│   └── Weaker        rules that would check less than those before, where nobody said that this is meant
├── Overloaded        more than a service takes now; later it will
├── NotAllowed        a request by somebody who may not make it
├── NotSignedIn       a request by nobody who is known here
├── TooLarge          a request of more bytes, or cases, than one may have
├── TooOften          more requests of one sender than a service takes in that time
└── Halted            a service that cannot write, and so does nothing
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class MindshareError(Exception):
    """Something this library refuses to do."""

    code = "refused"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)

    def as_json(self) -> dict[str, object]:
        """The one shape in which an error leaves the program: ``{"error": {...}}``."""
        return {"error": {"code": self.code, "message": str(self), **self.details()}}

    def details(self) -> dict[str, object]:
        """Machine-readable parts of the sentence; subclasses add theirs."""
        return {}


class HistoryError(MindshareError):
    """A history that cannot be read as it stands."""

    code = "history"

    def __init__(self, problem: str, *, file: str, row: int | None = None, column: str | None = None) -> None:
        """`problem` says what is wrong and what would be right; `row` counts data rows as an editor does (header = 1)."""
        self.problem, self.file, self.row, self.column = problem, file, row, column
        where = file
        if row is not None:
            where += f", row {row}"
        if column is not None:
            where += f", column '{column}'"
        super().__init__(f"{where}: {problem}")

    def details(self) -> dict[str, object]:
        return {"file": self.file, "row": self.row, "column": self.column}


class ModelError(MindshareError):
    """A saved model that cannot be used as it stands."""

    code = "model"


class Infeasible(MindshareError):
    """The hard constraints do not fit into the limits."""

    code = "infeasible"

    def __init__(self, resource: str, limit: float, least: float, hint: str = "") -> None:
        self.resource, self.limit, self.least = resource, limit, least
        super().__init__(
            f"'{resource}' is limited to {limit:g}, but the hard constraints need at least {least:g}."
            f"{' ' + hint if hint else ''}"
        )

    def details(self) -> dict[str, object]:
        return {"resource": self.resource, "limit": self.limit, "least": self.least}


class OverBudget(MindshareError):
    """The spend would pass the limit; nothing was run. Raise the limit or wait for the next period."""

    code = "over_budget"


class StoreError(MindshareError):
    """Something that cannot be kept, or read back, as it stands."""

    code = "store"


class NotLearnable(MindshareError):
    """The history cannot tell this."""

    code = "not_learnable"


def nearest(word: str, known: Iterable[str]) -> str:
    """A question whether the nearest of the known words was meant, to end a sentence with; nothing where none is near."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean '{close[0]}'?" if close else ""


def listed(words: Iterable[str], most: int = 8) -> str:
    """The first words of a list, for a sentence: "a, b, c and 5 more"."""
    every = list(words)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most:,} more"


def counted(count: float | str, one: str, many: str | None = None) -> str:
    """A count, or one in words, with its noun: "1 case", "2 cases", "0.1 human answers", "1 person", "1,200 people"."""
    told = count if isinstance(count, str) else f"{count:,}"
    return f"{told} {one if told == '1' else many or f'{one}s'}"


class NotThere(MindshareError):
    """There is no such thing here."""

    code = "not_there"


class Conflict(MindshareError):
    """That does not fit what has happened by now."""

    code = "conflict"


class NotNow(Conflict):
    """There is no case for you at present."""

    code = "not_now"

    def __init__(self, message: str | None = None, *, until: float | None = None) -> None:
        """`until`: seconds since 1970, when to ask again; None = nobody knows."""
        super().__init__(message)
        self.until = until

    def details(self) -> dict[str, object]:
        return {} if self.until is None else {"until": self.until}


class Weaker(Conflict):
    """Less would be checked than before."""

    code = "weaker"

    def __init__(self, message: str | None = None, *, no_longer: Sequence[str] = (), waits: int = 0) -> None:
        """`no_longer`: what would not be checked any more, in words; `waits`: cases that wait for people because of it."""
        super().__init__(message)
        self.no_longer, self.waits = list(no_longer), waits

    def details(self) -> dict[str, object]:
        return {"no_longer": self.no_longer, "waits": self.waits}


class Overloaded(MindshareError):
    """More cases wait than the service takes; send this one again later."""

    code = "overloaded"


class NotAllowed(MindshareError):
    """You may not do that."""

    code = "not_allowed"


class NotSignedIn(MindshareError):
    """Send a valid token as `Authorization: Bearer TOKEN`; this one is missing, unknown, or over."""

    code = "not_signed_in"


class TooLarge(MindshareError):
    """The request is too large."""

    code = "too_large"


class TooOften(MindshareError):
    """Too many requests; send this one again later."""

    code = "too_often"

    def __init__(self, message: str | None = None, *, retry_s: float = 1.0) -> None:
        """`retry_s`: seconds after which the request may be sent again."""
        super().__init__(message)
        self.retry_s = retry_s

    def details(self) -> dict[str, object]:
        return {"retry_s": round(self.retry_s, 3)}


class Failed(MindshareError):
    """Something failed at this very request a moment ago, so it is not tried again for ten minutes; the log says what."""

    code = "failed"


class Halted(MindshareError):
    """The service cannot write to its store; nothing that was not acknowledged counts."""

    code = "halted"
