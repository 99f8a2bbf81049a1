"""The same simulated patients scanned again and again, and what is measured each time: the limits of change come of it.

    python Testing/benchmarks/repeated_scans.py -o repeated_scans --patients 12

Every patient is scanned twice with every protocol of ``PROTOCOLS``, each time with another noise, pose and place of
the voxels. Only the surroundings of the carotids are simulated, and the pose is that of the simulation with the error
of a registration, which saves most of the time; all else is done as by ``icac segment``. A scan is kept as one file of
its lesions; those that are there already are not made again. ``change_limits.py`` makes the table of them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from icac.calcium import is_calcium_dense
from icac.course import on_course
from icac.ct.harmonise import measured_box, plan_harmonisation, remaining_noise
from icac.files import whole_file
from icac.geometry import Frame, Volume, three
from icac.inference import predict_outputs, shared_engine, to_scan_grid
from icac.lesions import find_lesions
from icac.lesions.find import FoundLesions
from icac.lesions.noise import NoiseField
from icac.lesions.reported import reported_icac
from icac.models import ModelPackage, find_model
from icac.network_region import plan_region
from icac.phantom import Rendered
from icac.simulate.cases.simulated_patient import Patient, draw_patient
from icac.simulate.patient.anatomy import Anatomy
from icac.simulate.scanner.acquisition import Acquisition, draw_pose
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.scan import BACKGROUND_MM, acquire

SOFT, SHARP = Kernel(1.0), Kernel(0.7, 0.5)


@dataclass(frozen=True)
class Protocol:
    """How slices are made: thickness and increment in mm, kernel, noise in HU."""

    thickness_mm: float
    increment_mm: float
    kernel: Kernel
    noise_sd: float


#: Thin, medium and thick slices, each with a soft kernel and little noise and with a sharp one and more.
PROTOCOLS = {
    "1 mm soft": Protocol(1.0, 0.7, SOFT, 11.0), "1 mm sharp": Protocol(1.0, 0.7, SHARP, 28.0),
    "2.5 mm soft": Protocol(2.5, 2.5, SOFT, 7.0), "2.5 mm sharp": Protocol(2.5, 2.5, SHARP, 18.0),
    "5 mm soft": Protocol(5.0, 5.0, SOFT, 4.5), "5 mm sharp": Protocol(5.0, 5.0, SHARP, 12.0),
}

REPEATS = 2

#: Total volumes of the patients in mm3: evenly spread over the logarithm between these.
TOTALS_MM3 = (60.0, 600.0)

#: How the head lies, and the error of a registration.
POSE_DEG, POSE_MM, ERROR_DEG, ERROR_MM = 6.0, 8.0, 0.7, 0.7

#: Range of voxel sizes in plane.
PIXEL_MM = (0.40, 0.50)

#: What is scanned, head space: what the network needs, and room for the error.
REGION = Frame.regular((1.0, 1.0, 1.0), (135, 105, 74), origin=(-67.0, -46.0, -44.0))

#: Room around it in mm that is rendered, for heads that lie turned.
ROOM_MM = 12.0


class RenderedHead:
    """A head that was rendered once, to be scanned many times: it is interpolated wherever a scan samples it."""

    def __init__(self, anatomy: Anatomy) -> None:
        self.courses, self.landmark = anatomy.courses, anatomy.landmark
        low, high = REGION.to_lps((0, 0, 0)) - ROOM_MM, REGION.to_lps(np.array(REGION.size) - 1) + ROOM_MM
        size = three(int(n) for n in np.ceil((high - low) / BACKGROUND_MM))
        frame = Frame.regular((BACKGROUND_MM,) * 3, size, origin=three(map(float, low)))
        rendered = anatomy.render(frame)
        self._hu, self._bone = (Volume(array.astype(np.float32), frame) for array in (rendered.hu, rendered.bone))

    def render(self, frame: Frame) -> Rendered:
        """Return CT numbers and the share of bone on a frame."""
        return Rendered(self._hu.resample(frame).array, self._bone.resample(frame).array)


def patient_of(seed: int) -> Patient:
    """Return the patient of a seed."""
    rng = np.random.default_rng(seed)
    patient = draw_patient(rng, "stroke", total_mm3=float(np.exp(rng.uniform(*np.log(TOTALS_MM3)))))
    return replace(patient, anatomy=RenderedHead(patient.anatomy))


def acquisition_of(protocol: Protocol, rng: np.random.Generator) -> Acquisition:
    """Return a scan by a protocol, of a head that lies anyhow."""
    return Acquisition("stroke", float(rng.uniform(*PIXEL_MM)), protocol.thickness_mm, protocol.increment_mm,
                       protocol.kernel, protocol.noise_sd, beam_hardening=0.8, streaks=0.6,
                       pose=draw_pose(rng, POSE_DEG, POSE_MM))


def measure(ct: Volume, reference_to_scan: np.ndarray, package: ModelPackage) -> tuple[FoundLesions, Volume, float]:
    """Return the lesions of a scan whose pose is known, the scan in the form in which it is measured, and its noise."""
    engine = shared_engine(package, "auto", "cpu")
    harmonisation = plan_harmonisation(ct, reference_to_scan)
    plan = plan_region("carotid", engine.config)
    ct = harmonisation.applied(ct, measured_box(ct.frame, reference_to_scan, plan.wide_frame))
    wide = plan.sample(ct, reference_to_scan)
    outputs = predict_outputs(engine, wide, package.spec.intensity, position=plan.position, parts=plan.parts,
                              temperature=package.spec.temperature)
    found = on_course(outputs, plan.frame, plan.counted, is_calcium_dense(plan.inner(wide)) & plan.counted,
                      package.spec.course_prior)
    probability = to_scan_grid(Volume(found.probability, plan.frame), found.dense, ct, reference_to_scan)
    courses = {side: fit.transformed(reference_to_scan).course for side, fit in found.courses.items()}
    noise = NoiseField(remaining_noise(ct, reference_to_scan), harmonisation.grain_mm(ct.frame), plan.searched_mm3)
    mask = reported_icac(probability, ct, noise, package.spec.threshold, package.spec.lesion_threshold).mask
    return find_lesions(mask, ct, probability, courses), ct, noise.sd_hu


def scan_arrays(patient: Patient, protocol: Protocol, rng: np.random.Generator, package: ModelPackage
                ) -> dict[str, np.ndarray]:
    """Scan a patient and return the lesions: voxels (n, 3) as (z, y, x), the lesion of each, and HU.

    Their frame is in the space of the head, so that scans lie on each other as after a perfect alignment.
    """
    acquisition = acquisition_of(protocol, rng)
    scan = acquire(patient.anatomy, patient.calcification.lesions, patient.mimics, acquisition, rng, REGION)
    found, ct, noise = measure(scan.ct, acquisition.pose @ draw_pose(rng, ERROR_DEG, ERROR_MM), package)
    index = np.argwhere(found.labels > 0)
    return {"index_zyx": index.astype(np.int16), "lesion": found.labels[tuple(index.T)].astype(np.int16),
            "hu": ct.array[tuple(index.T)].astype(np.float32), "size": np.array(ct.frame.size),
            "affine": np.linalg.inv(acquisition.pose) @ ct.frame.affine, "noise_sd_hu": np.array(noise)}


def read_lesions(path: Path) -> Volume:
    """Return the labels of the lesions of a scan that was kept, in the space of the head, on the box of all of them."""
    with np.load(path) as file:
        frame, index, lesion = Frame(file["affine"], three(map(int, file["size"]))), file["index_zyx"], file["lesion"]
    low = index.min(axis=0) if len(index) else np.zeros(3, int)
    shape = three(int(n) + 1 for n in (index - low).max(axis=0, initial=0))
    labels = np.zeros(shape, np.int32)
    labels[tuple((index - low).T)] = lesion
    return Volume(labels, frame.crop(three(int(n) for n in low[::-1]), shape[::-1]))


def scan_file(folder: Path, seed: int, protocol: str, repeat: int) -> Path:
    """Return the file of a scan."""
    return folder / f"{seed}_{protocol.replace(' ', '_')}_{repeat}.npz"


def main() -> None:
    """Scan the patients, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--seed", type=int, default=9201)
    parser.add_argument("--model")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    package = find_model(options.model)
    for seed in range(options.seed, options.seed + options.patients):
        patient = patient_of(seed)
        for number, (name, protocol) in enumerate(PROTOCOLS.items()):
            for repeat in range(REPEATS):
                path = scan_file(options.output, seed, name, repeat)
                if path.is_file():
                    continue
                arrays = scan_arrays(patient, protocol, np.random.default_rng((seed, number, repeat)), package)
                with whole_file(path) as temporary, temporary.open("wb") as stream:
                    np.savez_compressed(stream, **arrays)
                print(f"{path.stem}: {arrays['lesion'].max(initial=0)} lesions, "
                      f"noise {float(arrays['noise_sd_hu']):.1f} HU", flush=True)


if __name__ == "__main__":
    main()
