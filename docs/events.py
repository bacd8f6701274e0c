"""`docs/reference/events.md`: every event type with its payload's fields."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from capture.events import base, modules
from capture.events.base import EventPayload
from docs.markdown import page
from docs.schema import fields, notes_of, sentence

_COMMON = frozenset(EventPayload.model_json_schema()["properties"])


def render() -> str:
    """Return the page."""
    parts = [_INTRODUCTION, "\n".join(f"- [{name}](#{name})" for name in modules())]
    for name, module in modules().items():
        parts += _event(name, module)
    parts += ["## In every payload", sentence(EventPayload.model_json_schema())]
    parts += _model(EventPayload, skip=frozenset())
    return page("Event types", *parts)


_INTRODUCTION = """
An event is one row of `manual_events`. What it says is in `payload`, one model for each event type. A field that is not
known is left out; it is never null, zero or a guess. Unknown fields are refused.
"""


_MAKERS = {"from_reading": "photos", "from_file": "files"}


def _event(name: str, module: ModuleType) -> list[str]:
    told = (module.__doc__ or "").strip().split("\n\n", maxsplit=1)[0]
    sources = [words for maker, words in _MAKERS.items() if hasattr(module, maker)]
    how = f"Read from {' and '.join(sources)}, and entered by hand." if sources else "Entered by hand alone."
    schema = module.Payload.model_json_schema()
    return [f"## {name}", f"{told} {how}", sentence(schema), *_model(module.Payload, skip=_COMMON)]


def _model(model: type[BaseModel], skip: frozenset[str]) -> list[str]:
    """Return the table of a model, and below it the tables of the models in it."""
    schema = model.model_json_schema()
    parts = [fields(schema, notes_of(model), without=skip)]
    common: dict[str, Any] = {} if not skip else EventPayload.model_json_schema().get("$defs", {})
    for name, inner in schema.get("$defs", {}).items():
        if name not in common:
            parts += [f"### {name}", sentence(inner), fields(inner, _inner_notes(model, name))]
    return parts


def _inner_notes(model: type[BaseModel], name: str) -> dict[str, str]:
    for module in (inspect.getmodule(model), base):
        found = getattr(module, name, None)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return notes_of(found)
    return {}
