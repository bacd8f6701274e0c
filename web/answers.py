"""The one form of an error answer."""

from __future__ import annotations

from fastapi.responses import JSONResponse


def answer(status: int, code: str, message: str) -> JSONResponse:
    """Return an error answer: `{"error": {"code", "message"}}`."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)
