"""How well the courses of the carotids are found: registration alone beside the fit, on simulated cases.

    python -m icac simulate 30 --format training --seed 777 -o cases
    python Testing/benchmarks/course_fit.py MODEL cases
    python Testing/benchmarks/course_fit.py --predicted held_out cases      # courses that held_out_cases.py has found

Cases carry the error of registration (:mod:`icac.simulate.cases.training_case`), the true courses and the ICAC. For
each way: distance of the courses from the true ones and back (mm), share within 3 mm, share of the ICAC whose side and
segment are right, share of the ICAC within reach, and seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from icac.anatomy import Course, Side
from icac.anatomy.arrays import courses_from
from icac.course import on_course
from icac.inference import load_engine, predict_outputs
from icac.lesions.assign import assign_points
from icac.models import find_model
from icac.reference import load_reference
from icac.study.predictions import courses_file
from icac.training.calibration import held_out
from icac.trainingset.case_scan import pose_of_case
from icac.trainingset.cases import case_frame, read_case


def distances(found: Mapping[Side, Course], truth: Mapping[Side, Course]) -> np.ndarray:
    """Return the distance of each sample from the other course, both ways, mm."""
    pairs = [(found[side], truth[side]) for side in Side]
    return np.concatenate([a.nearest(b.points).distance_mm for pair in pairs for a, b in (pair, pair[::-1])])


def right_segment(points: np.ndarray, found: Mapping[Side, Course], truth: Mapping[Side, Course]) -> np.ndarray:
    """Tell of which points (n, 3) side and segment are right, (n,)."""
    mine, true = (assign_points(points, courses) for courses in (found, truth))
    row = np.arange(len(points))
    return ((mine.side_index == true.side_index)
            & (mine.segments[row, mine.side_index] == true.segments[row, true.side_index]))


def counted_icac(label: np.ndarray) -> np.ndarray:
    """Return where ICAC lies of a case's label (z, y, x), LPS mm in reference space, (n, 3)."""
    return case_frame(label.shape).to_lps(np.argwhere(label == 1)[:, ::-1])


def predicted(folder: str, cases: str) -> None:
    """Print the table of the courses that lie beside predictions."""
    expected = load_reference().courses
    rows: dict[str, list] = {"registration": [], "fitted": []}
    for path in sorted(Path(cases).glob("*.npz")):
        with np.load(path) as file:
            truth = courses_from(file)
        with np.load(courses_file(path.stem, Path(folder))) as file:
            judged = courses_from(file)
        to_reference = np.linalg.inv(pose_of_case(path))
        fitted = {side: course.transformed(to_reference) for side, course in judged.items()}
        points = counted_icac(read_case(path).label)
        for name, courses in (("registration", expected), ("fitted", fitted)):
            rows[name].append((distances(courses, truth), right_segment(points, courses, truth)))
    for name, found in rows.items():
        print(f"{name:13s} {summary(found)}")


def summary(cases: list) -> str:
    """Return the figures: distances of courses from the true ones, and how often side and segment of ICAC are right."""
    apart, right = (np.concatenate([case[n] for case in cases]) for n in (0, 1))
    return (f"median {np.median(apart):.2f} mm, 95th percentile {np.percentile(apart, 95):.2f} mm, within 3 mm "
            f"{np.mean(apart < 3):.3f}, right segment {right.mean():.3f}")


def main(model: str, folder: str) -> None:
    """Print the table."""
    package, expected = find_model(model), load_reference().courses
    engine = load_engine(package, "auto", "cpu")
    frame, counted = held_out.analysed()
    position = held_out.analysed_positions(engine.config.geometry) if engine.config.position else None
    rows: dict[str, list] = {"registration": [], "fitted": []}
    for path in sorted(Path(folder).glob("*.npz")):
        with np.load(path) as file:
            truth = courses_from(file)
        case = read_case(path)
        wide = held_out.with_margins(frame, engine.config.geometry)
        outputs = predict_outputs(engine, held_out._on(wide, case.hu), package.spec.intensity,
                                  position=position)[(slice(None), *(slice(0, n) for n in frame.shape))]
        label = (held_out._on(frame, case.label, outside=0) > 0) & counted
        started = time.process_time()
        found = on_course(outputs, frame, counted, label, None)
        seconds = time.process_time() - started
        points = frame.to_lps(np.argwhere(label)[:, ::-1])
        fitted = {side: fit.course for side, fit in found.courses.items()}
        for name, courses, kept in (("registration", expected, len(points)), ("fitted", fitted, found.dense.sum())):
            rows[name].append((distances(courses, truth), right_segment(points, courses, truth), kept, seconds))
        print(path.stem, {side.value: (round(fit.evidence or 0, 2), round(fit.moved_mm, 1))
                          for side, fit in found.courses.items()}, f"{np.median(rows['fitted'][-1][0]):.2f} mm",
              flush=True)
    for name, cases in rows.items():
        kept = sum(case[2] for case in cases) / sum(len(case[1]) for case in cases)
        seconds = np.mean([case[3] for case in cases])
        print(f"{name:13s} {summary(cases)}, within reach {kept:.4f}, {seconds:.2f} s a case")


if __name__ == "__main__":
    predicted(*sys.argv[2:]) if sys.argv[1] == "--predicted" else main(*sys.argv[1:])
