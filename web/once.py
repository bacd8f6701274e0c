"""`Idempotency-Key`: how a caller says that a request which creates something is the one that it sent before."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from web.auth import CallerDep, ServicesDep, actor_of
from worker.once import Once

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A name of the caller's own for this request, such as a UUID. Who repeats the request with it "
        "within a day gets the first answer, and nothing is made twice.",
        examples=["0b8e3f0c-6f1d-4c52-9c5f-0a7a2d6b3e11"],
    ),
]


async def once(request: Request, services: ServicesDep, caller: CallerDep, key: Key = None) -> Once:
    """Return the request as one that may come twice."""
    said = b"\n".join((request.method.encode(), request.url.path.encode(), await request.body()))
    return Once(services, caller.tenant_id, actor_of(request, caller), key, said)


OnceDep = Annotated[Once, Depends(once)]
