"""The HTTP application: `uvicorn web.app:create_app --factory`. It reaches no engine, so it starts in a moment."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from capture import __version__
from capture.errors import ADVICE, CaptureError, RefusedError, frames
from capture.settings import Settings, load
from web import duplicates, events, health, history, policy, review, triggers, trust, uploads
from web.answers import answer
from web.limits import BodyLimit
from worker.parent import end_with_supervisor
from worker.services import Services

log = logging.getLogger(__name__)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; from `CAPTURE_*` in the environment where no settings are given."""
    services = Services(settings or load(os.environ))
    end_with_supervisor()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        services.close()

    app = FastAPI(
        title="MotoMind Capture",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        lifespan=lifespan,
    )
    app.state.services = services
    app.add_middleware(BodyLimit)
    for module in (health, triggers, uploads, events, history, duplicates, review, trust, policy):
        app.include_router(module.router)
    app.add_exception_handler(CaptureError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _unforeseen)
    return app


def _ours(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CaptureError)
    return answer(error.http_status, error.code, error.message)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Name the wrong fields, never their values."""
    assert isinstance(error, RequestValidationError)
    names = sorted({".".join(str(part) for part in issue["loc"]) for issue in error.errors()})
    return _ours(_, RefusedError("request_invalid", f"The request is wrong in: {', '.join(names)}"))


def _plain(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "path_unknown", 405: "method_wrong"}.get(error.status_code, "request_invalid")
    return answer(error.status_code, code, f"{error.detail}. {ADVICE[code]}")


def _unforeseen(_: Request, error: Exception) -> JSONResponse:
    log.error("unforeseen: %s%s", type(error).__name__, frames(error))
    return answer(500, "internal", f"Something went wrong here. {ADVICE['internal']}")
