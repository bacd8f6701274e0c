"""Values as a vision model names them, for the tests of what becomes of them."""

from __future__ import annotations

from capture.reading import Reading, Span

SLIP = {
    "merchant": ("NORTHGATE FUEL STOP", "NORTHGATE FUEL STOP"),
    "date": ("03/09/2026", "2026-03-09"),
    "time": ("9:05 PM", "21:05"),
    "currency": ("$", "USD"),
    "volume": ("8.038", "8.038"),
    "volume_unit": ("GALLONS", "gal_us"),
    "unit_price": ("3.839", "3.839"),
    "total": ("$30.86", "30.86"),
    "fuel_type": ("UNLEADED 87", "regular"),
    "pump_number": ("4", "4"),
}
"""A fuel slip whose numbers agree: by field what is printed, and what it means."""

INVOICE = {
    "merchant": ("Autohaus Lindenau GmbH", "Autohaus Lindenau GmbH"),
    "date": ("17.11.2024", "2024-11-17"),
    "currency": ("EUR", "EUR"),
    "service_type": ("Tire replacement", "tire_replacement"),
    "odometer": ("58.352 km", "58352"),
    "odometer_unit": ("km", "km"),
    "labour_cost": ("108,00", "108.0"),
    "parts_cost": ("108,34", "108.34"),
    "tax": ("41,10", "41.1"),
    "total": ("EUR 257,44", "257.44"),
}
"""An invoice whose sums agree."""


def named(event_type: str, values: dict[str, tuple[str, str]], *, score: float | None = 0.9, page: int = 0) -> Reading:
    """Return the reading of a vision model that named these values."""
    spans = tuple(
        Span(text=printed, polygon=(), score=score, grain="field", page=page, name=f"{event_type}.{name}", value=value)
        for name, (printed, value) in values.items()
    )
    return Reading(engine="openai_vision", model="m 1", subject="fields", spans=spans, page_sizes=((800, 600),))


def changed(values: dict[str, tuple[str, str]], **changes: tuple[str, str] | None) -> dict[str, tuple[str, str]]:
    """Return the values with some changed, or, where None, taken away."""
    return {name: value for name, value in {**values, **changes}.items() if value is not None}
