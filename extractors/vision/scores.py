"""Log-probabilities of an answer's tokens -> one score for each of its values."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

Place = tuple[str | int, ...]
"""Where a value stands in an answer: keys and indices from the outside in."""

Extent = tuple[int, int]
"""Start and end in the answer's UTF-8 bytes."""

_GAP = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|[^,\]}\s]+')


def scores(answer: str, tokens: Sequence[tuple[bytes, float]]) -> Mapping[Place, float]:
    """Return by place the probability that the model gave to a value's text: the product over its tokens.

    `tokens`: the bytes of each token of the answer, and its log-probability. Nothing is returned if they are not
    the answer's tokens. Quotes do not count; a token that a value shares with its neighbour does.
    """
    if b"".join(token for token, _ in tokens) != answer.encode():
        return {}
    ends = list(accumulate(len(token) for token, _ in tokens))
    found = {}
    for place, (start, end) in places(answer).items():
        logs = [
            log
            for (token, log), token_end in zip(tokens, ends, strict=True)
            if token_end > start and token_end - len(token) < end
        ]
        total = sum(logs)
        if logs and not math.isnan(total):
            found[place] = math.exp(min(0.0, total))
    return found


def places(answer: str) -> dict[Place, Extent]:
    """Return where each scalar of a JSON text stands, in bytes; the quotes of strings left out."""
    found: dict[Place, Extent] = {}
    _walk(answer, _skip(answer, 0), (), found)
    return {place: (len(answer[:start].encode()), len(answer[:end].encode())) for place, (start, end) in found.items()}


def _walk(text: str, at: int, place: Place, found: dict[Place, Extent]) -> int:
    """Note the scalars of the value that begins at `at`; return where it ends. The text is valid JSON."""
    if text[at] not in "{[":
        match = _SCALAR.match(text, at)
        assert match is not None
        quoted = text[at] == '"'
        found[place] = (at + quoted, match.end() - quoted)
        return match.end()
    closing = "}" if text[at] == "{" else "]"
    at, number = _skip(text, at + 1), 0
    while text[at] != closing:
        key: str | int = number
        if closing == "}":
            name = _SCALAR.match(text, at)
            assert name is not None
            key = json.loads(name.group())
            at = _skip(text, _skip(text, name.end()) + 1)
        at = _skip(text, _walk(text, at, (*place, key), found))
        at, number = _skip(text, at + (text[at] == ",")), number + 1
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _GAP.match(text, at)
    return match.end() if match else at
