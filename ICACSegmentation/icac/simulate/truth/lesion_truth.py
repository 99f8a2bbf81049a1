"""What became of each lesion: rows of the truth of a scan, and which of them an observer sees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from icac.geometry import Volume, three
from icac.simulate.patient.lesions import Lesion


@dataclass(frozen=True)
class LesionTruth:
    """What became of one lesion in the scan.

    ``visible`` tells whether it stands out, so that an observer draws it and it is ICAC; its voxels and volume are
    known either way.
    """

    label: int
    side: str
    segment: str
    kind: str
    layer: str
    centre_lps_mm: tuple[float, float, float]
    painted_mm3: float
    calcium_hu: float
    arc_deg: float
    visible: bool
    voxels: int
    volume_mm3: float


def describe_lesions(lesions: Sequence[Lesion], pose: np.ndarray | None = None) -> tuple[LesionTruth, ...]:
    """Return the rows of lesions, numbered from 1, before their voxels are counted.

    Parameters
    ----------
    lesions : sequence of Lesion
        In the order of their labels.
    pose : numpy.ndarray, optional
        4 x 4, LPS mm of the lesions to LPS mm of the scan; identity if omitted.

    """
    pose = np.eye(4) if pose is None else pose
    return tuple(LesionTruth(
        label, lesion.side.value, lesion.segment.name, lesion.kind, lesion.layer,
        three(round(float(v), 2) for v in pose[:3, :3] @ lesion.center + pose[:3, 3]), round(lesion.volume_mm3, 3),
        round(lesion.hu, 1), round(lesion.arc_deg, 1), False, 0, 0.0) for label, lesion in enumerate(lesions, start=1))


def seen(rows: Sequence[LesionTruth], shown: Collection[int]) -> tuple[LesionTruth, ...]:
    """Mark in the rows the lesions that an observer sees (:func:`icac.simulate.truth.rule.visible_lesions`)."""
    return tuple(replace(row, visible=row.label in shown) for row in rows)


def visible_voxels(rows: Sequence[LesionTruth], labels: np.ndarray) -> np.ndarray:
    """Return the mask of the voxels of visible lesions: ICAC."""
    shown = np.array([False, *(row.visible for row in rows)])
    return shown[labels]


def recount(rows: Sequence[LesionTruth], labels: Volume) -> tuple[LesionTruth, ...]:
    """Return the rows with the voxels and volumes that they have in a labelmap."""
    array = labels.array
    voxels = np.bincount(array[array > 0], minlength=len(rows) + 1)
    return tuple(replace(row, voxels=int(voxels[row.label]),
                         volume_mm3=round(float(voxels[row.label]) * labels.frame.voxel_volume_mm3, 3))
                 for row in rows)
