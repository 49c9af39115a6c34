"""Stories of where machines looked, in pictures and series: drawn over what the person sees, told in words, on and off by one key."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.desk.conftest import Checked, Desk
from tests.desk.test_advice import REVIEW, SAID, shown
from tests.desk.test_evidence import CONTRAST, CSV, bring, picture

GRID = [
    [
        math.exp(-((x - 1.5) ** 2 + (y - 1) ** 2) / 3) * 0.9 + (0.4 if (x, y) == (5, 5) else 0)
        for x in range(7)
    ]
    for y in range(7)
]  # strongest in the upper left, less in the lower right
DIGIT = [[(x - 4) ** 2 + (y - 4) ** 2 < 9 for x in range(8)] for y in range(8)]
WAVES = {
    "vibration": [math.sin(i / 5) + (2 * math.sin(i) if 120 <= i < 180 else 0) for i in range(300)],
    "sound": [math.cos(i / 11) for i in range(300)],
}
OVER = "() => { const at = (s) => (({x, y, width, height}) => [x, y, width, height].map(Math.round))(document.querySelector(s).getBoundingClientRect()); return [at('.picture img'), at('.picture .overlay')]; }"
PICTURES = os.environ.get("MINDSHARE_LOOKED")  # a folder: there the stories leave pictures, to be looked at


def words(page: Any, place: str) -> str:
    """Its text; a number and its % stay on one line."""
    return str(page.text_content(place)).replace("\u00a0", " ")


def pictured(page: Any, name: str) -> None:
    """In both themes, wide and narrow."""
    for theme in ("light", "dark") if PICTURES else ():
        page.emulate_media(color_scheme=theme)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(300)
            page.screenshot(path=Path(str(PICTURES)) / f"{name}-{theme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_where_a_machine_looked_lies_over_a_picture_also_zoomed_and_moved(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of(REVIEW, shown="always", template=[{"feature": "scan", "title": "Scan", "as": "image"}, {}])
    page = desk.signed_in()
    told = {"scan": GRID, "Digit": [[0.1, 0.8], [0.1, 0.1]]}
    other = {"scan": [[0.2] * 3] * 2}
    answers = [SAID[0] | {"where": told}, SAID[1] | {"where": other}]
    show = {"title": "Digit", "pixels": [[int(x) * 9 for x in row] for row in DIGIT]}
    desk.case(
        "T0", features={"scan": bring(desk, picture(400, 300)), "words": "x"}, show=show, answers=answers
    )
    shown(page, "T0")
    page.wait_for_function("() => document.querySelector('.picture img')?.naturalWidth === 400")
    assert page.locator(".overlay, .legend").count() == 0
    page.keyboard.press("h")
    page.wait_for_selector(".picture .overlay")
    pictured(page, "picture")
    assert page.locator(".overlay").count() == 2 and page.locator(".picture .overlay rect").count() == 49
    assert "Where bot_1 looked: 0 %" in words(page, ".picture .legend")
    said = page.get_attribute(".picture .overlay", "aria-label").replace("\u00a0", " ")
    told_of = words(page, ".advice")
    assert said == "Where bot_1 looked. Strongest: upper left (83 %), top (83 %), left (59 %)."
    assert "Scan · Strongest: upper left (83 %), top (83 %), left (59 %)." in told_of
    assert "Digit · Strongest: upper right (80 %)." in told_of
    page.focus(".picture .view")
    for key in ("+", "+", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        image, over = page.evaluate(OVER)
        assert image == over, key
    pictured(page, "zoomed")
    page.click("text=Show where bot_2 looked")
    page.wait_for_selector(
        ".picture .overlay[aria-label='Where bot_2 looked. The same everywhere (20\u00a0%).']"
    )
    assert page.locator(".overlay").count() == 1  # of the digit it told nothing
    axe = Checked(page)
    axe.look("over a picture")
    page.keyboard.press("h")
    page.wait_for_selector(".overlay", state="detached")
    assert page.locator(".legend").count() == 0
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    assert axe.found == {} and desk.wrong == [] and len(desk.events("answered")) == 1


BAND = """(at) => { const c = document.querySelectorAll(".channel canvas")[at.row]; const over = c.closest(".channel").querySelector(".u-over").getBoundingClientRect();
  const box = c.getBoundingClientRect(); const f = c.width / box.width; const x = (over.x - box.x + at.share * over.width) * f, y = (over.y - box.y + over.height - 3) * f;
  return [...c.getContext("2d").getImageData(Math.round(x), Math.round(y), 1, 1).data].join(); }"""


def test_where_a_machine_looked_lies_under_the_curves_of_a_series_also_zoomed(
    desk_of: Callable[..., Desk],
) -> None:
    desk = desk_of(REVIEW, shown="request", tried=0.0)
    page = desk.signed_in()
    parts = {"vibration": [[0, 40, 0.1], [120, 180, 0.9], [180, 200, 0.5]]}
    where = {"Rig": parts, "File": [[100, 200, 1]], "Log": [[0, 4, 0.6]]}
    show = [
        {"title": "Rig", "window": {"hz": 100, "channels": WAVES}},
        {"title": "File", "window": bring(desk, CSV.encode(), "text/csv")},
        {"title": "Log", "text": "🔧🔧 hums"},
    ]
    desk.case("T0", show=show, answers=[SAID[0] | {"where": where}])
    shown(page, "T0")
    page.wait_for_function("() => document.querySelectorAll('.channel canvas').length === 4")
    page.wait_for_timeout(300)
    inside, outside, sound = ({"row": r, "share": s} for r, s in ((0, 0.5), (0, 0.3), (1, 0.5)))
    blank = page.evaluate(BAND, inside)
    page.keyboard.press("h")
    page.keyboard.press("m")
    page.wait_for_selector("text=bot_1")
    assert page.evaluate(BAND, inside) == blank  # nothing of it before it was asked for
    page.keyboard.press("h")
    page.wait_for_selector(".series .legend")
    page.wait_for_timeout(200)
    assert page.evaluate(BAND, inside) != blank
    assert page.evaluate(BAND, outside) == page.evaluate(BAND, sound) == blank
    pictured(page, "series")
    said = "Strongest: samples 120 to 180 of vibration (90 %), samples 180 to 200 of vibration (50 %)."
    told = words(page, ".advice")
    assert f"Rig · {said}" in told and "File · Strongest: samples 100 to 200 (100 %)." in told
    assert "Strongest: “🔧🔧 h” (60 %)." in told and page.text_content(".heat mark") == "🔧🔧 h"
    labels = [
        page.locator(".channel").nth(i).get_attribute("aria-label").replace("\u00a0", " ") for i in range(4)
    ]
    assert (
        "Where bot_1 looked: Strongest: samples 120 to 180 (90 %)" in labels[0] and "looked" not in labels[1]
    )
    assert all("samples 100 to 200" in label for label in labels[2:])
    page.focus(".rows >> nth=0")
    for _ in range(3):
        page.keyboard.press("+")
    page.wait_for_timeout(200)
    assert page.evaluate(BAND, inside | {"share": 0.3}) != blank  # of it all is in the band now
    pictured(page, "series-zoomed")
    axe = Checked(page)
    axe.look("under a series")
    page.click("text=All of it >> nth=0")
    page.keyboard.press("h")
    page.wait_for_selector(".legend", state="detached")
    page.wait_for_timeout(200)
    assert page.evaluate(BAND, inside) == blank and axe.found == {} and desk.wrong == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_curves_stand_out_from_the_warmest_band(desk: Desk, theme: str) -> None:
    page = desk.page(color_scheme=theme)
    page.goto(f"{desk.url}/desk")
    page.wait_for_selector("form")
    pairs = page.evaluate(
        """async (theme) => { const { colours } = await import("/static/series.js");
        const look = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        const of = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
        const [paper, heat] = [of(look("--paper")), of(look("--heat"))];
        const band = "#" + paper.map((v, i) => Math.round(0.55 * v + 0.45 * heat[i]).toString(16).padStart(2, "0")).join("");
        return colours[theme].map((colour) => [colour, band]); }""",
        theme,
    )
    assert min(page.evaluate(CONTRAST, pairs)) >= 3
