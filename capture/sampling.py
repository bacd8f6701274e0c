"""Which accepted events are looked at unannounced, and what a person's answer says of one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from capture.errors import RefusedError
from capture.events import corrected_payload, modules
from capture.reading import Frozen
from capture.similarity import same_text

Outcome = Literal["same", "different", "no_event"]
"""What the photo shows, by a person who did not see the reading: what was read, something else, or no such event."""

DEFAULT_SHARE = 0.02
"""Share of accepted events that is looked at where a tenant has not said its own."""


class Compared(Frozen):
    """An answer beside the event. `payload`: the event with the answer in it."""

    outcome: Outcome
    payload: dict[str, Any]


def drawn(event_id: UUID, share: float) -> bool:
    """Tell if an event is in the sample: from its id's random bits, so the same always, and nobody can choose it."""
    digest = hashlib.sha256(event_id.bytes).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share


def asked(event_type: str) -> tuple[str, ...]:
    """Return the fields that a person is asked for who does not see what was read; none where nobody can be asked."""
    names: tuple[str, ...] = getattr(modules()[event_type], "ASKED", ())
    return names


def compare(event_type: str, payload: Mapping[str, Any], answer: Mapping[str, Any]) -> Compared:
    """Compare a person's answer with an event: numbers and dates by value, texts by their likeness.

    A field that the photo does not show is answered with None. Raises: RefusedError (`payload_invalid`) if a field that
    is asked for is not answered, or an answer is none of its kind.
    """
    missing = sorted(set(asked(event_type)) - answer.keys())
    if missing:
        raise RefusedError("payload_invalid", f"The answer leaves out: {', '.join(missing)}")
    after = corrected_payload(event_type, payload, answer)
    same = all(_same(after.get(name), payload.get(name)) for name in answer)
    return Compared(outcome="same", payload=dict(payload)) if same else Compared(outcome="different", payload=after)


def _same(answered: Any, read: Any) -> bool:
    if isinstance(answered, str) and isinstance(read, str) and any(char.isalpha() for char in answered):
        return same_text(answered, read)
    return bool(answered == read)
