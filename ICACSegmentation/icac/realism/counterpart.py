"""Simulated scans that match a real one: the same slices through the head, as sharp and as noisy."""

from __future__ import annotations

import numpy as np

from icac.anatomy import Course, Side
from icac.geometry import Frame
from icac.lesions.contact import bone_contact
from icac.phantom import Rendered, sample_head
from icac.realism.skull_base import SkullBase
from icac.reference.grid import CENTER_LPS_MM
from icac.simulate.acquisition import CALCIUM_GAIN, Acquisition
from icac.simulate.anatomy import Anatomy
from icac.simulate.kernel import Kernel
from icac.simulate.patient import draw_patient
from icac.simulate.real_scan import RealScan
from icac.simulate.scan import acquire
from icac.simulate.slices import Slices

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


def matched_acquisition(real: RealScan, skull_base: SkullBase) -> Acquisition:
    """Return the settings of a scan whose slices lie in the head as those of a real one, as sharp and as noisy."""
    head_to_gantry = np.eye(4)
    head_to_gantry[:3, :3] = real.slices.axes.T
    quality = real.quality
    gain = min(CALCIUM_GAIN, key=lambda known: abs(known - (real.kv or 120)))
    return Acquisition(
        protocol="stroke", pixel_mm=float(skull_base.spacing[0]), thickness_mm=real.skull_base_thickness_mm,
        increment_mm=skull_base.distance_mm, kernel=Kernel(real.fwhm_mm),
        noise_sd=quality.noise_sd_hu if np.isfinite(quality.noise_sd_hu) else USUAL_NOISE_HU, kv=gain,
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
