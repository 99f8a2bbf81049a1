"""A picture of a scan small enough to be one of ten thousand on a page: three slices with ICAC outlined."""

from __future__ import annotations

from PIL import Image

from icac.report.picture.overview import region_view
from icac.report.picture.overview_tile import CAPTION, GAP, TILE, draw_pair
from icac.report.picture.slice_choice import choose_slices, evenly_spread
from icac.result import SegmentedScan

SLICES = 3

#: Size of each slice in pixels.
SIZE = (200, 150)


def draw_thumbnail(result: SegmentedScan) -> Image.Image:
    """Draw up to three slices side by side, from below upwards, with ICAC outlined (or the courses dotted if none).

    Returns
    -------
    PIL.Image.Image
        RGB, 600 x 150 pixels.

    """
    view, slices = region_view(result), choose_slices(result)
    page = Image.new("RGB", (SIZE[0] * SLICES, SIZE[1]))
    marked = (TILE[0] + GAP, CAPTION, 2 * TILE[0] + GAP, CAPTION + TILE[1])
    for column, number in enumerate(evenly_spread(range(len(slices)), SLICES)):
        pair = Image.new("RGB", (marked[2], marked[3]))
        draw_pair(pair, (0, 0), result, view, slices[number])
        page.paste(pair.crop(marked).resize(SIZE, Image.Resampling.LANCZOS), (column * SIZE[0], 0))
    return page
