"""docs/howto/new-domain.md takes a stranger from a CSV to demo, report and service: its files are written and its commands are run."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mindshare.domains.own import own_domain
from mindshare.testing import check_domain

PAGE = (Path(__file__).parents[1] / "docs" / "howto" / "new-domain.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^ {4}(mindshare .+)$", PAGE, re.MULTILINE)
ENDS = ["--port", "0", "--pictures", "out"]  # a service that ends by itself


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the table and the domain of the page; modules found there are found no more afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "table.py").write_text(BLOCKS[0], encoding="utf-8")
    runpy.run_path("table.py")
    domain = next(block for block in BLOCKS if block.startswith("# enquiries.py\n"))
    (tmp_path / "enquiries.py").write_text(domain, encoding="utf-8")
    return tmp_path


def test_every_command_of_the_page_does_what_it_says(place: Path) -> None:
    told = {}
    for line in COMMANDS:
        words = shlex.split(line)[1:] + (ENDS if " serve " in line else [])
        done = subprocess.run(
            [sys.executable, "-m", "mindshare", *words],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        told[words[0]] = done.stdout
    assert "What is this enquiry about?" in told["demo"] and "P after:" in told["demo"]
    assert "The allocation follows the length of an enquiry" in told["demo"] and "SIMULATED" in told["demo"]
    assert "SIMULATED" in (place / "report.html").read_text(encoding="utf-8").upper()
    assert "/desk#link=" in told["serve"] and "/board#link=" in told["serve"]
    assert set(told) == {"demo", "backtest", "serve"}


def test_what_is_missing_is_said_as_on_the_page(place: Path) -> None:
    whole: Any = type(own_domain("enquiries.py"))
    half = type("Half", (), {name: x for name, x in vars(whole).items() if name not in ("write", "cases")})
    with pytest.raises(AssertionError) as missing:
        check_domain(half())
    assert str(missing.value) in PAGE and str(missing.value).count("\n") == 1


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("text,subject\na,b\n", "has no column topic; it has text, subject."),
        ("text,topic\na,b\n ,b\n", "row 3: an enquiry needs a text and a topic."),
    ],
)
def test_a_broken_table_is_one_sentence(place: Path, table: str, told: str) -> None:
    (place / "enquiries.csv").write_text(table, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mindshare", "demo", "enquiries.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and told in done.stderr and done.stderr.count("\n") == 1
