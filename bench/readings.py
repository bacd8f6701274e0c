"""Readings of a labelled set: from a file of cached ones, or from the engine itself."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from bench.labels import cached_readings
from capture.errors import ExtractorError, ImageError
from capture.image import Limits, open_document
from capture.reading import Extractor, Reading
from capture.settings import load
from extractors import make_engine, options_of
from worker.labelled import LabelledPhoto

READ_TIMEOUT_S = 60.0


class Readings:
    """Gives the reading of each photo of a set, from `cache` where that has the set, else from the engine."""

    def __init__(self, engine: str, cache: Path | None) -> None:
        self.engine = engine
        self.cache = cache
        self._extractor: Extractor | None = None

    @property
    def extractor(self) -> Extractor:
        """The engine, made at its first use."""
        if self._extractor is None:
            self._extractor = make_engine(self.engine, options_of(load(os.environ)))
        return self._extractor

    def of(self, set_name: str, photos: list[LabelledPhoto]) -> Iterator[tuple[LabelledPhoto, Reading]]:
        """Yield photo and reading; a photo that the engine fails on is read as showing nothing, and counts as wrong."""
        cached = self._cached(set_name)
        for photo in photos:
            if cached is None:
                yield photo, self._read(photo)
            elif photo.file in cached:
                yield photo, cached[photo.file]

    def _cached(self, set_name: str) -> dict[str, Reading] | None:
        if self.cache is None:
            return None
        path = self.cache / f"{set_name}.jsonl" if self.cache.is_dir() else self.cache
        return cached_readings(path, self.engine)

    def _read(self, photo: LabelledPhoto) -> Reading:
        started = time.monotonic()
        try:
            document = open_document(photo.path.read_bytes(), Limits())
            spans = tuple(span for page in document.pages for span in self.extractor.read(page, READ_TIMEOUT_S))
        except (ImageError, ExtractorError) as error:
            print(f"{photo.file}: {error.fact}")
            return Reading(engine=self.engine, model="failed")
        return Reading(
            engine=self.engine,
            model=self.extractor.model(),
            subject=self.extractor.subject,
            spans=spans,
            page_sizes=tuple(page.size for page in document.pages),
            duration_ms=round((time.monotonic() - started) * 1000),
        )
