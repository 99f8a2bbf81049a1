"""The CT numbers of a head: its tissues from the outside to the bone, and the blood in its arteries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.stats import norm

from icac.air import AIR_HU
from icac.anatomy import Course, Segment
from icac.geometry import three
from icac.phantom import soft_tissue
from icac.phantom.canvas import FAR_MM, Canvas
from icac.phantom.description.parameters import HeadParameters
from icac.phantom.description.shapes import Tube, smooth_min
from icac.phantom.skull import bones, cranium, grooves
from icac.phantom.skull.piece import CALVARIA, PETROUS, TISSUES, Piece


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


class Rendering(Canvas):
    """The steps of rendering one head on one frame; each tissue overwrites those before it by its share."""

    def result(self) -> Rendered:
        """Render all tissues, from the outside to the bone."""
        shell = self.smooth(lambda *p: cranium.shell(p, self.q)[0])
        half = self.smooth(lambda *p: cranium.shell(p, self.q)[1])
        floor = self.interpolated(self.head.to_model, lambda x, y, z: cranium.floor_height(x, y, self.q), 1.5)
        inner = np.maximum(shell + half, floor - self.p[2])
        self._soft_tissue(shell + half * 2, inner)
        bone, tissue = self._bone(shell, half, inner, floor)
        del shell, half, inner, floor
        share = self.occupancy(bone)
        self._paint_bone(bone, share, tissue)
        self.fill(bones.labyrinths(self.q), 10.0)
        self._vessels(share)
        return Rendered(self.hu, share)

    def _soft_tissue(self, outer: np.ndarray, inner: np.ndarray) -> None:
        """Paint skin, fat, muscle, orbits, and the brain with its fluid."""
        q = self.q
        scalp = np.maximum(outer - np.float32(q.scalp_mm), -8 - self.p[2] - 20)
        body = np.minimum(scalp, self.smooth(_envelope_distance))
        inside = body < 1.5
        tissue = np.full(self.frame.shape, AIR_HU, dtype=np.float32)
        planes = self.smooth(lambda *p: self.head.wide.at(*p) + 0.5 * self.head.tissue.at(*p))[inside]
        cut = norm.ppf(1 - q.fat_share) * np.sqrt(1.25)  # the fields are normal, so any frame has the same cut
        fat = 1 / (1 + np.exp(-8 * (planes - np.float32(cut))))
        depth = -body[inside]
        subcutaneous = np.clip(1.5 - np.abs(depth - 0.55 * q.scalp_mm) / (0.25 * q.scalp_mm), 0, 1)
        fat = np.maximum(fat, subcutaneous) * (depth > 2.0)
        tissue[inside] = q.muscle_hu + fat * np.float32(q.fat_hu - q.muscle_hu)
        share = self.occupancy(body)
        self.hu += share * (tissue - self.hu)
        fat_solids, contents = soft_tissue.eyes(q)
        self.fill(fat_solids, q.fat_hu, share)
        for solid, hu in contents:
            self.fill([solid], hu, share)
        self.fill(soft_tissue.tongue(), q.muscle_hu, share)
        self._brain(inner)

    def _brain(self, inner: np.ndarray) -> None:
        q = self.q
        cavity = self.occupancy(inner)
        where = cavity > 0
        if not where.any():
            return
        depth = -inner[where]
        grey = 3.0 * np.tanh(self.smooth(self.head.tissue.at)[where]) + 2.0 * np.clip(1 - depth / 5, 0, 1)
        brain = q.brain_hu + grey
        # Sulci: sheets of fluid near the surface, wider with atrophy; a thin film under the skull everywhere.
        folds = np.abs(self.smooth(lambda *p: self.head.tissue.at(*(c * np.float32(0.45) for c in p)))[where])
        sulcus = np.clip((0.10 + 0.25 * q.atrophy - folds) / 0.15, 0, 1) * np.clip(1 - depth / 20, 0, 1)
        film = np.clip((0.8 + 2.5 * q.atrophy - depth) / 1.0, 0, 1)
        fluid = np.maximum(sulcus, film)
        values = self.hu[where]
        self.hu[where] = values + cavity[where] * (brain + fluid * (q.csf_hu - brain) - values)
        self.fill(soft_tissue.cisterns(q), q.csf_hu, cavity)
        self.fill(soft_tissue.brainstem(), q.brain_hu, cavity)
        for solid, hu in soft_tissue.dural_tissue():
            self.fill([solid], hu, cavity if hu > 52 else None)

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
            bone[near] += np.float32(q.roughness_mm) * self.head.rough.at(*points)
        channels = self.field(((s, 0.5) for s in bones.soft_channels(q)), 3.0)
        bone = np.maximum(bone, -channels)
        self.unite(bone, tissue, bones.bridges(q))
        self._grooves(bone, tissue)
        for course in self.head.model_courses.values():
            for tube in _course_tubes(course, _gap_mm(course, q)):
                window = self.window(tube, 3.0)
                if window is not None:
                    distance = tube.distance(three(c[window] for c in p))
                    bone[window] = np.maximum(bone[window], -distance)
        spaces = self.field(((s, 0.8) for s in bones.air_spaces(q)), 3.0)
        for region, share in bones.cellular_spaces(q):
            window = self.window(region, 2.0)
            if window is None or share <= 0.02:
                continue
            local = three(c[window] for c in p)
            cells = (np.float32(1.0 - 2.0 * share) - self.head.cells.at(*local)) * np.float32(1.6)
            spaces[window] = np.minimum(spaces[window], np.maximum(region.distance(local), cells))
        # The artery and its wall are never inside a sinus: a dehiscent canal still has its mucosa.
        for course in self.head.model_courses.values():
            for tube in _course_tubes(course, _gap_mm(course, q) + q.sinus_wall_mm):
                window = self.window(tube, 2.0)
                if window is not None:
                    spaces[window] = np.maximum(spaces[window], -tube.distance(three(c[window] for c in p)))
        # A sinus does not reach the cranial cavity: a wall of at least half a millimetre stays.
        spaces = np.maximum(spaces, np.float32(0.6) - inner)
        air = self.occupancy(spaces)
        air[self.hu < -700] = 0
        self.hu += air * (np.float32(AIR_HU) - self.hu)
        self.fill(soft_tissue.turbinates(), self.q.muscle_hu)
        return np.maximum(bone, -spaces), tissue

    def _grooves(self, bone: np.ndarray, tissue: np.ndarray) -> None:
        """Take the grooves beside the petrous canals from the bone, but for the plates around the canals, in place."""
        for side, course in self.head.model_courses.items():
            for shape in self.q.of_side(side).grooves:
                plate = np.broadcast_to(_gap_mm(course, self.q) + shape.plate_mm, course.radius_mm.shape)
                hole = grooves.groove(course, course.radius_mm + plate, shape)
                window = None if hole is None else self.window(hole, 3.0)
                if hole is None or window is None:
                    continue
                local = three(c[window] for c in self.p)
                # Of the petrous artery only: the siphon has no plate where a groove comes near it.
                petrous = course.segment <= int(Segment.C2)
                wall = reduce(np.minimum, (tube.distance(local) for tube in _course_tubes(course, plate, petrous)))
                groove = hole.distance(local)
                beside = np.maximum(wall, groove - np.float32(shape.plate_mm + grooves.PLATE_AROUND_MM))
                tissue[window][beside < bone[window]] = TISSUES.index(PETROUS)
                bone[window] = np.maximum(np.minimum(bone[window], beside), -np.maximum(groove, -wall))

    def _paint_bone(self, bone: np.ndarray, share: np.ndarray, tissue: np.ndarray) -> None:
        """Paint bone: a compact shell around marrow with trabeculae, both by the kind of bone."""
        q = self.q
        where = share > 0
        if not where.any():
            return
        points = tuple(c[where] for c in self.p)
        depth, kind = -bone[where], tissue[where]
        regional = self.head.marrow.at(*points)
        trabeculae = self.head.trabeculae.at(*points)
        shell_mm, core_hu = bones.tissue_tables(q)
        cortex_mm = shell_mm[kind] * np.clip(1 + 0.35 * regional, 0.25, 2)
        compact = np.clip((cortex_mm - depth) / np.float32(0.5) + 0.5, 0, 1)
        marrow = core_hu[kind] * np.clip(1 + 0.35 * regional, 0.3, 2) + np.float32(q.trabecular_hu) * trabeculae
        cortex = np.maximum(np.float32(q.cortex_hu) * (1 + 0.08 * trabeculae), core_hu[kind])
        density = np.maximum(marrow + compact * (cortex - marrow), np.float32(-60))
        values = self.hu[where]
        self.hu[where] = values + share[where] * (density - values)
        self.fill(bones.otic_capsules(q), q.otic_capsule_hu, share)

    def _vessels(self, bone: np.ndarray) -> None:
        """Paint the blood in the carotid arteries, where there is no bone."""
        for course in self.head.model_courses.values():
            for tube in _course_tubes(course, 0.0):
                self.fill([tube], self.q.blood_hu, 1 - bone)

    def _bones(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the signed distance of the smooth union of all solid bones, and the tissue of the nearest one."""
        field = np.full(self.frame.shape, FAR_MM, dtype=np.float32)
        tissue = np.zeros(self.frame.shape, dtype=np.uint8)
        self.unite(field, tissue, bones.solids(self.q) + self._canal_bone())
        return field, tissue

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


def _envelope_distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Signed distance to the outside of face, ears and neck."""
    return reduce(lambda a, b: smooth_min(a, b, 6.0), (solid.distance((x, y, z)) for solid in soft_tissue.envelope()))


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
