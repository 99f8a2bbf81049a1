"""The key picture of a lesion: its slice, and the plane through the course of the artery and the lesion.

In the second picture the artery runs from left (towards the heart) to right through the middle, and the wall on which
most of the lesion lies is above; dotted lines are the lumen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from icac.air import OUTSIDE_HU
from icac.anatomy.tube import Tube, tube_of
from icac.geometry import Frame
from icac.lesions import Lesion
from icac.lesions.slices import array_axis
from icac.report.picture.colors import SIDE_COLORS
from icac.report.picture.drawing import GREY, Text, scale_bar
from icac.report.picture.overview_tile import OUTLINE_PX, draw_letters, image_number, outline, windowed
from icac.report.picture.slice_view import Plane, SliceView, direction_letters
from icac.result import SegmentedScan

#: Size of each of the two pictures, gap between them and height of the lines above, in pixels.
TILE, GAP, CAPTION = (256, 256), 4, 46

#: Room around a lesion, and least size that is shown, mm.
MARGIN_MM, LEAST_MM = 5.0, 24.0

_SCALE_BAR_MM = 5


def write_lesion_picture(result: SegmentedScan, lesion: Lesion, path: Path) -> Path:
    """Draw the key picture of a lesion and save it as PNG; return the path."""
    draw_lesion(result, lesion).save(path, format="PNG", compress_level=3)
    return path


def draw_lesion(result: SegmentedScan, lesion: Lesion) -> Image.Image:
    """Draw the key picture of a lesion, RGB."""
    page = Image.new("RGB", (2 * TILE[0] + GAP, TILE[1] + CAPTION))
    text = Text(page)
    end = text.write((6, 4), f"{lesion.id}  {lesion.side.value} {lesion.segment.name} {lesion.segment.title}  "
                             f"{lesion.volume_mm3:.1f} mm³", 17, SIDE_COLORS[lesion.side])
    text.write((6, 25), _form_line(lesion), 15, GREY)
    index = np.argwhere(result.labels == lesion.id)
    view, number = view_of_lesion(result.scan.volume.frame, index)
    text.write((end, 5), f"   slice {number + 1}{image_number(result, view.center_lps(number))}", 15, GREY)
    page.paste(_slice_tile(result, lesion, view, number), (0, CAPTION))
    page.paste(_course_tile(result, lesion, index), (TILE[0] + GAP, CAPTION))
    return page


def _form_line(lesion: Lesion) -> str:
    form = lesion.form
    density = f"{lesion.mean_hu:.0f} HU (SD {form.sd_hu:.0f})"
    if not form.length_mm > 0:
        return f"{density}, not at the wall of the artery"
    return (f"{density}, {form.length_mm:.1f} mm long, {form.mean_thickness_mm:.1f} mm thick, arc "
            f"{form.mean_arc_deg:.0f} degrees")


def _slice_tile(result: SegmentedScan, lesion: Lesion, view: SliceView, number: int) -> Image.Image:
    """Draw the slice that holds most of the lesion."""
    tile = _outlined(view.sample(result.scan.volume.array, number, order=1),
                     view.sample(result.labels, number, order=0), lesion)
    draw_letters(tile, view.edge_letters())
    scale_bar(tile, (12, TILE[1] - 12), _SCALE_BAR_MM * view.zoom, f"{_SCALE_BAR_MM} mm", 14)
    return tile


def view_of_lesion(frame: Frame, index: np.ndarray, size: tuple[int, int] = TILE, least_mm: float = LEAST_MM
                   ) -> tuple[SliceView, int]:
    """Return the slice that holds most of a lesion, and the part of it to show.

    Parameters
    ----------
    frame : Frame
        Of the scan.
    index : numpy.ndarray of int
        (n, 3) voxels (z, y, x) of the lesion.
    size : tuple of int
        Width and height of the picture in pixels.
    least_mm : float
        Least size that is shown.

    """
    number = int(np.bincount(index[:, array_axis(frame)]).argmax())
    plane = Plane(frame)
    uv, _ = plane.project(frame.to_lps(index[:, ::-1]))
    center, half = (uv.min(axis=0) + uv.max(axis=0)) / 2, _half_mm(np.ptp(uv, axis=0).max(), least_mm)
    return SliceView.around(plane, np.stack([center - half, center + half]), 0.0, size), number


def _course_tile(result: SegmentedScan, lesion: Lesion, index: np.ndarray) -> Image.Image:
    """Draw the plane that holds the direction of the course at the lesion and the lesion itself."""
    frame, tube = result.scan.volume.frame, tube_of(result.courses[lesion.side])
    points = frame.to_lps(index[:, ::-1])
    right, up, origin = _axes(tube, points)
    uv = np.stack([(points - origin) @ right, -(points - origin) @ up], axis=1)
    half = _half_mm(2 * np.abs(uv).max())
    zoom = TILE[0] / (2 * half)
    sampled = _plane_index(frame, origin, right, up, zoom)
    hu = ndimage.map_coordinates(result.scan.volume.array.astype(np.float32, copy=False), sampled, order=1,
                                 cval=OUTSIDE_HU)
    tile = _outlined(hu, ndimage.map_coordinates(result.labels, sampled, order=0), lesion)
    _draw_lumen(tile, tube, (origin, right, up), zoom, SIDE_COLORS[lesion.side])
    draw_letters(tile, {"left": direction_letters(-right), "right": direction_letters(right),
                        "top": direction_letters(up), "bottom": direction_letters(-up)})
    scale_bar(tile, (12, TILE[1] - 12), _SCALE_BAR_MM * zoom, f"{_SCALE_BAR_MM} mm", 14)
    return tile


def _half_mm(extent_mm: float, least_mm: float = LEAST_MM) -> float:
    return max(float(extent_mm) / 2 + MARGIN_MM, least_mm / 2)


def _axes(tube: Tube, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the directions to the right (along the course) and up (towards the lesion), and the middle, LPS mm."""
    center = points.mean(axis=0)
    sample = int(tube.course.nearest(center[None]).sample[0])
    right, origin = tube.tangent[sample], tube.course.points[sample]
    up = (center - origin) - ((center - origin) @ right) * right
    if np.linalg.norm(up) < 1e-3:  # all around the lumen: any direction shows it
        up = tube.normal[sample] - (tube.normal[sample] @ right) * right
    return right, up / np.linalg.norm(up), origin


def _plane_index(frame: Frame, origin: np.ndarray, right: np.ndarray, up: np.ndarray, zoom: float) -> np.ndarray:
    """Return the voxel indices (3; z, y, x) of the pixels of the plane, shape (3, height, width)."""
    width, height = TILE
    across = ((np.arange(width) + 0.5) - width / 2) / zoom
    down = ((np.arange(height) + 0.5) - height / 2) / zoom
    points = origin + across[None, :, None] * right - down[:, None, None] * up
    return np.moveaxis(frame.to_index(points)[..., ::-1], -1, 0)


def _outlined(hu: np.ndarray, labels: np.ndarray, lesion: Lesion) -> Image.Image:
    picture = np.repeat(windowed(hu)[..., None], 3, axis=-1)
    picture[outline(labels == lesion.id, OUTLINE_PX) & (labels == 0)] = SIDE_COLORS[lesion.side]
    return Image.fromarray(picture)


def _draw_lumen(tile: Image.Image, tube: Tube, axes: tuple[np.ndarray, np.ndarray, np.ndarray], zoom: float,
                color: tuple[int, int, int]) -> None:
    """Dot the lumen where it runs near the plane."""
    origin, right, up = axes
    draw = ImageDraw.Draw(tile)
    offset = tube.course.points - origin
    near = np.abs(offset @ np.cross(right, up)) < tube.course.radius_mm / 2
    wall = np.cross(np.cross(right, up), tube.tangent)  # across the course, within the plane
    for sign in (-1.0, 1.0):
        points = offset + sign * tube.course.radius_mm[:, None] * wall
        for x, y in np.stack([points @ right, -(points @ up)], axis=1)[near][::2] * zoom + np.array(TILE) / 2:
            draw.point([(x, y), (x + 1, y)], color)
