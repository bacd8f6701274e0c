"""Every setting, once: its variable's name, default and meaning. `load` reads a mapping, not the environment."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator

from capture.errors import ConfigError
from capture.image import Limits
from capture.signin_settings import SignInSettings

PREFIX = "CAPTURE_"


class Settings(SignInSettings):
    """The settings, immutable. Field `s3_bucket` is the variable `CAPTURE_S3_BUCKET`."""

    data_dir: str = Field("", description="Folder of the embedded stack's data. Empty: the user's data directory.")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="PostgreSQL 15+ as the schema's owner, `postgresql://user:password@host/db`. "
        "Empty: embedded PostgreSQL.",
    )
    database_app_url: SecretStr = Field(
        SecretStr(""),
        description="The same database, logging in as a member of `capture_app`. Empty: CAPTURE_DATABASE_URL, "
        "with the role dropped to `capture_app` in each transaction.",
    )
    database_ops_url: SecretStr = Field(
        SecretStr(""),
        description="The same database, logging in as a member of `capture_ops` (sweep, set-up). "
        "Empty: CAPTURE_DATABASE_URL, with the role dropped to `capture_ops`.",
    )
    redis_url: SecretStr = Field(
        SecretStr(""), description="Redis 6.2+ or Valkey, `redis://...`. Empty: embedded Redis."
    )
    s3_endpoint_url: str = Field(
        "",
        description="S3-compatible server; `https://s3.<region>.amazonaws.com` for AWS. Empty: embedded S3 server.",
    )
    s3_public_endpoint_url: str = Field(
        "", description="The S3 server as a phone sees it, where that differs; presigned URLs use it."
    )
    s3_region: str = Field("us-east-1", description="The bucket's region.")
    s3_bucket: str = Field("capture-photos", description="The bucket of the photos.")
    s3_access_key_id: str = Field("", description="Access key of the bucket. Empty: the default AWS credential chain.")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="Secret key of the bucket.")
    s3_timeout_s: float = Field(20.0, gt=0, description="Time-out of one S3 call.")
    trigger_secret: SecretStr = Field(
        SecretStr(""),
        description="Secret that object notifications carry (16 characters or more). "
        "Empty: `POST /v1/triggers/s3` refuses all.",
    )
    webhook_private: bool = Field(
        default=False,
        description="Whether webhooks may lead into a private network or to this machine, and over plain HTTP. "
        "Set it only where nobody who can make webhooks should be kept from that network.",
    )
    presign_ttl_s: int = Field(900, ge=60, le=7 * 86_400, description="How long a presigned upload URL is valid.")
    host: str = Field("127.0.0.1", description="Address on which `capture up` serves HTTP.")
    port: int = Field(8080, ge=0, le=65_535, description="Port on which `capture up` serves HTTP; 0 takes a free one.")
    tls_certificate: str = Field(
        "",
        description="PEM file with the certificate, then those of its authorities, with which `capture up` and "
        "`capture web` serve HTTPS. Empty: HTTP; `capture up --lan` makes one.",
    )
    tls_key: str = Field("", description="PEM file with the private key of CAPTURE_TLS_CERTIFICATE.")
    engines: tuple[str, ...] = Field(
        ("pdf_text", "odometer", "rapid_ocr", "tesseract", "openai_vision"),
        min_length=1,
        description="Engines, comma-separated, in the order in which they are asked, "
        "until one has settled what the photo shows. `openai_vision` is off while CAPTURE_OPENAI_API_KEY is empty.",
    )
    openai_api_key: SecretStr = Field(
        SecretStr(""),
        description="Key of the vision model's API; any word for a server that asks for none. "
        "Empty: no photo is sent to a vision model. Tenants must allow it besides (`capture tenant policy`).",
    )
    openai_base_url: str = Field(
        "https://api.openai.com/v1", description="OpenAI's API, or any server that speaks it (vLLM, Ollama)."
    )
    openai_model: str = Field(
        "gpt-5.4-mini",
        min_length=1,
        description="The vision model. It must take pictures and answer in a JSON schema.",
    )
    openai_timeout_s: float = Field(
        30.0,
        gt=0,
        description="Time for one question to the vision model, tries and pauses included; a page takes two. "
        "Within CAPTURE_READ_TIMEOUT_S.",
    )
    openai_max_side_px: int = Field(
        2_048, ge=256, le=8_192, description="Photos are scaled to this longer side before they are sent, pixels."
    )
    openai_input_price: float = Field(
        0.0, ge=0, description="US dollars for a million input tokens. 0, here or there: the cost stays unknown."
    )
    openai_output_price: float = Field(0.0, ge=0, description="US dollars for a million output tokens.")
    review_cost: float = Field(
        0.25,
        ge=0,
        description="What one review by a person is worth, US dollars: half a minute. An engine with a price is asked "
        "only where this, times the chance that what was read is wrong, reaches its price.",
    )
    recorded_dir: str = Field("", description="Folder of recorded answers for the engine `recorded`.")
    read_warnings: bool = Field(
        default=True,
        description="Whether a dashboard whose odometer was read for sure is also searched for written warnings, "
        "with the next engine for text: about half a second more for each photo.",
    )
    read_timeout_s: float = Field(60.0, gt=0, description="Time for decoding and reading one document, all engines.")
    read_memory_mb: int = Field(2_500, ge=256, description="Memory of the reading process; above it the photo fails.")
    max_bytes: int = Field(40 * 1024 * 1024, gt=0, description="Largest file that is accepted, bytes.")
    max_pixels: int = Field(80_000_000, gt=0, description="Largest picture or page that is decoded, pixels.")
    max_pages: int = Field(5, ge=1, description="How many pages of a PDF are read.")
    max_document_pages: int = Field(50, ge=1, description="PDFs with more pages are rejected.")
    max_text_bytes: int = Field(10 * 1024 * 1024, gt=0, description="Largest file of trips or note, bytes.")
    max_trips: int = Field(10_000, ge=1, le=10_000, description="Files with more trips are rejected.")
    trip_distance_unit: Literal["", "km", "mi", "m"] = Field(
        "",
        description="What distances in files of trips are in where the file does not say it: `km`, `mi` or `m`. "
        "Empty: not known, and flagged.",
    )
    promised_error: float = Field(
        0.01,
        gt=0,
        lt=0.5,
        description="The share of wrong events among those accepted without a person that is promised, "
        "where a tenant has not said its own.",
    )
    bundle_window_s: float = Field(
        1_200.0,
        gt=0,
        le=86_400,
        description="Photos of one vehicle's dashboard and of a fill that lie within this are one stop.",
    )
    worker_processes: int = Field(
        0, ge=0, le=256, description="Reading processes; 0: one for each CPU and 1.5 GB of memory."
    )
    lease_s: float = Field(20.0, ge=2, description="A job that gives no sign of life for this long is taken over.")
    max_attempts: int = Field(5, ge=1, description="How often a photo is tried before the upload fails.")
    sweep_interval_s: float = Field(5.0, gt=0, description="Pause between two looks at what is stuck.")
    bucket_listing_interval_s: float = Field(
        3_600.0,
        gt=0,
        description="Pause between two listings of the bucket, for what was never announced. "
        "The embedded server sends no notifications: 15 there, if not set.",
    )
    requeue_after_s: float = Field(
        10.0, gt=0, description="A queued upload whose message is not in the queue any more is queued again after this."
    )
    expected_ttl_s: int = Field(7 * 86_400, gt=0, description="An upload that never landed is closed after this.")
    tenant: str = Field("", description="Tenant of the commands, by id or name. Empty: the only one there is.")
    user: str = Field("", description="Who acts in the commands, by e-mail. Empty: the tenant's owner.")

    @field_validator("engines", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trigger_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 16:
            raise ValueError("needs 16 characters or more")
        return value

    @field_validator("openai_api_key")
    @classmethod
    def _sendable(cls, value: SecretStr) -> SecretStr:
        """Keys come out of files with a line end; a header takes none, and nothing but ASCII."""
        key = value.get_secret_value().strip()
        if not all("!" <= character <= "~" for character in key):
            raise ValueError("needs ASCII characters without spaces")
        return SecretStr(key)

    @field_validator("openai_base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("needs http:// or https:// and a host")
        return value

    @property
    def trip_unit(self) -> Literal["km", "mi", "m"] | None:
        """`trip_distance_unit`, None where it is not set."""
        return self.trip_distance_unit or None

    @property
    def bundle_window(self) -> timedelta:
        """`bundle_window_s` as a time."""
        return timedelta(seconds=self.bundle_window_s)

    @property
    def limits(self) -> Limits:
        """The bounds on decoding."""
        return Limits(
            bytes=self.max_bytes,
            pixels=self.max_pixels,
            pages=self.max_pages,
            document_pages=self.max_document_pages,
            text_bytes=self.max_text_bytes,
            trips=self.max_trips,
        )


def variables_of(settings: Settings) -> dict[str, str]:
    """Return the settings as the variables of a child process, secrets included."""
    found = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        found[variable(name)] = ",".join(value) if isinstance(value, tuple) else str(value)
    return found


def variable(name: str) -> str:
    """Return the variable's name of a setting: `s3_bucket` -> `CAPTURE_S3_BUCKET`."""
    return PREFIX + name.upper()


def load(variables: Mapping[str, str]) -> Settings:
    """Read the settings from `CAPTURE_*` entries of a mapping such as the environment.

    Raises: ConfigError (`setting_unknown`, `setting_invalid`); values are never repeated in the message.
    """
    known = {variable(name): name for name in Settings.model_fields}
    values: dict[str, Any] = {}
    for key, value in variables.items():
        if not key.startswith(PREFIX):
            continue
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise ConfigError("setting_unknown", f"There is no setting {key}" + (f" (near: {near[0]})" if near else ""))
        values[known[key]] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        issue = error.errors(include_input=False)[0]
        name = variable(str(issue["loc"][0]))
        raise ConfigError("setting_invalid", f"{name}: {issue['msg']}") from None
