"""Telling a calcification from the bone that a segmentation leaked into.

No sign is certain by itself: a plaque may be brighter or dimmer than the bone beside it, thin plates of the skull base
are no thicker than plaques, and a registered course misses the artery by millimetres. So every sign sets a rate at
which random walks over the dense voxels stop (:mod:`icac.correct.random_walk`):

- *bone core*: dense voxels outside the lesion, where bone goes on, stop walks as bone at once;
- *bone*: the more dense tissue lies around a voxel, the likelier a walk stops there as bone;
- *lesion*: a low rate everywhere in the lesion; lower far from the expected course, higher where the network is sure;
  at once where a user says so.

Walks cross a thin neck, a dark line or a step in density with difficulty, so that voxels on one side of it share
their fate. A first round tells what calcification and what bone look like *here*; in a second round each voxel's own
density counts as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from icac.anatomy import Course, Side
from icac.calcium import is_calcium_dense
from icac.correct.block import Part, place, widen_mm
from icac.correct.density import density_evidence
from icac.correct.graph import dense_graph
from icac.correct.random_walk import stopping_share
from icac.correct.surroundings import MASS_REACH_MM, bone_mass, course_distance
from icac.geometry import Volume
from icac.geometry.box import Box, box_shape, relative

#: How far around the lesion dense tissue is looked at, mm.
REACH_MM = 3.0

#: Dense voxels within this distance outside the lesion may be its missed rim; farther ones are the bone core.
GAP_MM = 1.0

#: Rates at which walks stop, 1/mm2: in the lesion, amid bone, and where it is known what the voxel is.
LESION_RATE, BONE_RATE, KNOWN_RATE = 0.03, 0.1, 30.0

#: Distance from the course up to which it says nothing, and over which the rate of the lesion falls beyond, mm; the
#: factor that is left far away, since a course may be registered wrongly.
COURSE_FREE_MM, COURSE_FALL_MM, FAR_FACTOR = 3.0, 4.0, 0.3

#: Factor of the lesion's rate where the network is certain; voxels outside the lesion that it gives at least
#: LIKELY_LESION are no bone core.
NETWORK_GAIN, LIKELY_LESION = 2.0, 0.5


#: A piece of a lesion is calcification only if some voxel of it is at least this certain: specks amid bone are not.
SURE = 0.75


@dataclass(frozen=True, eq=False)
class Separation:
    """How surely each voxel of a lesion is calcification and not bone.

    Attributes
    ----------
    box : tuple of slice
        Block of the scan around the lesion.
    lesion : numpy.ndarray of bool
        The lesion in the box.
    certainty : numpy.ndarray of float32
        In the lesion 0 (bone) to 1 (as sure as its surest hundredth), 0 outside. From every voxel a path over
        touching voxels of no less certainty leads to one of at least :data:`SURE`, so that no specks are left
        wherever one cuts below that.

    """

    box: Box
    lesion: np.ndarray
    certainty: np.ndarray


def separate_bone(ct: Volume, part: Part, probability: np.ndarray | None = None,
                  courses: Mapping[Side, Course] | None = None, surely: np.ndarray | None = None) -> Separation:
    """Weigh the voxels of a lesion between calcification and bone.

    Parameters
    ----------
    ct : Volume
        The scan in HU; only a block around the lesion is read.
    part : Part
        The lesion.
    probability : numpy.ndarray, optional
        The network's probability on the voxels of the scan (z, y, x).
    courses : mapping of Side to Course, optional
        Courses of the carotids in the space of the scan, LPS mm.
    surely : numpy.ndarray of bool, optional
        Voxels of the lesion, shape of its box, that a user says are calcification.

    Returns
    -------
    Separation

    """
    box = widen_mm(part.box, ct.frame, REACH_MM)
    hu, lesion = ct.array[box].astype(np.float32), place(part, box)
    away = ndimage.distance_transform_edt(~lesion, sampling=ct.frame.spacing[::-1])
    nodes = lesion | (is_calcium_dense(hu) & (away <= REACH_MM))
    core = nodes & (away > GAP_MM)
    if probability is not None:
        core &= probability[box] < LIKELY_LESION
    lesion_rate = _lesion_rate(ct, box, probability, courses)
    if surely is not None:
        lesion_rate[place(Part(part.box, surely), box)] = KNOWN_RATE
    bone_rate = BONE_RATE * _mass(ct, box) ** 2 + np.float32(KNOWN_RATE) * core
    graph = dense_graph(hu, nodes, ct.frame)
    first = _relative(stopping_share(graph, lesion_rate, bone_rate, ct.frame.voxel_volume_mm3), lesion)
    odds = density_evidence(hu, nodes, first)
    second = stopping_share(graph, lesion_rate * odds, bone_rate + nodes * LESION_RATE / odds,
                            ct.frame.voxel_volume_mm3)
    inner = _relative(second, lesion)[relative(part.box, box)]
    return Separation(part.box, part.mask, _without_specks(inner))


def _lesion_rate(ct: Volume, box: Box, probability: np.ndarray | None,
                 courses: Mapping[Side, Course] | None) -> np.ndarray:
    rate = np.full(box_shape(box), LESION_RATE, dtype=np.float32)
    if probability is not None:
        rate *= NETWORK_GAIN ** (2.0 * probability[box] - 1.0)
    if courses:
        beyond = np.maximum(course_distance(courses, ct.frame, box) - COURSE_FREE_MM, 0.0)
        rate *= np.maximum(np.exp(-0.5 * (beyond / COURSE_FALL_MM) ** 2), FAR_FACTOR)
    return rate


def _mass(ct: Volume, box: Box) -> np.ndarray:
    """Weigh the dense tissue around the voxels of a box with what lies beyond the box."""
    outer = widen_mm(box, ct.frame, MASS_REACH_MM)
    return bone_mass(ct.array[outer], ct.frame)[relative(box, outer)]


def _relative(share: np.ndarray, lesion: np.ndarray) -> np.ndarray:
    """Return the share of walks in the lesion relative to that of its surest voxels, 0 outside."""
    surest = max(float(np.percentile(share[lesion], 99.0)), 1e-6)
    return np.where(lesion, np.minimum(share / surest, 1.0), 0.0).astype(np.float32)


def _without_specks(certainty: np.ndarray) -> np.ndarray:
    """Lower each voxel to the certainty at which it is joined to a sure one (reconstruction by dilation)."""
    import SimpleITK as sitk  # noqa: N813

    sure = np.where(certainty >= SURE, certainty, np.float32(0.0))
    joined = sitk.ReconstructionByDilation(sitk.GetImageFromArray(sure), sitk.GetImageFromArray(certainty), True)
    return sitk.GetArrayFromImage(joined)
