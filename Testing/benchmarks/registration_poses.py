"""Measure how surely and how exactly registration finds heads in random poses.

Run by hand: ``python Testing/benchmarks/registration_poses.py --poses 100``. Heads are the reference head, random
parametric heads, and the real scans and the template in ``shared/data`` beside the repository, where they are; each
whole and cut. Each is turned by up to 30 degrees about a random axis and shifted by up to 80 mm. The wanted pose is the
registration of the unmoved whole head, or the identity for the reference head; a pose counts as a success if the
carotid courses lie within 3 mm of it on average.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "ICACSegmentation"))

from icac.errors import IcacError  # noqa: E402
from icac.geometry import Frame, Volume  # noqa: E402
from icac.phantom import sample_head  # noqa: E402
from icac.reference import load_reference  # noqa: E402
from icac.registration import register  # noqa: E402

SUCCESS_MM, LARGEST_TURN_DEG, LARGEST_SHIFT_MM, NOISE_HU = 3.0, 30.0, 80.0, 10.0
#: Boxes around the carotids in reference space (low and high corner, LPS mm) to which heads are cut.
CUTS = {
    "whole": ((-400,) * 3, (400,) * 3),
    "routine": ((-400, -400, -35), (400, 400, 400)),
    "no vault": ((-400, -400, -400), (400, 400, 40)),
    "skull base, 70 mm": ((-400, -400, -40), (400, 400, 30)),
    "field of 120 mm": ((-60, -57, -400), (60, 63, 400)),
    "120 x 120 x 60 mm": ((-60, -57, -35), (60, 63, 25)),
}


def parametric_heads(count: int) -> dict[str, Volume]:
    """Return the reference head and random heads that differ from it."""
    reference = load_reference().volume
    heads = {"reference": reference}
    for seed in range(count):
        head = sample_head(np.random.default_rng(seed))
        heads[f"parametric {seed}"] = reference.like(head.render(reference.frame).hu)
    return heads


def real_heads() -> dict[str, Volume]:
    """Return the real scans and the template (its units turned into rough HU) that are at hand."""
    from icac.ct import read_ct

    folder = REPOSITORY.parent / "shared" / "data"
    heads = {name: read_ct(folder / name).volume
             for name in ("head_ct_ge", "skull_phantom_philips_1mm", "skull_phantom_philips_tilted")
             if (folder / name).is_dir()}
    template = folder / "head_ct_template_2mm.nii"
    if template.is_file():
        volume = read_ct(template).volume
        units = volume.array.astype(np.float32)
        hu = np.interp(units, (0, 900, 3100, 4000), (-1000, -100, 100, 1000))
        heads["template"] = volume.like(hu.astype(np.float32))
    return heads


def random_motion(rng: np.random.Generator) -> np.ndarray:
    """Return a random 4 x 4 rigid motion."""
    axis, direction = (v / np.linalg.norm(v) for v in rng.normal(size=(2, 3)))
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(np.radians(rng.uniform(0, LARGEST_TURN_DEG)) * axis).as_matrix()
    matrix[:3, 3] = rng.uniform(0, LARGEST_SHIFT_MM) * direction
    return matrix


def cut_head(volume: Volume, to_scan: np.ndarray, box: tuple[tuple[float, ...], tuple[float, ...]]) -> Volume:
    """Cut a volume to the voxel box that holds the reference-space box around the carotids as near as possible."""
    low, high = (volume.frame.to_index(np.asarray(corner) + to_scan[:3, 3]) for corner in box)
    first = np.clip(np.round(np.minimum(low, high)), 0, np.array(volume.frame.size) - 2).astype(int)
    last = np.clip(np.round(np.maximum(low, high)), first + 1, np.array(volume.frame.size) - 1).astype(int)
    block = tuple(slice(a, b + 1) for a, b in zip(first[::-1], last[::-1], strict=True))
    return Volume(volume.array[block].copy(), volume.frame.crop(tuple(first), tuple(last - first + 1)))


def turned(volume: Volume, motion: np.ndarray) -> Volume:
    """Turn the head within its voxels: registration does not mind how the voxels themselves are said to be turned."""
    corners = volume.frame.to_lps(np.array(np.meshgrid(*[(0, n - 1) for n in volume.frame.size])).reshape(3, -1).T)
    points = corners @ motion[:3, :3].T + motion[:3, 3]
    low, high = points.min(axis=0), points.max(axis=0)
    size = tuple(int(n) + 1 for n in np.ceil((high - low) / volume.frame.spacing))
    frame = Frame.regular(volume.frame.spacing, size, origin=tuple(low))
    return volume.resample(frame, np.linalg.inv(motion), outside=-1000)


def one_pose(volume: Volume, wanted: np.ndarray, rng: np.random.Generator) -> tuple[float, float, float, str]:
    """Move a head, register it, and return error at the carotids in mm, quality, seconds and the refusal if any."""
    reference = load_reference()
    points = np.concatenate([course.points for course in reference.courses.values()])
    motion = random_motion(rng)
    noisy = volume.array + rng.normal(0, NOISE_HU, volume.array.shape).astype(np.float32)
    moved = turned(volume.like(noisy.astype(np.float32)), motion)
    began = time.process_time()
    try:
        found = register(moved, reference)
    except IcacError as error:
        return np.inf, 0.0, time.process_time() - began, str(error)
    true = motion @ wanted
    difference = points @ (found.reference_to_scan - true)[:3, :3].T + (found.reference_to_scan - true)[:3, 3]
    seconds = time.process_time() - began
    return float(np.linalg.norm(difference, axis=1).mean()), found.quality, seconds, ""


def wanted_poses(heads: dict[str, Volume]) -> dict[str, np.ndarray]:
    """Return for each head where the reference lies in it, unmoved."""
    reference = load_reference()
    return {name: np.eye(4) if volume is reference.volume else register(volume, reference).reference_to_scan
            for name, volume in heads.items()}


def report(rows: dict[str, list[tuple[float, float, float, str]]]) -> None:
    """Print a line for each kind of scan and one for all."""
    print(f"{'':33} {'success':>9} {'median':>7} {'worst':>7} mm {'quality':>13} {'CPU s':>6}")
    rows = dict(rows) | {"all": [row for group in rows.values() for row in group]}
    for name, group in rows.items():
        errors, quality, seconds = (np.array([row[i] for row in group]) for i in range(3))
        good = (errors < SUCCESS_MM).sum()
        print(f"{name:33} {good:4d}/{len(group):<4d} {np.median(errors):7.2f} {errors.max():7.2f}    "
              f"{quality.min():5.2f} to {quality.max():4.2f} {np.median(seconds):6.2f}")
    for message in sorted({row[3] for row in rows["all"] if row[3]}):
        print("refused:", message)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--poses", type=int, default=100, help="number of random poses in all")
    parser.add_argument("--heads", type=int, default=3, help="number of random parametric heads")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    heads = parametric_heads(options.heads) | real_heads()
    wanted = wanted_poses(heads)
    cases = [(head, cut) for cut in CUTS for head in heads]
    rows: dict[str, list[tuple[float, float, float, str]]] = defaultdict(list)
    by_cut: dict[str, list[tuple[float, float, float, str]]] = defaultdict(list)
    for number in range(options.poses):
        head, cut = cases[number % len(cases)]
        row = one_pose(cut_head(heads[head], wanted[head], CUTS[cut]), wanted[head], rng)
        rows[head].append(row)
        by_cut[f"  cut: {cut}"].append(row)
        if row[0] >= SUCCESS_MM:
            print(f"{head}, {cut}: {row[0]:.1f} mm, quality {row[1]:.2f} {row[3]}", flush=True)
    report(by_cut)
    report(rows)


if __name__ == "__main__":
    main()
