"""A module that has a `router` is part of the application: adding a place is adding a file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from fastapi import APIRouter

from web import api, pages


def routers() -> Iterator[APIRouter]:
    """Yield the routers of the API, then of the pages, by module name."""
    for package in (api, pages):
        yield from _of(package)


def _of(package: ModuleType) -> Iterator[APIRouter]:
    for module in sorted(iter_modules(package.__path__), key=lambda found: found.name):
        router = getattr(import_module(f"{package.__name__}.{module.name}"), "router", None)
        if router is not None:
            yield router
