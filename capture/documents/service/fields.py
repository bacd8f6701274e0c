"""What is read from a workshop's bill as named fields, with what a person should look at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from capture.documents.dates import Clues, language_of, settle_date
from capture.documents.layout import alternative, field_of, to_field
from capture.documents.money import plain
from capture.documents.receipt import Receipt
from capture.documents.service.distances import NextService
from capture.documents.service.sum_words import SumName
from capture.documents.service.types import service_named
from capture.documents.service.workshop import Bill
from capture.events.base import Field, Flag, Hint
from capture.vehicle_hint import Distance, settle_unit, to_miles

MOST_HYPOTHESES = 5
"""So many other readings of a number are kept."""

FIELD_OF_SUM: dict[SumName, str] = {
    "labour": "labour_cost",
    "parts": "parts_cost",
    "fees": "other_cost",
    "discount": "discount",
    "subtotal": "subtotal",
    "tax": "tax",
    "total": "total",
}


class ServiceFields:
    """Puts a receipt and what is a workshop's together.

    `fields`: by canonical name. `unit`: of the odometer. `next_service`: what the payload says of it.
    """

    def __init__(self, receipt: Receipt, bill: Bill, engine: str, hint: Hint) -> None:
        self.receipt = receipt
        self.bill = bill
        self.engine = engine
        self.hint = hint
        self.fields: dict[str, Field] = dict(receipt.fields)
        self.flags: list[Flag] = list(receipt.flags)
        for service, found in list(bill.services.items())[:1]:
            self.fields["service_type"] = to_field(found, service, engine)
        for name, code in (
            ("invoice_number", bill.invoice_number),
            ("work_order_number", bill.work_order),
            ("technician", bill.technician),
        ):
            if code:
                self.fields[name] = to_field(code, code.raw.strip(), engine)
        for name, block in (("merchant", bill.provider), ("address", bill.address)):
            self.fields.pop(name, None)
            if block:
                self.fields[name] = field_of(block.spans, block.text, block.text, engine)
        self._add_sums()
        self._add_odometer()
        self.next_service = self._next_service(bill.next_service)

    def _add_sums(self) -> None:
        """Take each sum as the whole bill confirms it; tell what does not add up, and what was not read."""
        for name, made in self.bill.sums.by_name.items():
            if made.value == 0 and name in {"fees", "discount"}:
                continue
            key, value = FIELD_OF_SUM[name], plain(made.value)
            field = self.fields.get(key)
            if field is None or Decimal(field.value) != made.value:
                field = to_field(made.found, value, self.engine) if made.found else field_of((), "", value, self.engine)
            others = tuple(alternative(found, plain(other)) for found, other in made.others[:MOST_HYPOTHESES])
            self.fields[key] = field.model_copy(update={"hypotheses": others})
            if made.how and not (self.bill.sums.agrees and self.bill.sums.fits):
                sentence = f"The {key.replace('_', ' ')} {value} was not read; it is {made.how}."
                self.flags.append(Flag(code="value_derived", sentence=sentence))
        if "total" in self.fields:
            self.flags = [flag for flag in self.flags if flag.code != "total_missing"]
        if self.bill.sums.gap:
            self.flags.append(Flag(code="arithmetic_disagrees", sentence=self.bill.sums.gap))

    def _add_odometer(self) -> None:
        self.unit: Distance | None = None
        if not self.bill.odometers:
            sentence = "The invoice gives no odometer reading that could be read."
            self.flags.append(Flag(code="odometer_missing", sentence=sentence))
            return
        best, *others = self.bill.odometers
        following = self.bill.next_service.at or self.bill.next_service.after
        units = [*(one.unit for one in self.bill.odometers), following[1] if following else None]
        said = next((unit for unit in units if unit), None)
        printed = best.unit or said
        field = to_field(best.found, str(best.value), self.engine)
        rest = tuple(alternative(one.found, str(one.value)) for one in others if one.value != best.value)
        self.fields["odometer"] = field.model_copy(update={"hypotheses": rest[:MOST_HYPOTHESES]})
        self.unit, flags = settle_unit(printed, self.hint, str(best.value), "the invoice")
        self.flags += flags
        if printed is not None:
            self.fields["odometer_unit"] = to_field(best.found, printed, self.engine)
        elif self.unit is not None:
            self.fields["odometer_unit"] = field_of((), "", self.unit, self.engine)
        came_in = next((one for one in self.bill.odometers if one.direction == "in"), None)
        if came_in and best.direction == "out":
            self.fields["odometer_in"] = to_field(came_in.found, str(came_in.value), self.engine)
            if came_in.value > best.value:
                sentence = f"The odometer went out with {best.value} and came in with {came_in.value}."
                self.flags.append(Flag(code="arithmetic_disagrees", sentence=sentence))

    def _next_service(self, said: NextService) -> dict[str, Any]:
        values: dict[str, Any] = {"service_type": service_named(said.words)}
        if said.at:
            value, printed, found = said.at
            unit = printed or self.unit
            values["recommended_odometer"] = value
            values["recommended_miles"] = None if unit is None else to_miles(value, unit)
            self.fields["next_service_odometer"] = to_field(found, str(value), self.engine)
        if said.after:
            values["after_distance"] = said.after[0]
            self.fields["next_service_after"] = to_field(said.after[2], str(said.after[0]), self.engine)
        if said.months:
            values["after_months"] = said.months[0]
        if said.day:
            receipt = self.receipt
            language = language_of([line.text for line in receipt.lines])
            clues = Clues(receipt.currency, language, decimal_comma=receipt.mark == ",")
            day = settle_date(said.day[0], clues).day
            if day:
                values["recommended_date"] = day.isoformat()
                self.fields["next_service_date"] = to_field(said.day[1], day.isoformat(), self.engine)
        made = {name: value for name, value in values.items() if value is not None}
        return made if made.keys() - {"service_type"} else {}
