"""Lines of symbols from labels: direction, leading zeros, separators."""

import math

from training.lines import find_lines, symbols_of


def _boxes(text: str, angle_degrees: float, pitch: float = 30.0) -> list[tuple[str, list[float]]]:
    angle = math.radians(angle_degrees)
    rows = []
    for index, char in enumerate(text):
        x, y = 500 + index * pitch * math.cos(angle), 500 + index * pitch * math.sin(angle)
        rows.append((char, [x - 10, y - 15, x + 10, y + 15]))
    return rows[::-1]


def test_the_reading_gives_the_direction() -> None:
    for degrees in (0, 45, 90, -90, 170):
        line = find_lines(symbols_of(_boxes("12345", degrees)), "12345", odometer=True)[0]
        assert math.cos(line.angle - math.radians(degrees)) > 0.999
        assert line.text == "12345"


def test_leading_zeros_belong_to_the_line() -> None:
    line = find_lines(symbols_of(_boxes("004321", 0)), "4321", odometer=True)[0]
    assert line.text == "004321"


def test_another_line_is_kept_apart() -> None:
    clock = [(char, [x, 600.0, x + 20.0, 630.0]) for char, x in (("9", 520.0), ("3", 560.0), ("8", 600.0))]
    lines = find_lines(symbols_of([*_boxes("12345", 0), *clock]), "12345", odometer=True)
    assert [line.text for line in lines] == ["12345", "938"]
    assert [line.odometer for line in lines] == [True, False]


def test_boxes_that_do_not_spell_the_reading_give_no_line() -> None:
    assert find_lines(symbols_of(_boxes("12345", 0)), "99", odometer=True) == []
