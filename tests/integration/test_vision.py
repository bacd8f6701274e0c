"""A vision model sees the photos of those tenants alone that allow it; what it cost is kept with its run."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from capture.errors import CaptureError
from capture.settings import Settings, variables_of
from extractors.reader import Reader
from storage.db import SYSTEM
from storage.queries import events, tenants
from tests.integration import judged
from tests.integration.conftest import FIXTURES, Fleet, photo
from tests.vision_server import PROMPT_TOKENS, VisionServer, stand_in
from web.app import create_app
from worker import cli, rerun, tokens
from worker.deciding import add_event, decide_event
from worker.doctor import failed_photos
from worker.explaining import explained
from worker.pipeline import read_upload
from worker.prose import in_prose
from worker.services import Services

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:starlette", "ignore::DeprecationWarning:fastapi")

UNREAD = "dash_004.jpg"
"""A photo on which the recorded engine is made to see nothing; the model reads it."""

PRICES = {"openai_input_price": 0.75, "openai_output_price": 4.5}


@pytest.fixture
def model() -> Iterator[VisionServer]:
    made = stand_in()
    made.clear()
    yield made
    made.clear()


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder of what the engine for text saw, with nothing on one photo."""
    folder = tmp_path_factory.mktemp("recorded")
    shutil.copytree(FIXTURES / "recorded", folder, dirs_exist_ok=True)
    sha256 = hashlib.sha256(photo(UNREAD)).hexdigest()
    (folder / f"{sha256}.json").write_text('{"engine": "x", "model": "x", "spans": []}')
    return str(folder)


@pytest.fixture(scope="module")
def vision_reader(embedded: Settings, recordings: str) -> Iterator[Reader]:
    update = {
        "engines": ("recorded", "openai_vision"),
        "recorded_dir": recordings,
        "openai_api_key": SecretStr("sk-of-the-tests"),
        "openai_base_url": stand_in().url,
        **PRICES,
    }
    with Reader(embedded.model_copy(update=update)) as made:
        yield made


def _allow(fleet: Fleet, *, allow: bool) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        tenants.set_policy(tx, allow_vision=allow)


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
    changes = [("INSERT", "false"), ("UPDATE", "true"), ("UPDATE", "false")]
    assert trail == [(*change, fleet.user_id) for change in changes]


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


def _bound(fleet: Fleet, **changes: object) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        tenants.set_policy(tx, allow_vision=True, **changes)


def test_a_day_s_budget_ends_the_questions_and_the_event_says_so(
    fleet: Fleet, other_fleet: Fleet, vision_reader: Reader, model: VisionServer
) -> None:
    _bound(fleet, daily_budget_micros=9_000)
    _bound(other_fleet)
    first = _read(fleet, vision_reader)
    spent = [cost for engine, _, _, cost, _ in _runs(fleet) if engine == "openai_vision"]
    assert spent[0] > 1_000
    asked = len(model.requests)
    second = _read(fleet, vision_reader)
    assert len(model.requests) == asked, "what is left does not bear another question"
    assert (fleet.upload(first).state, fleet.upload(second).state) == ("recorded", "unrecognised")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (said,) = tx.execute(
            "select error_message from capture.extraction_runs where error_code = 'budget_spent'"
        ).fetchall()
        assert tenants.spent_today(tx) == spent[0]
    assert "left of the day's budget" in said[0]
    _read(other_fleet, vision_reader)
    assert len(model.requests) > asked, "another tenant's budget is its own"


def test_yesterday_s_cost_is_not_today_s(fleet: Fleet, vision_reader: Reader, model: VisionServer) -> None:
    _bound(fleet)
    _read(fleet, vision_reader)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert tenants.spent_today(tx) > 0
    with psycopg.connect(fleet.services.settings.database_url.get_secret_value(), autocommit=True) as admin:
        admin.execute("set role capture_admin")
        admin.execute("update capture.extraction_runs set created_at = created_at - interval '24 hours'")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert tenants.spent_today(tx) == 0


def test_photos_that_are_read_at_once_go_beyond_the_day_s_budget_by_one_each_at_most(
    fleet: Fleet, embedded: Settings, recordings: str, model: VisionServer
) -> None:
    """The bound is soft: what is left is looked up when a photo is begun."""
    price = 6_900  # of one page, by the estimate
    _bound(fleet, daily_budget_micros=price)
    names = ["dash_004.jpg", "dash_004.jpg", "dash_004.jpg", "dash_004.jpg"]
    sent = [fleet.send(photo(name)) for name in names]
    update = {
        "engines": ("recorded", "openai_vision"),
        "recorded_dir": recordings,
        "openai_api_key": SecretStr("sk-of-the-tests"),
        "openai_base_url": stand_in().url,
        **PRICES,
    }

    def work(share: list[Any]) -> None:
        with Reader(embedded.model_copy(update=update)) as own:
            for upload_id in share:
                read_upload(fleet.services, own, fleet.tenant_id, upload_id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, [sent[:2], sent[2:]]))
    codes = [code for engine, _, _, _, code in _runs(fleet) if engine == "openai_vision"]
    assert len(codes) == len(sent)
    assert 1 <= codes.count(None) <= 2, "one for each reading process at most"
    assert set(codes) == {None, "budget_spent"}


def test_a_forbidden_engine_sees_no_photo(fleet: Fleet, vision_reader: Reader, model: VisionServer) -> None:
    _bound(fleet, forbidden_engines=["openai_vision"])
    upload_id = _read(fleet, vision_reader)
    assert fleet.upload(upload_id).state == "unrecognised"
    assert model.requests == []


def test_the_policy_is_set_by_command_and_api_and_logged(
    fleet: Fleet, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in variables_of(settings).items():
        monkeypatch.setenv(name, value)
    where = ["tenant", "policy", "--tenant", str(fleet.tenant_id)]
    assert cli.run([*where, "--daily-budget", "1.5", "--event-budget", "0.01", "--forbid", "recorded"]) == 0
    told = capsys.readouterr().out
    assert "Budget for one day (UTC): 1.5000 US dollars." in told
    assert "Engines that may not see photos: recorded." in told
    assert "Showing photos to a vision model is forbidden." in told
    assert cli.run([*where, "--event-budget", "none", "--permit", "recorded", "--blind-share", "0.1", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["daily_budget_micros"], said["event_budget_micros"]) == (1_500_000, None)
    assert (said["forbidden_engines"], said["blind_share"], said["allow_vision"]) == ([], pytest.approx(0.1), False)
    assert cli.run([*where, "--daily-budget", "much"]) == 9
    assert cli.run([*where, "--forbid", "nobody"]) == 9
    assert "There is no engine nobody" in capsys.readouterr().err
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        token = {"Authorization": f"Bearer {tokens.create(fleet.services, fleet.tenant_id, fleet.user_id, 'test')}"}
        changed = client.patch("/v1/policy", headers=token, json={"allow_vision": True, "daily_budget_micros": None})
        assert changed.json() == client.get("/v1/policy", headers=token).json()
        assert changed.json()["allow_vision"] is True
        assert changed.json()["daily_budget_micros"] is None
        assert changed.json()["blind_share"] == pytest.approx(0.1), "what is left out stays"
        refused = client.patch("/v1/policy", headers=token, json={"forbidden_engines": ["nobody"]})
        assert (refused.status_code, refused.json()["code"]) == (422, "request_invalid")
        assert client.patch("/v1/policy", headers=token, json={"blind_share": 2}).status_code == 422
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        logged = tx.execute("select count(*) from capture.audit_logs where action = 'policy.changed'").fetchone()
    assert logged == (3,)


@pytest.fixture
def asking(fleet: Fleet, model: VisionServer) -> Services:
    """Return services that know the model's server."""
    update = {"openai_api_key": SecretStr("sk-of-the-tests"), "openai_base_url": stand_in().url, **PRICES}
    return Services(fleet.services.settings.model_copy(update=update))


def _judged_event(fleet: Fleet) -> UUID:
    judged.trusted(fleet, 0.02)
    return judged.write(fleet, [8.0])[0]


def test_prose_is_asked_for_kept_and_shown_while_its_facts_stand(
    fleet: Fleet, asking: Services, model: VisionServer
) -> None:
    event_id = _judged_event(fleet)
    _allow(fleet, allow=True)
    model.prose = "The odometer shows 100000 km, and such readings were right nearly always."
    found, why_none = in_prose(asking, fleet.tenant_id, fleet.person, event_id)
    assert (found.prose, why_none) == (model.prose, None)
    assert [reason.kind for reason in found.reasons] == ["accepted", "insight"]
    (request,) = model.requests
    (part,) = request["messages"][1]["content"]
    assert part == {"type": "text", "text": found.paragraph}
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        assert tenants.spent_today(tx) > 0, "it counts against the day"
    assert explained(asking, fleet.tenant_id, fleet.person, event_id).prose == model.prose
    decide_event(fleet.services, fleet.tenant_id, fleet.person, event_id, "void")
    assert explained(asking, fleet.tenant_id, fleet.person, event_id).prose is None


def test_prose_with_a_new_number_is_not_taken(fleet: Fleet, asking: Services, model: VisionServer) -> None:
    event_id = _judged_event(fleet)
    _allow(fleet, allow=True)
    model.prose = "The odometer shows 100000 km, 250 km more than last week."
    found, why_none = in_prose(asking, fleet.tenant_id, fleet.person, event_id)
    assert found.prose is None
    assert why_none is not None
    assert "250" not in why_none
    assert _runs(fleet)[-1][-1] == "prose_unfaithful"
    assert [reason.kind for reason in found.reasons] == ["accepted"]


def test_a_model_that_fails_leaves_the_paragraph_by_rule(fleet: Fleet, asking: Services, model: VisionServer) -> None:
    event_id = _judged_event(fleet)
    _allow(fleet, allow=True)
    model.stubborn = "key_wrong"
    found, why_none = in_prose(asking, fleet.tenant_id, fleet.person, event_id)
    assert found.paragraph.startswith("Odometer reading: 100000 km")
    assert why_none is not None
    assert _runs(fleet)[-1][-1] == "vision_key_refused"


def test_no_prose_without_the_tenant_s_word_a_model_or_the_money(
    fleet: Fleet, asking: Services, model: VisionServer
) -> None:
    event_id = _judged_event(fleet)

    def refusal(services: Services, of: UUID = event_id) -> str:
        with pytest.raises(CaptureError) as refused:
            in_prose(services, fleet.tenant_id, fleet.person, of)
        return refused.value.code

    assert refusal(asking) == "engine_forbidden"
    _bound(fleet, daily_budget_micros=1)
    assert refusal(asking) == "budget_spent"
    _bound(fleet, daily_budget_micros=None, forbidden_engines=["openai_vision"])
    assert refusal(asking) == "engine_forbidden"
    _bound(fleet, forbidden_engines=[])
    assert refusal(fleet.services) == "engine_missing"
    when = datetime(2026, 1, 2, tzinfo=UTC)
    values = {"reading": 1, "unit": "km"}
    entered = add_event(
        fleet.services, fleet.tenant_id, fleet.person, fleet.vehicle_id, "odometer_reading", values, when
    )
    assert refusal(asking, entered.event.id) == "prose_pointless"
    assert model.requests == []
