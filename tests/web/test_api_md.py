"""docs/api.md has every route with its role: `python -m tests.web.test_api_md` writes the table anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from mindshare.web.app import routed
from mindshare.web.openapi import described

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
START, END = "<!-- routes -->\n", "<!-- end -->"


def rows(tree: dict[str, Any]) -> str:
    """The table of an OpenAPI."""
    lines = ["| route | role | what |", "|---|---|---|"]
    for path, operations in sorted(tree["paths"].items()):
        for method, told in operations.items():
            role = told["x-role"] + (", blind" if told.get("x-blind") else "")
            what = " ".join(told["description"].split()).replace("|", "\\|")
            lines.append(f"| `{method.upper()} {path}` | {role} | {what} |")
    return "\n".join(lines) + "\n"


def tree() -> dict[str, Any]:
    return described(routed(FastAPI(title="Mindshare", version="1")))


def test_the_page_has_every_route_with_its_role() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.partition(START)[2].partition(END)[0] == rows(tree()), "run python -m tests.web.test_api_md"


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    PAGE.write_text(before + START + rows(tree()) + END + rest.partition(END)[2], encoding="utf-8")
