"""A phone in the local network: the code's address opens the capture page over TLS, and photos go straight over TLS."""

from __future__ import annotations

import ssl
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from capture.settings import Settings
from storage.db import SYSTEM
from storage.queries import tenants
from tests import services as servers
from tests.browser.conftest import FIXTURES, PHONE
from worker import lan
from worker.commands.phone import invite
from worker.local import Stack, stack
from worker.servers import free_port
from worker.supervise import prepare, running


def test_a_phone_sends_over_tls(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    servers.need_embedded_stack()
    monkeypatch.setattr(lan, "addresses", lambda: [IPv4Address("127.0.0.1")])
    with servers.short_folder() as folder:
        reach = lan.lan(folder / "lan")
        port = free_port()
        chosen = Settings(
            data_dir=str(folder),
            host="127.0.0.1",
            port=port,
            tls_certificate=str(reach.certificate),
            tls_key=str(reach.key),
            public_url=f"https://127.0.0.1:{port}",
            engines=("recorded",),
            recorded_dir=str(FIXTURES / "recorded"),
            worker_processes=1,
        )
        with stack(chosen, own=True, reach=reach) as made:
            services = prepare(Stack(made.settings, owned=False))
            with services.db.ops_tx() as tx:
                tenant_id = tenants.create_tenant(tx, "Fleet", "org")
                tenants.ensure_member(tx, tenant_id, "olga@fleet.example", "Olga", "owner")
            with services.db.tenant_tx(tenant_id, SYSTEM) as tx:
                tenants.add_vehicle(tx, "Van 1", odometer_unit="mi")
            with running(services) as base:
                invite(services)
                told = capsys.readouterr().out
                assert "█" in told or "▀" in told
                link = next(word for word in told.split() if word.startswith("https://") and "#link_" in word)
                device: dict[str, Any] = {**PHONE, "ignore_https_errors": True}
                phone = browser.new_context(**device).new_page()
                phone.goto(link)
                phone.wait_for_url("**/capture")
                expect(phone.locator("#vehicle option")).to_have_count(1)
                phone.locator("#camera").set_input_files(FIXTURES / "images" / "dash_005.jpg")
                expect(phone.locator(".photo[data-state=answered] canvas.crop")).to_be_visible(timeout=30_000)
                phone.context.close()
                authority = httpx2.get(f"{base}/certificate.crt", verify=_trust(reach.certificate))
                assert authority.content == lan.authority_of(reach.certificate)
            services.close()
        assert made.settings.s3_public_endpoint_url.startswith("https://127.0.0.1:")


def _trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))
