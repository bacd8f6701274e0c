"""The one error tree: what went wrong, whether a retry can help, and what to do next.

Every error carries a stable `code`. `ADVICE` says for each code what the reader can do; the message is
the fact ("The object has 0 bytes.") followed by that advice. Only edges (the CLI, the actors, the HTTP
handlers) catch these.
"""

from __future__ import annotations

import traceback
from typing import ClassVar

ADVICE: dict[str, str] = {
    # config
    "setting_unknown": "Correct the name, or remove it; docs/reference/settings.md lists them all.",
    "setting_invalid": "Correct the value; docs/reference/settings.md says what it takes.",
    "service_missing": "Follow the hint, or set the service's URL; `capture doctor` shows what is there.",
    "stack_running": "Stop the other `capture up` or `capture demo`, or set another CAPTURE_DATA_DIR.",
    "login_unfit": "Grant the role to the login as docs/how-to/database.md shows, then run `capture migrate`.",
    "schema_outdated": "Run `capture migrate`.",
    "migration_changed": "Restore the file as it was released and put the change into a new migration.",
    # trigger
    "trigger_not_json": "Send the notification as the storage made it, a JSON object in UTF-8.",
    "trigger_malformed": "Send S3 event records: an object with a list `Records`.",
    "trigger_too_large": "Send fewer records in one notification; the sweep announces what is left out.",
    "bucket_missing": "Create it, or correct CAPTURE_S3_BUCKET.",
    "bucket_unsupported": "Tell the bucket with its server's own tools what docs/how-to/bucket.md lists.",
    "port_taken": "Set CAPTURE_PORT to a free port, or to 0 for any.",
    "lan_missing": "Join a network, or run `capture up` without --lan.",
    "data_dir_unusable": "Set CAPTURE_DATA_DIR to a folder that can be written.",
    "bucket_wrong": "Point the bucket's notification, or CAPTURE_S3_BUCKET, at the right bucket.",
    "key_invalid": "Store photos under tenants/<tenant>/vehicles/<vehicle>/<name>.",
    # image
    "image_empty": "The upload was cut off: send the photo again.",
    "image_too_large": "Send a smaller file, or raise CAPTURE_MAX_BYTES.",
    "image_too_many_pixels": "Send a smaller picture, or raise CAPTURE_MAX_PIXELS.",
    "image_unsupported": "Send JPEG, PNG, WebP, HEIC or PDF; CSV, GPX or JSON with trips; or a note about a fault.",
    "image_undecodable": "The file is damaged: take the photo again.",
    "image_truncated": "Too little of the picture arrived: send the photo again.",
    "pdf_encrypted": "Save the PDF without a password and send it again.",
    "pdf_too_long": "Send the pages that matter, or raise CAPTURE_MAX_DOCUMENT_PAGES.",
    "text_too_large": "Split the file, or raise CAPTURE_MAX_TEXT_BYTES.",
    "file_malformed": "Export the file again, as UTF-8, and send it whole.",
    "xml_unsafe": "Send the GPX file without a DOCTYPE, as devices write it.",
    "note_too_long": "Shorten the note.",
    "trips_too_many": "Split the file, or raise CAPTURE_MAX_TRIPS.",
    "trip_columns_missing": "Name columns for start, end and distance; docs/how-to/trips.md lists the names we know.",
    "trips_invalid": "Correct the rows as their reasons say and send the file again.",
    # extractor
    "engine_missing": "Install it as the hint says, or leave it out of CAPTURE_ENGINES.",
    "engine_unsuited": "Add an engine that reads pixels, such as rapid_ocr, to CAPTURE_ENGINES.",
    "engine_forbidden": "Run `capture tenant policy --allow-vision`, or add another engine to CAPTURE_ENGINES.",
    "engine_failed": "Try again; if it stays, run `capture doctor` and report the photo's upload id.",
    "engine_timeout": "Try again when the machine is less busy, or raise CAPTURE_READ_TIMEOUT_S.",
    "budget_spent": "Raise the tenant's budgets with `capture tenant policy`, or review the photo by hand.",
    "prose_unfaithful": "Read the paragraph that is made by rule; nothing is missing in it.",
    "gain_too_small": "Nothing is wrong; CAPTURE_REVIEW_COST says what a review is worth.",
    "engine_memory": "Raise CAPTURE_READ_MEMORY_MB, or send a smaller picture.",
    "recording_missing": "Record the engine's answer with `python -m fixtures.record`.",
    "vision_key_refused": "Correct CAPTURE_OPENAI_API_KEY, or empty it to do without a vision model.",
    "vision_request_refused": "Check CAPTURE_OPENAI_MODEL and _BASE_URL as docs/how-to/vision-model.md shows.",
    "vision_rate_limited": "Try again later, or raise the limits of the API's account.",
    "vision_unavailable": "Check CAPTURE_OPENAI_BASE_URL and the server; the photo is tried again.",
    "vision_timeout": "Raise CAPTURE_OPENAI_TIMEOUT_S, or choose a faster CAPTURE_OPENAI_MODEL.",
    "vision_refused": "Read the photo by hand: the model does not answer about it.",
    "vision_truncated": "Read the photo by hand: it holds more than the model may answer.",
    "vision_malformed": "Choose a CAPTURE_OPENAI_MODEL that keeps to a JSON schema.",
    "attempts_exhausted": "See the upload's last error, mend its cause, then run `capture rerun --upload ID`.",
    # not found
    "tenant_unknown": "Check the tenant's id or name; `capture tenant list` shows them.",
    "user_unknown": "Name the e-mail address of a member of the tenant.",
    "vehicle_unknown": "Check the vehicle's id; it must belong to the tenant.",
    "upload_unknown": "Check the upload's id; `capture uploads` lists them.",
    "duplicate_unknown": "Check the pair's id; `capture duplicates list` shows them.",
    "event_unknown": "Check the event's id; `capture events` lists them.",
    "cut_unknown": "Check the cut's id; `capture meter list VEHICLE` shows them.",
    "webhook_unknown": "Check the webhook's id; `capture webhooks list` shows them.",
    "delivery_unknown": "Check the delivery's id; `capture webhooks deliveries WEBHOOK` shows them.",
    "sample_unknown": "Decide on it with `capture review confirm`, `correct` or `reject`.",
    "member_unknown": "Load the list of members again; the person may have been removed.",
    "token_unknown": "Check the token's id; `capture token list` shows them.",
    "session_unknown": "Load the list of sessions again; it may have ended.",
    "provider_off": "Sign in with a link, or set CAPTURE_OIDC_ISSUER and CAPTURE_OIDC_CLIENT_ID.",
    "object_gone": "The photo was deleted before it was read: send it again.",
    "object_not_landed": "Send the photo to the presigned URL first, then complete the upload.",
    "file_unknown": "Check the path.",
    # conflict
    "object_mismatch": "The bytes are not the ones that were announced: ask for a new upload and send again.",
    "already_decided": "What a person decided stands; load the event again to see it.",
    "duplicate_decided": "It was decided, or does not hold any more; `capture duplicates list` shows what is open.",
    "answer_unseen": "Answer it with `capture review answer`; a mistake that you know of can be corrected at once.",
    "answer_seen": "Let somebody else answer it, who has not opened the event.",
    "version_conflict": "Somebody changed it meanwhile: load it again and repeat the decision.",
    "idempotency_key_busy": "Wait a moment and repeat the request with the same key.",
    "last_owner": "Make somebody else an owner first.",
    "nothing_to_undo": "Load the event again; only whoever decided last can undo it, while nothing newer stands.",
    "vehicle_same": "Name the vehicle that the photo really shows.",
    "cut_exists": "Take the other cut back first (`capture meter void`), or give the moment more exactly.",
    "not_rerunnable": "Wait until the upload is final, then run it again.",
    # refused
    "token_missing": "Send `Authorization: Bearer <token>`; make a token with `capture token create`.",
    "session_expired": "Sign in again; `capture signin` prints a link.",
    "csrf_invalid": "Load the page again and repeat what you did.",
    "link_invalid": "Ask for a new link; `capture signin` prints one.",
    "signin_failed": "Start signing in again; if it stays, the operator should check CAPTURE_OIDC_* and the clock.",
    "person_unknown": "Ask an owner to add your e-mail address to their organisation, then sign in again.",
    "email_unverified": "Confirm your e-mail address with the provider, then sign in again.",
    "identity_differs": "Sign in with the account that you used before, or ask the operator.",
    "scope_insufficient": "Use a token that has the scope; `capture token create --scope` makes one.",
    "token_invalid": "Use a valid token; make one with `capture token create`.",
    "role_insufficient": "Ask an owner or manager of the tenant to do it.",
    "secret_wrong": "Send the trigger secret as a bearer header, the URL's credentials, path or `secret` query.",
    "path_unknown": "See /v1/openapi.json for what there is.",
    "method_wrong": "See /v1/openapi.json for what this path takes.",
    "request_too_large": "Send a smaller request; photos go straight to the bucket.",
    "request_invalid": "Correct the named fields and send the request again.",
    "cursor_invalid": "Ask again without `cursor`, and follow the `next` of each page.",
    "idempotency_key_reused": "Use a new Idempotency-Key for each request, and the same for its repetitions alone.",
    "payload_invalid": "Correct the named fields of the payload.",
    "facts_invalid": "Correct the named facts; `capture vehicle set --help` lists them.",
    "cut_invalid": "Correct the cut; docs/reference/commands.md says what each kind takes.",
    "webhook_url_invalid": "Name a public https:// address; CAPTURE_WEBHOOK_PRIVATE=true lets in your own network.",
    "webhook_disabled": "Switch it on first: `capture webhooks set WEBHOOK --enable`.",
    "rule_unknown": "Check the rule's code; `capture rules list` shows them.",
    "prose_pointless": "Read the event itself; a person entered it.",
    "tenant_ambiguous": "Name one with --tenant or CAPTURE_TENANT, over the API in the header `X-Capture-Tenant`.",
    # unavailable
    "database_unavailable": "Check CAPTURE_DATABASE_URL and the server; photos are read again, repeat a decision.",
    "redis_unavailable": "Check CAPTURE_REDIS_URL and the server; the sweep queues what was lost.",
    "storage_unavailable": "Check CAPTURE_S3_ENDPOINT_URL and the server; the work is retried by itself.",
    "provider_unavailable": "Try again in a while; the operator should check the identity provider's address.",
    "webhook_unreachable": "Check the receiver; the message is sent again by itself, for three days.",
    "internal": "Run `capture doctor`, and report it with the time and the upload's id.",
}
"""What to do next, by stable code. Codes are a public contract: they are added to, never renamed."""


HTTP_STATUS: dict[str, int] = {
    "trigger_too_large": 413,
    "request_too_large": 413,
    "image_too_large": 413,
    "text_too_large": 413,
    "image_unsupported": 415,
    "token_missing": 401,
    "token_invalid": 401,
    "session_expired": 401,
    "link_invalid": 401,
    "signin_failed": 401,
    "scope_insufficient": 403,
    "person_unknown": 403,
    "email_unverified": 403,
    "identity_differs": 403,
    "tenant_ambiguous": 403,
    "provider_off": 404,
    "secret_wrong": 401,
    "request_invalid": 422,
    "version_conflict": 412,
    "cursor_invalid": 422,
    "idempotency_key_reused": 422,
    "payload_invalid": 422,
    "facts_invalid": 422,
    "cut_invalid": 422,
    "rule_unknown": 404,
    "webhook_url_invalid": 422,
    "webhook_disabled": 409,
}
"""Where a code has a more exact HTTP status than its class."""


LASTING: frozenset[str] = frozenset(
    {"engine_forbidden", "engine_missing", "engine_unsuited", "vision_key_refused", "vision_request_refused"}
)
"""Failures on a photo that last until somebody has mended the installation: a retry by itself is in vain."""


class CaptureError(Exception):
    """Root of every error we raise on purpose.

    `fact` is one sentence that says what happened, without personal data, secrets or photo content.
    `code` is a key of `ADVICE`.
    """

    retry: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1
    class_http_status: ClassVar[int] = 500

    def __init__(self, code: str, fact: str) -> None:
        self.code = code
        self.fact = fact
        self.message = f"{fact.rstrip('.')}. {ADVICE[code]}"
        super().__init__(self.message)

    @property
    def http_status(self) -> int:
        """The HTTP status of the answer that carries this error."""
        return HTTP_STATUS.get(self.code, self.class_http_status)

    @property
    def may_pass(self) -> bool:
        """Whether the same may succeed later without anybody's doing."""
        return self.retry and self.code not in LASTING

    def __reduce__(self) -> tuple[type[CaptureError], tuple[str, str]]:
        return type(self), (self.code, self.fact)


class ConfigError(CaptureError):
    """The installation or its settings are wrong; nothing about a photo."""

    exit_code = 3


class TriggerError(CaptureError):
    """A notification cannot be taken in."""

    exit_code = 4
    class_http_status = 400


class ImageError(CaptureError):
    """The bytes are not a photo or file we can read. The upload ends as `rejected`; the bytes are kept."""

    exit_code = 5
    class_http_status = 422


class ExtractorError(CaptureError):
    """An engine failed on a photo that may well be good."""

    retry = True
    exit_code = 6


class NotFoundError(CaptureError):
    """What was named does not exist, or not for this tenant: both look the same."""

    exit_code = 7
    class_http_status = 404


class ConflictError(CaptureError):
    """The state of the thing does not allow it now."""

    exit_code = 8
    class_http_status = 409


class RefusedError(CaptureError):
    """The caller may not do this, or said it wrongly."""

    exit_code = 9
    class_http_status = 403


class UnavailableError(CaptureError):
    """A service we need does not answer; the same call may work later."""

    retry = True
    exit_code = 10
    class_http_status = 503


def frames(error: BaseException) -> str:
    """Return where an unforeseen error came from, for a log: the lines of code, without its text.

    Drivers and databases put values into their texts, and values may be personal.
    """
    return "\n" + "".join(traceback.format_tb(error.__traceback__))
