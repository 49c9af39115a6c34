"""Promises of the city: nothing is known before it happened, orders within limits, lists that can be printed, one sentence for each broken file."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mindshare.core.errors import MindshareError
from mindshare.core.score import Bootstrap, interval
from mindshare.domains.city import machines
from mindshare.domains.city.chicago import FACILITY, FILE, FOLDER, HEAT, LICENCES, PAST, read_chicago
from mindshare.domains.city.domain import City
from mindshare.domains.city.evenness import Lists, evened, least
from mindshare.domains.city.features import features
from mindshare.domains.city.made import made_visits
from mindshare.domains.city.page import PAGE, TABLE, write_today
from mindshare.domains.city.places import NONE, before, last_visits, place_of
from mindshare.domains.city.schedule import areas, days_earlier, early, moving, ranked
from mindshare.domains.city.today import plan_of, today_of
from mindshare.domains.city.visits import Visits, day_number, day_text, first_of_month
from mindshare.domains.own import own_domain
from mindshare.testing import check_domain

OUTCOMES = {"criticalCount", "seriousCount", "minorCount", "pass_flag", "fail_flag", "criticalFound", "score"}


@pytest.fixture(scope="module")
def visits() -> Visits:
    return made_visits(seed=0, places=400)


def opened_on(visits: Visits) -> np.ndarray:
    return np.where(visits.day >= visits.new_from, visits.new_from, first_of_month(visits.day))


def test_the_city_keeps_all_promises_of_a_domain() -> None:
    check_domain(City(places=400))


# -- what is known -------------------------------------------------------------------------------------------------
def test_no_feature_changes_with_what_is_found_on_the_day_or_later(visits: Visits) -> None:
    visits = replace(visits, new_from=day_number("2025-06-01"))  # long: many places are visited twice in it
    known, late, again = opened_on(visits), visits.day >= visits.new_from, visits.last_day >= visits.new_from
    assert again.sum() > 100
    turned = replace(
        visits,
        result=np.where(late[:, None], 9.0 - visits.result, visits.result),
        past=np.where(again[:, None], 9.0 - visits.past, visits.past),
        passed=np.where(late, 1.0 - visits.passed, visits.passed),
    )
    one, two = features(visits, known), features(turned, known)
    assert set(one) == set(two)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)


def test_no_column_of_the_outcome_is_a_feature() -> None:
    assert not OUTCOMES & {*HEAT, *LICENCES, *PAST}
    assert not OUTCOMES & {*machines.HISTORY, *machines.PLACE}


def test_a_visit_within_the_window_is_not_seen_by_the_next_visit_to_the_same_place(visits: Visits) -> None:
    visits = replace(visits, new_from=day_number("2025-06-01"))
    known, last = opened_on(visits), last_visits(visits)
    source = before(visits, last, known)
    there = source != NONE
    assert (visits.last_day[source[there]] < known[there]).all()
    again = np.flatnonzero((visits.day >= visits.new_from) & (visits.last_day >= visits.new_from))
    assert len(again) > 100 and (source[again] != again).all()


def test_the_last_visit_is_found_again_by_its_day_its_findings_and_the_age_of_the_licence(
    visits: Visits,
) -> None:
    last = last_visits(visits)
    there = last != NONE
    assert (there == (visits.last_day >= 0)).mean() > 0.99
    np.testing.assert_array_equal(visits.day[last[there]], visits.last_day[there])
    np.testing.assert_array_equal(visits.result[last[there]], visits.past[there])
    place = place_of(last, visits.day)
    assert (visits.opened[place] == visits.opened).all()


# -- orders --------------------------------------------------------------------------------------------------------
def test_the_highest_score_of_each_group_comes_first_and_ties_keep_their_order() -> None:
    score, group = np.array([0.1, 0.9, 0.5, 0.5, 0.2]), np.array([0, 0, 1, 1, 0])
    assert ranked(score, group).tolist() == [2, 0, 0, 1, 1]
    assert early(ranked(score, group), group).tolist() == [False, True, True, False, False]


@pytest.mark.parametrize("explore", [0.0, 0.3, 1.0])
def test_each_group_keeps_its_number_of_visits_on_each_day(visits: Visits, explore: float) -> None:
    rows = visits.new
    day, group = visits.day[rows], visits.group[rows]
    score = np.random.default_rng(1).normal(size=len(rows))
    rank = ranked(score, group, explore=explore, seed=2)
    new = day - days_earlier(rank, group, day)
    for g in np.unique(group):
        np.testing.assert_array_equal(np.sort(new[group == g]), np.sort(day[group == g]))
        np.testing.assert_array_equal(np.sort(rank[group == g]), np.arange((group == g).sum()))


def test_exploration_draws_about_its_share_and_costs_finds() -> None:
    group, score = np.zeros(2_000, np.int64), np.arange(2_000.0)
    drawn = ranked(score, group, explore=0.2, seed=0)
    first = drawn < 500
    assert 0.1 < (score[first] < 1_400).mean() < 0.25
    assert ranked(score, group, explore=0.2, seed=0).tolist() == drawn.tolist()


def test_moving_inspectors_never_foretells_less_and_keeps_capacities() -> None:
    rng = np.random.default_rng(0)
    chance, group = rng.random((60, 3)), rng.integers(3, size=60)
    moved = moving(chance, group, np.array([5, 6, 7]))
    best = sum(np.sort(chance[group == g, g])[::-1][:n].sum() for g, n in enumerate((5, 6, 7)))
    assert moved.kept == pytest.approx(best) and moved.moved >= moved.kept
    after = [np.sort(chance[group == g, g])[::-1][n] for g, n in enumerate((5, 6, 7))]
    assert (moved.price >= np.array(after) - 1e-9).all()


def test_on_made_up_visits_what_earlier_visits_showed_finds_violations_early() -> None:
    first, every, gap = 0, 0, []
    for seed in range(5):
        visits = made_visits(seed=seed, places=400)
        plan, rows = plan_of(visits), visits.new
        group, found = visits.group[rows], visits.found[rows] > 0
        first += int(found[early(ranked(plan.score[rows], group), group)].sum())
        every += int(found.sum())
        gap.append(plan.chance[rows, group].mean() - found.mean())
    assert first > 0.6 * every and abs(np.mean(gap)) < 0.06


# -- lists ---------------------------------------------------------------------------------------------------------
def test_todays_list_is_written_as_a_page_and_as_a_table(visits: Visits, tmp_path: Path) -> None:
    today = today_of(visits, plan_of(visits), seed=0)
    write_today(tmp_path, today)
    table, page = pl.read_csv(tmp_path / TABLE), (tmp_path / PAGE).read_text(encoding="utf-8")
    assert (
        table.height == len(today.stops) > 0
        and "MADE-UP" in page
        and today.day == day_text(visits.day[visits.new[0]])
    )
    assert table["place"].is_unique().all() and table["chance"].is_between(0, 1).all()
    for group in visits.groups:
        places = [stop.place_in_list for stop in today.of(group)]
        assert places == list(range(1, len(places) + 1))
        assert today.of(group)[0].place in page
    assert sum(area.of_today for area in today.areas) == pytest.approx(1.0)
    assert not OUTCOMES & set(table.columns)


def test_without_exploration_nothing_is_drawn_and_with_it_something_is(visits: Visits) -> None:
    plan = plan_of(visits)
    assert not any(stop.drawn for stop in today_of(visits, plan, explore=0.0).stops)
    assert any(stop.drawn for stop in today_of(visits, plan, explore=0.9).stops)


def test_areas_are_quarters() -> None:
    assert areas(np.array([0.0, 0.24, 0.25, 0.5, 0.99, 1.0])).tolist() == [0, 0, 1, 2, 3, 3]


# -- evenness ------------------------------------------------------------------------------------------------------
def lists_of(seed: int) -> Lists:
    rng = np.random.default_rng(seed)
    area, group = rng.integers(4, size=120), rng.integers(3, size=120)
    chance = rng.random(120) * np.array([0.2, 1.0, 1.0, 1.0])[area]  # little to find in the first area
    return Lists(ranked(chance, group), chance, group, area, np.bincount(group) // 3)


@pytest.mark.parametrize("floor", [0.5, 0.9, 1.0])
def test_each_area_has_its_floor_of_the_early_visits_and_groups_keep_their_numbers(floor: float) -> None:
    lists = lists_of(0)
    even = evened(lists, floor)
    early = even.rank < lists.capacity[lists.group]
    places = int(lists.capacity.sum())
    share = np.bincount(lists.area) / 120
    assert (np.bincount(lists.area[early], minlength=4) >= np.floor(floor * places * share)).all()
    for g in range(3):
        np.testing.assert_array_equal(
            np.sort(even.rank[lists.group == g]), np.arange((lists.group == g).sum())
        )
    assert even.cost > 0 and even.price[0] > 0 and even.price[1:].max() <= even.price[0]


def test_a_higher_floor_costs_more_and_none_costs_nothing() -> None:
    cost = [evened(lists_of(1), floor).cost for floor in (0.0, 0.4, 0.8, 1.0)]
    assert cost[0] == 0.0 and cost == sorted(cost) and cost[-1] > 0
    np.testing.assert_array_equal(evened(lists_of(1), 0.0).rank, lists_of(1).rank)


def test_the_price_of_a_floor_is_what_one_more_visit_there_costs() -> None:
    lists = lists_of(2)
    one, need = evened(lists, 1.0), least(lists.area, int(lists.capacity.sum()), 1.0)
    early = one.rank < lists.capacity[lists.group]
    assert np.bincount(lists.area[early], minlength=4)[0] == need[0]
    into = lists.chance[(lists.area == 0) & ~early].max()
    out = min(lists.chance[(lists.area == a) & early].min() for a in (1, 2, 3))
    assert one.price[0] == pytest.approx(max(out - into, 0.0), abs=0.2)


def test_drawn_visits_stay_where_a_floor_changes_the_order() -> None:
    lists = lists_of(3)
    keep = (lists.rank == 0) & (lists.area != 0)
    assert (evened(lists, 1.0, keep).rank[keep] < lists.capacity[lists.group[keep]]).all()


@pytest.mark.parametrize("floor", [-0.1, 1.1, float("nan")])
def test_a_floor_that_is_no_share_is_one_sentence(floor: float) -> None:
    with pytest.raises(MindshareError, match="it must be from 0"):
        evened(lists_of(0), floor)


def test_a_floor_that_the_lists_cannot_keep_is_one_sentence() -> None:
    area, group = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])
    lists = Lists(np.array([0, 1, 0, 1]), np.full(4, 0.5), group, area, np.array([0, 2]))
    with pytest.raises(MindshareError, match="too few visits of an area"):
        evened(lists, 1.0)


def test_the_page_tells_the_floor_and_its_price_and_marks_who_is_there_for_it(
    visits: Visits, tmp_path: Path
) -> None:
    plan = plan_of(visits)
    today = today_of(visits, plan, floor=1.0)
    write_today(tmp_path, today)
    page = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert "at least 100 % of its share" in page and "one more visit here costs" in page
    assert any(stop.for_area for stop in today.stops) == ("(for its area)" in page)
    assert "No floor is set" not in page and today.floor_cost == today.offers[1.0]
    assert sum(a.of_today for a in today.areas) == pytest.approx(1.0)


def test_a_floor_is_chosen_in_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "even_city.py"
    file.write_text(
        "from mindshare.domains.city.domain import City\n\ndomain = City(places=200, floor=0.9)\n"
    )
    own_domain(f"{file}:domain").write(tmp_path / "out", data=None, seed=0)
    assert "at least 90 % of its share" in (tmp_path / "out" / PAGE).read_text(encoding="utf-8")


# -- the file ------------------------------------------------------------------------------------------------------
def row(day: str, **told: str) -> dict[str, str]:
    base = dict.fromkeys(
        ("criticalCount", "seriousCount", "minorCount", "fail_flag", *PAST, *HEAT, *LICENCES), "0.0"
    )
    found = {"pass_flag": "1.0", "timeSinceLast": "2.0", "firstRecord": "1.0", "ageAtInspection": "3.0"}
    names = {"Inspection_Date": day, "Inspector_Assigned": "blue", "Facility_Type": next(iter(FACILITY))}
    return {**names, **base, **found, **told}


def folder_of(data: Path, rows: list[dict[str, str]]) -> Path:
    place = data / FOLDER
    place.mkdir(parents=True)
    (place / FILE).write_bytes(gzip.compress(pl.DataFrame(rows).write_csv().encode()))
    return data


def test_a_file_of_two_visits_is_read(tmp_path: Path) -> None:
    data = folder_of(tmp_path, [row("2014-04-01", criticalCount="2.0"), row("2014-09-02")])
    read = read_chicago(data)
    assert read.found.tolist() == [1, 0] and read.new.tolist() == [1]
    assert read.day[1] == day_number("2014-09-02") and read.last_day.tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row("2014-04-01"), row("someday")], "row 3: Inspection_Date is 'someday'; it must be a date"),
        (
            [row("2014-04-01", pastMinor="many"), row("2014-09-02")],
            "row 2: pastMinor is 'many'; it must be a number",
        ),
        ([row("2014-04-01", heat_garbage="-1"), row("2014-09-02")], "row 2: heat_garbage is '-1'"),
        ([row("2014-04-01", heat_garbage="nan"), row("2014-09-02")], "row 2: heat_garbage is 'nan'"),
        ([row("2014-04-01"), row("2014-09-02", Facility_Type="Zoo")], "row 3: Facility_Type is 'Zoo'"),
        (
            [row("2014-04-01"), row("2014-09-02", Inspector_Assigned="")],
            "row 3: Inspector_Assigned is 'empty'",
        ),
        ([row("2014-04-01")], "needs visits before and after 2014-09-01"),
        ([{"a": "b"}], "has no column Inspection_Date"),
    ],
)
def test_a_broken_file_is_one_sentence(rows: list[dict[str, str]], told: str, tmp_path: Path) -> None:
    data = folder_of(tmp_path, rows)
    with pytest.raises(MindshareError, match=told) as wrong:
        read_chicago(data)
    assert "\n" not in str(wrong.value) and str(wrong.value).endswith(".")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda file: file.unlink(), f"There is no {FILE}"),
        (lambda file: file.write_bytes(b""), "cannot be read as a table"),
        (lambda file: file.write_bytes(gzip.compress(b"a,b\n")[:12]), "cannot be read as a table"),
    ],
)
def test_a_file_that_is_missing_or_cut_is_one_sentence(
    spoil: Callable[[Path], object], told: str, tmp_path: Path
) -> None:
    data = folder_of(tmp_path, [row("2014-04-01"), row("2014-09-02")])
    spoil(data / FOLDER / FILE)
    with pytest.raises(MindshareError, match=told):
        read_chicago(data)


def test_nothing_is_written_where_the_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MindshareError, match="There is no"):
        City().write(tmp_path / "out", data=tmp_path, seed=0)
    assert not (tmp_path / "out").exists()


# -- real visits ---------------------------------------------------------------------------------------------------
def test_real_finds_come_earlier_within_each_group_than_by_the_files_own_columns(data_dir: Path) -> None:
    """Month by month from July 2013; whole days are drawn."""
    visits = read_chicago(data_dir)
    month = first_of_month(visits.day)
    columns, gain, day = features(visits, month), [], []
    for start in np.unique(month[month >= day_number("2013-07-01")]):
        fit, rows = np.flatnonzero(visits.day < start), np.flatnonzero(month == start)
        group, found = visits.group[rows], visits.found[rows] > 0
        ours, line = (
            early(ranked(each(visits, columns, fit)[rows], group), group)[found].astype(float)
            for each in (machines.history, machines.line)
        )
        gain.append(ours - line)
        day.append(visits.day[rows][found])
    drawn = Bootstrap(np.concatenate(day).astype(np.int32), 0, 2_000).means(np.concatenate(gain)[:, None])
    assert interval(drawn[:, 0])[0] > 0
