"""The pages that follow from the code are those that the code makes now; links lead somewhere."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT


def test_generated_pages_are_up_to_date() -> None:
    rendered: dict[str, str] = importlib.import_module("docs.generate").render()
    assert "docs/reference/settings.md" in rendered
    stale = []
    for name, text in rendered.items():
        path = ROOT / name
        assert text
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    assert stale == [], "run `make docs`"


PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "fixtures").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
