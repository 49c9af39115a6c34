"""Tables of the terminal: nothing is cut at any width, and text from files is printed as it is."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from mindshare.cli import shown
from mindshare.cli.start import run
from mindshare.cli.tables import Table, figures, fold, printable, words
from mindshare.cli.terminal import say, show
from mindshare.histories.public import list_sets
from tests.reports.sample_result import make_agents, make_result

CLI = Path(shown.__file__).parent
MAY_USE_RICH = {"terminal.py", "tables.py"}
FIGURE = re.compile(r"(?<![\w.,])[+−-]?\d[\d.,]*\d|(?<![\w.,])\d(?![\w.,])")
LONG = "ann.very.long.name@hospital.example.org"
MARKUP = ("annotator[/1]", "user [deleted]", "[/internal]", "[red]web", "[link]channel", ":smile:", "\\[x]")


def kinds() -> dict[str, Any]:
    one = {"cases": 12_000, "labels": 16, "policies": make_result()["policies"]}
    return {"a kind of post with a long name": one, "ticket": one | {"cases": 345_678}}


def result(**parts: Any) -> dict[str, Any]:
    return make_result(kinds=kinds(), **parts)


WHOLE = result()


def agents() -> dict[str, Any]:
    made = make_agents(machines=3, people=3)
    return dict(zip([LONG, "model<v2>", *list(made)[2:]], made.values(), strict=True))


TABLES: dict[str, Callable[[], Table]] = {
    "agents": lambda: shown.agents_table(agents()),
    "differences": lambda: shown.difference_table(result(), shown.shares_of(result()), [3, 4, 5]),
    "limits": lambda: shown.limits_table(result()["limits"]),
    "kinds": lambda: shown.kinds_table(result(), 4, 0.1),
}


def printed(table: Table, width: int) -> str:
    return "\n".join(line.text for line in table.lines(width))


# -- nothing is cut ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", TABLES)
def test_no_figure_is_cut_at_any_width(name: str, width: int) -> None:
    table = TABLES[name]()
    assert "…" not in printed(table, width)
    assert all(cell_len(line.text) <= width for line in table.lines(width))
    whole, narrow = (Counter(FIGURE.findall(printed(table, w))) for w in (1000, width))
    assert whole and all(narrow[figure] >= count for figure, count in whole.items())


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_table_of_policies_shows_the_shares_that_fit_each_policy_on_one_line(width: int) -> None:
    told, shares = result(), shown.shares_of(result())
    at = shown.shares_that_fit(told, shares, width)
    table = shown.accuracy_table(told, shares, at)
    rows = printed(table, width).splitlines()[-len(told["policies"]) :]
    assert table.fits(width) and [row.split()[0] for row in rows] == list(told["policies"])
    assert len(at) == len(shares) or not shown.accuracy_table(
        told, shares, shown.telling(shares, len(at) + 1)
    ).fits(width)


def test_names_are_folded_at_their_parts_and_columns_that_do_not_fit_stand_below() -> None:
    told = printed(shown.agents_table(agents()), 60)
    assert "ann.very.\n" not in told and re.search(r"^name@hospital\. ", told, re.MULTILINE)
    assert [line.split()[0] for line in told.splitlines() if line.startswith("agent")] == ["agent", "agent"]
    assert re.search(r"^agent +better at +worse at$", told, re.MULTILINE)


def test_an_interval_goes_below_its_figure_before_columns_part() -> None:
    table = Table([words("policy"), *figures("at 0.1", "at 0.2")])
    table.add("posthoc", "+1.00 [−0.50, +2.50]", "+1.50 [−0.25, +2.75]")
    assert printed(table, 40).splitlines() == [
        "policy           at 0.1          at 0.2",
        "posthoc           +1.00           +1.50",
        "         [−0.50, +2.50]  [−0.25, +2.75]",
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.text(), *[st.floats(-1e6, 1e6).map("{:+,.2f} [−1, +1]".format)] * 3),
        min_size=1,
        max_size=6,
    ),
    st.integers(40, 120),
)
def test_each_figure_of_any_table_is_whole_and_no_line_is_too_long(
    rows: list[tuple[str, ...]], width: int
) -> None:
    table = Table(
        [words("a long name of rows"), *figures("at 0.1", "half the people.minutes"), words("in words")]
    )
    for row in rows:
        table.add(*row)
    lines = [line.text for line in table.lines(width)]
    assert all(cell_len(line) <= width for line in lines)
    told = Counter(word for line in lines for word in line.split())
    assert not Counter(row[k].split()[0] for row in rows for k in (1, 2)) - told


def test_the_list_of_sets_is_printed_whole_at_60_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert run(["data", "list"]) == 0
    told = capsys.readouterr().out
    assert "…" not in told and all(len(line) <= 60 for line in told.splitlines()[:-1])
    assert all(re.search(rf"^{public.name} ", told, re.MULTILINE) for public in list_sets())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.integers(1, 60))
def test_folding_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = fold(printable(text), width)
    assert "".join(lines).replace(" ", "") == printable(text).replace(" ", "")
    assert all(cell_len(line) <= max(width, 2) for line in lines)


# -- text from files is never markup -------------------------------------------------------------------------------
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1))
@example("annotator[/1]")
@example("user [deleted]")
@example("[red]web[/red]")
@example(":smile: \x1b[31mred\x07 \u202e\ud800")
def test_any_text_is_printed_as_it_is(text: str) -> None:
    shown_as = printable(text)
    one = next(iter(make_agents(machines=1, people=0).values()))
    kind = one["strong"][0] | {"where": text}
    limit = {"resource": text, "limit": 1.0, "spent": 1.0, "price": 1.0, "words": text}
    for table in (
        shown.agents_table({text: one | {"strong": [kind], "weak": [kind]}}),
        shown.limits_table({"table": [limit]}),
        shown.kinds_table(WHOLE | {"kinds": {text: WHOLE["kinds"]["ticket"]}}, 4, 0.1),
    ):
        assert shown_as.rstrip(" ") in printed(table, 10_000)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", shown_as)
    assert shown_as.encode("utf-8")


@pytest.mark.parametrize("text", MARKUP)
def test_what_looks_like_markup_reaches_the_screen(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = Table([words(text), *figures(text)], title=text)
    table.add(text, text)
    show(table)
    assert capsys.readouterr().out.count(text) == 5
    say(f"Not told by this history: {text}")
    assert text in capsys.readouterr().out


def test_names_with_brackets_go_through_a_whole_backtest(capsys: pytest.CaptureFixture[str]) -> None:
    told = result(not_learnable=list(MARKUP))
    told["history"]["name"] = MARKUP[0]
    told["limits"] |= {"asked": dict.fromkeys(MARKUP, 3)}
    shown.show_backtest(told)
    printed = capsys.readouterr().out
    assert all(printed.count(text) >= 2 for text in MARKUP)


@pytest.mark.parametrize("file", sorted(CLI.glob("*.py")), ids=lambda path: path.name)
def test_only_one_place_prints_so_that_no_text_is_read_as_markup(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    read = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    read |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert file.name in MAY_USE_RICH or not [name for name in read if name.split(".")[0] == "rich"]
    called = {
        n.func.attr for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    }
    assert file.name in MAY_USE_RICH or not called & {"print", "add_row", "add_column"}
