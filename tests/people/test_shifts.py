"""Shifts in a time zone: minutes that really pass, over midnight and over both changes of the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindshare.core.errors import MindshareError
from mindshare.people.breaks import Breaks
from mindshare.people.shifts import Shift, Shifts, instant
from mindshare.people.written_shifts import read_shifts, written_of

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600.0


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


def night(end: str = "06:00", **more: Any) -> Shifts:
    return read_shifts({"zone": "Europe/Berlin", "week": {"sat": f"22:00-{end}"}, **more})


def office(**more: Any) -> Shifts:
    week = {"mon-fri": ["09:00-12:00", "13:00-17:00"]}
    return read_shifts({"zone": "Europe/Berlin", "week": week, **more})


def test_a_week_in_an_office() -> None:
    monday, sunday = at("2026-06-01T00:00"), at("2026-06-07T23:59")
    assert office().minutes_between(monday, sunday) == 5 * 7 * 60
    assert office().on_shift(at("2026-06-01T09:00"))
    assert not office().on_shift(at("2026-06-01T12:00"))
    assert office().next_start(at("2026-06-05T17:00")) == at("2026-06-08T09:00")
    assert office().next_start(at("2026-06-05T12:30")) == at("2026-06-05T13:00")


@pytest.mark.parametrize(
    ("saturday", "hours"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-06", 8)]
)  # the clocks are changed in the night after the first two
def test_a_night_shift_has_the_hours_that_really_pass(saturday: str, hours: int) -> None:
    start = at(f"{saturday}T12:00")
    assert night().minutes_between(start, start + 86400) == hours * 60


def test_a_time_that_spring_leaves_out_is_when_the_clock_is_set_forward() -> None:
    day, leap = date(2026, 3, 29), at("2026-03-29T03:00")
    assert instant(day, time(2, 0), BERLIN) == instant(day, time(2, 30), BERLIN) == leap
    assert night("02:30").minutes_between(leap - 5 * HOUR, leap + HOUR) == 4 * 60


def test_a_time_that_autumn_repeats_is_the_first_of_the_two() -> None:
    assert instant(date(2026, 10, 25), time(2, 30), BERLIN) == at("2026-10-25T02:30", fold=0)
    assert at("2026-10-25T02:30", fold=1) - at("2026-10-25T02:30", fold=0) == HOUR


def test_a_date_that_a_country_left_out_has_no_shift() -> None:
    apia = ZoneInfo("Pacific/Apia")
    shifts = Shifts(apia, (Shift(4, time(9), time(17)),))  # Friday 30 December 2011 never came there
    start = at("2011-12-29T12:00", apia)
    assert shifts.minutes_between(start, start + 36 * HOUR) == 0
    assert shifts.next_start(start) == at("2012-01-06T09:00", apia)


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    sunday = at("2026-06-07T03:00")
    assert night().on_shift(sunday)
    assert night().day(sunday) == date(2026, 6, 6)
    assert not night(off=["2026-06-06"]).on_shift(sunday)
    assert night(off=["2026-06-07"]).on_shift(sunday)


spans = st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(1, 24))


@st.composite
def shifts_of_anybody(draw: st.DrawFn) -> Shifts:
    zone = ZoneInfo(
        draw(st.sampled_from(("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC")))
    )
    taken: set[int] = set()
    week = []
    for day, hour, length in draw(st.lists(spans, min_size=1, max_size=6)):
        hours = {(day * 24 + hour + h) % 168 for h in range(length)}
        if not hours & taken:
            taken |= hours
            week.append(Shift(day, time(hour), time((hour + length) % 24)))
    return Shifts(
        zone,
        tuple(week),
        most=draw(st.sampled_from((None, 45.0, 200.0))),
        per=draw(st.sampled_from(("day", "shift"))),
    )


moments = st.integers(1_740_000_000, 1_780_000_000).map(float)


@settings(max_examples=100, deadline=None)
@given(shifts_of_anybody(), moments, st.integers(0, 9 * 86400), st.integers(0, 9 * 86400))
def test_minutes_add_up(shifts: Shifts, start: float, first: int, second: int) -> None:
    middle, end = start + first, start + first + second
    both = shifts.minutes_between(start, middle) + shifts.minutes_between(middle, end)
    assert shifts.minutes_between(start, end) == pytest.approx(both)
    assert 0 <= both <= (end - start) / 60 + 1e-9
    assert shifts.given_between(start, end) <= both + 1e-9


@settings(max_examples=100, deadline=None)
@given(shifts_of_anybody(), moments)
def test_next_start_is_the_first_moment_of_a_shift(shifts: Shifts, start: float) -> None:
    found = shifts.next_start(start)
    assert found is not None
    assert shifts.on_shift(found)
    turns = [t for t in shifts.turns(start, found) if t.end > t.start]
    assert all(t.start < start for t in turns)
    if shifts.on_shift(start):
        assert shifts.minutes_between(start, start + 60) > 0


@settings(max_examples=60, deadline=None)
@given(moments.map(int), st.sampled_from(("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe")))
def test_later_times_on_the_wall_are_never_earlier_instants(moment: int, name: str) -> None:
    zone = ZoneInfo(name)
    day = datetime.fromtimestamp(moment, UTC).date()
    walls = [
        instant(day + timedelta(days=d), time(h, m), zone)
        for d in range(2)
        for h in range(24)
        for m in (0, 29)
    ]
    assert walls == sorted(walls)


def test_who_gives_two_hours_a_day_gives_no_more() -> None:
    shifts = office(minutes=120)
    monday = at("2026-06-01T00:00")
    assert shifts.given_between(monday, monday + 86400) == 120
    assert shifts.given_between(monday, monday + 7 * 86400) == 5 * 120
    noon = at("2026-06-01T12:30")
    assert shifts.given_between(noon, noon + 86400 / 2, spent=100) == 20
    assert office(minutes=120, per="shift").given_between(monday, monday + 86400) == 240
    running = at("2026-06-01T10:00")
    assert office(minutes=120, per="shift").given_between(running, running + 86400 / 2, spent=90) == 30 + 120
    assert shifts.given_between(monday, monday + 86400, spent=500) == 0


def test_breaks_are_not_given() -> None:
    shifts = office(**{"break": {"after": 50, "minutes": 10}})
    monday = at("2026-06-01T00:00")
    assert shifts.given_between(monday, monday + 86400) == pytest.approx(7 * 60 * 5 / 6)


def test_a_break_is_due_after_so_many_minutes_without_one() -> None:
    rule = Breaks(after=50, minutes=10)
    worked = [(0.0, 30 * 60.0), (35 * 60.0, 55 * 60.0)]  # with a pause of five minutes, which is no break
    assert rule.attended_since(worked, 56 * 60.0) == 50
    assert rule.due(worked, 56 * 60.0)
    assert not rule.due(worked, 65 * 60.0)
    assert rule.attended_since([*worked, (66 * 60.0, 70 * 60.0)], 70 * 60.0) == 4


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 900)), max_size=12))
def test_attention_since_the_last_break_is_at_most_all_of_it(steps: list[tuple[int, int]]) -> None:
    now, worked = 0.0, []
    for pause, length in steps:
        worked.append((now + pause, now + pause + length))
        now += pause + length
    since = Breaks(after=50, minutes=10).attended_since(worked, now)
    assert 0 <= since <= sum(length for _, length in steps) / 60 + 1e-9
    if all(pause < 600 for pause, _ in steps[1:]):
        assert since == pytest.approx(sum(length for _, length in steps) / 60)


WRONG = [
    ({"zone": "Europe/Berlinn"}, "Did you mean 'Europe/Berlin'?"),
    ({"zonee": "UTC"}, "Did you mean 'zone'?"),
    ({"week": {"mo-fri": "09:00-17:00"}}, "such as mon or mon-fri"),
    ({"week": {"mon": "9 to 5"}}, "such as '09:00-17:00'"),
    ({"week": {"mon": "25:00-26:00"}}, "times of a day"),
    ({"week": 5}, "must hold days and times"),
    ({"week": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "shift of mon 09:00 overlaps"),
    ({"week": {"sun": "20:00-08:00", "mon": "07:00-09:00"}}, "shift of sun 20:00 overlaps"),
    ({"off": ["25.12.2026"]}, "such as 2026-12-25"),
    ({"per": "week"}, "day or shift"),
    ({"minutes": -5}, ">= 0"),
    ({"break": {"after": 50}}, "shifts.break.minutes"),
]


@pytest.mark.parametrize(("part", "told"), WRONG, ids=[str(part) for part, _ in WRONG])
def test_what_is_not_understood_is_refused_in_a_sentence(part: dict[str, Any], told: str) -> None:
    with pytest.raises(MindshareError) as refused:
        read_shifts({"zone": "UTC", "week": {"mon": "09:00-17:00"}, **part})
    assert told in str(refused.value)


def test_a_shift_may_end_at_midnight_and_a_week_may_go_round() -> None:
    shifts = read_shifts({"zone": "UTC", "week": {"sat-mon": "16:00-24:00"}, "off": date(2026, 6, 7)})
    assert [s.day for s in shifts.week] == [0, 5, 6]
    saturday = at("2026-06-06T00:00", ZoneInfo("UTC"))
    assert shifts.minutes_between(saturday, saturday + 3 * 86400) == 2 * 8 * 60


@settings(max_examples=60, deadline=None)
@given(shifts_of_anybody())
def test_shifts_that_are_written_down_again_are_the_same(shifts: Shifts) -> None:
    again = read_shifts(written_of(shifts))
    assert again == replace(shifts, week=tuple(sorted(shifts.week)))


def test_days_off_and_breaks_are_written_down_too() -> None:
    all_of_it = {
        "zone": "Europe/Berlin",
        "week": {"mon": ["09:00-12:00", "13:00-24:00"], "sat": ["22:00-02:00"]},
        "per": "shift",
        "off": ["2026-12-25"],
        "minutes": 120.0,
        "break": {"after": 50.0, "minutes": 10.0},
    }
    assert written_of(read_shifts(all_of_it)) == all_of_it
