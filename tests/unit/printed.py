"""What an engine without a fault would see on a generated slip."""

from __future__ import annotations

from capture.reading import Reading, Span
from fixtures.slips import Slip

CHARACTER, STEP, HEIGHT = 18.0, 42.0, 30.0


def printed(slip: Slip) -> Reading:
    """Return the reading of a slip: one span for each cell, where it is printed."""
    width, spans, y = slip.columns * CHARACTER, [], 40.0
    for row in slip.rows:
        for cell in row.cells:
            long = len(cell.text) * CHARACTER
            x = 20 + cell.at * width - {"l": 0, "m": long / 2, "r": long}[cell.side]
            corners = ((x, y), (x + long, y), (x + long, y + HEIGHT), (x, y + HEIGHT))
            spans.append(Span(text=cell.text, polygon=corners, score=0.99))
        y += row.size * STEP
    return Reading(engine="rapid_ocr", model="by hand", spans=tuple(spans), page_sizes=((1000, 3000),))
