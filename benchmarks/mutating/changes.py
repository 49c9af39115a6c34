"""Small changes in kernels, one at a time: what can be changed in a file, and the file with one change made."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = Path("src/mindshare")
TURNED: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
SWAPPED = {"min": "max", "max": "min", "argmin": "argmax", "argmax": "argmin"}


@dataclass(frozen=True)
class Mutant:
    """One change: in this file, at the n-th place where one can be made."""

    file: str  # under src/mindshare
    kernel: str
    number: int
    line: int
    what: str


def kernel_files(only: str) -> list[str]:
    """Files with a kernel, as paths under src/mindshare."""
    files = sorted((ROOT / PACKAGE / only).rglob("*.py"))
    return [
        f.relative_to(ROOT / PACKAGE).as_posix() for f in files if "@kernel" in f.read_text(encoding="utf-8")
    ]


def mutants_of(file: str) -> list[Mutant]:
    """All changes that can be made in the kernels of a file."""
    tree = ast.parse((ROOT / PACKAGE / file).read_text(encoding="utf-8"))
    return [
        Mutant(file, kernel, n, getattr(node, "lineno", 0), what)
        for n, (kernel, node, what) in enumerate(places(tree))
    ]


def places(tree: ast.Module) -> Iterator[tuple[str, ast.AST, str]]:
    """(kernel, node, change) of everything in kernels that can be changed, always in the same order."""
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        if not any(ast.unparse(d).startswith("kernel") for d in function.decorator_list):
            continue
        for statement in function.body:
            for node in ast.walk(statement):
                yield from ((function.name, node, what) for what in changes(node))


def changes(node: ast.AST) -> list[str]:
    """What can be done to a node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED:
        return ["compare"]
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in TURNED:
        return ["sign"] if isinstance(node, ast.BinOp) else ["sign", "left out"]
    if isinstance(node, ast.BoolOp):
        return ["and, or"]
    if isinstance(node, ast.Call) and name_of(node) in SWAPPED:
        return ["least, most"]
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return ["number"]
    if isinstance(node, ast.Break | ast.Continue):
        return ["left out"]
    return []


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def changed(mutant: Mutant) -> str:
    """The file's text with the change made."""
    tree = ast.parse((ROOT / PACKAGE / mutant.file).read_text(encoding="utf-8"))
    _, node, what = list(places(tree))[mutant.number]
    if what == "left out":
        return ast.unparse(ast.fix_missing_locations(Without(node).visit(tree)))
    change(node)
    return ast.unparse(ast.fix_missing_locations(tree))


def change(node: ast.AST) -> None:
    """Turn an operator or a number in place."""
    if isinstance(node, ast.Compare):
        node.ops[0] = TURNED[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        node.op = TURNED[type(node.op)]()
    elif isinstance(node, ast.Call):
        name = SWAPPED[name_of(node)]
        node.func = (
            ast.Attribute(node.func.value, name, ast.Load())
            if isinstance(node.func, ast.Attribute)
            else ast.Name(name, ast.Load())
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        node.value = node.value + 1 if isinstance(node.value, int) else node.value * 1.5 + 0.1


class Without(ast.NodeTransformer):
    """The tree with one statement replaced by `pass`."""

    def __init__(self, left_out: ast.AST) -> None:
        self.left_out = left_out

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.Pass() if node is self.left_out else self.generic_visit(node)
