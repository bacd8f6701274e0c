"""The shipped source as the architecture tests see it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from tests.conftest import ROOT

Node = TypeVar("Node", bound=ast.AST)

PACKAGES = ("capture", "extractors", "storage", "worker", "web")


@dataclass(frozen=True)
class Module:
    """One Python file. `name` is its path below the repository, with `/`."""

    name: str
    text: str
    tree: ast.Module

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        """Yield all nodes of a kind."""
        for node in ast.walk(self.tree):
            if isinstance(node, kind):
                yield node

    def strings(self) -> Iterator[ast.Constant]:
        """Yield all string literals but docstrings, parts of f-strings included."""
        bodies: list[ast.FunctionDef | ast.ClassDef | ast.Module] = [self.tree]
        bodies += [*self.nodes(ast.FunctionDef), *self.nodes(ast.ClassDef)]
        docs = {id(part.value) for body in bodies for part in body.body if isinstance(part, ast.Expr)}
        for node in self.nodes(ast.Constant):
            if isinstance(node.value, str) and id(node) not in docs:
                yield node


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the shipped packages."""
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(found) > 50
    return tuple(_module(path) for path in found)


def _module(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def called(call: ast.Call) -> str:
    """Return the last name of what is called: `Flag` for `base.Flag(...)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def literal(node: ast.expr | None) -> str | None:
    """Return the string that an expression is, if it is one."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
