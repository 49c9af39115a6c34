"""README.zh-CN.md says the same as README.md: its parts, its commands and what they print, its figures, its links."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
EN, ZH = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
FIGURE = re.compile(r"[+−]?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")
HEADING = re.compile(r"^(#+) ", re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
SAID_IN_WORDS = {"2", "20"}  # figures that the English page may say as words


def blocks(page: str) -> list[str]:
    """Indented lines: commands, and what they print; how wide a gap is tells nothing."""
    return [" ".join(line.split()) for line in re.findall(r"^ {4}\S.*$", page, re.MULTILINE)]


def figures(page: str) -> set[str]:
    return {found.rstrip(",") for found in FIGURE.findall(page)}


def test_both_have_the_same_parts() -> None:
    assert HEADING.findall(ZH) == HEADING.findall(EN)


def test_every_command_and_what_it_prints_is_that_of_the_english_page() -> None:
    told = set(blocks(EN))
    assert len(blocks(ZH)) > 10
    assert [line for line in blocks(ZH) if line not in told] == []
    assert [code for code in CODE.findall(ZH) if code not in EN] == []


def test_every_figure_is_that_of_the_english_page() -> None:
    assert len(figures(ZH)) > 20
    assert sorted(figures(ZH) - figures(EN) - SAID_IN_WORDS) == []


def test_each_leads_to_the_other_and_to_pages_that_the_other_knows() -> None:
    assert "(README.zh-CN.md)" in EN[:200] and "(README.md)" in ZH[:200]
    ours = set(LINK.findall(ZH)) - {"README.md", "docs/security.md", "docs/regulation.md"}
    assert sorted(ours - set(LINK.findall(EN))) == []
