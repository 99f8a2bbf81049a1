"""Simulated scans that match a real one: the same slices through the head, as sharp and as noisy."""

from __future__ import annotations

import numpy as np

from icac.anatomy import Course, Side
from icac.ct.image_quality import noise_sd
from icac.ct.tube_voltage import CALCIUM_GAIN
from icac.geometry import Frame
from icac.lesions.contact import bone_contact
from icac.phantom import Rendered, sample_head
from icac.realism.skull_base import SkullBase
from icac.reference.grid import CENTER_LPS_MM
from icac.simulate.cases.simulated_patient import draw_patient
from icac.simulate.implant.real_scan import RealScan
from icac.simulate.patient.anatomy import Anatomy
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.noise import NoiseSource
from icac.simulate.scanner.scan import acquire
from icac.simulate.scanner.slices import Slices

#: What is scanned: the box that is compared, and a margin. 1 mm voxels.
REGION = Frame.regular((1.0, 1.0, 1.0), (130, 130, 60), center=CENTER_LPS_MM)

#: Less soft tissue than this share of the box makes a scan a bare skull.
DRY_SHARE = 0.15

#: Noise of a scan in which none can be measured, HU.
USUAL_NOISE_HU = 6.0


class DrySkull:
    """A head without anything but bone, in air."""

    def __init__(self, head: Anatomy) -> None:
        self._head = head
        self.landmark = head.landmark

    @property
    def courses(self) -> dict[Side, Course]:
        """Where the carotids were."""
        return self._head.courses

    def render(self, frame: Frame) -> Rendered:
        """Return CT numbers and the share of bone on ``frame``."""
        rendered = self._head.render(frame)
        return Rendered(rendered.bone * (rendered.hu + 1000.0) - 1000.0, rendered.bone)


def noise_that_measures(measured_hu: float, pixel_mm: float, kernel: Kernel) -> float:
    """Return the standard deviation in HU of noise that measures as ``measured_hu`` in a scan.

    Only the most even blocks of a scan are measured, without their trend: that shows less than all of the noise.
    """
    tissue_hu, trial_sd = 40.0, 3.0
    trial = NoiseSource(0, (200, 200), pixel_mm, kernel, np.eye(8)).slices(0, 8)
    return measured_hu * trial_sd / noise_sd(tissue_hu + trial_sd * trial, (pixel_mm, pixel_mm))


def matched_acquisition(real: RealScan, skull_base: SkullBase) -> Acquisition:
    """Return the settings of a scan whose slices lie in the head as those of a real one, as sharp and as noisy."""
    head_to_gantry = np.eye(4)
    head_to_gantry[:3, :3] = real.slices.axes.T
    measured, kernel, pixel_mm = real.quality.noise_sd_hu, Kernel(real.fwhm_mm), float(skull_base.spacing[0])
    gain = min(CALCIUM_GAIN, key=lambda known: abs(known - (real.kv or 120)))
    return Acquisition(
        protocol="stroke", pixel_mm=pixel_mm, thickness_mm=real.skull_base_thickness_mm,
        increment_mm=skull_base.distance_mm, kernel=kernel, kv=gain,
        noise_sd=noise_that_measures(measured, pixel_mm, kernel) if np.isfinite(measured) else USUAL_NOISE_HU,
        beam_hardening=0.8, streaks=0.8, pose=head_to_gantry @ real.registration.reference_to_scan)


def is_dry(skull_base: SkullBase) -> bool:
    """Tell whether a scan shows a bare skull."""
    values = skull_base.values
    return bool(np.mean((values > -20) & (values < 100)) < DRY_SHARE)


def simulate_counterpart(name: str, acquisition: Acquisition, dry: bool, rng: np.random.Generator) -> SkullBase:
    """Simulate the skull base of another patient with the same scan; a bare skull has no calcifications."""
    head = sample_head(rng)
    patient = draw_patient(rng, "stroke", head, 0.0 if dry else None)
    scan = acquire(DrySkull(head) if dry else head, patient.calcification.lesions, () if dry else patient.mimics,
                   acquisition, rng, REGION)
    mask = scan.icac.array > 0
    contact = bone_contact(mask, scan.ct.array, scan.ct.frame) if mask.any() else None
    return SkullBase.of_slices(name, Slices.of_volume(scan.ct, acquisition.thickness_mm), scan.ct, acquisition.pose,
                               contact)
