"""The states of an upload, and which may follow which."""

from __future__ import annotations

from typing import Literal

UploadState = Literal["expected", "received", "queued", "processing", "recorded", "unrecognised", "rejected", "failed"]

FINAL: frozenset[UploadState] = frozenset({"recorded", "unrecognised", "rejected", "failed"})

FOLLOWS: dict[UploadState, frozenset[UploadState]] = {
    "expected": frozenset({"queued", "failed"}),
    "received": frozenset({"queued", "processing"}),
    "queued": frozenset({"received", "processing"}),
    "processing": frozenset({"queued", *FINAL}),
    **{state: frozenset[UploadState]({"queued"}) for state in FINAL},
}
"""What an upload may become. A final state is left by a re-run alone, or by a photo that came late after all."""

MEANING: dict[UploadState, str] = {
    "expected": "A presigned URL was given out; the photo has not landed yet.",
    "received": "The photo is in the bucket; the queue was away, and the sweep will queue it.",
    "queued": "A job waits for a worker.",
    "processing": "A worker reads it.",
    "recorded": "Read; its events are written.",
    "unrecognised": "Read, but it shows nothing that we know; a person looks at it.",
    "rejected": "Not a photo that can be read; the error says why and what to do. The bytes are kept.",
    "failed": "We could not read it; the error says why. The bytes are kept and it can be run again.",
}


OUTAGE_PAUSE_S = 30.0
"""Pause before a photo is tried again that could not be read because a service or setting was at fault."""


def retry_delay_s(attempt: int) -> float:
    """Return the pause before the next attempt, seconds: 2, 4, 8 ... at most 300."""
    return min(300.0, 2.0**attempt)
