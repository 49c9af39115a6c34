"""ecg: a network's seeds and three groups of trainees on six abnormalities of 827 exams (Ribeiro et al. 2020)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mindshare.core.history import IntArray
from mindshare.histories.public.tables import Tables, probability_columns, read_text_table

ABNORMALITIES = ["1dAVb", "RBBB", "LBBB", "SB", "AF", "ST"]
LABELS = ["no", "yes"]
PEOPLE = ("cardiology_residents", "emergency_residents", "medical_students")
# prob_model_1 is the network of dnn.csv (its decisions are these probabilities over fixed thresholds);
# prob_model_6 is byte for byte prob_model, which stands for both.
DNN_PROBABILITIES = "prob_model_1"
SEEDS = {"seed_0": "prob_model"} | {f"seed_{i}": f"prob_model_{i}" for i in (2, 3, 4, 5, 7, 8, 9, 10)}


def ecg(source: Path) -> Tables:
    """A case is (exam, abnormality). The DNN answers as it did; the other seeds answer the more probable label."""
    gold = _column(source, "gold_standard")
    attributes = read_text_table(source / "attributes.csv")
    exams = np.repeat(np.arange(attributes.height), len(ABNORMALITIES))
    parent = pl.Series("parent", [f"exam-{i:03d}" for i in exams])
    abnormality = pl.Series("abnormality", ABNORMALITIES * attributes.height)
    cases = pl.DataFrame(
        {
            "case": pl.select(pl.concat_str(parent, abnormality, separator="/")).to_series(),
            "truth": np.array(LABELS)[gold],
            "parent": parent,
            "group": abnormality,
            "abnormality": abnormality,
            "age": attributes["age"].cast(pl.Int64).gather(exams),
            "sex": attributes["sex"].gather(exams),
        }
    )
    machines = [_machine(cases["case"], "dnn", source, DNN_PROBABILITIES, _column(source, "dnn"))]
    machines += [_machine(cases["case"], seed, source, stem) for seed, stem in SEEDS.items()]
    people = [
        pl.DataFrame({"case": cases["case"], "agent": p, "answer": np.array(LABELS)[_column(source, p)]})
        for p in PEOPLE
    ]
    return Tables(
        team={
            "name": "ecg: six abnormalities of 827 exams, ten networks and three groups of trainees",
            "labels": LABELS,
            "utility": "accuracy",
            "agents": {m: {"kind": "machine"} for m in ("dnn", *SEEDS)}
            | {p: {"kind": "person"} for p in PEOPLE},
        },
        cases=cases,
        answers=pl.concat([*machines, *people], how="diagonal").sort("case", "agent"),
        dropped=(
            "prob_model_6, the same file as prob_model",
            "2 cardiologists, whose agreement is the truth",
        ),
    )


def _column(source: Path, stem: str) -> IntArray:
    """The 0/1 decisions of one file, exam after exam, its abnormalities in our order."""
    table = read_text_table(source / f"{stem}.csv")
    return table.select(pl.col(a).cast(pl.Int32) for a in ABNORMALITIES).to_numpy().ravel()


def _machine(
    case: pl.Series, agent: str, source: Path, stem: str, said: IntArray | None = None
) -> pl.DataFrame:
    """One network's answers: its own decisions where given, else yes from a probability of 0.5 on."""
    table = read_text_table(source / f"{stem}.csv")
    yes = table.select(pl.col(a).cast(pl.Float64) for a in ABNORMALITIES).to_numpy().ravel()
    answer = np.array(LABELS)[(yes >= 0.5).astype(np.int32) if said is None else said]
    return pl.concat(
        [
            pl.DataFrame({"case": case, "agent": agent, "answer": answer}),
            probability_columns(LABELS, np.stack([1.0 - yes, yes], axis=1)),
        ],
        how="horizontal",
    )
