"""One question to the model: the request, the time-out, the retries, what it cost, and every way it can fail."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from capture.errors import ExtractorError
from capture.reading import Usage
from extractors import VisionOptions
from extractors.vision.line import Line
from extractors.vision.scores import Place, scores

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI
    from openai.types.chat import ChatCompletion

MOST_TRIES = 3
"""Tries of one question, the first included."""

FIRST_PAUSE_S = 1.0
"""Pause before the second try where the server names none; twice as long before the third."""

MOST_TOKENS = 8_192
"""Longest answer, thinking included; the longest invoice we know takes 2,000."""

LOOK_AT_IT = "Here is the page."

_CODE = re.compile(r"[a-z][a-z_]{1,40}")
_PAUSE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Answer:
    """What the model said. `scores`: by place in `values`, none where the model gives no log-probabilities."""

    values: dict[str, Any]
    scores: Mapping[Place, float]


@dataclass
class Caller:
    """Asks one server. `usage` adds up what its calls cost, failed ones included, until it is taken."""

    options: VisionOptions
    usage: Usage | None = None
    _unknown: set[str] = field(default_factory=set)
    """Optional words of a request that this server's model refuses."""

    def ask(
        self, prompt: str, picture: str | None, form: type[BaseModel], deadline: float, *, words: str = LOOK_AT_IT
    ) -> Answer:
        """Ask about a picture, or in words alone; the answer has the given form.

        `deadline`: of the monotonic clock. All ends by it, and within the options' time-out: tries and pauses, however
        slowly a server answers.
        Raises: ExtractorError (`vision_timeout`, `vision_rate_limited`, `vision_unavailable`, `vision_key_refused`,
        `vision_request_refused`, `vision_refused`, `vision_truncated`, `vision_malformed`).
        """
        content: list[Any] = [{"type": "text", "text": words}]
        if picture is not None:
            content.append({"type": "image_url", "image_url": {"url": picture, "detail": "high"}})
        tries, line = 0, Line()
        with self._client(line) as client:
            deadline = min(deadline, monotonic() + self.options.timeout_s)
            while True:
                tries += 1
                try:
                    return self._read(self._request(client, line, prompt, content, form, deadline), form)
                except _Again as again:
                    asked_s, error = again.pause_s, again.error
                pause_s = FIRST_PAUSE_S * 2 ** (tries - 1) if asked_s is None else asked_s
                if tries >= MOST_TRIES or monotonic() + pause_s >= deadline:
                    raise error
                sleep(pause_s)

    def _client(self, line: Line) -> OpenAI:
        import openai  # noqa: PLC0415 (takes a quarter of a second, and may not be installed)

        # OPENAI_LOG would have it log requests, and with them photos.
        for name in ("openai", "httpx2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        key = self.options.api_key.get_secret_value()
        client = openai.OpenAI(
            api_key=key,
            base_url=self.options.base_url,
            max_retries=0,
            timeout=self.options.timeout_s,
            default_headers={"Authorization": f"Bearer {key}"},  # and not OPENAI_CUSTOM_HEADERS' one
            http_client=openai.DefaultHttpxClient(
                follow_redirects=False,  # photos go to the address that is set
                event_hooks={"request": [line.watch]},
            ),
        )
        client.organization = client.project = None  # other programs' OPENAI_ORG_ID and OPENAI_PROJECT_ID
        return client

    def _request(
        self, client: OpenAI, line: Line, prompt: str, content: list[Any], form: type[BaseModel], deadline: float
    ) -> ChatCompletion:
        import openai  # noqa: PLC0415 (as above)

        left_s = deadline - monotonic()
        if left_s <= 0:
            raise ExtractorError("vision_timeout", "The time for this question is used up")
        optional = {name: value for name, value in _OPTIONAL.items() if name not in self._unknown}
        create = partial(
            client.chat.completions.create,
            model=self.options.model,
            messages=[
                {"role": "system", "content": prompt},
                {"role": "user", "content": content},
            ],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": form.__name__, "strict": True, "schema": form.model_json_schema()},
            },
            max_completion_tokens=MOST_TOKENS,
            store=False,
            timeout=left_s,
            **optional,
        )
        try:
            answer: object = line.call(create, left_s)
        except (openai.APITimeoutError, TimeoutError):
            raise ExtractorError("vision_timeout", f"The model did not answer within {left_s:.0f} s") from None
        except openai.APIConnectionError as error:
            raise _Again(ExtractorError("vision_unavailable", "The server cannot be reached")) from error
        except openai.APIStatusError as error:
            if self._drops(error):
                return self._request(client, line, prompt, content, form, deadline)
            raise _failure(error) from None
        except (openai.OpenAIError, ValueError) as error:
            raise ExtractorError("vision_malformed", f"The answer is no JSON ({type(error).__name__})") from None
        if not isinstance(answer, openai.types.chat.ChatCompletion):
            raise ExtractorError("vision_malformed", "The answer is none of the protocol")
        return answer

    def _drops(self, error: APIStatusError) -> bool:
        """Tell if the server refuses an optional word that can be left out, and leave it out from now on."""
        word = str(error.param)  # an error's parts may be anything too
        if error.status_code != 400 or word not in _OPTIONAL.keys() - self._unknown:
            return False
        self._unknown.add(word)
        return True

    def _read(self, answer: ChatCompletion, form: type[BaseModel]) -> Answer:
        """Return what the answer says. The client checks no types, so any part of it may be anything."""
        try:
            self._count(answer)
            return self._said(answer, form)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            fact = f"The answer is none of the protocol ({type(error).__name__})"
            raise ExtractorError("vision_malformed", fact) from None

    def _said(self, answer: ChatCompletion, form: type[BaseModel]) -> Answer:
        if not answer.choices:
            raise ExtractorError("vision_malformed", "The answer holds no choice")
        choice = answer.choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise ExtractorError("vision_refused", "The model refused to answer about the photo")
        if choice.finish_reason == "length":
            raise ExtractorError("vision_truncated", "The answer ended before it was complete")
        content = choice.message.content or ""
        try:
            values = form.model_validate_json(content).model_dump()
        except ValidationError as error:
            raise ExtractorError("vision_malformed", f"The answer breaks its form ({_where(error, form)})") from None
        logs = choice.logprobs.content if choice.logprobs else None
        tokens = [(bytes([*t.bytes]) if t.bytes is not None else t.token.encode(), t.logprob) for t in logs or ()]
        return Answer(values=values, scores=scores(content, tokens))

    def _count(self, answer: ChatCompletion) -> None:
        if answer.usage is None:
            return
        before = self.usage or Usage()
        tokens_in = before.input_tokens + answer.usage.prompt_tokens
        tokens_out = before.output_tokens + answer.usage.completion_tokens
        self.usage = Usage(
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_micros=cost_micros(self.options, tokens_in, tokens_out),
        )


def cost_micros(options: VisionOptions, input_tokens: int, output_tokens: int) -> int | None:
    """Return what so many tokens cost, millionths of a US dollar; None if a price is not known."""
    if not options.input_price or not options.output_price:
        return None
    return round(input_tokens * options.input_price + output_tokens * options.output_price)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the pause that a server asks for: seconds, or until a date; None if it asks for none.

    Source: RFC 9110, 10.2.3; `retry-after-ms` is OpenAI's own.
    """
    exact = headers.get("retry-after-ms", "").strip()
    if _PAUSE.fullmatch(exact):
        return float(exact) / 1000
    asked = headers.get("retry-after", "").strip()
    if _PAUSE.fullmatch(asked):
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())


class _Again(Exception):  # noqa: N818 (no error of its own: it carries one, and how long to wait)
    """A try failed in a way that may pass."""

    def __init__(self, error: ExtractorError, pause_s: float | None = None) -> None:
        super().__init__(error.code)
        self.error = error
        self.pause_s = pause_s


_OPTIONAL: dict[str, Any] = {"temperature": 0, "logprobs": True}
"""Words of a request that some models refuse, thinking ones above all. `store` is none of them."""


def _failure(error: APIStatusError) -> Exception:
    """Return what a status of 4xx or 5xx means; the server's own words, which may repeat the key, are left out."""
    status = error.status_code
    code = str(error.code or "")
    if status == 429 and code != "insufficient_quota":
        wait = retry_after_s(error.response.headers, datetime.now(UTC))
        return _Again(ExtractorError("vision_rate_limited", "The server takes no more requests for now"), wait)
    if status == 429:
        return ExtractorError("vision_rate_limited", "The account's quota is used up")
    if status >= 500 or status in {408, 409}:
        wait = retry_after_s(error.response.headers, datetime.now(UTC))
        return _Again(ExtractorError("vision_unavailable", f"The server answered {status}"), wait)
    if status in {401, 403}:
        return ExtractorError("vision_key_refused", f"The server answered {status}")
    return _refusal(error)


def _refusal(error: APIStatusError) -> ExtractorError:
    code = str(error.code or "")
    if code in {"content_filter", "content_policy_violation"}:
        return ExtractorError("vision_refused", "The model's provider refused the photo")
    known = f" ({code})" if _CODE.fullmatch(code) else ""
    return ExtractorError("vision_request_refused", f"The server answered {error.status_code}{known}")


def _where(error: ValidationError, form: type[BaseModel]) -> str:
    """Name the first value that is wrong, or the kind of fault: names that are not the form's may be the photo's."""
    issue = error.errors(include_input=False, include_context=False, include_url=False)[0]
    name = str(issue["loc"][0]) if issue["loc"] else ""
    return name if name in form.model_fields else str(issue["type"])
