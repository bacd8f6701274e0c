"""Pairs of events that may be one, and bundles of one stop, on PostgreSQL as the application sees it."""

from __future__ import annotations

import io
import itertools
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from capture.errors import ConflictError, ExtractorError, NotFoundError
from capture.image import Limits, open_document
from capture.review import ReviewState
from capture.settings import Settings, variables_of
from extractors.reader import Reader
from storage.db import SYSTEM, WORKER
from storage.ids import new_id
from storage.queries import blind, events, explanations, tenants, uploads
from storage.queries import related as queries
from tests.integration.conftest import FIXTURES, Fleet, photo
from web.app import create_app
from worker import deciding, related, tokens
from worker.cli import run
from worker.deciding import add_event, decide_event
from worker.duplicates import decide_pair
from worker.intake import complete, expect
from worker.pipeline import read_upload

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:starlette", "ignore::DeprecationWarning:fastapi")

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)

SLIP: dict[str, Any] = {
    "source": "rapid_ocr", "total_cost": 86.0, "currency": "EUR", "volume": 42.1, "volume_unit": "L",
    "station_name": "Shell Harbour Road", "purchased_on": "2026-11-03", "receipt_data": {"receipt_number": "48-213"},
}  # fmt: skip
PUMP: dict[str, Any] = {"source": "rapid_ocr", "total_cost": 86.0, "volume": 42.1, "volume_unit": "L"}
DISPLAY: dict[str, Any] = {"source": "odometer", "reading": 48_213, "unit": "km", "parsed_digits": "048213"}


@dataclass(frozen=True)
class Desk:
    """Writes events as the flow does, without photos."""

    fleet: Fleet

    def write(
        self,
        event_type: str,
        payload: dict[str, Any],
        minutes: float = 0,
        vehicle_id: UUID | None = None,
        barrier: threading.Barrier | None = None,
    ) -> UUID:
        """Write an event that is sure enough to be accepted; return its id."""
        event = events.NewEvent(
            id=new_id(),
            vehicle_id=vehicle_id or self.fleet.vehicle_id,
            upload_id=None,
            event_type=event_type,
            source="photo",
            payload=payload,
            confidence=97,
            occurred_at=NOON + timedelta(minutes=minutes),
            occurred_at_source="exif",
            review_state="accepted",
        )
        with self.fleet.services.db.tenant_tx(self.fleet.tenant_id, WORKER) as tx:
            events.insert_event(tx, event, None)
            if barrier is not None:
                barrier.wait()  # both rows are written, and neither is committed
            related.relate(tx, self.fleet.services.settings, [event.id], {})
        return event.id

    def event(self, event_id: UUID) -> events.EventRow:
        with self.fleet.services.db.tenant_tx(self.fleet.tenant_id, SYSTEM) as tx:
            row = events.get(tx, event_id)
        assert row is not None
        return row

    def why(self, event_id: UUID) -> tuple[ReviewState, list[str]]:
        row = self.event(event_id)
        return row.review_state, [flag["code"] for flag in row.flag_reasons]

    def pairs(self, state: queries.PairState | None = None) -> list[queries.PairRow]:
        with self.fleet.services.db.tenant_tx(self.fleet.tenant_id, SYSTEM) as tx:
            return queries.find_pairs(tx, state)

    def bundles(self) -> set[frozenset[UUID]]:
        with self.fleet.services.db.tenant_tx(self.fleet.tenant_id, SYSTEM) as tx:
            rows = tx.execute("select bundle_id, event_id from capture.bundle_members order by bundle_id").fetchall()
        return {
            frozenset(event_id for _, event_id in group) for _, group in itertools.groupby(rows, key=lambda row: row[0])
        }


@pytest.fixture
def desk(fleet: Fleet) -> Desk:
    return Desk(fleet)


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def copies(embedded: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, dict[str, bytes]]]:
    """A reader that reads copies of one dashboard as it reads the dashboard."""
    folder: Path = tmp_path_factory.mktemp("recorded")
    image = open_document(photo("dash_012.jpg"), Limits()).pages[0].image
    width, height = image.size
    made = {
        "first": photo("dash_012.jpg"),
        "smaller": jpeg(image.resize((width * 2 // 3, height * 2 // 3))),
        "cropped": jpeg(image.crop((width // 5, height // 5, width, height))),
        "other": jpeg(open_document(photo("dash_005.jpg"), Limits()).pages[0].image),
    }
    recorded = json.loads((FIXTURES / "recorded" / f"{_digest(made['first'])}.json").read_text(encoding="utf-8"))
    for data in made.values():
        (folder / f"{_digest(data)}.json").write_text(json.dumps(recorded), encoding="utf-8")
    update = {"engines": ("recorded",), "recorded_dir": str(folder)}
    with Reader(embedded.model_copy(update=update)) as reader:
        yield reader, made


def _digest(data: bytes) -> str:
    return open_document(data, Limits()).facts.sha256


def read(fleet: Fleet, reader: Reader, data: bytes) -> UUID:
    """Send a photo and read it; return its first event."""
    upload_id = fleet.send(data)
    read_upload(fleet.services, reader, fleet.tenant_id, upload_id)
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        return events.events_of_upload(tx, upload_id)[0].id


# --- what is found


def test_the_same_bytes_sent_twice_are_proposed_and_nothing_is_lost(fleet: Fleet, reader: Reader, desk: Desk) -> None:
    first, second = (read(fleet, reader, photo("fuel_000.jpg")) for _ in range(2))
    (pair,) = desk.pairs()
    assert (pair.kind, pair.state, pair.event_id, pair.other_event_id) == ("same_bytes", "proposed", second, first)
    state, codes = desk.why(second)
    assert (state, codes[-1]) == ("flagged", "duplicate_suspected")
    assert "duplicate_suspected" not in desk.why(first)[1]
    assert desk.event(second).payload["total_cost"] == desk.event(first).payload["total_cost"]
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        said = tx.execute(
            "select facts ->> 'kind' from capture.explanations where event_id = %s and code = 'duplicate_suspected'",
            (second,),
        ).fetchall()
    assert said == [("same_bytes",)]


@pytest.mark.parametrize(("copy", "key"), [("smaller", "bits_apart"), ("cropped", "look")])
def test_a_copy_of_a_picture_is_proposed(
    fleet: Fleet, desk: Desk, copies: tuple[Reader, dict[str, bytes]], copy: str, key: str
) -> None:
    reader, made = copies
    first, second = read(fleet, reader, made["first"]), read(fleet, reader, made[copy])
    (pair,) = desk.pairs()
    assert (pair.kind, pair.event_id, pair.other_event_id) == ("same_picture", second, first)
    assert key in pair.facts
    assert "48" in pair.sentence or desk.event(first).payload["parsed_digits"].lstrip("0") in pair.sentence


def test_another_picture_of_the_same_reading_is_no_duplicate(
    fleet: Fleet, desk: Desk, copies: tuple[Reader, dict[str, bytes]]
) -> None:
    reader, made = copies
    read(fleet, reader, made["first"])
    second = read(fleet, reader, made["other"])
    assert desk.pairs() == []
    assert "duplicate_suspected" not in desk.why(second)[1]


def test_what_cannot_be_compared_is_told_and_the_event_is_written(
    fleet: Fleet, desk: Desk, copies: tuple[Reader, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ExtractorError("engine_failed", "The reading process ended")

    reader, made = copies
    read(fleet, reader, made["first"])
    monkeypatch.setattr(reader, "compare", broken)
    second = read(fleet, reader, made["other"])
    (pair,) = desk.pairs()
    assert (pair.event_id, float(pair.score), pair.facts["not_compared"]) == (second, 0.0, "engine_failed")


def test_a_photo_that_is_gone_is_no_reason(fleet: Fleet, desk: Desk, copies: tuple[Reader, dict[str, bytes]]) -> None:
    reader, made = copies
    first = read(fleet, reader, made["first"])
    key = desk.event(first).payload["provenance"]["object_key"]
    fleet.services.objects._client().delete_object(Bucket=fleet.services.objects.bucket, Key=key)
    read(fleet, reader, made["cropped"])
    assert desk.pairs() == []


def test_the_same_facts_are_found_across_vehicles_and_by_hand(fleet: Fleet, desk: Desk) -> None:
    first = desk.write("fuel_purchase", SLIP)
    later = desk.write("fuel_purchase", {**SLIP, "receipt_data": {}}, 3_000, fleet.other_vehicle_id)
    typed = {name: value for name, value in SLIP.items() if name not in {"source", "receipt_data"}}
    by_hand = add_event(
        fleet.services,
        fleet.tenant_id,
        fleet.person,
        fleet.vehicle_id,
        "fuel_purchase",
        typed,
        NOON + timedelta(days=9),
    ).event
    assert {(pair.kind, pair.ends) for pair in desk.pairs()} == {
        ("same_facts", frozenset(ends)) for ends in itertools.combinations((first, later, by_hand.id), 2)
    }
    assert desk.why(later) == ("flagged", ["duplicate_suspected"])
    assert desk.why(by_hand.id) == ("flagged", ["duplicate_suspected"])


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_which_pairs_are_found_does_not_depend_on_the_order(fleet: Fleet, desk: Desk, order: tuple[int, ...]) -> None:
    told = [SLIP, {**SLIP, "receipt_data": {}, "station_name": "Shell Harbcur Road"}, {**SLIP, "total_cost": 68.0}]
    written = {index: desk.write("fuel_purchase", told[index], 3_000 * index) for index in order}
    found = {frozenset(index for index, event_id in written.items() if event_id in pair.ends) for pair in desk.pairs()}
    assert found == {frozenset({0, 1}), frozenset({0, 2})}


def test_another_tenants_events_are_never_compared(fleet: Fleet, other_fleet: Fleet, desk: Desk) -> None:
    first, second = desk.write("fuel_purchase", SLIP), desk.write("fuel_purchase", SLIP, 3_000)
    desk.write("odometer_reading", DISPLAY)
    theirs = Desk(other_fleet)
    theirs.write("fuel_purchase", SLIP)
    assert (theirs.pairs(), theirs.bundles()) == ([], set())
    (pair,) = desk.pairs()
    assert pair.ends == {first, second}
    with pytest.raises(NotFoundError) as refused:
        decide_pair(fleet.services, other_fleet.tenant_id, other_fleet.person, pair.id, "confirm")
    assert refused.value.code == "duplicate_unknown"


# --- what a person says of it


def test_confirming_voids_the_later_event_with_its_audit(fleet: Fleet, desk: Desk) -> None:
    first, second = desk.write("fuel_purchase", SLIP), desk.write("fuel_purchase", SLIP, 3_000)
    (pair,) = desk.pairs()
    after = decide_pair(fleet.services, fleet.tenant_id, fleet.person, pair.id, "confirm")
    assert (after.state, after.decided_by) == ("confirmed", fleet.user_id)
    assert (desk.why(first)[0], desk.why(second)[0]) == ("accepted", "voided")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        rows = tx.execute(
            "select changed_by, actor_kind, new_values ->> 'state' from capture.audit_trail "
            "where table_name = 'duplicate_candidates' and operation = 'UPDATE'"
        ).fetchall()
        logged = tx.execute("select action from capture.audit_logs where subject_id = %s", (second,)).fetchall()
    assert rows == [(fleet.user_id, "person", "confirmed")]
    assert logged == [("event.voided",)]
    for decision in ("confirm", "dismiss"):
        with pytest.raises(ConflictError) as refused:
            decide_pair(fleet.services, fleet.tenant_id, fleet.person, pair.id, decision)
        assert refused.value.code == "duplicate_decided"


def test_dismissing_takes_the_flag_back_for_good(fleet: Fleet, desk: Desk) -> None:
    first, second = desk.write("fuel_purchase", SLIP), desk.write("fuel_purchase", SLIP, 3_000)
    (pair,) = desk.pairs()
    decide_pair(fleet.services, fleet.tenant_id, fleet.person, pair.id, "dismiss")
    assert desk.why(second) == ("accepted", [])
    decide_event(fleet.services, fleet.tenant_id, fleet.person, first, "confirm")
    assert [pair.state for pair in desk.pairs()] == ["dismissed"]
    assert desk.why(second) == ("accepted", [])


def test_copies_of_one_event_are_one_flag_that_counts_them(fleet: Fleet, desk: Desk) -> None:
    """Each pair is decided by itself, and the flag goes with the last of them."""
    first, *_, last = (desk.write("fuel_purchase", SLIP, 3_000 * number) for number in range(4))
    (flag,) = desk.event(last).flag_reasons
    pairs = [pair for pair in reversed(desk.pairs()) if pair.event_id == last]
    assert flag["sentence"] == f"{pairs[0].sentence} 2 more events may be the same too."
    assert first in {pair.other_event_id for pair in pairs}
    for left, pair in zip((" 1 more event may be the same too.", ""), pairs, strict=False):
        decide_pair(fleet.services, fleet.tenant_id, fleet.person, pair.id, "dismiss")
        (flag,) = desk.event(last).flag_reasons
        assert flag["sentence"].endswith(f".{left}")
    decide_pair(fleet.services, fleet.tenant_id, fleet.person, pairs[-1].id, "dismiss")
    assert desk.why(last) == ("accepted", [])


def test_an_event_whose_doubt_is_taken_back_is_drawn_and_says_why(fleet: Fleet, desk: Desk) -> None:
    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        tenants.set_policy(tx, blind_share=1.0)
    desk.write("fuel_purchase", SLIP)
    second = desk.write("fuel_purchase", SLIP, 3_000)
    decide_pair(fleet.services, fleet.tenant_id, fleet.person, desk.pairs()[0].id, "dismiss")
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        drawn = blind.sample(tx, second)
        said = [(reason.kind, reason.code) for reason in explanations.reasons(tx, second)]
    assert drawn is not None, "what is accepted now is looked at as often as what was accepted at first"
    assert said == [("flagged", "duplicate_suspected"), ("accepted", "relatives_agree")]


def test_a_pair_stays_however_many_events_look_like_it_since(
    fleet: Fleet, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = desk.write("fuel_purchase", SLIP), desk.write("fuel_purchase", SLIP, 3_000)
    monkeypatch.setattr(queries, "MOST", 1)
    for number in range(3):
        others = {"purchased_on": f"2026-12-0{number + 1}", "receipt_data": {}, "station_name": "Esso"}
        desk.write("fuel_purchase", {**SLIP, **others}, 9_000 * (number + 1))
    decide_event(fleet.services, fleet.tenant_id, fleet.person, first, "confirm")
    assert [(pair.state, pair.ends) for pair in desk.pairs()] == [("proposed", frozenset({first, second}))]
    assert desk.why(second) == ("flagged", ["duplicate_suspected"])


def test_who_dismisses_a_pair_waits_for_who_decides_on_its_event_without_holding_the_pair(
    fleet: Fleet, desk: Desk
) -> None:
    desk.write("fuel_purchase", SLIP)
    second = desk.write("fuel_purchase", SLIP, 3_000, fleet.other_vehicle_id)
    (pair,) = desk.pairs()
    who = (fleet.services, fleet.tenant_id, fleet.person)
    errors: list[Exception] = []

    def dismiss() -> None:
        try:
            decide_pair(*who, pair.id, "dismiss")
        except ConflictError as error:
            errors.append(error)

    with fleet.services.db.tenant_tx(fleet.tenant_id, fleet.person) as tx:
        event = deciding.lock(tx, second)
        other = threading.Thread(target=dismiss)
        other.start()
        other.join(0.3)  # it waits for the vehicle; were it to hold the pair, the two would wait for each other
        assert other.is_alive()
        deciding.decide_locked(tx, fleet.services.settings, event, "void", duplicate=pair.id)
    other.join(10)
    assert [error.code for error in errors if isinstance(error, ConflictError)] == ["duplicate_decided"]
    assert [pair.state for pair in desk.pairs()] == ["confirmed"]


def test_what_a_person_verified_is_never_flagged(fleet: Fleet, desk: Desk) -> None:
    first = desk.write("fuel_purchase", SLIP)
    decide_event(fleet.services, fleet.tenant_id, fleet.person, first, "confirm")
    second = desk.write("fuel_purchase", SLIP, 3_000)
    decide_event(fleet.services, fleet.tenant_id, fleet.person, second, "confirm")
    assert desk.why(first) == ("verified", [])
    assert desk.why(second) == ("verified", ["duplicate_suspected"]), "as it stood when the person confirmed it"
    assert [pair.state for pair in desk.pairs()] == ["proposed"]


def test_correcting_or_voiding_takes_a_pair_back_and_finds_another(fleet: Fleet, desk: Desk) -> None:
    first = desk.write("odometer_reading", DISPLAY)
    slip, copy = desk.write("fuel_purchase", SLIP, 3_000), desk.write("fuel_purchase", SLIP, 6_000)
    assert desk.why(copy)[0] == "flagged"
    changes = {"total_cost": 12.0, "purchased_on": "2026-11-05", "receipt_data": {"receipt_number": "9"}}
    decide_event(fleet.services, fleet.tenant_id, fleet.person, slip, "correct", changes)
    assert desk.why(copy) == ("accepted", [])
    assert [pair.state for pair in desk.pairs()] == ["withdrawn"]
    back = {name: SLIP[name] for name in changes}
    decide_event(fleet.services, fleet.tenant_id, fleet.person, slip, "correct", back)
    assert desk.why(copy) == ("flagged", ["duplicate_suspected"])
    decide_event(fleet.services, fleet.tenant_id, fleet.person, slip, "void")
    assert desk.why(copy) == ("accepted", [])
    assert desk.why(first) == ("accepted", [])


# --- bundles


@pytest.mark.parametrize("order", [("odometer_reading", "fuel_purchase"), ("fuel_purchase", "odometer_reading")])
def test_slip_and_display_are_joined_whichever_comes_first(fleet: Fleet, desk: Desk, order: tuple[str, str]) -> None:
    payloads = {"odometer_reading": DISPLAY, "fuel_purchase": {**SLIP, "odometer": 48_213, "odometer_unit": "km"}}
    minutes = {"odometer_reading": 4, "fuel_purchase": 0}
    written = [desk.write(name, payloads[name], minutes[name]) for name in order]
    far = desk.write("odometer_reading", {**DISPLAY, "reading": 48_250, "parsed_digits": "048250"}, 40)
    assert desk.bundles() == {frozenset(written)}
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        (bundle, _) = queries.bundles_of(tx, written)
        partners = queries.partners_of(tx, [written[0], far])
    assert float(bundle.odometer_log_ratio or 0) > 4
    assert [(one.event_id, one.partner_id) for one in partners] == [(written[0], written[1])]


def test_a_contradiction_is_flagged_on_both_with_the_numbers_and_mended_by_a_correction(
    fleet: Fleet, desk: Desk
) -> None:
    shown = desk.write("odometer_reading", {**DISPLAY, "reading": 98_213, "parsed_digits": "098213"})
    slip = desk.write("fuel_purchase", {**SLIP, "odometer": 48_213, "odometer_unit": "km"}, 3)
    for event_id in (shown, slip):
        row = desk.event(event_id)
        assert row.review_state == "flagged"
        assert row.flag_reasons == [
            {
                "code": "bundle_disagrees",
                "sentence": "The slip says 48,213 km, the display 98,213 km: 50,000 km apart.",
            }
        ]
    done = decide_event(fleet.services, fleet.tenant_id, fleet.person, shown, "correct", {"reading": 48_213})
    assert [(effect.event_id, effect.cleared) for effect in done.affected] == [(slip, ("bundle_disagrees",))]
    assert desk.why(slip) == ("accepted", [])
    assert desk.why(shown)[0] == "corrected"
    decide_event(fleet.services, fleet.tenant_id, fleet.person, slip, "void")
    assert desk.bundles() == set()
    assert fleet.count("bundles") == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_pump_and_slip_are_one_purchase_and_the_pump_goes(fleet: Fleet, desk: Desk, order: tuple[int, int]) -> None:
    written = {index: desk.write("fuel_purchase", (PUMP, SLIP)[index], index * 4) for index in order}
    (pair,) = desk.pairs()
    assert (pair.kind, pair.event_id, pair.other_event_id) == ("same_fill", written[0], written[1])
    assert desk.why(written[0]) == ("flagged", ["duplicate_suspected"])
    assert desk.why(written[1]) == ("accepted", [])
    assert desk.bundles() == {frozenset(written.values())}
    decide_event(fleet.services, fleet.tenant_id, fleet.person, written[1], "void")
    assert desk.why(written[0]) == ("accepted", [])
    assert desk.bundles() == set()


def test_a_late_fill_changes_what_the_next_stop_is_compared_with(fleet: Fleet, desk: Desk) -> None:
    def stop(minutes: float, reading: int) -> UUID:
        slip = {**SLIP, "total_cost": 50.0 + minutes, "receipt_data": {}, "purchased_on": None}
        desk.write("fuel_purchase", {name: value for name, value in slip.items() if value is not None}, minutes + 1)
        return desk.write("odometer_reading", {**DISPLAY, "reading": reading, "parsed_digits": str(reading)}, minutes)

    stop(0, 40_000)
    last = stop(30_000, 41_200)
    assert desk.why(last) == ("accepted", [])
    stop(20_000, 41_197)
    (flag,) = desk.event(last).flag_reasons
    assert "3 km since the fill of 2026-11-17" in flag["sentence"]


def test_the_two_photos_of_a_stop_at_the_same_moment_find_each_other(fleet: Fleet, desk: Desk) -> None:
    barrier = threading.Barrier(2, timeout=20)
    written: list[UUID] = []

    def write(event_type: str, payload: dict[str, Any], minutes: float) -> None:
        written.append(desk.write(event_type, payload, minutes, barrier=barrier))

    for pair in ((("odometer_reading", DISPLAY), ("fuel_purchase", SLIP)), (("fuel_purchase", SLIP),) * 2):
        minutes = 9_000 * len(written)
        threads = [threading.Thread(target=write, args=(*one, minutes)) for one in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(written) == 4
    assert desk.bundles() == {frozenset(written[:2])}
    (slip,) = [event_id for event_id in written[:2] if desk.event(event_id).event_type == "fuel_purchase"]
    assert {pair.ends for pair in desk.pairs()} == {
        frozenset(ends) for ends in itertools.combinations([slip, *written[2:]], 2)
    }


# --- a phone that tries again


def announce(fleet: Fleet, data: bytes, vehicle_id: UUID | None = None) -> UUID:
    """Announce a photo with its SHA-256, send it and say so; return its upload."""
    said = uploads.Announcement(vehicle_id or fleet.vehicle_id, len(data), "image/jpeg", "odometer", _digest(data))
    expected = expect(fleet.services, fleet.tenant_id, fleet.person, said)
    httpx2.put(expected.url, content=data, headers=expected.headers).raise_for_status()
    complete(fleet.services, fleet.tenant_id, fleet.person, expected.upload_id)
    return expected.upload_id


def test_a_phone_that_tries_again_gets_its_upload_back(fleet: Fleet, reader: Reader) -> None:
    data = photo("dash_000.jpg")
    first = announce(fleet, data)
    assert announce(fleet, data) == first
    read_upload(fleet.services, reader, fleet.tenant_id, first)
    assert announce(fleet, data) == first
    read_upload(fleet.services, reader, fleet.tenant_id, first)
    row = fleet.upload(first)
    assert (row.state, row.overwritten_at) == ("recorded", None)
    assert (fleet.count("uploads"), fleet.count("manual_events")) == (1, 1)


def test_another_vehicle_or_a_lost_upload_is_a_new_one(fleet: Fleet) -> None:
    data = photo("dash_000.jpg")
    first = announce(fleet, data)
    assert announce(fleet, data, fleet.other_vehicle_id) != first
    with fleet.services.db.tenant_tx(fleet.tenant_id, SYSTEM) as tx:
        tx.execute("update capture.uploads set state = 'failed' where id = %s", (first,))
    again = announce(fleet, data)
    assert again != first
    assert announce(fleet, data) == again


def test_two_tries_at_the_same_moment_are_one_upload(fleet: Fleet) -> None:
    said = uploads.Announcement(fleet.vehicle_id, 3, "image/jpeg", None, "ab" * 32)
    found: set[UUID] = set()

    def ask() -> None:
        found.add(expect(fleet.services, fleet.tenant_id, fleet.person, said).upload_id)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 1
    assert fleet.count("uploads") == 1


# --- the API and the command


def test_the_api_lists_pairs_takes_a_decision_and_shows_partners(
    settings: Settings, fleet: Fleet, other_fleet: Fleet, desk: Desk
) -> None:
    first, second = desk.write("fuel_purchase", SLIP), desk.write("fuel_purchase", SLIP, 3_000)
    shown = desk.write("odometer_reading", DISPLAY, 3_005)
    mine, theirs = (
        {"Authorization": f"Bearer {tokens.create(one.services, one.tenant_id, one.user_id, 'test', None)}"}
        for one in (fleet, other_fleet)
    )
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        (pair,) = client.get("/v1/duplicates", params={"state": "proposed"}, headers=mine).json()["items"]
        assert (pair["event_id"], pair["other_event_id"], pair["score"]) == (str(second), str(first), 1.0)
        assert client.get("/v1/duplicates", headers=theirs).json()["items"] == []
        event = client.get(f"/v1/events/{shown}", headers=mine).json()
        assert [one["event_id"] for one in event["partners"]] == [str(second)]
        path = f"/v1/duplicates/{pair['id']}/decision"
        assert client.post(path, json={"decision": "confirm"}, headers=theirs).status_code == 404
        assert client.post(path, json={"decision": "perhaps"}, headers=mine).status_code == 422
        assert client.post(path, json={"decision": "confirm"}, headers=mine).json()["state"] == "confirmed"
        again = client.post(path, json={"decision": "dismiss"}, headers=mine)
        assert (again.status_code, again.json()["code"]) == (409, "duplicate_decided")
        assert client.get(f"/v1/events/{shown}", headers=mine).json()["partners"] == []


def test_the_command_lists_and_decides(
    settings: Settings, fleet: Fleet, desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in variables_of(settings).items():
        monkeypatch.setenv(name, value)
    _, second = desk.write("fuel_purchase", SLIP), desk.write("fuel_purchase", SLIP, 3_000)
    assert run(["duplicates", "list", "--json"]) == 0
    (pair,) = json.loads(capsys.readouterr().out)
    assert (pair["event_id"], pair["state"]) == (str(second), "proposed")
    assert run(["duplicates", "dismiss", pair["id"]]) == 0
    assert capsys.readouterr().out.strip() == f"pair {pair['id']}: dismissed"
    assert desk.why(second) == ("accepted", [])
    assert run(["duplicates", "confirm", pair["id"]]) != 0
    assert "duplicate_decided" in capsys.readouterr().err
    assert run(["duplicates", "dismiss", "nonsense"]) != 0
    assert "duplicate_unknown" in capsys.readouterr().err
