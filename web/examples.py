"""An example of every body, made from its schema, so that none says what the code does not."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

BY_NAME: dict[str, Any] = {
    "label": "Van 1",
    "vehicle": "Van 1",
    "make": "Ford",
    "model": "Transit",
    "content_type": "image/jpeg",
    "size_bytes": 2_431_907,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "source": "photo",
    "occurred_at_source": "exif",
    "code": "confidence_low",
    "sentence": "Readings of this kind are wrong too often to be accepted without a look.",
    "explanation": "The odometer shows 123,456 mi. 61 of 100 such readings were right.",
    "confidence": 61,
    "probability": 0.61,
    "flagged": True,
    "review_state": "flagged",
    "reviewed_at": None,
    "state_before": "accepted",
    "state_after": "flagged",
    "raised": ["reading_out_of_order"],
    "cleared": [],
    "reading_before": None,
    "reading_after": None,
    "level": "flag",
    "odometer_unit": "mi",
    "fuel_type": "diesel",
    "tank_litres": 80.0,
    "litres_per_100_km": 9.5,
    "latitude": 37.7749,
    "longitude": -122.4194,
    "accuracy_meters": 5.0,
    "user_agent": "Mozilla/5.0 (Linux; Android 15)",
    "platform": "Android",
    "app_version": "1.2.3",
    "url": "https://bucket.example.com/tenants/…/photo.jpg?X-Amz-Signature=…",
    "photo_url": "https://bucket.example.com/tenants/…/photo.jpg?X-Amz-Signature=…",
    "expires_in_s": 300,
    "headers": {"Content-Type": "image/jpeg", "Content-Length": "2431907"},
    "engine": "odometer",
    "digits": "123456",
    "version": "1.0.0",
    "error_code": None,
    "error_message": None,
    "overwritten_at": None,
    "voided_at": None,
}
"""Values of fields that occur in several models, where their type alone says little."""

BY_FORMAT = {
    "uuid": "01997b1e-5c1a-7d7a-9a51-2f4a3c1f0e77",
    "date-time": "2026-11-20T09:30:00Z",
    "date": "2026-11-20",
    "uri": "https://example.com/",
    "email": "driver@example.com",
}

DEEPEST = 8


def filled_in(described: Schema) -> Schema:
    """Return an OpenAPI document in which every JSON body and answer has an example."""
    schemas = described["components"]["schemas"]
    for methods in described["paths"].values():
        for operation in methods.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                content = part.get("content", {}).get("application/json")
                if content is not None and not {"example", "examples"} & content.keys():
                    content["example"] = example(content.get("schema", {}), schemas)
    return described


def example(schema: Schema, schemas: Schema, name: str = "", depth: int = 0) -> Any:
    """Return a value of a schema. `name`: of the field that has it; `schemas`: what references lead to."""
    if "$ref" in schema:
        found = schemas[schema["$ref"].rsplit("/", maxsplit=1)[-1]]
        return example(found, schemas, name, depth + 1) if depth < DEEPEST else None
    choices = schema.get("anyOf") or schema.get("oneOf") or []
    if schema.get("examples"):
        value = schema["examples"][0]
    elif _fits(name, [one.get("type") for one in choices or [schema]]):
        value = BY_NAME[name]
    elif choices:
        value = example(choices[0], schemas, name, depth)
    elif "enum" in schema or "const" in schema:
        value = schema.get("const", schema.get("enum", [None])[0])
    else:
        value = _PLAIN.get(schema.get("type", ""), _nothing)(schema, schemas, name, depth)
    return value


def _fits(name: str, kinds: list[Any]) -> bool:
    """Tell whether the value that goes with a name is of one of the kinds."""
    if name not in BY_NAME:
        return False
    value = BY_NAME[name]
    if value is None:
        return "null" in kinds
    words = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}
    return words[type(value)] in kinds


def _object(schema: Schema, schemas: Schema, name: str, depth: int) -> Any:  # noqa: ARG001 (one form for all)
    named = {key: example(part, schemas, key, depth) for key, part in schema.get("properties", {}).items()}
    rest = schema.get("additionalProperties")
    return {"reading": example(rest, schemas, "", depth)} if isinstance(rest, dict) and not named else named


def _array(schema: Schema, schemas: Schema, name: str, depth: int) -> Any:
    parts = schema.get("prefixItems") or [schema.get("items", {})]
    return [example(part, schemas, name, depth) for part in parts]


def _string(schema: Schema, _: Schema, name: str, __: int) -> Any:
    return BY_FORMAT.get(schema.get("format", ""), schema.get("default", name.replace("_", " ") or "text"))


def _number(schema: Schema, _: Schema, __: str, ___: int) -> Any:
    if schema["type"] == "integer":
        return max(1, schema.get("minimum", 1))
    return max(0.5, schema.get("minimum", 0.5))


def _boolean(schema: Schema, _: Schema, __: str, ___: int) -> Any:
    return schema.get("default", False)


def _nothing(_: Schema, __: Schema, ___: str, ____: int) -> Any:
    return None


_PLAIN = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": _boolean,
}
