"""Reads the inspections of Chicago, 2011 to 2014 (chicago-food-inspections): every mistake in the file is one sentence.

Left unread: `score`, the city's own model, and the weather, which is that of the day on which a visit took place, while a plan may move it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mindshare.core.errors import MindshareError, listed
from mindshare.core.history import FloatArray
from mindshare.domains.city.visits import YEAR, Ints, Visits, day_number
from mindshare.domains.files import none_missing, numbers, public_file, text_table

if TYPE_CHECKING:
    import polars as pl

FOLDER, FILE = "chicago-food-inspections", "food_inspections.csv.gz"
PILOT = "2014-09-01"  # the city's own pilot began here: the test, and nothing is learnt or chosen on it
FOUND = ("fail_flag", "criticalCount", "seriousCount", "minorCount")  # of the visit itself: never features
PAST = ("pastFail", "pastCritical", "pastSerious", "pastMinor")
HEAT = ("heat_burglary", "heat_garbage", "heat_sanitation")
LICENCES = (
    "consumption_on_premises_incidental_activity",
    "tobacco_retail_over_counter",
    "package_goods",
    "limited_business_license",
    "outdoor_patio",
    "public_place_of_amusement",
    "childrens_services_facility_license",
    "tavern",
    "regulated_business_license",
    "filling_station",
    "caterers_liquor_license",
    "mobile_food_license",
)
OTHERS = ("pass_flag", "timeSinceLast", "firstRecord", "ageAtInspection")
NUMBERS = (*FOUND, *PAST, *HEAT, *LICENCES, *OTHERS)
TEXTS = ("Inspection_Date", "Inspector_Assigned", "Facility_Type")
FACILITY = {"Restaurant": "restaurant", "Grocery_Store": "grocery", "Other": "other"}
CAPPED = 2 * YEAR  # the file says "two years" for every longer time, and where there was no visit before


def chicago_file(data: str | Path) -> Path:
    """Where the file is; raises where it is not."""
    return public_file(data, FOLDER, FILE, "made-up visits")


def read_chicago(data: str | Path) -> Visits:
    """All visits of the file; those of the pilot, from 2014-09-01 on, are the new ones."""
    path = chicago_file(data)
    table = text_table(path, (*TEXTS, *NUMBERS), "visits")
    day = _days(table, path)
    number = {name: numbers(table, name, path) for name in NUMBERS}
    group, groups = _groups(table, path)
    since = np.round(number["timeSinceLast"] * YEAR).astype(np.int64)
    unknown = (number["firstRecord"] > 0) | (since >= CAPPED)
    kind = _kinds(table, path)
    visits = Visits(
        day=day,
        result=np.stack([number[name] for name in FOUND], axis=1),
        passed=number["pass_flag"],
        group=group,
        groups=groups,
        past=np.stack([number[name] for name in PAST], axis=1),
        last_day=np.where(unknown, -1, day - since),
        opened=np.round(day - number["ageAtInspection"] * YEAR).astype(np.int64),
        heat=np.stack([number[name] for name in HEAT], axis=1),
        licences=np.column_stack([*(number[name] for name in LICENCES), kind]),
        licence_names=(*LICENCES, "restaurant", "grocery"),
        new_from=day_number(PILOT),
        source="food inspections of Chicago, real visits",
    )
    if not (day >= visits.new_from).any() or not (day < visits.new_from).any():
        raise MindshareError(
            f"{path} needs visits before and after {PILOT}: earlier ones teach, later ones are judged."
        )
    return visits


# -- parts ---------------------------------------------------------------------------------------------------------
def _days(table: pl.DataFrame, path: Path) -> Ints:
    text = table["Inspection_Date"]
    told = text.str.to_date("%Y-%m-%d", strict=False)
    none_missing(told, text, path, "a date such as 2014-09-02")
    return np.asarray(told.to_numpy().astype("datetime64[D]").astype(np.int64))


def _kinds(table: pl.DataFrame, path: Path) -> FloatArray:
    text = table["Facility_Type"]
    told = text.replace_strict(FACILITY, default=None)
    none_missing(told, text, path, f"one of {listed(FACILITY)}")
    return np.stack([(told == name).to_numpy() for name in ("restaurant", "grocery")], axis=1).astype(
        np.float64
    )


def _groups(table: pl.DataFrame, path: Path) -> tuple[Ints, tuple[str, ...]]:
    text = table["Inspector_Assigned"]
    none_missing(
        text.set(text.str.strip_chars() == "", None), text, path, "the group of inspectors that went there"
    )
    names = tuple(sorted(text.unique().to_list()))
    return np.array([names.index(name) for name in text.to_list()], np.int64), names
