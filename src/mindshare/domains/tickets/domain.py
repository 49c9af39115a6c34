"""Tickets as a `Domain`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mindshare.domains.domain import Live, Made, Size, Terms
from mindshare.domains.tickets.departments import utility_of
from mindshare.domains.tickets.history import NAME, write_tickets
from mindshare.domains.tickets.made import MEANT, NEW, TAUGHT
from mindshare.domains.tickets.messages import banking_files, read_banking

PEOPLE = "four SIMULATED clerks, so nothing here is evidence about people"
ABOUT_MADE = (
    "{count:,} MADE-UP messages to a bank; three machines that learnt from {taught:,} others; " + PEOPLE
)
ABOUT_BANKING = (
    "3,080 messages to a bank (banking77), real words; three machines that learnt from 10,003 others; "
    + PEOPLE
)
LENGTH = Size(
    column="letters",
    unit="letters",
    called="the length of a message",
    why="longer ones take longer to compute and to read",
)
LIVE = Live(
    guidelines=(
        "What does the customer want? Press / and type a part of it, then Enter. Another label of the same department is half right;"
        " what belongs to security (a lost card, payments that nobody made, a blocked PIN) must not go elsewhere. X says that nobody"
        " could tell."
    ),
    limits={"people.minutes": 60.0},
    template=({"feature": "message", "title": "Message", "as": "text"},),
    # what must not wait, at one key
    keys={"compromised_card": "t", "lost_or_stolen_card": "l", "pin_blocked": "p"},
)


@dataclass(frozen=True, slots=True)
class Tickets:
    """What a customer's message is about; without data `new` made-up messages, of which `taught` others teach."""

    name: str = NAME
    cases: str = "messages"
    training: None = None
    taught: int = TAUGHT
    new: int = NEW

    def preflight(self, data: Path | None) -> tuple[str, ...]:
        """With `data` the files of banking77 are needed."""
        if data is not None:
            banking_files(data)
        return ()

    def terms(self, data: Path | None) -> Terms:
        """The intents; what a wrong one costs follows the department that the message goes to."""
        labels = tuple(sorted(MEANT)) if data is None else read_banking(data).taught.labels
        return Terms(
            about=ABOUT_MADE.format(count=self.new, taught=self.taught) if data is None else ABOUT_BANKING,
            question="What is this message about?",
            labels=labels,
            utility=utility_of(labels),
            features=("letters", "message"),
            people="clerks",
            size=LENGTH,
            live=LIVE,
        )

    def write(self, out: Path, *, data: Path | None, seed: int) -> Made:
        """The new messages under `data`, else made-up ones."""
        self.preflight(data)
        return write_tickets(out, data=data, seed=seed, taught=self.taught, new=self.new)
