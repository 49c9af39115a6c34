"""Promises of traffic: nothing of the future is known, looks keep within the minutes, intervals cover, one sentence for each broken file."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mindshare.core.errors import MindshareError
from mindshare.domains.traffic import alarms, forecasts, hours, volumes
from mindshare.domains.traffic.columns import columns
from mindshare.domains.traffic.domain import Traffic
from mindshare.domains.traffic.intervals import half_widths
from mindshare.domains.traffic.layout import areas, distances, layout
from mindshare.domains.traffic.los import FOLDER, ROADS, SPEED, read_los
from mindshare.domains.traffic.made import made_speeds
from mindshare.domains.traffic.metro import FILE, Hours, read_metro
from mindshare.domains.traffic.metro import FOLDER as METRO
from mindshare.domains.traffic.onsets import AFTER, caught, fall_so_far, onsets
from mindshare.domains.traffic.picture import draw
from mindshare.domains.traffic.room import MUTE, looks
from mindshare.domains.traffic.speeds import DAY, Speeds, moment
from mindshare.domains.traffic.watch import falls_here, watch_list
from mindshare.histories.read import read_history
from mindshare.testing import check_domain

HEAD = "holiday,temp,rain_1h,snow_1h,clouds_all,date_time,traffic_volume\n"
HOUR = "None,288.2,0,0,40,{time},{volume}\n"


@pytest.fixture(scope="module")
def speeds() -> Speeds:
    return made_speeds(seed=0, along=5)


def later_turned(speeds: Speeds) -> Speeds:
    """The same up to the new days, and all else from then on."""
    late = np.arange(len(speeds)) >= speeds.new_from
    return replace(speeds, speed=np.where(late[:, None], 90.0 - speeds.speed, speeds.speed))


def flat(*falls: tuple[int, int, float]) -> Speeds:
    """60 mph everywhere for a day; (step, sensor, mph) falls that stay."""
    speed = np.full((DAY, 6), 60.0)
    for step, sensor, mph in falls:
        speed[step:, sensor] -= mph
    return Speeds(
        speed=speed, near=np.eye(6), sensors=tuple("abcdef"), free_days=(), new_from=DAY // 2, source="made"
    )


def made_hours(weeks: int = 12) -> Hours:
    at, rng = np.arange(168 * weeks), np.random.default_rng(0)
    volume = 3_000 + 2_000 * np.sin(2 * np.pi * (at % 24) / 24) + rng.normal(0, 100, len(at))
    volume[500:530] = np.nan  # a gap
    return Hours(
        volume=volume,
        weather=np.zeros((len(at), 4)),
        holiday=(at // 24 == 40).astype(float),
        weekday=1,
        day_of_year=(at // 24 % 365).astype(float),
        source="made",
    )


def test_traffic_keeps_all_promises_of_a_domain() -> None:
    check_domain(Traffic(along=8, signals_s=0))


# -- what is known -------------------------------------------------------------------------------------------------
def test_no_column_before_a_step_changes_with_what_comes_after_it(speeds: Speeds) -> None:
    taught, at = np.arange(speeds.new_from), np.arange(speeds.new_from - 20, speeds.new_from)
    np.testing.assert_array_equal(columns(speeds, at, taught), columns(later_turned(speeds), at, taught))


def test_what_other_days_showed_is_never_of_the_day_itself(speeds: Speeds) -> None:
    taught, day = np.arange(speeds.new_from), slice(DAY, 2 * DAY)
    other = speeds.speed.copy()
    other[day] = 1.0
    at = np.arange(DAY, 2 * DAY - 12)
    told = forecasts.other_days(speeds, taught, at)
    np.testing.assert_array_equal(told, forecasts.other_days(replace(speeds, speed=other), taught, at))


@pytest.mark.parametrize("name", ["other_days", "ridge", "trees"])
def test_a_forecast_is_learnt_from_steps_that_teach_alone(speeds: Speeds, name: str) -> None:
    """Asked on the first new step, all that comes later may be turned round."""
    taught, at = np.arange(speeds.new_from - DAY, speeds.new_from), np.array([speeds.new_from - 1])
    machine = forecasts.MACHINES[name]
    np.testing.assert_array_equal(machine(speeds, taught, at), machine(later_turned(speeds), taught, at))


@pytest.mark.parametrize(
    "said", [alarms.rule_after, alarms.rule_before, alarms.trees_after, alarms.trees_before]
)
def test_an_alarm_knows_nothing_of_later_steps(speeds: Speeds, said: Callable[..., np.ndarray]) -> None:
    taught, at = np.arange(speeds.new_from), np.arange(speeds.new_from - 40, speeds.new_from)
    np.testing.assert_array_equal(said(speeds, taught, at), said(later_turned(speeds), taught, at))


def test_nothing_of_an_hour_is_known_before_it_begins_but_clock_and_calendar() -> None:
    told = made_hours()
    rows = hours.told(told)
    taught, at = rows[rows < 1_700], 1_750
    late = np.arange(len(told.volume)) >= at
    turned = replace(
        told,
        volume=np.where(late, 9_000 - told.volume, told.volume),
        weather=np.where(late[:, None], 5.0, told.weather),
    )
    np.testing.assert_array_equal(hours.known(told, taught)[: at + 1], hours.known(turned, taught)[: at + 1])


def test_every_hour_is_foretold_also_after_a_gap() -> None:
    told = made_hours()
    rows = hours.told(told)
    taught, at = rows[rows < 1_700], np.concatenate([[531, 700], rows[rows >= 1_700]])
    for name in ("last", "last_week", "ridge"):
        said = volumes.MACHINES[name](told, taught, at)
        assert np.isfinite(said).all(), name
    assert np.abs(volumes.ridge(told, taught, at) - told.volume[at])[2:].mean() < 200


def test_a_net_reads_nothing_that_comes_after_its_step(speeds: Speeds) -> None:
    pytest.importorskip("torch")
    from mindshare.domains.traffic.nets import last_hour

    taught, at = np.arange(speeds.new_from), np.arange(speeds.new_from - 20, speeds.new_from)
    for now, turned in zip(
        last_hour(speeds, at, taught), last_hour(later_turned(speeds), at, taught), strict=True
    ):
        np.testing.assert_array_equal(now, turned)


def test_a_net_reads_nothing_of_the_hour_that_it_foretells_but_clock_and_calendar() -> None:
    pytest.importorskip("torch")
    from mindshare.domains.traffic.nets import last_day

    told = made_hours()
    rows = hours.told(told)
    taught, at = rows[rows < 1_700], np.array([1_700, 1_750])
    late = np.arange(len(told.volume)) >= at[-1]
    turned = replace(
        told,
        volume=np.where(late, 9_000 - told.volume, told.volume),
        weather=np.where(late[:, None], 5.0, told.weather),
    )
    for now, other in zip(last_day(told, at, taught), last_day(turned, at, taught), strict=True):
        np.testing.assert_array_equal(now, other)


def test_a_net_foretells_speeds_within_its_budget(speeds: Speeds) -> None:
    """That it runs and is no nonsense; how good it is takes real data."""
    pytest.importorskip("torch")
    from mindshare.domains.traffic.nets import gru_speeds

    at = np.arange(speeds.new_from, speeds.new_from + DAY)
    said = gru_speeds(speeds, np.arange(speeds.new_from - DAY // 2, speeds.new_from), at, cpu_s=60.0)
    assert said.shape == (DAY, 15, 3)
    truth = np.stack([speeds.speed[at + ahead] for ahead in forecasts.AHEAD], axis=-1)
    assert np.abs(said - truth).mean() < np.abs(truth - truth.mean()).mean()


def test_a_net_foretells_volumes_within_its_budget_also_after_a_gap() -> None:
    pytest.importorskip("torch")
    from mindshare.domains.traffic.nets import gru_volumes

    told = made_hours()
    rows = hours.told(told)
    new = np.concatenate([[531], rows[rows >= 1_700]])
    said = gru_volumes(told, rows[rows < 1_700], new, cpu_s=60.0)
    assert np.isfinite(said).all() and np.abs(said - told.volume[new])[1:].mean() < 400


# -- falls and looks -----------------------------------------------------------------------------------------------
def test_a_fall_that_lasts_is_one_onset_and_a_short_or_small_one_is_none() -> None:
    told = flat((100, 0, 25.0), (100, 1, 15.0), (100, 2, 25.0), (102, 2, -25.0))
    assert np.argwhere(onsets(told)).tolist() == [[100, 0]]


def test_a_look_catches_a_fall_until_ten_minutes_after_it_was_to_be_seen_or_before_it_began() -> None:
    onset = onsets(flat((100, 0, 25.0)))
    for step, after, before in (
        (91, 0, 0),
        (92, 0, 1),
        (97, 0, 1),
        (98, 0, 0),
        (100, 1, 0),
        (102, 1, 0),
        (103, 0, 0),
    ):
        looked = np.zeros(onset.shape, bool)
        looked[step, 0] = True
        assert caught(onset, looked, before=False).tolist() == [bool(after)], step
        assert caught(onset, looked, before=True).tolist() == [bool(before)], step


@pytest.mark.parametrize("minutes", [1, 3, 5])
def test_looks_keep_within_the_minutes_and_leave_a_mute_sensor_alone(minutes: int) -> None:
    worth = np.random.default_rng(0).random((80, 30)) - 0.3
    looked = looks(worth, minutes)
    assert looked.sum(axis=1).max() == minutes and not looked[worth <= 0].any()
    for sensor in range(30):
        assert (np.diff(np.flatnonzero(looked[:, sensor])) >= MUTE).all()


def test_a_look_that_can_wait_is_worth_less_than_the_last_chance() -> None:
    left = alarms.steps_left(flat((100, 0, 25.0)))
    assert left[99:104, 0].tolist() == [0, AFTER, 1, 0, 0]


def test_trees_catch_more_falls_than_the_rule_on_made_up_roads() -> None:
    """Over three seeds together, so that it is no luck of one."""
    got: dict[str, list[float]] = {"rule": [], "trees": []}
    for seed in range(3):
        told = made_speeds(seed=seed, along=8)
        taught, at = np.arange(told.new_from), np.arange(told.new_from, len(told))
        onset = onsets(told)[at]
        for name, worth in (("rule", alarms.rule_before), ("trees", alarms.trees_before)):
            got[name] += caught(onset, looks(worth(told, taught, at), 1), before=True).tolist()
    assert np.mean(got["trees"]) > np.mean(got["rule"])


# -- intervals, map, cases -----------------------------------------------------------------------------------------
def test_intervals_cover_the_stated_share_where_days_are_alike() -> None:
    rng = np.random.default_rng(0)
    told = rng.uniform(0, 60, 9_000)
    truth = told + rng.normal(0, 1 + told / 10)
    width = half_widths(told[:6_000], truth[:6_000], told[6_000:])
    assert abs(np.mean(np.abs(truth - told)[6_000:] <= width) - 0.9) < 0.02
    assert width[told[6_000:] > 50].mean() > 2 * width[told[6_000:] < 10].mean()


def test_too_few_errors_give_no_bound() -> None:
    assert np.isinf(half_widths(np.arange(20.0), np.arange(20.0), np.array([3.0]))).all()


def test_places_on_the_map_keep_the_distances_of_a_straight_road() -> None:
    apart = np.abs(np.arange(6)[:, None] - np.arange(6)) / 3
    near = np.where(apart < 0.9, np.exp(-(apart**2)), 0.0)
    np.testing.assert_allclose(distances(near), apart, atol=1e-9)
    across = layout(near)[:, 0]
    np.testing.assert_allclose(np.abs(np.diff(across)), 0.2, atol=1e-6)


def test_sensors_that_no_road_joins_are_on_the_map_too() -> None:
    near = np.eye(4)
    near[0, 1] = near[1, 0] = 0.5
    assert np.isfinite(layout(near)).all() and set(areas(layout(near))) <= {0, 1, 2, 3}


def test_a_desk_sees_the_map_of_the_moment_with_the_sensor_ringed(tmp_path: Path) -> None:
    made = Traffic(along=8, signals_s=0).write(tmp_path / "out", data=None, seed=0)
    assert made.show is not None and made.sheets == {"Map of the network": "map.svg"}
    cases = read_history(made.path)
    where = pl.read_csv(made.path / "cases.csv").filter(pl.col("case") == "look_0005")
    series, told = made.show("look_0005")  # type: ignore[misc]
    seen: Any = told["points"]
    assert len(cases) > 5 and "window" in series
    assert len(seen["at"]) == len(seen["level"]) == 24 and max(seen["level"]) < len(seen["levels"])
    assert len(seen["ringed"]) == 1 and where["when"][0] in told["title"]
    ringed = seen["level"][seen["ringed"][0]]
    bounds = [0.0, 25.0, 45.0, 58.0, 1e9]
    assert bounds[ringed] <= where["speed"][0] <= bounds[ringed + 1]
    assert all(0 <= a < b < 24 for a, b in seen["lines"])


def test_the_map_shows_every_sensor_and_numbers_the_looks(speeds: Speeds) -> None:
    text = draw(replace(speeds, sensors=("<b>", *speeds.sensors[1:])), 3 * DAY, np.array([4, 2]))
    assert text.count("<circle") == len(speeds.sensors) + 2 + 5  # two rings; five in the legend
    assert "&lt;b&gt;" in text and "<b>" not in text and "MADE-UP" in text and "day 4, 00:00" in text


def test_who_is_on_the_list_does_not_depend_on_what_comes_later(speeds: Speeds) -> None:
    watch = watch_list(speeds, seed=0, listed=3, drawn=1)
    first = watch.step == speeds.new_from
    turned = replace(
        speeds, speed=np.where((np.arange(len(speeds)) > speeds.new_from)[:, None], 5.0, speeds.speed)
    )
    other = watch_list(turned, seed=0, listed=3, drawn=1)
    np.testing.assert_array_equal(watch.sensor[first], other.sensor[first])
    assert (watch.falls == falls_here(speeds)[watch.step, watch.sensor]).all() and watch.falls.any()


def test_a_step_is_told_as_people_read_it() -> None:
    assert moment(0) == "day 1, 00:00" and moment(5 * DAY + 91) == "day 6, 07:35"


# -- files ---------------------------------------------------------------------------------------------------------
def write_los(data: Path, speed: str, roads: str) -> Path:
    place = data / FOLDER
    place.mkdir(parents=True)
    for name, text in ((SPEED, speed), (ROADS, roads)):
        (place / name).write_bytes(gzip.compress(text.encode()))
    return data


WEEK = "a,b\n" + "60,61\n" * (6 * DAY)
TWO = "1,0.5\n0.5,1\n"


@pytest.mark.parametrize(
    ("speed", "roads", "told"),
    [
        (WEEK.replace("60,61", "60,", 1), TWO, "row 2, column 2: 'empty'; it must be a number from 0 to 120"),
        (WEEK.replace("60,61", "60,fast", 1), TWO, "column 2: 'fast'"),
        (WEEK.replace("60,61", "-1,61", 1), TWO, "column 1: '-1'"),
        (WEEK, "1,0.5\n0.5,2\n", "row 2, column 2: '2'; it must be a number from 0 to 1"),
        (WEEK, "1\n", "has 1 rows and 1 columns; it must have one of each for the 2 sensors"),
        ("a,b\n60,61\n", TWO, "has 1 steps; it needs 5 days of 288 that teach"),
        ("", TWO, "cannot be read as a table"),
    ],
)
def test_a_broken_file_of_speeds_is_one_sentence(speed: str, roads: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match=told) as wrong:
        read_los(write_los(tmp_path, speed, roads))
    assert "\n" not in str(wrong.value) and str(wrong.value).endswith(".")


def write_metro(data: Path, text: str) -> Path:
    (data / METRO).mkdir(parents=True)
    (data / METRO / FILE).write_bytes(gzip.compress(text.encode()))
    return data


def test_an_hour_that_is_told_twice_is_one_and_an_hour_left_out_is_a_gap(tmp_path: Path) -> None:
    rows = [("2018-01-01 00:00", 10), ("2018-01-01 00:00", 10), ("2018-01-01 03:00", 30)]
    text = HEAD + "".join(HOUR.format(time=t, volume=v) for t, v in rows).replace("None", "New Years Day", 1)
    told = read_metro(write_metro(tmp_path, text))
    np.testing.assert_array_equal(told.volume, [10, np.nan, np.nan, 30])
    assert told.weekday == 0  # a Monday
    assert (told.holiday == 1).all()  # it is told at its first hour only


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date_time\n", "has no column holiday"),
        (HEAD, "has no hours"),
        (
            HEAD + HOUR.format(time="yesterday", volume=1),
            "row 2: date_time is 'yesterday'; it must be a time",
        ),
        (HEAD + HOUR.format(time="2018-01-01 00:00", volume=-1), "row 2: traffic_volume is '-1'"),
        (
            HEAD
            + HOUR.format(time="2018-01-01 00:00", volume=1)
            + HOUR.format(time="2018-01-01 00:00", volume=2),
            "row 3: 2018-01-01 00:00 has the volume 2 here and 1 in an earlier row",
        ),
    ],
)
def test_a_broken_file_of_volumes_is_one_sentence(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match=told) as wrong:
        read_metro(write_metro(tmp_path, text))
    assert "\n" not in str(wrong.value) and str(wrong.value).endswith(".")


def test_real_speeds_and_volumes_are_read_whole(data_dir: Path) -> None:
    speeds, told = read_los(data_dir), read_metro(data_dir)
    assert speeds.speed.shape == (7 * DAY, 207) and onsets(speeds)[speeds.new_from :].sum() == 346
    assert (~np.isnan(told.volume)).sum() == 40_575 and told.weekday == 1  # a Tuesday


def test_on_real_roads_the_rule_catches_fewer_falls_than_trees(data_dir: Path) -> None:
    speeds = read_los(data_dir)
    taught, at = np.arange(speeds.new_from), np.arange(speeds.new_from, len(speeds))
    onset = onsets(speeds)[at]
    rule, trees = (
        caught(onset, looks(said(speeds, taught, at), 1), before=False).mean()
        for said in (alarms.rule_after, alarms.trees_after)
    )
    assert trees > rule > 0.4


def test_the_fall_so_far_is_that_of_a_quarter_of_an_hour() -> None:
    told = fall_so_far(flat((100, 0, 25.0)))
    assert told[99:104, 0].tolist() == [0, 25, 25, 25, 0]
