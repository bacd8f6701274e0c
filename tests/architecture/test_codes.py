"""Codes are a public contract: what is used is declared, and what is declared is used and documented."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import get_args

import pytest

from capture import errors, review
from capture.errors import ADVICE, CaptureError
from capture.events import EventType
from capture.job import UploadState
from capture.plausibility import RULES
from capture.review import FLAGS, ReviewState
from capture.settings import Settings, variable
from storage.migrate import migrations
from tests.architecture.source import Module, called, literal, modules
from tests.conftest import ROOT

ERRORS = {name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, CaptureError)}

HANDS_ON = {
    ("worker/commands/common.py", "code"): "`parse_id` is told which thing is unknown; its calls are looked at too",
    ("worker/examine.py", "code"): "the code of an engine that failed, raised before as it is",
}
"""Errors that are raised with a code from elsewhere, and why that is all right."""

FLAG_HANDS_ON = {
    ("storage/queries/events.py", "ACCEPTED_BECAUSE"): "the explanation of an accepted event, which is no flag",
    ("worker/history.py", "HISTORY_AGREES"): "the explanation of flags that were taken back, which is no flag",
    ("worker/related.py", "RELATIVES_AGREE"): "the explanation of flags that were taken back, which is no flag",
    ("worker/history.py", "finding.code"): "a rule of plausibility, all of which are flags: see the next test",
    ("worker/prose.py", "IN_PROSE"): "an explanation in a model's words, which is no flag",
}


def _raised() -> Iterator[tuple[Module, ast.expr]]:
    """Yield the first argument of every error that is made, and the code in every call of `parse_id`."""
    for module in modules():
        for call in module.nodes(ast.Call):
            name = called(call)
            if name in ERRORS and call.args:
                yield module, call.args[0]
            elif name == "parse_id":
                yield module, call.args[1]
            elif name == "__init__" and len(call.args) == 2:
                yield module, call.args[0]


def _flags() -> Iterator[tuple[Module, ast.expr]]:
    """Yield the code of every flag that is made: `Flag(code=...)`, or a dict of literals as flags are stored."""
    for module in modules():
        for call in module.nodes(ast.Call):
            if called(call) == "Flag":
                yield from ((module, word.value) for word in call.keywords if word.arg == "code")
        for table in module.nodes(ast.Dict):
            keys = {literal(key): value for key, value in zip(table.keys, table.values, strict=True)}
            if {"code", "sentence"} <= keys.keys() and literal(keys["code"]) is not None:
                yield module, keys["code"]


def _undeclared(
    found: Iterator[tuple[Module, ast.expr]], declared: dict[str, str], allowed: dict[tuple[str, str], str]
) -> list[str]:
    seen = set()
    wrong = []
    for module, code in found:
        place = (module.name, ast.unparse(code))
        said = literal(code)
        if said is None and place in allowed:
            seen.add(place)
        elif said not in declared:
            wrong.append(f"{module.name}:{code.lineno}: {place[1]}")
    assert seen == allowed.keys(), "an exception of this test has gone: take it out"
    return wrong


def test_every_error_code_that_is_raised_has_advice() -> None:
    assert len(list(_raised())) > 80
    assert _undeclared(_raised(), ADVICE, HANDS_ON) == []


def test_every_flag_that_is_set_is_declared() -> None:
    assert len(list(_flags())) > 15
    assert _undeclared(_flags(), FLAGS, FLAG_HANDS_ON) == []


def test_every_rule_of_a_history_is_a_flag() -> None:
    assert set(RULES) <= set(FLAGS)


@cache
def _strings() -> frozenset[str]:
    """Return all string literals of the shipped code, but for those that declare codes."""
    found = set()
    for module in modules():
        if module.name not in {"capture/errors.py", "capture/review.py"}:
            found |= {str(node.value) for node in module.strings()}
    return frozenset(found)


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_every_error_code_is_used(code: str) -> None:
    assert code in _strings()


@pytest.mark.parametrize("code", sorted(FLAGS))
def test_every_flag_is_used(code: str) -> None:
    assert code in _strings()


def test_codes_are_lower_case_words() -> None:
    for code in (*ADVICE, *FLAGS):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)


def test_notes_and_the_reason_for_accepting_are_what_they_say() -> None:
    assert set(FLAGS) >= review.NOTES
    assert review.ACCEPTED_BECAUSE not in FLAGS


# --- the database says the same


def _checked_lists() -> list[frozenset[str]]:
    """Return the value lists of all `CHECK (... IN (...))` of the migrations."""
    sql = "\n".join(migration.sql for migration in migrations())
    lists = re.findall(r"CHECK\s*\(\s*\w+\s+IN\s*\(([^)]*)\)", sql, re.IGNORECASE)
    return [frozenset(re.findall(r"'([^']*)'", values)) for values in lists]


@pytest.mark.parametrize("kind", [UploadState, ReviewState, EventType], ids=["upload", "review", "event type"])
def test_the_schema_takes_exactly_our_states_and_types(kind: object) -> None:
    assert frozenset(get_args(kind)) in _checked_lists()


# --- the docs name them all

DOCUMENTED = {
    "setting": [variable(name) for name in Settings.model_fields],
    "error code": list(ADVICE),
    "flag": list(FLAGS),
    "upload state": list(get_args(UploadState)),
    "review state": list(get_args(ReviewState)),
    "event type": list(get_args(EventType)),
}


@cache
def _reference() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "reference").glob("*.md")))


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in DOCUMENTED.items() for name in names])
def test_the_reference_names_it(kind: str, name: str) -> None:
    assert f"`{name}`" in _reference() or f"## {name}\n" in _reference(), f"docs/reference lacks the {kind} {name}"
