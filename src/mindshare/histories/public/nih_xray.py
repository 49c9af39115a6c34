"""nih-xray: 22 readers on four findings of chest X-rays (Majkowska et al. 2020); people only."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from mindshare.histories.public.tables import Tables, first_answers, left_out, read_text_table

LABELS = ["no", "yes"]
FINDINGS = {  # the finding's name: the reader's column, the column of the truth
    "fracture": ("Fracture", "Fracture_GT_Label"),
    "pneumothorax": ("Pneumothorax", "Pneumothorax_GT_Label"),
    "airspace_opacity": ("Airspace opacity", "Airspace_Opacity_GT_Label"),
    "nodule_or_mass": ("Nodule/mass", "Nodule_Or_Mass_GT_Label"),
}


def nih_xray(source: Path) -> Tables:
    """A case is (image, finding), its parent the patient; HEDGE is an empty answer: attention spent, nothing learnt."""
    table = read_text_table(source / "nih_labels.csv.gz")
    rows = pl.concat([_finding(table, finding) for finding in FINDINGS])
    kept, repeated = first_answers(rows)
    cases = kept.unique("case", keep="first", maintain_order=True).sort("case")
    unknown = cases.filter(pl.col("truth") == "").height
    return Tables(
        team={
            "name": "nih-xray: four findings of chest X-rays, 22 readers",
            "labels": LABELS,
            "utility": "accuracy",
            "agents": {"reader-*": {"kind": "person"}},
        },
        cases=cases.select("case", "truth", "parent", "group", "finding"),
        answers=kept.select("case", "agent", "answer").sort("case", "agent"),
        dropped=(*repeated, *left_out(unknown, "truths are missing")),
    )


def _finding(table: pl.DataFrame, finding: str) -> pl.DataFrame:
    """One finding's readings in the file's order."""
    said, truth = FINDINGS[finding]
    return table.select(
        case=pl.format("{}/{}", pl.col("Image ID").str.strip_suffix(".png"), pl.lit(finding)),
        truth=pl.col(truth).replace_strict({"0": "no", "1": "yes", "": ""}),
        parent=pl.format("patient-{}", "Patient ID"),
        group=pl.lit(finding),
        finding=pl.lit(finding),
        agent=pl.format("reader-{}", "Reader ID"),
        answer=pl.col(said).replace_strict({"NO": "no", "YES": "yes", "HEDGE": "", "": ""}),
    )
