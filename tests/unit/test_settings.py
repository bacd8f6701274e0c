"""Settings: defaults, refusals that repeat no value, and the way to a child process and back."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from capture.errors import ConfigError
from capture.settings import Settings, load, variable, variables_of

NUMBERS = [name for name, field in Settings.model_fields.items() if field.annotation in (int, float)]
VALUE = "hunter2"
"""Stands for a value that must not be repeated. It is shorter than a trigger secret may be."""

SECRETS = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = load({})
    assert settings == Settings()
    assert settings.engines == ("pdf_text", "odometer", "rapid_ocr", "tesseract", "openai_vision")
    assert settings.promised_error == 0.01
    assert settings.limits.bytes == settings.max_bytes == 40 * 1024 * 1024


def test_other_peoples_variables_are_none_of_ours() -> None:
    assert load({"PATH": "/bin", "capture_port": "1", "XCAPTURE_PORT": "2"}) == Settings()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_says_what_it_is(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert description.rstrip().endswith(".")


def test_values_are_read_as_their_types() -> None:
    settings = load({
        "CAPTURE_PORT": "0", "CAPTURE_S3_TIMEOUT_S": "1.5", "CAPTURE_REDIS_URL": "redis://h/0",
        "CAPTURE_MAX_PAGES": "9",
        "CAPTURE_MAX_TEXT_BYTES": "13", "CAPTURE_MAX_TRIPS": "14",
        "CAPTURE_MAX_DOCUMENT_PAGES": "10", "CAPTURE_MAX_BYTES": "11", "CAPTURE_MAX_PIXELS": "12",
    })  # fmt: skip
    assert (settings.port, settings.s3_timeout_s) == (0, 1.5)
    assert settings.redis_url.get_secret_value() == "redis://h/0"
    assert settings.limits.model_dump() == {
        "pages": 9, "document_pages": 10, "bytes": 11, "pixels": 12, "text_bytes": 13, "trips": 14,
    }  # fmt: skip
    assert settings.trip_unit is None
    assert load({"CAPTURE_TRIP_DISTANCE_UNIT": "km"}).trip_unit == "km"


@pytest.mark.parametrize(
    ("text", "engines"),
    [
        ("tesseract", ("tesseract",)),
        ("tesseract,rapid_ocr", ("tesseract", "rapid_ocr")),
        (" tesseract , ,rapid_ocr,", ("tesseract", "rapid_ocr")),
    ],
)
def test_engines_are_split_at_commas(text: str, engines: tuple[str, ...]) -> None:
    assert load({"CAPTURE_ENGINES": text}).engines == engines


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_no_engine_at_all_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="CAPTURE_ENGINES") as caught:
        load({"CAPTURE_ENGINES": text})
    assert caught.value.code == "setting_invalid"


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match=r"CAPTURE_S3_BUKET \(near: CAPTURE_S3_BUCKET\)") as caught:
        load({"CAPTURE_S3_BUKET": VALUE})
    assert caught.value.code == "setting_unknown"
    assert VALUE not in caught.value.message


def test_an_unknown_name_like_none_of_ours_is_refused_too() -> None:
    with pytest.raises(ConfigError) as caught:
        load({"CAPTURE_": "x"})
    assert caught.value.code == "setting_unknown"
    with pytest.raises(ConfigError, match="no setting CAPTURE_ZZZZZZZZZZZZZZZZ"):
        load({"CAPTURE_ZZZZZZZZZZZZZZZZ": "x"})


@pytest.mark.parametrize("name", NUMBERS)
def test_a_value_that_is_no_number_is_refused_and_never_repeated(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({variable(name): VALUE})
    assert caught.value.code == "setting_invalid"
    assert variable(name) in caught.value.message
    assert VALUE not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["-1", "nan", "inf", "1e400", ""])
def test_numbers_have_bounds(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=variable(name)):
        load({variable(name): value})


def test_a_short_trigger_secret_is_refused_and_never_repeated() -> None:
    with pytest.raises(ConfigError, match="16 characters or more") as caught:
        load({"CAPTURE_TRIGGER_SECRET": VALUE})
    assert VALUE not in "".join(traceback.format_exception(caught.value))
    assert load({"CAPTURE_TRIGGER_SECRET": "x" * 16}).trigger_secret.get_secret_value() == "x" * 16


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_not_shown(name: str) -> None:
    settings = load({variable(name): VALUE * 5})
    assert VALUE not in repr(settings) + str(settings)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"no_such": 1})


_ENGINE = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "s3_bucket": st.text(),
            "database_url": st.text().map(SecretStr),
            "trigger_secret": st.one_of(st.just(""), st.text(min_size=16)).map(SecretStr),
            "engines": st.lists(_ENGINE, min_size=1).map(tuple),
            "port": st.integers(0, 65_535),
            "promised_error": st.floats(0.001, 0.4),
            "read_timeout_s": st.floats(0, exclude_min=True, allow_infinity=False),
            "max_bytes": st.integers(min_value=1, max_value=2**62),
        },
    )
)
def test_what_a_child_process_is_told_is_what_we_have(values: dict[str, object]) -> None:
    settings = Settings.model_validate(values)
    variables = variables_of(settings)
    assert set(variables) == {variable(name) for name in Settings.model_fields}
    assert load(variables) == settings


@pytest.mark.parametrize("value", ["", "api.example.com", "ftp://example.com/v1", "http://", "http://[::1"])
def test_an_address_of_a_model_is_one(value: str) -> None:
    with pytest.raises(ConfigError, match="CAPTURE_OPENAI_BASE_URL") as caught:
        load({"CAPTURE_OPENAI_BASE_URL": value})
    assert caught.value.code == "setting_invalid"


def test_a_key_out_of_a_file_loses_its_line_end_and_one_that_no_header_takes_is_refused() -> None:
    settings = load({"CAPTURE_OPENAI_API_KEY": "sk-hunter2\r\n"})
    assert settings.openai_api_key.get_secret_value() == "sk-hunter2"
    assert load({"CAPTURE_OPENAI_API_KEY": " \n"}).openai_api_key.get_secret_value() == ""
    for key in ("sk-hünter2", "sk-hunter2 x", "sk-\nhunter2"):
        with pytest.raises(ConfigError, match="ASCII") as caught:
            load({"CAPTURE_OPENAI_API_KEY": key})
        assert caught.value.code == "setting_invalid"
        assert "nter2" not in caught.value.message
