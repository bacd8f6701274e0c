"""A server on loopback that speaks the protocol of a vision model's API, with the answers of `fixtures/vision`.

It knows a photograph by its looks, as the model would: by the picture in the request, whatever size it was sent in.
"""

from __future__ import annotations

import base64
import io
import json
import math
import re
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

from capture.image import Limits, difference_hash, open_document
from tests.conftest import ROOT

FOLDER = ROOT / "fixtures" / "vision"
ALIKE_BITS = 6
"""Pictures whose hashes differ in no more bits are the same photograph, scaled."""

SURE, DOUBTFUL = 0.999, 0.5
"""Probability of a token of an answer, and of one of a value that the answer's `doubtful` names."""

PROMPT_TOKENS = 1_500

DRIPS, DRIP_S = 40, 0.1
"""Bytes that a dripping server sends one by one, and the pause before each; then it answers as others do."""


def failures() -> list[str]:
    """Return the names of the recorded failures."""
    return sorted(path.stem for path in (FOLDER / "failures").glob("*.json"))


class VisionServer:
    """What was asked, and what is answered.

    `script`: failures that come first, by name. `stubborn`: a failure that comes always. `instead`: an answer's
    name that is given whatever the photograph. `prose`: the paragraph that is given where facts are to be told.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.clear()

    def clear(self) -> None:
        """Forget what was asked and what was to be answered."""
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.script: list[str] = []
        self.stubborn: str | None = None
        self.instead: str | None = None
        self.gives_logprobs = True
        self.prose = ""

    def respond(self, request: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        """Return status, headers, body and delay of the answer."""
        self.requests.append(request)
        self.headers.append(headers)
        name = self.script.pop(0) if self.script else self.stubborn
        if name is not None:
            return _failure(name)
        form = request["response_format"]["json_schema"]["name"]
        if form == "Prose":
            recorded: dict[str, Any] = {"answers": {form: {"paragraph": self.prose}}, "doubtful": []}
        else:
            recorded = _answer(self.instead) if self.instead else _answer_to(request)
        said = recorded["answers"].get(form, {"kind": "nothing"})
        content = json.dumps(said, ensure_ascii=False)
        logprobs = None
        if self.gives_logprobs and request.get("logprobs"):
            logprobs = {"content": _tokens(content, recorded["doubtful"]), "refusal": None}
        message = {"role": "assistant", "content": content, "refusal": None}
        spent = len(_split(content))
        usage = {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": spent,
            "total_tokens": PROMPT_TOKENS + spent,
        }
        choice = {"index": 0, "finish_reason": "stop", "logprobs": logprobs, "message": message}
        body = {
            "id": "chatcmpl-0", "object": "chat.completion", "created": 1_764_000_000, "model": request["model"],
            "choices": [choice], "usage": usage,
        }  # fmt: skip
        return {"status": 200, "headers": {}, "body": body}


@cache
def stand_in() -> VisionServer:
    """Return the server of this process, on a free port of loopback; it is started when first asked for."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/chat/completions"
            answer = made.respond(request, {name.lower(): value for name, value in self.headers.items()})
            time.sleep(answer.get("delay_s", 0))
            body = answer["body"] if isinstance(answer["body"], str) else json.dumps(answer["body"])
            drips = answer.get("drips")
            try:
                self.send_response(answer["status"])
                for name, value in {"content-type": "application/json", **answer["headers"]}.items():
                    self.send_header(name, value)
                if drips == "head":
                    self.flush_headers()
                    self._drip(b"x-patience: ", b"\r\n")
                body = " " * DRIPS * (drips == "body") + body
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                if drips == "body":
                    self._drip(b"", b"")
                self.wfile.write(body.encode().removeprefix(b" " * DRIPS))
            except ConnectionError:
                self.close_connection = True  # whoever asked has lost patience

        def _drip(self, before: bytes, after: bytes) -> None:
            self.wfile.write(before)
            for _ in range(DRIPS):
                time.sleep(DRIP_S)
                self.wfile.write(b" ")
            self.wfile.write(after)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002, ARG002 (as the base class has it)
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = VisionServer(f"http://127.0.0.1:{server.server_address[1]}/v1")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return made


def picture_of(request: dict[str, Any]) -> Image.Image:
    """Return the picture that a request shows."""
    url = request["messages"][1]["content"][1]["image_url"]["url"]
    assert url.startswith("data:image/jpeg;base64,")
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


def _failure(name: str) -> dict[str, Any]:
    failure: dict[str, Any] = json.loads((FOLDER / "failures" / f"{name}.json").read_text(encoding="utf-8"))
    return failure


@cache
def _answer(name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((FOLDER / "answers" / f"{name}.json").read_text(encoding="utf-8"))
    return answer


@cache
def _known() -> dict[int, str]:
    """Return by the photograph's hash the name of its plain answer: that of the photograph's own file."""
    names = [
        path.stem for path in (FOLDER / "answers").glob("*.json") if Path(_answer(path.stem)["file"]).stem == path.stem
    ]
    return {_hash(_picture(_answer(name)["file"])): name for name in names}


def _picture(file: str) -> Image.Image:
    return open_document((ROOT / "fixtures" / file).read_bytes(), Limits()).pages[0].image


def _hash(image: Image.Image) -> int:
    return int(difference_hash(image), 16)


def _answer_to(request: dict[str, Any]) -> dict[str, Any]:
    seen = _hash(picture_of(request))
    near = [name for known, name in _known().items() if (seen ^ known).bit_count() <= ALIKE_BITS]
    return _answer(near[0]) if near else {"answers": {}, "doubtful": []}


def _split(content: str) -> list[bytes]:
    """Split a text into pieces of up to four bytes, as tokens are: some cut a letter in two."""
    return re.findall(rb".{1,4}", content.encode(), re.DOTALL)


def _tokens(content: str, doubtful: list[str]) -> list[dict[str, Any]]:
    weak = [(content.encode().find(text.encode()), len(text.encode())) for text in doubtful if text in content]
    tokens, at = [], 0
    for piece in _split(content):
        end = at + len(piece)
        unsure = any(start < end and at < start + length for start, length in weak)
        log = math.log(DOUBTFUL if unsure else SURE)
        tokens.append(
            {"token": piece.decode(errors="replace"), "bytes": list(piece), "logprob": log, "top_logprobs": []}
        )
        at = end
    return tokens
