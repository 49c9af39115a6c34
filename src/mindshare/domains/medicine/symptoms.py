"""Reads symptom2disease: descriptions of symptoms and 24 diagnoses, perhaps written by a machine; its origin is not verified."""

from __future__ import annotations

from pathlib import Path

from mindshare.core.errors import MindshareError, listed
from mindshare.domains.files import public_file, text_table
from mindshare.domains.medicine.descriptions import Descriptions, described

FOLDER, FILE = "symptom2disease", "Symptom2Disease.csv"
COLUMNS = ("label", "text")
FOLDS = 5  # in which machines learn and answer: each diagnosis needs as many texts that are no twins


def symptoms_file(data: str | Path) -> Path:
    """Where the file is; raises where it is not."""
    return public_file(data, FOLDER, FILE, "made-up descriptions")


def read_symptoms(data: str | Path) -> Descriptions:
    """The file under the folder of the public sets; every mistake in it is one sentence, which repeats no patient's text."""
    path = symptoms_file(data)
    table = text_table(path, COLUMNS, "descriptions", secret=True)
    label, text = ([cell or "" for cell in table[name].to_list()] for name in COLUMNS)
    known: dict[str, str] = {}
    for row, (said, meant) in enumerate(zip(text, label, strict=True), 1):
        if not said.strip():
            raise MindshareError(f"{path}, description {row}: the text is empty.")
        if not meant.strip():
            raise MindshareError(f"{path}, description {row}: the label is empty.")
        if known.setdefault(said, meant) != meant:
            raise MindshareError(
                f"{path}, description {row}: the same text stands there as '{known[said]}' and as '{meant}'; keep one."
            )
    read = described(text, label)
    few = [
        each
        for each in read.labels
        if len({p for p, d in zip(read.parent.tolist(), read.diagnosis, strict=True) if d == each}) < FOLDS
    ]
    if few or len(read.labels) < 2:
        told = f"{listed(few)} with fewer" if few else "one diagnosis alone"
        raise MindshareError(
            f"{path} needs two diagnoses or more, each with {FOLDS} texts that are no twins; it has {told}."
        )
    return read
