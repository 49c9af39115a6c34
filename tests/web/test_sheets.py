"""Sheets: opened by whoever is signed in, read anew each time, and never a way out of their folder; every mistake is one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mindshare.cli.doctored import run_doctor
from mindshare.core.errors import MindshareError
from mindshare.engine.service import Service
from mindshare.engine.sheets import MOST
from tests.web.conftest import Live
from tests.web.test_media import png

PAGE = "<!doctype html><title>Lists</title><style>p { color: green }</style><p>first"
NAMES = {
    "Lists / today": "out/today.html",
    "Map": "out/map.svg",
    "Photo": "out/photo.png",
    "Table": "out/today.csv",
    "Later": "out/later.html",
    "Lie": "out/lie.png",
    "Bytes": "out/bytes.csv",
    "Large": "out/large.html",
    "Link": "out/link.html",
    "Up": "out/up/secret.html",
    "Turned": "out/turned.html",
}
FIRST = sorted(NAMES).index("Lists / today")


@pytest.fixture
def laid(folder: Callable[..., Path]) -> Path:
    """A service with sheets of each kind, and with some that cannot be shown; a secret lies beside their folder."""
    place = folder(sheets=NAMES, sheets_root="sheets")
    out = place / "sheets" / "out"
    out.mkdir(parents=True)
    (out / "today.html").write_text(PAGE)
    (out / "map.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><circle r='9'/></svg>")
    (out / "photo.png").write_bytes(png())
    (out / "today.csv").write_text("place,why\n1,x\n")
    (out / "lie.png").write_text("<svg onload='alert(1)'/>")
    (out / "bytes.csv").write_bytes(b"\xff\xfe\x00a")
    (out / "large.html").write_text("x" * (MOST + 1))
    (place / "secret.html").write_text("hidden")
    os.symlink(place / "secret.html", out / "link.html")
    os.symlink(place, out / "up")
    os.symlink(out / "turned.html", out / "turned.html")
    return place


def opened(live: Live, title: str, role: str | None = "person", **more: Any) -> Any:
    """As the browser asks for it: the token in a form."""
    path = f"/sheets/{title.replace('/', '%2F')}"
    body = f"token={live.tokens[role]}" if role else "x=1"
    return live.http.post(
        path, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}, **more
    )


def test_everybody_who_is_signed_in_opens_a_sheet_and_nobody_else(
    laid: Path, live_at: Callable[[Path], Live]
) -> None:
    live = live_at(laid)
    for role in ("reader", "person", "lead", "admin"):
        assert opened(live, "Lists / today", role).text == PAGE
        assert live.ask(role, "GET", "/v1/sheets/Lists %2F today").text == PAGE
        assert len(live.ask(role, "GET", "/v1/sheets").json()["sheets"]) == len(NAMES)
    told = opened(live, "Lists / today", None)
    assert (
        told.status_code == 401
        and "first" not in told.text
        and told.headers["content-type"].startswith("text/html")
    )
    assert live.http.get("/v1/sheets/Map").status_code == 401
    alone = live.http.get("/sheets/Lists %2F today", follow_redirects=False)  # an address alone
    assert alone.status_code == 303 and alone.headers["location"] == "/sheets#Lists%20%2F%20today"
    assert live.ask("person", "DELETE", "/v1/session").status_code == 200
    assert opened(live, "Map").status_code == 401


def test_a_sheet_is_sent_so_that_nothing_in_it_runs_loads_or_stays(
    laid: Path, live_at: Callable[[Path], Live]
) -> None:
    live = live_at(laid)
    kinds = {
        "Lists / today": "text/html; charset=utf-8",
        "Map": "image/svg+xml",
        "Photo": "image/png",
        "Table": "text/csv; charset=utf-8",
    }
    for title, kind in kinds.items():
        for told in (opened(live, title), live.ask("lead", "GET", f"/v1/sheets/{title.replace('/', '%2F')}")):
            assert told.status_code == 200 and told.headers["content-type"] == kind
            policy = told.headers["content-security-policy"].split("; ")
            assert {
                "sandbox",
                "default-src 'none'",
                "img-src data:",
                "form-action 'none'",
                "base-uri 'none'",
            } <= set(policy)
            assert not [rule for rule in policy if "script" in rule or "allow" in rule]
            assert told.headers["x-content-type-options"] == "nosniff"
            assert (
                told.headers["cache-control"] == "no-store"
                and told.headers["referrer-policy"] == "no-referrer"
            )
    assert opened(live, "Table").headers["content-disposition"] == "attachment; filename*=UTF-8''today.csv"


def test_a_file_that_is_written_anew_is_seen_at_once(laid: Path, live_at: Callable[[Path], Live]) -> None:
    live, file = live_at(laid), laid / "sheets" / "out" / "today.html"

    def told() -> Any:
        return live.ask("person", "GET", "/v1/sheets").json()["sheets"][FIRST]

    os.utime(file, (1e9, 1e9))
    assert told() == {
        "title": "Lists / today",
        "type": "text/html",
        "bytes": len(PAGE),
        "written": 1e9,
        "wrong": None,
    }
    file.write_text("second")
    os.utime(file, (2e9, 2e9))
    assert told()["written"] == 2e9 and told()["bytes"] == 6
    assert opened(live, "Lists / today").text == "second"
    file.unlink()
    assert "has to be written first" in told()["wrong"] and told()["written"] is None
    assert opened(live, "Lists / today").status_code == 404


@pytest.mark.parametrize(
    ("title", "status", "why"),
    [
        ("Later", 404, "is not there: out/later.html"),
        ("Lie", 400, "lie.png must be a PNG"),
        ("Bytes", 400, "must be a text in UTF-8"),
        ("Large", 400, "8 MB at most"),
        ("Link", 404, "must be a file below the folder of sheets"),
        ("Up", 404, "must be a file below the folder of sheets"),
        ("Turned", 404, "is not there"),
        ("Mapp", 404, "There is no sheet 'Mapp'. Did you mean 'Map'?"),
        ("<b>&'", 404, "There is no sheet '&lt;b&gt;&amp;"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence_to_read_and_one_to_a_program(
    laid: Path, live_at: Callable[[Path], Live], title: str, status: int, why: str
) -> None:
    live = live_at(laid)
    page, told = opened(live, title), live.ask("lead", "GET", f"/v1/sheets/{title}")
    assert page.status_code == told.status_code == status
    assert why in page.text.replace("&#39;", "'") and "hidden" not in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    sentence = told.json()["error"]["message"]
    assert sentence.endswith((".", "?")) and "\n" not in sentence


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (
            {"sheets": {"x": "../secret.html"}},
            r"sheets, 'x': '\.\./secret\.html' is no file below the folder of sheets",
        ),
        ({"sheets": {"x": "/etc/passwd.html"}}, "and not from '/'"),
        (
            {"sheets": {"x": "run.js"}},
            r"must be a file that ends in \.html, \.svg, \.png, \.csv\. Got 'run\.js'",
        ),
        ({"sheets": {"": "a.html"}}, "a title must have 1 to 80 characters"),
        ({"sheets": {"a\nb": "a.html"}}, "can be printed"),
        ({"sheets": {"x": 7}}, r"Expected `str`"),
        ({"sheets": ["a.html"]}, r"Expected `object`"),
        ({"sheets_root": "nowhere"}, "sheets_root must be a folder that is there. Got 'nowhere' instead."),
        ({"sheet": {"x": "a.html"}}, "Did you mean 'sheets'"),
    ],
)
def test_an_entry_that_can_never_be_shown_is_one_sentence_at_the_start(
    folder: Callable[..., Path], bad: dict[str, Any], why: str
) -> None:
    with pytest.raises(MindshareError, match=why) as told:
        Service(folder(**bad)).close()
    assert "service.yaml" in str(told.value) and "\n" not in str(told.value)


def test_the_doctor_says_which_sheet_cannot_be_shown_yet(
    laid: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_doctor(laid, 1)
    told = [line for line in capsys.readouterr().out.splitlines() if "Sheets:" in line]
    assert len(told) == 7 and all(line.startswith("?") for line in told)
    assert (
        "?   Sheets: The file of the sheet 'Later' is not there: out/later.html. It has to be written first."
        in told
    )


def test_a_service_without_sheets_has_none(live: Live) -> None:
    assert live.ask("reader", "GET", "/v1/sheets").json() == {"sheets": []}
    assert live.http.get("/sheets").status_code == 200
