"""Parts of the vision model's engine that need no server: pauses, prices, and scores of values by their tokens."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.events import modules as event_modules
from capture.stated import modules
from extractors import VisionOptions
from extractors.vision.answers import answer_for, at, kind_answer, named_values
from extractors.vision.call import cost_micros, retry_after_s
from extractors.vision.scores import places, scores

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 400}, None),
    ],
)
def test_the_pause_that_a_server_asks_for(headers: dict[str, str], pause_s: float | None) -> None:
    assert retry_after_s(headers, NOW) == pause_s


def test_the_price_is_by_the_million_tokens() -> None:
    options = VisionOptions(input_price=0.75, output_price=4.5)
    assert cost_micros(options, 1_000_000, 0) == 750_000
    assert cost_micros(options, 2_000, 100) == 1_950
    assert cost_micros(VisionOptions(output_price=4.5), 2_000, 100) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def _scalars(value: Any, place: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    if isinstance(value, dict):
        return {k: v for name, inner in value.items() for k, v in _scalars(inner, (*place, name)).items()}
    if isinstance(value, list):
        return {k: v for number, inner in enumerate(value) for k, v in _scalars(inner, (*place, number)).items()}
    return {place: value}


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_every_scalar_is_found_where_it_stands(value: Any, indent: int | None, ascii_alone: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_alone)
    if not ascii_alone and any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        return
    found = places(text)
    expected = _scalars(value)
    assert found.keys() == expected.keys()
    for place, (start, end) in found.items():
        raw = text.encode()[start:end].decode()
        scalar = expected[place]
        assert json.loads(f'"{raw}"' if isinstance(scalar, str) else raw) == scalar


def test_a_score_is_the_product_over_the_value_s_tokens() -> None:
    answer = '{"total": {"printed": "1€5", "value": 15}}'
    pieces = [b'{"total": {"pri', b'nted": "1', b"\xe2\x82", b"\xac", b'5", "value": ', b"15", b"}}"]
    tokens = [(piece, math.log(0.5)) for piece in pieces]
    found = scores(answer, tokens)
    assert found["total", "printed"] == pytest.approx(0.5**4)
    assert found["total", "value"] == pytest.approx(0.5)


def test_tokens_of_another_text_give_no_scores() -> None:
    assert scores('{"a": 1}', [(b'{"a": 2}', -0.1)]) == {}
    assert scores('{"a": 1}', []) == {}


def test_a_probability_that_is_none_is_no_score() -> None:
    tokens = [(b'{"a":', 0.0), (b"1", math.nan), (b',"b":', 0.0), (b"2", 1e9), (b"}", 0.0)]
    assert scores('{"a":1,"b":2}', tokens) == {("b",): 1.0}


def test_a_token_that_could_not_be_is_a_score_of_nothing() -> None:
    assert scores('{"a":1}', [(b'{"a":', 0.0), (b"1", -9999.0), (b"}", 0.0)]) == {("a",): 0.0}


@pytest.mark.parametrize("kind", sorted(modules()))
def test_the_form_has_the_payload_s_own_types(kind: str) -> None:
    form, module = answer_for(kind), modules()[kind]
    schema = form.model_json_schema()
    payload = event_modules()[kind].Payload
    assert list(schema["properties"])[: len(module.FIELDS)] == list(module.FIELDS)
    for name, path in module.FIELDS.items():
        reference = schema["properties"][name]["anyOf"][0]["$ref"].rpartition("/")[2]
        value = schema["$defs"][reference]["properties"]["value"]
        types = {str: "string", int: "integer", float: "number"}
        wanted = at(payload, path)
        assert value["type"] == types.get(wanted, "string")
        if "enum" in value:
            assert tuple(value["enum"]) == wanted.__args__


def test_what_is_ours_to_say_cannot_be_named() -> None:
    ours = {"provenance", "source", "payload_version", "image_metadata", "location", "device_info"}
    for module in modules().values():
        assert not ours & {path.partition(".")[0] for path in module.FIELDS.values()}


def test_a_form_is_the_same_in_every_process() -> None:
    assert "0x" not in json.dumps([answer_for(kind).model_json_schema() for kind in modules()])
    assert set(kind_answer().model_json_schema()["properties"]["kind"]["enum"]) == {
        *modules(), "other_receipt", "nothing",
    }  # fmt: skip


def test_values_that_are_null_are_not_named() -> None:
    said = {
        "total": {"printed": "3,50", "value": 3.5},
        "tax": None,
        "volume": {"printed": " ", "value": 8.5},
        "parts": [{"part_name": "Oil", "cost": None}],
    }
    assert list(named_values(said)) == [
        ("total", "3,50", "3.5", ("total", "printed")),
        ("volume", "8.5", "8.5", ("volume", "value")),
        ("parts.0.part_name", "Oil", "Oil", ("parts", 0, "part_name")),
    ]
