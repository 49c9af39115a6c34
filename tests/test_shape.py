"""Files, functions and parameter lists stay short enough to be read at once."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "mindshare"
LINES_OF_A_FILE, LINES, PARAMETERS = 300, 40, 6

# functions whose many parameters are their promise: each names one kind of constraint, or one setting, that a caller may leave out
NAMES_EACH = {
    "core/allocation/allocate.py": {"allocate"},
    "core/pacing/pacer.py": {"Pacer.__init__"},
    "histories/backtest.py": {"backtest"},
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
FILES = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}


def functions(node: ast.AST, inside: str = "") -> Iterator[tuple[str, Function]]:
    """('Class.method', its node) of every function, also of those within functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield inside + child.name, child
        named = isinstance(child, Function | ast.ClassDef)
        yield from functions(child, f"{inside}{child.name}." if named else inside)


@functools.cache
def estimators() -> set[str]:
    """Classes in scikit-learn's manner: their constructor names each parameter of the model, because `clone` reads them there."""
    bases = {
        node.name: {ast.unparse(base) for base in node.bases}
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"BaseEstimator"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def parameters(function: Function) -> int:
    """All but self and cls; *args and **settings count as one each."""
    a = function.args
    every = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
    return sum(each.arg not in ("self", "cls") for each in every)


def is_kernel(function: Function) -> bool:
    """Compiled by numba: a call inside costs, and a record of arrays has to be a named tuple."""
    return any("kernel" in ast.unparse(each) for each in function.decorator_list)


def is_command(function: Function) -> bool:
    """A command of the program: its parameters are its options."""
    return any(".command(" in ast.unparse(each) for each in function.decorator_list)


def too_long(name: str) -> dict[str, str]:
    """'Class.method' -> what is too long about it, for one file."""
    found, manner = {}, {f"{each}.__init__" for each in estimators()}
    named = NAMES_EACH.get(name, set())
    for who, function in functions(TREES[name]):
        lines, count = (function.end_lineno or 0) - function.lineno + 1, parameters(function)
        if is_kernel(function):
            continue
        if lines > LINES:
            found[who] = f"{lines} lines"
        elif count > PARAMETERS and not is_command(function) and who not in manner | named:
            found[who] = f"{count} parameters"
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_file_and_its_functions_are_short(name: str) -> None:
    lines = len(FILES[name].read_text(encoding="utf-8").splitlines())
    assert lines <= LINES_OF_A_FILE, f"{name} has {lines} lines; {LINES_OF_A_FILE} are allowed"
    found = too_long(name)
    assert not found, f"{name}: {found}; allowed are {LINES} lines and {PARAMETERS} parameters"
