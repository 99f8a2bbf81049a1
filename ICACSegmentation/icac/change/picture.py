"""Both scans side by side on the same planes, lesions outlined in the colour of what happened to them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from icac.air import OUTSIDE_HU
from icac.change.colors import STATE_COLORS
from icac.change.result import Change, State
from icac.geometry import Volume, covered_block, three
from icac.geometry.box import bounding_box, voxels_in
from icac.lesions.slices import array_axis, slice_axis, slice_increment_mm
from icac.report.picture.drawing import GREY, WHITE, YELLOW, Text, scale_bar
from icac.report.picture.overview_tile import (
    CAPTION,
    GAP,
    OUTLINE_PX,
    SCALE_BAR_MM,
    TILE,
    draw_letters,
    outline,
    windowed,
)
from icac.report.picture.slice_choice import MIN_DISTANCE_MM, largest_apart
from icac.report.picture.slice_view import Plane, SliceView

#: Pairs of pictures at most, and how much more a changed voxel counts than a stable one where they are chosen.
MOST_PAIRS, CHANGED_WEIGHT = 6, 10.0

#: Room around the lesions and margin of the page.
MARGIN_MM, EDGE = 12.0, 28

#: Half of the least width in mm of what is shown.
LEAST_HALF_MM = 45.0


def write_picture(change: Change, path: Path) -> Path:
    """Draw the picture of a change and save it as PNG; return the path."""
    draw_picture(change).save(path, format="PNG", compress_level=3)
    return path


def draw_picture(change: Change) -> Image.Image:
    """Draw the planes of the first scan with most change, each beside the same plane of the second scan."""
    shown = _Shown(change)
    slices = shown.chosen()
    height = TILE[1] + CAPTION
    page = Image.new("RGB", (2 * (EDGE + TILE[0]) + GAP, len(slices) * height + 1200))
    top = _header(page, change)
    for number, index in enumerate(slices):
        _pair(page, (EDGE, top + number * height), shown, index)
    bottom = _footer(page, top + len(slices) * height, change)
    return page.crop((0, 0, page.width, bottom))


class _Shown:
    """What is drawn: both scans and the rows of their lesions on the voxels of the first, around the lesions."""

    def __init__(self, change: Change) -> None:
        self.change = change
        first, second = change.first, change.second
        self._to_second = change.alignment.inverse.moving_to_fixed
        start, size = self._box()
        self.start, self.frame = start, first.ct.frame.crop(start, size)
        self.ct = (first.ct.crop(start, size), self._resampled(second.ct, "linear", OUTSIDE_HU))
        self.rows = (change.rows_of(False)[first.ct.like(first.labels).crop(start, size).array],
                     change.rows_of(True)[self._resampled(second.ct.like(second.labels), "nearest", 0).array])

    def _resampled(self, volume: Volume, interpolation: str, outside: float) -> Volume:
        start, size = covered_block(self.frame, volume.frame, self._to_second)
        if min(size) < 1:
            return Volume(np.full(self.frame.shape, outside, volume.array.dtype), self.frame)
        return volume.crop(start, size).resample(self.frame, self._to_second, interpolation=interpolation,
                                                 outside=outside)

    def _box(self) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """Return start and size (x, y, z) of the voxels of the first scan around all lesions and the sella."""
        frame = self.change.first.ct.frame
        sella = self.change.first.reference_to_scan[:3, 3]
        points = [sella + sign * LEAST_HALF_MM * axis for axis in np.eye(3) for sign in (-1, 1)]
        index = frame.to_index(np.concatenate([points, self._points]))
        room = MARGIN_MM / np.asarray(frame.spacing)
        low = np.clip(np.floor(index.min(axis=0) - room), 0, np.array(frame.size) - 1).astype(int)
        high = np.clip(np.ceil(index.max(axis=0) + room), low + 1, frame.size).astype(int)
        return three(map(int, low)), three(map(int, high - low))

    @cached_property
    def _points(self) -> np.ndarray:
        """The voxels of the lesions of both scans in the space of the first, LPS mm."""
        first, second = (_voxels(scan.ct.like(scan.labels)) for scan in (self.change.first, self.change.second))
        matrix = self.change.alignment.moving_to_fixed
        return np.concatenate([first, second @ matrix[:3, :3].T + matrix[:3, 3]])

    @cached_property
    def view(self) -> SliceView:
        """The part of each plane that is drawn."""
        plane = Plane(self.frame)
        sella = self.change.first.reference_to_scan[:3, 3]
        around = [sella + sign * LEAST_HALF_MM * axis for axis in (plane.right, plane.down) for sign in (-1, 1)]
        uv, _ = plane.project(np.concatenate([around, self._points]))
        return SliceView.around(plane, uv, MARGIN_MM, TILE)

    def chosen(self) -> list[int]:
        """Return the planes with most change, from below upwards; the middle one if there is no lesion."""
        stable = np.array([lesion.state is State.STABLE for lesion in self.change.lesions] + [True])
        weight = np.where(stable, 1.0, CHANGED_WEIGHT)
        weight[-1] = 0.0  # what is no lesion has the row -1
        others = tuple(a for a in range(3) if a != array_axis(self.frame))
        amounts = sum(weight[rows].sum(axis=others) for rows in self.rows)
        apart = max(1, round(MIN_DISTANCE_MM / slice_increment_mm(self.frame)))
        found = largest_apart(amounts, MOST_PAIRS, apart) or [len(amounts) // 2]
        return found if self.frame.direction[2, slice_axis(self.frame)] > 0 else found[::-1]


def _voxels(labels: Volume) -> np.ndarray:
    box = bounding_box(labels.array > 0)
    if box is None:
        return np.zeros((0, 3))
    return labels.frame.to_lps(voxels_in(box, labels.array[box] > 0)[:, ::-1])


def _pair(page: Image.Image, at: tuple[int, int], shown: _Shown, index: int) -> None:
    x, y = at
    change, frame = shown.change, shown.frame
    number = index + shown.start[slice_axis(frame)]
    height = shown.view.center_lps(index)[2]
    text = Text(page)
    text.write((x, y + 8), f"{change.first.name}, slice {number + 1}, z {height:.1f} mm", 18)
    text.write((x + TILE[0] + GAP, y + 8), f"{change.second.name}, same plane", 18)
    for place, (ct, rows) in enumerate(zip(shown.ct, shown.rows, strict=True)):
        tile = _tile(shown, ct.array, rows, index)
        page.paste(tile, (x + place * (TILE[0] + GAP), y + CAPTION))
    scale_bar(page, (x + 40, y + CAPTION + TILE[1] - 16), SCALE_BAR_MM * shown.view.zoom, f"{SCALE_BAR_MM} mm", 16)


def _tile(shown: _Shown, ct: np.ndarray, rows: np.ndarray, index: int) -> Image.Image:
    picture = np.array(Image.fromarray(windowed(shown.view.sample(ct, index, order=1))).convert("RGB"))
    found = shown.view.sample(rows + 1, index, order=0)
    for place in np.unique(found[found > 0]):
        lesion = shown.change.lesions[place - 1]
        picture[outline(found == place, OUTLINE_PX) & (found == 0)] = STATE_COLORS[lesion.state]
    tile = Image.fromarray(picture)
    draw_letters(tile, shown.view.edge_letters())
    _numbers(tile, shown, found)
    return tile


def _numbers(tile: Image.Image, shown: _Shown, found: np.ndarray) -> None:
    """Write beside each lesion which row of the table it is."""
    for place in np.unique(found[found > 0]):
        y, x = np.argwhere(found == place).max(axis=0)
        color = STATE_COLORS[shown.change.lesions[place - 1].state]
        Text(tile).write((min(x + 4, TILE[0] - 24), max(y - 16, 0)), str(place), 16, color, halo=True)


def _header(page: Image.Image, change: Change) -> int:
    """Draw title, totals and notes; return the y below them."""
    text, y = Text(page), EDGE
    text.write((EDGE, y), "Change of intracranial carotid artery calcification", 28)
    total, first, second = change.total, change.first, change.second
    days = [f" ({scan.examination.date})" if scan.examination.date else "" for scan in (first, second)]
    percent = "" if total.percent is None else f" ({total.percent:+.0f} %)"
    lines = [(WHITE, f"{first.name}{days[0]} {total.before_mm3:.1f} mm³, {second.name}{days[1]} {total.after_mm3:.1f} "
                     f"mm³: {total.change_mm3:+.1f} mm³{percent}"),
             (GREY, f"Noise alone explains {total.noise.low_mm3:+.1f} to {total.noise.high_mm3:+.1f} mm³.")]
    lines += [(YELLOW, f"! {note}") for note in change.notes[:3]]
    y += 46
    for color, words in lines:
        for line in text.wrap(words, 18, page.width - 2 * EDGE):
            text.write((EDGE, y), line, 18, color)
            y += 25
    return _legend(page, y, change)


def _legend(page: Image.Image, y: int, change: Change) -> int:
    text, draw, x = Text(page), ImageDraw.Draw(page), float(EDGE)
    for state in (state for state in State if change.count(state)):
        draw.rectangle([x, y + 4, x + 16, y + 20], outline=STATE_COLORS[state], width=3)
        x = text.write((x + 24, y), f"{change.count(state)} {state.value}", 18) + 26
    return y + 34


def _footer(page: Image.Image, y: int, change: Change) -> int:
    text = Text(page)
    y += 12
    reading = ("The patient's right is on the left of each picture. Numbers are the rows of the table; outlines lie "
               "just outside the voxels.")
    for color, words in ((YELLOW, change.second.notice), (GREY, reading)):
        for line in text.wrap(words, 18, page.width - 2 * EDGE) if words else ():
            text.write((EDGE, y), line, 18, color)
            y += 25
    return y + EDGE // 2
