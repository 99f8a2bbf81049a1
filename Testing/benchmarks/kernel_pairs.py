"""The same simulated patients through soft and sharp kernels: is the volume the same, and is no small lesion lost?

    python Testing/benchmarks/kernel_pairs.py -o kernel_pairs --patients 10
    python Testing/benchmarks/kernel_pairs.py -o kernel_pairs --patients 10 --segment [--model NAME]

Every patient is scanned with every kernel and noise of CASES. Volumes are those of the truth (what calcification raises
to 130 HU), so that they depend on no network: of the scans as they are, and as they are measured. With ``--segment``
whole runs are made too. The first case is the reference. Rows are added to ``volumes.csv`` and ``lesions.csv``;
patients that are there already are kept.
"""

from __future__ import annotations

import argparse
import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
from icac.ct import CTScan
from icac.evaluation.statistics.agreement import intraclass_correlations
from icac.geometry import Frame, Volume
from icac.lesions.components import label_components
from icac.pipeline import segment_scan
from icac.progress import Plain
from icac.settings import HARMONISE, Settings
from icac.simulate.cases.simulated_patient import draw_patient
from icac.simulate.cases.training_case import SCAN_REGION
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.scan import SimulatedScan, acquire
from icac.simulate.sets.demo import DEMO_REGION
from icac.simulate.truth.as_measured import as_measured
from scipy.spatial import cKDTree

SOFT, SHARP, BONE = Kernel(1.0), Kernel(0.7, 0.5), Kernel(0.65, 1.0)


def case(kernel: Kernel, noise_sd: float, thickness_mm: float = 1.0, increment_mm: float = 0.5) -> Acquisition:
    """Return a scan of 0.42 mm in plane."""
    return Acquisition("stroke", 0.42, thickness_mm, increment_mm, kernel, noise_sd, beam_hardening=0.8, streaks=0.6)


CASES = {"soft, 10 HU": case(SOFT, 10.0), "soft, 20 HU": case(SOFT, 20.0), "sharp, 30 HU": case(SHARP, 30.0),
         "bone, 50 HU": case(BONE, 50.0), "bone, 80 HU": case(BONE, 80.0),
         "bone, 0.6 mm, 50 HU": case(BONE, 50.0, 0.6, 0.6)}

#: A lesion is found if a voxel of the other scan lies this near to one of its own.
FOUND_MM = 1.0

#: Sizes of lesions in mm3 by which sensitivity is told.
SIZES = (0.0, 1.0, 3.0, 10.0, np.inf)


def main() -> None:
    """Simulate, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--patients", type=int, default=10)
    parser.add_argument("--seed", type=int, default=4100)
    parser.add_argument("--segment", action="store_true", help="segment the scans too (larger scans, minutes each)")
    parser.add_argument("--model")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    volumes, lesions = options.output / "volumes.csv", options.output / "lesions.csv"
    known = {row["patient"] for row in _rows(volumes)}
    for seed in range(options.seed, options.seed + options.patients):
        if str(seed) not in known:
            rows = measured_patient(seed, options.segment, options.model)
            _add(lesions, rows[1])
            _add(volumes, rows[0])
    _print_volumes(_rows(volumes))
    _print_sensitivity(_rows(lesions))


def measured_patient(seed: int, segment: bool, model: str | None) -> tuple[list[dict], list[dict]]:
    """Scan a patient in all ways; return rows of volumes and of lesions."""
    rng = np.random.default_rng(seed)
    patient = draw_patient(rng, "stroke")
    region = DEMO_REGION if segment else SCAN_REGION
    volumes, lesions, wanted = [], [], []
    for name, acquisition in CASES.items():
        scan = acquire(patient.anatomy, patient.calcification.lesions, patient.mimics,
                       acquisition, np.random.default_rng((seed, 1)), region)
        forms = {"as_is": scan.icac, "measured": as_measured(scan.ct, scan.icac, scan.lesion_image,
                                                             acquisition.pose)[1]}
        wanted = wanted or _lesions(forms["measured"])
        row = {"patient": seed, "case": name} | {form: round(_volume(mask), 3) for form, mask in forms.items()}
        if segment:
            row |= _segmented(scan, name, model)
        volumes.append(row)
        lesions += [{"patient": seed, "lesion": number, "mm3": round(mm3, 3), "case": name}
                    | {form: _is_found(points, mask) for form, mask in forms.items()}
                    for number, (mm3, points) in enumerate(wanted)]
        print(row, flush=True)
    return volumes, lesions


def _segmented(scan: SimulatedScan, name: str, model: str | None) -> dict[str, float]:
    read = CTScan(scan.ct, Path(f"{name}.nrrd"), "nrrd", {"sha256": "0" * 64})
    return {f"segmented_{wish}": round(_segmented_mm3(read, Settings(model=model or "", harmonise=wish)), 3)
            for wish in HARMONISE[::-1]}


def _segmented_mm3(scan: CTScan, settings: Settings) -> float:
    return segment_scan(scan, settings, progress=Plain()).burden.total.volume_mm3


def _volume(mask: Volume) -> float:
    return float(np.count_nonzero(mask.array)) * mask.frame.voxel_volume_mm3


def _points(mask: np.ndarray, frame: Frame) -> np.ndarray:
    return frame.to_lps(np.argwhere(mask)[:, ::-1])


def _lesions(mask: Volume) -> list[tuple[float, np.ndarray]]:
    """Return volume and points (LPS mm) of each connected lesion."""
    labels, count = label_components(mask.array > 0)
    return [(float(np.count_nonzero(labels == n)) * mask.frame.voxel_volume_mm3, _points(labels == n, mask.frame))
            for n in range(1, count + 1)]


def _is_found(points: np.ndarray, mask: Volume) -> int:
    other = _points(mask.array > 0, mask.frame)
    return int(len(other) > 0 and cKDTree(other).query(points)[0].min() <= FOUND_MM)


def _rows(path: Path) -> list[dict]:
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _add(path: Path, rows: list[dict]) -> None:
    if not rows:  # a patient without ICAC
        return
    new = not path.is_file()
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        if new:
            writer.writeheader()
        writer.writerows(rows)


def _print_volumes(rows: list[dict]) -> None:
    """Bias and ICC of every case against the first, for each form of the scans."""
    first, forms = next(iter(CASES)), [name for name in rows[0] if name not in ("patient", "case")]
    print(f"{'against ' + first:<24}" + "".join(f"{form:>26}" for form in forms))
    for name in list(CASES)[1:]:
        cells = []
        for form in forms:
            by = {(row["patient"], row["case"]): float(row[form]) for row in rows}
            patients = sorted({patient for patient, _ in by})
            a, b = (np.array([by[patient, which] for patient in patients]) for which in (first, name))
            icc = intraclass_correlations(np.stack([a, b], axis=1)).agreement
            cells.append(f"{100 * (b.sum() / a.sum() - 1):+7.1f} %, ICC {icc.value:.4f}")
        print(f"{name:<24}" + "".join(f"{cell:>26}" for cell in cells))


def _print_sensitivity(rows: list[dict]) -> None:
    """Share of the lesions of the first case that every other shows, by size."""
    print("lesions found, as they are / as measured")
    for name in list(CASES)[1:]:
        cells = []
        for low, high in pairwise(SIZES):
            of = [row for row in rows if row["case"] == name and low <= float(row["mm3"]) < high]
            shares = [np.mean([int(row[form]) for row in of]) if of else float("nan") for form in ("as_is", "measured")]
            cells.append(f"{low:g} to {high:g} mm3 (n {len(of)}): {shares[0]:.2f} / {shares[1]:.2f}")
        print(f"{name:<24}" + "   ".join(cells))


if __name__ == "__main__":
    main()
