"""The reading process with an engine that misbehaves on purpose: what it does depends on the page's colour.

Run by `StandInReader` in place of `extractors.child`; all but the engine is the real thing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from unittest import mock

from capture.errors import ExtractorError
from capture.image import PageImage
from capture.reading import Extractor, Span, Subject
from extractors import EngineOptions, child

COLOURS = {
    "good": (0, 255, 0),
    "slow": (255, 0, 0),
    "killed": (0, 0, 255),
    "greedy": (255, 255, 0),
    "greedy_child": (255, 0, 255),
    "broken": (0, 255, 255),
    "refused": (255, 255, 255),
}
GREED_BYTES = 400 * 1024 * 1024
FOREVER_S = 600


class Misbehaving:
    """Reads well, or not at all."""

    name = "stand_in"
    subject: Subject = "text"

    def missing(self) -> str | None:
        return None

    def model(self) -> str:
        return "stand_in 1"

    def suits(self, pages: Sequence[PageImage]) -> bool:
        return len(pages) > 0

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:  # noqa: ARG002 (as engines have it)
        colour = page.image.getpixel((0, 0))
        [what] = [name for name, value in COLOURS.items() if value == colour]
        if what == "slow":
            time.sleep(FOREVER_S)
        elif what == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        elif what == "greedy":
            greed = b"x" * GREED_BYTES
            time.sleep(FOREVER_S)
            del greed
        elif what == "greedy_child":
            program = f"import time; greed = b'x' * {GREED_BYTES}; time.sleep({FOREVER_S})"
            subprocess.run(["python3", "-c", program], check=True)
        elif what == "broken":
            raise ZeroDivisionError("with a secret in it")
        elif what == "refused":
            raise ExtractorError("engine_failed", "It cannot")
        return (Span(text=str(os.getpid()), polygon=((0, 0), (1, 0), (1, 1), (0, 1))),)


def _make_engine(name: str, options: EngineOptions) -> Extractor:
    return Misbehaving()


if __name__ == "__main__":
    with mock.patch.object(child, "make_engine", _make_engine):
        child.main()
