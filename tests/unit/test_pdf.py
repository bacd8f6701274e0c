"""A page's own text counts only where it is what a reader of the page sees."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from capture.image import Limits, PageImage, open_document
from capture.pdf import PDF_DPI
from fixtures.pdf import assemble, blank_document, image_document, text_document
from fixtures.slips import Cell, Row

SIZE = (400, 300)  # points
LINES = ["WERKSTATT BERGER GMBH", "Km-Stand: 125.430 km", "Gesamtbetrag 345,60"]


def page(
    content: str, resources: str = "", extra: tuple[bytes, ...] = (), entries: str = "", font: str = "5 0 R"
) -> PageImage:
    """Open a file of one page, Helvetica as /F1, with `extra` objects from number 6 on."""
    stream = content.encode("cp1252")
    data = assemble(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {SIZE[0]} {SIZE[1]}] {entries} "
            f"/Resources << /Font << /F1 {font} >> {resources} >> /Contents 4 0 R >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            *extra,
        ]
    )
    [only] = open_document(data, Limits()).pages
    return only


def lines(*texts: str, how: str = "") -> str:
    shown = [f"BT {how} /F1 12 Tf 20 {260 - 30 * n} Td ({text}) Tj ET" for n, text in enumerate(texts)]
    return "\n".join(shown)


def texts(shown: PageImage) -> list[str] | None:
    return None if shown.text is None else [phrase.text for phrase in shown.text]


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


PICTURE = b"<< /Type /XObject /Subtype /Image /Width 40 /Height 30 /ColorSpace /DeviceRGB /BitsPerComponent 8 " + (
    b"/Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream" % (len(jpeg()), jpeg())
)


def test_lines_lie_where_they_are_drawn() -> None:
    shown = page(lines(*LINES))
    assert texts(shown) == LINES
    assert shown.text is not None
    scale = PDF_DPI / 72
    x0, y0, x1, y1 = shown.text[0].box
    assert x0 == pytest.approx(20 * scale, abs=2)
    assert y0 < (SIZE[1] - 260) * scale <= y1
    inside = shown.image.convert("L").crop((round(x0) - 2, round(y0), round(x1) + 2, round(y1)))
    columns = [x for x in range(inside.width) if inside.crop((x, 0, x + 1, inside.height)).getextrema()[0] < 128]  # type: ignore[operator]
    assert columns[0] <= 8
    assert columns[-1] >= inside.width - 9


def test_columns_stay_apart_and_words_together() -> None:
    content = lines("Front brake pads, ceramic") + " BT /F1 12 Tf 250 260 Td (2) Tj 60 0 Td (89.90) Tj ET"
    assert texts(page(content)) == ["Front brake pads, ceramic", "2", "89.90"]


def test_a_page_that_is_shown_turned_has_its_text_turned_with_it() -> None:
    shown = page(lines(*LINES), entries="/Rotate 90")
    assert shown.size[0] < shown.size[1]
    assert sorted(texts(shown) or []) == sorted(" ".join(LINES).split())
    assert shown.text is not None
    for word in shown.text:
        x0, y0, x1, y1 = word.box
        assert 0 <= x0 < x1 <= shown.size[0]
        assert 0 <= y0 < y1 <= shown.size[1]
        assert y1 - y0 > x1 - x0


@pytest.mark.parametrize("how", ["3 Tr", "1 1 1 rg", "/OFF gs"], ids=["no ink", "white on white", "clear"])
def test_what_nobody_can_see_is_not_read(how: str) -> None:
    state = "/ExtGState << /OFF << /ca 0 >> >>"
    hidden = lines("Gesamtbetrag 1,00", "Km-Stand: 5 km and more", how=how)
    assert texts(page(hidden, state)) is None
    beside = texts(page(lines(*LINES) + f" q 1 0 0 1 0 -120 cm {hidden} Q", state))
    assert beside in (None, LINES)


def test_a_scan_with_the_scanners_guess_behind_it_is_read_from_its_pixels() -> None:
    picture = f"q {SIZE[0]} 0 0 {SIZE[1]} 0 0 cm /Im Do Q "
    for how in ("3 Tr", "0 Tr"):
        shown = page(picture + lines(*LINES, how=how), "/XObject << /Im 6 0 R >>", (PICTURE,))
        assert shown.text is None


def test_a_logo_does_not_hinder() -> None:
    logo = f"q 80 0 0 60 {SIZE[0] - 100} {SIZE[1] - 80} cm /Im Do Q "
    assert texts(page(logo + lines(*LINES), "/XObject << /Im 6 0 R >>", (PICTURE,))) == LINES


def test_letters_without_a_meaning_are_none() -> None:
    # a font whose table leads to the private area, as fonts that were cut down to hinder copying have
    mapping = (
        b"begincmap\n1 begincodespacerange\n<00> <ff>\nendcodespacerange\n"
        b"1 beginbfrange\n<20> <7e> <e020>\nendbfrange\nendcmap"
    )
    table = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(mapping), mapping)
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>"
    assert page(lines(*LINES), "", (font, table)).text is not None
    assert page(lines(*LINES), "", (font, table), font="6 0 R").text is None


def test_a_stamp_alone_is_too_little() -> None:
    assert page(lines("Page 1 of 2")).text is None


def test_empty_pages_have_no_text_and_scans_no_text_of_their_own() -> None:
    assert [shown.text for shown in open_document(blank_document(2), Limits()).pages] == [(), ()]
    scan = image_document([(jpeg(), (40, 30))])
    assert [shown.text for shown in open_document(scan, Limits()).pages] == [None]


def test_letters_beyond_ascii_are_read() -> None:
    rows = [Row((Cell("Ölwechsel für Müller & Söhne, 5W-30 à 12,50 €"),))]
    [shown] = open_document(text_document([rows]), Limits()).pages
    assert texts(shown) == ["Ölwechsel für Müller & Söhne, 5W-30 à 12,50 €"]
