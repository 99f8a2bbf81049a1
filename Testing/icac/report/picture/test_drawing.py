from __future__ import annotations

import numpy as np
import pytest
from icac.report.picture.drawing import Text, printable, scale_bar
from PIL import Image


@pytest.fixture
def image() -> Image.Image:
    return Image.new("RGB", (300, 60))


def test_only_characters_of_the_font_are_drawn() -> None:
    assert printable("12 mm³") == "12 mm³"
    assert printable("Schädel ≥ 130") == "Sch?del ? 130"


def test_lines_are_wrapped_to_the_width(image: Image.Image) -> None:
    text = Text(image)
    words = "one two three four five six seven eight nine ten"
    lines = text.wrap(words, 18, 120)
    assert " ".join(lines) == words
    assert len(lines) > 2
    assert all(text.width(line, 18) <= 120 for line in lines)


def test_long_names_lose_their_middle(image: Image.Image) -> None:
    text = Text(image)
    name = "a_very_long_series_name_of_a_head_ct.nii.gz"
    short = text.shorten(name, 18, 150)
    assert text.width(short, 18) <= 150
    assert short.startswith("a_ver")
    assert short.endswith("ii.gz")
    assert text.shorten("short", 18, 150) == "short"


def test_anchors_place_the_line(image: Image.Image) -> None:
    Text(image).write((290, 10), "right", 18, anchor="r")
    columns = np.flatnonzero(np.array(image).any(axis=(0, 2)))
    assert columns.max() < 291
    assert columns.min() > 200


def test_the_scale_bar_has_its_length(image: Image.Image) -> None:
    scale_bar(image, (20, 50), 100.0, "20 mm", 16)
    bar = np.flatnonzero((np.array(image)[50] > 200).all(axis=1))
    assert bar.max() - bar.min() == pytest.approx(100, abs=2)
