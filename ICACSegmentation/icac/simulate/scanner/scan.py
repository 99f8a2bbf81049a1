"""Scanning a simulated patient: from anatomy, calcifications and mimics to a CT with exact ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from icac.geometry import Frame, Volume
from icac.simulate.patient.anatomy import Anatomy
from icac.simulate.patient.lesions import Lesion
from icac.simulate.patient.metal import metal_of
from icac.simulate.patient.mimics import Strand
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.artefacts import bone_artefacts
from icac.simulate.scanner.noise import NoiseSource
from icac.simulate.scanner.paint import FINE_MM, Canvas, bounds
from icac.simulate.scanner.scan_grid import ScanGrid, Span
from icac.simulate.scanner.surroundings import Part, place
from icac.simulate.truth.lesion_image import LesionImage
from icac.simulate.truth.lesion_truth import LesionTruth, describe_lesions, recount, seen, visible_voxels
from icac.simulate.truth.rule import drawn_region, truth_mask, visible_lesions

#: Spacing in mm at which the background is rendered before it is blurred.
BACKGROUND_MM = 0.5

#: Background voxels in a slab of a scan: scans are made slab by slab to bound memory (to about 1.5 GB).
SLAB_VOXELS = 7e6

#: How far in mm the point spread reaches beyond an object.
BLUR_REACH_MM = 2.5

#: CT number above which a higher tube voltage lowers it, as for calcium and bone.
_VOLTAGE_KNEE_HU = 80.0

HU_RANGE = (-1024, 3071)


@dataclass(frozen=True, eq=False)
class SimulatedScan:
    """A simulated CT and its truth, all on the frame of the scan.

    Attributes
    ----------
    ct : Volume
        int16 HU.
    icac : Volume
        uint8: 1 where the voxel is ICAC (see :mod:`icac.simulate.truth.rule`).
    lesion_labels : Volume
        uint8: number of the lesion (from 1, order of ``lesions``), 0 elsewhere; also of lesions that no observer sees.
    lesions : tuple of LesionTruth
    acquisition : Acquisition
        Its ``pose`` maps the sella-centred head to the scan.
    lesion_image : LesionImage
        What calcifications added to the scan, from which the truth of the same scan in another form follows.

    """

    ct: Volume
    icac: Volume
    lesion_labels: Volume
    lesions: tuple[LesionTruth, ...]
    acquisition: Acquisition
    lesion_image: LesionImage

    @cached_property
    def roi(self) -> Volume:
        """The generous region that an observer would draw around ICAC, uint8."""
        region = drawn_region(self.icac.array > 0, self.ct.array, self.acquisition.pixel_mm)
        return self.ct.like(region.astype(np.uint8))

    @property
    def volume_mm3(self) -> float:
        """ICAC volume in mm3."""
        return float(np.count_nonzero(self.icac.array)) * self.icac.frame.voxel_volume_mm3


@dataclass(eq=False)
class _Block:
    """Scan voxels around painted objects and what these add to them."""

    span: Span
    excess: np.ndarray
    painted_points: np.ndarray
    painted_owner: np.ndarray


@dataclass(frozen=True, eq=False)
class _Scene:
    """What is in the scanner, but for small objects."""

    anatomy: Anatomy
    metal: tuple[Strand, ...]
    surroundings: tuple[Part, ...]


def acquire(anatomy: Anatomy, lesions: Sequence[Lesion], mimics: Sequence[Strand], acquisition: Acquisition,
            rng: np.random.Generator, region: Frame, surroundings: Sequence[Part] = ()) -> SimulatedScan:
    """Scan a patient.

    Parameters
    ----------
    anatomy : Anatomy
        Head without calcifications, sella-centred.
    lesions, mimics : sequence
        What to paint into it.
    acquisition : Acquisition
    rng : numpy.random.Generator
        Noise, artefacts and where the voxels fall.
    region : Frame
        Box in head space (LPS mm) that the scan covers; only its extent counts.
    surroundings : sequence of Part
        What lies around the head in the scanner.

    """
    grid = ScanGrid(acquisition, region, rng)
    seeds = rng.integers(2**31, size=2)
    groups = [[lesion for lesion in lesions if lesion.side is side] for side in anatomy.courses]
    ordered = [lesion for group in groups for lesion in group]
    lesion_blocks = _image_groups(anatomy, grid, groups)
    mimic_blocks = _image_groups(anatomy, grid, [[mimic] for mimic in mimics])
    scene = _Scene(anatomy, tuple(metal_of(mimics)), tuple(surroundings))
    hu = _image_scan(scene, grid, lesion_blocks + mimic_blocks, seeds)
    return _with_truth(Volume(hu, grid.frame), ordered, lesion_blocks, acquisition)


def _image_groups(anatomy: Anatomy, grid: ScanGrid, groups: Sequence[Sequence]) -> list[_Block]:
    """Image groups of shapes that lie together, those that the scan does not miss; shapes are numbered throughout."""
    blocks, first = [], 0
    for group in groups:
        block = _image_objects(anatomy, grid, group, first) if group else None
        first += len(group)
        if block:
            blocks.append(block)
    return blocks


def _image_objects(anatomy: Anatomy, grid: ScanGrid, shapes: Sequence, first: int) -> _Block | None:
    """Paint shapes, take away what they replace, and blur the difference onto the scan voxels that see it."""
    low, high = bounds(shapes, grid.to_gantry)
    span = grid.span_of_box(low, high, BLUR_REACH_MM)
    if span is None:
        return None
    canvas = Canvas.blank(grid.fine_frame(low, high, FINE_MM))
    for number, shape in enumerate(shapes):
        canvas.paint(shape, first + number)
    coarse = grid.fine_frame(low - BLUR_REACH_MM, high + BLUR_REACH_MM, BACKGROUND_MM)
    rendered = anatomy.render(coarse)
    gain = grid.acquisition.calcium_gain
    background = Volume(_at_voltage(rendered.hu, gain), coarse).resample(canvas.frame).array
    canvas.occupancy *= 1.0 - Volume(rendered.bone, coarse).resample(canvas.frame).array
    excess = canvas.occupancy * (_at_voltage(canvas.hu, gain) - background)
    painted = np.argwhere(canvas.occupancy > 0.3)[:, ::-1]
    return _Block(span, grid.image(excess, canvas.frame, span, extend=False), canvas.frame.to_lps(painted),
                  canvas.owner[tuple(painted.T[::-1])])


def _at_voltage(hu: np.ndarray, gain: float) -> np.ndarray:
    """CT numbers at another tube voltage: dense tissue changes by ``gain``."""
    return hu + np.float32(gain - 1.0) * np.maximum(hu - _VOLTAGE_KNEE_HU, 0.0)


def _image_scan(scene: _Scene, grid: ScanGrid, blocks: Sequence[_Block], seeds: np.ndarray) -> np.ndarray:
    """Return the scan in HU, int16 (z, y, x): background, objects, artefacts and noise, slab by slab."""
    acquisition = grid.acquisition
    noise = NoiseSource(int(seeds[0]), grid.frame.shape[1:], acquisition.pixel_mm, acquisition.kernel,
                        grid.slice_correlation())
    out = np.empty(grid.frame.shape, dtype=np.int16)
    plane_mm2 = np.prod(np.asarray(grid.frame.size[:2]) * acquisition.pixel_mm)
    per_slab = max(1, int(SLAB_VOXELS * BACKGROUND_MM**3 / plane_mm2 / acquisition.increment_mm))
    for first in range(0, len(out), per_slab):
        span = Span((first, min(first + per_slab, len(out))), *((0, n) for n in out.shape[1:]))
        hu = _slab(scene, grid, span, int(seeds[1]) + first)
        for block in blocks:
            _add(hu, block.excess, block.span, span)
        hu += acquisition.noise_sd * grid.mix(span.z, noise.slices)
        np.clip(np.rint(hu, out=hu), *HU_RANGE, out=hu)
        out[slice(*span.z)] = hu
    return out


def _slab(scene: _Scene, grid: ScanGrid, span: Span, seed: int) -> np.ndarray:
    acquisition = grid.acquisition
    frame = grid.fine_frame(*grid.gantry_box(span, BLUR_REACH_MM), BACKGROUND_MM)
    fine = _at_voltage(scene.anatomy.render(frame).hu, acquisition.calcium_gain)
    if scene.surroundings:
        place(scene.surroundings, fine, frame, acquisition.pose)
    if acquisition.beam_hardening or acquisition.streaks:
        fine += bone_artefacts(fine, BACKGROUND_MM, acquisition.beam_hardening, acquisition.streaks,
                               np.random.default_rng(seed), _painted(scene.metal, frame) if scene.metal else None)
    return grid.image(fine, frame, span, extend=True)


def _painted(shapes: Sequence[Strand], frame: Frame) -> np.ndarray:
    """CT numbers of shapes on a frame, 0 elsewhere."""
    canvas = Canvas.blank(frame)
    for shape in shapes:
        canvas.paint(shape, 0)
    return canvas.occupancy * canvas.hu


def _add(target: np.ndarray, values: np.ndarray, values_span: Span, target_span: Span) -> None:
    """Add values on one span of scan voxels to an array on another, where they meet."""
    into, take = [], []
    for (a, b), (c, d) in zip((values_span.z, values_span.y, values_span.x),
                              (target_span.z, target_span.y, target_span.x), strict=True):
        low, high = max(a, c), min(b, d)
        if high <= low:
            return
        into.append(slice(low - c, high - c))
        take.append(slice(low - a, high - a))
    target[tuple(into)] += values[tuple(take)]


def _with_truth(ct: Volume, lesions: Sequence[Lesion], blocks: Sequence[_Block], acquisition: Acquisition
                ) -> SimulatedScan:
    labels = np.zeros(ct.array.shape, dtype=np.uint8)
    shown: set[int] = set()
    for block in blocks:
        mask = truth_mask(ct.array[block.span.slices], block.excess)
        if mask.any():
            owner = _nearest_lesion(block, mask, ct.frame, acquisition.pose)
            part = labels[block.span.slices]
            owned = np.zeros(mask.shape, np.uint8)
            owned[mask] = np.where(part[mask] == 0, owner + 1, 0)
            part += owned
            shown |= visible_lesions(owned, ct.array[block.span.slices], block.excess)
    rows = seen(describe_lesions(lesions, acquisition.pose), shown)
    icac = visible_voxels(rows, labels).astype(np.uint8)
    return SimulatedScan(ct, ct.like(icac), ct.like(labels), recount(rows, ct.like(labels)), acquisition,
                         _lesion_image(ct.frame, blocks, acquisition.pose))


def _lesion_image(frame: Frame, blocks: Sequence[_Block], pose: np.ndarray) -> LesionImage:
    points = [block.painted_points @ pose[:3, :3].T + pose[:3, 3] for block in blocks]
    return LesionImage(frame, tuple((block.span.slices, block.excess) for block in blocks),
                       np.concatenate([np.zeros((0, 3)), *points]),
                       np.concatenate([np.zeros(0, np.int16), *(block.painted_owner for block in blocks)]))


def _nearest_lesion(block: _Block, mask: np.ndarray, frame: Frame, pose: np.ndarray) -> np.ndarray:
    """Index of the lesion nearest to each voxel of the mask (on the block)."""
    index = np.argwhere(mask)[:, ::-1] + [block.span.x[0], block.span.y[0], block.span.z[0]]
    rest = np.linalg.inv(pose)
    points = frame.to_lps(index) @ rest[:3, :3].T + rest[:3, 3]
    return block.painted_owner[cKDTree(block.painted_points).query(points)[1]]
