"""What a change did to other events, as it is told to whoever made it and kept in the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from capture.review import ReviewState


@dataclass(frozen=True)
class Effect:
    """What a change did to another event of the vehicle. `reading_*`: the odometer as displayed, where it changed."""

    event_id: UUID
    event_type: str
    occurred_at: datetime
    state_before: ReviewState
    state_after: ReviewState
    raised: tuple[str, ...]
    cleared: tuple[str, ...]
    reading_before: str | None = None
    reading_after: str | None = None

    @property
    def logged(self) -> dict[str, Any]:
        """The effect as the audit log keeps it: no reading."""
        return {
            "event_id": str(self.event_id),
            "state": [self.state_before, self.state_after],
            "raised": list(self.raised),
            "cleared": list(self.cleared),
            "reread": self.reading_after is not None,
        }


def merged(effects: Iterable[Effect]) -> list[Effect]:
    """Return one effect for each event, of all that was done to it one after another, earliest event first."""
    whole: dict[UUID, Effect] = {}
    for last in effects:
        first = whole.get(last.event_id)
        whole[last.event_id] = (
            last
            if first is None
            else replace(
                first,
                state_after=last.state_after,
                raised=tuple(sorted({*first.raised, *last.raised})),
                cleared=tuple(sorted({*first.cleared, *last.cleared})),
            )
        )
    return sorted(whole.values(), key=lambda effect: (effect.occurred_at, effect.event_id))
