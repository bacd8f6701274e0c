"""How sure and how right, as pictures: inline SVG that needs no script and follows the reader's light or dark."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from capture.calibration import Bin
from capture.intervals import wilson
from capture.promise import Threshold

WIDTH, HEIGHT = 460, 330
LEFT, RIGHT, TOP, BOTTOM = 70, 26, 14, 46
TICKS = 5

STYLE = """
.chart{max-width:100%;height:auto;color:var(--ink);font:13px system-ui,sans-serif}
.chart text{fill:currentColor}.chart .axis{stroke:currentColor;fill:none}.chart .grid{stroke:var(--line)}
.chart .ideal{stroke:currentColor;stroke-dasharray:2 4;fill:none}
.chart .here{stroke:var(--here);fill:var(--here)}.chart .known{stroke:var(--known);fill:var(--paper)}
.chart polyline.here,.chart polyline.known{fill:none;stroke-width:2}.chart polyline.bound{stroke-dasharray:7 4}
.chart .promise{stroke:var(--promise);stroke-width:2;stroke-dasharray:10 3 2 3;fill:none}
.chart text.promise{stroke:none;fill:var(--promise)}
"""
"""Of the pictures; the colours are the page's: --ink, --paper, --line, --here, --known and --promise."""


class Frame:
    """A picture's axes: from data to pixels, origin bottom left."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self._x, self._y = x, y

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a point; what lies outside is drawn at the edge."""
        across = (min(max(x, self._x[0]), self._x[1]) - self._x[0]) / (self._x[1] - self._x[0])
        up = (min(max(y, self._y[0]), self._y[1]) - self._y[0]) / (self._y[1] - self._y[0])
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    def line(self, points: Sequence[tuple[float, float]], kind: str) -> str:
        """Return a line through points."""
        pixels = " ".join(f"{px:.1f},{py:.1f}" for px, py in (self.at(x, y) for x, y in points))
        return f'<polyline class="{kind}" points="{pixels}"/>'

    def axes(self, across: str, up: str) -> str:
        """Return both axes with grid, ticks in per cent and names."""
        parts = []
        for step in range(TICKS + 1):
            x = self._x[0] + (self._x[1] - self._x[0]) * step / TICKS
            y = self._y[0] + (self._y[1] - self._y[0]) * step / TICKS
            (px, _), (_, py) = self.at(x, self._y[0]), self.at(self._x[0], y)
            parts.append(f'<line class="grid" x1="{LEFT}" y1="{py:.1f}" x2="{WIDTH - RIGHT}" y2="{py:.1f}"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{py + 4:.1f}" text-anchor="end">{_per_cent(y)}</text>')
            parts.append(f'<text x="{px:.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{_per_cent(x)}</text>')
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{html.escape(across)}</text>')
        half = (TOP + HEIGHT - BOTTOM) / 2
        parts.append(
            f'<text x="13" y="{half:.0f}" text-anchor="middle" transform="rotate(-90 13 {half:.0f})">'
            f"{html.escape(up)}</text>"
        )
        return "".join(parts)


def reliability(name: str, here: Sequence[Bin], known: Sequence[Bin], seen_as: str = "these photos") -> str:
    """Return the reliability diagram: what was said against what was right, in bins of equally many readings.

    `here`: of the evaluated photos, with 95 % intervals; `known`: of the calibration in force. `name`: a word, unique
    on the page; `seen_as`: what is drawn as `here`, in words.
    """
    intervals = [wilson(round(one.right), round(one.n)) for one in here]
    seen = [least for least, _ in intervals] + [min(one.mean, one.right / one.n) for one in (*here, *known)]
    low = math.floor(10 * min([0.9, *seen])) / 10
    frame = Frame((low, 1.0), (low, 1.0))
    drawn = [frame.axes("said to be right", "are right"), frame.line([(low, low), (1, 1)], "ideal")]
    for one in known:
        x, y = frame.at(one.mean, one.right / one.n)
        drawn.append(f'<rect class="known" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>')
    for one, (least, most) in zip(here, intervals, strict=True):
        x, y = frame.at(one.mean, one.right / one.n)
        drawn.append(frame.line([(one.mean, least), (one.mean, most)], "here"))
        drawn.append(f'<circle class="here" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
    words = [f"{one.mean:.1%} said, {one.right:.0f} of {one.n:.0f} right" for one in here]
    said = f"Circles: {seen_as}, with 95 % intervals. Squares: the calibration in force. Dots: as said, so right."
    return _svg(
        name, "Reliability", f"{said} {seen_as.capitalize()}, bin by bin: {'; '.join(words) or 'none'}.", drawn, said
    )


def risk_coverage(
    name: str,
    here: Sequence[Threshold],
    known: Sequence[Threshold],
    promised: float,
    chosen: Threshold | None,
    seen_as: str = "these photos",
) -> str:
    """Return the risk-coverage curve: the share of wrong events among the accepted, by how many are accepted.

    `promised`: drawn in as a level; `chosen`: the cut that keeps it, drawn in where it lies. `seen_as`: what is drawn
    as `here`, in words.
    """
    seen = [*here, *known]
    top = max([2 * promised, *(cut.error for cut in seen), *(cut.bound for cut in known if cut.bound < 0.2)])
    top = math.ceil(top * 50) / 50
    frame = Frame((0.0, 1.0), (0.0, top))
    drawn = [frame.axes("accepted, of all photos", "wrong, of the accepted")]
    drawn.append(frame.line([(0, promised), (1, promised)], "promise"))
    x, y = frame.at(0, promised)
    drawn.append(f'<text class="promise" x="{x + 6:.1f}" y="{y - 5:.1f}">promised {promised:.2%}</text>')
    if chosen is not None:
        drawn.append(frame.line([(chosen.automation, 0), (chosen.automation, top)], "promise"))
    drawn.append(frame.line([(cut.automation, cut.bound) for cut in known if cut.bound <= top], "known bound"))
    drawn.append(frame.line([(cut.automation, cut.error) for cut in known], "known"))
    drawn.append(frame.line([(cut.automation, cut.error) for cut in here], "here"))
    for cut in here:
        x, y = frame.at(cut.automation, cut.error)
        drawn.append(f'<circle class="here" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
    said = f"Circles: {seen_as}. Plain line: the calibration in force; dashed: its upper 95 % bound."
    kept = (
        f"The promise is kept up to the upright line: {chosen.automation:.1%} accepted."
        if chosen is not None
        else "Nothing that was counted keeps the promise."
    )
    return _svg(name, "Risk and coverage", f"{said} {kept}", drawn, f"{said} {kept}")


def thresholds_table(cuts: Sequence[Threshold], chosen: Threshold | None) -> str:
    """Return the table of cuts, the one in force marked."""
    head = ("accepted from", "accepted", "of all photos", "wrong", "share", "95 % bound", "")
    rows = []
    for cut in cuts:
        cells = (
            f"{cut.probability:.4f}", f"{cut.accepted:,.0f}", f"{cut.automation:.1%}", f"{cut.wrong:,.0f}",
            f"{cut.error:.2%}", f"{cut.bound:.2%}", "in force" if cut == chosen else "",
        )  # fmt: skip
        mark = ' class="chosen"' if cut == chosen else ""
        rows.append(f"<tr{mark}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    names = "".join(f'<th scope="col">{name}</th>' for name in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _svg(name: str, title: str, description: str, drawn: Sequence[str], caption: str) -> str:
    key = html.escape(name, quote=True)
    return (
        f'<figure class="picture"><svg class="chart" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" aria-labelledby="{key}-title {key}-desc"><title id="{key}-title">{html.escape(title)}'
        f'</title><desc id="{key}-desc">{html.escape(description)}</desc>{"".join(drawn)}</svg>'
        f"<figcaption><b>{html.escape(title)}.</b> {html.escape(caption)}</figcaption></figure>"
    )


def _per_cent(share: float) -> str:
    number = 100 * share
    return f"{number:.0f} %" if abs(number - round(number)) < 1e-6 else f"{number:.1f} %"
