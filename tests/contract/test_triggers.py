"""What every trigger source keeps to. A new module in `worker/triggers/` is tested here without editing this file."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from types import ModuleType
from typing import Any

import pytest

from capture.errors import RefusedError, TriggerError
from capture.trigger import Upload, place_of
from tests.conftest import ROOT
from worker import triggers

MODULES = [importlib.import_module(f"worker.triggers.{info.name}") for info in pkgutil.iter_modules(triggers.__path__)]
SENDERS = {"s3": ("aws", "minio", "ceph")}
"""How a source's fixtures begin; its name where it is not here."""

named = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.NAME)


def _fixtures(module: ModuleType) -> list[dict[str, Any]]:
    starts = SENDERS.get(module.NAME, (module.NAME,))
    paths = sorted((ROOT / "fixtures" / "triggers").glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.name.startswith(starts)]


@named
def test_it_has_a_name_a_parser_and_a_lock(module: ModuleType) -> None:
    assert module.__name__ == f"worker.triggers.{module.NAME}"
    assert list(inspect.signature(module.parse).parameters) == ["body"]
    assert next(iter(inspect.signature(module.authenticate).parameters)) == "secret"
    assert module.parse.__doc__
    assert module.authenticate.__doc__


@named
def test_it_has_fixtures_that_announce_something_and_some_that_do_not(module: ModuleType) -> None:
    fixtures = _fixtures(module)
    assert any(_expected(fixture) for fixture in fixtures)
    assert any(not _expected(fixture) for fixture in fixtures)


def _expected(fixture: dict[str, Any]) -> list[str]:
    one = fixture.get("expected_key")
    found: list[str] = fixture.get("expected_keys", [] if one is None else [one])
    return found


@named
def test_its_fixtures_are_understood(module: ModuleType) -> None:
    for fixture in _fixtures(module):
        uploads: list[Upload] = module.parse(json.dumps(fixture["body"]).encode())
        assert [upload.keys[0] for upload in uploads] == _expected(fixture)
        for upload in uploads:
            place_of(upload.keys[0])


@named
@pytest.mark.parametrize("body", [b"", b"\xff", b"[", b"null", b"[]", b"0", b'""'])
def test_what_is_no_notification_is_an_error_of_ours(module: ModuleType, body: bytes) -> None:
    with pytest.raises(TriggerError):
        module.parse(body)


@named
def test_nothing_and_the_wrong_secret_are_refused(module: ModuleType) -> None:
    others = len(inspect.signature(module.authenticate).parameters) - 1
    for secret in ("", "right-and-long-enough"):
        for offered in (None, "", "wrong"):
            with pytest.raises(RefusedError) as caught:
                module.authenticate(secret, *[offered] * others)
            assert caught.value.code == "secret_wrong"


@named
def test_the_docs_name_it(module: ModuleType) -> None:
    page = ROOT / "docs" / "reference" / "api.md"
    assert f"/v1/triggers/{module.NAME}" in page.read_text(encoding="utf-8")


def test_every_fixture_belongs_to_a_source() -> None:
    known = sum(len(_fixtures(module)) for module in MODULES)
    assert known == len(list((ROOT / "fixtures" / "triggers").glob("*.json")))
