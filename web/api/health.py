"""Is the process alive, and can it do its work."""

from __future__ import annotations

from fastapi import APIRouter

from capture import __version__
from web.auth import ServicesDep

router = APIRouter(tags=["health"])


@router.get("/healthz")
def alive() -> dict[str, str]:
    """Answer while the process lives; touches no service."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz")
def ready(services: ServicesDep) -> dict[str, str]:
    """Answer 200 if database, queue and storage answer, else the error of the first that does not."""
    services.check()
    return {"status": "ok"}
