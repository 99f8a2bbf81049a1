"""A head from voxels, bent anew for every patient: many training cases from one rendered or scanned head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import SimpleITK as sitk  # noqa: N813
from scipy.ndimage import gaussian_filter, map_coordinates

from icac.anatomy import Course, Side
from icac.geometry import Frame, Volume
from icac.phantom import Rendered
from icac.simulate.patient.anatomy import Anatomy

#: CT number above which tissue is bone or calcium.
SOFT_TISSUE_HU = 100.0

#: Lattice of the random bend: spacing in mm and number of points an axis; it covers a head.
_LATTICE_MM, _LATTICE = 6.0, 44


@dataclass(frozen=True, eq=False)
class Bend:
    """A smooth random displacement of space, mm.

    Attributes
    ----------
    lattice : numpy.ndarray
        (z, y, x, 3) LPS displacement on a lattice centred on the sella.

    """

    lattice: np.ndarray

    @cached_property
    def frame(self) -> Frame:
        """Where the lattice points lie."""
        return Frame.regular((_LATTICE_MM,) * 3, (_LATTICE,) * 3, center=(0.0, 0.0, 0.0))

    def at(self, points: np.ndarray) -> np.ndarray:
        """Displacement at LPS points (n, 3)."""
        index = self.frame.to_index(points).T[::-1]
        return np.stack([map_coordinates(self.lattice[..., axis], index, order=1, mode="nearest")
                         for axis in range(3)], axis=-1)

    def to_sitk(self) -> sitk.Transform:
        """Return the SimpleITK transform p -> p + displacement(p)."""
        field = sitk.GetImageFromArray(np.ascontiguousarray(self.lattice, dtype=float), isVector=True)
        field.SetSpacing(self.frame.spacing)
        field.SetOrigin(self.frame.origin)
        return sitk.DisplacementFieldTransform(field)


def draw_bend(rng: np.random.Generator, sd_mm: float, correlation_mm: float) -> Bend:
    """Draw a bend whose displacements have standard deviation ``sd_mm`` and correlate over ``correlation_mm``."""
    noise = rng.standard_normal((_LATTICE, _LATTICE, _LATTICE, 3))
    smooth = gaussian_filter(noise, (*[correlation_mm / 2 / _LATTICE_MM] * 3, 0))
    return Bend(smooth * (sd_mm / smooth.std()))


class VoxelRendering(Rendered):
    """A rendering whose bone is sampled only where it is asked for."""

    _sample_bone: Callable[[], np.ndarray]

    def __init__(self, hu: np.ndarray, sample_bone: Callable[[], np.ndarray]) -> None:
        object.__setattr__(self, "hu", hu)
        object.__setattr__(self, "_sample_bone", sample_bone)

    @cached_property
    def bone(self) -> np.ndarray:
        """Share of each voxel that is bone, float32 (z, y, x)."""
        return self._sample_bone()


@dataclass(frozen=True, eq=False)
class VoxelAnatomy:
    """A head given by voxels; implements :class:`icac.simulate.patient.anatomy.Anatomy`.

    Attributes
    ----------
    hu_volume, bone_volume : Volume
        CT numbers and share of bone (float32), in the space of the source.
    source_courses : dict of Side to Course
        Carotids in source space.
    source_landmark : callable
        Maps a point of the mean head (RAS mm) to source space (LPS mm).
    to_source : numpy.ndarray
        4 x 4 affine from head space, after the bend, to source space. A negative determinant mirrors the head.
    bend : Bend or None
    density : float
        Factor on the CT number of what is denser than soft tissue.

    """

    hu_volume: Volume
    bone_volume: Volume
    source_courses: dict[Side, Course]
    source_landmark: Callable[[tuple[float, float, float]], np.ndarray]
    to_source: np.ndarray
    bend: Bend | None = None
    density: float = 1.0

    @property
    def mirrored(self) -> bool:
        """True if left and right of the source are exchanged."""
        return bool(np.linalg.det(self.to_source[:3, :3]) < 0)

    @cached_property
    def courses(self) -> dict[Side, Course]:
        """Carotids in head space, LPS mm; sides are those of this head, mirrored or not."""
        scale = abs(np.linalg.det(self.to_source[:3, :3])) ** (-1.0 / 3.0)
        courses = {}
        for side, course in self.source_courses.items():
            if self.mirrored:
                side = Side.LEFT if side is Side.RIGHT else Side.RIGHT
            courses[side] = Course(side, self._from_source(course.points), course.radius_mm * scale, course.segment)
        return {side: courses[side] for side in Side}

    def landmark(self, ras: tuple[float, float, float]) -> np.ndarray:
        """Return where a point of the mean head (RAS mm) lies in this head, LPS mm, shape (3,)."""
        sign = -1.0 if self.mirrored else 1.0
        return self._from_source(self.source_landmark((sign * ras[0], ras[1], ras[2]))[None])[0]

    def render(self, frame: Frame) -> Rendered:
        """Return CT numbers and the share of bone on ``frame``; beyond the source its border goes on."""
        hu = self._sample(self._hu_image, frame)
        hu += np.float32(self.density - 1.0) * np.maximum(hu - SOFT_TISSUE_HU, 0.0)
        return VoxelRendering(hu, lambda: self._sample(self._bone_image, frame))

    def varied(self, rng: np.random.Generator, bend_mm: float, scale_sd: float) -> VoxelAnatomy:
        """Return a bent, resized, denser or fainter, and perhaps mirrored copy that shares the voxels.

        Parameters
        ----------
        rng : numpy.random.Generator
        bend_mm : float
            Standard deviation of the displacements, which correlate over 30 mm.
        scale_sd : float
            Standard deviation of the size along each axis, as a fraction.

        """
        scale = np.clip(1.0 + scale_sd * rng.standard_normal(3), 0.9, 1.1)
        if rng.random() < 0.5:
            scale[0] = -scale[0]
        bend = draw_bend(rng, bend_mm, 30.0)
        # Without the mean displacement of the arteries the head stays where registration would put it.
        points = np.concatenate([course.points for course in self.courses.values()])
        bend = Bend(bend.lattice - bend.at(points).mean(axis=0))
        return replace(self, to_source=self.to_source @ np.diag([*scale, 1.0]), bend=bend,
                       density=float(rng.uniform(0.85, 1.15)))

    @cached_property
    def _hu_image(self) -> sitk.Image:
        return self.hu_volume.to_sitk()

    @cached_property
    def _bone_image(self) -> sitk.Image:
        return self.bone_volume.to_sitk()

    def _sample(self, image: sitk.Image, frame: Frame) -> np.ndarray:
        affine = sitk.AffineTransform(3)
        affine.SetMatrix(self.to_source[:3, :3].ravel().tolist())
        affine.SetTranslation(self.to_source[:3, 3].tolist())
        # The transform added last is applied first.
        transform = sitk.CompositeTransform([affine, self.bend.to_sitk()] if self.bend else [affine])
        out = sitk.Resample(image, list(frame.size), transform, sitk.sitkLinear, list(frame.origin),
                            list(frame.spacing), frame.direction.ravel().tolist(), 0.0, image.GetPixelID(), True)
        return sitk.GetArrayFromImage(out)

    def _from_source(self, points: np.ndarray) -> np.ndarray:
        """Map source points (n, 3) to head space; the bend is inverted by iteration."""
        inverse = np.linalg.inv(self.to_source)
        target = points @ inverse[:3, :3].T + inverse[:3, 3]
        if self.bend is None:
            return target
        moved = target
        for _ in range(12):
            moved = target - self.bend.at(moved)
        return moved


def voxelise(anatomy: Anatomy, frame: Frame) -> VoxelAnatomy:
    """Render a head once on ``frame`` (head space), to draw many variants from it."""
    rendered = anatomy.render(frame)
    return VoxelAnatomy(Volume(rendered.hu, frame), Volume(rendered.bone, frame), anatomy.courses, anatomy.landmark,
                        np.eye(4))
