"""Charts as SVG that the server draws: no script, and coloured by `base.css` for light and dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

WIDTH, HEIGHT = 420, 220
"""Drawn as wide as a phone shows it, so that its words can be read there."""

LEFT, RIGHT, TOP, BOTTOM = 58, 8, 12, 28
MOST_POINTS = 400
"""More dots than this are thinned out: neighbours cannot be told apart then."""


@dataclass(frozen=True)
class Dot:
    """A point in time. `kind`: "", "warn" or "bad", a class of the stylesheet; `words`: what a pointer is told."""

    at: datetime
    value: float
    words: str
    kind: str = ""
    href: str = ""


@dataclass(frozen=True)
class Window:
    """From where to where a value was expected at a moment."""

    at: datetime
    low: float
    high: float


@dataclass(frozen=True)
class Bar:
    """A column of a chart: its name below, and its parts from the bottom up as (class, value, words)."""

    name: str
    parts: tuple[tuple[str, float, str], ...]


def over_time(
    title: str,
    summary: str,
    dots: Sequence[Dot],
    *,
    windows: Sequence[Window] = (),
    marks: Sequence[tuple[datetime, str]] = (),
    joined: bool = True,
    number: Callable[[float], str] = lambda value: f"{value:,.0f}",
) -> Markup:
    """Return a chart of values over time. `windows`: a band behind them; `marks`: moments with a word each.

    `joined`: a line leads through the dots without a kind. `summary`: the chart in words, for who does not see it.
    """
    shown = _thinned(dots)
    times = [dot.at for dot in shown] + [at for at, _ in marks]
    first, last = min(times), max(times)
    if last - first < timedelta(days=1):
        first, last = first - timedelta(hours=12), last + timedelta(hours=12)
    values = [dot.value for dot in shown]
    low, high, step = _scale(min(values), max(values))
    span = (last - first).total_seconds()

    def across(at: datetime) -> float:
        share = (at - first).total_seconds() / span
        return LEFT + 6 + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT - 12)

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - (min(high, max(low, value)) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    drawn = [_grid(low, high, step, up, number), _days(first, last, across)]
    drawn += [
        Markup('<rect class="area" x="{}" y="{}" width="6" height="{}"/>').format(
            f"{across(one.at) - 3:.1f}", f"{up(one.high):.1f}", f"{max(2.0, up(one.low) - up(one.high)):.1f}"
        )
        for one in windows
    ]
    for at, word in marks:
        drawn.append(
            Markup('<line class="mark" x1="{0}" x2="{0}" y1="{1}" y2="{2}"><title>{3}</title></line>').format(
                f"{across(at):.1f}", TOP, HEIGHT - BOTTOM, word
            )
        )
    line = [dot for dot in shown if not dot.kind]
    if joined and len(line) > 1:
        points = " ".join(f"{across(dot.at):.1f},{up(dot.value):.1f}" for dot in line)
        drawn.append(Markup('<polyline class="line" points="{}"/>').format(points))
    drawn += [_dot(dot, across(dot.at), up(dot.value), crowded=len(shown) > 120) for dot in shown]
    return _svg(title, summary, drawn)


def bars(
    title: str, summary: str, columns: Sequence[Bar], number: Callable[[float], str] = lambda value: f"{value:,.0f}"
) -> Markup:
    """Return a chart of columns, each of parts that stand on one another."""
    _, high, step = _scale(0.0, max(sum(value for _, value, _ in bar.parts) for bar in columns))
    wide = (WIDTH - LEFT - RIGHT) / len(columns)

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - value / high * (HEIGHT - TOP - BOTTOM)

    drawn = [_grid(0.0, high, step, up, number)]
    every = math.ceil(len(columns) / 6)
    for place, bar in enumerate(columns):
        x, floor = LEFT + place * wide, 0.0
        for kind, value, words in bar.parts:
            drawn.append(
                Markup('<rect class="bar {}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
                    kind, f"{x + wide * 0.15:.1f}", f"{up(floor + value):.1f}", f"{wide * 0.7:.1f}",
                    f"{up(floor) - up(floor + value):.1f}", words,
                )
            )  # fmt: skip
            floor += value
        if place % every == 0:
            drawn.append(_text(bar.name, x + wide / 2, HEIGHT - 10, "middle"))
    return _svg(title, summary, drawn)


def _thinned(dots: Sequence[Dot]) -> list[Dot]:
    """Return at most about MOST_POINTS: those with a kind, the first and the last are always among them."""
    every = max(1, math.ceil(len(dots) / MOST_POINTS))
    last = len(dots) - 1
    return [dot for place, dot in enumerate(dots) if place % every == 0 or dot.kind or place == last]


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """Return the ends of an axis around some values, and the step between its marks: 1, 2 or 5 times a power of ten."""
    span = max(high - low, abs(high) * 0.01, 1e-9)
    rough = span / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    start, end = math.floor(low / step) * step, math.ceil(high / step) * step
    return start, end if end > start else start + step, step


def _grid(low: float, high: float, step: float, up: Callable[[float], float], number: Callable[[float], str]) -> Markup:
    drawn = []
    for place in range(round((high - low) / step) + 1):
        value = low + place * step
        y = up(value)
        drawn.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
                LEFT, WIDTH - RIGHT, f"{y:.1f}", f"{y:.1f}"
            )
        )
        drawn.append(_text(number(value), LEFT - 8, y + 4, "end"))
    return Markup().join(drawn)


def _days(first: datetime, last: datetime, across: Callable[[datetime], float]) -> Markup:
    form = "%b %Y" if last - first > timedelta(days=200) else "%d %b"
    drawn = []
    for place, anchor in ((0, "start"), (1, "middle"), (2, "end")):
        at = first + (last - first) * place / 2
        drawn.append(_text(at.astimezone(UTC).strftime(form), across(at), HEIGHT - 10, anchor))
    return Markup().join(drawn)


def _dot(dot: Dot, x: float, y: float, *, crowded: bool) -> Markup:
    radius = 5 if dot.kind else 1.5 if crowded else 3
    return Markup('<circle class="dot {}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>').format(
        dot.kind, f"{x:.1f}", f"{y:.1f}", radius, dot.words
    )


def _text(said: str, x: float, y: float, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(f"{x:.1f}", f"{y:.1f}", anchor, said)


def _svg(title: str, summary: str, drawn: Sequence[Markup]) -> Markup:
    return Markup('<svg class="chart" role="img" viewBox="0 0 {} {}" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, f"{title}. {summary}", Markup().join(drawn)
    )
