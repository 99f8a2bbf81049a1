"""The picture of an attribution: the slice of the lesion as it is, and with what spoke for and against it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from icac.attribution.colors import AGAINST, FOR, FULL_OPACITY
from icac.attribution.explain import Explained
from icac.report.picture.drawing import GREY, WHITE, Text, scale_bar
from icac.report.picture.lesion_picture import view_of_lesion
from icac.report.picture.overview_tile import OUTLINE_PX, draw_letters, outline, windowed

#: Size of each of the two pictures, gap between them, and height of the lines above and below, in pixels.
TILE, GAP, CAPTION, LEGEND = (420, 420), 4, 50, 30

#: What is shown at least, mm: about what the network sees around a lesion.
LEAST_MM = 42.0

#: Contributions of this quantile of the picture, and more, have the full colour.
FULL_QUANTILE = 0.995

_SCALE_BAR_MM = 10


def write_picture(explained: Explained, path: Path) -> Path:
    """Draw the picture of an attribution and save it as PNG; return the path."""
    draw_picture(explained).save(path, format="PNG", compress_level=3)
    return path


def draw_picture(explained: Explained) -> Image.Image:
    """Draw the picture of an attribution, RGB."""
    view, number = view_of_lesion(explained.ct.frame, np.argwhere(explained.mask), TILE, LEAST_MM)
    plain = np.repeat(windowed(view.sample(explained.ct.array, number, order=1))[..., None], 3, axis=-1)
    line = outline(view.sample(explained.scan.labels, number, order=0) == explained.lesion.id, OUTLINE_PX)
    mixed = _mixed(plain, view.sample(explained.attribution.values, number, order=0))
    page = Image.new("RGB", (2 * TILE[0] + GAP, CAPTION + TILE[1] + LEGEND))
    for place, pixels in enumerate((plain, mixed)):
        tile = _outlined(pixels, line)
        draw_letters(tile, view.edge_letters())
        page.paste(tile, (place * (TILE[0] + GAP), CAPTION))
    scale_bar(page, (14, CAPTION + TILE[1] - 14), _SCALE_BAR_MM * view.zoom, f"{_SCALE_BAR_MM} mm", 14)
    _words(page, explained)
    return page


def _mixed(plain: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Lay contributions over grey pixels (height, width, 3)."""
    amount = np.abs(values)
    full = float(np.quantile(amount, FULL_QUANTILE)) or 1.0
    opacity = FULL_OPACITY * np.clip(amount / full, 0, 1)[..., None]
    colors = np.where(values[..., None] > 0, np.array(FOR), np.array(AGAINST))
    return (plain * (1 - opacity) + colors * opacity).astype(np.uint8)


def _outlined(pixels: np.ndarray, line: np.ndarray) -> Image.Image:
    marked = pixels.copy()
    marked[line] = WHITE
    return Image.fromarray(marked)


def _words(page: Image.Image, explained: Explained) -> None:
    lesion, found, text = explained.lesion, explained.attribution, Text(page)
    text.write((6, 4), f"Why lesion {lesion.id}?  {lesion.side.value} {lesion.segment.name} {lesion.segment.title}, "
                       f"{lesion.volume_mm3:.1f} mm³", 18)
    text.write((6, 28), f"log-odds {found.score:+.1f}, in a head of nothing but brain {found.baseline_score:+.1f}", 15,
               GREY)
    x = text.write((6, CAPTION + TILE[1] + 6), "spoke for ICAC", 16, FOR)
    text.write((x + 24, CAPTION + TILE[1] + 6), "spoke against it", 16, AGAINST)
