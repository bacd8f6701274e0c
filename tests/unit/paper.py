"""Readings made by hand: rows of cells on paper, or pieces of text on a dashboard."""

from __future__ import annotations

from collections.abc import Sequence

from capture.reading import Grain, Reading, Span

Row = str | tuple[str, ...]

HEIGHT = 30
STEP = 42
COLUMN = 420
CHARACTER = 13


def span(
    text: str, x: float, y: float, height: float = HEIGHT, score: float | None = 0.99, grain: Grain = "line"
) -> Span:
    width = max(1, len(text)) * CHARACTER * height / HEIGHT
    polygon = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    return Span(text=text, polygon=polygon, score=score, grain=grain)


def reading(spans: Sequence[Span], engine: str = "rapid_ocr") -> Reading:
    return Reading(engine=engine, model="by hand", spans=tuple(spans), page_sizes=((1600, 2400),))


def paper(rows: Sequence[Row], score: float | None = 0.99) -> Reading:
    """Lay rows out one below the other; the cells of a row start at fixed columns."""
    spans = []
    for number, row in enumerate(rows):
        for column, text in enumerate((row,) if isinstance(row, str) else row):
            spans.append(span(text, 40 + COLUMN * column, 60 + STEP * number, score=score))
    return reading(spans)


def in_words(rows: Sequence[Row]) -> Reading:
    """Lay the same rows out with one span a word, as Tesseract gives them."""
    spans = []
    for line in paper(rows).spans:
        x = line.x0
        for word in line.text.split():
            spans.append(span(word, x, line.y0, grain="word"))
            x += (len(word) + 1) * CHARACTER
    return reading(spans, engine="tesseract")


def tilted(flat: Reading, slope: float) -> Reading:
    """Shear a reading so that its lines climb by `slope` pixels a pixel."""
    return flat.model_copy(
        update={
            "spans": tuple(
                s.model_copy(update={"polygon": tuple((x, y + slope * x) for x, y in s.polygon)}) for s in flat.spans
            )
        }
    )


def on_its_side(flat: Reading, *, clockwise: bool) -> Reading:
    """Turn the page a quarter; corners stay in the order of the picture, as engines that turn lines give them."""
    spans = []
    for s in flat.spans:
        corners = [(2_400 - y, x) if clockwise else (y, 1_600 - x) for x, y in s.polygon]
        x0, y0 = min(x for x, _ in corners), min(y for _, y in corners)
        x1, y1 = max(x for x, _ in corners), max(y for _, y in corners)
        spans.append(s.model_copy(update={"polygon": ((x0, y0), (x1, y0), (x1, y1), (x0, y1))}))
    return flat.model_copy(update={"spans": tuple(spans)})


def by_hand(reading: Reading) -> Reading:
    """Return the reading with lines as uneven as a hand writes them."""
    spans = []
    for number, span in enumerate(reading.spans):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = span.polygon
        lift, grow = 6 * (-1) ** number, 1 + 0.3 * (number % 2)
        polygon = ((x0, y0), (x1, y1 + lift), (x2, y2 + lift), (x3, y0 + (y3 - y0) * grow))
        spans.append(span.model_copy(update={"polygon": polygon}))
    return reading.model_copy(update={"spans": tuple(spans)})
