"""image -> Reading. One engine = one module here with `make(options)`; `cascade` asks them in order."""

from __future__ import annotations

import importlib
import os
import pkgutil

from capture.errors import ConfigError
from capture.reading import Extractor, Frozen

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # ONNX Runtime 1.29+ reports its use, unless told not to

_NOT_ENGINES = {"cascade", "child", "dialogue", "reader", "models", "odo", "written"}


class EngineOptions(Frozen):
    """What engines may need to know."""

    recorded_dir: str = ""


def engine_names() -> list[str]:
    """Return the names of all engines, as CAPTURE_ENGINES takes them."""
    return sorted(info.name for info in pkgutil.iter_modules(__path__) if info.name not in _NOT_ENGINES)


def check_engine(name: str) -> None:
    """Raise ConfigError (`setting_invalid`) for a name that is no engine's."""
    if name not in engine_names():
        raise ConfigError("setting_invalid", f"CAPTURE_ENGINES: there is no engine {name!r}, only {engine_names()}")


def make_engine(name: str, options: EngineOptions) -> Extractor:
    """Return an engine; its weights are loaded at its first use.

    Raises: ConfigError (`setting_invalid`) for a name that is none.
    """
    check_engine(name)
    engine: Extractor = importlib.import_module(f"{__name__}.{name}").make(options)
    return engine
