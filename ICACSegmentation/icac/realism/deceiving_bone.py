"""How much bone beside the carotids could be taken for ICAC: thin processes, edges and islands, where they lie.

Whole bones deceive nobody; what does is as thin as a plaque, or stands alone: the styloid process below the carotid
canal, spines and bars of the foramina beside the petrous artery, clinoids, struts and beads around the siphon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from icac.air import OUTSIDE_HU
from icac.calcium import is_calcium_dense
from icac.geometry import Frame
from icac.lesions.components import label_components
from icac.reference import NETWORK_GRID, load_reference

if TYPE_CHECKING:
    from icac.anatomy import Course
    from icac.realism.skull_base import SkullBase

#: Regions along the course: first and last Bouthillier segment.
REGIONS = {"petrous artery": (2, 3), "siphon": (4, 7)}
BELOW = "carotid below its canal"

#: Bone is looked at as far from the centreline, mm; below the canal farther, as the neck's artery runs freely.
_NEAR_MM, _NEAR_BELOW_MM = 10.0, 16.0

#: How far below the grid of the network the carotid is looked at, mm.
_DEEPER_MM = 16.0

#: What an opening by a ball of this radius takes away is thin, mm.
_THIN_MM = 1.5

#: Largest piece of bone that stands alone, mm3.
_ISLAND_MM3 = 150.0


def deceiving_bone(base: SkullBase) -> dict[str, float]:
    """Measure bone of at least 130 HU near the carotids of the registered reference, both sides together.

    Returns
    -------
    dict of str to float
        ``thin bone, <region>`` and ``bone islands, <region>``, mm3 per side, for :data:`REGIONS` and :data:`BELOW`.

    """
    volume = base.volume.like(base.volume.array.astype(np.float32))
    grid = _grid()
    dense = is_calcium_dense(volume.resample(grid, base.head_to_scan, outside=OUTSIDE_HU).array)
    thin, islands = dense & ~_opened(dense), _islands(dense)
    courses = list(load_reference().courses.values())
    voxels = np.argwhere(thin | islands)
    region = np.min([_regions(course, grid.to_lps(voxels[:, ::-1])) for course in courses], axis=0)
    each = grid.voxel_volume_mm3 / len(courses)
    return {f"{kind}, {name}": each * float(np.count_nonzero(mask[tuple(voxels.T)] & (region == number)))
            for kind, mask in (("thin bone", thin), ("bone islands", islands))
            for number, name in enumerate((*REGIONS, BELOW))}


def _grid() -> Frame:
    """Return the grid of the network, deepened."""
    x, y, z = NETWORK_GRID.size
    more = round(_DEEPER_MM / NETWORK_GRID.spacing[2])
    return Frame.regular(NETWORK_GRID.spacing, (x, y, z + more),
                         origin=tuple(NETWORK_GRID.origin - np.array((0.0, 0.0, _DEEPER_MM))))


def _opened(dense: np.ndarray) -> np.ndarray:
    """Return what remains where a ball fits in; by distances, as a ball of many voxels is slow otherwise."""
    spacing = NETWORK_GRID.spacing[::-1]
    core = ndimage.distance_transform_edt(dense, sampling=spacing) > _THIN_MM
    if not core.any():
        return core
    return ndimage.distance_transform_edt(~core, sampling=spacing) <= _THIN_MM


def _islands(dense: np.ndarray) -> np.ndarray:
    labels, _count = label_components(dense)
    small = np.bincount(labels.ravel()) * NETWORK_GRID.voxel_volume_mm3 <= _ISLAND_MM3
    small[0] = False
    return small[labels]


def _regions(course: Course, points: np.ndarray) -> np.ndarray:
    """Return the number of the region of each point (n, 3), or one more than there are where it is in none."""
    nearest = course.nearest(points)
    region = np.full(len(points), len(REGIONS) + 1)
    for number, (first, last) in enumerate(REGIONS.values()):
        here = (nearest.segment >= first) & (nearest.segment <= last) & (nearest.distance_mm <= _NEAR_MM)
        region[here] = number
    below = (nearest.sample == 0) & (nearest.distance_mm <= _NEAR_BELOW_MM)
    region[below] = len(REGIONS)
    return region
