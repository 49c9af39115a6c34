"""vision16 and vision3: people's and networks' answers on degraded images (Geirhos et al. 2021), with seconds and GFLOP."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from mindshare.histories.public.tables import Tables, left_out, read_text_table

# GFLOP (multiply-adds) of one answer, from the README of the prepared source: torchvision's weight tables at the
# benchmark's input sizes; simclr is a ResNet-50 of width 1; bagnet33 counted from its public definition at 224 px.
GFLOP = {
    "bagnet33": 16.26,
    "resnet50": 4.089,
    "simclr_resnet50x1": 4.089,
    "swag_vit_b16_in1k": 55.484,
    "swag_regnety_16gf_in1k": 46.735,
    "swag_regnety_32gf_in1k": 94.826,
    "swag_vit_l16_in1k": 361.986,
    "swag_regnety_128gf_in1k": 374.57,
    "swag_vit_h14_in1k": 1016.717,
}
WEAK = ("bagnet33", "resnet50", "simclr_resnet50x1")
WINDOW_S = 1.5  # the response window: what an answer that never came has cost
_KEY = ("exp", "condition", "img")


def vision16(source: Path) -> Tables:
    """All nine networks and all people."""
    return _tables(source, tuple(GFLOP), "vision16: objects in degraded images, nine networks and people")


def vision3(source: Path) -> Tables:
    """The three weak networks and all people."""
    return _tables(source, WEAK, "vision3: objects in degraded images, three weak networks and people")


def _tables(source: Path, machines: tuple[str, ...], name: str) -> Tables:
    case = pl.concat_str(_KEY, separator="/").alias("case")
    trials = read_text_table(source / "human_trials.csv.gz").with_columns(case)
    models = read_text_table(source / "model_answers.csv.gz").with_columns(case)
    cases = models.select(
        "case", pl.col("category").alias("truth"), pl.col("img").alias("parent"), "exp", "condition"
    ).sort("case")
    silent = pl.col("object_response") == "na"
    people = trials.select(
        "case",
        pl.col("subj").alias("agent"),
        pl.when(silent).then(pl.lit("")).otherwise("object_response").alias("answer"),
        pl.when(silent)
        .then(WINDOW_S)
        .otherwise(pl.col("rt").cast(pl.Float64, strict=False))
        .alias("seconds"),
    )
    said = models.unpivot(on=list(machines), index="case", variable_name="agent", value_name="answer")
    given = said.filter(pl.col("answer") != "").with_columns(pl.lit(None, pl.Float64).alias("seconds"))
    return Tables(
        team={
            "name": name,
            "labels": cases["truth"].unique().sort().to_list(),
            "utility": "accuracy",
            "agents": {m: {"kind": "machine", "cost": {"gflop": GFLOP[m]}} for m in machines}
            | {"*:subject-*": {"kind": "person"}},
        },
        cases=cases,
        answers=pl.concat([people, given]).sort("case", "agent"),
        dropped=left_out(said.height - given.height, "answers that a network's column leaves empty"),
    )
