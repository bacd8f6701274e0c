"""The API's description of itself: complete for every endpoint, whoever wrote it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from capture.settings import Settings
from web.answers import PROBLEM
from web.app import create_app
from web.openapi import TAGS, status_of

DESCRIBED = create_app(Settings()).openapi()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in DESCRIBED["paths"].items()
    for method, operation in methods.items()
]
each = pytest.mark.parametrize("operation", [one for _, one in OPERATIONS], ids=[name for name, _ in OPERATIONS])


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        yield from part.get("content", {}).values()


@each
def test_every_body_and_answer_has_an_example(operation: dict[str, Any]) -> None:
    for body in bodies(operation):
        assert body.get("examples") or body.get("example") is not None


@each
def test_every_error_has_our_form_and_the_status_of_its_code(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if status >= "400":
            (said,) = answer["content"].items()
            assert said[0] == PROBLEM
            for code, example in said[1]["examples"].items():
                assert (example["value"]["code"], example["value"]["status"]) == (code, int(status))


@each
def test_every_endpoint_says_what_it_does_and_who_may(operation: dict[str, Any]) -> None:
    assert len(operation["description"]) > 15
    assert operation["tags"]
    assert "500" in operation["responses"]
    assert "authorization" not in {part["name"].lower() for part in operation["parameters"]}
    if operation["tags"] != ["health"]:
        assert {"401", "503"} <= operation["responses"].keys()
        assert operation["security"]


def test_names_are_unique_and_tags_in_order() -> None:
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(set(names)) == len(names) > 30
    tags = [tag["name"] for tag in DESCRIBED["tags"]]
    assert [tag for tag in tags if tag in TAGS] == [tag for tag in TAGS if tag in tags]


def test_codes_have_the_status_with_which_they_are_raised() -> None:
    docs = importlib.import_module("docs.errors")
    classes, raised = docs.classes(), docs.raised()
    for _, operation in OPERATIONS:
        for answer in operation["responses"].values():
            for code in answer.get("content", {}).get(PROBLEM, {}).get("examples", {}):
                made = {classes[name](code, "x").http_status for name in raised.get(code, ())}
                assert not made or status_of(code) in made, code
