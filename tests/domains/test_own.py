"""Promises of a domain of one's own: it is found by its file or module, and each thing that can be wrong is one sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mindshare.core.errors import MindshareError
from mindshare.domains.digits.domain import Digits
from mindshare.domains.known import domain_of
from mindshare.domains.own import what_is_missing

DESK = """
from __future__ import annotations
from dataclasses import dataclass
from beside_it import NAME
@dataclass(frozen=True, slots=True)
class Desk:
    name: str = NAME
    cases: str = "tickets"
    training: None = None
    def preflight(self, data): return ()
    def terms(self, data): return None
    def write(self, out, *, data, seed): return None
TWO = Desk("two")
"""
OTHER = "class Other:\n    def __init__(self, size): self.size = size\n    def write(self, out): ...\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a domain; what is imported from there is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "beside_it.py").write_text("NAME = 'one'\n", encoding="utf-8")
    (tmp_path / "own_desk.py").write_text(DESK, encoding="utf-8")
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name in ("beside_it", "own_desk") or name.startswith("mindshare_own_"):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("own_desk.py", "one"),
        ("own_desk.py:Desk", "one"),
        ("own_desk.py:TWO", "two"),
        ("own_desk:Desk", "one"),
        ("own_desk:TWO", "two"),
    ],
)
def test_a_domain_is_found_by_its_file_or_module_and_what_lies_beside_it_is_found_too(
    word: str, name: str
) -> None:
    assert domain_of(word).name == name


def test_a_file_does_not_stand_in_for_a_module_of_the_same_name(place: Path) -> None:
    (place / "own_desk.py").rename(place / "json.py")
    import json

    assert domain_of("json.py").name == "one"
    assert sys.modules["json"] is json


@pytest.mark.parametrize(
    ("word", "text", "told"),
    [
        ("no.py", "", "There is no file no.py"),
        ("no.py:Desk", "", "There is no file no.py"),
        ("nowhere:Desk", "", "The module 'nowhere' of 'nowhere:Desk' cannot be imported from here: No module named"),
        (":Desk", "", "The module '' of ':Desk' cannot be imported from here"),
        ("own_desk.py:Desc", "", r"own_desk.py has no 'Desc'. Did you mean 'Desk'\?"),
        ("own_desk.py:Warehouse", "", "own_desk.py has no 'Warehouse'. Its domain is called otherwise"),
        ("new.py", "def broken(:\n", "new.py cannot be read: line 1, "),
        ("new.py", "import no_such_library\n", "new.py cannot be read: No module named 'no_such_library'"),
        ("new.py", "x = 1\n", "new.py has no domain; say which object is meant"),
        ("new.py", DESK + OTHER, "new.py has 2 domains, Desk, Other; say which object is meant, such as new.py:Desk"),
        ("new.py", OTHER, "new.py cannot be made without arguments"),
        ("new.py:x", "x = 1\n", "new.py:x is no domain: it has no `name`.*no `write"),
        ("new.py", DESK.replace("def write", "def wrote"), r"new.py is no domain: it has no `write\(out"),
        ("new.py", DESK.replace(", seed", ""), r"it has no `write` that can be called as write\(out, \*, data, seed\)"),
        ("new.py", DESK.replace("str = NAME", "int = 3"), r"it has no `name` that is a text \(3\)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_one_sentence(place: Path, word: str, text: str, told: str) -> None:
    if text:
        (place / "new.py").write_text(text, encoding="utf-8")
    with pytest.raises(MindshareError, match=told) as wrong:
        domain_of(word)
    assert "\n" not in str(wrong.value)


def test_nothing_is_missing_of_a_domain_of_the_list() -> None:
    assert what_is_missing(Digits()) == []
