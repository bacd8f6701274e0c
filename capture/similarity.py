"""How alike two names or addresses are, whatever their case, spaces and punctuation."""

from __future__ import annotations

SAME_TEXT = 0.9
"""Two texts at least this alike name the same thing: one letter in ten may be misread."""


def similarity(first: str, second: str) -> float:
    """Return 1 less the edit distance over the longer text's length, 0 to 1; letters and digits alone count."""
    one, other = _letters(first), _letters(second)
    longest = max(len(one), len(other))
    return 1.0 if longest == 0 else 1 - _edits(one, other) / longest


def same_text(first: str, second: str) -> bool:
    """Tell if two texts name the same thing."""
    return similarity(first, second) >= SAME_TEXT


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def _edits(one: str, other: str) -> int:
    """Return the Levenshtein distance: how many letters are put in, left out or changed."""
    before = list(range(len(other) + 1))
    for row, char in enumerate(one, 1):
        now = [row]
        for column, against in enumerate(other, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (char != against)))
        before = now
    return before[-1]
