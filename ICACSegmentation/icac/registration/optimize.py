"""Final rigid optimisation of a pose: Mattes mutual information over all voxels around the skull base.

Measured on a head CT of 140 slices: 4 mm voxels, all of them, reach in a fraction of a second what full resolution
reaches in 20 s; sampling a part of the voxels at this size costs up to 7 mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813
from scipy import ndimage

from icac.geometry import Frame, Volume
from icac.registration.pose import Pose
from icac.registration.prepare import WorkingCopy

#: Grey values are clipped to this range in HU: air, soft tissue and bone stay apart, metal does not stretch the bins.
HU_RANGE = (-400.0, 1200.0)
BINS = 32
#: Voxels within this distance in mm of the sella are compared.
RADIUS_MM = 65.0
ITERATIONS = 100
#: Threads add their parts of the measure in any order, which changes the twelfth decimal of a pose (mm): without it
#: a scan is measured alike at every run.
DECIMALS = 7
#: How the length of a step shrinks at every turn.
RELAXATION = 0.75


@dataclass(frozen=True)
class Resolution:
    """How finely two heads are compared.

    Attributes
    ----------
    factor : int
        Blocks of this many voxels of the working copy are averaged: 1, 2 or 4.
    blur_mm : float
        Standard deviation of the blur of both images: without it the descent stops short on the ridges of the measure.
    first_step_mm, last_step_mm : float
        Length of the first and the last step.

    """

    factor: int
    blur_mm: float
    first_step_mm: float
    last_step_mm: float


#: For heads of different people, which are never alike to the millimetre.
COARSE = Resolution(2, 3.0, 2.0, 0.02)


def optimize(scan: WorkingCopy, reference: WorkingCopy, start: Pose, resolution: Resolution = COARSE) -> Pose:
    """Move the reference, stretched to the size of the head, rigidly onto the scan.

    The scan is the fixed image: each of its voxels counts, so that a pose with little overlap cannot win.
    """
    factor = resolution.factor
    fixed = _grey(scan, factor)
    inside = _near_sella(scan, start, factor)
    if int(inside.array.sum()) < 1000:
        return start
    transform = _to_transform(start.matrix)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricFixedMask(inside.to_sitk())
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(resolution.first_step_mm, resolution.last_step_mm, ITERATIONS,
                                                    RELAXATION)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=True)
    moving = _stretched(_grey(reference, factor), start.stretch)
    method.Execute(*(sitk.SmoothingRecursiveGaussian(image.to_sitk(), resolution.blur_mm)
                     for image in (fixed, moving)))
    return Pose(np.round(_to_matrix(transform), DECIMALS), start.stretch, start.likeness)


def _grey(copy: WorkingCopy, factor: int) -> Volume:
    return copy.averaged(np.clip(copy.hu.array, *HU_RANGE), factor)


def _near_sella(scan: WorkingCopy, pose: Pose, factor: int) -> Volume:
    """Return the mask of the measured voxels near the place of the sella, within and just outside the head."""
    share = scan.measured_share[factor]
    z, y, x = (np.arange(n) * s + o for n, s, o in
               zip(share.array.shape, share.frame.spacing[::-1], share.frame.origin[::-1], strict=True))
    sx, sy, sz = pose.matrix[:3, 3]
    near = ((z - sz)**2)[:, None, None] + ((y - sy)**2)[:, None] + (x - sx)**2 < RADIUS_MM**2
    head = ndimage.maximum_filter(_grey(scan, factor).array, 5) > -300
    return share.like((share.array > 0.5) & near & head)


def _stretched(reference: Volume, stretch: np.ndarray) -> Volume:
    """Pad the reference with air where air is known to be (not below the neck) and stretch it about its origin."""
    width = 12
    array = np.pad(reference.array, ((0, width), (width, width), (width, width)), constant_values=HU_RANGE[0])
    frame = reference.frame.crop((-width, -width, 0), array.shape[::-1])
    return Volume(array, Frame(np.diag([*stretch, 1.0]) @ frame.affine, frame.size))


def _to_transform(matrix: np.ndarray) -> sitk.Euler3DTransform:
    """Return scan to reference as a transform that turns about the place of the sella in the scan."""
    inverse = np.linalg.inv(matrix)
    transform = sitk.Euler3DTransform()
    transform.SetCenter(matrix[:3, 3].tolist())
    transform.SetMatrix(inverse[:3, :3].ravel().tolist(), 1e-6)
    transform.SetTranslation((-matrix[:3, 3]).tolist())
    return transform


def _to_matrix(transform: sitk.Euler3DTransform) -> np.ndarray:
    """Return reference LPS to scan LPS."""
    inverse = np.eye(4)
    inverse[:3, :3] = np.asarray(transform.GetMatrix()).reshape(3, 3)
    center, shift = np.asarray(transform.GetCenter()), np.asarray(transform.GetTranslation())
    inverse[:3, 3] = center + shift - inverse[:3, :3] @ center
    return np.linalg.inv(inverse)
