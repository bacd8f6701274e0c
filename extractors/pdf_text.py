"""The text that a PDF prints, taken from the file itself: nothing is recognised, so nothing is misread."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from capture.errors import ExtractorError
from capture.image import PageImage
from capture.reading import Extractor, Span, Subject
from extractors import EngineOptions


class PdfText:
    """Line-grain spans without a score, on documents of which every page that is read tells its own text."""

    name = "pdf_text"
    subject: Subject = "text"

    def missing(self) -> str | None:
        """Say what to install; None if it can run."""
        return None if find_spec("pypdfium2") is not None else "pip install pypdfium2"

    def model(self) -> str:
        """Name and version of the library that takes the text out of the file."""
        from pypdfium2.version import PDFIUM_INFO, PYPDFIUM_INFO  # noqa: PLC0415 (a missing one is told by `missing`)

        return f"pypdfium2 {PYPDFIUM_INFO.version} pdfium {PDFIUM_INFO.build}"

    def suits(self, pages: Sequence[PageImage]) -> bool:
        """Tell if each page tells its own text: one page that is a scan sends all of them to the other engines."""
        return all(page.text is not None for page in pages) and any(page.text for page in pages)

    def read(self, page: PageImage, timeout_s: float) -> tuple[Span, ...]:
        """Return the page's phrases in the order of the file; none for a page without text.

        Raises: ExtractorError (`engine_missing`).
        """
        hint = self.missing()
        if hint is not None:
            raise ExtractorError("engine_missing", f"The reader of PDF texts cannot run ({hint})")
        return tuple(
            Span(
                text=phrase.text,
                polygon=((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
                grain="line",
                page=page.index,
            )
            for phrase in page.text or ()
            for x0, y0, x1, y1 in [phrase.box]
        )


def make(options: EngineOptions) -> Extractor:
    """Return the engine."""
    return PdfText()
