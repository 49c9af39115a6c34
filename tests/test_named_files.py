"""Every file that a page or a docstring names is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SOURCES = sorted(ROOT.glob("src/**/*.py"))
NAMED = re.compile(r"(?<![\w./-])[\w./-]*\w\.py\b")
# at the head of a block: the page itself writes this file
WRITTEN = re.compile(r"^# (\w+\.py)$", re.MULTILINE)
ANY = "FILE.py"  # one of the reader's own
EVERY = {
    path.relative_to(ROOT).as_posix()
    for folder in ("src", "tests", "benchmarks", "examples", ".ci")
    for path in ROOT.glob(f"{folder}/**/*.py")
}
# the changelog tells of files as they were
TIMELESS = [page for page in PAGES if page.name != "CHANGELOG.md"]


def exists(name: str) -> bool:
    """Whether some file's address ends with it: pages say `core/pool.py`, or only `pool.py` where the folder is clear."""
    return name == ANY or any(path == name or path.endswith(f"/{name}") for path in EVERY)


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


@pytest.mark.parametrize("page", TIMELESS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    whole = page.read_text(encoding="utf-8")
    code_apart = re.sub(r"```.*?```", "", whole, flags=re.DOTALL)
    missing = sorted(
        {name for name in NAMED.findall(code_apart) if not exists(name)} - {*WRITTEN.findall(whole)}
    )
    assert not missing, f"{page.relative_to(ROOT)} names {missing}"


def test_every_file_that_a_docstring_names_is_there() -> None:
    missing = {
        path.relative_to(ROOT).as_posix(): names
        for path in SOURCES
        if (names := sorted({n for text in docstrings(path) for n in NAMED.findall(text) if not exists(n)}))
    }
    assert not missing


def test_every_module_that_a_page_names_is_there() -> None:
    """`mindshare.machines.nets.cnn` in prose, on a command line or in code; a name of a module may follow."""
    dotted = re.compile(r"\bmindshare(?:\.[a-z_]\w*)+")
    missing = []
    for page in TIMELESS:
        for name in dotted.findall(page.read_text(encoding="utf-8")):
            parts = name.split(".")
            homes = ["/".join(parts[:n]) for n in (len(parts), len(parts) - 1)]
            if not any((ROOT / "src" / f"{h}.py").exists() or (ROOT / "src" / h).is_dir() for h in homes):
                missing.append(f"{page.name}: {name}")
    assert not missing
