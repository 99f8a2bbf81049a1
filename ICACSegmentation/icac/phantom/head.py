"""A head: its parameters, its carotid courses, and its CT numbers on any frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from scipy.stats import norm

from icac.anatomy import Course, Segment, Side
from icac.geometry import Frame, lps_to_ras, three
from icac.phantom import soft_tissue
from icac.phantom.artery.carotid import centreline
from icac.phantom.fields import RandomField
from icac.phantom.parameters import HeadParameters, draw
from icac.phantom.shapes import Solid, Tube, smooth_min
from icac.phantom.skull import bones, cranium
from icac.phantom.skull.piece import CALVARIA, PETROUS, TISSUES, Piece

AIR_HU = -1000.0
#: A random warp moves a solid by no more than this many standard deviations.
_WARP_REACH = 3.5
#: Distance reported far from any bone, mm.
_FAR_MM = 50.0


@dataclass(frozen=True, eq=False)
class Rendered:
    """A head on a frame.

    Attributes
    ----------
    hu : numpy.ndarray
        CT numbers, float32 (z, y, x); anti-aliased at tissue borders, without noise.
    bone : numpy.ndarray
        Share of each voxel that is bone, float32 (z, y, x).

    """

    hu: np.ndarray
    bone: np.ndarray


class Head:
    """One parametric head.

    Parameters
    ----------
    parameters : HeadParameters

    """

    def __init__(self, parameters: HeadParameters) -> None:
        self.parameters = parameters
        seed = parameters.seed
        self._warp = [RandomField(seed + 100 + axis, 16.0, 1.2, 32) for axis in range(3)]
        self._rough = RandomField(seed + 200, 2.2, 1.0)
        self._trabeculae = RandomField(seed + 300, 0.7, 0.8, 96)
        self._marrow = RandomField(seed + 400, 6.0, 1.2, 48)
        self._cells = RandomField(seed + 500, 1.9, 0.9)
        self._tissue = RandomField(seed + 600, 3.0, 1.2)
        self._wide = RandomField(seed + 700, 9.0, 1.2, 48)

    # Geometry -------------------------------------------------------------------------------------------------

    def _to_model(self, ras: np.ndarray) -> np.ndarray:
        """Map head positions (n, 3) RAS mm to the unwarped model."""
        model = ras / np.asarray(self.parameters.scale)
        if self.parameters.warp_mm == 0:
            return model
        shift = np.stack([field.at(*model.T.astype(np.float32)) for field in self._warp], axis=-1)
        return model + self.parameters.warp_mm * shift

    def _from_model(self, model: np.ndarray) -> np.ndarray:
        """Invert :meth:`_to_model` by fixed-point iteration (the warp is smooth and small)."""
        scale = np.asarray(self.parameters.scale)
        ras = model * scale
        for _ in range(12):
            ras = ras + (model - self._to_model(ras)) * scale
        return ras

    @cached_property
    def model_courses(self) -> dict[Side, Course]:
        """Courses before warping, RAS mm."""
        return {side: centreline(self.parameters, side) for side in Side}

    @cached_property
    def courses(self) -> dict[Side, Course]:
        """Courses of both internal carotid arteries, LPS mm, origin in the centre of the (unwarped) sella."""
        return {side: Course(side, lps_to_ras(self._from_model(course.points)), course.radius_mm, course.segment)
                for side, course in self.model_courses.items()}

    def landmark(self, ras: tuple[float, float, float]) -> np.ndarray:
        """Return where a point of the mean head (RAS mm, as in the tables) lies in this head, LPS mm."""
        return lps_to_ras(self._from_model(np.array([ras], dtype=float)))[0]

    # Rendering ------------------------------------------------------------------------------------------------

    def render(self, frame: Frame) -> Rendered:
        """Return CT numbers and bone share on ``frame`` (LPS mm; the head is at rest, its sella at the origin)."""
        return _Rendering(self, frame).result()


def mean_head() -> Head:
    """Return the mean head, the basis of the reference."""
    return Head(HeadParameters())


def sample_head(rng: np.random.Generator, young: bool = False) -> Head:
    """Draw a random head: of an adult, or of a child or adolescent (``young``)."""
    return Head(draw(rng, young))


def _refined(values: np.ndarray, axis: int, stride: int, size: int) -> np.ndarray:
    """Interpolate linearly between samples ``stride`` voxels apart; the first sample is voxel 0."""
    if stride == 1:
        return np.take(values, range(size), axis=axis)
    index = np.arange(size)
    shape = [1, 1, 1]
    shape[axis] = size
    weight = ((index % stride) / stride).astype(np.float32).reshape(shape)
    low = np.take(values, index // stride, axis=axis)
    return low + weight * (np.take(values, index // stride + 1, axis=axis) - low)


def _envelope_distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Signed distance to the outside of face, ears and neck."""
    return reduce(lambda a, b: smooth_min(a, b, 6.0), (solid.distance((x, y, z)) for solid in soft_tissue.envelope()))


def _unwarped(head: Head, ras: np.ndarray) -> np.ndarray:
    return ras / np.asarray(head.parameters.scale)


class _Rendering:
    """The steps of rendering one head on one frame; each tissue overwrites those before it by its share."""

    def __init__(self, head: Head, frame: Frame) -> None:
        self.head, self.q, self.frame = head, head.parameters, frame
        self.softness = np.float32(max(frame.voxel_volume_mm3 ** (1 / 3), 0.3))
        self.p = self._model_coordinates()
        self.hu = np.full(frame.shape, AIR_HU, dtype=np.float32)

    def _model_coordinates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return model coordinates of all voxels."""
        spans = [np.arange(n) for n in self.frame.size]
        affine = self.frame.affine * np.array([[-1.0], [-1.0], [1.0], [1.0]])
        scale = np.asarray(self.q.scale)
        out = []
        for axis in range(3):
            i, j, k = (affine[axis, a] / scale[axis] * spans[a] for a in range(3))
            base = affine[axis, 3] / scale[axis]
            out.append((k[:, None, None] + j[None, :, None] + i[None, None, :] + base).astype(np.float32))
        if self.q.warp_mm:
            for axis, field in enumerate(self.head._warp):
                out[axis] += np.float32(self.q.warp_mm) * self._interpolated(_unwarped, field.at, 4.0)
        return three(out)

    def _interpolated(self, to_model: Callable[[Head, np.ndarray], np.ndarray],
                      function: Callable[..., np.ndarray], step_mm: float) -> np.ndarray:
        """Evaluate a smooth function of model coordinates every ``step_mm`` and interpolate it linearly."""
        step = [max(1, round(step_mm / s)) for s in self.frame.spacing]
        affine = self.frame.affine.copy()
        affine[:3, :3] *= step
        size = three((n - 1) // s + 2 for n, s in zip(self.frame.size, step, strict=True))
        coarse = Frame(affine, size)
        index = np.moveaxis(np.indices(size[::-1]), 0, -1).reshape(-1, 3)[:, ::-1]
        model = to_model(self.head, lps_to_ras(coarse.to_lps(index))).astype(np.float32)
        values = function(*(np.ascontiguousarray(model[:, a]).reshape(coarse.shape) for a in range(3)))
        values = values.astype(np.float32)
        for axis, stride in zip((2, 1, 0), step, strict=True):
            values = _refined(values, axis, stride, self.frame.shape[axis])
        return values

    def _smooth(self, function: Callable[..., np.ndarray]) -> np.ndarray:
        """Return a function of model coordinates (x, y, z) that changes little within 2 mm, on the frame."""
        return self._interpolated(Head._to_model, function, 2.0)

    def _window(self, solid: Solid, margin: float = 0.0) -> tuple[slice, slice, slice] | None:
        """Return the part of the frame (z, y, x) that a solid can touch, or None."""
        low, high = solid.bounds()
        reach = margin + _WARP_REACH * self.q.warp_mm + 2 * self.softness
        scale = np.asarray(self.q.scale)
        corners = np.array(np.meshgrid(*zip((low - reach) * scale, (high + reach) * scale, strict=True),
                                       indexing="ij"))
        index = self.frame.to_index(lps_to_ras(corners.reshape(3, -1).T))
        start = np.maximum(np.floor(index.min(axis=0)).astype(int), 0)
        stop = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 1, self.frame.size)
        if (stop <= start).any():
            return None
        return three(slice(a, b) for a, b in zip(start[::-1], stop[::-1], strict=True))

    def _occupancy(self, distance: np.ndarray) -> np.ndarray:
        """Share of a voxel inside a surface at signed ``distance`` mm from its centre."""
        return np.clip(np.float32(0.5) - distance / self.softness, 0, 1)

    def _fill(self, solids: Iterable[Solid], hu: float, inside: np.ndarray | None = None) -> None:
        """Paint solids with one density, only where ``inside`` (share, whole frame) allows it."""
        for solid in solids:
            window = self._window(solid)
            if window is None:
                continue
            share = self._occupancy(solid.distance(three(c[window] for c in self.p)))
            if inside is not None:
                share *= inside[window]
            self.hu[window] += share * (np.float32(hu) - self.hu[window])

    def _bones(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the signed distance of the smooth union of all solid bones, and the tissue of the nearest one."""
        field = np.full(self.frame.shape, _FAR_MM, dtype=np.float32)
        tissue = np.zeros(self.frame.shape, dtype=np.uint8)
        self._unite(field, tissue, bones.solids(self.q) + self._canal_bone())
        return field, tissue

    def _unite(self, field: np.ndarray, tissue: np.ndarray, pieces: Iterable[Piece]) -> None:
        """Join pieces of bone to a signed distance and the tissue of the nearest piece, in place."""
        for solid, blend, kind in pieces:
            window = self._window(solid, blend + 1.5)
            if window is None:
                continue
            distance = solid.distance(three(c[window] for c in self.p))
            tissue[window][distance < field[window]] = TISSUES.index(kind)
            field[window] = smooth_min(field[window], distance, blend)

    def _canal_bone(self) -> list[Piece]:
        """Return the compact walls of the petrous carotid canals."""
        walls = []
        for side, course in self.head.model_courses.items():
            thickness = self.q.of_side(side).canal_bone_mm
            petrous = course.segment <= int(Segment.C2)
            if thickness:
                tubes = _course_tubes(course, _gap_mm(course, self.q) + thickness, petrous)
                walls += [Piece(tube, 0.5, PETROUS) for tube in tubes]
        return walls

    def _field(self, solids: Iterable[tuple[Solid, float]], margin: float) -> np.ndarray:
        """Return the signed distance of the smooth union of (solid, blend) on the whole frame."""
        field = np.full(self.frame.shape, _FAR_MM, dtype=np.float32)
        for solid, blend in solids:
            window = self._window(solid, margin)
            if window is not None:
                distance = solid.distance(three(c[window] for c in self.p))
                field[window] = smooth_min(field[window], distance, blend)
        return field

    # The steps

    def result(self) -> Rendered:
        """Render all tissues, from the outside to the bone."""
        shell = self._smooth(lambda *p: cranium.shell(p, self.q)[0])
        half = self._smooth(lambda *p: cranium.shell(p, self.q)[1])
        floor = self._interpolated(Head._to_model, lambda x, y, z: cranium.floor_height(x, y, self.q), 1.5)
        inner = np.maximum(shell + half, floor - self.p[2])
        self._soft_tissue(shell + half * 2, inner)
        bone, tissue = self._bone(shell, half, inner, floor)
        del shell, half, inner, floor
        share = self._occupancy(bone)
        self._paint_bone(bone, share, tissue)
        self._fill(bones.labyrinths(self.q), 10.0)
        self._vessels(share)
        return Rendered(self.hu, share)

    def _soft_tissue(self, outer: np.ndarray, inner: np.ndarray) -> None:
        """Paint skin, fat, muscle, orbits, and the brain with its fluid."""
        q = self.q
        scalp = np.maximum(outer - np.float32(q.scalp_mm), -8 - self.p[2] - 20)
        body = np.minimum(scalp, self._smooth(_envelope_distance))
        inside = body < 1.5
        tissue = np.full(self.frame.shape, AIR_HU, dtype=np.float32)
        planes = self._smooth(lambda *p: self.head._wide.at(*p) + 0.5 * self.head._tissue.at(*p))[inside]
        cut = norm.ppf(1 - q.fat_share) * np.sqrt(1.25)  # the fields are normal, so any frame has the same cut
        fat = 1 / (1 + np.exp(-8 * (planes - np.float32(cut))))
        depth = -body[inside]
        subcutaneous = np.clip(1.5 - np.abs(depth - 0.55 * q.scalp_mm) / (0.25 * q.scalp_mm), 0, 1)
        fat = np.maximum(fat, subcutaneous) * (depth > 2.0)
        tissue[inside] = q.muscle_hu + fat * np.float32(q.fat_hu - q.muscle_hu)
        share = self._occupancy(body)
        self.hu += share * (tissue - self.hu)
        fat_solids, contents = soft_tissue.eyes(q)
        self._fill(fat_solids, q.fat_hu, share)
        for solid, hu in contents:
            self._fill([solid], hu, share)
        self._fill(soft_tissue.tongue(), q.muscle_hu, share)
        self._brain(inner)

    def _brain(self, inner: np.ndarray) -> None:
        q = self.q
        cavity = self._occupancy(inner)
        where = cavity > 0
        if not where.any():
            return
        depth = -inner[where]
        grey = 3.0 * np.tanh(self._smooth(self.head._tissue.at)[where]) + 2.0 * np.clip(1 - depth / 5, 0, 1)
        brain = q.brain_hu + grey
        # Sulci: sheets of fluid near the surface, wider with atrophy; a thin film under the skull everywhere.
        folds = np.abs(self._smooth(lambda *p: self.head._tissue.at(*(c * np.float32(0.45) for c in p)))[where])
        sulcus = np.clip((0.10 + 0.25 * q.atrophy - folds) / 0.15, 0, 1) * np.clip(1 - depth / 20, 0, 1)
        film = np.clip((0.8 + 2.5 * q.atrophy - depth) / 1.0, 0, 1)
        fluid = np.maximum(sulcus, film)
        values = self.hu[where]
        self.hu[where] = values + cavity[where] * (brain + fluid * (q.csf_hu - brain) - values)
        self._fill(soft_tissue.cisterns(q), q.csf_hu, cavity)
        self._fill(soft_tissue.brainstem(), q.brain_hu, cavity)
        for solid, hu in soft_tissue.dural_tissue():
            self._fill([solid], hu, cavity if hu > 52 else None)

    def _bone(self, shell: np.ndarray, half: np.ndarray, inner: np.ndarray,
              floor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the signed distance of bone without its holes, and its tissue; paint the air in the holes."""
        q, p = self.q, self.p
        calvaria = np.maximum(np.abs(shell) - half, cranium.lower_edge(p[1]) - p[2])
        base = np.maximum(np.maximum(p[2] - floor, floor - np.float32(2.6) - p[2]), shell - half)
        base = np.maximum(base, cranium.under_steps(*p))
        bone = np.minimum(calvaria, base)
        solids, tissue = self._bones()
        tissue[bone < solids] = TISSUES.index(CALVARIA)
        bone = smooth_min(bone, solids, 1.5)
        near = np.abs(bone) < 4
        if q.roughness_mm and near.any():
            points = tuple(c[near] for c in p)
            bone[near] += np.float32(q.roughness_mm) * self.head._rough.at(*points)
        channels = self._field(((s, 0.5) for s in bones.soft_channels(q)), 3.0)
        bone = np.maximum(bone, -channels)
        self._unite(bone, tissue, bones.bridges(q))
        for course in self.head.model_courses.values():
            for tube in _course_tubes(course, _gap_mm(course, q)):
                window = self._window(tube, 3.0)
                if window is not None:
                    distance = tube.distance(three(c[window] for c in p))
                    bone[window] = np.maximum(bone[window], -distance)
        spaces = self._field(((s, 0.8) for s in bones.air_spaces(q)), 3.0)
        for region, share in bones.cellular_spaces(q):
            window = self._window(region, 2.0)
            if window is None or share <= 0.02:
                continue
            local = three(c[window] for c in p)
            cells = (np.float32(1.0 - 2.0 * share) - self.head._cells.at(*local)) * np.float32(1.6)
            spaces[window] = np.minimum(spaces[window], np.maximum(region.distance(local), cells))
        # The artery and its wall are never inside a sinus: a dehiscent canal still has its mucosa.
        for course in self.head.model_courses.values():
            for tube in _course_tubes(course, _gap_mm(course, q) + q.sinus_wall_mm):
                window = self._window(tube, 2.0)
                if window is not None:
                    spaces[window] = np.maximum(spaces[window], -tube.distance(three(c[window] for c in p)))
        # A sinus does not reach the cranial cavity: a wall of at least half a millimetre stays.
        spaces = np.maximum(spaces, np.float32(0.6) - inner)
        air = self._occupancy(spaces)
        air[self.hu < -700] = 0
        self.hu += air * (np.float32(AIR_HU) - self.hu)
        self._fill(soft_tissue.turbinates(), self.q.muscle_hu)
        return np.maximum(bone, -spaces), tissue

    def _paint_bone(self, bone: np.ndarray, share: np.ndarray, tissue: np.ndarray) -> None:
        """Paint bone: a compact shell around marrow with trabeculae, both by the kind of bone."""
        q = self.q
        where = share > 0
        if not where.any():
            return
        points = tuple(c[where] for c in self.p)
        depth, kind = -bone[where], tissue[where]
        regional = self.head._marrow.at(*points)
        trabeculae = self.head._trabeculae.at(*points)
        shell_mm, core_hu = bones.tissue_tables(q)
        cortex_mm = shell_mm[kind] * np.clip(1 + 0.35 * regional, 0.25, 2)
        compact = np.clip((cortex_mm - depth) / np.float32(0.5) + 0.5, 0, 1)
        marrow = core_hu[kind] * np.clip(1 + 0.35 * regional, 0.3, 2) + np.float32(q.trabecular_hu) * trabeculae
        cortex = np.maximum(np.float32(q.cortex_hu) * (1 + 0.08 * trabeculae), core_hu[kind])
        density = np.maximum(marrow + compact * (cortex - marrow), np.float32(-60))
        values = self.hu[where]
        self.hu[where] = values + share[where] * (density - values)
        self._fill(bones.otic_capsules(q), q.otic_capsule_hu, share)

    def _vessels(self, bone: np.ndarray) -> None:
        """Paint the blood in the carotid arteries, where there is no bone."""
        for course in self.head.model_courses.values():
            for tube in _course_tubes(course, 0.0):
                self._fill([tube], self.q.blood_hu, 1 - bone)


def _gap_mm(course: Course, q: HeadParameters) -> np.ndarray:
    """Return the distance of bone from the lumen at each point of a course, mm."""
    own = q.of_side(course.side).canal_gap_mm
    canal = q.canal_wall_mm if own is None else np.where(course.segment <= int(Segment.C2), own, q.canal_wall_mm)
    return canal + q.cavernous_gap_mm * (course.segment >= int(Segment.C4))


def _course_tubes(course: Course, extra_mm: np.ndarray | float, where: np.ndarray | None = None) -> list[Tube]:
    """Return the artery widened by ``extra_mm``, everywhere or at each point, as tubes short enough for small boxes.

    Only the points of ``where``, which follow each other, if it is given.
    """
    if where is not None:
        extra_mm = np.broadcast_to(extra_mm, course.radius_mm.shape)[where]
        course = Course(course.side, course.points[where], course.radius_mm[where], course.segment[where])
    every = 4
    index = [*range(0, len(course.points) - 1, every), len(course.points) - 1]
    points, radii = course.points[index], (course.radius_mm + extra_mm)[index]
    pieces = 5
    return [Tube(tuple(map(tuple, points[a : a + pieces + 1])), tuple(radii[a : a + pieces + 1]))
            for a in range(0, len(points) - 1, pieces)]
