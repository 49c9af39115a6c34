"""The container file is one that can be built from what is here, and what it runs are commands that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import typer

from mindshare.cli.app import app
from mindshare.web.address import check_address

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line.split(None, 1) for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]
KNOWN = {
    "FROM",
    "WORKDIR",
    "COPY",
    "RUN",
    "USER",
    "ENV",
    "VOLUME",
    "EXPOSE",
    "HEALTHCHECK",
    "ENTRYPOINT",
    "CMD",
}


def of(word: str) -> list[str]:
    return [rest for first, rest in LINES if first == word]


def test_it_has_only_lines_that_are_known_and_names_no_place_but_the_usual_image() -> None:
    assert {first for first, _ in LINES} <= KNOWN
    assert of("FROM") == ["python:3.11-slim"]
    assert re.findall(r"https?://([^/:'\"]+)", TEXT) == ["127.0.0.1"]


def test_what_is_copied_is_there() -> None:
    for copied in of("COPY"):
        *sources, _ = copied.split()
        assert [s for s in sources if not (ROOT / s).exists()] == []


def test_it_runs_a_command_that_there_is_with_options_that_there_are() -> None:
    [[entry], words] = (json.loads(of(word)[0]) for word in ("ENTRYPOINT", "CMD"))
    assert entry == "mindshare" and words[0] in typer.main.get_command(app).commands  # type: ignore[attr-defined]
    command = typer.main.get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    known = {option for each in command.params for option in each.opts}
    assert {w for w in words if w.startswith("--")} <= known
    told = command.make_context("serve", words[1:]).params
    check_address(told["host"], None, proxy=told["behind_proxy"])
    assert str(told["port"]) in of("EXPOSE") and str(told["folder"]).startswith(of("VOLUME")[0])


def test_nobody_is_root_in_it_and_its_health_is_asked_for() -> None:
    names = [first for first, _ in LINES]
    assert of("USER") == ["mindshare"] and names.index("USER") < names.index("ENTRYPOINT")
    [health] = of("HEALTHCHECK")
    asked = json.loads(health.partition("CMD")[2])
    assert asked[0] == "python" and ":8765/healthz" in asked[2]
    compile(asked[2], "healthcheck", "exec")
