"""No photo takes the worker along: what is slow, greedy or deadly is ended, and the next photo is read."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from PIL import Image

from capture.errors import ExtractorError, ImageError
from capture.settings import Settings
from extractors import reader as reading
from extractors.reader import Reader
from tests.conftest import ROOT
from tests.contract.stand_in_child import COLOURS
from tests.unit.pictures import saved

CHILD = Path(__file__).with_name("stand_in_child.py")


class StandInReader(Reader):
    """The real reader, with a misbehaving engine in its child."""

    def command(self, connection: int, lifeline: int) -> list[str]:
        return [sys.executable, str(CHILD), str(connection), str(lifeline)]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid


def _photo(what: str) -> bytes:
    return saved(Image.new("RGB", (8, 8), COLOURS[what]))


def _read(reader: Reader, what: str = "good") -> str:
    """Return the pid of the process that has read."""
    [attempt] = reader.read(_photo(what)).attempts
    assert attempt.reading is not None
    [span] = attempt.reading.spans
    return span.text


def _error(reader: Reader, what: str) -> ExtractorError:
    with pytest.raises(ExtractorError) as caught:
        reader.read(_photo(what))
    return caught.value


def _gone(pid: int) -> bool:
    """Tell whether a child and all that it started have ended; its group has its pid."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                return False
    return True


def _goes(pid: int) -> bool:
    """Wait a moment for the kernel to end what was killed."""
    deadline = time.monotonic() + 5
    while not _gone(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return _gone(pid)


@pytest.fixture(scope="module")
def reader() -> Iterator[StandInReader]:
    """One reader for all: whatever a test did to its child, the next test's first photo is read."""
    settings = Settings(engines=("stand_in",), read_timeout_s=0.4, read_memory_mb=256)
    with pytest.MonkeyPatch.context() as patch, StandInReader(settings) as made:
        patch.setattr(reading, "GRACE_S", 0.1)
        yield made


def test_the_child_stays_for_the_next_photo(reader: StandInReader) -> None:
    first = _read(reader)
    assert int(first) == reader.pid != os.getpid()
    assert _read(reader) == first


def test_nothing_runs_before_the_first_photo_or_after_the_last() -> None:
    with StandInReader(Settings()) as reader:
        assert reader._process is None
        pid = int(_read(reader))
    assert _goes(pid)
    reader.close()  # again changes nothing


def test_a_photo_that_takes_too_long_is_ended_and_the_next_one_is_read(reader: StandInReader) -> None:
    pid = int(_read(reader))
    started = time.monotonic()
    error = _error(reader, "slow")
    assert error.code == "engine_timeout"
    assert error.retry
    assert time.monotonic() - started < 5
    assert _goes(pid)
    assert int(_read(reader)) != pid


@pytest.mark.parametrize("what", ["greedy", "greedy_child"])
def test_a_photo_that_takes_too_much_memory_is_ended_and_the_next_one_is_read(what: str) -> None:
    with StandInReader(Settings(engines=("stand_in",), read_timeout_s=30, read_memory_mb=256)) as reader:
        pid = int(_read(reader))
        error = _error(reader, what)
        assert error.code == "engine_memory"
        assert "256 MB" in error.message
        assert _goes(pid)
        assert int(_read(reader)) != pid


def test_a_child_that_is_killed_in_the_middle_is_replaced(reader: StandInReader) -> None:
    pid = int(_read(reader))
    error = _error(reader, "killed")
    assert error.code == "engine_failed"
    assert "middle of a photo" in error.message
    assert int(_read(reader)) != pid


def test_a_child_that_is_killed_between_two_photos_is_replaced(reader: StandInReader) -> None:
    pid = int(_read(reader))
    os.kill(pid, signal.SIGKILL)
    assert reader._process is not None
    reader._process.wait()
    assert int(_read(reader)) != pid


def test_a_child_that_hangs_is_replaced(reader: StandInReader) -> None:
    pid = int(_read(reader))
    os.kill(pid, signal.SIGSTOP)
    assert _error(reader, "good").code == "engine_timeout"
    assert int(_read(reader)) != pid


def test_an_unforeseen_error_ends_the_photo_but_not_the_child(reader: StandInReader) -> None:
    pid = _read(reader)
    error = _error(reader, "broken")
    assert error.code == "engine_failed"
    assert "ZeroDivisionError" in error.message
    assert "secret" not in error.message
    assert _read(reader) == pid


def test_an_engine_s_own_error_comes_as_an_attempt(reader: StandInReader) -> None:
    [attempt] = reader.read(_photo("refused")).attempts
    assert (attempt.reading, attempt.error_code) == (None, "engine_failed")


def test_a_bad_photo_is_refused_by_the_child_and_the_next_one_is_read(reader: StandInReader) -> None:
    pid = _read(reader)
    for data, code in (
        (b"", "image_empty"),
        (b"text", "image_unsupported"),
        (_photo("good")[:40], "image_undecodable"),
    ):
        with pytest.raises(ImageError) as caught:
            reader.read(data)
        assert caught.value.code == code
    assert _read(reader) == pid


def test_the_limits_of_the_settings_hold_in_the_child() -> None:
    with StandInReader(Settings(max_pixels=63)) as reader, pytest.raises(ImageError) as caught:
        reader.read(_photo("good"))
    assert caught.value.code == "image_too_many_pixels"


def test_the_child_ends_when_its_parent_is_gone(reader: StandInReader) -> None:
    _read(reader)
    process, lifeline = reader._process, reader._lifeline
    assert process is not None
    assert lifeline is not None
    os.close(lifeline)
    reader._lifeline = None
    assert process.wait(timeout=5) == 0


def test_a_child_that_does_not_start_is_an_error_of_ours() -> None:
    class NoChild(StandInReader):
        def command(self, connection: int, lifeline: int) -> list[str]:
            return [sys.executable, "-c", "raise SystemExit(3)", str(connection), str(lifeline)]

    with NoChild(Settings()) as reader:
        error = _error(reader, "good")
    assert error.code == "engine_failed"
    assert "does not start" in error.message


def test_the_real_child_reads_with_the_real_engines() -> None:
    settings = Settings(engines=("recorded",), recorded_dir=str(ROOT / "fixtures" / "recorded"))
    data = (ROOT / "fixtures" / "images" / "dash_022.jpg").read_bytes()
    with Reader(settings) as reader:
        outcome = reader.read(data)
        [attempt] = outcome.attempts
        assert attempt.reading is not None
        assert any("192778" in span.text for span in attempt.reading.spans)
        [unknown] = reader.read(_photo("good")).attempts
        assert unknown.error_code == "recording_missing"
    assert outcome.facts.content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("settings", "asked", "sent"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_warnings_are_searched_where_settings_and_caller_want_it(
    monkeypatch: pytest.MonkeyPatch, settings: bool, asked: bool, sent: bool
) -> None:
    requests: list[Any] = []
    reader = Reader(Settings(read_warnings=settings))
    answer = ExtractorError("engine_failed", "It broke")
    monkeypatch.setattr(reader, "_started", lambda: SimpleNamespace(send=requests.append))
    monkeypatch.setattr(reader, "_wait", lambda *_: answer)
    with pytest.raises(ExtractorError):
        reader.read(b"photo", warnings=asked)
    assert [request.warnings for request in requests] == [sent]
