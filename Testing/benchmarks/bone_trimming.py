"""Measure how well bone is trimmed off calcifications that it is glued to, and how fast corrections are.

Run by hand: ``python Testing/benchmarks/bone_trimming.py --scans 6``. Scans of random parametric heads are simulated
with exact truth. Each calcification of at least 2.5 mm3 that touches bone is segmented wrongly in two ways:

- *flood*: all connected voxels of at least 130 HU within 3 mm of it, as plain thresholding in a drawn region gives;
- *leak*: the calcification with the bone within 1.5 to 3.5 mm of one point at which they touch.

For each way of trimming the command prints the mean share of calcification voxels kept and of bone voxels removed.
Opening is helped: of what it leaves, the piece that holds most of the true calcification is taken. Trimming is told the
courses of the reference head, placed with a typical error of registration, and no network.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "ICACSegmentation"))

from icac.calcium import is_calcium_dense
from icac.correct import add_missed, separate_bone, split_lesion, trim, trim_bone
from icac.correct.block import Part, as_part, widen_mm
from icac.geometry import Frame, Volume
from icac.lesions.components import TOUCHING, label_components
from icac.reference import load_reference
from icac.simulate import simulate_patient
from icac.simulate.cases.training_case import POSE_ERROR_DEG, POSE_ERROR_MM
from icac.simulate.scanner.acquisition import draw_pose

#: Scans of this benchmark; training sets use other seeds.
FIRST_SEED = 710_000
PROTOCOLS = ("rotterdam", "stroke", "routine")
SMALLEST_MM3, LEAST_BONE, FLOOD_MM, LEAK_MM = 2.5, 0.2, 3.0, (1.5, 3.5)
#: Much calcium, to have many lesions in few scans, and how far around the reference's arteries is scanned (x, y, z).
TOTAL_MM3, REGION_MARGIN_MM = 200.0, (14.0, 16.0, 10.0)
#: What is kept of a scan around a calcification, more than any correction reads.
MARGIN_MM = 15.0
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Size of the scan (z, y, x) on which the time of each action is taken.
FULL_SIZE = (300, 512, 512)


@dataclass(frozen=True, eq=False)
class Case:
    """A calcification glued to bone and a wrong segmentation of it."""

    kind: str
    protocol: str
    ct: Volume  # a block of the scan
    courses: dict
    part: Part
    truth: np.ndarray  # in the box of the part

    @property
    def contrast(self) -> str:
        """How dense the calcification is beside the bone."""
        hu = self.ct.array[self.part.box]
        ratio = hu[self.part.mask & self.truth].mean() / hu[self.part.mask & ~self.truth].mean()
        return "dimmer than bone" if ratio < 0.7 else "brighter than bone" if ratio > 1.4 else "alike"


def scanned_region() -> Frame:
    """Return the 1 mm frame of the box around both arteries of the reference with a margin."""
    points = np.concatenate([course.points for course in load_reference().courses.values()])
    low, high = points.min(axis=0) - REGION_MARGIN_MM, points.max(axis=0) + REGION_MARGIN_MM
    return Frame.regular((1.0, 1.0, 1.0), tuple(np.ceil(high - low).astype(int) + 1), origin=tuple(low))


def cases_of_scan(seed: int) -> Iterator[Case]:
    """Simulate a scan and yield its glued calcifications."""
    protocol = PROTOCOLS[seed % len(PROTOCOLS)]
    scan = simulate_patient(seed, protocol, scanned_region(), total_mm3=TOTAL_MM3)
    rng = np.random.default_rng(seed)
    pose = scan.acquisition.pose @ draw_pose(rng, POSE_ERROR_DEG, POSE_ERROR_MM)
    courses = {side: course.transformed(pose) for side, course in load_reference().courses.items()}
    truth = scan.icac.array > 0
    labels, _ = label_components(truth, int(np.ceil(SMALLEST_MM3 / scan.ct.frame.voxel_volume_mm3)))
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        wide = widen_mm(box, scan.ct.frame, MARGIN_MM)
        ct = Volume(scan.ct.array[wide].copy(), scan.ct.frame.part(wide))
        for kind, wrong in wrong_segmentations(ct, labels[wide] == number, truth[wide], rng):
            part = as_part(wrong, wrong.shape)
            yield Case(kind, protocol, ct, courses, part, truth[wide][part.box])


def wrong_segmentations(ct: Volume, lesion: np.ndarray, truth: np.ndarray,
                        rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the flood and the leak of a calcification, if it touches enough bone."""
    spacing = ct.frame.spacing[::-1]
    dense = is_calcium_dense(ct.array)
    near = ndimage.distance_transform_edt(~lesion, sampling=spacing) <= FLOOD_MM
    flood = connected(dense & near, lesion)
    bone = flood & ~truth
    touching = np.argwhere(lesion & ndimage.binary_dilation(bone, TOUCHING))
    if len(touching) == 0 or np.count_nonzero(bone) < LEAST_BONE * np.count_nonzero(flood):
        return
    yield "flood", flood
    point = np.zeros_like(lesion)
    point[tuple(touching[rng.integers(len(touching))])] = True
    around = ndimage.distance_transform_edt(~point, sampling=spacing) <= rng.uniform(*LEAK_MM)
    leak = connected(lesion | (bone & around), point)
    if np.count_nonzero(leak & ~truth) >= 0.05 * np.count_nonzero(leak):
        yield "leak", leak


def connected(mask: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Return the pieces of a mask that hold a voxel of another."""
    labels, _ = ndimage.label(mask, structure=TOUCHING)
    return np.isin(labels, np.unique(labels[to & mask])) & mask


def opened(case: Case, radius_mm: float) -> np.ndarray:
    """Open with a ball and keep the piece with most of the true calcification."""
    spacing = case.ct.frame.spacing[::-1]
    padded = np.pad(case.part.mask, int(np.ceil(radius_mm / min(spacing))) + 1)
    core = ndimage.distance_transform_edt(padded, sampling=spacing) > radius_mm
    if not core.any():
        return np.zeros_like(case.part.mask)
    ball = ndimage.distance_transform_edt(~core, sampling=spacing) <= radius_mm
    inside = ball[tuple(slice((p - n) // 2, (p - n) // 2 + n)
                        for p, n in zip(ball.shape, case.part.mask.shape, strict=True))] & case.part.mask
    labels, count = ndimage.label(inside, structure=TOUCHING)
    overlap = np.bincount(labels[case.truth & inside], minlength=count + 1)
    return labels == overlap.argmax() if overlap.any() else np.zeros_like(inside)


def results(case: Case) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what each way of trimming leaves of a case."""
    hu = case.ct.array[case.part.box]
    yield "threshold 130 HU", case.part.mask
    for highest in (300, 500):
        yield f"threshold 130 to {highest} HU", case.part.mask & (hu <= highest)
    for radius in (0.5, 0.75, 1.0):
        yield f"opening, ball of {radius} mm", opened(case, radius)
    separation = separate_bone(case.ct, case.part, None, case.courses)
    for strength in STRENGTHS:
        yield f"trim_bone, strength {strength}", trim(separation, strength).after


def judge(cases: list[Case]) -> None:
    """Print the shares for each kind of error, then by contrast and by protocol."""
    rows, groups = defaultdict(list), defaultdict(list)
    for case in cases:
        lesion, bone = case.part.mask & case.truth, case.part.mask & ~case.truth
        for name, left in results(case):
            shares = np.array([(left & lesion).sum() / lesion.sum(), 1.0 - (left & bone).sum() / bone.sum(),
                               2.0 * (left & lesion).sum() / (left.sum() + lesion.sum())])
            rows[case.kind, name].append(shares)
            if name.endswith("strength 0.5"):
                groups[case.kind, case.contrast].append(shares)
                groups[case.kind, case.protocol].append(shares)
    for title, table in (("", rows), ("trim_bone at strength 0.5:", groups)):
        print(f"\n{title:44}{'lesions':>8}{'lesion kept':>13}{'bone removed':>14}{'Dice':>7}")
        for (kind, name), values in sorted(table.items(), key=lambda row: row[0][0]):
            kept, removed, dice = np.mean(values, axis=0)
            print(f"  {kind}: {name:36}{len(values):8}{kept:12.0%}{removed:13.0%}{dice:9.2f}")


def time_actions(case: Case) -> None:
    """Print the CPU time of every action on a lesion in a scan of full size."""
    start = [(n - m) // 2 for n, m in zip(FULL_SIZE, case.ct.array.shape, strict=True)]
    array = np.zeros(FULL_SIZE, dtype=np.int16)
    array[tuple(slice(a, a + n) for a, n in zip(start, case.ct.array.shape, strict=True))] = case.ct.array
    ct = Volume(array, case.ct.frame.crop(tuple(-a for a in start[::-1]), FULL_SIZE[::-1]))
    box = tuple(slice(a + s.start, a + s.stop) for a, s in zip(start, case.part.box, strict=True))
    labels = np.zeros(FULL_SIZE, dtype=np.int32)
    labels[box][case.part.mask] = 7
    mask = labels > 0
    click = ct.frame.to_lps((np.argwhere(case.part.mask & case.truth)[0] + [s.start for s in box])[::-1])
    separation = separate_bone(ct, as_part(mask, FULL_SIZE), None, case.courses)
    actions = {
        "trim_bone, lesion as a mask of the scan": lambda: trim_bone(ct, mask, 0.5, None, case.courses),
        "trim_bone, lesion as a block": lambda: trim_bone(ct, (box, case.part.mask), 0.5, None, case.courses),
        "another strength (slider)": lambda: trim(separation, 0.7),
        "add_missed": lambda: add_missed(ct, mask, click, courses=case.courses),
        "split_lesion": lambda: split_lesion(ct, labels, 7),
    }
    for name, action in actions.items():
        seconds = []
        for _ in range(5):
            began = time.process_time()
            action()
            seconds.append(time.process_time() - began)
        print(f"  {name:44}{np.median(seconds):8.3f} s")


def main() -> None:
    """Simulate, judge, time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=6)
    options = parser.parse_args()
    cases: list[Case] = []
    for seed in range(FIRST_SEED, FIRST_SEED + options.scans):
        cases += cases_of_scan(seed)
        print(f"scan {seed}: {len(cases)} wrong segmentations so far", flush=True)
    judge(cases)
    by_size = sorted(cases, key=lambda case: np.count_nonzero(case.part.mask))
    for title, case in (("median", by_size[len(by_size) // 2]), ("largest", by_size[-1])):
        print(f"\nCPU time, {title} lesion ({np.count_nonzero(case.part.mask)} voxels), scan of {FULL_SIZE}:")
        time_actions(case)


if __name__ == "__main__":
    main()
