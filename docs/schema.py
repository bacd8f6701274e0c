"""JSON schema in words: what a field is, and tables of the fields of models."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from docs.markdown import code, table

Schema = Mapping[str, Any]

_BOUNDS = {
    "minimum": "{} or more",
    "maximum": "{} or less",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "minLength": "length {} or more",
    "maxLength": "length {} or less",
    "minItems": "{} of them or more",
    "maxItems": "{} of them or fewer",
    "pattern": "pattern `{}`",
}


def kind(schema: Schema) -> str:
    """Return what values a schema allows: `integer, 0 or more`, a link to a model, or the words of an enumeration."""
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(kind(part) for part in schema[several] if part.get("type") != "null"))
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", maxsplit=1)[-1]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    return ", ".join([_plain(schema), *bounds(schema)])


def bounds(schema: Schema) -> list[str]:
    """Return the limits of a schema in words."""
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return [words for part in schema[several] for words in bounds(part)]
    if "prefixItems" in schema:
        return []
    if "minimum" in schema and "maximum" in schema:
        return [f"{_number(schema['minimum'])} to {_number(schema['maximum'])}"]
    return [words.format(_number(schema[name])) for name, words in _BOUNDS.items() if name in schema]


def fields(schema: Schema, notes: Mapping[str, str], *, without: Iterable[str] = ()) -> str:
    """Return the table of a model's fields. `notes`: what is said of a field; `without`: fields to leave out."""
    required = set(schema.get("required", ()))
    rows = [
        (code(name), kind(field), _presence(name in required, field), notes.get(name, ""))
        for name, field in schema.get("properties", {}).items()
        if name not in set(without)
    ]
    return table(("field", "what", "given", "meaning"), rows) if rows else "No fields of its own."


def notes_of(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstrings below a model's own fields."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(model) or model))
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == model.__name__:
            for field, text in zip(node.body, node.body[1:], strict=False):
                target = field.target if isinstance(field, ast.AnnAssign) else None
                if isinstance(target, ast.Name) and isinstance(text, ast.Expr):
                    found[target.id] = str(ast.literal_eval(text.value))
    return found


def sentence(schema: Schema) -> str:
    """Return what a model's docstring says, in one paragraph."""
    return " ".join(str(schema.get("description", "")).split())


def _plain(schema: Schema) -> str:
    name = str(schema.get("type", "any value"))
    if "prefixItems" in schema:
        return f"pair of {kind(schema['prefixItems'][0])}s"
    if name == "array":
        return f"list of {kind(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of names to {kind(schema['additionalProperties'])}"
    return {"date-time": "time, ISO 8601", "uuid": "UUID"}.get(str(schema.get("format")), name)


def _presence(required: bool, schema: Schema) -> str:  # noqa: FBT001 (a fact, not an option)
    if required:
        return "always" if not _nullable(schema) else "always, may be null"
    default = schema.get("default")
    if default is None or isinstance(default, list | dict):
        return "if known"
    return f"default {code(json.dumps(default))}"


def _nullable(schema: Schema) -> bool:
    return any(part.get("type") == "null" for part in schema.get("anyOf", ()))


def _number(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}" if isinstance(value, int) else str(value)
