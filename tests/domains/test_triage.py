"""Promises of triage: nothing is known before it happened, minutes never pass their limit, one sentence for each broken file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mindshare.core.errors import MindshareError
from mindshare.core.score import Bootstrap, interval
from mindshare.domains.city.triage import hires as bikes
from mindshare.domains.city.triage import requests as calls
from mindshare.domains.city.triage.found import chance_so_far, usual_minutes
from mindshare.domains.city.triage.hires import HOURS, Hires, read_hires
from mindshare.domains.city.triage.paced import as_they_come, in_hindsight, paced
from mindshare.domains.city.triage.requests import Requests, read_requests
from mindshare.domains.city.triage.surplus import (
    fixed_hours,
    foretold,
    held_out,
    known_before,
    surplus,
    usual,
)


@pytest.fixture(scope="module")
def hires() -> Hires:
    """Made up: 60 days in two months, a mild and a busy kind of day."""
    rng = np.random.default_rng(0)
    day = np.arange(15_000, 15_060)
    working = ((day + 3) % 7 < 5).astype(float)
    busy = np.repeat(np.exp(0.5 * rng.normal(size=60)), HOURS).reshape(60, HOURS)
    count = rng.poisson(20.0 * busy).astype(float)
    count[5, 3] = np.nan
    return Hires(
        day=day,
        working=working,
        count=count,
        weather=rng.random((60, HOURS, 4)),
        source="MADE-UP hours of bike hire",
    )


@pytest.fixture(scope="module")
def requests() -> Requests:
    """Made up: noise finds something in two of three, parking in one of three; told half an hour later, a fifth never."""
    rng, n = np.random.default_rng(0), 300
    kind = rng.integers(2, size=n)
    found = (rng.random(n) < np.array([0.33, 0.67])[kind]).astype(float)
    came = np.sort(rng.random(n) * 240.0)
    unknown = rng.random(n) < 0.2
    return Requests(
        came=came,
        kind=tuple("Noise" if k else "Illegal Parking" for k in kind),
        place=tuple(f"borough {k}" for k in rng.integers(3, size=n)),
        found=np.where(unknown, np.nan, found),
        told=np.where(unknown, np.inf, came + 30.0),
        left_out=0,
        source="MADE-UP requests",
    )


# -- what is known -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("day", "hour"), [(30, 0), (30, 8), (41, 23)])
def test_no_column_of_an_hour_changes_with_that_hour_or_a_later_one(
    hires: Hires, day: int, hour: int
) -> None:
    count, weather = hires.count.copy(), hires.weather.copy()
    for told in (count, weather):
        told.reshape(60 * HOURS, -1)[day * HOURS + hour :] += 7.0
    other = replace(hires, count=count, weather=weather)
    np.testing.assert_array_equal(known_before(hires)[day, hour], known_before(other)[day, hour])
    assert surplus(hires)[day, hour] != surplus(other)[day, hour]


def test_the_usual_is_the_mean_of_the_same_hour_on_earlier_days_of_the_same_sort(hires: Hires) -> None:
    mean, day = usual(hires), 40
    same = np.flatnonzero(hires.working[:day] == hires.working[day])[-10:]
    np.testing.assert_allclose(mean[day], hires.count[same].mean(axis=0))
    assert np.isnan(mean[0]).all()  # nothing is usual yet
    assert np.isnan(surplus(hires)[5, 3])  # an hour without a row has no truth


def test_days_that_the_file_leaves_out_are_not_bridged(hires: Hires) -> None:
    gap = replace(hires, day=hires.day + 12 * (np.arange(60) >= 30))
    with_gap, without = known_before(gap)[30, 0], known_before(hires)[30, 0]
    assert np.isnan(with_gap).sum() > np.isnan(without).sum()


def test_a_chance_changes_with_what_is_told_before_the_request_and_with_nothing_later(
    requests: Requests,
) -> None:
    chance, now = chance_so_far(requests), requests.came[200]
    late = replace(requests, found=np.where(requests.told > now, 1.0 - requests.found, requests.found))
    early = replace(requests, found=np.where(requests.told <= now, 1.0, requests.found))
    assert chance_so_far(late)[200] == chance[200] < chance_so_far(early)[200]
    assert chance[0] == 0.5 and ((chance > 0) & (chance < 1)).all()
    np.testing.assert_allclose(usual_minutes(requests)[-1], 30.0)


def test_kinds_that_find_more_get_higher_chances(requests: Requests) -> None:
    noise = np.array(requests.kind) == "Noise"
    chance = chance_so_far(requests)
    assert chance[150:][noise[150:]].mean() > chance[150:][~noise[150:]].mean() + 0.1


# -- attention -----------------------------------------------------------------------------------------------------
def test_minutes_never_pass_the_limit_and_go_to_the_cases_of_most_value() -> None:
    rng = np.random.default_rng(0)
    value, minutes, old = rng.random(400), rng.uniform(5, 15, 400), rng.random(800)
    told = paced(value, minutes, 1_000.0, old)
    assert minutes[told.taken].sum() <= 1_000.0
    most = value[in_hindsight(value, minutes, 1_000.0)].sum()
    first = value[as_they_come(np.ones(400, bool), minutes, 1_000.0)].sum()
    assert first + 0.8 * (most - first) < value[told.taken].sum() <= most
    assert (told.price >= 0).all() and told.why[0].count("people.minutes") >= 1


def test_a_case_that_takes_longer_must_be_worth_more() -> None:
    rng = np.random.default_rng(1)
    value, minutes = rng.random(600), np.tile([5.0, 20.0], 300)
    taken = paced(value, minutes, 1_500.0, rng.random(600)).taken
    assert value[taken & (minutes == 20.0)].min(initial=1.0) > value[taken & (minutes == 5.0)].min()


def test_first_come_is_served_until_the_minutes_are_gone() -> None:
    wanted = np.array([True, False, True, True])
    assert as_they_come(wanted, np.full(4, 10.0), 20.0).tolist() == [True, False, True, False]


def test_fixed_hours_are_those_with_the_largest_surplus_on_days_of_the_same_sort(hires: Hires) -> None:
    truth = np.zeros((60, HOURS))
    truth[hires.working > 0, 8], truth[hires.working == 0, 13] = 5.0, 5.0
    told = fixed_hours(hires, truth, np.arange(50), np.arange(50, 60), 1)
    assert told.sum() == 10
    assert set(np.nonzero(told[hires.working[50:] > 0])[1]) == {8}
    assert set(np.nonzero(told[hires.working[50:] == 0])[1]) == {13}


def test_days_that_teach_are_foretold_by_other_months(hires: Hires) -> None:
    truth, fit = surplus(hires), np.arange(20, 60)
    told = held_out(known_before(hires), truth, fit, hires.month)
    month = hires.month[fit]
    last = fit[month == month[-1]]
    other = foretold(known_before(hires), truth, fit[month != month[-1]], last)
    np.testing.assert_array_equal(told[month == month[-1]], other)


# -- the files -----------------------------------------------------------------------------------------------------
def hour_row(time: str, **told: str) -> dict[str, str]:
    return {"datetime": time, "workingday": "1", **dict.fromkeys(bikes.WEATHER, "1"), "count": "5", **told}


def request_row(**told: str | None) -> dict[str, str | None]:
    base = {
        "created_date": "2024-04-15T23:00:00.000",
        "closed_date": "2024-04-15T23:30:00.000",
        "agency": "NYPD",
        "complaint_type": "Noise",
        "borough": "QUEENS",
        "resolution_description": "The Police Department issued a summons in response to the complaint.",
    }
    return base | told


def folder_of(data: Path, of: str, file: str, rows: list[dict[str, str | None]]) -> Path:
    (data / of).mkdir(parents=True)
    pl.DataFrame(rows).write_csv(data / of / file)
    return data


def test_hours_are_read_with_gaps_where_the_file_has_no_row(tmp_path: Path) -> None:
    rows = [hour_row("2011-01-01 01:00:00"), hour_row("2011-01-03 02:00:00", count="9")]
    read = read_hires(folder_of(tmp_path, bikes.FOLDER, bikes.FILE, rows))
    assert len(read) == 2 and (read.day[1] - read.day[0]) == 2
    assert read.count[1, 2] == 9.0 and np.isnan(read.count).sum() == 46


def is_one_sentence(read: Callable[[Path], object], data: Path, told: str) -> None:
    with pytest.raises(MindshareError, match=told) as wrong:
        read(data)
    assert "\n" not in str(wrong.value)
    assert str(wrong.value).endswith(".")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([hour_row("noon")], "row 2: datetime is 'noon'; it must be an hour"),
        ([hour_row("2011-01-01 01:00:00", count="few")], "row 2: count is 'few'; it must be a number"),
        ([hour_row("2011-01-01 01:00:00", temp="nan")], "row 2: temp is 'nan'"),
        ([hour_row("2011-01-01 01:00:00")] * 2, "row 3: the hour 2011-01-01 01:00:00 is told a second time"),
        (
            [hour_row("2011-01-01 01:00:00"), hour_row("2011-01-01 02:00:00", workingday="0")],
            "row 3: workingday is '0'; it must be 0 or 1, and the same",
        ),
        ([hour_row("2011-01-01 01:00:00", workingday="2")], "row 2: workingday is '2'"),
        ([{"a": "b"}], "has no column datetime"),
    ],
)
def test_a_broken_file_of_hours_is_one_sentence(
    rows: list[dict[str, str | None]], told: str, tmp_path: Path
) -> None:
    data = folder_of(tmp_path, bikes.FOLDER, bikes.FILE, rows)
    is_one_sentence(read_hires, data, told)


def test_requests_for_others_are_left_out_and_counted_and_outcomes_are_read(tmp_path: Path) -> None:
    rows = [
        request_row(created_date="2024-04-15T23:10:00.000"),
        request_row(agency="HPD", closed_date=None),
        request_row(closed_date=None),
        request_row(resolution_description="... observed no evidence of the violation at that time."),
        request_row(resolution_description="Something else."),
    ]
    read = read_requests(folder_of(tmp_path, calls.FOLDER, calls.FILE, rows))
    assert read.left_out == 1 and read.came.tolist() == [0.0, 0.0, 0.0, 10.0]
    np.testing.assert_array_equal(read.found, [np.nan, 0.0, np.nan, 1.0])
    np.testing.assert_array_equal(read.told, [np.inf, 30.0, np.inf, 30.0])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([request_row(created_date="late")], "row 2: created_date is 'late'; it must be a time"),
        ([request_row(), request_row(created_date=None)], "row 3: created_date is 'empty'"),
        ([request_row(closed_date="soon")], "row 2: closed_date is 'soon'"),
        ([request_row(closed_date="2024-04-15T22:00:00.000")], "row 2: closed_date lies before created_date"),
        ([request_row(agency="HPD")], "has no request with the agency NYPD"),
        ([{"a": "b"}], "has no column created_date"),
    ],
)
def test_a_broken_file_of_requests_is_one_sentence(
    rows: list[dict[str, str | None]], told: str, tmp_path: Path
) -> None:
    data = folder_of(tmp_path, calls.FOLDER, calls.FILE, rows)
    is_one_sentence(read_requests, data, told)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match=f"There is no {bikes.FILE}"):
        read_hires(tmp_path)
    with pytest.raises(MindshareError, match=f"There is no {calls.FILE}"):
        read_requests(tmp_path)


# -- real hours ----------------------------------------------------------------------------------------------------
def test_stand_by_hours_that_follow_a_price_cover_more_of_the_real_surplus_than_fixed_hours(
    data_dir: Path,
) -> None:
    """October to December 2011, four hours a day on average; whole days are drawn."""
    hires = read_hires(data_dir)
    truth, columns, month = surplus(hires), known_before(hires), hires.month
    gain, day = [], []
    for now in range(501, 504):
        days, fit = np.flatnonzero(month == now), np.flatnonzero(month < now)
        fit = fit[np.isfinite(truth[fit]).any(axis=1)]
        here = np.isfinite(truth[days])
        old = held_out(columns, truth, fit, month)[np.isfinite(truth[fit])]
        value = foretold(columns, truth, fit, days)[here]
        taken = paced(value, np.full(len(value), 60.0), 240.0 * len(days), old).taken
        fixed = fixed_hours(hires, truth, fit, days, 4)[here]
        gain.append(truth[days][here] * (taken.astype(float) - fixed))
        day.append(days[np.nonzero(here)[0]])
    drawn = Bootstrap(np.concatenate(day).astype(np.int32), 0, 2_000).means(np.concatenate(gain)[:, None])
    assert interval(drawn[:, 0])[0] > 0
