"""Errors say what happened and what to do, survive a pipe, and have distinct exit codes."""

from __future__ import annotations

import pickle
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture import errors
from capture.errors import ADVICE, HTTP_STATUS, CaptureError

CLASSES = [thing for thing in vars(errors).values() if isinstance(thing, type) and issubclass(thing, CaptureError)]


def test_there_are_about_eight_classes() -> None:
    assert {cls.__name__ for cls in CLASSES} == {
        "CaptureError", "ConfigError", "TriggerError", "ImageError", "ExtractorError",
        "NotFoundError", "ConflictError", "RefusedError", "UnavailableError",
    }  # fmt: skip


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_message_is_fact_and_advice(code: str) -> None:
    error = CaptureError(code, "The object has 0 bytes.")
    assert error.message == f"The object has 0 bytes. {ADVICE[code]}"
    assert str(error) == error.message
    assert (error.code, error.fact) == (code, "The object has 0 bytes.")


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_advice_is_one_line_that_tells_somebody_to_do_something(code: str) -> None:
    advice = ADVICE[code]
    assert advice[0].isupper()
    assert advice.endswith(".")
    assert "\n" not in advice
    assert len(advice) > 10


def test_a_fact_without_a_full_stop_gets_one() -> None:
    assert CaptureError("image_empty", "Nothing came").message.startswith("Nothing came. The upload")


def test_a_code_without_advice_is_refused_where_it_is_raised() -> None:
    with pytest.raises(KeyError):
        CaptureError("no_such_code", "Whatever")


@given(st.sampled_from(CLASSES), st.sampled_from(sorted(ADVICE)), st.text())
def test_pickling_keeps_class_code_and_fact(cls: type[CaptureError], code: str, fact: str) -> None:
    error = cls(code, fact)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert type(copy) is cls
    assert (copy.code, copy.fact, copy.message) == (error.code, error.fact, error.message)
    assert copy.http_status == error.http_status


def test_exit_codes_are_distinct_and_none_has_another_meaning() -> None:
    exits = [cls.exit_code for cls in CLASSES]
    assert len(set(exits)) == len(exits)
    assert not set(exits) & {0, 2, 130}  # success, usage, interrupted


@pytest.mark.parametrize("cls", CLASSES)
def test_a_code_has_its_own_http_status_or_its_class_s(cls: type[CaptureError]) -> None:
    for code in ADVICE:
        expected = HTTP_STATUS.get(code, cls.class_http_status)
        assert cls(code, "Fact").http_status == expected
        assert HTTPStatus(expected) >= HTTPStatus.BAD_REQUEST


def test_overrides_are_of_known_codes_and_none_is_idle() -> None:
    assert set(HTTP_STATUS) <= set(ADVICE)
    assert errors.TriggerError("trigger_too_large", "x").http_status == 413
    assert errors.TriggerError("trigger_malformed", "x").http_status == 400
    assert errors.ImageError("image_unsupported", "x").http_status == 415
    assert errors.ImageError("image_empty", "x").http_status == 422
    assert errors.RefusedError("token_missing", "x").http_status == 401
    assert errors.RefusedError("role_insufficient", "x").http_status == 403


def test_only_what_may_pass_is_retried() -> None:
    assert {cls for cls in CLASSES if cls.retry} == {errors.ExtractorError, errors.UnavailableError}


def test_what_lasts_until_it_is_mended_is_not_retried() -> None:
    assert set(ADVICE) >= errors.LASTING
    assert errors.ExtractorError("engine_timeout", "x").may_pass
    assert not errors.ExtractorError("vision_key_refused", "x").may_pass
    assert not errors.ImageError("image_empty", "x").may_pass
