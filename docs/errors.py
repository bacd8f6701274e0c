"""`docs/reference/errors.md`: every error code with the class, HTTP status and exit code that the code gives it.

The class of a code is found where the code raises it, so it cannot differ from what happens.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from capture import errors
from capture.errors import ADVICE, LASTING, CaptureError
from docs.markdown import code, page, table

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("capture", "extractors", "storage", "worker", "web")
UNFORESEEN = "internal"

Helpers = dict[str, tuple[str, int]]
"""Functions that raise an error of ours with a code that they are given: their class, and which argument it is."""


def classes() -> dict[str, type[CaptureError]]:
    """Return the direct children of the root, by name, in the order of the module."""
    found = {name: value for name, value in vars(errors).items() if isinstance(value, type)}
    return {name: value for name, value in found.items() if CaptureError in value.__bases__}


def raised() -> dict[str, list[str]]:
    """Return the classes with which each code is raised, by code."""
    trees = list(_trees())
    helpers = {name: use for tree in trees for name, use in _helpers(tree)}
    found: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                used = _code_of(node, helpers)
                if used is not None:
                    found.setdefault(used[0], set()).add(used[1])
    order = list(classes())
    return {name: sorted(used, key=order.index) for name, used in found.items()}


def mentioned() -> set[str]:
    """Return the codes that stand anywhere in the code, outside the list itself."""
    return {
        node.value
        for tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ADVICE
    }


def render() -> str:
    """Return the page."""
    by_code = raised()
    parts = [_INTRODUCTION, _overview()]
    for name, error in classes().items():
        codes = [code_ for code_ in ADVICE if name in by_code.get(code_, ())]
        if codes:
            rows = [_row(code_, error) for code_ in codes]
            parts += [f"## {name}", _about(error), table(("code", "HTTP", "what to do"), rows)]
    noted = [name for name in ADVICE if name not in by_code and name != UNFORESEEN and name in mentioned()]
    unused = [name for name in ADVICE if name not in by_code and name != UNFORESEEN and name not in mentioned()]
    parts += [
        "## Unforeseen",
        table(("code", "HTTP", "what to do"), [(code(UNFORESEEN), "500", ADVICE[UNFORESEEN])]),
    ]
    if noted:
        parts += ["## Said without being raised", _ABOUT_NOTED, _advice(noted)]
    if unused:
        parts += ["## Reserved", "Nothing gives these codes at present.", _advice(unused)]
    return page("Errors", *parts)


_INTRODUCTION = """
Every error that we raise on purpose has a code. Codes are a public contract: they are added to, never renamed.
The message is what happened, followed by what to do.

- A command prints `capture: CODE: MESSAGE` on standard error and ends with the exit code of the error's class.
  Exit code 0 is success, 1 is unforeseen, 2 is wrong usage, 130 is an interruption.
- The API answers with the HTTP status and a problem document (RFC 9457) whose `code` is the stable one.
- An upload that is `rejected` or `failed` has the code in `error_code` and the message in `error_message`. So has an
  upload that waits for its next try.
"""


_ABOUT_NOTED = "They stand on a stray object, an upload or a run, or in an answer of the API."


def _overview() -> str:
    rows = [
        (_link(name), str(error.exit_code), str(error.class_http_status), "yes" if error.retry else "no")
        for name, error in classes().items()
    ]
    lasting = ", ".join(code(name) for name in sorted(LASTING))
    return (
        table(("class", "exit code", "HTTP", "tried again by itself"), rows)
        + f"\n\nNot tried again, since they last until somebody has mended the installation: {lasting}."
    )


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _about(error: type[CaptureError]) -> str:
    first = (error.__doc__ or "").strip().split("\n\n", maxsplit=1)[0]
    return f"{first} Exit code {error.exit_code}."


def _row(name: str, error: type[CaptureError]) -> tuple[str, str, str]:
    return code(name), str(error(name, "").http_status), ADVICE[name]


def _advice(names: list[str]) -> str:
    return table(("code", "what to do"), [(code(name), ADVICE[name]) for name in names])


def _trees() -> Iterator[ast.Module]:
    listed = Path(errors.__file__).resolve()
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path != listed:
                yield ast.parse(path.read_text(encoding="utf-8"))


def _helpers(tree: ast.Module) -> Iterator[tuple[str, tuple[str, int]]]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = [argument.arg for argument in function.args.args]
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and _name(node) in classes() and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Name) and first.id in names:
                        yield function.name, (_name(node), names.index(first.id))


def _code_of(call: ast.Call, helpers: Helpers) -> tuple[str, str] | None:
    name = _name(call)
    error, place = (name, 0) if name in classes() else helpers.get(name, ("", 0))
    if not error or len(call.args) <= place:
        return None
    given = call.args[place]
    if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value in ADVICE:
        return given.value, error
    return None


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
