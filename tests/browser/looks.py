"""What every page must keep to: axe finds nothing, nothing runs over the edge; and its picture for the docs."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "images" / "pages"
KEEP = "SCREENSHOTS"
"""Variable: where it is set, the pictures in docs/ are made again."""

SHOWN = frozenset(
    {
        "account", "capture-answered", "capture-correcting", "capture-offline", "capture-several", "event", "events",
        "operations", "operations-alarm", "review", "review-blind", "review-conflict", "review-keys", "review-odometer",
        "session-ended", "signin", "trust", "trust-preview", "upload", "uploads", "vehicle", "vehicles", "webhooks",
    }
)  # fmt: skip
"""Pages, and the states of them that are worth a picture in docs/."""

LARGE_BYTES = 150_000

WIDE, NARROW = (1280, 800), (360, 740)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

TOO_WIDE = """[...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > window.innerWidth + 0.5)
  .slice(-12).map((one) => one.outerHTML.slice(0, 150))"""
"""Script: the last elements that run over the edge."""


def check(page: Page, name: str, *, ready: str = "main") -> None:
    """Look at the page as it stands: wide and narrow, light and dark. Fails for what axe or a ruler finds."""
    before = page.viewport_size
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        page.locator(ready).first.wait_for()
        over = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
        assert over <= 0, f"{name} is {over} pixels too wide at {width}: {page.evaluate(TOO_WIDE)}"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = Axe().run(page, options=RULES).response["violations"]
            assert not found, f"{name}, {width} px, {scheme}: {_told(found)}"
            if os.environ.get(KEEP) and name in SHOWN and (width, scheme) in {(WIDE[0], "light"), (NARROW[0], "dark")}:
                PICTURES.mkdir(parents=True, exist_ok=True)
                _keep(page.screenshot(scale="css"), PICTURES / f"{name}-{'desk' if width > 1000 else 'phone'}.png")
    page.emulate_media(color_scheme="light")
    if before is not None:
        page.set_viewport_size(before)


def _keep(shot: bytes, path: Path) -> None:
    """Write a picture; one with a photo in it in fewer colours, so that it stays small."""
    path.write_bytes(shot)
    if len(shot) > LARGE_BYTES:
        Image.open(io.BytesIO(shot)).convert("RGB").quantize(96).save(path, optimize=True)


def _told(violations: list[dict[str, Any]]) -> str:
    return "; ".join(f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}" for one in violations)
