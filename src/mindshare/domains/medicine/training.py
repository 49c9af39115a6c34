"""A small Transformer, trained within a budget on four fifths of the descriptions; the last fifth says how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mindshare.core.errors import MindshareError
from mindshare.core.records import Budget
from mindshare.domains.domain import Progress, Trained
from mindshare.domains.medicine.machines import folds, small_transformer, taken, without
from mindshare.domains.medicine.made import made_descriptions
from mindshare.domains.medicine.symptoms import read_symptoms, symptoms_file


@dataclass(frozen=True, slots=True)
class TransformerTraining:
    """What `mindshare train medicine` runs."""

    def preflight(self, data: Path | None) -> None:
        """PyTorch is needed, and with `data` the file of symptom2disease."""
        if without():
            raise MindshareError("Training a Transformer needs PyTorch: pip install 'mindshare[deep]'.")
        if data is not None:
            symptoms_file(data)

    def train(
        self, *, data: Path | None, budget: Budget, hard: bool, seed: int, progress: Progress | None
    ) -> Trained:
        """Learns within the budget from texts whose twins are not among those that it is judged on."""
        told = made_descriptions(seed=seed) if data is None else read_symptoms(data)
        teach, held = next(folds(told, seed))
        text, diagnosis, _ = taken(told, teach)
        model = small_transformer(seed)
        model.fit(text, diagnosis, budget=budget, progress=progress, hard=hard)
        new, truth, _ = taken(told, held)
        commonest = np.bincount(told.code[teach]).argmax()
        return Trained(
            model=model,
            report=model.report_,
            unseen="descriptions that it has not seen, nor a twin of them",
            tested=len(held),
            accuracy=float((model.predict(new) == np.array(truth)).mean()),
            commonest=float((told.code[held] == commonest).mean()),
        )
