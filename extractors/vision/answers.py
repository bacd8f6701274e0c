"""The answers that the model may give, as pydantic models made from the payloads of events.

Each answer is an object of named values; a value is null, or an object of what is printed and what it means, of the
type that the payload has. All properties are required and no others allowed, as structured output wants it. Bounds
and patterns stay with the payload: not every server knows them, and what is said is checked afterwards.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, create_model

from capture.events import modules as event_modules
from capture.stated import modules as stated_modules

STRICT = ConfigDict(extra="forbid")

OTHER_KINDS = ("other_receipt", "nothing")
"""What a photo may be besides the events that a model may fill."""

MOST_ITEMS = 50
"""Things of one list that are kept."""

Value = dict[str, Any]


def kind_answer() -> type[BaseModel]:
    """Return the model of the answer to the first question: what the photo is."""
    kinds: Any = Literal[(*sorted(stated_modules()), *OTHER_KINDS)]
    return create_model("Kind", __config__=STRICT, kind=(kinds, ...))


@cache
def answer_for(event_type: str) -> type[BaseModel]:
    """Return the model of the answer about an event of that type."""
    module = stated_modules()[event_type]
    payload = event_modules()[event_type].Payload
    values: Value = {name: (_value(name, at(payload, path)) | None, ...) for name, path in module.FIELDS.items()}
    if hasattr(module, "ITEMS"):
        name, path = module.ITEMS
        values[name] = (list[_item(at(payload, path))], ...)  # type: ignore[misc]
    return create_model(f"{event_type.title().replace('_', '')}Answer", __config__=STRICT, **values)


def named_values(answer: Mapping[str, Any]) -> Iterator[tuple[str, str, str, tuple[str | int, ...]]]:
    """Yield name, printed text, value and the place in the answer of every value that is there.

    Where nothing is said to be printed, the value stands for it.
    """
    for name, said in answer.items():
        if isinstance(said, list):
            for number, item in enumerate(said[:MOST_ITEMS]):
                for part, value in item.items():
                    if value is not None:
                        yield f"{name}.{number}.{part}", str(value), str(value), (name, number, part)
        elif said is not None:
            printed, value = said["printed"].strip(), str(said["value"])
            yield name, printed or value, value, (name, "printed" if printed else "value")


def at(model: type[BaseModel], path: str) -> Any:
    """Return the annotation of a payload's field, such as `receipt_data.pump_number`, without None and bounds."""
    head, _, rest = path.partition(".")
    annotation = _plain(model.model_fields[head].annotation)
    return at(annotation, rest) if rest else annotation


def _value(name: str, kind: Any) -> type[BaseModel]:
    """Return the model of one value; those of simple types are shared, which keeps the schema short."""
    scalar = str if get_origin(kind) is list else kind
    return _named(_SIMPLE.get(scalar) or name.title().replace("_", ""), scalar)


@cache
def _named(title: str, scalar: Any) -> type[BaseModel]:
    return create_model(title, __config__=STRICT, printed=(str, ...), value=(scalar, ...))


def _item(kind: Any) -> type[BaseModel]:
    (model,) = get_args(kind)
    values: Value = {name: (_plain(field.annotation) | None, ...) for name, field in model.model_fields.items()}
    return create_model(model.__name__, __config__=STRICT, **values)


_SIMPLE = {str: "Text", int: "WholeNumber", float: "Number"}
"""Types of values that many fields share."""


def _plain(annotation: Any) -> Any:
    """Return a type without None, bounds and the wider of two numbers' types."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        members = [_plain(member) for member in get_args(annotation) if member is not type(None)]
        return next((simple for simple in (str, float, int) if simple in members), members[0])
    return annotation
