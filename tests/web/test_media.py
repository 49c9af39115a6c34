"""Files that cases show: of a closed list of types, seen under a lease only, gone with the last case that shows them."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mindshare.engine.rebuild import rebuilt
from mindshare.engine.replay import replayed
from mindshare.store.chain import verify
from tests.tickets import LABELS
from tests.web.conftest import Live


def png(mark: bytes = b"") -> bytes:
    """A picture of one pixel, with a text in it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"tEXt", b"mark\0" + mark), chunk(b"IDAT", zlib.compress(b"\0\x80")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def bring(live: Live, data: bytes, kind: str = "image/png", role: str = "lead") -> Any:
    headers = {"Authorization": f"Bearer {live.tokens[role]}", "Content-Type": kind}
    return live.http.post("/v1/media", content=data, headers=headers)


def brought(live: Live, data: bytes, kind: str = "image/png") -> str:
    told = bring(live, data, kind)
    assert told.status_code == 201, told.text
    assert told.json()["bytes"] == len(data)
    return str(told.json()["digest"])


def see(live: Live, name: str, role: str = "person") -> Any:
    return live.ask(role, "GET", f"/v1/media/{name.replace('/', '%2F')}")


def test_a_person_sees_a_file_only_with_a_case_that_shows_it_and_a_lead_always(live: Live) -> None:
    mine, other = brought(live, png()), brought(live, png(b"other"))
    assert see(live, mine).status_code == 404
    live.case(show=[{"image": mine}, {"text": other}])
    assert see(live, mine).status_code == 404  # it waits, and is nobody's yet
    lease = live.lease()
    told = see(live, mine)
    assert told.status_code == 200 and told.content == png()
    assert told.headers["content-type"] == "image/png"
    assert told.headers["x-content-type-options"] == "nosniff" and told.headers["cache-control"] == "no-store"
    assert "sandbox" in told.headers["content-security-policy"]
    assert told.headers["content-disposition"].startswith("attachment")
    gone = see(live, other)
    assert (
        gone.status_code == 404 and gone.json() == see(live, "f" * 64).json()
    )  # not told whether there is one
    assert see(live, mine, "reader").status_code == 403
    assert see(live, other, "lead").status_code == 200
    assert live.answer(lease).status_code == 200
    assert see(live, mine).status_code == 404


def test_a_case_that_is_asked_for_ahead_brings_its_files(live: Live) -> None:
    mine = brought(live, png())
    live.case()
    live.case(show={"image": mine})
    live.lease()
    assert see(live, mine).status_code == 404
    assert live.ask("person", "POST", "/v1/next", {"ahead": True}).status_code == 200
    assert see(live, mine).status_code == 200


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("image/svg+xml", b"<svg onload='alert(1)'/>"),
        ("text/html", b"<script>alert(1)</script>"),
        ("image/png", b"<svg onload='alert(1)'/>"),
        ("image/jpeg", png()),
        ("image/webp", b"RIFF0000AVI "),
        ("application/json", b"{"),
        ("application/json", b"7"),
        ("text/csv", b"\xff\xfe\x00a"),
        ("application/x-npy", b"NUMPY"),
        ("image/png", b""),
        ("", png()),
        ("multipart/form-data", png()),
    ],
)
def test_what_is_not_in_the_list_or_not_what_it_says_is_refused_in_one_sentence(
    live: Live, kind: str, data: bytes
) -> None:
    told = bring(live, data, kind)
    assert told.status_code == 400, told.text
    assert told.json()["error"]["message"].endswith(".")
    assert not live.service.actor.halted


def test_a_file_that_is_too_large_is_refused_before_it_is_read_and_a_person_brings_none(live: Live) -> None:
    told = bring(live, b"\x89PNG\r\n\x1a\n" + bytes(8 << 20))
    assert told.status_code == 413 and "A file may have 8 MB" in told.json()["error"]["message"]
    assert bring(live, png(), role="person").status_code == 403
    assert bring(live, b"\x89PNG\r\n\x1a\n" + bytes(3 << 20)).status_code == 201
    assert live.ask("lead", "POST", "/v1/cases", {"id": "x", "show": "y" * (2 << 20)}).status_code == 413


def test_a_case_that_shows_a_file_that_is_not_here_is_refused(live: Live) -> None:
    told = live.ask("lead", "POST", "/v1/cases", {"id": "x", "show": {"image": "a" * 64}})
    assert told.status_code == 400 and "bring it first" in told.json()["error"]["message"]
    told = live.ask("lead", "POST", "/v1/cases", {"id": "x", "show": [{"window": "a.csv"}]})
    assert told.status_code == 400 and "media_root" in told.json()["error"]["message"]
    inline = {"window": {"hz": 10, "channels": {"a": [1, 2]}}}
    assert live.ask("lead", "POST", "/v1/cases", {"id": "x", "show": inline}).status_code == 202


def files_with(folder: Path, mark: bytes) -> list[str]:
    return [f.name for f in folder.rglob("*") if f.is_file() and mark in f.read_bytes()]


def test_a_file_goes_with_the_last_case_that_shows_it_and_stands_nowhere_then(live: Live) -> None:
    digest = brought(live, png(b"marked-content"))
    first, second = (live.case(show={"image": digest}) for _ in range(2))
    for case in (first, second):
        assert live.ask("lead", "POST", f"/v1/cases/{case}/cancel", {}).status_code == 200
    assert live.ask("lead", "POST", f"/v1/cases/{first}/erase").status_code == 200
    assert see(live, digest, "lead").status_code == 200
    assert live.ask("lead", "POST", f"/v1/cases/{first}/erase").status_code == 200  # again: nothing more goes
    assert see(live, digest, "lead").status_code == 200
    assert live.ask("lead", "POST", f"/v1/cases/{second}/erase").status_code == 200
    assert see(live, digest, "lead").status_code == 404
    assert files_with(live.service.folder, b"marked-content") == []
    told = live.ask("lead", "POST", "/v1/cases", {"id": "late", "show": {"image": digest}})
    assert told.status_code == 400
    store = live.service.store
    assert verify(store).number is None
    assert replayed(live.service.made, store).differences == ()
    assert rebuilt(live.service.made, store, 0.0).state.media == {}


@pytest.fixture
def rooted(folder: Callable[..., Path]) -> Path:
    """A service whose cases show files of a folder, and a secret beside that."""
    place = folder(media_root="scans")
    scans = place / "scans"
    (scans / "in").mkdir(parents=True)
    (scans / "in" / "1.png").write_bytes(png())
    (scans / "bad.svg").write_text("<svg onload='alert(1)'/>")
    (scans / "page.html").write_text("<script>alert(1)</script>")
    (scans / "lie.png").write_text("<svg onload='alert(1)'/>")
    (place / "secret.png").write_bytes(png(b"secret"))
    os.symlink(place / "secret.png", scans / "link.png")
    os.symlink(place, scans / "up")
    return place


def test_files_below_media_root_are_shown_and_no_way_leads_out_of_it(
    rooted: Path, live_at: Callable[[Path], Live]
) -> None:
    live = live_at(rooted)
    live.case(show={"image": "in/1.png"})
    live.lease()
    assert see(live, "in/1.png").content == png()
    for name in ("../secret.png", "in/../../secret.png", "/etc/passwd", "..\\secret.png", "", "c:secret.png"):
        told = live.ask("lead", "POST", "/v1/cases", {"id": "x", "show": {"image": name}})
        assert told.status_code == 400, name
        if name:
            assert see(live, name, "lead").status_code == 404, name
    for name in (
        "link.png",
        "up/secret.png",
        "bad.svg",
        "page.html",
        "lie.png",
        "in",
        "none.png",
        "up/keys/audit",
    ):
        assert see(live, name, "lead").status_code == 404, name


def test_a_probe_shows_its_file_like_a_case(
    live_at: Callable[[Path], Live], folder: Callable[..., Path]
) -> None:
    probes = [
        {"id": f"g{i}", "features": {"by": "chat"}, "show": {"image": "in/1.png"}, "label": "bug"}
        for i in range(3)
    ]
    kinds = {"default": {"probes": {"file": "gold.jsonl", "share": 1.0}}}
    place = folder(files={"gold.jsonl": "\n".join(map(json.dumps, probes))}, media_root=".", kinds=kinds)
    (place / "in").mkdir()
    (place / "in" / "1.png").write_bytes(png())
    live = live_at(place)
    assert live.lease()["case"].startswith("g")
    assert see(live, "in/1.png").status_code == 200 and see(live, "in/2.png").status_code == 404


def test_where_machines_looked_must_lie_within_the_series_of_a_file_that_was_brought(live: Live) -> None:
    show = {"title": "Rig", "window": brought(live, b"time,a\n0,1\n1,2\n2,4\n", "text/csv")}
    for where, why in (({"Rig": [[0, 4, 0.5]]}, "in samples of 3"), ({"Rig": {"b": []}}, "the channel 'b'")):
        answers = [{"agent": "large_bot", "label": LABELS[0], "where": where}]
        told = live.ask("lead", "POST", "/v1/cases", {"id": "w", "show": show, "answers": answers})
        assert told.status_code == 400 and why in told.json()["error"]["message"]
    live.case(id="w", show=show, answers=[answers[0] | {"where": {"Rig": {"a": [[0, 3, 0.5]]}}}])
