"""Draw the application's icons for phones from its picture: `python -m docs.icons`, with Chromium on the PATH."""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import sync_playwright

from web.pages.rendering import STATIC

SIZES_PX = (192, 512)


def main() -> None:
    """Write `icon-<size>.png` beside `icon.svg`: the square to its corners, so that a phone may cut any shape of it."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("Chromium is missing: apt-get install chromium")
    picture = (STATIC / "icon.svg").read_text(encoding="utf-8").replace(' rx="14"', "")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for size in SIZES_PX:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:{size}px}}</style>{picture}")
            page.screenshot(path=STATIC / f"icon-{size}.png")
            sys.stdout.write(f"icon-{size}.png\n")
        browser.close()


if __name__ == "__main__":
    main()
