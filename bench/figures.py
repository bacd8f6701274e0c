"""Figures and tables that benchmarks print."""

from __future__ import annotations

from collections.abc import Sequence

from capture.intervals import wilson


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
