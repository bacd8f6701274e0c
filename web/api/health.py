"""Is the process alive, and can it do its work."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from capture import __version__
from web.auth import ServicesDep
from web.openapi import answers

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"
    version: str = __version__


class Ready(BaseModel):
    """Database, queue and storage answer."""

    status: Literal["ok"] = "ok"


@router.get("/healthz")
def alive() -> Alive:
    """Answer while the process lives; touches no service."""
    return Alive()


@router.get("/readyz", responses=answers("redis_unavailable", "storage_unavailable"))
def ready(services: ServicesDep) -> Ready:
    """Answer 200 if database, queue and storage answer, else the error of the first that does not."""
    services.check()
    return Ready()
