"""cifar10h: four networks with probabilities and people's counts on CIFAR-10 test images (Peterson 2019, Kerrigan 2021)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mindshare.core.errors import MindshareError
from mindshare.core.history import FloatArray, IntArray
from mindshare.histories.public.draw import draw_from_counts
from mindshare.histories.public.tables import Tables, left_out, probability_columns, read_numbers

LABELS = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
MACHINES = {
    "cnn": "human_model_truth_cifar10h.csv.gz",
    "densenet": "densenet-bc-L190-k40.csv.gz",
    "preresnet": "preresnet-110.csv.gz",
    "resnet": "resnet-110.csv.gz",
}
PERSONS = 4


def cifar10h(source: Path) -> Tables:
    """10,000 images; a person is a random one of those who judged the image: real answers, exchangeable persons."""
    truth, counts, proba = _read(source)
    ids = pl.Series("case", [f"image-{i:05d}" for i in range(len(truth))])
    names = np.array(LABELS)
    drawn = draw_from_counts(counts, PERSONS, seed=0)
    people = [
        pl.DataFrame({"case": ids, "agent": f"person_{k + 1}", "answer": names[drawn[:, k]]})
        for k in range(PERSONS)
    ]
    machines = [
        pl.concat(
            [
                pl.DataFrame({"case": ids, "agent": machine, "answer": names[p.argmax(axis=1)]}),
                probability_columns(LABELS, p),
            ],
            how="horizontal",
        )
        for machine, p in proba.items()
    ]
    return Tables(
        team={
            "name": "cifar10h: four networks; person_1 to person_4 are exchangeable, drawn from each image's counts",
            "labels": LABELS,
            "utility": "accuracy",
            "agents": {m: {"kind": "machine"} for m in MACHINES} | {"person_*": {"kind": "person"}},
        },
        cases=pl.DataFrame({"case": ids, "truth": names[truth]}),
        answers=pl.concat([*machines, *people], how="diagonal").sort("case", "agent"),
        dropped=left_out(
            int(counts.sum()) - PERSONS * len(truth), "answers in the counts that were not drawn"
        ),
    )


def _read(source: Path) -> tuple[IntArray, IntArray, dict[str, FloatArray]]:
    """Truth (N,), people's counts (N, 10) and each network's probabilities; the rows of all files must be one order."""
    first = read_numbers(source / MACHINES["cnn"]).to_numpy()
    counts, truth = (
        first[:, :10].astype(np.int32),
        first[:, 20].astype(np.int32) - 1,
    )  # this file counts classes from 1
    proba = {"cnn": first[:, 10:20]}
    for machine, file in MACHINES.items():
        if machine == "cnn":
            continue
        table = read_numbers(source / file).to_numpy()
        same = len(table) == len(first) and (table[:, 0] == truth).all() and (table[:, 1:11] == counts).all()
        if not same:
            raise MindshareError(
                f"{file}: its rows are not the images of {MACHINES['cnn']} in the same order."
            )
        proba[machine] = table[:, 11:21]
    return truth, counts, proba
