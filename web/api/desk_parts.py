"""The review desk as the API tells of it: what is asked, and what lies on the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from capture.events import EventType
from capture.form import Input
from capture.review import ReviewState
from capture.vehicle_hint import Distance
from storage.queries.review import Order
from web.api.events import EffectOut, EventOut
from worker.desk import Answer

MOST_HELD = 20

Key = Annotated[str, Field(max_length=20)]


class PictureOut(BaseModel):
    """A photo. `url`: where it can be seen for a while; `shown`: browsers can, else it is a document to open."""

    url: str
    shown: bool


class BoxOut(BaseModel):
    """Where on a page something stands: corners as shares of its width and height, 0 to 1."""

    page: int
    corners: list[tuple[float, float]]


class HypothesisOut(BaseModel):
    """Another way to read a field. `probability`: 0 to 1, null where nobody ranked it."""

    value: str
    said: str
    probability: float | None
    box: BoxOut | None


class FormOut(BaseModel):
    """How a field is filled in. `main`: it is shown first."""

    name: str
    label: str
    kind: Input
    main: bool
    choices: list[str]


class FieldOut(BaseModel):
    """A field as it was read. `value`: null where it is not known, or withheld; `raw`: as printed."""

    form: FormOut
    value: Any
    raw: str | None
    probability: float | None
    box: BoxOut | None
    hypotheses: list[HypothesisOut]


class DeskReasonOut(BaseModel):
    """Why a person is asked (`counts`), or a note."""

    code: str
    sentence: str
    counts: bool


class PointOut(BaseModel):
    """A reading of the vehicle. `fits`: it goes with the others; `verified`: a person said so."""

    event_id: UUID
    at: datetime
    value: float
    fits: bool
    verified: bool


class ChartOut(BaseModel):
    """The vehicle's readings around the event's moment `at`, and between which numbers they expect it there."""

    unit: Distance
    points: list[PointOut]
    at: datetime
    low: float | None
    high: float | None


class BesideOut(BaseModel):
    """An event of the same stop, or one that may be the same (`pair_id`). `goes`: the desk's event is voided then."""

    event_id: UUID
    event_type: EventType
    vehicle: str
    says: str
    occurred_at: datetime
    review_state: ReviewState
    picture: PictureOut | None
    pair_id: UUID | None
    sentence: str | None
    goes: bool


class ElsewhereOut(BaseModel):
    """The vehicle that the reading fits better."""

    vehicle_id: UUID
    vehicle: str


class DeskItemOut(BaseModel):
    """An event on the desk. `blind`: what was read, and all that tells of it, is withheld."""

    id: UUID
    version: int
    event_type: EventType
    vehicle_id: UUID
    vehicle: str
    upload_id: UUID | None
    source: str
    blind: bool
    review_state: ReviewState
    occurred_at: datetime
    occurred_at_source: str
    says: str
    engine: str | None
    confidence: int | None
    picture: PictureOut | None
    fields: list[FieldOut]
    reasons: list[DeskReasonOut]
    chart: ChartOut | None
    partners: list[BesideOut]
    duplicates: list[BesideOut]
    elsewhere: ElsewhereOut | None


class NextAsked(BaseModel):
    """What a desk asks for. `desk`: an id that the desk made up for itself; `held`: what lies on it already.

    `event_id`: this event and no other, whoever holds it.
    """

    model_config = ConfigDict(extra="forbid")

    desk: UUID
    order: Order = "risk"
    held: Annotated[list[UUID], Field(max_length=MOST_HELD)] = []
    vehicle_id: UUID | None = None
    event_id: UUID | None = None
    count: Annotated[int, Field(ge=1, le=5)] = 1


class NextOut(BaseModel):
    """What comes next. `waiting`: how many wait in all; `more`: at least so many, nobody counted on."""

    items: list[DeskItemOut]
    waiting: int
    more: bool


class Held(BaseModel):
    """Events on a desk."""

    model_config = ConfigDict(extra="forbid")

    desk: UUID
    event_ids: Annotated[list[UUID], Field(max_length=MOST_HELD)]


class LetGo(Held):
    """Events that leave a desk. `later`: they do not come to this person again for an hour."""

    later: bool = False


class HeldOut(BaseModel):
    """The events that the desk still holds."""

    event_ids: list[UUID]


class SettleAsked(BaseModel):
    """A person's word. `version`: of the event that the person saw. `values`: of `correct` and `answer`.

    `duplicate`: the pair that is the reason to void.
    """

    model_config = ConfigDict(extra="forbid")

    decision: Answer
    version: int
    values: dict[str, Any] | None = None
    duplicate: UUID | None = None


class Settled(BaseModel):
    """What became of it. `review_state` and `version` are null of a blind answer, so that it can be undone blindly."""

    event_id: UUID
    review_state: ReviewState | None
    version: int | None
    affected: list[EffectOut]


class FollowAsked(BaseModel):
    """Fields that a person has changed, with their new values; null takes a field out."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Any]


class FollowsOut(BaseModel):
    """What follows. `sums`: amounts to take over into the correction; `derived`: what is computed in any case."""

    sums: dict[str, Any]
    derived: dict[str, Any]


class MoveAsked(BaseModel):
    """The vehicle that the photo really shows. `version`: of the event that the person saw."""

    model_config = ConfigDict(extra="forbid")

    vehicle_id: UUID
    version: int | None = None


class MovedOut(EventOut):
    """The event after the move, and what that did to other events of both vehicles."""

    affected: list[EffectOut]


class PreferencesOut(BaseModel):
    """How a person likes the desk. `keys_on`: single keys do something; `keys`: other keys, by action."""

    model_config = ConfigDict(extra="forbid")

    order: Order = "risk"
    keys_on: bool = True
    keys: Annotated[dict[Key, Key], Field(max_length=30)] = {}
