"""House rules that a reader would otherwise have to remember. Each exception stands here with its reason."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from storage.migrate import migrations
from tests.architecture.source import Module, modules
from tests.conftest import ROOT

# --- length

LONGEST = 300

LONGER: dict[str, str] = {}
"""Modules that may have more lines, and why."""


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_modules_stay_short(module: Module) -> None:
    name, lines = module.name, len(module.text.splitlines())
    if name in LONGER:
        assert lines > LONGEST, f"{name} has become short: take it off the list"
        assert lines <= LONGEST + 50
    else:
        assert lines <= LONGEST, f"{name} has {lines} lines: split it, or put it on the list with a reason"


# --- SQL

SQL = re.compile(
    r"\s*(select|insert\s+into|update\s+\S+\s+set|delete\s+from|with\s+\w+\s+as|merge\s+into|alter|drop|grant|revoke"
    r"|create\s+(table|schema|role|database|index|extension|view|or)|set\s+(local|role|session)|lock\s+table|truncate)\s",
    re.IGNORECASE,
)

SQL_IN_PYTHON = {
    "storage/db.py": (1, "the context of every transaction, which comes before any query"),
    "storage/migrate.py": (8, "the book-keeping that applies the .sql files; it must run before they are there"),
    "worker/servers.py": (1, "`select 1`: does the embedded server answer"),
}
"""How many statements a module may hold, and why."""


def _is_sql(text: str) -> bool:
    """Tell SQL from advice to people: "select ..." or "SELECT ...", but not "Grant the role ..."."""
    found = SQL.match(text)
    return found is not None and (found[1].islower() or found[1].isupper())


def test_sql_lies_in_sql_files_alone() -> None:
    found: dict[str, int] = {}
    for module in modules():
        statements = [node for node in module.strings() if _is_sql(str(node.value))]
        if statements:
            found[module.name] = len(statements)
    assert found == {name: count for name, (count, _) in SQL_IN_PYTHON.items()}


QUERIES = sorted((ROOT / "storage" / "queries").glob("*.sql"))


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.name)
def test_every_query_says_why_and_is_used(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"^-- name: (\w+)$", text, re.MULTILINE)
    assert names
    assert len(set(names)) == len(names)
    assert re.findall(r"^-- name: (\w+)\n-- \S.*$", text, re.MULTILINE) == names, "a query lacks its line that says why"
    source = path.with_suffix(".py").read_text(encoding="utf-8")
    assert set(re.findall(r'SQL\["(\w+)"\]', source)) == set(names)


# --- errors

CATCHES_ALL = {
    "worker/cli.py": "the edge: an operator gets a line and an exit code",
    "extractors/child.py": "the edge of the reading process: no photo may end it",
    "extractors/reader.py": "whatever interrupts a reading, its answer must not stay in the pipe",
    "worker/actors.py": "the edge of the worker: its log and queue must not hold an error's own text",
    "worker/sweep.py": "a listener: it must outlive everything",
    "web/api/triggers.py": "a listener: one record must not hold up the others",
    "extractors/odometer.py": "native code, whose errors are of no one class",
    "extractors/rapid_ocr.py": "native code, whose errors are of no one class",
}
"""Where everything may be caught, and why. HTTP handlers have FastAPI's own edge."""


def test_only_edges_catch_everything() -> None:
    found = set()
    for module in modules():
        for handler in module.nodes(ast.ExceptHandler):
            names = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
            if any(name is None or ast.unparse(name) in {"Exception", "BaseException"} for name in names):
                found.add(module.name)
        for call in module.nodes(ast.Call):
            if ast.unparse(call.func).endswith("suppress"):
                assert not {"Exception", "BaseException"} & {ast.unparse(word) for word in call.args}, module.name
    assert found == CATCHES_ALL.keys()


# --- released migrations

CHECKSUMS = Path(__file__).with_name("migrations.sha256")


def test_released_migrations_are_unchanged() -> None:
    # A new migration needs its line, in the form of `sha256sum`: in storage/migrations,
    #     sha256sum 0005_what_it_does.sql >> ../../tests/architecture/migrations.sha256
    # A line that is there is never changed: installations refuse a file that differs from what they applied.
    lines = [line.split() for line in CHECKSUMS.read_text(encoding="utf-8").splitlines()]
    released = {name: checksum for checksum, name in lines}
    present = {migration.name: migration.checksum for migration in migrations()}
    assert released.keys() - present.keys() == set(), "a released migration is gone"
    assert present.keys() - released.keys() == set(), "a new migration has no line yet; the comment here says how"
    changed = [name for name, checksum in released.items() if present[name] != checksum]
    assert changed == [], "put the change into a new migration"


def test_migrations_are_numbered_without_a_gap() -> None:
    names = [migration.name for migration in migrations()]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.sql", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


# --- what must not get into the repository

FORBIDDEN = [
    # in pieces, so that this file is clean itself
    "pypi" + ".org", "files.python" + "hosted", "npm" + "js.", "proxy." + "golang", "crates" + ".io",
    "arti" + "factory", "index" + "-url", "extra-" + "index", "find" + "-links", "trusted" + "-host",
    "/wo" + "rk/", "/ro" + "ot/", "/op" + "t/pypi", "/op" + "t/wheels", ".py" + "env/", "/ho" + "me/user",
    "site-" + "packages/",
]  # fmt: skip
"""Hosts of registries, how pip is pointed at one, and paths of the machines on which this was built."""


def _tracked() -> list[Path]:
    """Return what is tracked, or would be by `git add .`; without git, all but what tools make."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        paths = [ROOT / name for name in answer.split("\0") if name]
    else:
        made = {".venv", "__pycache__", "build", ".mypy_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache"}
        paths = [path for path in ROOT.rglob("*") if not made & set(path.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]


def test_no_registry_and_no_path_of_a_build_machine_is_named() -> None:
    words = [word.encode() for word in FORBIDDEN]
    if len(ROOT.parts) > 2:
        words.append(str(ROOT).encode())
    tracked = _tracked()
    assert ROOT / "pyproject.toml" in tracked
    found = []
    for path in tracked:
        data = path.read_bytes()
        found += [f"{path.relative_to(ROOT)}: {word.decode()}" for word in words if word in data]
    assert found == []


def test_the_words_are_found_where_they_are() -> None:
    assert all(word.encode() in f"x{word}y".encode() for word in FORBIDDEN)
    assert not any(word.encode() in Path(__file__).read_bytes() for word in FORBIDDEN)


def test_no_large_file_is_tracked() -> None:
    large = [path.relative_to(ROOT).as_posix() for path in _tracked() if path.stat().st_size > 5 * 1024 * 1024]
    assert [name for name in large if not name.startswith("extractors/models/")] == []


def test_hashes_are_those_of_sha256sum(tmp_path: Path) -> None:
    for migration in migrations():
        path = ROOT / "storage" / "migrations" / migration.name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == migration.checksum
