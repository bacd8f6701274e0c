"""Patterns of printed words that forgive what engines do to them."""

from __future__ import annotations

import re

_TAKEN_FOR = {" ": " ?", "i": "[il1]", "l": "[il1]", "o": "[o0]"}
_TWO_LETTERS = "äöüßœæ"


def tolerant(pattern: str) -> str:
    """Return a pattern that forgives engines.

    Spaces may be lost; i, l and 1, o and 0 be taken for each other; letters that English lacks be lost, be taken for
    any other or be written with two: "Ölfilter" is read as "lfilter" and written as "Oelfilter".
    """
    made, in_class, index = "", False, 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\" or pattern.startswith("(?P<", index):
            end = index + 2 if char == "\\" else pattern.index(">", index) + 1
            made, index = made + pattern[index:end], end
            continue
        in_class = char == "[" or (in_class and char != "]")
        made += char if in_class else _forgiving(char)
        index += 1
    return made


def _forgiving(char: str) -> str:
    if char.isascii() or not char.isalpha():
        return _TAKEN_FOR.get(char, char)
    return r"\S{0,2}" if char.lower() in _TWO_LETTERS else r"\S?"


def words(pattern: str) -> re.Pattern[str]:
    """Compile words that are no part of longer ones; digits may touch them."""
    return re.compile(rf"(?<![^\W\d_])(?:{tolerant(pattern)})(?![^\W\d_])", re.IGNORECASE)
