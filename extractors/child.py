"""The reading process: decodes documents and runs engines, one document at a time, until its parent goes.

Started by `reader` as `python -m extractors.child <connection> <lifeline>` (two inherited descriptors).
"""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

from capture.duplicates import Likeness
from capture.errors import CaptureError, ExtractorError
from capture.image import open_document
from capture.reading import Extractor
from extractors import make_engine
from extractors.cascade import read_pages
from extractors.dialogue import Comparison, ReadOutcome, Request, Setup
from extractors.written import written_attempt


def main() -> None:
    """Serve each `Request` with `ReadOutcome`, each `Comparison` with `Likeness`, or with an error of ours."""
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    threading.Thread(target=_end_with_parent, args=(int(sys.argv[2]),), daemon=True).start()
    setup: Setup = connection.recv()
    try:
        engines = [make_engine(name, setup.options) for name in setup.engines]
    except CaptureError as error:
        connection.send(error)
        return
    connection.send("ready")
    while True:
        try:
            request: Request | Comparison = connection.recv()
        except EOFError:
            return
        connection.send(_serve(request, setup, engines))


def _serve(
    request: Request | Comparison, setup: Setup, engines: list[Extractor]
) -> ReadOutcome | Likeness | CaptureError:
    try:
        if isinstance(request, Comparison):
            return _compare(request, setup)
        return _read(request, setup, engines)
    except CaptureError as error:
        return error
    except MemoryError:
        return ExtractorError("engine_memory", "Memory ran out while reading")
    except Exception as error:  # noqa: BLE001 (the edge of the process: no photo may end it)
        return ExtractorError("engine_failed", f"Reading failed ({type(error).__name__})")


def _read(request: Request, setup: Setup, engines: list[Extractor]) -> ReadOutcome:
    document = open_document(request.data, setup.limits, request.hint.kind)
    if document.content is not None:
        return ReadOutcome(facts=document.facts, attempts=(written_attempt(document.content),))
    attempts = read_pages(
        document.pages,
        engines,
        request.timeout_s,
        request.hint,
        vision=request.vision,
        warnings=request.warnings,
        policy=request.policy,
        trust=request.trust,
    )
    return ReadOutcome(facts=document.facts, attempts=attempts)


def _compare(request: Comparison, setup: Setup) -> Likeness:
    from extractors.likeness import likeness  # noqa: PLC0415 (OpenCV takes a tenth of a second; few photos need it)

    first, second = (open_document(data, setup.limits).pages[0].image for data in (request.first, request.second))
    return likeness(first, second)


def _end_with_parent(lifeline: int) -> None:
    """End at once when the parent's end of the pipe closes, even in the middle of native code."""
    os.read(lifeline, 1)
    os._exit(0)


if __name__ == "__main__":
    main()
