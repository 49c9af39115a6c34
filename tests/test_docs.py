"""The docs are true: commands and options are described, code runs, links lead somewhere, names are the glossary's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer

from mindshare.cli.app import app
from mindshare.core import records
from mindshare.core.errors import MindshareError
from mindshare.core.policies import known as policies
from mindshare.histories.backtest import SCHEMA, backtest
from mindshare.histories.read import read_history
from tests.tickets import write_tickets

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
INDENTED = re.compile(r"^ {4}.*$", re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"\bmindshare ((?:[a-z]+(?:-[a-z]+)* ?)+)")
WITH_CODE = [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


# -- the command line ------------------------------------------------------------------------------------------------
def commands() -> dict[str, object]:
    """'data list' -> its click command, for every command of the program."""
    found: dict[str, object] = {}

    def walk(command: object, path: tuple[str, ...]) -> None:
        inside = getattr(command, "commands", None)
        if inside is None:
            found[" ".join(path)] = command
            return
        for name, sub in inside.items():
            walk(sub, (*path, name))

    walk(typer.main.get_command(app), ())
    return found


def options(command: object) -> Iterator[str]:
    for parameter in getattr(command, "params", ()):
        yield from (word for word in parameter.opts if word.startswith("--"))


def section(page: str, command: str) -> str:
    """The part of cli.md about a command: from its heading to the next one."""
    first = command.split(maxsplit=1)[0]
    start = re.search(rf"^## mindshare {first}\b.*$", page, re.MULTILINE)
    assert start, f"docs/cli.md has no heading '## mindshare {first}'"
    rest = page[start.end() :]
    return rest.split("\n## ")[0]


@pytest.mark.parametrize("command", commands())
def test_every_command_and_option_is_in_cli_md(command: str) -> None:
    page = text(DOCS / "cli.md")
    assert f"`mindshare {command}" in page, f"docs/cli.md does not name `mindshare {command}`"
    part = section(page, command)
    missing = [option for option in options(commands()[command]) if option not in part and option != "--help"]
    assert not missing, f"docs/cli.md, section of `mindshare {command}`: {missing} are not described"


def test_options_of_every_command_are_in_cli_md() -> None:
    page = text(DOCS / "cli.md")
    assert [option for option in options(typer.main.get_command(app)) if f"`{option}`" not in page] == []


def test_every_option_in_cli_md_exists() -> None:
    real = {o for command in commands().values() for o in options(command)}
    real |= {*options(typer.main.get_command(app)), "--help"}
    written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text(DOCS / "cli.md")))
    assert written <= real, f"docs/cli.md names options that there are not: {written - real}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_named_in_a_page_exists(page: Path) -> None:
    known, groups = set(commands()), {path.split()[0] for path in commands()}
    typed = [line for line in INDENTED.findall(text(page)) if re.match(r" {4}(\$ |mindshare [a-z])", line)]
    for code in [*CODE.findall(text(page)), *typed]:
        for found in COMMAND.findall(code):
            words = found.split()
            if code.startswith("```python") or words[0] not in groups | known:
                assert code.startswith("```"), f"{named(page)}: there is no command 'mindshare {words[0]}'"
                continue
            path = " ".join(words[:2]) if words[0] not in known else words[0]
            assert path in known or words == [words[0]], (
                f"{named(page)}: there is no command 'mindshare {path}'"
            )


def test_the_article_page_names_commands_and_covers_every_section() -> None:
    page = text(DOCS / "article.md")
    for part in (
        "1.1",
        "1.2",
        "2 ",
        "3.1",
        "3.2",
        "3.3",
        "3.4",
        "4.1",
        "4.2",
        "4.3",
        "5.1",
        "5.2",
        "6.4",
        "7 ",
        "8.2",
        "8.3",
        "8.4",
    ):
        assert re.search(rf"^\| {re.escape(part)}", page, re.MULTILINE), (
            f"docs/article.md has no row for section {part}"
        )
    for row in page.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        if len(cells) == 4 and re.match(r"\d", cells[0]):
            assert cells[3], f"docs/article.md: section '{cells[0]}' says neither what is shown nor 'later'"
            assert (
                cells[2].startswith("`mindshare ")
                or "later" in cells[3]
                or cells[3].startswith(("below", "the picture"))
            ), f"docs/article.md: section '{cells[0]}' has no command and is not called later"


# -- code and links --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", WITH_CODE, ids=named)
def test_every_python_block_runs(page: Path, tmp_path: Path) -> None:
    """All blocks of a page, in order, in one program, beside the history of `tests.tickets`."""
    write_tickets(tmp_path)
    blocks = [body for language, body in BLOCK.findall(text(page)) if language == "python"]
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{named(page)}: {done.stderr[-2000:]}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made on a code host."""
    heads = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(INDENTED.sub("", re.sub(r"```.*?```", "", text(page), flags=re.DOTALL))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(ROOT), f"{named(page)}: {target} leads out of the project"
        assert file.exists(), f"{named(page)}: {target} does not exist"
        assert not anchor or anchor in anchors(file), f"{named(page)}: {target} names no heading"


def test_every_page_is_in_the_index() -> None:
    linked = {target.partition("#")[0] for target in LINK.findall(text(DOCS / "index.md"))}
    missing = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"index.md"} - linked
    assert not missing, f"docs/index.md does not link {missing}"


# -- words -----------------------------------------------------------------------------------------------------------
def test_the_glossary_has_every_record_and_its_neighbours() -> None:
    page = text(DOCS / "glossary.md")
    nouns = {name.lower() for name in records.__all__} if hasattr(records, "__all__") else {
        "case", "agent", "budget", "allocation", "answer", "verdict", "outcome",
    }  # fmt: skip
    for noun in nouns:
        assert f"| **{noun}** |" in page, f"docs/glossary.md does not define '{noun}'"
    for word in (f for f in records.Allocation.__struct_fields__ if f in ("value", "cost", "price", "net")):
        assert f"| **{word}** |" in page, f"docs/glossary.md does not define '{word}'"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_words_that_the_glossary_avoids_stay_away(page: Path) -> None:
    """Where a neighbour is the wrong word, it must not be used for ours."""
    if page.name in ("glossary.md", "CONTRIBUTING.md"):
        return
    prose = CODE.sub("", text(page)).lower()
    for wrong, right in {
        "quota": "limit or budget",
        "instance": "case",
        "final answer": "verdict",
        "ground truth": "truth",
    }.items():
        assert not re.search(rf"\b{wrong}s?\b", prose), f"{named(page)}: say {right}, not '{wrong}'"


def test_every_field_of_the_json_is_in_backtest_md(tmp_path: Path) -> None:
    write_tickets(tmp_path)
    history = read_history(tmp_path / "history").take(np.arange(200))
    result = backtest(history, limits={"people.minutes": 5.0}, shares=(0.1,), workers=1)
    page = text(DOCS / "backtest.md")
    assert result["schema"] == SCHEMA in page
    parts = [
        result,
        *(result[name] for name in ("history", "limits", "belief", "covered", "run")),
        result["agents"]["ana"],
        result["policies"]["mindshare"]["points"][0],
        result["limits"]["table"][0],
        result["frontiers"]["people.minutes"]["mindshare"][0],
        *(result[name][0] for name in ("gain_bins", "samples") if result[name]),
    ]
    missing = {key for part in parts for key in part if not re.search(rf"\b{key}\b", page)}
    assert not missing, f"docs/backtest.md does not tell {missing}"


def test_every_policy_is_described() -> None:
    described = re.findall(r"^    (\w+) {2,}\S", policies.__doc__ or "", re.MULTILINE)
    page = text(DOCS / "policies.md")
    assert len(described) == 13
    assert [name for name in described if f"| `{name}` |" not in page] == []


def test_every_kind_of_error_is_in_cli_md() -> None:
    page = text(DOCS / "cli.md")
    for kind in [MindshareError, *MindshareError.__subclasses__()]:
        assert f"| `{kind.code}` |" in page, f"docs/cli.md does not tell the error code '{kind.code}'"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_place_of_somebodys_machine(page: Path) -> None:
    assert not re.search(r"(?<![\w.])/(?:home|root|work|Users|tmp|mnt)/", text(page)), (
        f"{named(page)} names a machine's path"
    )
