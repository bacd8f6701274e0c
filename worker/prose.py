"""An event's reasons in a model's words: where the tenant allows it and somebody asks, and never with a new number."""

from __future__ import annotations

from uuid import UUID

from capture.errors import ADVICE, ExtractorError, RefusedError
from capture.events.base import Flag
from capture.explaining import new_numbers
from capture.review import IN_PROSE
from extractors import options_of
from extractors.openai_vision import OpenAIVision
from extractors.vision.prose import Told, price_micros, tell
from storage.db import Actor
from storage.ids import new_id
from storage.queries import events, explanations, runs
from worker.explaining import Explained, explained
from worker.policies import engine_policy
from worker.services import Services

ENGINE = OpenAIVision.name


def in_prose(services: Services, tenant_id: UUID, actor: Actor, event_id: UUID) -> tuple[Explained, str | None]:
    """Have the vision model put an event's paragraph into prose; return the event, and why there is none, if so.

    One question, without the photo. Prose with a number that is not among the facts is not taken. What it cost is kept
    as a run and counts against the tenant's day.
    Raises: NotFoundError (`event_unknown`), RefusedError (`prose_pointless`, `engine_forbidden`, `budget_spent`),
    ExtractorError (`engine_missing`).
    """
    found = explained(services, tenant_id, actor, event_id)
    upload_id = found.event.source_upload_id
    if upload_id is None:
        raise RefusedError("prose_pointless", "The event has no photo, so that no reasons were given for it")
    options = options_of(services.settings).vision
    lacks = OpenAIVision(options).missing()
    if lacks is not None:
        raise ExtractorError("engine_missing", f"There is no vision model ({lacks})")
    with services.db.tenant_tx(tenant_id, actor) as tx:
        allowed, policy = engine_policy(tx, services.settings)
    if not allowed or ENGINE in policy.forbidden:
        raise RefusedError("engine_forbidden", "The tenant does not let a vision model see what was read")
    dear = policy.too_dear(price_micros(options), 0)
    if dear is not None:
        raise RefusedError("budget_spent", f"{ENGINE} was not asked. {dear}")
    told = _checked(tell(options, found.paragraph), found.paragraph)
    with services.db.tenant_tx(tenant_id, actor) as tx:
        run_id = new_id()
        runs.insert_run(tx, _run(run_id, upload_id, told))
        if told.paragraph is not None:
            reason = Flag(code=IN_PROSE, sentence=told.paragraph)
            facts = {"of": explanations.digest(found.paragraph)}
            events.insert_explanation(tx, event_id, found.event.created_at, run_id, "insight", reason, facts)
    return explained(services, tenant_id, actor, event_id), told.error_message


def _checked(told: Told, facts: str) -> Told:
    added = [] if told.paragraph is None else new_numbers(told.paragraph, facts)
    if not added:
        return told
    said = f"The model added numbers that are not among the facts ({len(added)}). {ADVICE['prose_unfaithful']}"
    return told.model_copy(update={"paragraph": None, "error_code": "prose_unfaithful", "error_message": said})


def _run(run_id: UUID, upload_id: UUID, told: Told) -> runs.NewRun:
    return runs.NewRun(
        id=run_id,
        upload_id=upload_id,
        attempt=0,
        engine=ENGINE,
        model_version=told.model,
        settings={"asked": IN_PROSE},
        span_count=0,
        content=None,
        event_type=None,
        confidence=None,
        confidence_parts={},
        duration_ms=told.duration_ms,
        input_tokens=None if told.usage is None else told.usage.input_tokens,
        output_tokens=None if told.usage is None else told.usage.output_tokens,
        cost_micros=None if told.usage is None else told.usage.cost_micros,
        error_code=told.error_code,
        error_message=told.error_message,
    )
