"""One slice in the overview: the plain picture beside the same picture with ICAC outlined."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from icac.anatomy import Side
from icac.lesions.slices import array_axis, slice_axis
from icac.report.picture.colors import SIDE_COLORS
from icac.report.picture.drawing import GREY, Text, scale_bar
from icac.report.picture.slice_view import SliceView
from icac.result import SegmentedScan

#: Bone window: faint calcium of 130 HU stands out from soft tissue, dense calcium keeps its inner contrast.
WINDOW_LEVEL_HU, WINDOW_WIDTH_HU = 350, 1200

#: Size of one picture, gap between the two, and height of the line above them, in pixels.
TILE = (480, 360)
GAP, CAPTION = 4, 34

OUTLINE_PX = 2
SCALE_BAR_MM = 20
_LETTER_SIZE = 20


def draw_pair(page: Image.Image, at: tuple[int, int], result: SegmentedScan, view: SliceView,
              index: int) -> None:
    """Draw slice ``index`` twice, with its caption, at pixel ``at`` of the page.

    The second picture has the outlines of ICAC; if the scan has none, it has dots where the courses of the
    arteries cross the slice, to show where ICAC was looked for.
    """
    x, y = at
    _draw_caption(page, (x, y + 8), result, view, index)
    plain = Image.fromarray(windowed(view.sample(result.scan.volume.array, index, order=3))).convert("RGB")
    marked = _outlined(plain, result, view, index) if result.lesions else _dotted(plain, result, view, index)
    for number, tile in enumerate((plain, marked)):
        draw_letters(tile, view.edge_letters())
        page.paste(tile, (x + number * (TILE[0] + GAP), y + CAPTION))
    bar_at = (x + 40, y + CAPTION + TILE[1] - 16)
    scale_bar(page, bar_at, SCALE_BAR_MM * view.zoom, f"{SCALE_BAR_MM} mm", 16)


def outline(mask: np.ndarray, width: int) -> np.ndarray:
    """Return the line of ``width`` pixels just outside a mask (height, width): what it marks stays visible."""
    return ndimage.binary_dilation(mask, np.ones((3, 3), dtype=bool), iterations=width) & ~mask


def windowed(hu: np.ndarray) -> np.ndarray:
    """Return CT numbers as grey values of the bone window, uint8 of the same shape."""
    low = WINDOW_LEVEL_HU - WINDOW_WIDTH_HU / 2
    return np.clip((hu - low) * (255 / WINDOW_WIDTH_HU), 0, 255).astype(np.uint8)


def _outlined(plain: Image.Image, result: SegmentedScan, view: SliceView, index: int) -> Image.Image:
    picture = np.array(plain)
    labels = view.sample(result.labels, index, order=0)
    for side in Side:
        picture[outline(result.mask_of(side, labels), OUTLINE_PX) & (labels == 0)] = SIDE_COLORS[side]
    return Image.fromarray(picture)


def _dotted(plain: Image.Image, result: SegmentedScan, view: SliceView, index: int) -> Image.Image:
    picture = plain.copy()
    draw = ImageDraw.Draw(picture)
    for side, course in result.courses.items():
        uv, depth = view.plane.project(course.points)
        for x, y in view.pixels(uv[np.abs(depth - index) <= 0.5]):
            draw.ellipse([x - 1.5, y - 1.5, x + 1.5, y + 1.5], SIDE_COLORS[side])
    return picture


def draw_letters(tile: Image.Image, letters: Mapping[str, str]) -> None:
    """Draw the letters of the edges ``left``, ``right``, ``top`` and ``bottom`` of a picture."""
    text = Text(tile)
    width, height = tile.size
    text.write((8, height / 2 - 12), letters["left"], _LETTER_SIZE, halo=True)
    text.write((width - 8, height / 2 - 12), letters["right"], _LETTER_SIZE, anchor="r", halo=True)
    text.write((width / 2, 4), letters["top"], _LETTER_SIZE, anchor="m", halo=True)
    text.write((width / 2, height - 28), letters["bottom"], _LETTER_SIZE, anchor="m", halo=True)


def image_number(result: SegmentedScan, point: np.ndarray) -> str:
    """Return the number of the image of a DICOM series that shows a point, LPS mm, as a part of a caption.

    Slices are counted on the grid of the mask, from the feet or from the head; viewers count images by what the series
    calls them, and of uneven slices there are others than on the grid. Empty where there is no number.
    """
    native = result.scan.native
    number = native.nearest(point).number if native else ""
    return f", image {number}" if number else ""


def _draw_caption(page: Image.Image, at: tuple[int, int], result: SegmentedScan, view: SliceView,
                  index: int) -> None:
    frame, text = result.scan.volume.frame, Text(page)
    center = view.center_lps(index)
    end = text.write(at, f"Slice {index + 1} of {frame.size[slice_axis(frame)]}{image_number(result, center)}", 18)
    end = text.write((end, at[1]), f"   z {center[2]:.1f} mm", 18, GREY)
    layer = np.take(result.labels, index, axis=array_axis(frame))
    for side in Side:
        volume = np.count_nonzero(result.mask_of(side, layer)) * frame.voxel_volume_mm3
        if volume:
            end = text.write((end, at[1]), f"   {side.value} {volume:.1f} mm³", 18, SIDE_COLORS[side])
