"""HTML and SVG that cannot be unbalanced, and in which text from data can never become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from itertools import pairwise

VOID = frozenset({"br", "input", "meta", "wbr"})
# where a name may go on in the next line: after a sign that parts it, and in a part of more than 24 letters after every 24
BREAK = re.compile(r"[._@/:,;|=-](?=[^\W\d])|[^\s._@/:,;|=-]{24}(?=[^\s._@/:,;|=-])")


class Markup(str):
    """Text that is HTML already; every other string is escaped when it becomes a child."""

    __slots__ = ()


Child = str | None | Iterable["Child"]
Attribute = str | float | bool | None


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """One element. `class_`, `aria_label` and the like lose and change their underscores; None and False are left out."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_attribute(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{written}>" if name in VOID else f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """Children in order; whatever is not markup yet is escaped."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(child)
        elif isinstance(child, str):
            parts.append(escape(_printable(child), quote=False))
        elif child is not None:
            parts.append(join(*child))
    return Markup("".join(parts))


def named(text: object) -> Markup:
    """A name from the data: isolated, so that right-to-left scripts do not turn their neighbours around."""
    return tag("bdi", foldable("–" if text is None else str(text)))


def foldable(text: str) -> Markup:
    """Text with names in it: where room is scarce it goes on in the next line between parts of a name, not inside one."""
    cuts = [0, *(found.end() for found in BREAK.finditer(text)), len(text)]
    first, *rest = (text[a:b] for a, b in pairwise(cuts))
    return join(first, *([tag("wbr"), part] for part in rest))


def short(text: object, most: int) -> str:
    """A name cut to `most` characters; whoever shows it gives the whole one nearby."""
    whole = "–" if text is None else str(text)
    return whole if len(whole) <= most else whole[: most - 1] + "…"


def _attribute(value: str | float) -> str:
    if isinstance(value, str):
        return escape(_printable(value))
    return f"{value:.1f}".removesuffix(".0")  # a tenth of a pixel is enough


def _printable(text: str) -> str:
    # a lone surrogate cannot be written as UTF-8, and HTML forbids control characters
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c >= " " or c in "\n\t" else "\ufffd" for c in whole)
