"""Digits as a `Domain`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mindshare.core.errors import MindshareError
from mindshare.domains.digits.history import NAME, write_digits
from mindshare.domains.digits.images import LABELS
from mindshare.domains.domain import Live, Made, Terms

LIVE = Live(
    guidelines=(
        "Which digit is this? A camera sent 8 by 8 pixels; some are noisy, of some a part is covered. Machines have looked"
        " already. X says that nobody could tell."
    ),
    limits={"people.minutes": 30.0},
    template=({},),  # the picture says it all
    keys={digit: digit for digit in LABELS},
)


@dataclass(frozen=True, slots=True)
class Digits:
    """Which digit an image shows. The images come with scikit-learn, so it needs no data and takes none."""

    name: str = NAME
    cases: str = "images"
    training: None = None

    def preflight(self, data: Path | None) -> tuple[str, ...]:
        """Nothing is ever missing; a folder of data is refused."""
        if data is not None:
            raise MindshareError("The demo 'digits' brings its own images. Leave --data away.")
        return ()

    def terms(self, data: Path | None) -> Terms:
        """Ten digits; every error costs the same, and images are equally large."""
        self.preflight(data)
        return Terms(
            about=(
                "1,797 images of digits, half of them made harder; three machines trained on the spot;"
                " four SIMULATED people, so nothing here is evidence about people"
            ),
            question="Which digit is this?",
            labels=LABELS,
            utility="accuracy",
            features=("kind", "ink", "rough"),
            live=LIVE,
        )

    def write(self, out: Path, *, data: Path | None, seed: int) -> Made:
        """All 1,797 images."""
        self.preflight(data)
        return write_digits(out, seed=seed)
