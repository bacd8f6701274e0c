"""The HTTP application: `uvicorn web.app:create_app --factory`. It reaches no engine, so it starts in a moment."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from capture import __version__
from capture.settings import Settings, load
from web.errors import register
from web.headers import SecurityHeaders
from web.limits import BodyLimit
from web.openapi import describe, operation_id
from web.pages.rendering import STATIC
from web.plain import plain
from web.routers import routers
from web.static_files import Assets
from worker.parent import end_with_supervisor
from worker.services import Services


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
        dependencies=[Depends(plain)],
        generate_unique_id_function=operation_id,
    )
    app.state.services = services
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, settings=services.settings)
    for router in routers():
        app.include_router(router)
    app.mount("/static", Assets(directory=STATIC), name="static")
    register(app)
    describe(app)
    return app
