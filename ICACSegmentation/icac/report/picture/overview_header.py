"""The words above and below the pictures of an overview: totals, warnings, notice."""

from __future__ import annotations

from PIL import Image, ImageDraw

from icac.anatomy import SEGMENTS, Side
from icac.report.picture.colors import SIDE_COLORS
from icac.report.picture.drawing import GREY, YELLOW, Text
from icac.report.picture.overview_tile import WINDOW_LEVEL_HU, WINDOW_WIDTH_HU
from icac.result import SegmentedScan

MAX_WARNINGS = 3


def draw_header(page: Image.Image, result: SegmentedScan, edge: int, side: Side | None = None) -> int:
    """Draw title, scan, totals and warnings at the top of the page; return the y below them in pixels.

    The title names the side, if the pictures are of one.
    """
    text, right = Text(page), page.width - edge
    title = "Intracranial carotid artery calcification (ICAC)" + (f", {side.value} side" if side else "")
    end = text.write((edge, edge), title, 30)
    name = text.shorten(_scan_name(result), 18, right - end - 40)
    text.write((right, edge + 9), name, 18, GREY, anchor="r")
    _draw_totals(page, edge, edge + 50, result)
    text.write((edge, edge + 92), _details(result), 18, GREY)
    y = edge + 122
    for line in _warning_lines(text, result, right - edge):
        text.write((edge, y), line, 18, YELLOW)
        y += 25
    return y + 6


def draw_footer(page: Image.Image, y: int, edge: int, result: SegmentedScan) -> int:
    """Draw the notice and how to read the pictures from ``y`` on; return the y below them in pixels."""
    text, width = Text(page), page.width - 2 * edge
    model = f"Weights: {result.model.name} {result.model.version}."
    reading = (f"The patient's right is on the left of each picture. Window: level {WINDOW_LEVEL_HU}, "
               f"width {WINDOW_WIDTH_HU} HU. {_second_picture(result)}")
    y += 14
    for color, words in ((YELLOW, f"{result.model.full_notice} {model}"), (GREY, reading)):
        for line in text.wrap(words, 18, width):
            text.write((edge, y), line, 18, color)
            y += 25
    return y + edge // 2


def _scan_name(result: SegmentedScan) -> str:
    description = result.scan.identity.get("series_description", "")
    return f"{result.scan.path.name}   {description}".rstrip()


def _draw_totals(page: Image.Image, x: float, y: float, result: SegmentedScan) -> None:
    text, draw, found = Text(page), ImageDraw.Draw(page), result.burden
    words = f"Total {found.total.volume_mm3:.1f} mm³" if result.lesions else "No ICAC found"
    x = text.write((x, y), words, 26) + 48
    for side in Side:
        draw.rectangle([x, y + 5, x + 20, y + 25], outline=SIDE_COLORS[side], width=3)
        words = f"{side.value.capitalize()} {found.by_side[side].volume_mm3:.1f} mm³"
        x = text.write((x + 30, y), words, 26) + 48


def _details(result: SegmentedScan) -> str:
    total = result.burden.total
    parts = [
        f"{total.lesions} lesion{'' if total.lesions == 1 else 's'}",
        f"expected volume {total.expected_volume_mm3:.1f} mm³",
        f"Agatston-type score {total.agatston:.0f}",
    ]
    volumes = {segment: result.burden.segment_volume_mm3(segment) for segment in SEGMENTS}
    parts += [f"{seg.name} {seg.title} {volume:.1f} mm³" for seg, volume in volumes.items() if volume > 0]
    return "   |   ".join(parts)


def _warning_lines(text: Text, result: SegmentedScan, width: float) -> list[str]:
    shown = result.warnings[:MAX_WARNINGS]
    lines = [line for warning in shown for line in text.wrap(f"! {warning}", 18, width)]
    hidden = len(result.warnings) - len(shown)
    return [*lines, f"! {hidden} more in the report"] if hidden else lines


def _second_picture(result: SegmentedScan) -> str:
    if result.lesions:
        return "The outlines lie just outside the voxels of ICAC."
    return "Dots: the expected course of the arteries."
