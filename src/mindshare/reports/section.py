"""The parts every section is built from: a section, a table, a list that folds what is long."""

from __future__ import annotations

from collections.abc import Sequence

from mindshare.core.errors import counted
from mindshare.reports.markup import Child, Markup, join, tag

FIRST = 12  # of a long list; the rest is folded


def section(anchor: str, title: str, *children: Child) -> Markup:
    """A part of the page that can be linked to."""
    return tag("section", tag("h2", title, id=f"{anchor}-title"), *children, id=anchor,
               aria_labelledby=f"{anchor}-title")  # fmt: skip


def table(caption: Child, head: Sequence[Child], rows: Sequence[Sequence[Child]], class_: str = "") -> Markup:
    """A table with a caption; the first cell of a row names it. Wide ones scroll by themselves, not the page."""
    header = tag("tr", (tag("th", word, scope="col") for word in head))
    body = (tag("tr", tag("th", row[0], scope="row"), (tag("td", cell) for cell in row[1:])) for row in rows)
    whole = tag(
        "table",
        tag("caption", tag("span", caption)),
        tag("thead", header),
        tag("tbody", body),
        class_=class_ or None,
    )
    return tag(
        "div", whole, class_="scroll", tabindex="0", role="group", aria_label="table, scrolls sideways"
    )


def stacked(caption: Child, head: Sequence[str], rows: Sequence[Sequence[Child]], class_: str = "") -> Markup:
    """A table that becomes a stack of cards on a phone; roles keep it a table for a screen reader."""
    header = tag("tr", (tag("th", word, scope="col", role="columnheader") for word in head), role="row")
    body = (
        tag(
            "tr",
            tag("th", row[0], scope="row", role="rowheader"),
            (
                tag("td", cell, role="cell", data_head=word)
                for word, cell in zip(head[1:], row[1:], strict=True)
            ),
            role="row",
        )
        for row in rows
    )
    whole = tag(
        "table",
        tag("caption", tag("span", caption)),
        tag("thead", header, role="rowgroup"),
        tag("tbody", body, role="rowgroup"),
        role="table",
        class_=f"stacked {class_}".strip(),
    )
    return tag("div", whole, class_="scroll")


def folded(words: str, *children: Child) -> Markup:
    """Shown on demand; needs no script."""
    return tag("details", tag("summary", words), *children)


def note(*children: Child) -> Markup:
    """A remark in small letters."""
    return tag("p", *children, class_="note")


def facts(pairs: Sequence[tuple[Child, Child]]) -> Markup:
    """Short facts, a name and a figure each."""
    return tag("dl", (tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs), class_="facts")


def listed(items: Sequence[Child], what: str) -> Markup:
    """The first few, and the rest folded; `what` one of them is."""
    head = tag("ul", (tag("li", item) for item in items[:FIRST]))
    if len(items) <= FIRST:
        return head
    rest = tag("ul", (tag("li", item) for item in items[FIRST:]))
    return join(head, folded(counted(len(items) - FIRST, f"more {what}"), rest))
