"""What the tests start instead of Slicer's Python: reads the CT and writes results as icac does, without a network.

Everything of at least 400 HU counts as ICAC. ``ICAC_TEST`` in the environment makes it fail or hang instead.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from icac.anatomy import Course, Segment, Side
from icac.course import CourseFit
from icac.ct import read_ct, write_volume
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.lesions import find_lesions, measure_burden
from icac.progress import JsonLines
from icac.registration import Registration
from icac.report import write_results
from icac.result import ModelIdentity, SegmentedScan

DENSE_HU = 400


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["segment"])
    parser.add_argument("ct")
    parser.add_argument("--output", required=True)
    parser.add_argument("--device", choices=["auto", "cpu"], default="auto")
    parser.add_argument("--progress", choices=["json"])
    parser.add_argument("--save-probability", action="store_true")
    parser.add_argument("--hide-names", action="store_true")
    parser.add_argument("--model", default="none")
    parser.add_argument("--threshold", default="none")
    arguments = sys.argv[sys.argv.index("ICACSegmentationLib.run.child") + 1:]
    if arguments[0] == "devices":
        print('{"auto": "Abacus", "cpu": "Abacus"}')
        return 0
    if arguments[0] == "demo":
        return write_demo(Path(arguments[arguments.index("--output") + 1]))
    if arguments[0] == "explain":
        return write_why(Path(arguments[1]), Path(arguments[arguments.index("--output") + 1]))
    options = parser.parse_args(arguments)
    progress = JsonLines()
    progress.update("Read", 0.0, options.ct)
    scan = read_ct(options.ct)
    progress.update("Segment", 0.5, f"{options.device}, {options.model}, {options.threshold}, process {os.getpid()}")
    if os.environ.get("ICAC_TEST") == "hang":
        time.sleep(600)
    if os.environ.get("ICAC_TEST") == "fail":
        print(f"icac: {InputError(f'The voxels of {options.ct} are too coarse.')}", file=sys.stderr)
        return InputError.exit_code
    write_results(options.output, content_of(scan, options.device), save_probability=options.save_probability,
                  hide_names=options.hide_names)
    progress.update("Done", 1.0)
    return 0


def write_why(result: Path, folder: Path) -> int:
    """Write a map where ``icac explain`` would: 2 in the lesion of a result, -1 right above it."""
    if os.environ.get("ICAC_TEST") == "fail":
        print(f"icac: {result / 'ct.nrrd'} is of another CT.", file=sys.stderr)
        return InputError.exit_code
    read = read_ct(result / "icac.nrrd").volume
    lesion = read.array > 0
    above = np.roll(lesion, 1, axis=0) & ~lesion
    write_volume(read.like(np.where(lesion, 2.0, np.where(above, -1.0, 0.0)).astype(np.float32)),
                 folder / "attribution-001.nrrd")
    (folder / "attribution-001.json").write_text(json.dumps(
        {"files": {"attribution": "attribution-001.nrrd"}, "shares": {"for": {"lesion": 0.6, "other_dense": 0.3}}}))
    return 0


def write_demo(folder: Path) -> int:
    """Write a small volume where ``icac demo`` would write its scan."""
    if os.environ.get("ICAC_TEST") == "fail":
        return 1
    frame = Frame.regular((1.0, 1.0, 2.0), (6, 5, 4), origin=(0.0, 0.0, 0.0))
    write_volume(Volume(np.arange(120, dtype=np.int16).reshape(4, 5, 6), frame), folder / "simulated_ct.nii.gz")
    return 0


def straight_course(side: Side) -> Course:
    """Return an upright artery 10 mm beside the midline: C4, with the other segments at its ends."""
    z = np.arange(-60.0, 60.0, 0.5)
    points = np.stack([np.full_like(z, 10 * side.sign_x_lps), np.full_like(z, -40), z], axis=1)
    starts = {Segment.C2: -60.0, Segment.C3: -58.0, Segment.C4: -56.0, Segment.C5: 54.0, Segment.C6: 56.0,
              Segment.C7: 58.0}
    segment = np.array(list(map(int, starts)))[np.searchsorted(list(starts.values()), z, side="right") - 1]
    return Course(side, points, np.full_like(z, 2.5), segment)


def content_of(scan, device: str) -> SegmentedScan:
    hu = scan.volume.array
    probability = np.where(hu >= DENSE_HU, 0.9, 0.0).astype(np.float32)
    courses = {side: straight_course(side) for side in Side}
    found = find_lesions(probability > 0.5, scan.volume, probability, courses)
    burden = measure_burden(found.lesions, scan.volume, probability, courses)
    return SegmentedScan(scan=scan, labels=found.labels, probability=probability, lesions=tuple(found.lesions),
                         burden=burden, courses=courses,
                         course_fits={side: CourseFit(course, 0.9, 1.5, True) for side, course in courses.items()},
                         registration=Registration(np.eye(4), 1.0, 0.0, None),
                         model=ModelIdentity("test", "1.2", "0" * 64, "Not a network."), device=device,
                         threshold=0.5, warnings=(f"The slices of {scan.path} are thick.",))


if __name__ == "__main__":
    sys.exit(main())
