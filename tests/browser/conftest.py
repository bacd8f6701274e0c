"""Debian's Chromium, driven by Playwright, on the embedded stack with its web process, worker and sweep."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pydantic import SecretStr

from storage.db import Actor
from storage.queries import tenants
from tests import services as servers
from tests.conftest import needs
from tests.oidc_server import CLIENT_ID, CLIENT_SECRET, OidcServer, oidc_server
from worker.local import Stack
from worker.servers import free_port
from worker.services import Services
from worker.sessions import make_link
from worker.supervise import prepare, running

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
PATIENCE_MS = 30_000
"""How long a test waits for something to appear; never a measure of speed."""

PHONE = {
    "viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2,
    "user_agent": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
}  # fmt: skip
DESK = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    needs(program, "a browser", "apt-get install chromium")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield made
        made.close()


@dataclass(frozen=True)
class Site:
    """The running product. `base`: its address."""

    services: Services
    base: str

    def tenant(self, name: str) -> Crew:
        """Make a tenant with an owner and two vehicles."""
        with self.services.db.ops_tx() as tx:
            tenant_id = tenants.create_tenant(tx, name, "org")
            owner_id = tenants.ensure_member(tx, tenant_id, f"owner@{tenant_id.hex}.example", "Olga Owner", "owner")
        made = Crew(self, tenant_id, owner_id)
        made.vehicle("Van 1")
        made.vehicle("Van 2")
        return made


@dataclass(frozen=True)
class Crew:
    """A tenant on the site, and its owner."""

    site: Site
    tenant_id: UUID
    owner_id: UUID

    def vehicle(self, label: str) -> UUID:
        with self.site.services.db.tenant_tx(self.tenant_id, Actor("person", self.owner_id)) as tx:
            return tenants.add_vehicle(tx, label, odometer_unit="mi")

    def member(self, name: str, role: tenants.Role) -> UUID:
        """Make a person who belongs to the tenant."""
        with self.site.services.db.ops_tx() as tx:
            return tenants.ensure_member(tx, self.tenant_id, f"{role}@{self.tenant_id.hex}.example", name, role)

    def link(self, user_id: UUID | None = None) -> str:
        """Return an address that signs somebody in, once."""
        return f"{self.site.base}/signin#{make_link(self.site.services, self.tenant_id, user_id or self.owner_id)}"


@pytest.fixture(scope="session")
def provider() -> Iterator[OidcServer]:
    """Run the identity provider of the site."""
    with oidc_server() as made:
        yield made


@pytest.fixture(scope="session")
def site(provider: OidcServer) -> Iterator[Site]:
    """Run everything that `capture up` runs, with recorded answers instead of engines."""
    servers.need_embedded_stack()
    with servers.embedded_stack() as settings:
        chosen = settings.model_copy(
            update={
                "port": free_port(),
                "data_dir": str(Path(settings.data_dir)),
                "engines": ("recorded",),
                "recorded_dir": str(FIXTURES / "recorded"),
                "worker_processes": 1,
                "sweep_interval_s": 1.0,
                "oidc_issuer": provider.url,
                "oidc_client_id": CLIENT_ID,
                "oidc_client_secret": SecretStr(CLIENT_SECRET),
                "oidc_name": "North depot's account",
            }
        )
        services = prepare(Stack(chosen, owned=False))
        with running(services) as base:
            yield Site(services, base)
        services.close()


@pytest.fixture
def crew(site: Site, request: pytest.FixtureRequest) -> Crew:
    """Return a tenant of the test's own."""
    return site.tenant(f"Fleet of {request.node.name[:60]}")


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Return what opens a page of a new browser: `open_page(crew)`, `open_page(crew, user_id, phone=True)`.

    A script's error on any of these pages fails the test.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_one(crew: Crew | None = None, user_id: UUID | None = None, *, phone: bool = False) -> Page:
        context = browser.new_context(**(PHONE if phone else DESK), base_url=site.base)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        if crew is not None:
            page.goto(crew.link(user_id))
            page.wait_for_url(lambda url: "/signin" not in url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not errors, errors
