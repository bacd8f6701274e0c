"""image -> Reading. One engine = one module here with `make(options)`; `cascade` asks them in order."""

from __future__ import annotations

import importlib
import os
import pkgutil

from pydantic import SecretStr

from capture.errors import ConfigError
from capture.reading import Extractor, Frozen
from capture.settings import Settings

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # ONNX Runtime 1.29+ reports its use, unless told not to

_NOT_ENGINES = {"cascade", "child", "dialogue", "likeness", "reader", "models", "ocr", "odo", "vision", "written"}


class VisionOptions(Frozen):
    """Which vision model is asked, where and for how long; prices in US dollars for a million tokens, 0 if unknown."""

    api_key: SecretStr = SecretStr("")
    base_url: str = ""
    model: str = ""
    timeout_s: float = 30.0
    max_side_px: int = 2_048
    input_price: float = 0.0
    output_price: float = 0.0


class EngineOptions(Frozen):
    """What engines may need to know. `odometer_weights`: a folder of weights, empty for those that are shipped."""

    odometer_weights: str = ""
    recorded_dir: str = ""
    vision: VisionOptions = VisionOptions()


def options_of(settings: Settings) -> EngineOptions:
    """Return what the settings say to engines."""
    return EngineOptions(
        recorded_dir=settings.recorded_dir,
        vision=VisionOptions(
            api_key=settings.openai_api_key,
            base_url=settings.openai_base_url,
            model=settings.openai_model,
            timeout_s=settings.openai_timeout_s,
            max_side_px=settings.openai_max_side_px,
            input_price=settings.openai_input_price,
            output_price=settings.openai_output_price,
        ),
    )


def engines_in_use(settings: Settings) -> tuple[str, ...]:
    """Return the engines that are asked: a vision model only with a key, unless nothing else is left to ask."""
    without = tuple(name for name in settings.engines if name != "openai_vision")
    return settings.engines if settings.openai_api_key.get_secret_value() else without or settings.engines


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
