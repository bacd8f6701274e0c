"""From the photo's PUT to the answer on the capture page: `python -m bench.web capture [--data DIR] [--count N]`.

An emulated phone in Chromium takes odometer photos one after the other, on an embedded stack of this machine with the
engines as they are set by default, after two that warm it up. Photos are those of `odometer_trodo` that our reader was
not trained on, else the generated ones. Steps: the PUT itself; until the server has said `complete`; until the job's
answer is on the page; within that, what the engines took.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.figures import print_table
from bench.labels import DATA_VARIABLE, data_folder, held_out, photos
from capture.errors import ConfigError
from capture.settings import Settings
from storage.db import SYSTEM
from storage.queries import tenants
from worker.labelled import labelled_photos
from worker.local import Stack, stack
from worker.servers import free_port
from worker.services import Services
from worker.sessions import make_link
from worker.supervise import prepare, running

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
SET_NAME = "odometer_trodo"
WARMING = 2
PATIENCE_MS = 60_000
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
AIM_S = 1.5

TIMES = """async (id) => {
  const photo = await (await import("/static/capture-store.js")).one(id);
  const mark = (name) => performance.getEntriesByName(`${name} ${id}`)[0].startTime;
  const requests = performance.getEntriesByType("resource").filter((entry) => entry.startTime >= mark("put"));
  const sent = requests.find((entry) => entry.initiatorType === "xmlhttprequest");
  const complete = requests.find((entry) => entry.name.endsWith("/complete"));
  performance.clearResourceTimings();  // the browser keeps 250
  return {
    put: sent.responseEnd - mark("put"), complete: complete.responseEnd - sent.responseEnd,
    answer: mark("answered") - complete.responseEnd, all: mark("answered") - mark("put"),
    engines: photo.upload.read_ms, state: photo.upload.state,
  };
}"""


def main(arguments: Sequence[str]) -> None:
    """Print median and 95th percentile of each step, milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", help=f"folder of the labelled sets (default: {DATA_VARIABLE}, or beside the repository)"
    )
    parser.add_argument("--count", type=int, default=30, help="how many photos are measured (default: 30)")
    chosen = parser.parse_args(arguments)
    program = shutil.which("chromium")
    if program is None:
        print("Chromium is missing (apt-get install chromium): nothing is measured.")
        return
    name, files = _photos(chosen.data, chosen.count + WARMING)
    try:
        with _site() as (services, base), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_context(**PHONE, base_url=base).new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"/signin#{_link(services)}")
            page.wait_for_url(lambda url: "/signin" not in url)
            page.goto("/capture")
            page.locator("#vehicle option").wait_for(state="attached")
            taken = [_take(page, file) for file in files][WARMING:]
            browser.close()
    except ConfigError as error:
        print(f"{error.message} Nothing is measured.")
        return
    _print(name, taken)


@contextlib.contextmanager
def _site() -> Iterator[tuple[Services, str]]:
    """Run everything that `capture up` runs, with data of its own."""
    folder = Path(tempfile.mkdtemp(prefix="capture-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach it
    try:
        with stack(Settings(data_dir=str(folder)), own=True) as made:
            settings = made.settings.model_copy(update={"port": free_port()})
            services = prepare(Stack(settings, owned=False))
            with running(services) as base:
                yield services, base
            services.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _link(services: Services) -> str:
    with services.db.ops_tx() as tx:
        tenant_id = tenants.create_tenant(tx, "Bench", "org")
        user_id = tenants.ensure_member(tx, tenant_id, "bench@localhost.example", "Bench", "owner")
    with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
        tenants.add_vehicle(tx, "Van 1", odometer_unit="km")
    return make_link(services, tenant_id, user_id)


def _photos(given: str | None, count: int) -> tuple[str, list[Path]]:
    """Return photos of odometers, spread over their set, and what they are."""
    folder = data_folder(given)
    labelled = [] if folder is None else [one for one in photos(folder, SET_NAME) if one.kind == "odometer"]
    if labelled:
        apart = held_out()
        found = [one.path for one in labelled if one.path.name in apart or f"images/{one.path.name}" in apart]
        name = f"{SET_NAME}, held out"
    else:
        found = [one.path for one in labelled_photos(FIXTURES) if one.kind == "odometer"]
        name = "generated photos"
    return name, found[:: max(1, len(found) // count)][:count]


def _take(page: Page, file: Path) -> dict[str, Any]:
    """Take one photo and wait for its answer; return the times, milliseconds."""
    before = page.locator(".photo").count()
    page.locator("#camera").set_input_files(file)
    page.locator(".photo").nth(before).wait_for()
    card = page.locator(".photo").first
    page.locator(".photo:first-child[data-state=answered]").wait_for()
    times: dict[str, Any] = page.evaluate(TIMES, (card.get_attribute("id") or "").removeprefix("photo-"))
    return times


def _print(name: str, taken: Sequence[dict[str, Any]]) -> None:
    steps = {
        "PUT, phone to bucket": "put",
        "`complete`, until the server has said it": "complete",
        "until the answer is on the page": "answer",
        "of which the last engine": "engines",
        "PUT to answer": "all",
    }
    rows = []
    for words, key in steps.items():
        values = sorted(float(one[key]) for one in taken if one[key] is not None)
        high = quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
        rows.append((words, f"{median(values):,.0f}", f"{high:,.0f}"))
    print_table(f"{len(taken)} of {name}, milliseconds", ("step", "median", "95 %"), rows)
    within = sum(one["all"] <= AIM_S * 1_000 for one in taken)
    print(f"\n{within} of {len(taken)} within {AIM_S} s; states: {sorted({one['state'] for one in taken})}")
