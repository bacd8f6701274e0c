"""Figures and tables that benchmarks print."""

from __future__ import annotations

import math
from collections.abc import Sequence


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share, 0 to 1. Source: E. B. Wilson, JASA 22 (1927)."""
    if n == 0:
        return 0.0, 1.0
    share = right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def share_row(name: str, right: int, n: int) -> tuple[str, ...]:
    """Return one row: name, counts, share and its interval."""
    low, high = wilson(right, n)
    share = f"{100 * right / n:.1f} %" if n else "-"
    return name, f"{right} / {n}", share, f"{100 * low:.1f} - {100 * high:.1f} %"


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    print(f"\n{title}\n")
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
