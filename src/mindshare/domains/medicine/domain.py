"""Medicine as a `Domain`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mindshare.core.errors import MindshareError
from mindshare.domains.domain import AUDITED, Live, Made, Size, Terms
from mindshare.domains.medicine.diagnoses import DANGEROUS, utility_of
from mindshare.domains.medicine.history import NAME, write_medicine
from mindshare.domains.medicine.machines import without, without_embeddings
from mindshare.domains.medicine.made import COUNT, SIGNS
from mindshare.domains.medicine.outside import ALARM
from mindshare.domains.medicine.symptoms import read_symptoms
from mindshare.domains.medicine.training import TransformerTraining

PEOPLE = "machines that learnt from others, never from a twin; three SIMULATED doctors, so nothing here is evidence about people"
ABOUT_MADE = "about {count:,} MADE-UP descriptions of symptoms; " + PEOPLE
ABOUT_SYMPTOMS = (
    "{count:,} descriptions of symptoms (symptom2disease, perhaps written by a machine); " + PEOPLE
)
LENGTH = Size(
    column="letters",
    unit="letters",
    called="the length of a description",
    why="longer ones take longer to compute and to read",
)
GUIDELINES = (
    "Which diagnosis fits the description? Press / and type a part of it, then Enter. A dangerous one ({dangerous}) must not be missed: a"
    " person looks wherever machines propose one, and at every text that is outside of what they know. X says that nobody could tell."
    " A demo: no medical advice."
)


@dataclass(frozen=True, slots=True)
class Medicine:
    """Which diagnosis a description of symptoms points to; without data about `count` MADE-UP descriptions.

    `embeddings`: two machines more, which read embeddings of the texts, and what is outside is told by them, too. It needs the extra
    `embeddings`, and stands in a file of one's own, `domain = Medicine(embeddings=True)`, which `mindshare demo FILE.py:domain` takes.
    """

    name: str = NAME
    cases: str = "descriptions"
    count: int = COUNT
    embeddings: bool = False
    training: TransformerTraining = field(default_factory=TransformerTraining)

    def preflight(self, data: Path | None) -> tuple[str, ...]:
        """With `data` the file of symptom2disease is needed, with `embeddings` that extra; without PyTorch there is no Transformer."""
        if self.embeddings and (missing := without_embeddings()):
            raise MindshareError(missing)
        told = [missing] if (missing := without()) else []
        if data is not None and (repeated := read_symptoms(data).repeated):
            told.append(f"{repeated} descriptions stand in the file word for word before, and are left out.")
        return tuple(told)

    def terms(self, data: Path | None) -> Terms:
        """The diagnoses; a dangerous one that is taken for one that is not is the dearest mistake."""
        real = None if data is None else read_symptoms(data)
        labels = tuple(sorted(SIGNS)) if real is None else real.labels
        return Terms(
            about=ABOUT_MADE.format(count=self.count)
            if real is None
            else ABOUT_SYMPTOMS.format(count=len(real.text)),
            question="Which diagnosis does this description point to?",
            labels=labels,
            utility=utility_of(labels),
            features=("letters", "strange"),
            people="doctors",
            size=LENGTH,
            live=live(labels),
        )

    def write(self, out: Path, *, data: Path | None, seed: int) -> Made:
        """The descriptions under `data`, else made-up ones."""
        self.preflight(data)
        return write_medicine(out, data=data, seed=seed, count=self.count, embeddings=self.embeddings)


def live(labels: tuple[str, ...]) -> Live:
    """What the desk shows, and what no price buys: a person sees each dangerous diagnosis and each text that is outside."""
    dangerous = sorted(DANGEROUS & set(labels))
    review = [{"when": {"label": dangerous}}] if dangerous else []
    return Live(
        guidelines=GUIDELINES.format(dangerous=", ".join(dangerous)),
        limits={"people.minutes": 60.0},
        template=({},),  # the description and the differential, which no file holds
        guard={
            "audit_share": {"share": AUDITED},
            "mandatory_review": [*review, {"when": {"feature.strange": f">={ALARM:g}"}}],
        },
    )
