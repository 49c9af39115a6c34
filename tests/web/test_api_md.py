"""docs/api.md has every route with its role and its body: `python -m tests.web.test_api_md` writes the tables anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.web.described import bodies, tree, worded

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
END = "<!-- end -->"


def rows(tree: dict[str, Any]) -> str:
    """The table of an OpenAPI."""
    lines = ["| route | role | what |", "|---|---|---|"]
    for path, operations in sorted(tree["paths"].items()):
        for method, told in operations.items():
            role = told["x-role"] + (", blind" if told.get("x-blind") else "")
            what = " ".join(told["description"].split()).replace("|", "\\|")
            lines.append(f"| `{method.upper()} {path}` | {role} | {what} |")
    return "\n".join(lines) + "\n"


def rows_of_bodies(tree: dict[str, Any]) -> str:
    """What each body must have and may have."""
    lines = ["| route | must have | may have |", "|---|---|---|"]
    for method, path, schema in bodies(tree):
        told = {name: f"`{name}`: {worded(one, tree)}" for name, one in schema["properties"].items()}
        needed = [name for name in told if name in schema.get("required", ())]
        must = "; ".join(told[name] for name in needed)
        may = "; ".join(told[name] for name in told if name not in needed)
        lines.append(f"| `{method} {path}` | {must} | {may} |")
    return "\n".join(lines) + "\n"


TABLES = {"<!-- routes -->\n": rows, "<!-- bodies -->\n": rows_of_bodies}


@pytest.mark.parametrize("start", TABLES)
def test_the_page_has_every_route_with_its_role_and_its_body(start: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    there = page.partition(start)[2].partition(END)[0]
    assert there == TABLES[start](tree()), "run python -m tests.web.test_api_md"


def written() -> str:
    """The page with both tables anew."""
    page = PAGE.read_text(encoding="utf-8")
    for start, table in TABLES.items():
        before, _, rest = page.partition(start)
        page = before + start + table(tree()) + END + rest.partition(END)[2]
    return page


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
