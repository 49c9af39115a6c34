"""Which diagnoses are dangerous, and what a verdict is worth.

The right diagnosis is worth 1, a wrong one 0. One that is dangerous must not be taken for one that is not: -1. Stated for the demo, by no
doctor: dangerous is what may kill within days where nobody looks.
"""

from __future__ import annotations

RIGHT, WRONG, MISSED = 1.0, 0.0, -1.0
DANGEROUS = frozenset(
    {"Bronchial Asthma", "Dengue", "Jaundice", "Malaria", "Pneumonia", "Typhoid", "drug reaction"}
)


def utility_of(labels: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Truth -> verdict -> value, of these diagnoses."""

    def worth(truth: str, verdict: str) -> float:
        if truth == verdict:
            return RIGHT
        return MISSED if truth in DANGEROUS and verdict not in DANGEROUS else WRONG

    return {truth: {verdict: worth(truth, verdict) for verdict in labels} for truth in labels}
