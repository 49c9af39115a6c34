"""No file of the package imports, directly or by way of others, a file that imports it: inside functions and for types counts too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"


def modules() -> dict[str, Path]:
    """'mindshare.core.pool' -> its file; a package goes by its own name."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def named(tree: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    """Every module that is imported, wherever it stands, or named whole in a string that is handed to the import system."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute here"
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                yield inside if inside in known else str(node.module)
        elif isinstance(node, ast.Call):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value:
                    yield part.value


def imports() -> dict[str, set[str]]:
    known = modules()
    return {
        module: {to for to in named(ast.parse(path.read_text(encoding="utf-8")), known) if to in known}
        - {module}
        for module, path in known.items()
    }


def a_cycle(arrows: dict[str, set[str]]) -> list[str]:
    """One after the other, back to the first; empty where there is none."""
    done: set[str] = set()

    def follow(path: list[str]) -> list[str]:
        for to in sorted(arrows[path[-1]] - done):
            if to in path:
                return [*path[path.index(to) :], to]
            if found := follow([*path, to]):
                return found
        done.add(path[-1])
        return []

    for module in arrows:
        if found := follow([module]):
            return found
    return []


def test_no_file_imports_one_that_imports_it() -> None:
    found = a_cycle(imports())
    assert not found, " -> ".join(found)


def test_a_cycle_is_found_where_there_is_one() -> None:
    assert a_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert a_cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_the_rooms_of_machines_are_entered_in_one_direction() -> None:
    """A cycle between folders, even where no file is in one, is a cycle of the design."""

    def room(module: str) -> str:
        return ".".join(module.split(".")[:3])

    arrows: dict[str, set[str]] = {}
    for module, to in imports().items():
        if module.startswith("mindshare.machines."):
            mine = arrows.setdefault(room(module), set())
            mine |= {room(m) for m in to if m.startswith("mindshare.machines.")} - {room(module)}
    assert a_cycle(arrows) == []
