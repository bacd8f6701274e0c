"""Bytes -> text: UTF-8, UTF-16 with its mark, or the Windows code page that spreadsheets still write."""

from __future__ import annotations

import codecs
import re

HEAD_BYTES = 64 * 1024
"""How much of a file is looked at to tell what it is."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""Characters that no text holds; tab, line ends and the page's end are not among them."""


def decode(data: bytes) -> str | None:
    """Return the text without its byte order mark; None if the bytes are no text."""
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.removeprefix("\ufeff") if _is_text(text) else None
    return None


def decode_head(data: bytes) -> str | None:
    """Return the text of the first bytes, to tell what the file is; None if they are no text."""
    head = data[:HEAD_BYTES]
    for encoding in _encodings(head):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)  # a character that is cut off may follow
        except UnicodeDecodeError:
            continue
        return text.removeprefix("\ufeff") if _is_text(text) else None
    return None


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    return ("utf-8", "cp1252")


def _is_text(text: str) -> bool:
    return _CONTROLS.search(text) is None


def storable(text: str) -> str:
    """Return text as databases keep it: without NUL, and without halves of characters."""
    return text.encode(errors="replace").decode().replace("\0", "")
