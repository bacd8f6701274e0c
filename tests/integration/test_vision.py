"""A vision model sees the photos of those tenants alone that allow it; what it cost is kept with its run."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from capture.settings import Settings
from extractors.reader import Reader
from storage.db import SYSTEM
from storage.queries import events, tenants
from tests.integration.conftest import FIXTURES, Fleet, photo
from tests.vision_server import PROMPT_TOKENS, VisionServer, stand_in
from worker import rerun
from worker.doctor import failed_photos
from worker.pipeline import read_upload

UNREAD = "dash_004.jpg"
"""A photo on which the recorded engine sees no event; the model reads it."""

PRICES = {"openai_input_price": 0.75, "openai_output_price": 4.5}


@pytest.fixture
def model() -> Iterator[VisionServer]:
    made = stand_in()
    made.clear()
    yield made
    made.clear()


@pytest.fixture(scope="module")
def vision_reader(embedded: Settings) -> Iterator[Reader]:
    update = {
        "engines": ("recorded", "openai_vision"),
        "recorded_dir": str(FIXTURES / "recorded"),
        "openai_api_key": SecretStr("sk-of-the-tests"),
        "openai_base_url": stand_in().url,
        **PRICES,
    }
    with Reader(embedded.model_copy(update=update)) as made:
        yield made


def _allow(fleet: Fleet, *, allow: bool) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        tenants.allow_vision(tx, allow=allow)


def _read(fleet: Fleet, reader: Reader, name: str = UNREAD) -> Any:
    upload_id = fleet.send(photo(name))
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    return upload_id


def _runs(fleet: Fleet) -> list[tuple[Any, ...]]:
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return tx.execute(
            "select engine, input_tokens, output_tokens, cost_micros, error_code from capture.extraction_runs "
            "order by created_at, engine desc"
        ).fetchall()


def test_a_tenant_that_said_nothing_has_forbidden_it(fleet: Fleet, vision_reader: Reader, model: VisionServer) -> None:
    upload_id = _read(fleet, vision_reader)
    assert fleet.upload(upload_id).state == "unrecognised"
    assert model.requests == []
    assert _runs(fleet) == [("recorded", None, None, None, None)]


def test_a_tenant_that_allows_it_gets_its_event_with_provenance_and_cost(
    fleet: Fleet, vision_reader: Reader, model: VisionServer
) -> None:
    _allow(fleet, allow=True)
    upload_id = _read(fleet, vision_reader)
    assert fleet.upload(upload_id).state == "recorded"
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (event,) = events.find(tx, upload_ids=[upload_id])
    assert (event.event_type, event.review_state, event.confidence) == ("odometer_reading", "flagged", None)
    assert (event.payload["reading"], event.payload["source"]) == (80918.0, "openai_vision")
    provenance = event.payload["provenance"]
    assert provenance["engine"] == "openai_vision"
    assert provenance["model_version"].startswith("gpt-5.4-mini, openai ")
    assert provenance["boxes"]["reading"] == {"page": 0}
    first, (engine, tokens_in, tokens_out, cost, error) = _runs(fleet)
    assert first == ("recorded", None, None, None, None)
    assert (engine, tokens_in, error) == ("openai_vision", 2 * PROMPT_TOKENS, None)
    assert tokens_out > 0
    assert cost == round(Decimal("0.75") * tokens_in + Decimal("4.5") * tokens_out)


def test_a_refused_key_fails_the_photo_at_once_and_a_rerun_reads_it_when_the_key_is_mended(
    fleet: Fleet, vision_reader: Reader, model: VisionServer
) -> None:
    _allow(fleet, allow=True)
    model.stubborn, code = "key_wrong", "vision_key_refused"
    upload_id = _read(fleet, vision_reader)
    row = fleet.upload(upload_id)
    assert (row.state, row.error_code, row.tries) == ("failed", code, 1)
    assert "CAPTURE_OPENAI_API_KEY" in str(row.error_message)
    assert len(model.requests) == 1
    assert [run[0] for run in _runs(fleet)] == ["recorded", "openai_vision"]
    (finding,) = [found for found in failed_photos(fleet.services) if code in found.found]
    assert (finding.level, finding.found) == ("note", f"1 x {code}")
    assert "capture rerun --state failed" in finding.mend

    model.stubborn = None
    found = rerun.select(fleet.services, fleet.tenant_id, fleet.person, states=["failed"])
    assert rerun.start(fleet.services, fleet.tenant_id, fleet.person, found) == [upload_id]
    read_upload(fleet.services, vision_reader, fleet.tenant_id, upload_id)
    assert fleet.upload(upload_id).state == "recorded"
    assert failed_photos(fleet.services) == []


def test_where_the_policy_forbids_the_only_engine_the_photo_fails_at_once_and_says_so(
    fleet: Fleet, model: VisionServer, embedded: Settings
) -> None:
    update = {
        "engines": ("openai_vision",),
        "openai_api_key": SecretStr("sk-of-the-tests"),
        "openai_base_url": stand_in().url,
    }
    with Reader(embedded.model_copy(update=update)) as alone:
        row = fleet.upload(_read(fleet, alone))
    assert (row.state, row.error_code, row.tries) == ("failed", "engine_forbidden", 1)
    assert "policy forbids" in str(row.error_message)
    assert model.requests == []


def test_a_document_that_suits_no_engine_is_not_tried_in_vain(fleet: Fleet, embedded: Settings) -> None:
    with Reader(embedded.model_copy(update={"engines": ("pdf_text",)})) as pdfs_alone:
        row = fleet.upload(_read(fleet, pdfs_alone))
    assert (row.state, row.error_code, row.tries) == ("failed", "engine_unsuited", 1)


def test_a_word_taken_back_holds_from_the_next_photo_on(
    fleet: Fleet, other_fleet: Fleet, vision_reader: Reader, model: VisionServer
) -> None:
    _allow(fleet, allow=True)
    _allow(fleet, allow=False)
    _allow(other_fleet, allow=True)
    assert fleet.upload(_read(fleet, vision_reader)).state == "unrecognised"
    assert model.requests == []
    assert other_fleet.upload(_read(other_fleet, vision_reader)).state == "recorded"
    assert len(model.requests) == 2


def test_a_change_of_what_is_allowed_is_in_the_audit_trail(fleet: Fleet) -> None:
    _allow(fleet, allow=True)
    _allow(fleet, allow=False)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        trail = tx.execute(
            "select operation, new_values ->> 'allow_vision', changed_by from capture.audit_trail "
            "where table_name = 'tenant_policies' order by changed_at"
        ).fetchall()
    assert trail == [("INSERT", "true", fleet.user_id), ("UPDATE", "false", fleet.user_id)]


def test_a_call_that_failed_has_its_cost_kept_and_the_photo_is_tried_again(
    fleet: Fleet, vision_reader: Reader, model: VisionServer
) -> None:
    _allow(fleet, allow=True)
    model.stubborn = "truncated"
    upload_id = _read(fleet, vision_reader)
    assert fleet.upload(upload_id).state == "unrecognised"
    assert _runs(fleet)[1][1:] == (1_200, 8_192, round(0.75 * 1_200 + 4.5 * 8_192), "vision_truncated")
    model.stubborn = "rate_limited_for_an_hour"
    upload_id = _read(fleet, vision_reader, "dash_043.jpg")
    row = fleet.upload(upload_id)
    assert (row.state, row.error_code) == ("queued", "vision_rate_limited")
