"""City as a `Domain`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mindshare.domains.city.chicago import chicago_file
from mindshare.domains.city.history import LABELS, NAME, UTILITY, write_city
from mindshare.domains.city.made import PLACES
from mindshare.domains.domain import Live, Made, Size, Terms

PEOPLE = "three SIMULATED inspectors, so nothing here is evidence about people"
ABOUT_MADE = (
    "visits of inspectors to {places:,} MADE-UP places; machines that learnt from earlier visits; " + PEOPLE
)
ABOUT_CHICAGO = (
    "1,637 food inspections of Chicago in September and October 2014, real places and findings; machines that learnt from"
    " 17,075 earlier ones; " + PEOPLE
)
LICENCES = Size(
    column="licences",
    unit="further licences",
    called="how many licences a place holds",
    why="there is more to look at",
)
LIVE = Live(
    guidelines=(
        "Would a visit find a critical violation here? Say what you expect of what is known the day before; to miss one costs more than a"
        " visit for nothing. X says that nobody could tell. The SIMULATED inspectors beside you visit: a minute of it takes a second."
    ),
    limits={"people.minutes": 60.0},
    template=(
        {"feature": "inspectors", "title": "Inspectors"},
        {"feature": "licences", "title": "Further licences", "as": "number"},
        {"feature": "last_critical", "title": "Critical violations at the last visit", "as": "number"},
        {"feature": "last_serious", "title": "Serious ones", "as": "number"},
        {"feature": "years_since", "title": "Since that visit", "as": "number", "unit": "years"},
        {"feature": "years_open", "title": "Open for", "as": "number", "unit": "years"},
    ),
    faster=60.0,
)


@dataclass(frozen=True, slots=True)
class City:
    """Which places inspectors visit first; without data, visits to `places` MADE-UP places.

    `floor`: part of its share of the open visits that each area must have in today's lists, 0 to 1. It stands in a file of one's own,
    `domain = City(floor=0.9)`, which `mindshare demo FILE.py:domain` takes.
    """

    name: str = NAME
    cases: str = "visits"
    training: None = None
    places: int = PLACES
    floor: float = 0.0

    def preflight(self, data: Path | None) -> tuple[str, ...]:
        """With `data` the file of Chicago is needed."""
        if data is not None:
            chicago_file(data)
        return ()

    def terms(self, data: Path | None) -> Terms:
        """A critical violation that nobody sees is the dearest mistake; a needless alarm costs half of a right verdict."""
        return Terms(
            about=ABOUT_MADE.format(places=self.places) if data is None else ABOUT_CHICAGO,
            question="Does a visit find a critical violation here?",
            labels=LABELS,
            utility=UTILITY,
            features=("inspectors", "licences", "last_critical", "last_serious", "years_open", "years_since"),
            normal="clean",
            misses="missed critical violations",
            people="inspectors",
            size=LICENCES,
            live=LIVE,
        )

    def write(self, out: Path, *, data: Path | None, seed: int) -> Made:
        """The visits of Chicago's pilot under `data`, else made-up ones; today.html and today.csv beside them."""
        self.preflight(data)
        return write_city(out, data=data, seed=seed, places=self.places, floor=self.floor)
