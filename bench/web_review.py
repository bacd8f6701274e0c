"""The review desk with many events that wait: `python -m bench.web review [--events N] [--vehicles N] [--count N]`.

An embedded stack of its own gets flagged odometer readings of many vehicles, half a year of each. What comes next and a
decision are timed in this process, without HTTP. Then a person at a desk in Chromium confirms one after another by
Enter: from the key until the next item is on the screen, its photo included.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from uuid import UUID, uuid4

from playwright.sync_api import sync_playwright

from bench.figures import print_table
from capture.errors import ConfigError
from capture.settings import Settings
from storage.db import SYSTEM, Actor
from storage.ids import new_id
from storage.queries import history, tenants, uploads
from worker import desk
from worker.local import Stack, stack
from worker.servers import free_port
from worker.services import Services
from worker.sessions import make_link
from worker.supervise import prepare, running

PHOTO = Path(__file__).resolve().parents[1] / "fixtures" / "images" / "dash_000.jpg"
WARMING = 5
PAUSE_MS = 250
"""Between two keys: a person looks for longer."""

FILL = """
with made as (
  select gen_random_uuid() as id, v.id as vehicle_id, n,
    100000 + (row_number() over (order by v.id, n) %% 977) * 100 + n * 90 as km,
    now() - make_interval(days => 180) + make_interval(secs => n * 180.0 * 86400 / %(each)s) as at
  from capture.vehicles as v cross join generate_series(1, %(each)s) as n
), events as (
  insert into capture.manual_events
    (id, tenant_id, vehicle_id, source_upload_id, event_type, source, payload, confidence, probability, occurred_at,
     occurred_at_source, review_state, flag_reasons)
  select id, capture.current_tenant(), vehicle_id, %(upload)s, 'odometer_reading', 'photo',
    jsonb_build_object('source', 'odometer', 'reading', km, 'unit', 'km', 'parsed_digits', km::text,
      'image_metadata', jsonb_build_object('resolution', '1200x900', 'file_size_bytes', 100000)),
    80, 0.8 + random() * 0.1, at, 'exif', 'flagged',
    '[{"code": "confidence_low", "sentence": "Readings of this kind are wrong too often."}]'
  from made
  returning id, created_at
), heads as (
  insert into capture.event_stream_heads (tenant_id, aggregate_type, aggregate_id, version)
  select capture.current_tenant(), 'manual_event', id, 1 from made
)
insert into capture.vehicle_readings
  (tenant_id, event_id, event_created_at, vehicle_id, event_type, occurred_at, received_at, verified, unit,
   unit_printed, ways, km, judged, fits)
select capture.current_tenant(), m.id, e.created_at, m.vehicle_id, 'odometer_reading', m.at, m.at, false, 'km', true,
  jsonb_build_array(jsonb_build_array(m.km::text, false, false, 0.85)), m.km,
  '{"confidence": 80, "probability": 0.8, "field_confidence": {}}', true
from made as m join events as e on e.id = m.id
"""


def main(arguments: Sequence[str]) -> None:
    """Print median and 95th percentile of each step, milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000, help="how many wait (default: 100000)")
    parser.add_argument("--vehicles", type=int, default=2_000, help="of how many vehicles (default: 2000)")
    parser.add_argument("--count", type=int, default=60, help="how many decisions are measured (default: 60)")
    chosen = parser.parse_args(arguments)
    try:
        with _site() as (services, base):
            person, tenant_id = _filled(services, chosen.events, chosen.vehicles)
            rows = _server(services, tenant_id, person, chosen.count)
            rows += _browser(services, base, tenant_id, person, chosen.count)
    except ConfigError as error:
        print(f"{error.message} Nothing is measured.")
        return
    print_table(f"Review desk, {chosen.events:,} flagged events (ms)", ("step", "n", "median", "p95"), rows)


@contextlib.contextmanager
def _site() -> Iterator[tuple[Services, str]]:
    """Run everything that `capture up` runs, with data of its own."""
    folder = Path(tempfile.mkdtemp(prefix="capture-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach it
    try:
        with stack(Settings(data_dir=str(folder)), own=True) as made:
            settings = made.settings.model_copy(update={"port": free_port(), "engines": ("tesseract",)})
            services = prepare(Stack(settings, owned=False))
            with running(services) as base:
                yield services, base
            services.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _filled(services: Services, count: int, vehicles: int) -> tuple[Actor, UUID]:
    with services.db.ops_tx() as tx:
        tenant_id = tenants.create_tenant(tx, "Bench", "org")
        user_id = tenants.ensure_member(tx, tenant_id, "bench@localhost.example", "Bench", "owner")
    upload_id = new_id()
    key = f"tenants/{tenant_id}/bench.jpg"
    services.objects._client().put_object(  # noqa: SLF001 (whoever holds the bucket's credentials)
        Bucket=services.objects.bucket, Key=key, Body=PHOTO.read_bytes(), ContentType="image/jpeg"
    )
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        made = [tenants.add_vehicle(tx, f"Van {number}", odometer_unit="km") for number in range(vehicles)]
        uploads.insert_dropped(tx, upload_id, made[0], services.objects.bucket, key)
        tx.execute("update capture.uploads set state = 'recorded', content_type = 'image/jpeg'")
        tx.execute(FILL, {"each": max(1, count // vehicles), "upload": upload_id})
        for vehicle_id in made:
            history.keep_rate(tx, vehicle_id)
    return Actor("person", user_id), tenant_id


def _server(services: Services, tenant_id: UUID, person: Actor, count: int) -> list[tuple[str, ...]]:
    """Time what comes next, and decisions, in this process: without HTTP."""
    place, dealing, deciding = uuid4(), [], []
    for _ in range(count + WARMING):
        begun = time.perf_counter()
        (item,) = desk.deal(services, tenant_id, person, place, order="risk").items
        dealt = time.perf_counter()
        desk.settle(services, tenant_id, person, item.id, "confirm", version=item.version)
        dealing.append((dealt - begun) * 1000)
        deciding.append((time.perf_counter() - dealt) * 1000)
    return [_row("server: what comes next", dealing[WARMING:]), _row("server: a decision", deciding[WARMING:])]


NEXT = """() => new Promise((resolve) => {
  const item = document.getElementById("item"), before = item.dataset.id, drawn = document.querySelector("#stage svg");
  const begun = performance.now();
  const look = () => {
    const photo = document.querySelector("#stage svg.photo");
    const shown = item.dataset.id !== before && !item.hidden && photo && photo !== drawn;
    shown ? requestAnimationFrame(() => resolve(performance.now() - begun)) : requestAnimationFrame(look);
  };
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  look();
})"""


def _browser(services: Services, base: str, tenant_id: UUID, person: Actor, count: int) -> list[tuple[str, ...]]:
    program = shutil.which("chromium")
    if program is None:
        print("Chromium is missing (apt-get install chromium): the screen is not measured.")
        return []
    assert person.user_id is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=base).new_page()
        page.goto(f"/signin#{make_link(services, tenant_id, person.user_id)}")
        page.wait_for_url(lambda url: "/signin" not in url)
        page.goto("/review")
        page.locator("#stage svg.photo").wait_for()
        times: list[float] = []
        for _ in range(count + WARMING):
            page.wait_for_timeout(PAUSE_MS)
            times.append(page.evaluate(NEXT))
        browser.close()
    return [_row("screen: from Enter to the next item", times[WARMING:])]


def _row(name: str, times: list[float]) -> tuple[str, ...]:
    return name, str(len(times)), f"{median(times):.1f}", f"{quantiles(times, n=20)[-1]:.1f}"
