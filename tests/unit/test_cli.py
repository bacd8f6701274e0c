"""The command's edge: every error becomes a line and an exit code of its own."""

from __future__ import annotations

import pytest
import typer

from capture import __version__
from capture.errors import ADVICE, CaptureError
from tests.unit.test_errors import CLASSES
from worker import cli
from worker.commands import read


def _fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(read, "settings", fail)


@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_of_ours_is_its_message_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cls: type[CaptureError]
) -> None:
    _fail_with(monkeypatch, cls("engine_failed", "It broke"))
    assert cli.run(["read", "a.jpg"]) == cls.exit_code
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"capture: engine_failed: It broke. {ADVICE['engine_failed']}\n"


def test_an_unforeseen_error_is_one_line_without_its_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _fail_with(monkeypatch, ZeroDivisionError("a secret"))
    assert cli.run(["read", "a.jpg"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("capture: internal: ZeroDivisionError.")
    assert "secret" not in err
    assert "Traceback" not in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_interrupted(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    _fail_with(monkeypatch, error)
    assert cli.run(["read", "a.jpg"]) == 130


def test_a_reader_that_went_away_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _fail_with(monkeypatch, BrokenPipeError())
    assert cli.run(["read", "a.jpg"]) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "arguments",
    [["read"], ["no-such-command"], ["read", "--no-such-option", "a.jpg"], ["read", "--kind", "boat", "a.jpg"],
     ["read", "--unit", "furlong", "a.jpg"], ["rerun"]],
)  # fmt: skip
def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert cli.run(arguments) == 2
    err = capsys.readouterr().err
    assert err
    assert "internal" not in err


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"capture {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    out = capsys.readouterr().out
    names = [command.name for command in cli.app.registered_commands]
    assert "read" in names
    for name in names:
        assert name is not None
        assert name in out


def test_a_setting_that_is_none_of_ours_stops_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAPTURE_ENGINE", "hunter2")
    assert cli.run(["read", "a.jpg"]) == 3
    err = capsys.readouterr().err
    assert "setting_unknown" in err
    assert "CAPTURE_ENGINES" in err
    assert "hunter2" not in err
