"""Where a driver photographs: the page, and what makes it an application that opens without network."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from capture.errors import NotFoundError
from web.auth import ServicesDep
from web.pages.rendering import STATIC, asset, page
from web.sessions import VisitorDep
from worker.lan import authority_of

router = APIRouter(include_in_schema=False)

SCRIPTS = ("base.js", "capture.js")
STYLES = ("base.css", "capture.css")
PICTURES = ("icon.svg", "icons.svg")
THEME, WORKER = "theme.js", "capture-worker.js"

IMPORT = re.compile(r'^import .*?from "\./([\w-]+\.js)";$', re.MULTILINE)


@router.get("/capture")
def show(request: Request, visitor: VisitorDep) -> HTMLResponse:
    """Show the page; it fetches the vehicles itself, for it may be opened without network."""
    return page(request, visitor, "capture.html", writes=visitor.principal.role != "viewer")


@router.get("/sw.js")
def service_worker() -> Response:
    """Return the service worker, at the root so that it may answer for `/capture`, with what it keeps on the phone."""
    return Response(_service_worker(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/manifest.webmanifest")
def manifest() -> JSONResponse:
    """Say how the page looks as an application on a phone."""
    icons = [{"src": asset("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}]
    for size in (192, 512):
        picture = {"src": asset(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        icons += [{**picture, "purpose": "any"}, {**picture, "purpose": "maskable"}]
    said = {
        "id": "/capture",
        "name": "MotoMind Capture",
        "short_name": "Capture",
        "description": "Photograph a dashboard or a receipt; it is read within seconds.",
        "start_url": "/capture",
        "scope": "/",
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#f4f6f7",
        "theme_color": "#0f5f6b",
        "icons": icons,
    }
    return JSONResponse(said, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


@router.get("/certificate.crt")
def certificate(services: ServicesDep) -> Response:
    """Return the certificate of the authority that a phone may trust; who asks has no session on that phone yet.

    Raises: NotFoundError (`path_unknown`) where none is served.
    """
    path = services.settings.tls_certificate
    if not path:
        raise NotFoundError("path_unknown", "This address is served without a certificate of its own")
    return Response(authority_of(Path(path)), media_type="application/x-x509-ca-cert")


@cache
def _service_worker() -> str:
    linked = (*STYLES, *SCRIPTS, *PICTURES, THEME)
    modules = sorted(_imported(SCRIPTS))
    shell = [asset(name) for name in linked] + [f"/static/{name}" for name in modules]
    files = sorted({*linked, *modules, WORKER})
    digest = hashlib.sha256(b"".join((STATIC / name).read_bytes() for name in files)).hexdigest()[:16]
    said = f"const VERSION = {json.dumps(digest)};\nconst SHELL = {json.dumps(shell)};\n"
    return said + (STATIC / WORKER).read_text(encoding="utf-8")


def _imported(scripts: Iterable[str]) -> set[str]:
    """Return the modules that scripts import, and those that these import; they have plain addresses."""
    found: set[str] = set()
    waiting = list(scripts)
    while waiting:
        names = set(IMPORT.findall((STATIC / waiting.pop()).read_text(encoding="utf-8"))) - found
        found |= names
        waiting += names
    return found
