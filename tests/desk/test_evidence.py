"""Stories of evidence at the desk: pictures and series that are looked at closely, laid out as a kind says, blurred, and never run."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.conftest import Checked, Desk
from tests.desk.test_desk import head, shown

CSV = "time,acc_x,acc_y\n" + "\n".join(
    f"{i / 100},{math.sin(i / 9):.3f},{math.cos(i / 15):.3f}" for i in range(200)
)
POINTS = {
    "at": [[0, 0], [2, 0], [2, 1]],
    "level": [0, 1, 1],
    "levels": ["slow", "free"],
    "lines": [[0, 1], [1, 9]],
    "ringed": [2],
}
LAID = [
    {"feature": "words", "title": "Ticket", "as": "text"},
    {"feature": "temp", "as": "number", "unit": "°C"},
    {},
]


def picture(width: int = 40, height: int = 30) -> bytes:
    """A PNG of two colours."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(255 * ((x + y) % 2) for x in range(width)) for y in range(height))
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def array(rows: int = 50, channels: int = 2) -> bytes:
    """What numpy.save writes."""
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {channels}), }}".encode()
    head = head.ljust(117) + b"\n"
    data = struct.pack(f"<{rows * channels}f", *(float(i % 7) for i in range(rows * channels)))
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data


def bring(desk: Desk, data: bytes, kind: str = "image/png") -> str:
    with desk.real.client("admin") as http:
        told = http.post("/v1/media", content=data, headers={"Content-Type": kind})
    assert told.status_code == 201, told.text
    return str(told.json()["digest"])


def zoomed(page: Any) -> float:
    return float(
        page.evaluate("new DOMMatrix(getComputedStyle(document.querySelector('.picture img')).transform).a")
    )


def test_a_picture_is_zoomed_by_wheel_buttons_and_keys_and_moved(desk: Desk) -> None:
    page = desk.signed_in()
    desk.case("T0", show={"title": "Photo", "image": bring(desk, picture())})
    shown(page, "T0")
    page.wait_for_function("() => document.querySelector('.picture img')?.naturalWidth === 40")
    assert page.get_attribute(".picture img", "src").startswith("blob:")
    box = page.locator(".picture .view").bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.wheel(0, -300)
    page.wait_for_function(
        "new DOMMatrix(getComputedStyle(document.querySelector('.picture img')).transform).a > 1.5"
    )
    page.click("text=All of it")
    assert zoomed(page) == 1
    page.click("[aria-label=Closer]")
    assert zoomed(page) == 1.5
    page.focus(".picture .view")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    assert zoomed(page) == 2.25
    before = page.evaluate("document.querySelector('.picture img').style.transform")
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 130)
    page.mouse.up()
    assert page.evaluate("document.querySelector('.picture img').style.transform") != before
    page.keyboard.press("0")
    assert zoomed(page) == 1
    page.keyboard.press("1")  # a key still decides
    page.wait_for_selector("text=No case needs you now")
    assert len(desk.events("answered")) == 1 and desk.wrong == []


def test_two_fingers_zoom_a_picture_on_a_phone(desk: Desk) -> None:
    page = desk.signed_in(viewport={"width": 360, "height": 740}, has_touch=True)
    desk.case("T0", show={"title": "Photo", "image": bring(desk, picture())})
    shown(page, "T0")
    page.wait_for_function("() => document.querySelector('.picture img')?.naturalWidth === 40")
    box, fingers = page.locator(".picture .view").bounding_box(), page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, apart in (("touchStart", 20), *(("touchMove", d) for d in (30, 40, 50, 60))):
        points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert 2 < zoomed(page) < 4 and desk.wrong == []


def test_a_series_has_a_row_for_each_channel_and_all_are_zoomed_together(desk: Desk) -> None:
    page = desk.signed_in()
    show = [
        {"title": "Arm", "window": bring(desk, CSV.encode(), "text/csv")},
        {"title": "Array", "window": bring(desk, array(), "application/x-npy"), "hz": 10, "channels": ["u"]},
        {"title": "Inline", "window": {"hz": 50, "channels": {"v": [1, 2, 3, 2], "w": [None, 1, "x", 2]}}},
    ]
    desk.case("T0", show=show)
    shown(page, "T0")
    page.wait_for_function("() => document.querySelectorAll('.channel canvas').length === 6")
    assert page.locator(".channelname").all_text_contents() == ["acc_x", "acc_y", "u", "2", "v", "w"]
    assert "200 values from -1 to 1" in page.get_attribute(".channel", "aria-label")
    canvas = page.locator(".channel canvas").first
    whole = canvas.evaluate("c => c.toDataURL()")
    second = page.locator(".channel canvas").nth(1)
    before = second.evaluate("c => c.toDataURL()")
    page.focus(".rows >> nth=0")
    page.keyboard.press("+")
    page.wait_for_timeout(200)
    assert canvas.evaluate("c => c.toDataURL()") != whole and second.evaluate("c => c.toDataURL()") != before
    page.click("text=All of it >> nth=0")
    page.wait_for_timeout(200)
    assert canvas.evaluate("c => c.toDataURL()") == whole
    plot = page.locator(".u-over").first.bounding_box()
    page.mouse.move(plot["x"] + 100, plot["y"] + 20)
    page.mouse.down()
    page.mouse.move(plot["x"] + 300, plot["y"] + 20, steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    assert canvas.evaluate("c => c.toDataURL()") != whole and second.evaluate("c => c.toDataURL()") != before
    assert desk.wrong == []


def test_points_on_a_plane_are_drawn_with_lines_levels_and_a_ring(desk: Desk) -> None:
    page = desk.signed_in()
    desk.case(
        "T0",
        show=[
            {"title": "Map", "points": POINTS},
            {"title": "One", "points": {"at": [[5, 5]]}},
            {"points": {"at": [[1, "x"]]}},
        ],
    )
    shown(page, "T0")
    page.wait_for_selector(".points svg >> nth=1")
    first = page.locator(".points svg").first
    assert first.get_attribute("aria-label") == "Map: 3 points, 1 slow, 2 free, ringed: free"
    assert first.locator("circle:not(.ring)").count() == 3 and first.locator(".ring").count() == 1
    assert (
        first.locator(".line").get_attribute("d").count("M") == 1
    )  # a line to a point that is not there is none
    assert [first.locator("circle").nth(i).get_attribute("class") for i in range(4)] == [
        "level0",
        "level1",
        "level1",
        "ring",
    ]
    assert page.locator(".points .legend").first.locator("span").all_text_contents() == [
        "slow",
        "free",
        "ringed",
    ]
    assert page.locator(".points svg").count() == 2 and '{"at":[[1,"x"]]}' in page.text_content(
        ".facts >> nth=0"
    )
    assert desk.wrong == []


def test_the_files_of_the_case_asked_for_ahead_are_there_when_it_is_shown(desk: Desk) -> None:
    page, asked = desk.signed_in(), list[str]()
    page.on("request", lambda told: asked.append(told.url) if "/v1/media/" in told.url else None)
    names = [bring(desk, picture(40 + i)) for i in range(3)]
    for i, name in enumerate(names):
        desk.case(f"T{i}", show={"image": name})
    for i, name in enumerate(names):
        shown(page, f"T{i}")
        for _ in range(100):
            if all(any(name in url for url in asked) for name in names[i : i + 2]):
                break
            page.wait_for_timeout(50)
        count = len(asked)
        assert any(name in url for url in asked)
        page.keyboard.press("1")
        if i < 2:
            shown(page, f"T{i + 1}")
            page.wait_for_function(f"() => document.querySelector('.picture img')?.naturalWidth === {41 + i}")
            assert sum(names[i + 1] in url for url in asked[:count]) == 1  # before it was shown, once
    page.wait_for_selector("text=No case needs you now")
    assert len(asked) == 3 and desk.wrong == []


def test_a_file_that_cannot_be_seen_is_said_so_beside_the_case(desk: Desk) -> None:
    page = desk.signed_in()
    page.route("**/v1/media/*", lambda route: route.abort())
    desk.case("T0", show={"image": bring(desk, picture())})
    shown(page, "T0")
    page.wait_for_selector("text=This file cannot be shown")
    page.unroute("**/v1/media/*")
    page.click("text=Try again")
    page.wait_for_function("() => document.querySelector('.picture img')?.naturalWidth === 40")


RUNS = "<img src=x onerror='window.ran=1'><script>window.ran=1</script>"


def test_nothing_that_a_file_holds_runs_also_where_it_is_opened_by_itself(desk: Desk) -> None:
    page = desk.signed_in()
    bad = bring(desk, f"{RUNS},b\n1,2\n2,3\n".encode(), "text/csv")
    show = [
        {"title": RUNS, "window": bad},
        {"title": RUNS, "alt": RUNS, "image": bring(desk, picture())},
        {"window": {"channels": {RUNS: [1, 2]}}},
    ]
    desk.case("T0", show=show)
    shown(page, "T0")
    page.wait_for_function("() => document.querySelectorAll('.channel canvas').length === 3")
    page.wait_for_function("() => document.querySelector('.picture img')?.naturalWidth === 40")
    assert page.evaluate("window.ran") is None and RUNS in page.text_content("main.case")
    with desk.real.client("admin") as http:
        told = http.get(f"/v1/media/{bad}")
    assert (
        told.headers["content-type"].startswith("text/csv")
        and told.headers["x-content-type-options"] == "nosniff"
    )
    assert "sandbox" in told.headers["content-security-policy"]
    other = page.context.new_page()
    assert other.goto(f"{desk.url}/v1/media/{bad}").status == 401  # an address alone opens nothing
    assert [m for m in desk.wrong if "401" not in m] == []


def test_a_kind_lays_its_cases_out_by_a_template(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of(template=LAID)
    page = desk.signed_in()
    desk.case(
        "T0", features={"other": "hidden", "temp": 21.5, "words": "Hello"}, show={"text": "from the case"}
    )
    shown(page, "T0")
    told = page.text_content(".seen")
    assert told.index("Ticket") < told.index("Hello") < told.index("21.5 °C") < told.index("from the case")
    assert "hidden" not in told


def test_what_may_weigh_on_people_is_blurred_until_they_look(desk_of: Callable[..., Desk]) -> None:
    desk = desk_of({"exposure": [{"tag": "hard", "when": {"feature.words": ["hard"]}, "blur": True}]})
    page = desk.signed_in()
    desk.case("T0", features={"words": "hard"}, show={"text": "the hard part"})
    shown(page, "T0")
    assert page.locator(".veiled[inert]").count() == 1 and "blur" in page.eval_on_selector(
        ".veiled", "e => getComputedStyle(e).filter"
    )
    page.keyboard.press("1")  # decides nothing unseen
    assert head(page) == "T0" and page.locator(".labels button:disabled").count() == 4
    page.keyboard.press("v")
    page.wait_for_selector(".veil:not(:has(.veiled))")
    page.keyboard.press("v")
    page.wait_for_selector(".veiled")
    page.click("text=Look >> nth=-1")
    page.keyboard.press("1")
    page.wait_for_selector("text=No case needs you now")
    assert len(desk.events("answered")) == 1 and desk.wrong == []


SHIFTS = """() => { window.shifts = []; new PerformanceObserver((list) => list.getEntries().filter((e) => !e.hadRecentInput).forEach((e) =>
  window.shifts.push([e.value, ...e.sources.map((s) => s.node?.className || s.node?.nodeName)]))).observe({type: "layout-shift"}); }"""


@pytest.mark.parametrize("width", [1280, 360])
def test_the_answers_stay_where_they_are_from_case_to_case(desk: Desk, width: int) -> None:
    page = desk.signed_in(viewport={"width": width, "height": 740})
    name, series = bring(desk, picture()), bring(desk, CSV.encode(), "text/csv")
    parts: list[Any] = [{"image": name}, {"text": "words " * 400}, {"window": series}, None, {"image": name}]
    for i, part in enumerate(parts):
        desk.case(f"T{i}", show=part)
    places = []
    for i in range(len(parts)):
        shown(page, f"T{i}")
        page.wait_for_timeout(400)
        boxes = [page.locator(".labels button").nth(k).bounding_box() for k in range(4)]
        places.append([(round(b["x"]), round(b["y"])) for b in boxes])
        if not i:
            page.evaluate(SHIFTS)  # the first case was not asked for ahead
        if i < len(parts) - 1:
            page.keyboard.press("1")
    assert all(place == places[1] for place in places[1:]), places
    page.keyboard.press("c")
    page.keyboard.press("c")
    page.wait_for_timeout(200)
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, *_ in shifts) < 0.02, shifts


@pytest.mark.parametrize("width", [1280, 360])
def test_whatever_is_pressed_or_tapped_is_44_pixels_large(desk: Desk, width: int) -> None:
    page = desk.signed_in(viewport={"width": width, "height": 740})
    desk.case("T0", show=[{"image": bring(desk, picture())}, {"window": {"channels": {"a": [1, 2, 1]}}}])
    shown(page, "T0")
    page.wait_for_selector(".channel canvas")

    def small() -> list[Any]:
        found = page.evaluate(
            """() => [...document.querySelectorAll("main button, main input:not([type=checkbox]), main summary, dialog button, dialog input:not([type=checkbox]), dialog label")]
            .map((e) => [e.textContent || e.name, e.getBoundingClientRect()]).filter(([, r]) => r.width > 0 && (r.height < 43.5 || r.width < 43.5))
            .map(([t, r]) => [t, r.width, r.height])"""
        )
        return list(found)

    assert small() == []
    for key in ("e", ",", "f", "?", "s"):
        page.keyboard.press(key)
        page.wait_for_selector("dialog[open]")
        assert small() == [], key
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog[open]", state="detached")


CONTRAST = """(pairs) => { const lum = (hex) => { const c = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * c[0] + .7152 * c[1] + .0722 * c[2]; };
  return pairs.map(([a, b]) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); }); }"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_and_lines_stand_out_from_the_paper(desk: Desk, theme: str) -> None:
    page = desk.page(color_scheme=theme)
    page.goto(f"{desk.url}/desk")
    page.wait_for_selector("form")
    look = page.evaluate(
        """() => Object.fromEntries(["paper", "card", "ink", "soft", "ours", "on-ours", "wrong", "mark"].map((n) =>
        [n, getComputedStyle(document.documentElement).getPropertyValue("--" + n).trim().replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3")]))"""
    )
    words = [[look[a], look[b]] for a in ("ink", "soft", "wrong", "ours") for b in ("paper", "card")]
    words += [[look["on-ours"], look["ours"]], [look["ink"], look["mark"]]]
    assert min(page.evaluate(CONTRAST, words)) >= 4.5
    lines = page.evaluate("async () => (await import('/static/series.js')).colours")
    assert min(page.evaluate(CONTRAST, [[c, look["paper"]] for c in lines[theme]])) >= 3


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_evidence_and_all_windows_are_free_of_what_axe_finds(
    desk_of: Callable[..., Desk], language: str
) -> None:
    blur = {"exposure": [{"tag": "hard", "when": {"feature.words": ["hard"]}, "blur": True}]}
    desk = desk_of(blur, template=LAID)
    code = desk.lead("POST", "/v1/invitations", {"account": "ana", "role": "person"})["code"]
    page = desk.page(locale=language)
    page.goto(f"{desk.url}/desk#code={code}")
    page.fill("input[name=password]", "correct horse battery")
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("main[aria-busy=false] h1")
    checked = Checked(page)
    look = checked.look

    show = [
        {"title": "Photo", "image": bring(desk, picture())},
        {"title": "Arm", "window": bring(desk, CSV.encode(), "text/csv")},
        {"title": "Map", "points": POINTS},
    ]
    desk.case("T0", features={"words": "hard", "temp": 3}, show=show)
    shown(page, "T0")
    look("blurred")
    page.keyboard.press("v")
    page.wait_for_function("() => document.querySelectorAll('.channel canvas').length === 2")
    look("evidence")
    for key in ("e", ",", "f", "?", "s"):
        page.keyboard.press(key)
        page.wait_for_selector("dialog[open]")
        page.wait_for_timeout(150)
        look(f"the window of {key}")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog[open]", state="detached")
    assert checked.found == {}
