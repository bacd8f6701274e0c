"""Templates -> pages: what all pages know, and how numbers and times are shown."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from capture import __version__
from worker.sessions import Session

FOLDER = Path(__file__).resolve().parent.parent
STATIC = FOLDER / "static"

NAVIGATION = (
    ("/capture", "Capture", "camera"),
    ("/review", "Review", "check"),
    ("/uploads", "Uploads", "photo"),
    ("/events", "Events", "list"),
    ("/vehicles", "Vehicles", "vehicle"),
    ("/trust", "Trust", "shield"),
    ("/operations", "Operations", "pulse"),
)
"""Path, name and icon of each place."""


@cache
def asset(name: str) -> str:
    """Return the address of a static file, with its digest: it is kept for ever, and a new one has a new address."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:16]
    return f"/static/{name}?v={digest}"


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with separators of thousands; a dash where it is not known."""
    return "–" if value is None else f"{value:,.{digits}f}"


def percent(value: float | None, digits: int = 0) -> str:
    """Return a share of 0 to 1 in percent; a dash where it is not known."""
    return "–" if value is None else f"{value * 100:.{digits}f} %"


def when(value: datetime | None) -> Markup:
    """Return a moment that the browser shows in its own zone, and that reads as UTC without scripts."""
    if value is None:
        return Markup("–")
    moment = value.astimezone(UTC)
    return Markup('<time datetime="{}">{} UTC</time>').format(
        moment.isoformat(timespec="seconds"), moment.strftime("%Y-%m-%d %H:%M")
    )


def words(code: str) -> str:
    """Return a code in words: `fuel_purchase` -> `Fuel purchase`."""
    return code.replace("_", " ").capitalize()


def advice(text: str) -> Markup:
    """Return a message whose commands, between backticks, are set as code."""
    code = Markup("<code>{}</code>")
    return Markup().join(code.format(part) if place % 2 else part for place, part in enumerate(text.split("`")))


ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.globals.update(asset=asset, navigation=NAVIGATION, version=__version__)
ENVIRONMENT.filters.update(number=number, percent=percent, when=when, words=words, advice=advice)


def page(request: Request, visitor: Session | None, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page; `visitor` None where nobody has signed in. Pages hold tenants' data, so nobody keeps them."""
    body = ENVIRONMENT.get_template(template).render(path=request.url.path, visitor=visitor, **context)
    return HTMLResponse(body, status, {"Cache-Control": "no-store"})
