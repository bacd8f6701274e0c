"""What a litre of fuel costs in each currency, give or take: it tells a price from a volume."""

from __future__ import annotations

from decimal import Decimal

from capture.documents.fuel.words import VolumeUnit

_PER_LITRE: dict[str, tuple[str, str]] = {
    "USD": ("0.4", "3"), "CAD": ("0.6", "4"), "KYD": ("0.6", "3"), "MXN": ("7", "45"), "BRL": ("2", "14"),
    "CLP": ("400", "3000"), "EUR": ("0.4", "4"), "GBP": ("0.4", "3.5"), "CHF": ("0.7", "4"), "PLN": ("1.8", "16"),
    "CZK": ("12", "90"), "HUF": ("180", "1500"), "RON": ("2.5", "18"), "BGN": ("0.8", "7"), "SEK": ("7", "45"),
    "NOK": ("7", "45"), "DKK": ("5", "35"), "TRY": ("3", "250"), "INR": ("30", "230"), "MYR": ("1", "10"),
    "SGD": ("0.9", "7"), "THB": ("10", "90"), "IDR": ("4000", "30000"), "PHP": ("20", "150"), "VND": ("9000", "60000"),
    "JPY": ("70", "400"), "KRW": ("600", "4000"), "CNY": ("2.5", "18"), "HKD": ("5", "50"), "TWD": ("12", "70"),
    "AED": ("0.9", "8"), "SAR": ("0.4", "6"), "QAR": ("0.7", "6"), "AUD": ("0.5", "5"), "NZD": ("0.7", "7"),
    "ZAR": ("7", "55"), "KES": ("70", "400"), "BDT": ("50", "250"), "PKR": ("70", "600"),
    "LKR": ("50", "900"), "ISK": ("90", "700"), "RSD": ("60", "450"), "EGP": ("1.5", "45"),
    "OMR": ("0.05", "0.6"), "COP": ("1500", "9000"),
}  # fmt: skip
"""Lowest and highest price of a litre of petrol, diesel or autogas: less than half and more than twice what it cost
from 2016 to 2025. Source: our estimates from prices at the pump by country, rounded outwards."""

_LITRES = {"L": Decimal(1), "gal_us": Decimal("3.785"), "gal_imp": Decimal("4.546")}


def is_usual(price: Decimal, unit: VolumeUnit | None, currency: str | None) -> bool | None:
    """Tell if fuel may cost so much for a unit; None where the currency is not known or the unit is no volume.

    Without a unit it is a litre, or either where dollars are paid.
    """
    if currency not in _PER_LITRE or unit == "kWh":
        return None
    low, high = (Decimal(bound) for bound in _PER_LITRE[currency])
    units = {unit} if unit else {"L", "gal_us"} if currency == "USD" else {"L"}
    return any(low * _LITRES[one] <= price <= high * _LITRES[one] for one in units)
